package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/terragonlabs/modelcard-generator/internal/store"
)

var batchCases = map[string]func(*testing.T, *room){
	"a batch is received, queued and worked": batchLife,
	"events have no gaps":                    batchEvents,
	"an item is settled once":                settledOnce,
	"a cancelled batch settles nothing":      cancelled,
	"a worker waits for another's items":     claimedItems,
	"failed items are tried again":           retried,
	"a batch is its owner's":                 batchOwner,
	"items come in pages":                    itemPages,
	"only what is received gets items":       notReceiving,
	"old batches are purged":                 purgeBatches,
	"malformed batches are refused":          malformedBatches,
}

// batchID returns the UUID of the n-th batch.
func batchID(n int) string {
	return fmt.Sprintf("0190b3c2-0000-7000-8000-%012d", n)
}

// items returns count items of one chunk each size.
func items(count, size int) []store.BatchItem {
	list := make([]store.BatchItem, count)
	for i := range list {
		list[i] = store.BatchItem{
			Number: int64(i + 1), Chunk: int64(i / size), Label: fmt.Sprintf("#%d", i+1),
			MediaType: "application/yaml", Document: []byte(fmt.Sprintf("model: {name: m%d}\n", i+1)),
			Canonical: []byte(`{}`), Facts: []byte{0xff, byte(i)},
		}
	}
	return list
}

// queue makes alice's batch, with the scope, and its items.
func (r *room) queue(t *testing.T, scope store.Scope, id string, list []store.BatchItem) {
	t.Helper()
	err := r.Update(r.ctx, scope, func(ctx context.Context, tx store.Tx) error {
		if err := tx.CreateBatch(ctx, store.NewBatch{ID: id, Owner: "alice", Namespace: "acme", RequestID: "r-1", Address: "192.0.2.7"}); err != nil {
			return err
		}
		if err := tx.AppendItems(ctx, id, list); err != nil {
			return err
		}
		return tx.QueueBatch(ctx, id, int64(len(list)))
	})
	if err != nil {
		t.Fatal(err)
	}
}

// work claims a chunk and settles it: items whose number is in failing fail.
func (r *room) work(id string, chunk int64, failing ...int64) error {
	return r.Update(r.ctx, everywhere, func(ctx context.Context, tx store.Tx) error {
		_, claimed, err := tx.ClaimItems(ctx, id, chunk, store.MaxClaim)
		if err != nil {
			return err
		}
		return tx.SettleItems(ctx, id, settled(claimed, failing...))
	})
}

func settled(list []store.BatchItem, failing ...int64) []store.BatchItem {
	list = append([]store.BatchItem{}, list...)
	for i := range list {
		list[i].State, list[i].Outcome, list[i].Revision = store.ItemDone, "created", 1
		list[i].Card = store.ID{Namespace: "acme", Name: fmt.Sprintf("m%d", list[i].Number)}
		for _, number := range failing {
			if list[i].Number == number {
				list[i].Settled = store.Settled{State: store.ItemFailed, Problem: []byte(`{"code":"x"}`)}
			}
		}
	}
	return list
}

func ref(id string) store.BatchRef { return store.BatchRef{ID: id, Owner: "alice"} }

