package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/terragonlabs/modelcard-generator/internal/store"
)

var updateCases = map[string]func(*testing.T, *room){
	"100 writers on one card lose nothing":     manyWriters,
	"two creators at once":                     twoCreators,
	"a locked card stays as it was read":       lockHolds,
	"what is given up leaves nothing":          givenUp,
	"a panic leaves nothing":                   panics,
	"a failed call can't be committed over":    failedCall,
	"the store refuses calls from its closure": nestedCalls,
	"another store may be read in a closure":   otherStore,
	"nothing is seen before the commit":        unseen,
	"canceled and late calls":                  canceledCalls,
	"a closed store is unavailable":            closedStore,
}

func manyWriters(t *testing.T, r *room) {
	const writers = 100
	numbers := make([]int64, writers)
	var group sync.WaitGroup
	for i := range writers {
		group.Go(func() {
			d := draft("d")
			d.Author = fmt.Sprint("writer-", i)
			err := r.Update(r.ctx, everywhere, func(ctx context.Context, tx store.Tx) error {
				made, err := post(ctx, tx, id("m"), d)
				numbers[i] = made.Number
				return errors.Join(err, tx.AppendAudit(ctx, store.AuditEvent{
					Principal: d.Author, Action: "card.revise", Namespace: "acme", Name: "m", Revision: made.Number,
				}))
			})
			if err != nil {
				t.Errorf("writer %d: %v", i, err)
			}
		})
	}
	group.Wait()

	for i, number := range numbers {
		made := must(r.Revision(r.ctx, everywhere, id("m"), number))(t)
		wantEqual(t, "author", made.Author, fmt.Sprint("writer-", i))
	}
	slices.Sort(numbers)
	for i, number := range numbers {
		if number != int64(i+1) {
			t.Fatalf("numbers have a gap or a double at %d: %v", i+1, numbers)
		}
	}
	wantEqual(t, "head", must(r.Head(r.ctx, everywhere, id("m")))(t).Revision, writers)
	wantEqual(t, "history", len(must(r.Revisions(r.ctx, everywhere, id("m"), store.PageRequest{Limit: 200}))(t).Items), writers)
	filter := store.AuditFilter{PageRequest: store.PageRequest{Limit: 200}}
	wantEqual(t, "audit rows", len(must(r.Audit(r.ctx, everywhere, filter))(t).Items), writers)
}

// post is what a caller does with a card that may or may not exist.
func post(ctx context.Context, tx store.Tx, id store.ID, d store.Draft) (store.Revision, error) {
	_, err := tx.Lock(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		made, err := tx.CreateCard(ctx, id, d)
		if !errors.Is(err, store.ErrConflict) {
			return made, err
		}
		_, err = tx.Lock(ctx, id)
		if err != nil {
			return store.Revision{}, err
		}
	} else if err != nil {
		return store.Revision{}, err
	}
	return tx.AppendRevision(ctx, id, d)
}

