//go:build e2e

// Package nginx_test puts the shipped nginx.conf in front of two servers, turns
// them over under load, and looks at its TLS.
package nginx_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

const (
	host = "modelcards.example.com"
	rate = 500 // requests a second
	// pause is what nginx.conf asks for between the restarts of two servers.
	pause = 2 * time.Second
)

// world is nginx and two servers on one database.
type world struct {
	mcg     string
	environ []string
	token   string
	https   string
	http    string
	roots   *x509.CertPool
	servers [2]*process
	ports   [2]string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	dir := t.TempDir()
	w := &world{mcg: filepath.Join(dir, "mcg"), roots: x509.NewCertPool()}
	run(t, nil, "go", "build", "-o", w.mcg, "../../../cmd/mcg")
	w.environ = append(os.Environ(), "MCG_DATA_DIR="+filepath.Join(dir, "data"), "MCG_SECRET_KEY=0123456789abcdef0123456789abcdef",
		"MCG_SECURITY_ENABLE_AUTH=true", "MCG_SECURITY_TRUSTED_PROXIES=127.0.0.1", "MCG_MONITORING_ENABLE_METRICS=false",
		"MCG_SECURITY_RATE_LIMIT_PER_PRINCIPAL=0", "MCG_SECURITY_RATE_LIMIT_PER_ADDRESS=0", "MCG_SECURITY_ALLOWED_HOSTS="+host)
	w.token = strings.TrimSpace(run(t, w.environ, w.mcg, "token", "--subject", "load", "--role", "admin", "--ttl", "1h"))
	for i := range w.servers {
		w.ports[i] = freePort(t)
		w.start(t, i)
	}
	w.startNginx(t, dir)
	return w
}

func run(t *testing.T, environ []string, name string, args ...string) string {
	t.Helper()
	command := exec.Command(name, args...)
	command.Env = environ
	var errs bytes.Buffer
	command.Stderr = &errs
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, errs.String())
	}
	return string(out)
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

// process is a program that runs until the test ends.
type process struct {
	command *exec.Cmd
	log     bytes.Buffer
	once    sync.Once
}

func launch(t *testing.T, environ []string, name string, args ...string) *process {
	t.Helper()
	p := &process{command: exec.Command(name, args...)}
	p.command.Env = environ
	p.command.Stdout, p.command.Stderr = &p.log, &p.log
	if err := p.command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.stop(syscall.SIGKILL) })
	return p
}

func (p *process) stop(signal syscall.Signal) {
	p.once.Do(func() {
		_ = p.command.Process.Signal(signal)
		_ = p.command.Wait()
	})
}

// start starts a server and waits until it is ready.
func (w *world) start(t *testing.T, i int) {
	t.Helper()
	w.servers[i] = launch(t, w.environ, w.mcg, "serve", "--host", "127.0.0.1", "--port", w.ports[i])
	url := "http://127.0.0.1:" + w.ports[i] + "/ready"
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		answer, err := http.Get(url)
		if err == nil {
			_ = answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return
			}
		}
	}
	t.Fatalf("a server is not ready:\n%s", w.servers[i].log.String())
}

// startNginx runs the shipped file with other names, ports and folders.
func (w *world) startNginx(t *testing.T, dir string) {
	t.Helper()
	nginx := install(t)
	text, err := os.ReadFile("../../../deploy/nginx/nginx.conf")
	if err != nil {
		t.Fatal(err)
	}
	w.certificate(t, dir)
	secure, plain := freePort(t), freePort(t)
	conf := strings.NewReplacer(
		"mcg-1:8080", "127.0.0.1:"+w.ports[0], "mcg-2:8080", "127.0.0.1:"+w.ports[1],
		"listen 80;", "listen 127.0.0.1:"+plain+";", "listen 443 ssl", "listen 127.0.0.1:"+secure+" ssl",
		"/etc/nginx/tls/", dir+"/",
	).Replace(string(text))
	conf = "daemon off;\npid " + dir + "/nginx.pid;\n" + conf
	for _, folder := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		conf = strings.Replace(conf, "http {\n", "http {\n"+folder+"_temp_path "+dir+"/"+folder+";\n", 1)
	}
	conf = strings.Replace(conf, "http {\n", "http {\naccess_log off;\n", 1)
	file := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(file, []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	_ = os.Chmod(dir, 0o755) //nolint:errcheck // its workers are another user
	p := launch(t, os.Environ(), nginx, "-c", file, "-p", dir, "-e", filepath.Join(dir, "error.log"))
	t.Cleanup(func() { p.stop(syscall.SIGTERM) })
	w.https, w.http = "127.0.0.1:"+secure, "127.0.0.1:"+plain
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		c, err := net.Dial("tcp", w.https)
		if err == nil {
			_ = c.Close()
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("nginx does not listen:\n%s", p.log.String())
		}
	}
}

