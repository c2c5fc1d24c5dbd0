package api

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/go-chi/chi/v5"
	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	spec "github.com/terragonlabs/modelcard-generator/api"
	"github.com/terragonlabs/modelcard-generator/internal/cache"
	"github.com/terragonlabs/modelcard-generator/internal/generator"
	"github.com/terragonlabs/modelcard-generator/internal/render"
	"github.com/terragonlabs/modelcard-generator/internal/store/sqlite"
	"github.com/terragonlabs/modelcard-generator/internal/telemetry"
)

// newServer is a whole server over SQLite in a folder of its own.
func newServer(t *testing.T, change func(*Options)) *Server {
	t.Helper()
	ctx := context.Background()
	db, err := sqlite.Open(ctx, sqlite.Options{Path: filepath.Join(t.TempDir(), "mcg.db"), Clock: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if err := db.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	pages, err := cache.New(cache.Options{Memory: cache.MemoryOptions{MaxBytes: 1 << 20}, Logger: zerolog.Nop()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pages.Close(ctx) })
	metrics, err := telemetry.NewMetrics(prometheus.NewRegistry(), telemetry.Build{Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	o := Options{
		Generator: generator.New(generator.Options{Store: db, Cache: pages}), Store: db, DefaultFormat: "huggingface",
		HealthPath: "/health", ReadyPath: "/ready", Measure: metrics, Health: &Health{Store: db, Version: "test", Now: time.Now},
		Metrics: http.NotFoundHandler(), Logger: zerolog.Nop(), NewID: uuid.NewString, Now: time.Now,
	}
	if change != nil {
		change(&o)
	}
	return New(o)
}

type call struct {
	method, path, body string
	header             map[string]string
}

func (c call) do(t *testing.T, h http.Handler) *http.Response {
	t.Helper()
	r := httptest.NewRequest(c.method, "http://127.0.0.1"+c.path, strings.NewReader(c.body))
	if c.body != "" {
		r.Header.Set("Content-Type", "application/yaml")
	}
	for name, value := range c.header {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	checkContract(t, r, w.Result(), w.Body.Bytes())
	return w.Result()
}

func bodyOf(t *testing.T, r *http.Response) string {
	t.Helper()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

const small = "model: {id: acme/m, name: M, license: mit}\n"

// The routes and the contract are the same set, in both directions.
func TestRoutesAreTheContract(t *testing.T) {
	doc, err := openapi3.NewLoader().LoadFromData(spec.Spec())
	if err != nil {
		t.Fatal(err)
	}
	written := map[string]string{}
	for path, item := range doc.Paths.Map() {
		for method, operation := range item.Operations() {
			permission, _ := operation.Extensions["x-permission"].(string)
			written[method+" "+path] = permission
		}
	}
	server := newServer(t, nil)
	for _, page := range server.pages() { // these are in docs/portal.md
		if _, ok := written[page.method+" "+page.path]; ok {
			t.Errorf("%s %s is a page for people, and in api/openapi.yaml", page.method, page.path)
		}
		written[page.method+" "+page.path] = ""
	}
	walked := map[string]bool{}
	err = chi.Walk(server.Handler().(chi.Routes), func(method, path string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		if method != http.MethodHead {
			walked[method+" "+path] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for name := range walked {
		if _, ok := written[name]; !ok {
			t.Errorf("%s is served, but not in api/openapi.yaml", name)
		}
	}
	for name := range written {
		if !walked[name] {
			t.Errorf("%s is in api/openapi.yaml, but not served", name)
		}
	}
	for _, r := range server.routes() {
		want := string(r.permission)
		if got := written[r.method+" "+r.path]; got != want {
			t.Errorf("%s %s needs %q, the contract says %q", r.method, r.path, want, got)
		}
	}
}

// etag is the tag of a revision in a format.
func etag(revisionAndFormat string) string {
	return `"` + revisionAndFormat + "-" + render.Version + `"`
}

func TestCardLifecycle(t *testing.T) {
	h := newServer(t, nil).Handler()
	changed := strings.Replace(small, "mit", "apache-2.0", 1)
	steps := []struct {
		name string
		call
		status int
		header map[string]string
		body   string // part of it
	}{
		{"create", call{method: "POST", path: "/v1/cards", body: small}, 201, map[string]string{"Location": "/v1/cards/acme/m", "ETag": etag("1-card")}, `"revision":1`},
		{"again", call{method: "POST", path: "/v1/cards", body: small}, 200, map[string]string{"ETag": etag("1-card")}, `"unchanged":true`},
		{"layout alone", call{method: "POST", path: "/v1/cards", body: "# a comment\n" + small}, 200, nil, `"revision":1`},
		{"change", call{method: "POST", path: "/v1/cards", body: changed}, 200, nil, `"revision":2`},
		{"stale", call{method: "POST", path: "/v1/cards", body: small, header: map[string]string{"If-Match": etag("1-card")}}, 412, nil, "another revision"},
		{"create only", call{method: "POST", path: "/v1/cards", body: small, header: map[string]string{"If-None-Match": "*"}}, 412, nil, ""},
		{"markdown", call{method: "GET", path: "/v1/cards/acme/m", header: map[string]string{"Accept": "text/markdown"}}, 200, map[string]string{"Content-Type": "text/markdown; charset=utf-8", "Cache-Control": "private, no-cache"}, "# Model Card for M"},
		{"html", call{method: "GET", path: "/v1/cards/acme/m", header: map[string]string{"Accept": "text/html"}}, 200, map[string]string{"Content-Type": "text/html; charset=utf-8"}, "<h1"},
		{"json", call{method: "GET", path: "/v1/cards/acme/m", header: map[string]string{"Accept": "application/json"}}, 200, map[string]string{"Content-Type": "application/json"}, `"digest":"sha256:`},
		{"not modified", call{method: "GET", path: "/v1/cards/acme/m?format=mcg", header: map[string]string{"If-None-Match": etag("2-mcg")}}, 304, nil, ""},
		{"source", call{method: "GET", path: "/v1/cards/acme/m/revisions/1?format=source"}, 200, map[string]string{"Cache-Control": "private, max-age=31536000, immutable"}, small},
		{"no such format", call{method: "GET", path: "/v1/cards/acme/m?format=docx"}, 400, nil, "there is no format"},
		{"not acceptable", call{method: "GET", path: "/v1/cards/acme/m", header: map[string]string{"Accept": "image/png"}}, 406, nil, ""},
		{"no such revision", call{method: "GET", path: "/v1/cards/acme/m/revisions/9"}, 404, nil, "application/problem+json"[:0]},
		{"history", call{method: "GET", path: "/v1/cards/acme/m/revisions"}, 200, nil, `"revision":2`},
		{"diff", call{method: "GET", path: "/v1/cards/acme/m/diff?from=1&to=2"}, 200, nil, `{"pointer":"/model/license","kind":"changed","from":"mit","to":"apache-2.0"}`},
		{"search", call{method: "GET", path: "/v1/cards?q=M&license=apache-2.0"}, 200, nil, `"id":"acme/m"`},
		{"bad cursor", call{method: "GET", path: "/v1/cards?cursor=zzz"}, 400, nil, "bad_cursor"},
		{"bad limit", call{method: "GET", path: "/v1/cards?limit=0"}, 400, nil, "limit"},
		{"delete", call{method: "DELETE", path: "/v1/cards/acme/m"}, 204, nil, ""},
		{"gone", call{method: "GET", path: "/v1/cards/acme/m"}, 404, nil, ""},
		{"restore", call{method: "POST", path: "/v1/cards/acme/m/restore"}, 200, nil, `"revision":2`},
		{"audit", call{method: "GET", path: "/v1/audit"}, 200, nil, `"action":"card.restore"`},
		{"typo", call{method: "POST", path: "/v1/cards", body: "model:\n  nane: x\n  id: a/b\n"}, 422, map[string]string{"Content-Type": "application/problem+json"}, `"line":2,"column":3,"code":"unknown_key","detail":"unknown key \"nane\"","hint":"did you mean \"name\"?"`},
		{"broken", call{method: "POST", path: "/v1/cards", body: "model: {id: ["}, 400, nil, `"line":1,"column":`},
		{"type", call{method: "POST", path: "/v1/cards", body: small, header: map[string]string{"Content-Type": "image/png"}}, 415, nil, "text/markdown"},
		{"too large", call{method: "POST", path: "/v1/cards", body: "model: {id: a/b}\n" + strings.Repeat("# x\n", 80_000)}, 413, nil, "over the limit"},
		{"readme", call{method: "POST", path: "/v1/cards?id=acme/readme", body: "---\nlicense: mit\n---\n# Hi\n", header: map[string]string{"Content-Type": "text/markdown"}}, 201, nil, `"license":"mit"`},
		{"linked data", call{method: "GET", path: "/v1/cards/acme/m", header: map[string]string{"Accept": "application/ld+json"}}, 200, map[string]string{"Content-Type": "application/ld+json"}, `"@type": "MLModel"`},
		{"model card toolkit", call{method: "POST", path: "/v1/cards?id=acme/mct", body: `{"model_details": {"name": "Cats", "licenses": [{"identifier": "MIT"}], "zebra": 1}}`, header: map[string]string{"Content-Type": "application/json"}}, 201, nil, `"/model_details/zebra"`},
		{"model card toolkit again", call{method: "GET", path: "/v1/cards/acme/mct?format=google"}, 200, map[string]string{"Content-Type": "application/json"}, `"schema_version": "0.0.2"`},
		{"render", call{method: "POST", path: "/v1/render?format=huggingface", body: small}, 200, map[string]string{"Content-Type": "text/markdown; charset=utf-8"}, "license: mit"},
		{"valid", call{method: "POST", path: "/v1/validate", body: small}, 200, nil, `"valid":true`},
		{"invalid", call{method: "POST", path: "/v1/validate", body: "model: {}"}, 200, nil, `"valid":false`},
		{"nowhere", call{method: "GET", path: "/v2"}, 404, map[string]string{"Content-Type": "application/problem+json"}, "not_found"},
		{"wrong method", call{method: "PUT", path: "/v1/cards"}, 405, nil, ""},
		{"health", call{method: "GET", path: "/health"}, 200, nil, `"status":"healthy"`},
		{"ready", call{method: "GET", path: "/ready"}, 200, nil, ""},
	}
	for _, step := range steps {
		response := step.do(t, h)
		body := bodyOf(t, response)
		if response.StatusCode != step.status || !strings.Contains(body, step.body) {
			t.Errorf("%s: %d %s, want %d and %q", step.name, response.StatusCode, body, step.status, step.body)
		}
		for name, want := range step.header {
			if got := response.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", step.name, name, got, want)
			}
		}
		if response.Header.Get("X-Request-Id") == "" {
			t.Errorf("%s: no request id", step.name)
		}
	}
}

func TestIdempotencyKey(t *testing.T) {
	h := newServer(t, nil).Handler()
	post := func(body string) (int, string) {
		response := call{method: "POST", path: "/v1/cards", body: body, header: map[string]string{"Idempotency-Key": "k"}}.do(t, h)
		return response.StatusCode, bodyOf(t, response)
	}
	if status, _ := post(small); status != 201 {
		t.Fatalf("first: %d", status)
	}
	call{method: "POST", path: "/v1/cards", body: strings.Replace(small, "mit", "gpl-3.0", 1)}.do(t, h)
	if status, body := post(small); status != 201 || !strings.Contains(body, `"revision":1`) {
		t.Errorf("replay: %d %s", status, body)
	}
	if status, _ := post(strings.Replace(small, "M", "N", 1)); status != 422 {
		t.Errorf("another body: %d", status)
	}
}

func TestWithoutAuthenticationOnlyLoopback(t *testing.T) {
	h := newServer(t, nil).Handler()
	for name, header := range map[string]string{"X-Forwarded-For": "10.0.0.1", "Forwarded": "for=10.0.0.1"} {
		if r := (call{method: "GET", path: "/v1/cards", header: map[string]string{name: header}}).do(t, h); r.StatusCode != 403 {
			t.Errorf("%s: %d", name, r.StatusCode)
		}
	}
	r := httptest.NewRequest("GET", "http://rebind.example.com/v1/cards", nil)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != http.StatusMisdirectedRequest {
		t.Errorf("a foreign host name: %d", w.Code)
	}
}

// TestPanicIsA500WithoutItsCause: in a handler, and in a rendering that others
// wait for. The stack is in the log; a value that may quote the document is not.
func TestPanicIsA500WithoutItsCause(t *testing.T) {
	var log bytes.Buffer
	server := newServer(t, func(o *Options) { o.Logger = zerolog.New(&log) })
	for name, tt := range map[string]struct {
		handler http.HandlerFunc
		cause   string
	}{
		"a word":  {func(http.ResponseWriter, *http.Request) { panic("secret") }, `"panic":"string"`},
		"runtime": {func(_ http.ResponseWriter, r *http.Request) { _ = r.URL.Path[5:] }, `slice bounds out of range`},
		"rendering": {func(w http.ResponseWriter, r *http.Request) {
			server.fail(w, r, &cache.PanicError{Value: "secret", Stack: []byte("goroutine 1: middleware")})
		}, `"panic":"string"`},
	} {
		log.Reset()
		r := call{method: "GET", path: "/"}.do(t, server.identify(server.observe(server.recoverPanic(tt.handler))))
		var p Problem
		if err := json.Unmarshal([]byte(bodyOf(t, r)), &p); err != nil || r.StatusCode != 500 || strings.Contains(p.Detail, "secret") {
			t.Errorf("%s: %d %+v %v", name, r.StatusCode, p, err)
		}
		if s := log.String(); !strings.Contains(s, tt.cause) || !strings.Contains(s, "middleware") || strings.Contains(s, "secret") {
			t.Errorf("%s: the log says %s", name, s)
		}
	}
}

// Each card of the corpus is posted, rendered, and reads back to its digest.
func TestCorpusOverHTTP(t *testing.T) {
	dir := os.Getenv("MCG_TEST_CORPUS")
	if dir == "" {
		if os.Getenv("CI") != "" {
			t.Fatal("MCG_TEST_CORPUS is not set")
		}
		t.Skip("MCG_TEST_CORPUS is not set: no corpus of other people's cards to read")
	}
	h := newServer(t, nil).Handler()
	var files []string
	for _, folder := range []string{"hf-cards", "hf-fixtures", "docker"} {
		names, err := filepath.Glob(filepath.Join(dir, folder, "*.md"))
		if err != nil || len(names) == 0 {
			t.Fatalf("no cards in %s: %v", folder, err)
		}
		files = append(files, names...)
	}
	refused := 0
	for i, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		path := "/v1/cards?id=corpus/c" + strconv.Itoa(i)
		markdown := map[string]string{"Content-Type": "text/markdown"}
		created := call{method: "POST", path: path, body: string(src), header: markdown}.do(t, h)
		if created.StatusCode == 400 || created.StatusCode == 422 {
			refused++
			continue
		}
		if created.StatusCode != 201 {
			t.Errorf("%s: %d %s", filepath.Base(file), created.StatusCode, bodyOf(t, created))
			continue
		}
		rendered := bodyOf(t, call{method: "GET", path: created.Header.Get("Location"), header: map[string]string{"Accept": "text/markdown"}}.do(t, h))
		again := call{method: "POST", path: path, body: rendered, header: markdown}.do(t, h)
		if body := bodyOf(t, again); again.StatusCode != 200 || !strings.Contains(body, `"unchanged":true`) {
			t.Errorf("%s: the rendered card is another one: %d %.300s", filepath.Base(file), again.StatusCode, body)
		}
		page := call{method: "GET", path: created.Header.Get("Location"), header: map[string]string{"Accept": "text/html"}}.do(t, h)
		if page.StatusCode != 200 {
			t.Errorf("%s: html %d", filepath.Base(file), page.StatusCode)
		}
	}
	if refused != 3 {
		t.Errorf("%d files refused, want the 3 that huggingface_hub refuses", refused)
	}
}

// FuzzBodies sends any bytes as any type: never a 5xx.
func FuzzBodies(f *testing.F) {
	for i, seed := range []string{small, "{\"model\":{\"name\":\"x\"}}", "---\nlicense: mit\n---\n# A\n", "model: &a [*a]", "a: !!binary x", "\x00"} {
		f.Add(uint8(i), []byte(seed))
	}
	types := []string{"application/yaml", "application/json", "text/markdown"}
	f.Fuzz(func(t *testing.T, kind uint8, body []byte) {
		h := fuzzHandler(t)
		r := call{method: "POST", path: "/v1/render?id=f/z&format=huggingface", body: string(body), header: map[string]string{"Content-Type": types[int(kind)%len(types)]}}.do(t, h)
		if r.StatusCode >= 500 {
			t.Fatalf("%d %s", r.StatusCode, bodyOf(t, r))
		}
	})
}

func fuzzHandler(t *testing.T) http.Handler {
	t.Helper()
	metrics, err := telemetry.NewMetrics(prometheus.NewRegistry(), telemetry.Build{})
	if err != nil {
		t.Fatal(err)
	}
	return New(Options{
		Generator: generator.New(generator.Options{}), DefaultFormat: "huggingface", HealthPath: "/health", ReadyPath: "/ready",
		Measure: metrics, Health: &Health{Now: time.Now}, Logger: zerolog.Nop(), NewID: func() string { return "id" }, Now: time.Now,
	}).Handler()
}
