package storetest

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/terragonlabs/modelcard-generator/internal/store"
)

var queueCases = map[string]func(*testing.T, *room){
	"many cards are locked at once":     lockedAll,
	"a job commits with its rows":       jobCommits,
	"malformed jobs are refused":        malformedJobs,
	"revisions are scanned in order":    scanned,
	"deleted cards are purged for good": purgeCards,
}

func jobCommits(t *testing.T, r *room) {
	enqueue := func(result error) error {
		return r.Update(r.ctx, everywhere, func(ctx context.Context, tx store.Tx) error {
			if err := tx.Enqueue(ctx, "test_job", map[string]int{"a": 1}, map[string]int{"a": 2}); err != nil {
				return err
			}
			return result
		})
	}
	wantErr(t, "Update", enqueue(errGivenUp), errGivenUp)
	wantEqual(t, "waiting", must(r.Queue(r.ctx))(t).Waiting, 0)
	must(0, enqueue(nil))(t)
	queue := must(r.Queue(r.ctx))(t)
	wantEqual(t, "waiting", queue.Waiting, 2)
	if queue.Oldest < 0 || queue.Oldest > time.Minute {
		t.Errorf("the oldest waits for %v", queue.Oldest)
	}
	r.update(t, func(ctx context.Context, tx store.Tx) error { return tx.Enqueue(ctx, "test_job") })
	wantEqual(t, "waiting after none", must(r.Queue(r.ctx))(t).Waiting, 2)
}

func malformedJobs(t *testing.T, r *room) {
	for kind, argument := range map[string]any{"": 1, "a": 1, strings.Repeat("k", store.MaxKind+1): 1, "no_json": func() {}} {
		err := r.Update(r.ctx, everywhere, func(ctx context.Context, tx store.Tx) error { return tx.Enqueue(ctx, kind, argument) })
		wantErr(t, kind, err, store.ErrInvalid)
	}
}

func scanned(t *testing.T, r *room) {
	for _, name := range []string{"b", "a"} {
		r.create(t, id(name), draft(name+"1"))
	}
	r.append(t, id("b"), draft("b2"))
	r.update(t, func(ctx context.Context, tx store.Tx) error { return tx.Delete(ctx, id("a")) })
	var mark store.ScanMark
	var found []string
	for {
		list, next, err := r.ScanRevisions(r.ctx, everywhere, mark, 2)
		must(0, err)(t)
		for _, revision := range list {
			found = append(found, revision.ID.String()+" "+revision.Digest)
			wantEqual(t, "canonical", string(revision.Canonical), string(draft(revision.Digest).Canonical))
		}
		if len(list) == 0 {
			break
		}
		mark = next
	}
	wantEqual(t, "revisions", found, []string{"acme/b b1", "acme/b b2", "acme/a a1"})
	_, _, err := r.ScanRevisions(r.ctx, store.Namespaces("acme"), mark, 2)
	wantErr(t, "scope", err, store.ErrForbidden)
	_, _, err = r.ScanRevisions(r.ctx, everywhere, mark, 0)
	wantErr(t, "limit", err, store.ErrInvalid)
}

func purgeCards(t *testing.T, r *room) {
	for _, name := range []string{"old", "young", "kept"} {
		r.create(t, id(name), draft(name))
	}
	r.append(t, id("old"), draft("old2"))
	remove := func(name string) {
		r.update(t, func(ctx context.Context, tx store.Tx) error { return tx.Delete(ctx, id(name)) })
	}
	remove("old")
	border := r.clock.Peek().Add(time.Microsecond)
	remove("young")
	purge := func(scope store.Scope) (gone []store.ID, err error) {
		err = r.Update(r.ctx, scope, func(ctx context.Context, tx store.Tx) error {
			gone, err = tx.PurgeCards(ctx, border, 10)
			return err
		})
		return gone, err
	}
	_, err := purge(store.Namespaces("acme"))
	wantErr(t, "scope", err, store.ErrForbidden)
	wantEqual(t, "gone", must(purge(everywhere))(t), []store.ID{id("old")})
	wantEqual(t, "gone the second time", len(must(purge(everywhere))(t)), 0)
	r.update(t, func(ctx context.Context, tx store.Tx) error {
		_, err := tx.Lock(ctx, id("old"))
		wantErr(t, "Lock", err, store.ErrNotFound)
		return nil
	})
	wantEqual(t, "deleted cards", r.names(t, store.Filter{Deleted: true}), []string{"acme/young"})
	wantEqual(t, "a new card of that name", r.create(t, id("old"), draft("old3")).Number, 1)
	r.update(t, func(ctx context.Context, tx store.Tx) error { return tx.Restore(ctx, id("young")) })
	wantEqual(t, "cards", len(r.names(t, store.Filter{})), 3)
}

func lockedAll(t *testing.T, r *room) {
	for _, name := range []string{"a", "b", "c"} {
		r.create(t, id(name), draft(name))
	}
	r.update(t, func(ctx context.Context, tx store.Tx) error { return tx.Delete(ctx, id("b")) })
	r.update(t, func(ctx context.Context, tx store.Tx) error {
		heads, err := tx.LockAll(ctx, []store.ID{id("c"), id("absent"), id("b")})
		must(0, err)(t)
		for _, name := range []string{"b", "c"} {
			want, err := tx.Lock(ctx, id(name))
			must(0, err)(t)
			wantEqual(t, "head of "+name, heads[id(name)], want)
		}
		wantEqual(t, "heads", len(heads), 2)
		none, err := tx.LockAll(ctx, nil)
		must(0, err)(t)
		wantEqual(t, "heads of none", len(none), 0)
		return nil
	})
	err := r.Update(r.ctx, store.Namespaces("other"), func(ctx context.Context, tx store.Tx) error {
		_, err := tx.LockAll(ctx, []store.ID{id("a")})
		return err
	})
	wantErr(t, "LockAll", err, store.ErrForbidden)
	r.update(t, func(ctx context.Context, tx store.Tx) error {
		event := store.AuditEvent{Principal: "alice", Action: "x.y", Namespace: "acme"}
		return tx.AppendAudit(ctx, event, event, event)
	})
	page := must(r.Audit(r.ctx, everywhere, store.AuditFilter{Action: "x.y"}))(t)
	wantEqual(t, "rows", len(page.Items), 3)
	r.update(t, func(ctx context.Context, tx store.Tx) error { return tx.AppendAudit(ctx) })
}
