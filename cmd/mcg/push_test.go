package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
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

// The lists of several batches are one list; no batch's takes the place of
// another's. A folder this large is several batches.
func TestResultsOfSeveralBatches(t *testing.T) {
	dir, out := t.TempDir(), t.TempDir()
	large := "model: {name: a}\n#" + strings.Repeat("x", pushBytes*2/3) + "\n"
	for _, name := range []string{"a.yaml", "b.yaml"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(large), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	service := httptest.NewServer(http.HandlerFunc(twoBatches(t)))
	defer service.Close()
	var stderr strings.Builder
	code := run([]string{"generate-batch", "--config", dir, "--output", out, "--server", service.URL}, nil, nil, &strings.Builder{}, &stderr)
	if code != exitGood || !strings.Contains(stderr.String(), "2 rendered, 0 failed") {
		t.Fatalf("exit %d, %s", code, stderr.String())
	}
	list, err := os.ReadFile(filepath.Join(out, outcomesFile))
	if want := "{\"label\":\"b1\"}\n{\"label\":\"b2\"}\n"; err != nil || string(list) != want {
		t.Errorf("outcomes %q, %v", list, err)
	}
	for _, name := range []string{"acme/b1/1.md", "acme/b2/1.md"} {
		if text, err := os.ReadFile(filepath.Join(out, name)); err != nil || string(text) != name {
			t.Errorf("%s is %q, %v", name, text, err)
		}
	}
}

// twoBatches answers as a service that takes batches and calls them b1 and b2.
func twoBatches(t *testing.T) http.HandlerFunc {
	const batch = `{"id":%q,"status":"completed","total":1,"succeeded":1,"failed":0,"pending":0,"rate":1,"created_at":"2026-01-02T03:04:05Z","items_url":"","events_url":"","result_url":""}`
	taken := 0
	return func(w http.ResponseWriter, r *http.Request) {
		path := strings.Split(strings.TrimPrefix(r.URL.Path, "/v1/batches/"), "/")
		switch {
		case r.Method == http.MethodPost:
			taken++
			_, _ = io.Copy(io.Discard, r.Body)
			w.WriteHeader(http.StatusAccepted)
			_, _ = fmt.Fprintf(w, batch, fmt.Sprintf("b%d", taken))
		case path[1] == "events":
			_, _ = fmt.Fprintf(w, "id: 1\nevent: item\ndata: {\"number\":1,\"label\":\"x\",\"status\":\"done\"}\n\nid: 1.end\nevent: end\ndata: "+batch+"\n\n", path[0])
		case path[1] == "result":
			name := "acme/" + path[0] + "/1.md"
			_, _ = w.Write(tarOf(t, name, name, outcomesFile, fmt.Sprintf("{\"label\":%q}\n", path[0])))
		}
	}
}

// tarOf is a tar.gz of files, by name and text.
func tarOf(t *testing.T, files ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for i := 0; i < len(files); i += 2 {
		err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: files[i], Size: int64(len(files[i+1])), Mode: 0o644})
		if _, writeErr := io.WriteString(w, files[i+1]); err != nil || writeErr != nil {
			t.Fatal(err, writeErr)
		}
	}
	if err := errors.Join(w.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A result cannot write outside of its folder.
func TestResultThatLeadsOut(t *testing.T) {
	for _, name := range []string{"../x", "/tmp/x", "a/../../x"} {
		out := filepath.Join(t.TempDir(), "out")
		service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(tarOf(t, name, "text")) }))
		made, err := remote{Server: service.URL}.client(&process{})
		if err != nil {
			t.Fatal(err)
		}
		err = (&results{service: made, format: "yaml", output: out}).fetch(t.Context(), "b")
		if err == nil || !strings.Contains(err.Error(), "leads out") {
			t.Errorf("%s: %v", name, err)
		}
		service.Close()
	}
}

// A redirection must not carry the key to another place.
func TestKeyStays(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("%s was asked with the key %q", r.URL, r.Header.Get("X-Api-Key"))
	}))
	defer other.Close()
	service := httptest.NewServer(http.RedirectHandler(other.URL, http.StatusTemporaryRedirect))
	defer service.Close()
	var stderr strings.Builder
	code := run([]string{"pull", "acme/a", "--output", t.TempDir(), "--server", service.URL}, []string{"MCG_API_KEY=secret"}, nil, &strings.Builder{}, &stderr)
	if code != exitDependency || !strings.Contains(stderr.String(), "307") {
		t.Errorf("exit %d, %s", code, stderr.String())
	}
}