// install finds nginx, or installs it where that needs nobody's leave.
func install(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("nginx")
	if err != nil && os.Getuid() == 0 {
		run(t, append(os.Environ(), "DEBIAN_FRONTEND=noninteractive"), "apt-get", "install", "-y", "--no-install-recommends", "nginx-light")
		path, err = exec.LookPath("nginx")
	}
	if err != nil {
		t.Fatalf("this test needs nginx: %v", err)
	}
	return path
}

func (w *world) certificate(t *testing.T, dir string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{"tls.crt": {Type: "CERTIFICATE", Bytes: der}, "tls.key": {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	w.roots.AddCert(certificate)
}

// client speaks to nginx whatever name it is asked for.
func (w *world) client(versions ...uint16) *http.Client {
	conf := &tls.Config{RootCAs: w.roots, MinVersion: tls.VersionTLS12}
	if len(versions) == 2 {
		conf.MinVersion, conf.MaxVersion = versions[0], versions[1]
	}
	return &http.Client{Timeout: 10 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			TLSClientConfig: conf, MaxIdleConnsPerHost: 64,
			DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
				if strings.HasSuffix(address, ":80") {
					return (&net.Dialer{}).DialContext(ctx, network, w.http)
				}
				return (&net.Dialer{}).DialContext(ctx, network, w.https)
			},
		}}
}

func (w *world) ask(client *http.Client, method, path, body string) (*http.Response, error) {
	request, err := http.NewRequest(method, "https://"+host+path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+w.token)
	request.Header.Set("Content-Type", "application/yaml")
	answer, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	_, _ = io.Copy(io.Discard, answer.Body)
	return answer, answer.Body.Close()
}

// Both servers are restarted, one after the other and several times, while
// requests come at a steady rate. None fails.
func TestRollingRestart(t *testing.T) {
	w := newWorld(t)
	client := w.client()
	answer, err := w.ask(client, "POST", "/v1/cards", "model: {id: acme/m, summary: rolled}\n")
	if err != nil || answer.StatusCode != http.StatusCreated {
		t.Fatalf("a card is not stored: %v %v", answer, err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var sent, failed atomic.Int64
	var example atomic.Value
	var asking sync.WaitGroup
	asking.Go(func() {
		ticker := time.NewTicker(time.Second / rate)
		defer ticker.Stop()
		slots := make(chan struct{}, 256)
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
			slots <- struct{}{}
			asking.Go(func() {
				defer func() { <-slots }()
				answer, err := w.ask(client, "GET", "/v1/cards/acme/m?format=html", "")
				sent.Add(1)
				if err != nil || answer.StatusCode != http.StatusOK {
					failed.Add(1)
					example.Store(fmt.Sprint(answer, err))
				}
			})
		}
	})
	begun := time.Now()
	restarts := 0
	for range 3 {
		for i := range w.servers {
			time.Sleep(pause)
			w.servers[i].stop(syscall.SIGTERM)
			w.start(t, i)
			restarts++
		}
	}
	time.Sleep(pause)
	stop()
	asking.Wait()
	took := time.Since(begun)
	if failed.Load() > 0 {
		t.Errorf("%d of %d requests failed, such as %v", failed.Load(), sent.Load(), example.Load())
	}
	t.Logf("%d restarts, %d requests in %s (%.0f a second), %d failed", restarts, sent.Load(), took.Round(time.Millisecond), float64(sent.Load())/took.Seconds(), failed.Load())
	if sent.Load() < 1000 {
		t.Errorf("only %d requests were sent", sent.Load())
	}
}

func TestTLS(t *testing.T) {
	w := newWorld(t)
	for version, ok := range map[uint16]bool{tls.VersionTLS10: false, tls.VersionTLS11: false, tls.VersionTLS12: true, tls.VersionTLS13: true} {
		answer, err := w.ask(w.client(version, version), "GET", "/health", "")
		if ok != (err == nil) {
			t.Errorf("%s: %v", tls.VersionName(version), err)
			continue
		}
		if ok && (answer.StatusCode != http.StatusOK || answer.TLS.Version != version || answer.Header.Get("Strict-Transport-Security") == "" || strings.Contains(answer.Header.Get("Server"), "/")) {
			t.Errorf("%s: %s, version %x, headers %v", tls.VersionName(version), answer.Status, answer.TLS.Version, answer.Header)
		}
	}
	weak := w.client(tls.VersionTLS12, tls.VersionTLS12)
	weak.Transport.(*http.Transport).TLSClientConfig.CipherSuites = []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256, tls.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA}
	if _, err := w.ask(weak, "GET", "/health", ""); err == nil {
		t.Error("a cipher in CBC mode is taken")
	}
	client := w.client()
	if answer, err := w.ask(client, "GET", "/metrics", ""); err != nil || answer.StatusCode != http.StatusNotFound {
		t.Errorf("/metrics: %v %v", answer, err)
	}
	answer, err := client.Get("http://" + host + "/v1/cards?q=x")
	if err != nil || answer.StatusCode != http.StatusMovedPermanently || answer.Header.Get("Location") != "https://"+host+"/v1/cards?q=x" {
		t.Errorf("http: %v %v", answer, err)
	}
}
