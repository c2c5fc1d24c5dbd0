package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPushedNames(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"b/c.json", "a.yaml", "weights.bin"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	files, err := pushed([]string{dir, filepath.Join(dir, "b", "c.json")})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range files {
		names = append(names, f.name)
	}
	if diff := cmp.Diff([]string{"a.yaml", "b/c.json", "c.json"}, names); diff != "" {
		t.Error(diff)
	}
	first, key, err := pack(files)
	if err != nil {
		t.Fatal(err)
	}
	second, again, err := pack(files)
	if err != nil || key != again {
		t.Errorf("keys of the same files: %s, %s, %v", key, again, err)
	}
	for _, f := range []*os.File{first, second} {
		_ = f.Close()
		_ = os.Remove(f.Name())
	}
	if _, err := pushed([]string{filepath.Join(dir, "weights.bin")}); err == nil {
		t.Error("a file that is no document was taken")
	}
}

// A push follows its batch over broken streams, and says what failed.
func TestPushFollowsBrokenStreams(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.yaml"), []byte("model: {name: a}"), 0o600); err != nil {
		t.Fatal(err)
	}
	const batch = `{"id":"b","status":%q,"total":2,"succeeded":1,"failed":1,"pending":0,"rate":1,"created_at":"2026-01-02T03:04:05Z","items_url":"","events_url":"","result_url":""}`
	var seen []string
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			if r.Header.Get("X-Api-Key") != "secret" {
				t.Errorf("key %q", r.Header.Get("X-Api-Key"))
			}
			w.WriteHeader(http.StatusAccepted)
			_, _ = fmt.Fprintf(w, batch, "running")
			return
		}
		last := r.Header.Get("Last-Event-Id")
		switch seen = append(seen, last); last {
		case "":
			_, _ = fmt.Fprint(w, "retry: 1\n\nid: 1\nevent: item\ndata: {\"number\":1,\"label\":\"a.yaml\",\"status\":\"done\"}\n\nid: 2\nevent: item\ndata: {\"num")
		case "1":
			_, _ = fmt.Fprintf(w, ": alive\n\nid: 2\nevent: item\ndata: {\"number\":2,\"label\":\"b.yaml\",\"status\":\"failed\",\"problem\":{\"type\":\"t\",\"title\":\"x\",\"status\":422,\"detail\":\"1:2: bad\"}}\n\nid: 2.end\nevent: end\ndata: "+batch+"\n\n", "completed_with_errors")
		}
	}))
	defer service.Close()
	var stdout, stderr strings.Builder
	code := run([]string{"push", dir, "--server", service.URL}, []string{"MCG_API_KEY=secret"}, nil, &stdout, &stderr)
	if code != exitRefused || !strings.Contains(stderr.String(), "b.yaml:1:2: bad\n") || !strings.Contains(stderr.String(), "1 stored, 1 failed") {
		t.Errorf("exit %d, %s", code, stderr.String())
	}
	if diff := cmp.Diff([]string{"", "1"}, seen); diff != "" {
		t.Errorf("events asked after: %s", diff)
	}
}

func TestPushIsRefused(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.yaml"), []byte("model: {name: a}"), 0o600); err != nil {
		t.Fatal(err)
	}
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		_, _ = fmt.Fprint(w, `{"type":"t","title":"Forbidden","status":403,"detail":"you may not do this here","request_id":"r-1"}`)
	}))
	defer service.Close()
	var stderr strings.Builder
	code := run([]string{"push", dir, "--server", service.URL}, nil, nil, &strings.Builder{}, &stderr)
	if code != exitDependency || !strings.Contains(stderr.String(), "403 Forbidden: you may not do this here (request r-1)") {
		t.Errorf("exit %d, %s", code, stderr.String())
	}
}