func batchLife(t *testing.T, r *room) {
	id := batchID(1)
	scope := store.Namespaces("acme", "b")
	r.queue(t, scope, id, items(3, 2))
	created := r.clock.Peek()
	want := store.Batch{
		NewBatch: store.NewBatch{ID: id, Owner: "alice", Namespace: "acme", RequestID: "r-1", Address: "192.0.2.7"},
		Scope:    scope, State: store.BatchQueued, Total: 3,
	}
	got := must(r.Batch(r.ctx, everywhere, ref(id)))(t)
	if got.CreatedAt.After(created) || got.CreatedAt.Before(created.Add(-time.Second)) {
		t.Errorf("created at %v, want about %v", got.CreatedAt, created)
	}
	want.CreatedAt = got.CreatedAt
	wantBatch(t, got, want)
	wantEqual(t, "pending", got.Pending(), 3)

	must(0, r.work(id, 0, 2))(t)
	got = must(r.Batch(r.ctx, everywhere, ref(id)))(t)
	want.Succeeded, want.Failed, want.Events, want.StartedAt = 1, 1, 2, got.StartedAt
	wantBatch(t, got, want)
	if got.StartedAt == nil {
		t.Error("it has settled items, but no start")
	}
	must(0, r.work(id, 1))(t)
	got = must(r.Batch(r.ctx, everywhere, ref(id)))(t)
	want.Succeeded, want.Events, want.FinishedAt = 2, 3, got.FinishedAt
	wantBatch(t, got, want)
	if got.FinishedAt == nil || got.Pending() != 0 {
		t.Errorf("nothing is pending, but it has not finished: %+v", got)
	}
	page := must(r.BatchItems(r.ctx, everywhere, ref(id), store.ItemFilter{}))(t)
	list := items(3, 2)
	for i := range list {
		list[i].Document, list[i].Canonical, list[i].Facts = nil, nil, nil
		list[i].Settled = settled(list, 2)[i].Settled
		list[i].Event, list[i].At = page.Items[i].Event, page.Items[i].At
		list[i].Problem = append([]byte{}, list[i].Problem...)
	}
	wantEqual(t, "items", page.Items, list)
}

// wantBatch compares batches; a scope is compared by what it covers.
func wantBatch(t *testing.T, got, want store.Batch) {
	t.Helper()
	if !got.Scope.Covers(want.Scope) || !want.Scope.Covers(got.Scope) {
		t.Errorf("scope %+v, want %+v", got.Scope, want.Scope)
	}
	got.Scope, want.Scope = store.Scope{}, store.Scope{}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("batch %+v\nwant  %+v", got, want)
	}
}

func batchEvents(t *testing.T, r *room) {
	id := batchID(1)
	r.queue(t, everywhere, id, items(6, 2))
	for _, chunk := range []int64{2, 0} {
		must(0, r.work(id, chunk))(t)
	}
	numbers := func(after int64, limit int) (found []int64) {
		_, list, err := r.BatchEvents(r.ctx, everywhere, ref(id), after, limit)
		must(0, err)(t)
		for i, item := range list {
			if item.Event != after+int64(i)+1 {
				t.Errorf("event %d comes after %d", item.Event, after+int64(i))
			}
			found = append(found, item.Number)
		}
		return found
	}
	wantEqual(t, "events", numbers(0, 100), []int64{5, 6, 1, 2})
	wantEqual(t, "two events", numbers(1, 2), []int64{6, 1})
	must(0, r.work(id, 1))(t)
	wantEqual(t, "the rest", numbers(4, 100), []int64{3, 4})
	wantEqual(t, "none", numbers(6, 100), nil)
}

// settledOnce: a worker that comes late must not commit, whatever else it wrote.
func settledOnce(t *testing.T, r *room) {
	b := batchID(1)
	r.queue(t, everywhere, b, items(2, 2))
	must(0, r.work(b, 0))(t)
	err := r.Update(r.ctx, everywhere, func(ctx context.Context, tx store.Tx) error {
		if _, err := tx.CreateCard(ctx, id("late"), draft("one")); err != nil {
			return err
		}
		wantErr(t, "SettleItems", tx.SettleItems(ctx, b, settled(items(1, 1))), store.ErrConflict)
		return nil
	})
	wantErr(t, "Update", err, store.ErrConflict)
	_, err = r.Head(r.ctx, everywhere, id("late"))
	wantErr(t, "the late card", err, store.ErrNotFound)
	wantEqual(t, "events", must(r.Batch(r.ctx, everywhere, ref(b)))(t).Events, 2)
}

