//go:build e2e

package browser_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func post(t *testing.T, base string, card any) {
	t.Helper()
	mediaType := "application/yaml"
	body, ok := card.(string)
	if !ok {
		mediaType = "application/json"
		encoded, err := json.Marshal(card)
		if err != nil {
			t.Fatal(err)
		}
		body = string(encoded)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/v1/cards", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", mediaType)
	r.Header.Set("X-API-Key", key)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode > 201 {
		t.Fatalf("%d for %.100s", answer.StatusCode, body)
	}
}

func findChromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{os.Getenv("MCG_TEST_CHROMIUM"), "chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); name != "" && err == nil {
			return path
		}
	}
	t.Fatal("no Chromium; install it, or name it in MCG_TEST_CHROMIUM")
	return ""
}

func install(t *testing.T) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund").CombinedOutput(); err != nil {
		t.Fatalf("npm ci: %v\n%s", err, out)
	}
}

// startService builds the program and starts it with authentication.
func startService(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	program := filepath.Join(dir, "mcg")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "../../../cmd/mcg").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	port := freePort(t)
	config := filepath.Join(dir, "config.yaml")
	text := "api: {host: 127.0.0.1, port: " + port + "}\nmonitoring: {enable_metrics: false}\nstorage: {cache_dir: " + dir + "/cache}\ndatabase: {url: \"sqlite:" + dir +
		"/mcg.db\"}\nsecurity:\n  enable_auth: true\n  secret_key: a-secret-of-the-browser-test-0123456789\n  rate_limit: {per_address: 0, per_principal: 0}\n  providers:\n    api_key:\n      valid_keys:\n        - {key: " + key + ", roles: [admin]}\n"
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	service := exec.Command(program, "serve", "--config", config)
	service.Stdout, service.Stderr = &log, &log
	if err := service.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = service.Process.Signal(os.Interrupt)
		_ = service.Wait()
		if t.Failed() {
			t.Log(log.String())
		}
	})
	base := "http://127.0.0.1:" + port
	for begun := time.Now(); time.Since(begun) < 30*time.Second; time.Sleep(50 * time.Millisecond) {
		r, err := http.Get(base + "/ready")
		if err != nil {
			continue
		}
		_ = r.Body.Close()
		if r.StatusCode == http.StatusOK {
			return base
		}
	}
	t.Fatal("the service does not become ready")
	return ""
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

// browse runs a script on a task, and reads the JSON lines that it tells.
func browse[T any](t *testing.T, script string, task map[string]any) []T {
	t.Helper()
	input, err := json.Marshal(task)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Minute)
	defer cancel()
	var out, trouble bytes.Buffer
	browser := exec.CommandContext(ctx, "node", script)
	browser.Stdin, browser.Stdout, browser.Stderr = bytes.NewReader(input), &out, &trouble
	if err := browser.Run(); err != nil {
		t.Fatalf("%v\n%s", err, trouble.String())
	}
	var told []T
	lines := bufio.NewScanner(&out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var one T
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			t.Fatal(err)
		}
		told = append(told, one)
	}
	return told
}
