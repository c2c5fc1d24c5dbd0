package jobs_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/terragonlabs/modelcard-generator/internal/generator"
	"github.com/terragonlabs/modelcard-generator/internal/jobs"
	"github.com/terragonlabs/modelcard-generator/internal/store"
)

// stored stores a card of its own.
func (w *world) stored(t *testing.T, name string) store.ID {
	t.Helper()
	out, err := w.cards.Generate(t.Context(), generator.Request{
		Input: generator.Input{Source: []byte("model: {id: acme/" + name + "}\n"), MediaType: "application/yaml"},
		Scope: store.AllNamespaces(), Author: "alice",
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.Revision.ID
}

// What is too old goes, what is not stays, and the disk cache is swept: once,
// however many workers there are.
func TestPurge(t *testing.T) {
	onBothEngines(t, func(t *testing.T, w *world) {
		gone, kept := w.stored(t, "gone"), w.stored(t, "kept")
		if err := w.cards.Delete(t.Context(), generator.Change{Scope: store.AllNamespaces(), ID: gone, Author: "alice"}); err != nil {
			t.Fatal(err)
		}
		ref := w.receive(t, texts(2)...)
		if _, err := w.cards.CancelBatch(t.Context(), store.AllNamespaces(), ref); err != nil {
			t.Fatal(err)
		}
		var swept atomic.Int64
		periodic := jobs.Periodic{
			KeepDeleted: time.Nanosecond, KeepBatches: time.Nanosecond,
			SweepCache: func(context.Context) error { swept.Add(1); return nil },
		}
		for range 2 {
			w.start(t, jobs.Options{Periodic: periodic})
		}
		kinds := []string{"purge_expired", "purge_cards", "sweep_cache"}
		eventually(t, "each job has run", func() bool {
			return !slices.ContainsFunc(kinds, func(kind string) bool { return len(w.outcomes(kind)) == 0 })
		})
		for _, kind := range kinds {
			if got := w.outcomes(kind); !slices.Equal(got, []jobs.Outcome{jobs.Done}) {
				t.Errorf("%s: %v", kind, got)
			}
		}
		if _, err := w.Batch(t.Context(), store.AllNamespaces(), ref); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("the batch that has ended: %v", err)
		}
		if _, err := w.Head(t.Context(), store.AllNamespaces(), kept); err != nil {
			t.Errorf("the card that was not deleted: %v", err)
		}
		page, err := w.Audit(t.Context(), store.AllNamespaces(), store.AuditFilter{Action: "card.purge"})
		if err != nil || len(page.Items) != 1 || page.Items[0].Name != gone.Name {
			t.Errorf("purged: %+v, %v", page.Items, err)
		}
		if swept.Load() != 1 {
			t.Errorf("the cache was swept %d times", swept.Load())
		}
	})
}

// Without a time to keep them, nothing is purged that was deleted or has ended.
func TestNothingIsPurgedUnasked(t *testing.T) {
	onBothEngines(t, func(t *testing.T, w *world) {
		deleted := w.stored(t, "deleted")
		if err := w.cards.Delete(t.Context(), generator.Change{Scope: store.AllNamespaces(), ID: deleted, Author: "alice"}); err != nil {
			t.Fatal(err)
		}
		ref := w.receive(t, texts(1)...)
		if _, err := w.cards.CancelBatch(t.Context(), store.AllNamespaces(), ref); err != nil {
			t.Fatal(err)
		}
		w.start(t, jobs.Options{})
		eventually(t, "the purge has run", func() bool { return len(w.outcomes("purge_expired")) > 0 })
		if _, err := w.Batch(t.Context(), store.AllNamespaces(), ref); err != nil {
			t.Errorf("the batch: %v", err)
		}
		if err := w.cards.Restore(t.Context(), generator.Change{Scope: store.AllNamespaces(), ID: deleted, Author: "alice"}); err != nil {
			t.Errorf("the card: %v", err)
		}
	})
}

// A revision that is no longer what its digest says is told of, and no other.
func TestCorruptRevisionIsFound(t *testing.T) {
	t.Parallel()
	var told []store.RevisionInfo
	w := onSQLite(t, func(o *generator.Options) { o.Store = spoilt{o.Store} })
	for _, name := range []string{"good", "spoilt", "better"} {
		w.stored(t, name)
	}
	workers := w.start(t, jobs.Options{Periodic: jobs.Periodic{
		CheckDigests: time.Hour, Corrupt: func(r store.RevisionInfo) { told = append(told, r) },
	}})
	eventually(t, "they are checked", func() bool { return len(w.outcomes("check_digests")) > 0 })
	if err := workers.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(told) != 1 || told[0].Name != "spoilt" || told[0].Number != 1 {
		t.Errorf("told of %+v", told)
	}
	if log := w.logged(); !strings.Contains(log, "acme/spoilt") || strings.Contains(log, "acme/good") {
		t.Errorf("log %s", log)
	}
}

// spoilt is a failpoint: a store on a disk that has changed a byte.
type spoilt struct{ store.Store }

func (s spoilt) ScanRevisions(ctx context.Context, scope store.Scope, after store.ScanMark, limit int) ([]store.Revision, store.ScanMark, error) {
	list, mark, err := s.Store.ScanRevisions(ctx, scope, after, limit)
	for i := range list {
		if list[i].Name == "spoilt" {
			list[i].Canonical[0] ^= 1
		}
	}
	return list, mark, err
}