func cancelled(t *testing.T, r *room) {
	id := batchID(1)
	r.queue(t, everywhere, id, items(4, 2))
	must(0, r.work(id, 0))(t)
	cancel := func(ref store.BatchRef) (batch store.Batch, err error) {
		err = r.Update(r.ctx, everywhere, func(ctx context.Context, tx store.Tx) error {
			batch, err = tx.CancelBatch(ctx, ref)
			return err
		})
		return batch, err
	}
	_, err := cancel(store.BatchRef{ID: id, Owner: "bob"})
	wantErr(t, "another's", err, store.ErrNotFound)
	for range 2 {
		batch := must(cancel(ref(id)))(t)
		wantEqual(t, "state", batch.State, store.BatchCancelled)
		wantEqual(t, "pending", batch.Pending(), 0)
	}
	must(0, r.work(id, 1))(t) // finds nothing to do
	err = r.Update(r.ctx, everywhere, func(ctx context.Context, tx store.Tx) error {
		return tx.SettleItems(ctx, id, settled(items(4, 2)[2:]))
	})
	wantErr(t, "SettleItems", err, store.ErrConflict)
	got := must(r.Batch(r.ctx, everywhere, ref(id)))(t)
	wantEqual(t, "succeeded", got.Succeeded, 2)
	if got.FinishedAt == nil {
		t.Error("a cancelled batch has an end")
	}
	other := batchID(2)
	r.queue(t, everywhere, other, items(1, 1))
	must(0, r.work(other, 0))(t)
	wantEqual(t, "a finished batch", must(cancel(ref(other)))(t).State, store.BatchQueued)
}

// claimedItems: the second worker of a chunk gets what the first has left.
func claimedItems(t *testing.T, r *room) {
	id := batchID(1)
	r.queue(t, everywhere, id, items(3, 3))
	claimed, finish, ended := make(chan struct{}), make(chan struct{}), make(chan error, 2)
	go func() {
		ended <- r.Update(r.ctx, everywhere, func(ctx context.Context, tx store.Tx) error {
			_, list, err := tx.ClaimItems(ctx, id, 0, 2)
			if err != nil {
				return err
			}
			want := items(3, 3)[:2]
			for i := range want {
				want[i].State, want[i].Problem = store.ItemPending, []byte{}
			}
			wantEqual(t, "claimed items", list, want)
			close(claimed)
			<-finish
			return tx.SettleItems(ctx, id, settled(list))
		})
	}()
	<-claimed
	var second []int64
	go func() {
		ended <- r.Update(r.ctx, everywhere, func(ctx context.Context, tx store.Tx) error {
			_, list, err := tx.ClaimItems(ctx, id, 0, 3)
			second = nil
			for _, item := range list {
				second = append(second, item.Number)
			}
			return err
		})
	}()
	time.Sleep(50 * time.Millisecond) // let the second one come to its wait
	close(finish)
	for range 2 {
		must(0, <-ended)(t)
	}
	wantEqual(t, "the second one's items", second, []int64{3})
	begun := func(number int64) (attempts int, err error) {
		err = r.Update(r.ctx, everywhere, func(ctx context.Context, tx store.Tx) error {
			attempts, err = tx.BeginItem(ctx, id, number)
			return err
		})
		return attempts, err
	}
	for want := 1; want <= 2; want++ {
		wantEqual(t, "attempts", must(begun(3))(t), want)
	}
	_, err := begun(1)
	wantErr(t, "an item that is done", err, store.ErrNotFound)
}

func retried(t *testing.T, r *room) {
	id := batchID(1)
	r.queue(t, everywhere, id, items(5, 2))
	for chunk := range int64(3) {
		must(0, r.work(id, chunk, 1, 2, 5))(t)
	}
	var chunks []int64
	retry := func(ref store.BatchRef) error {
		return r.Update(r.ctx, everywhere, func(ctx context.Context, tx store.Tx) (err error) {
			chunks, err = tx.RetryItems(ctx, ref)
			return err
		})
	}
	wantErr(t, "another's", retry(store.BatchRef{ID: id, Owner: "bob"}), store.ErrNotFound)
	must(0, retry(ref(id)))(t)
	wantEqual(t, "chunks", chunks, []int64{0, 2})
	got := must(r.Batch(r.ctx, everywhere, ref(id)))(t)
	wantEqual(t, "pending", got.Pending(), 3)
	if got.FinishedAt != nil {
		t.Error("it has ended, but there is work")
	}
	must(0, r.work(id, 0))(t)
	must(0, r.work(id, 2))(t)
	got = must(r.Batch(r.ctx, everywhere, ref(id)))(t)
	wantEqual(t, "succeeded", got.Succeeded, 5)
	wantEqual(t, "events", got.Events, 8)
	_, list, err := r.BatchEvents(r.ctx, everywhere, ref(id), 5, 10)
	must(0, err)(t)
	wantEqual(t, "events of the second time", len(list), 3)
}

