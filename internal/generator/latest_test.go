package generator

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/terragonlabs/modelcard-generator/internal/cache"
	"github.com/terragonlabs/modelcard-generator/internal/render"
	"github.com/terragonlabs/modelcard-generator/internal/store"
)

func (w *world) latestNumber(t *testing.T, exact bool) int64 {
	t.Helper()
	latest, err := w.Latest(t.Context(), store.AllNamespaces(), cardID, exact)
	if err != nil {
		t.Fatal(err)
	}
	return latest.Number
}

// another is a second process on the same database.
func (w *world) another(t *testing.T) *world {
	t.Helper()
	other := &world{store: &flakyStore{Store: w.store.Store}}
	other.clock.Store(w.clock.Load())
	other.Generator = New(Options{Store: other.store, Cache: w.o.Cache, Now: func() time.Time { return time.Unix(0, other.clock.Load()) }})
	return other
}

func TestLatestIsExactWhereItWasWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for i, source := range []string{cardV1, cardV2, cardV1} {
		w.mustGenerate(t, source)
		if got := w.latestNumber(t, false); got != int64(i+1) {
			t.Errorf("after write %d the latest revision is %d", i+1, got)
		}
	}
	if n := w.store.heads.Load(); n != 0 {
		t.Errorf("the database was asked %d times for what this process wrote", n)
	}
}

func TestLatestIsASecondBehindOtherWriters(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.mustGenerate(t, cardV1)
	w.another(t).mustGenerate(t, cardV2)
	if got := w.latestNumber(t, false); got != 1 {
		t.Errorf("remembered: %d, want 1", got)
	}
	if got := w.latestNumber(t, true); got != 2 {
		t.Errorf("exact: %d, want 2", got)
	}
	w.another(t).mustGenerate(t, cardV1)
	w.pass(freshFor + time.Millisecond)
	if got := w.latestNumber(t, false); got != 3 {
		t.Errorf("a second later: %d, want 3", got)
	}
}

func TestLatestOfADeletedCardIsGoneAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.mustGenerate(t, cardV1)
	change := Change{Scope: store.AllNamespaces(), ID: cardID, Author: "alice"}
	if err := w.Delete(t.Context(), change); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Latest(t.Context(), store.AllNamespaces(), cardID, false); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("deleted: %v, want not found", err)
	}
	if err := w.Restore(t.Context(), change); err != nil {
		t.Fatal(err)
	}
	if got := w.latestNumber(t, false); got != 1 {
		t.Errorf("restored: %d, want 1", got)
	}
}

// A read that began before a write must not bring back what was.
func TestLatestOfAReadThatCrossesAWrite(t *testing.T) {
	t.Parallel()
	for name, write := range map[string]func(t *testing.T, w *world){
		"revision": func(t *testing.T, w *world) { w.mustGenerate(t, cardV2) },
		"deletion": func(t *testing.T, w *world) {
			if err := w.Delete(t.Context(), Change{Scope: store.AllNamespaces(), ID: cardID, Author: "alice"}); err != nil {
				t.Error(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			w.mustGenerate(t, cardV1)
			w.pass(freshFor + time.Millisecond)
			var once sync.Once
			reading := func() { once.Do(func() { write(t, w) }) }
			w.store.reading.Store(&reading)
			_, _ = w.Latest(t.Context(), store.AllNamespaces(), cardID, false)
			w.store.reading.Store(nil)
			latest, err := w.Latest(t.Context(), store.AllNamespaces(), cardID, false)
			if name == "deletion" && !errors.Is(err, store.ErrNotFound) || name == "revision" && latest.Number != 2 {
				t.Errorf("after the write: revision %d, error %v", latest.Number, err)
			}
		})
	}
}

func TestLatestKeepsToItsScope(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.mustGenerate(t, cardV1)
	if _, err := w.Latest(t.Context(), store.Namespaces("other"), cardID, false); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("another's card: %v, want not found", err)
	}
}

func TestLatestWhileTheDatabaseIsAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.mustGenerate(t, cardV1)
	page := func() error {
		latest, err := w.Latest(t.Context(), store.AllNamespaces(), cardID, false)
		if err != nil {
			return err
		}
		rev := store.Revision{RevisionInfo: store.RevisionInfo{ID: latest.ID, Number: latest.Number, Digest: latest.Digest}}
		format, _ := render.Lookup("html")
		_, err = w.View(t.Context(), rev, format, cache.Identity)
		return err
	}
	if err := page(); err != nil {
		t.Fatal(err)
	}
	w.store.away.Store(true)
	w.pass(time.Minute)
	if err := page(); err != nil {
		t.Errorf("a cached card while the database is away: %v", err)
	}
	latest, err := w.Latest(t.Context(), store.AllNamespaces(), cardID, false)
	if err != nil || latest.Age != time.Minute {
		t.Errorf("age %v, error %v; want a minute", latest.Age, err)
	}
	asked := w.store.heads.Load()
	for range 10 {
		if err := page(); err != nil {
			t.Error(err)
		}
	}
	if n := w.store.heads.Load() - asked; n != 0 {
		t.Errorf("the database that is away was asked %d times in the same second", n)
	}
	w.pass(MaxStale)
	if _, err := w.Latest(t.Context(), store.AllNamespaces(), cardID, false); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("after MaxStale: %v, want unavailable", err)
	}
	w.store.away.Store(false)
	if got := w.latestNumber(t, false); got != 1 {
		t.Errorf("after recovery: %d", got)
	}
}

func TestLatestDoesNotWaitForADatabaseThatHangs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.mustGenerate(t, cardV1)
	w.pass(time.Minute)
	w.store.slow.Store(true)
	start := time.Now()
	if got := w.latestNumber(t, false); got != 1 {
		t.Errorf("latest %d", got)
	}
	if took := time.Since(start); took > 10*patience {
		t.Errorf("took %v, the patience is %v", took, patience)
	}
}

func TestHerdReadsOnceAndRendersOnce(t *testing.T) {
	t.Parallel()
	renders := make(chan string, 1000)
	w := newWorld(t, func(o *Options) { o.Rendered = func(format string, _ time.Duration) { renders <- format } })
	w.mustGenerate(t, cardV1)
	cold := w.another(t)
	cold.o.Rendered = w.o.Rendered
	const readers = 1000
	gate := make(chan struct{})
	var held sync.Once
	reading := func() { held.Do(func() { time.Sleep(50 * time.Millisecond) }) }
	cold.store.reading.Store(&reading)
	var wg sync.WaitGroup
	for range readers {
		wg.Go(func() {
			<-gate
			latest, err := cold.Latest(context.Background(), store.AllNamespaces(), cardID, false)
			if err != nil {
				t.Error(err)
				return
			}
			rev := store.Revision{RevisionInfo: store.RevisionInfo{ID: latest.ID, Number: latest.Number, Digest: latest.Digest}, Canonical: latest.Canonical}
			format, _ := render.Lookup("html")
			if entry, err := cold.View(context.Background(), rev, format, cache.Identity); err != nil || len(entry.Body) == 0 {
				t.Errorf("view: %d bytes, %v", len(entry.Body), err)
			}
		})
	}
	close(gate)
	wg.Wait()
	if heads, revisions := cold.store.heads.Load(), cold.store.revisions.Load(); heads != 0 || revisions != 1 || len(renders) != 1 {
		t.Errorf("%d reads of the row, %d of the revision, %d renderings; want none, one, one", heads, revisions, len(renders))
	}
}
