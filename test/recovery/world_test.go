//go:build e2e && linux

// Package recovery loses a database under a running service and brings it back,
// and lets the version before the last migration and this one serve from one
// database. It says how long what took.
package recovery

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

const root = "../.."

// build builds the program of a checkout.
func build(t *testing.T, source string) string {
	t.Helper()
	mcg := filepath.Join(t.TempDir(), "mcg")
	command := exec.Command("go", "build", "-buildvcs=false", "-o", mcg, "./cmd/mcg")
	command.Dir = source
	command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off")
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("build %s: %v\n%s", source, err, out)
	}
	return mcg
}

// program is one version of mcg, and the database that it works on.
type program struct{ mcg, database, dir string }

func (p program) command(args ...string) *exec.Cmd {
	command := exec.Command(p.mcg, args...)
	command.Env = append(os.Environ(), "MCG_DATABASE_URL="+p.database, "MCG_DATA_DIR="+p.dir, "MCG_METRICS_PORT=0")
	return command
}

// run runs a verb to its end.
func (p program) run(t *testing.T, args ...string) string {
	t.Helper()
	command := p.command(args...)
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("mcg %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// service is a running program.
type service struct {
	url     string
	command *exec.Cmd
	output  *output
	ended   sync.Once
}

// output is what a process writes, for several goroutines.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

var listens = regexp.MustCompile(`listens on (\S+)`)

// serve starts the service and waits until it is ready.
func (p program) serve(t *testing.T) *service {
	t.Helper()
	s := p.start(t)
	until(t, "the service is ready", func() bool { _, err := s.get("/ready"); return err == nil })
	return s
}

// start waits only until the service listens.
func (p program) start(t *testing.T) *service {
	t.Helper()
	s := &service{command: p.command("serve", "--port", "0"), output: &output{}}
	s.command.Stdout, s.command.Stderr = s.output, s.output
	if err := s.command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.stop(syscall.SIGTERM)
		if t.Failed() {
			text := s.output.String()
			t.Logf("the last lines of %s:\n%s", p.mcg, text[max(0, len(text)-2000):])
		}
	})
	until(t, "the service listens", func() bool {
		match := listens.FindStringSubmatch(s.output.String())
		if match == nil {
			return false
		}
		s.url = match[1]
		return true
	})
	return s
}

func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it did not come true: %s", what)
		}
	}
}

func (s *service) stop(signal syscall.Signal) {
	s.ended.Do(func() {
		_ = s.command.Process.Signal(signal)
		_ = s.command.Wait()
	})
}

func (s *service) get(path string) ([]byte, error) {
	request, err := http.NewRequest(http.MethodGet, s.url+path, http.NoBody)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", "application/json") // the card resource, not the rendered card
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	return read(answer)
}

// card is what the service says of a card.
type card struct {
	Digest   string `json:"digest"`
	Revision int64  `json:"revision"`
}

// put stores a document as the card of a name.
func (s *service) put(name, text string) (card, error) {
	document := fmt.Sprintf("apiVersion: mcg/v1\nkind: ModelCard\nmodel:\n  id: acme/%s\n  name: %s\n  summary: %s\n", name, name, text)
	answer, err := http.Post(s.url+"/v1/cards", "application/yaml", strings.NewReader(document))
	if err != nil {
		return card{}, err
	}
	return parse(read(answer))
}

func (s *service) card(name string) (card, error) { return parse(s.get("/v1/cards/acme/" + name)) }

func read(answer *http.Response) ([]byte, error) {
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode >= http.StatusMultipleChoices {
		err = fmt.Errorf("%s: %s", answer.Status, body)
	}
	return body, err
}

func parse(body []byte, err error) (c card, _ error) {
	if err != nil {
		return c, err
	}
	if err := json.Unmarshal(body, &c); err != nil {
		return c, err
	}
	if c.Digest == "" {
		return c, fmt.Errorf("no digest in %s", body)
	}
	return c, nil
}
