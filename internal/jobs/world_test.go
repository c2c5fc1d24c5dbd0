package jobs_test

import (
	"context"
	"database/sql"
	"fmt"
	"iter"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river/riverdriver"
	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"github.com/terragonlabs/modelcard-generator/internal/generator"
	"github.com/terragonlabs/modelcard-generator/internal/jobs"
	"github.com/terragonlabs/modelcard-generator/internal/store"
	"github.com/terragonlabs/modelcard-generator/internal/store/postgres/postgrestest"
	"github.com/terragonlabs/modelcard-generator/internal/store/sqlite"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

// world is a database and the use cases over it.
type world struct {
	store.Store
	cards   *generator.Generator
	workers func(jobs.Options) (*jobs.Workers, error)
	mu      sync.Mutex
	ended   map[string][]jobs.Outcome // of jobs, by kind
	log     strings.Builder
}

// Write takes the workers' log.
func (w *world) Write(line []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.log.Write(line)
}

func (w *world) logged() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.log.String()
}

// onBothEngines runs a test on each engine.
func onBothEngines(t *testing.T, test func(t *testing.T, w *world)) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, onSQLite(t, nil))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		db := postgrestest.Open(t, postgrestest.MigratedURL(t), time.Now)
		test(t, newWorld[pgx.Tx](db, db.RiverDriver(), nil))
	})
}

func onSQLite(t *testing.T, change func(*generator.Options)) *world {
	t.Helper()
	db, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(t.TempDir(), "mcg.db"), Clock: time.Now, Wait: 30 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return newWorld[*sql.Tx](db, db.RiverDriver(), change)
}

func newWorld[T any](db store.Store, driver riverdriver.Driver[T], change func(*generator.Options)) *world {
	o := generator.Options{Store: db}
	if change != nil {
		change(&o)
	}
	w := &world{Store: o.Store, cards: generator.New(o), ended: make(map[string][]jobs.Outcome)}
	w.workers = func(o jobs.Options) (*jobs.Workers, error) {
		o.Store, o.Generator, o.Now, o.Logger = w.Store, w.cards, time.Now, zerolog.New(w).Level(zerolog.WarnLevel)
		o.Observe = func(kind string, outcome jobs.Outcome, _ time.Duration) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.ended[kind] = append(w.ended[kind], outcome)
		}
		return jobs.New(driver, o)
	}
	return w
}

// start starts workers that stop with the test.
func (w *world) start(t *testing.T, o jobs.Options) *jobs.Workers {
	t.Helper()
	workers, err := w.workers(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := workers.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 20*time.Second)
		defer cancel()
		if err := workers.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	return workers
}

// outcomes are how jobs of a kind ended so far.
func (w *world) outcomes(kind string) []jobs.Outcome {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]jobs.Outcome{}, w.ended[kind]...)
}

// receive queues a batch of documents.
func (w *world) receive(t *testing.T, documents ...string) store.BatchRef {
	t.Helper()
	batch, err := w.cards.ReceiveBatch(t.Context(), generator.BatchRequest{
		ID: uuid.NewString(), Scope: store.AllNamespaces(), Namespace: "default", Author: "alice",
	}, documentsOf(documents))
	if err != nil {
		t.Fatal(err)
	}
	return store.BatchRef{ID: batch.ID, Owner: "alice"}
}

func documentsOf(texts []string) iter.Seq2[generator.BatchDocument, error] {
	return func(yield func(generator.BatchDocument, error) bool) {
		for _, text := range texts {
			d := generator.BatchDocument{Input: generator.Input{Source: []byte(text), MediaType: "application/yaml"}}
			if !yield(d, nil) {
				return
			}
		}
	}
}

// cardText is a document of card acme/m<n>.
func cardText(n int) string {
	return fmt.Sprintf("model: {id: acme/m%d, name: M%d}\n", n, n)
}

func texts(count int) []string {
	list := make([]string, count)
	for i := range list {
		list[i] = cardText(i + 1)
	}
	return list
}

// wait waits until a batch has ended.
func (w *world) wait(t *testing.T, ref store.BatchRef) store.Batch {
	t.Helper()
	var batch store.Batch
	eventually(t, "the batch has ended", func() bool {
		var err error
		if batch, err = w.Batch(t.Context(), store.AllNamespaces(), ref); err != nil {
			t.Fatal(err)
		}
		return batch.FinishedAt != nil
	})
	return batch
}

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(60 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if is() {
			return
		}
	}
	t.Fatalf("it did not come true: %s", what)
}

// items are all items of a batch.
func (w *world) items(t *testing.T, ref store.BatchRef) []store.BatchItem {
	t.Helper()
	var all []store.BatchItem
	filter := store.ItemFilter{PageRequest: store.PageRequest{Limit: store.MaxLimit}}
	for {
		page, err := w.BatchItems(t.Context(), store.AllNamespaces(), ref, filter)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, page.Items...)
		if filter.Cursor = page.Next; page.Next == "" {
			return all
		}
	}
}
