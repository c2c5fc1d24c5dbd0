package generator

import (
	"context"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/terragonlabs/modelcard-generator/internal/cache"
	"github.com/terragonlabs/modelcard-generator/internal/render"
	"github.com/terragonlabs/modelcard-generator/internal/store"
	"github.com/terragonlabs/modelcard-generator/internal/store/sqlite"
)

// flakyStore is a real store whose connection can be cut, and that counts what
// readers ask of it.
type flakyStore struct {
	store.Store
	away, slow       atomic.Bool
	heads, revisions atomic.Int64
	reading          atomic.Pointer[func()] // called while something has been read and not been returned
}

func (s *flakyStore) Head(ctx context.Context, scope store.Scope, id store.ID) (store.Head, error) {
	s.heads.Add(1)
	if s.slow.Load() {
		<-ctx.Done()
		return store.Head{}, store.ErrUnavailable
	}
	if s.away.Load() {
		return store.Head{}, store.ErrUnavailable
	}
	head, err := s.Store.Head(ctx, scope, id)
	if reading := s.reading.Load(); reading != nil {
		(*reading)()
	}
	return head, err
}

func (s *flakyStore) Revision(ctx context.Context, scope store.Scope, id store.ID, number int64) (store.Revision, error) {
	s.revisions.Add(1)
	if s.away.Load() {
		return store.Revision{}, store.ErrUnavailable
	}
	rev, err := s.Store.Revision(ctx, scope, id, number)
	if reading := s.reading.Load(); reading != nil {
		(*reading)()
	}
	return rev, err
}

// world is a generator over a database of its own, with a clock that stands
// still until it is moved.
type world struct {
	*Generator
	store *flakyStore
	clock atomic.Int64
}

func newWorld(t *testing.T, change func(*Options)) *world {
	t.Helper()
	ctx := t.Context()
	w := &world{}
	w.clock.Store(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC).UnixNano())
	now := func() time.Time { return time.Unix(0, w.clock.Load()).UTC() }
	db, err := sqlite.Open(ctx, sqlite.Options{Path: filepath.Join(t.TempDir(), "mcg.db"), Clock: now})
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
	t.Cleanup(func() { _ = pages.Close(context.Background()) })
	w.store = &flakyStore{Store: db}
	options := Options{Store: w.store, Cache: pages, Now: now}
	if change != nil {
		change(&options)
	}
	w.Generator = New(options)
	return w
}

func (w *world) pass(d time.Duration) { w.clock.Add(int64(d)) }

func (w *world) generate(t *testing.T, source string, change func(*Request)) (Outcome, error) {
	t.Helper()
	r := Request{
		Input: Input{Source: []byte(source), MediaType: render.TypeYAML},
		Scope: store.AllNamespaces(), Namespace: "default", Author: "alice", RequestID: "r1",
	}
	if change != nil {
		change(&r)
	}
	return w.Generate(t.Context(), r)
}

func (w *world) mustGenerate(t *testing.T, source string) Outcome {
	t.Helper()
	out, err := w.generate(t, source, nil)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

var cardID = store.ID{Namespace: "acme", Name: "m"}

const (
	cardV1 = "model: {id: acme/m, name: M, license: mit}\n"
	cardV2 = "model: {id: acme/m, name: M, license: apache-2.0}\n"
)
