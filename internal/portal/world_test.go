package portal_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
	"golang.org/x/net/html"

	"github.com/terragonlabs/modelcard-generator/internal/api"
	"github.com/terragonlabs/modelcard-generator/internal/cache"
	"github.com/terragonlabs/modelcard-generator/internal/generator"
	"github.com/terragonlabs/modelcard-generator/internal/store/sqlite"
	"github.com/terragonlabs/modelcard-generator/internal/telemetry"
)

// world is the whole service over SQLite in a folder of its own.
type world struct{ http.Handler }

func newWorld(t testing.TB, change func(*api.Options)) world {
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
	o := api.Options{
		Generator: generator.New(generator.Options{Store: db, Cache: pages}), Store: db, DefaultFormat: "huggingface",
		HealthPath: "/health", ReadyPath: "/ready", Measure: metrics, Health: &api.Health{Store: db, Version: "test", Now: time.Now},
		Logger: zerolog.Nop(), NewID: uuid.NewString, Now: time.Now,
	}
	if change != nil {
		change(&o)
	}
	return world{api.New(o).Handler()}
}

func (w world) send(t testing.TB, method, path, body string, header http.Header) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, "http://127.0.0.1"+path, strings.NewReader(body))
	for name, values := range header {
		r.Header[name] = values
	}
	answer := httptest.NewRecorder()
	w.ServeHTTP(answer, r)
	return answer.Result()
}

// post stores a card.
func (w world) post(t testing.TB, mediaType, body string) {
	t.Helper()
	r := w.send(t, "POST", "/v1/cards", body, http.Header{"Content-Type": {mediaType}})
	if r.StatusCode > 201 {
		t.Fatalf("%d %s", r.StatusCode, textOf(t, r))
	}
}

func textOf(t testing.TB, r *http.Response) string {
	t.Helper()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// page is a page as a browser would see it.
type page struct {
	*html.Node
	source string
	header http.Header
}

// open opens a page that has to be there.
func (w world) open(t testing.TB, path string) page {
	t.Helper()
	r := w.send(t, "GET", path, "", nil)
	source := textOf(t, r)
	if r.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d %s", path, r.StatusCode, source)
	}
	return parse(t, source, r.Header)
}

func parse(t testing.TB, source string, header http.Header) page {
	t.Helper()
	tree, err := html.Parse(strings.NewReader(source))
	if err != nil {
		t.Fatal(err)
	}
	return page{tree, source, header}
}

// all are the elements of a name, with a class unless that is empty.
func (p page) all(name, class string) []*html.Node {
	var found []*html.Node
	for n := range p.Descendants() {
		if n.Type == html.ElementNode && n.Data == name && (class == "" || strings.Contains(" "+attributeOf(n, "class")+" ", " "+class+" ")) {
			found = append(found, n)
		}
	}
	return found
}

// one is the text of the only element of a name and class.
func (p page) one(t testing.TB, name, class string) string {
	t.Helper()
	found := p.all(name, class)
	if len(found) != 1 {
		t.Fatalf("%d elements %s.%s", len(found), name, class)
	}
	return inner(found[0])
}

func (p page) links() []string {
	var links []string
	for _, a := range p.all("a", "") {
		links = append(links, attributeOf(a, "href"))
	}
	return links
}

func inner(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data + " ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func attributeOf(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}
