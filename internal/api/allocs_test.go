package api

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/terragonlabs/modelcard-generator/internal/cache"
	"github.com/terragonlabs/modelcard-generator/internal/generator"
	"github.com/terragonlabs/modelcard-generator/internal/store"
)

// maxCachedView is how many allocations a view from memory may cost, from the router to the last byte. A page that every reader
// asks for makes no garbage to speak of.
const maxCachedView = 35

// countingReader counts what the database is asked.
type countingReader struct {
	store.Store
	reads atomic.Int64
}

func (c *countingReader) Head(ctx context.Context, s store.Scope, id store.ID) (store.Head, error) {
	c.reads.Add(1)
	return c.Store.Head(ctx, s, id)
}

func (c *countingReader) Revision(ctx context.Context, s store.Scope, id store.ID, n int64) (store.Revision, error) {
	c.reads.Add(1)
	return c.Store.Revision(ctx, s, id, n)
}

// bareWriter keeps an answer without cost of its own.
type bareWriter struct {
	header http.Header
	status int
	bytes  int
}

func (w *bareWriter) Header() http.Header    { return w.header }
func (w *bareWriter) WriteHeader(status int) { w.status = status }
func (w *bareWriter) Write(p []byte) (int, error) {
	w.bytes += len(p)
	return len(p), nil
}

// A view from memory goes through the whole router with authentication and limits on, and asks neither the database nor any other
// tier: there is none in this server.
func TestCachedViewIsCheap(t *testing.T) {
	counting, now := &countingReader{}, time.Now()
	g := newGuarded(t, func(o *Options) {
		counting.Store = o.Store
		o.Store = counting
		pages := cacheOf(t)
		o.Generator = generator.New(generator.Options{Store: counting, Cache: pages, Now: func() time.Time { return now }}) // a pointer is fresh for a second
		o.Limits = Limits{PerPrincipal: 1 << 40, PerAddress: 1 << 40, FailedLogins: 20}
	})
	call{method: "POST", path: "/v1/cards", body: small}.as(userKey).do(t, g.h)
	for _, tt := range []struct {
		name   string
		header map[string]string
		status int
	}{
		{"a view", map[string]string{}, http.StatusOK},
		{"a browser's view", map[string]string{"Accept-Encoding": "gzip, deflate, br, zstd", "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}, http.StatusOK},
		{"a view by format", map[string]string{"X-Path": "/v1/cards/acme/m?format=html"}, http.StatusOK},
	} {
		path := "/v1/cards/acme/m"
		if p := tt.header["X-Path"]; p != "" {
			path = p
			delete(tt.header, "X-Path")
		}
		call{method: "GET", path: path, header: tt.header}.as(readerKey).do(t, g.h)
		r := httptest.NewRequest(http.MethodGet, "http://127.0.0.1"+path, http.NoBody)
		r.Header.Set("X-API-Key", readerKey)
		for name, value := range tt.header {
			r.Header.Set(name, value)
		}
		w := &bareWriter{header: make(http.Header, 24)}
		before := counting.reads.Load()
		got := testing.AllocsPerRun(200, func() {
			clear(w.header)
			g.h.ServeHTTP(w, r)
		})
		if w.status != tt.status || w.bytes == 0 {
			t.Errorf("%s: %d with %d bytes", tt.name, w.status, w.bytes)
		}
		if got > maxCachedView {
			t.Errorf("%s: %v allocations, want at most %d", tt.name, got, maxCachedView)
		}
		t.Logf("%s: %v allocations", tt.name, got)
		if n := counting.reads.Load() - before; n > 0 {
			t.Errorf("%s: the database was asked %d times in 200 views", tt.name, n)
		}
	}
}

func cacheOf(t *testing.T) *cache.Cache {
	t.Helper()
	pages, err := cache.New(cache.Options{Memory: cache.MemoryOptions{MaxBytes: 1 << 20}, Logger: zerolog.Nop()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pages.Close(context.Background()) })
	return pages
}