func batchOwner(t *testing.T, r *room) {
	id := batchID(1)
	r.queue(t, store.Namespaces("acme", "b"), id, items(1, 1))
	for _, c := range []struct {
		scope store.Scope
		ref   store.BatchRef
		want  error
	}{
		{everywhere, ref(id), nil},
		{everywhere, store.BatchRef{ID: id}, nil},
		{store.Namespaces("acme", "b", "c"), ref(id), nil},
		{store.Namespaces("acme"), ref(id), store.ErrNotFound},
		{store.Namespaces("acme", "b"), store.BatchRef{ID: id}, store.ErrNotFound},
		{everywhere, store.BatchRef{ID: id, Owner: "bob"}, store.ErrNotFound},
		{everywhere, ref(batchID(2)), store.ErrNotFound},
		{everywhere, ref("not a uuid"), store.ErrNotFound},
		{everywhere, ref("0190B3C2-0000-7000-8000-000000000001"), store.ErrNotFound},
	} {
		_, err := r.Batch(r.ctx, c.scope, c.ref)
		wantErr(t, fmt.Sprintf("Batch(%+v, %+v)", c.scope, c.ref), err, c.want)
		_, err = r.BatchItems(r.ctx, c.scope, c.ref, store.ItemFilter{})
		wantErr(t, fmt.Sprintf("BatchItems(%+v, %+v)", c.scope, c.ref), err, c.want)
		_, _, err = r.BatchEvents(r.ctx, c.scope, c.ref, 0, 10)
		wantErr(t, fmt.Sprintf("BatchEvents(%+v, %+v)", c.scope, c.ref), err, c.want)
	}
}

func itemPages(t *testing.T, r *room) {
	id := batchID(1)
	r.queue(t, everywhere, id, items(7, 7))
	must(0, r.work(id, 0, 2, 4))(t)
	read := func(filter store.ItemFilter) (found []int64) {
		for {
			page := must(r.BatchItems(r.ctx, everywhere, ref(id), filter))(t)
			for _, item := range page.Items {
				found = append(found, item.Number)
			}
			if page.Next == "" {
				return found
			}
			filter.Cursor = page.Next
		}
	}
	wantEqual(t, "all", read(store.ItemFilter{PageRequest: store.PageRequest{Limit: 3}}), []int64{1, 2, 3, 4, 5, 6, 7})
	wantEqual(t, "failed", read(store.ItemFilter{PageRequest: store.PageRequest{Limit: 1}, State: store.ItemFailed}), []int64{2, 4})
	_, err := r.BatchItems(r.ctx, everywhere, ref(id), store.ItemFilter{State: "odd"})
	wantErr(t, "state", err, store.ErrInvalid)
	_, err = r.BatchItems(r.ctx, everywhere, ref(id), store.ItemFilter{PageRequest: store.PageRequest{Cursor: "odd"}})
	wantErr(t, "cursor", err, store.ErrBadCursor)
}

