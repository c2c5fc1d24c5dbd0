// Package storetest is the contract of package store as tests: one suite that
// every engine has to pass, each case on a fresh store. A bug that one engine
// had becomes a case for all.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terragonlabs/modelcard-generator/internal/store"
)

// Database is a database of one case. Each call opens another Store on it,
// which the test's end closes.
type Database func(t *testing.T, clock func() time.Time) store.Store

// Fresh makes a new database, with the schema in place if migrated.
type Fresh func(t *testing.T, migrated bool) Database

// deadline bounds a case, so that a deadlock is a failure and not a hang.
const deadline = time.Minute

// Run runs the suite.
func Run(t *testing.T, fresh Fresh) {
	t.Helper()
	groups := map[string]map[string]func(*testing.T, *room){
		"cards":       cardCases,
		"scope":       scopeCases,
		"update":      updateCases,
		"idempotency": idempotencyCases,
		"list":        listCases,
		"search":      searchCases,
		"audit":       auditCases,
		"batches":     batchCases,
		"queue":       queueCases,
		"keys":        keyCases,
		"archive":     archiveCases,
	}
	for group, cases := range groups {
		for name, run := range cases {
			t.Run(group+"/"+name, func(t *testing.T) {
				t.Parallel()
				run(t, newRoom(t, fresh))
			})
		}
	}
	for name, run := range schemaCases {
		t.Run("schema/"+name, func(t *testing.T) {
			t.Parallel()
			run(t, fresh(t, false))
		})
	}
}

// room is what a case works in.
type room struct {
	store.Store
	clock *clock
	open  Database
	fresh Fresh           // makes another database
	ctx   context.Context // a case is one call; its deadline is everywhere the same
}

func newRoom(t *testing.T, fresh Fresh) *room {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	t.Cleanup(cancel)
	// Not UTC and finer than a microsecond: the store has to deal with both.
	start := time.Date(2026, 1, 2, 3, 4, 5, 123_456_789, time.FixedZone("odd", 5*3600+45*60))
	clock := &clock{now: start, step: time.Millisecond}
	database := fresh(t, true)
	return &room{Store: database(t, clock.Now), clock: clock, open: database, fresh: fresh, ctx: ctx}
}

// clock is a clock that each look at moves on by step.
type clock struct {
	mu   sync.Mutex
	now  time.Time
	step time.Duration
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(c.step)
	return c.now
}

// Set moves the clock, and how fast it goes from there.
func (c *clock) Set(now time.Time, step time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now, c.step = now, step
}

// Peek is the time without moving it on, as the store would keep it.
func (c *clock) Peek() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return store.Time(c.now)
}

// everywhere is the scope of most cases.
var everywhere = store.AllNamespaces()

// id is a card of the namespace that most cases use.
func id(name string) store.ID {
	return store.ID{Namespace: "acme", Name: name}
}

// draft returns a draft that is told apart by its digest.
func draft(digest string) store.Draft {
	return store.Draft{
		Labels:     store.Labels{Title: "Title of " + digest, Tags: []string{}},
		Digest:     digest,
		Canonical:  []byte(`{"digest":"` + digest + `"}`),
		Source:     []byte("digest: " + digest + "\n"),
		SourceType: "application/yaml",
		Author:     "alice",
	}
}

// create makes a card with one revision.
func (r *room) create(t *testing.T, id store.ID, d store.Draft) store.Revision {
	t.Helper()
	var made store.Revision
	r.update(t, func(ctx context.Context, tx store.Tx) (err error) {
		made, err = tx.CreateCard(ctx, id, d)
		return err
	})
	return made
}

// append adds a revision.
func (r *room) append(t *testing.T, id store.ID, d store.Draft) store.Revision {
	t.Helper()
	var made store.Revision
	r.update(t, func(ctx context.Context, tx store.Tx) (err error) {
		made, err = tx.AppendRevision(ctx, id, d)
		return err
	})
	return made
}

// update is an Update that must succeed.
func (r *room) update(t *testing.T, fn store.UpdateFunc) {
	t.Helper()
	if err := r.Update(r.ctx, everywhere, fn); err != nil {
		t.Fatalf("Update: %v", err)
	}
}

// names lists the whole of a filter, page by page, as "namespace/name".
func (r *room) names(t *testing.T, filter store.Filter) []string {
	t.Helper()
	names := []string{}
	for {
		page, err := r.List(r.ctx, everywhere, filter)
		if err != nil {
			t.Fatalf("List(%+v): %v", filter, err)
		}
		for _, head := range page.Items {
			names = append(names, head.String())
		}
		if page.Next == "" {
			return names
		}
		filter.Cursor = page.Next
	}
}

// wantErr checks that err is the one of the contract.
func wantErr(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: error %v, want %v", what, err, want)
	}
}

// wantEqual checks a value.
func wantEqual[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// must unwraps a call that has to succeed.
func must[T any](value T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

// numbered returns prefix-00, prefix-01 …
func numbered(prefix string, count int) []string {
	names := make([]string, count)
	for i := range names {
		names[i] = fmt.Sprintf("%s-%02d", prefix, i)
	}
	return names
}
