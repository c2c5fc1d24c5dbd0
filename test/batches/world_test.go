//go:build (e2e || chaos) && linux

package batches

import (
	"bytes"
	"context"
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

// binary builds the program once for all tests.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "mcg-chaos-*")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "mcg")
	build := exec.Command("go", "build", "-o", path, "../../cmd/mcg")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return path, nil
})

// process is a program that runs, is killed, and runs again.
type process struct {
	t       *testing.T
	args    []string
	env     []string
	log     string
	command *exec.Cmd
	done    chan struct{}
}

func newProcess(t *testing.T, name string, env []string, args ...string) *process {
	t.Helper()
	p := &process{t: t, args: args, env: append(os.Environ(), env...), log: filepath.Join(t.TempDir(), name+".log")}
	p.start()
	t.Cleanup(func() {
		if t.Failed() {
			text, _ := os.ReadFile(p.log)
			t.Logf("the end of the log of %s:\n%s", name, text[max(0, len(text)-4000):])
		}
		p.kill()
	})
	return p
}

func (p *process) start() {
	p.t.Helper()
	path, err := binary()
	if err != nil {
		p.t.Fatal(err)
	}
	file, err := os.OpenFile(p.log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	p.command = exec.Command(path, p.args...)
	p.command.Env, p.command.Stdout, p.command.Stderr = p.env, file, file
	if err := p.command.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.done = make(chan struct{})
	go func(c *exec.Cmd, done chan struct{}) {
		_ = c.Wait() // it is killed
		close(done)
	}(p.command, p.done)
}

func (p *process) signal(s syscall.Signal) { _ = p.command.Process.Signal(s) }

// kill ends the process as a power cut would.
func (p *process) kill() {
	p.signal(syscall.SIGKILL)
	<-p.done
}

// terminate asks the process to end and waits until it did.
func (p *process) terminate() {
	p.t.Helper()
	p.signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(40 * time.Second):
		p.t.Fatal("the process does not end")
	}
}

var listens = regexp.MustCompile(`listens on (http://\S+)`)

// url is where the service listens that the process is.
func (p *process) url() string {
	p.t.Helper()
	for range 600 {
		text, _ := os.ReadFile(p.log)
		if all := listens.FindAllSubmatch(text, -1); len(all) > 0 {
			url := string(all[len(all)-1][1])
			if answer, err := http.Get(url + "/ready"); err == nil {
				_ = answer.Body.Close()
				if answer.StatusCode == http.StatusOK {
					return url
				}
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	p.t.Fatal("the service is not ready")
	return ""
}

// memory is what /proc says of the process, in bytes: VmRSS or VmHWM.
func (p *process) memory(field string) int64 {
	p.t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.command.Process.Pid))
	if err != nil {
		p.t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		var kilobytes int64
		if _, err := fmt.Sscanf(line, field+": %d kB", &kilobytes); err == nil {
			return kilobytes << 10
		}
	}
	p.t.Fatalf("no %s", field)
	return 0
}

// resetPeak begins VmHWM anew (proc(5), clear_refs).
func (p *process) resetPeak() {
	p.t.Helper()
	if err := os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", p.command.Process.Pid), []byte("5"), 0); err != nil {
		p.t.Fatal(err)
	}
}

// batch is what the tests ask of one.
type batch struct {
	ID        string `json:"id"`
	Status    string `json:"status"`
	Total     int    `json:"total"`
	Succeeded int    `json:"succeeded"`
	Failed    int    `json:"failed"`
	Pending   int    `json:"pending"`
}

// post sends a batch until it is acknowledged, under one key. url is asked for
// anew, since the service may have been killed.
func post(t *testing.T, url func() string, key string, documents []byte) batch {
	t.Helper()
	for range 50 {
		request, err := http.NewRequestWithContext(context.Background(), http.MethodPost, url()+"/v1/batches", bytes.NewReader(documents))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/yaml")
		request.Header.Set("Idempotency-Key", key)
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			continue
		}
		var accepted batch
		text, readErr := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		switch {
		case readErr != nil, answer.StatusCode == http.StatusServiceUnavailable, answer.StatusCode == http.StatusConflict:
			time.Sleep(100 * time.Millisecond)
			continue
		case answer.StatusCode != http.StatusAccepted:
			t.Fatalf("%d: %s", answer.StatusCode, text)
		}
		if err := json.Unmarshal(text, &accepted); err != nil {
			t.Fatal(err)
		}
		return accepted
	}
	t.Fatal("the batch is not accepted")
	return batch{}
}

// ask reads a batch; false while it can't be read.
func ask(url, id string) (b batch, ok bool) {
	answer, err := http.Get(url + "/v1/batches/" + id)
	if err != nil {
		return b, false
	}
	defer func() { _ = answer.Body.Close() }()
	return b, answer.StatusCode == http.StatusOK && json.NewDecoder(answer.Body).Decode(&b) == nil
}

// await waits until a batch has nothing pending.
func await(t *testing.T, url, id string, limit time.Duration) batch {
	t.Helper()
	var last batch
	for end := time.Now().Add(limit); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if b, ok := ask(url, id); ok {
			if last = b; b.Status != "queued" && b.Status != "running" {
				return b
			}
		}
	}
	t.Fatalf("the batch does not end: %+v", last)
	return last
}

// example is a card as people write them, of about 5 KB.
var example = sync.OnceValue(func() string {
	text, err := os.ReadFile("../../examples/sentiment.yaml")
	if err != nil {
		panic(err)
	}
	return string(text)
})

// document is the example as another card.
func document(id string) string {
	return strings.Replace(example(), "id: acme/sentiment", "id: "+id, 1) + "---\n"
}
