package jobs_test

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/terragonlabs/modelcard-generator/internal/generator"
	"github.com/terragonlabs/modelcard-generator/internal/jobs"
	"github.com/terragonlabs/modelcard-generator/internal/store"
	"github.com/terragonlabs/modelcard-generator/internal/store/postgres/postgrestest"
)

// connections is how many of them insert rows for the floor.
const connections = 8

// BenchmarkBatch measures how many documents a second workers store, each with
// its card, its revision and its audit row, beside the floor of the same
// database in the same run: plain inserts of one row with the same bytes, each
// committed, on eight connections. The two take turns. "ratio" is to be 1 at
// least.
func BenchmarkBatch(b *testing.B) {
	example, err := os.ReadFile("../../examples/sentiment.yaml")
	if err != nil {
		b.Fatal(err)
	}
	url := postgrestest.MigratedURL(b)
	db := postgrestest.Open(b, url, time.Now)
	w := newWorld[pgx.Tx](db, db.RiverDriver(), nil)
	workers, err := w.workers(jobs.Options{Workers: 8})
	if err != nil {
		b.Fatal(err)
	}
	if err := workers.Start(b.Context()); err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := workers.Stop(b.Context()); err != nil {
			b.Error(err)
		}
	}()
	const count = 2000
	var stored, inserted time.Duration
	row := ""
	for n := 0; b.Loop(); n++ {
		documents := make([]string, count)
		for i := range documents {
			documents[i] = strings.Replace(string(example), "id: acme/sentiment", fmt.Sprintf("id: acme/m%d-%d", n, i), 1)
		}
		if row == "" {
			row = rowOf(b, w, documents[0])
		}
		inserted += insertRows(b, url, row, count)
		stored += storeBatch(b, w, documents)
	}
	rate := func(took time.Duration) float64 { return float64(count*b.N) / took.Seconds() }
	b.ReportMetric(rate(stored), "documents/s")
	b.ReportMetric(rate(inserted), "floor-rows/s")
	b.ReportMetric(rate(stored)/rate(inserted), "ratio")
	b.ReportMetric(0, "ns/op")
}

// storeBatch is the time from the answer to the last document.
func storeBatch(b *testing.B, w *world, documents []string) time.Duration {
	b.Helper()
	batch, err := w.cards.ReceiveBatch(b.Context(), generator.BatchRequest{
		ID: uuid.NewString(), Scope: store.AllNamespaces(), Namespace: "default", Author: "alice",
	}, documentsOf(documents))
	if err != nil {
		b.Fatal(err)
	}
	start := time.Now()
	for batch.FinishedAt == nil {
		time.Sleep(5 * time.Millisecond)
		if batch, err = w.Batch(b.Context(), store.AllNamespaces(), store.BatchRef{ID: batch.ID}); err != nil {
			b.Fatal(err)
		}
	}
	if batch.Failed > 0 {
		b.Fatalf("batch %+v", batch)
	}
	return time.Since(start)
}

// rowOf is what has to be stored of a document at least: itself and its
// canonical form.
func rowOf(b *testing.B, w *world, text string) string {
	b.Helper()
	out, err := w.cards.Generate(b.Context(), generator.Request{
		Input: generator.Input{Source: []byte(text), MediaType: "application/yaml", ID: "acme/row"}, Scope: store.AllNamespaces(), Author: "alice",
	})
	if err != nil {
		b.Fatal(err)
	}
	return text + string(out.Revision.Canonical)
}

// insertRows is the time that rows of one text take.
func insertRows(b *testing.B, url, row string, count int) time.Duration {
	b.Helper()
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		b.Fatal(err)
	}
	config.MaxConns, config.MinConns = connections, connections
	pool, err := pgxpool.NewWithConfig(b.Context(), config)
	if err != nil {
		b.Fatal(err)
	}
	defer pool.Close()
	if _, err := pool.Exec(b.Context(), `CREATE TABLE IF NOT EXISTS plain (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, text text NOT NULL)`); err != nil {
		b.Fatal(err)
	}
	var left atomic.Int64
	left.Store(int64(count))
	var group sync.WaitGroup
	start := time.Now()
	for range connections {
		group.Go(func() {
			for left.Add(-1) >= 0 {
				if _, err := pool.Exec(b.Context(), `INSERT INTO plain (text) VALUES ($1)`, row); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
	return time.Since(start)
}