// lockHolds: what is decided by a locked row (If-Match, "unchanged") must still
// be so when the revision is written.
func lockHolds(t *testing.T, r *room) {
	const writers = 20
	r.create(t, id("m"), draft("0"))
	var group sync.WaitGroup
	for range writers {
		group.Go(func() {
			err := r.Update(r.ctx, everywhere, func(ctx context.Context, tx store.Tx) error {
				head, err := tx.Lock(ctx, id("m"))
				if err != nil {
					return err
				}
				time.Sleep(time.Millisecond) // for another to slip in
				made, err := tx.AppendRevision(ctx, id("m"), draft("n"))
				if err == nil && made.Number != head.Revision+1 {
					t.Errorf("locked at revision %d, wrote revision %d", head.Revision, made.Number)
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	wantEqual(t, "revision", must(r.Head(r.ctx, everywhere, id("m")))(t).Revision, writers+1)
}

func twoCreators(t *testing.T, r *room) {
	created := make(chan struct{})
	first := make(chan error, 1)
	go func() {
		var once sync.Once
		first <- r.Update(r.ctx, everywhere, func(ctx context.Context, tx store.Tx) error {
			_, err := tx.CreateCard(ctx, id("m"), draft("first"))
			once.Do(func() { close(created) })
			time.Sleep(50 * time.Millisecond) // the second is to find it uncommitted
			return err
		})
	}()
	<-created
	r.update(t, func(ctx context.Context, tx store.Tx) error {
		_, err := tx.CreateCard(ctx, id("m"), draft("second"))
		wantErr(t, "second creator", err, store.ErrConflict)
		head, err := tx.Lock(ctx, id("m"))
		if err != nil {
			return err
		}
		wantEqual(t, "digest", head.Digest, "first")
		_, err = tx.AppendRevision(ctx, id("m"), draft("second"))
		return err
	})
	if err := <-first; err != nil {
		t.Error("first creator:", err)
	}
	wantEqual(t, "revision", must(r.Head(r.ctx, everywhere, id("m")))(t).Revision, 2)
}

// writeAll writes something of every kind under the key of UpdateOnce.
func writeAll(ctx context.Context, tx store.Tx) error {
	_, created := tx.CreateCard(ctx, id("new"), draft("searchable"))
	_, appended := tx.AppendRevision(ctx, id("old"), draft("two"))
	return errors.Join(created, appended, tx.Delete(ctx, id("new")), tx.Restore(ctx, id("new")),
		tx.AppendAudit(ctx, store.AuditEvent{Principal: "p", Action: "a", Namespace: "acme"}),
		tx.Record(ctx, store.IdempotencyRecord{RequestHash: "h", Status: 201}))
}

// wantUntouched checks that nothing of writeAll is there.
func wantUntouched(t *testing.T, r *room) {
	t.Helper()
	wantEqual(t, "cards", r.names(t, store.Filter{}), []string{"acme/old"})
	wantEqual(t, "found", r.names(t, store.Filter{Query: "searchable"}), []string{})
	wantEqual(t, "revision", must(r.Head(r.ctx, everywhere, id("old")))(t).Revision, 1)
	wantEqual(t, "history", len(must(r.Revisions(r.ctx, everywhere, id("old"), store.PageRequest{}))(t).Items), 1)
	wantEqual(t, "audit rows", len(must(r.Audit(r.ctx, everywhere, store.AuditFilter{}))(t).Items), 0)
	err := r.UpdateOnce(r.ctx, everywhere, someKey, func(ctx context.Context, tx store.Tx) error {
		_, err := tx.Recorded(ctx)
		return err
	})
	wantErr(t, "idempotency record", err, store.ErrNotFound)
}

func givenUp(t *testing.T, r *room) {
	r.create(t, id("old"), draft("one"))
	err := r.UpdateOnce(r.ctx, everywhere, someKey, func(ctx context.Context, tx store.Tx) error {
		return errors.Join(writeAll(ctx, tx), errGivenUp)
	})
	wantErr(t, "UpdateOnce", err, errGivenUp)
	wantUntouched(t, r)
	// The control: the same writes do something when they are not given up.
	if err := r.UpdateOnce(r.ctx, everywhere, someKey, writeAll); err != nil {
		t.Fatal(err)
	}
	wantEqual(t, "cards", len(r.names(t, store.Filter{})), 2)
	wantEqual(t, "found", r.names(t, store.Filter{Query: "searchable"}), []string{"acme/new"})
}

func panics(t *testing.T, r *room) {
	r.create(t, id("old"), draft("one"))
	func() {
		defer func() { wantEqual(t, "panic", recover() != nil, true) }()
		_ = r.UpdateOnce(r.ctx, everywhere, someKey, func(ctx context.Context, tx store.Tx) error {
			if err := writeAll(ctx, tx); err != nil {
				t.Error(err)
			}
			panic("on purpose")
		})
	}()
	wantUntouched(t, r)
}

func failedCall(t *testing.T, r *room) {
	r.create(t, id("old"), draft("one"))
	err := r.UpdateOnce(r.ctx, everywhere, someKey, func(ctx context.Context, tx store.Tx) error {
		if err := writeAll(ctx, tx); err != nil {
			t.Error(err)
		}
		over, cancel := context.WithCancel(ctx)
		cancel()
		_, err := tx.AppendRevision(over, id("old"), draft("three"))
		wantErr(t, "AppendRevision", err, context.Canceled)
		return nil // as if nothing had happened
	})
	if err == nil {
		t.Error("the update was committed")
	}
	wantUntouched(t, r)
}

// nestedCalls would wait for ever on SQLite, whose one writing connection the
// closure holds; hence the short deadline.
func nestedCalls(t *testing.T, r *room) {
	ctx, cancel := context.WithTimeout(r.ctx, 5*time.Second)
	defer cancel()
	r.create(t, id("m"), draft("one"))
	nothing := func(context.Context, store.Tx) error { return nil }
	err := r.Update(ctx, everywhere, func(ctx context.Context, tx store.Tx) error {
		ctx, cancel := context.WithCancel(ctx) // the mark is in derived contexts, too
		defer cancel()
		_, head := r.Head(ctx, everywhere, id("m"))
		_, revision := r.Revision(ctx, everywhere, id("m"), 0)
		_, revisions := r.Revisions(ctx, everywhere, id("m"), store.PageRequest{})
		_, list := r.List(ctx, everywhere, store.Filter{})
		_, audit := r.Audit(ctx, everywhere, store.AuditFilter{})
		_, _, version := r.SchemaVersion(ctx)
		_, migrations := r.Migrations(ctx)
		for name, err := range map[string]error{
			"Head": head, "Revision": revision, "Revisions": revisions, "List": list, "Audit": audit,
			"SchemaVersion": version, "Migrations": migrations,
			"Update":     r.Update(ctx, everywhere, nothing),
			"UpdateOnce": r.UpdateOnce(ctx, everywhere, someKey, nothing),
			"Ping":       r.Ping(ctx), "Migrate": r.Migrate(ctx), "MigrateDown": r.MigrateDown(ctx),
		} {
			wantErr(t, name, err, store.ErrNestedUpdate)
		}
		_, err := tx.AppendRevision(ctx, id("m"), draft("two")) // the transaction is none the worse
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	wantEqual(t, "revision", must(r.Head(ctx, everywhere, id("m")))(t).Revision, 2)
}

func otherStore(t *testing.T, r *room) {
	r.create(t, id("m"), draft("one"))
	other := r.open(t, r.clock.Now)
	r.update(t, func(ctx context.Context, _ store.Tx) error {
		_, err := other.Head(ctx, everywhere, id("m"))
		return err
	})
}

func unseen(t *testing.T, r *room) {
	r.update(t, func(ctx context.Context, tx store.Tx) error {
		_, err := tx.CreateCard(ctx, id("m"), draft("one"))
		_, outside := r.Head(r.ctx, everywhere, id("m"))
		wantErr(t, "Head before the commit", outside, store.ErrNotFound)
		return err
	})
	must(r.Head(r.ctx, everywhere, id("m")))(t)
}

func canceledCalls(t *testing.T, r *room) {
	canceled, cancel := context.WithCancel(r.ctx)
	cancel()
	late, stop := context.WithDeadline(r.ctx, time.Unix(0, 0))
	defer stop()
	for want, ctx := range map[error]context.Context{context.Canceled: canceled, store.ErrUnavailable: late} {
		_, err := r.Head(ctx, everywhere, id("m"))
		wantErr(t, "Head", err, want)
		_, err = r.List(ctx, everywhere, store.Filter{})
		wantErr(t, "List", err, want)
		wantErr(t, "Ping", r.Ping(ctx), want)
		wantErr(t, "Update", r.Update(ctx, everywhere, func(context.Context, store.Tx) error {
			t.Error("the closure ran")
			return nil
		}), want)
	}
	_, err := r.Head(canceled, everywhere, id("m"))
	if errors.Is(err, store.ErrUnavailable) {
		t.Error("a caller that went away makes the database unavailable")
	}
	// Canceled in the middle: nothing is kept.
	halfway, cancel := context.WithCancel(r.ctx)
	err = r.Update(halfway, everywhere, func(ctx context.Context, tx store.Tx) error {
		_, err := tx.CreateCard(ctx, id("m"), draft("one"))
		cancel()
		return err
	})
	wantErr(t, "commit", err, context.Canceled)
	_, err = r.Head(r.ctx, everywhere, id("m"))
	wantErr(t, "Head", err, store.ErrNotFound)
}

func closedStore(t *testing.T, r *room) {
	other := r.open(t, r.clock.Now)
	must(0, other.Ping(r.ctx))(t)
	must(0, other.Close())(t)
	wantErr(t, "Ping", other.Ping(r.ctx), store.ErrUnavailable)
	_, err := other.Head(r.ctx, everywhere, id("m"))
	wantErr(t, "Head", err, store.ErrUnavailable)
	nothing := func(context.Context, store.Tx) error { return nil }
	wantErr(t, "Update", other.Update(r.ctx, everywhere, nothing), store.ErrUnavailable)
}
