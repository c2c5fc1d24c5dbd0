//go:build e2e

// Package prometheus_test runs the unit tests of the rules, and lets a real
// Prometheus scrape the service while its database goes away.
package prometheus_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/terragonlabs/modelcard-generator/internal/store/postgres/postgrestest"
)

const shipped = "../../../deploy/prometheus"

func TestRules(t *testing.T) {
	promtool := install(t, "promtool")
	for _, args := range [][]string{{"check", "config", "prometheus.yml"}, {"test", "rules", "rules_test.yml"}} {
		command := exec.Command(promtool, args...)
		command.Dir = shipped
		if out, err := command.CombinedOutput(); err != nil {
			t.Errorf("promtool %v: %v\n%s", args, err, out)
		}
	}
}

// The database goes away behind the service's back: one alert fires, the right
// one, and it ends when the database is back.
func TestLostDatabaseFiresItsAlert(t *testing.T) {
	db := newRelay(t, postgrestest.EmptyURL(t))
	port := startService(t, db.url)
	prometheus := startPrometheus(t, port)
	prometheus.want(t, "before", nil, 20*time.Second)
	db.cut()
	prometheus.want(t, "while it is away", []string{"MCGDatabaseAway"}, time.Minute)
	db.mend(t)
	prometheus.want(t, "when it is back", nil, time.Minute)
}

func install(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil && os.Getuid() == 0 {
		command := exec.Command("apt-get", "install", "-y", "--no-install-recommends", "prometheus")
		command.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
		if out, err := command.CombinedOutput(); err != nil {
			t.Fatalf("apt-get: %v\n%s", err, out)
		}
		path, err = exec.LookPath(name)
	}
	if err != nil {
		t.Fatalf("this test needs %s: %v", name, err)
	}
	return path
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// relay stands between the service and the database, and can be cut.
type relay struct {
	url, to, address string
	mu               sync.Mutex
	listener         net.Listener
	open             []net.Conn
}

func newRelay(t *testing.T, databaseURL string) *relay {
	t.Helper()
	u, err := url.Parse(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{to: u.Host, address: "127.0.0.1:" + freePort(t)}
	u.Host = r.address
	r.url = u.String()
	r.mend(t)
	t.Cleanup(r.cut)
	return r
}

func (r *relay) mend(t *testing.T) {
	t.Helper()
	listener, err := net.Listen("tcp", r.address)
	if err != nil {
		t.Fatal(err)
	}
	r.mu.Lock()
	r.listener = listener
	r.mu.Unlock()
	go func() {
		for {
			from, err := listener.Accept()
			if err != nil {
				return
			}
			to, err := net.Dial("tcp", r.to)
			if err != nil {
				_ = from.Close()
				continue
			}
			r.mu.Lock()
			r.open = append(r.open, from, to)
			r.mu.Unlock()
			go func() { _, _ = io.Copy(to, from) }()
			go func() { _, _ = io.Copy(from, to) }()
		}
	}()
}

func (r *relay) cut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	_ = r.listener.Close()
	for _, c := range r.open {
		_ = c.Close()
	}
	r.open = nil
}

// launch runs a program until the test ends.
func launch(t *testing.T, environ []string, name string, args ...string) {
	t.Helper()
	var log bytes.Buffer
	command := exec.Command(name, args...)
	command.Env, command.Stdout, command.Stderr = environ, &log, &log
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Signal(syscall.SIGTERM)
		_ = command.Wait()
		if t.Failed() {
			t.Logf("%s:\n%s", name, log.String())
		}
	})
}

// startService returns the port of its metrics.
func startService(t *testing.T, databaseURL string) string {
	t.Helper()
	dir := t.TempDir()
	mcg := filepath.Join(dir, "mcg")
	if out, err := exec.Command("go", "build", "-o", mcg, "../../../cmd/mcg").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	port := freePort(t)
	launch(t, append(os.Environ(), "MCG_DATABASE_URL="+databaseURL, "MCG_DATA_DIR="+dir, "MCG_METRICS_PORT="+port), mcg, "serve", "--port", "0")
	until(t, "the service is ready", 30*time.Second, func() bool {
		answer, err := http.Get("http://127.0.0.1:" + port + "/ready")
		if err != nil {
			return false
		}
		defer answer.Body.Close()
		return answer.StatusCode == http.StatusOK
	})
	return port
}

func until(t *testing.T, what string, wait time.Duration, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(wait); !is(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it did not come true: %s", what)
		}
	}
}

type server struct{ url string }

// startPrometheus runs it with the shipped rules, only faster, and without the
// one about backups, of which there is none here.
func startPrometheus(t *testing.T, target string) *server {
	t.Helper()
	dir := t.TempDir()
	rules, err := os.ReadFile(filepath.Join(shipped, "rules", "api.yml"))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer("for: 1m\n", "for: 1s\n", "for: 2m\n", "for: 1s\n", "for: 10m\n", "for: 1s\n").Replace(string(rules))
	before, _, found := strings.Cut(text, "      - alert: MCGBackupOld\n")
	if !found {
		t.Fatal("the rules have no MCGBackupOld at their end")
	}
	conf := "global: {scrape_interval: 1s, evaluation_interval: 1s}\nrule_files: [api.yml]\n" +
		"scrape_configs: [{job_name: mcg-api, static_configs: [{targets: ['127.0.0.1:" + target + "']}]}]\n"
	for name, body := range map[string]string{"api.yml": before, "prometheus.yml": conf} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	address := "127.0.0.1:" + freePort(t)
	launch(t, os.Environ(), install(t, "prometheus"), "--config.file="+filepath.Join(dir, "prometheus.yml"),
		"--storage.tsdb.path="+filepath.Join(dir, "data"), "--web.listen-address="+address)
	s := &server{"http://" + address}
	until(t, "Prometheus has scraped the service", time.Minute, func() bool {
		var value struct {
			Data struct{ Result []any }
		}
		return s.get("/api/v1/query?query=mcg_dependency_up%7Bdependency%3D%22database%22%7D%3D%3D1", &value) && len(value.Data.Result) == 1
	})
	return s
}

func (s *server) get(path string, into any) bool {
	answer, err := http.Get(s.url + path)
	if err != nil {
		return false
	}
	defer answer.Body.Close()
	return json.NewDecoder(answer.Body).Decode(into) == nil
}

// want waits until exactly these alerts fire.
func (s *server) want(t *testing.T, when string, want []string, wait time.Duration) {
	t.Helper()
	var firing []string
	deadline := time.Now().Add(wait)
	for {
		var answer struct {
			Data struct {
				Alerts []struct {
					Labels map[string]string
					State  string
				}
			}
		}
		if s.get("/api/v1/alerts", &answer) {
			firing = nil
			for _, alert := range answer.Data.Alerts {
				if alert.State == "firing" {
					firing = append(firing, alert.Labels["alertname"])
				}
			}
			if slices.Equal(firing, want) {
				return
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: %v fire, want %v", when, firing, want)
		}
		time.Sleep(200 * time.Millisecond)
	}
}
