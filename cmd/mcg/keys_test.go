package main

import (
	"bytes"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestKeys makes, lists and revokes a key on a database that no service runs on.
func TestKeys(t *testing.T) {
	environ := []string{"MCG_DATA_DIR=" + t.TempDir()}
	do := func(want int, args ...string) (stdout, stderr string) {
		t.Helper()
		var out, errs bytes.Buffer
		if code := run(args, environ, strings.NewReader(""), &out, &errs); code != want {
			t.Fatalf("%v: exit %d, %s", args, code, errs.String())
		}
		return out.String(), errs.String()
	}
	if _, stderr := do(exitDependency, "keys", "list"); !strings.Contains(stderr, "migrat") {
		t.Errorf("without a schema: %s", stderr)
	}
	do(exitGood, "migrate", "up")
	secret, told := do(exitGood, "keys", "create", "--name", "CI", "--role", "user", "--namespace", "acme", "--expires", "90d")
	id := secret[4:12]
	if !strings.HasPrefix(secret, "mcg_") || strings.Count(secret, "\n") != 1 || !strings.Contains(told, id) || strings.Contains(told, secret[:30]) {
		t.Errorf("printed %q and %q", secret, told)
	}
	listed, _ := do(exitGood, "keys", "list")
	if !strings.Contains(listed, id+"  active   user  acme/*  never used  \"CI\"") || strings.Contains(listed, secret[12:30]) {
		t.Errorf("listed: %s", listed)
	}
	if json, _ := do(exitGood, "keys", "list", "--report", "json"); !strings.Contains(json, `"created_by":"local command-line"`) || strings.Contains(json, "hash") {
		t.Errorf("as JSON: %s", json)
	}
	do(exitGood, "keys", "revoke", id)
	if listed, _ := do(exitGood, "keys", "list"); !strings.Contains(listed, id+"  revoked") {
		t.Errorf("after revoking: %s", listed)
	}
	do(exitUsage, "keys", "revoke", id)
	for _, bad := range [][]string{{"--name", "x", "--role", "nobody"}, {"--name", "x", "--namespace", "a/b"}, {"--name", ""}, {"--name", "x", "--expires", "soon"}, {}} {
		do(exitUsage, append([]string{"keys", "create"}, bad...)...)
	}
}

// TestKeyOfARunningService: a key that the command line makes is good in a service that runs, until the command line ends it.
func TestKeyOfARunningService(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "mcg")
	build := exec.Command("go", "build", "-o", binary, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	environ := append(os.Environ(), "MCG_PORT=0", "MCG_METRICS_PORT=0", "MCG_DATA_DIR="+t.TempDir(), "MCG_SECURITY_ENABLE_AUTH=true")
	service := start(t, binary, environ)
	status := func(key string) int {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, service.url+"/v1/cards", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-API-Key", key)
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		return answer.StatusCode
	}
	var out, errs bytes.Buffer
	if code := run([]string{"keys", "create", "--name", "x", "--role", "readonly"}, environ, nil, &out, &errs); code != exitGood {
		t.Fatalf("exit %d, %s", code, errs.String())
	}
	key := strings.TrimSpace(out.String())
	if got := status(key); got != http.StatusOK {
		t.Errorf("the new key: %d", got)
	}
	if code := run([]string{"keys", "revoke", key[4:12]}, environ, nil, &out, &errs); code != exitGood {
		t.Fatalf("exit %d, %s", code, errs.String())
	}
	revoked := time.Now()
	for status(key) != http.StatusUnauthorized {
		if time.Since(revoked) > 1500*time.Millisecond {
			t.Fatal("the revoked key is still good")
		}
		time.Sleep(20 * time.Millisecond)
	}
	service.stop(t)
}