func notReceiving(t *testing.T, r *room) {
	id := batchID(1)
	r.queue(t, everywhere, id, items(1, 1))
	for what, fn := range map[string]func(context.Context, store.Tx) error{
		"CreateBatch": func(ctx context.Context, tx store.Tx) error {
			return tx.CreateBatch(ctx, store.NewBatch{ID: id, Owner: "bob"})
		},
		"AppendItems": func(ctx context.Context, tx store.Tx) error { return tx.AppendItems(ctx, id, items(1, 1)) },
		"QueueBatch":  func(ctx context.Context, tx store.Tx) error { return tx.QueueBatch(ctx, id, 1) },
	} {
		wantErr(t, what, r.Update(r.ctx, everywhere, fn), store.ErrConflict)
	}
	drop := func(ctx context.Context, tx store.Tx) error { return tx.DropBatch(ctx, id) }
	wantErr(t, "DropBatch", r.Update(r.ctx, everywhere, drop), store.ErrNotFound)
	other := batchID(2)
	r.update(t, func(ctx context.Context, tx store.Tx) error {
		return tx.CreateBatch(ctx, store.NewBatch{ID: other, Owner: "alice"})
	})
	wantErr(t, "ClaimItems", r.work(other, 0), nil) // there is nothing to do
	r.update(t, func(ctx context.Context, tx store.Tx) error { return tx.DropBatch(ctx, other) })
	_, err := r.Batch(r.ctx, everywhere, ref(other))
	wantErr(t, "a dropped batch", err, store.ErrNotFound)
}

func purgeBatches(t *testing.T, r *room) {
	r.queue(t, everywhere, batchID(1), items(1, 1))
	must(0, r.work(batchID(1), 0))(t)
	r.queue(t, everywhere, batchID(2), items(1, 1)) // never finishes
	r.update(t, func(ctx context.Context, tx store.Tx) error {
		return tx.CreateBatch(ctx, store.NewBatch{ID: batchID(3), Owner: "alice"}) // never received
	})
	now := r.clock.Peek().Add(time.Second)
	purge := func(scope store.Scope, stale, finished time.Time, limit int) (removed int64, err error) {
		err = r.Update(r.ctx, scope, func(ctx context.Context, tx store.Tx) error {
			removed, err = tx.PurgeBatches(ctx, stale, finished, limit)
			return err
		})
		return removed, err
	}
	long := now.Add(-time.Hour)
	wantEqual(t, "too young", must(purge(everywhere, long, long, 10))(t), 0)
	wantEqual(t, "left behind", must(purge(everywhere, now, long, 10))(t), 1)
	wantEqual(t, "finished", must(purge(everywhere, now, now, 10))(t), 1)
	wantEqual(t, "the one that is worked", must(r.Batch(r.ctx, everywhere, ref(batchID(2))))(t).Pending(), 1)
	_, err := purge(store.Namespaces("acme"), now, now, 10)
	wantErr(t, "scope", err, store.ErrForbidden)
	_, err = purge(everywhere, now, now, 0)
	wantErr(t, "limit", err, store.ErrInvalid)
}

func malformedBatches(t *testing.T, r *room) {
	for _, b := range []store.NewBatch{
		{}, {ID: batchID(1)}, {ID: "x", Owner: "alice"}, {ID: batchID(1), Owner: "a\x00"}, {ID: batchID(1), Owner: "alice", Namespace: "\xff"},
	} {
		err := r.Update(r.ctx, everywhere, func(ctx context.Context, tx store.Tx) error { return tx.CreateBatch(ctx, b) })
		wantErr(t, fmt.Sprintf("CreateBatch(%+v)", b), err, store.ErrInvalid)
	}
	r.update(t, func(ctx context.Context, tx store.Tx) error {
		return tx.CreateBatch(ctx, store.NewBatch{ID: batchID(1), Owner: "alice"})
	})
	for _, spoil := range []func(*store.BatchItem){
		func(i *store.BatchItem) { i.Number = 0 },
		func(i *store.BatchItem) { i.Number = store.MaxBatchItems + 1 },
		func(i *store.BatchItem) { i.Chunk = -1 },
		func(i *store.BatchItem) { i.Label = "\x00" },
		func(i *store.BatchItem) { i.CardID = "\xff" },
	} {
		item := items(1, 1)[0]
		spoil(&item)
		err := r.Update(r.ctx, everywhere, func(ctx context.Context, tx store.Tx) error {
			return tx.AppendItems(ctx, batchID(1), []store.BatchItem{item})
		})
		wantErr(t, fmt.Sprintf("AppendItems(%+v)", item), err, store.ErrInvalid)
	}
}
