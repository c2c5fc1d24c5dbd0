package api

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terragonlabs/modelcard-generator/internal/render"
	"github.com/terragonlabs/modelcard-generator/internal/render/jinja"
)

// TestMain lets the tests' own binary render templates.
func TestMain(m *testing.M) {
	jinja.Child()
	os.Exit(m.Run())
}

func templates(t *testing.T, files map[string]string) render.Set {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	folder, err := jinja.Open(t.Context(), dir, jinja.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return render.NewSet(folder.Formats()...)
}

func TestOwnTemplates(t *testing.T) {
	s := newServer(t, func(o *Options) {
		o.Formats = templates(t, map[string]string{
			"short.txt.j2": "{{ model_id }}: {{ model_summary }}",
			"bad.md.j2":    "line one\n{{ 1 % 0 }}",
		})
	})
	h := s.Handler()
	const body = "model: {id: acme/m, name: M, summary: Short.}"
	if r := (call{"POST", "/v1/cards", body, nil}).do(t, h); r.StatusCode != http.StatusCreated {
		t.Fatal(r.Status)
	}

	r := call{"GET", "/v1/formats", "", nil}.do(t, h)
	if got := bodyOf(t, r); !strings.Contains(got, `"name":"template:short","title":"own template short","media_type":"text/plain; charset=utf-8","extension":".txt"`) {
		t.Errorf("the formats are %s", got)
	}

	for range 2 { // the second is from the cache
		r = call{"GET", "/v1/cards/acme/m?format=template:short", "", nil}.do(t, h)
		if got := bodyOf(t, r); r.StatusCode != http.StatusOK || got != "acme/m: Short." || r.Header.Get("Content-Type") != "text/plain; charset=utf-8" {
			t.Errorf("%s %s", r.Status, got)
		}
	}
	etag := r.Header.Get("ETag")
	r = call{"GET", "/v1/cards/acme/m?format=template:short", "", map[string]string{"If-None-Match": etag}}.do(t, h)
	if r.StatusCode != http.StatusNotModified {
		t.Errorf("%s with %s", r.Status, etag)
	}

	for _, c := range []call{{"GET", "/v1/cards/acme/m?format=template:bad", "", nil}, {"POST", "/v1/render?format=template:bad", body, nil}} {
		r = c.do(t, h)
		var p Problem
		if err := json.NewDecoder(r.Body).Decode(&p); err != nil {
			t.Fatal(err)
		}
		if r.StatusCode != http.StatusUnprocessableEntity || !strings.HasSuffix(p.Type, "#template_failed") || !strings.Contains(p.Detail, "bad.md.j2:2: ") || !strings.Contains(p.Detail, "divide by zero") {
			t.Errorf("%s %+v", r.Status, p)
		}
	}
	if r = (call{"GET", "/v1/cards/acme/m?format=template:nosuch", "", nil}).do(t, h); r.StatusCode != http.StatusBadRequest {
		t.Error(r.Status)
	}
}

// TestAChangedTemplate changes a template under a running cache: its format
// keeps the name, and neither the old text nor the old entity tag may stay.
func TestAChangedTemplate(t *testing.T) {
	s := newServer(t, nil)
	if r := (call{"POST", "/v1/cards", "model: {id: a/b}", nil}).do(t, s.Handler()); r.StatusCode != http.StatusCreated {
		t.Fatal(r.Status)
	}
	var etags []string
	for _, text := range []string{"one", "two"} {
		s.o.Formats = templates(t, map[string]string{"t.j2": text})
		r := call{"GET", "/v1/cards/a/b?format=template:t", "", nil}.do(t, s.Handler())
		if got := bodyOf(t, r); got != text {
			t.Errorf("got %q, want %q", got, text)
		}
		etags = append(etags, r.Header.Get("ETag"))
	}
	if etags[0] == etags[1] || etags[0] == "" {
		t.Error(etags)
	}
}
