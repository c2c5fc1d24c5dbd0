package jobs_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/terragonlabs/modelcard-generator/internal/generator"
	"github.com/terragonlabs/modelcard-generator/internal/jobs"
	"github.com/terragonlabs/modelcard-generator/internal/store"
)

func TestBatchIsWorked(t *testing.T) {
	onBothEngines(t, func(t *testing.T, w *world) {
		w.start(t, jobs.Options{})
		ref := w.receive(t, texts(130)...)
		batch := w.wait(t, ref)
		if batch.Succeeded != 130 || batch.Failed != 0 || batch.Events != 130 {
			t.Errorf("batch %+v", batch)
		}
		for _, item := range w.items(t, ref) {
			rev, err := w.Revision(t.Context(), store.AllNamespaces(), item.Card, item.Revision)
			if err != nil || rev.Author != "alice" || rev.Number != 1 || string(rev.Source) != cardText(int(item.Number)) {
				t.Fatalf("item %+v has revision %+v, error %v", item, rev, err)
			}
		}
		page, err := w.Audit(t.Context(), store.AllNamespaces(), store.AuditFilter{Name: "m7"})
		if err != nil || len(page.Items) != 1 || page.Items[0].Action != "card.create" {
			t.Errorf("audit rows of one card: %+v, %v", page.Items, err)
		}
	})
}

// A bad item fails alone, in whatever place of its group it is.
func TestPoisonFailsAlone(t *testing.T) {
	onBothEngines(t, func(t *testing.T, w *world) {
		w.start(t, jobs.Options{})
		for _, poison := range []struct{ text, code string }{
			{"model: {nane: x, id: acme/x}\n", generator.FailureInvalid},
			{"model: [\n", generator.FailureUnreadable},
			{strings.Repeat("- ", 3000), generator.FailureInvalid},
		} {
			for at := range 30 {
				list := texts(30)
				list[at] = poison.text
				ref := w.receive(t, list...)
				batch := w.wait(t, ref)
				if batch.Succeeded != 29 || batch.Failed != 1 {
					t.Fatalf("poison at %d: %+v", at, batch)
				}
				item := w.items(t, ref)[at]
				failure, err := generator.ParseFailure(item.Problem)
				if item.State != store.ItemFailed || err != nil || (failure.Code != poison.code && poison.code != generator.FailureInvalid) || failure.Detail == "" {
					t.Fatalf("the item is %+v, its failure %+v, %v", item, failure, err)
				}
				if at == 3 && poison.code != generator.FailureUnreadable {
					break // one kind at every place is enough
				}
			}
		}
	})
}

// A batch whose every document is refused by what is stored, not by its text.
func TestRefusedWrites(t *testing.T) {
	onBothEngines(t, func(t *testing.T, w *world) {
		w.start(t, jobs.Options{})
		if _, err := w.cards.Generate(t.Context(), generator.Request{
			Input: generator.Input{Source: []byte("model: {name: Taken}\n"), MediaType: "application/yaml"},
			Scope: store.AllNamespaces(), Namespace: "default", Author: "bob",
		}); err != nil {
			t.Fatal(err)
		}
		list := texts(10)
		list[2], list[7] = "model: {name: Taken}\n", "model: {name: Taken, license: mit}\n"
		ref := w.receive(t, list...)
		if batch := w.wait(t, ref); batch.Succeeded != 8 || batch.Failed != 2 {
			t.Errorf("batch %+v", batch)
		}
		failure, err := generator.ParseFailure(w.items(t, ref)[7].Problem)
		if err != nil || failure.Code != generator.FailureIDTaken {
			t.Errorf("failure %+v, %v", failure, err)
		}
		page, err := w.Revisions(t.Context(), store.AllNamespaces(), store.ID{Namespace: "default", Name: "taken"}, store.PageRequest{})
		if err != nil || len(page.Items) != 1 {
			t.Errorf("bob's card has %d revisions, %v", len(page.Items), err)
		}
	})
}

// Documents of one card are stored in their order, however far apart they are.
func TestOrderOfOneCard(t *testing.T) {
	onBothEngines(t, func(t *testing.T, w *world) {
		var list []string
		for n := range 150 {
			list = append(list, cardText(n+1))
			if n%10 == 0 {
				list = append(list, "model: {id: acme/one, name: One, license: mit, tags: [t"+string(rune('a'+n/10))+"]}\n")
			}
		}
		w.start(t, jobs.Options{Workers: 8})
		ref := w.receive(t, list...)
		if batch := w.wait(t, ref); batch.Failed != 0 {
			t.Fatalf("batch %+v", batch)
		}
		var numbers []int64
		for _, item := range w.items(t, ref) {
			if item.Card.Name == "one" {
				numbers = append(numbers, item.Revision)
			}
		}
		if len(numbers) != 15 || !slices.IsSorted(numbers) || numbers[14] != 15 {
			t.Errorf("revisions in the batch's order: %v", numbers)
		}
	})
}

func TestCancel(t *testing.T) {
	onBothEngines(t, func(t *testing.T, w *world) {
		ref := w.receive(t, texts(2000)...)
		w.start(t, jobs.Options{Workers: 2})
		eventually(t, "it runs", func() bool {
			batch, err := w.Batch(t.Context(), store.AllNamespaces(), ref)
			return err == nil && batch.Succeeded > 0
		})
		start := time.Now()
		batch, err := w.cards.CancelBatch(t.Context(), store.AllNamespaces(), ref)
		took := time.Since(start)
		if err != nil || batch.State != store.BatchCancelled || took > time.Second {
			t.Fatalf("cancelled in %v: %+v, %v", took, batch, err)
		}
		if batch.Succeeded == 2000 {
			t.Skip("the workers were done before") // two seconds of work; never seen
		}
		eventually(t, "the queue is empty", func() bool {
			queue, err := w.Queue(t.Context())
			return err == nil && queue.Waiting+queue.Running == 0
		})
		after, err := w.Batch(t.Context(), store.AllNamespaces(), ref)
		if err != nil || after.Succeeded != batch.Succeeded {
			t.Errorf("%d items when it was cancelled, %d later, %v", batch.Succeeded, after.Succeeded, err)
		}
		page, err := w.List(t.Context(), store.AllNamespaces(), store.Filter{PageRequest: store.PageRequest{Limit: 1}})
		if err != nil || len(page.Items) == 0 {
			t.Errorf("what was stored is not there: %v", err)
		}
		if _, err := w.cards.RetryBatch(t.Context(), store.AllNamespaces(), ref); !errors.Is(err, store.ErrConflict) {
			t.Errorf("retry of a cancelled batch: %v", err)
		}
	})
}

// A worker that stops hands its chunk back at once, and another goes on.
func TestStopHandsBack(t *testing.T) {
	onBothEngines(t, func(t *testing.T, w *world) {
		same := make([]string, 400) // one card: one chunk, so one long job
		for i := range same {
			same[i] = "model: {id: acme/one, name: One, tags: [t" + strings.Repeat("x", i%200) + "]}\n"
		}
		ref := w.receive(t, same...)
		first := w.start(t, jobs.Options{})
		eventually(t, "it runs", func() bool {
			batch, err := w.Batch(t.Context(), store.AllNamespaces(), ref)
			return err == nil && batch.Succeeded > 0
		})
		if err := first.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		left, err := w.Batch(t.Context(), store.AllNamespaces(), ref)
		if err != nil || left.Pending() == 0 {
			t.Fatalf("the batch was done before the stop: %+v, %v", left, err)
		}
		queue, err := w.Queue(t.Context())
		if err != nil || queue.Running != 0 || queue.Waiting != 1 {
			t.Errorf("the job was not handed back: %+v, %v", queue, err)
		}
		if got := w.outcomes("batch_chunk"); !slices.Contains(got, jobs.Returned) {
			t.Errorf("outcomes %v", got)
		}
		w.start(t, jobs.Options{})
		if batch := w.wait(t, ref); batch.Succeeded != 400 {
			t.Errorf("batch %+v", batch)
		}
	})
}

// Jobs of a version or a kind that this program does not know are left alone.
func TestUnknownVersion(t *testing.T) {
	onBothEngines(t, func(t *testing.T, w *world) {
		err := w.Update(t.Context(), store.AllNamespaces(), func(ctx context.Context, tx store.Tx) error {
			future := generator.ChunkJob{Version: generator.ChunkVersion + 1, Batch: uuid.NewString()}
			return errors.Join(tx.Enqueue(ctx, future.Kind(), future), tx.Enqueue(ctx, "of_the_future", 1))
		})
		if err != nil {
			t.Fatal(err)
		}
		w.start(t, jobs.Options{})
		eventually(t, "the job was looked at", func() bool { return len(w.outcomes("batch_chunk")) > 0 })
		if got := w.outcomes("batch_chunk")[0]; got != jobs.Returned {
			t.Errorf("it is %s", got)
		}
		ref := w.receive(t, texts(1)...) // behind both of them
		w.wait(t, ref)
		if got := w.logged(); strings.Contains(got, "of_the_future") || !strings.Contains(got, "another version of mcg") {
			t.Errorf("a job of an unknown kind was taken, or of an unknown version was not told of: %s", got)
		}
		queue, err := w.Queue(t.Context())
		if err != nil || queue.Discarded != 0 {
			t.Errorf("queue %+v, %v", queue, err)
		}
	})
}

// An item at which the program panics fails alone, after its tries.
func TestPanicFailsAlone(t *testing.T) {
	t.Parallel()
	var given []int64
	w := onSQLite(t, func(o *generator.Options) {
		o.Store = panicky{o.Store}
		o.Failed = func(_ generator.ChunkJob, item int64, err error) {
			given = append(given, item)
			if !strings.Contains(err.Error(), "panic at item 3") {
				t.Errorf("error %v", err)
			}
		}
	})
	list := texts(30)
	list[2] = "model: {id: acme/panics, name: P}\n"
	ref := w.receive(t, list...)
	w.start(t, jobs.Options{})
	if batch := w.wait(t, ref); batch.Succeeded != 29 || batch.Failed != 1 {
		t.Errorf("batch %+v", batch)
	}
	if diff := cmp.Diff([]int64{3}, given); diff != "" {
		t.Errorf("items that were given up: %s", diff)
	}
	failure, err := generator.ParseFailure(w.items(t, ref)[2].Problem)
	if err != nil || failure.Code != generator.FailureInternal || strings.Contains(failure.Detail, "panic") {
		t.Errorf("failure %+v, %v", failure, err)
	}
}

// panicky is a failpoint: a store that panics when one card is created.
type panicky struct{ store.Store }

func (p panicky) Update(ctx context.Context, scope store.Scope, fn store.UpdateFunc) error {
	return p.Store.Update(ctx, scope, func(ctx context.Context, tx store.Tx) error { return fn(ctx, panickyTx{tx}) })
}

type panickyTx struct{ store.Tx }

func (p panickyTx) CreateCard(ctx context.Context, id store.ID, draft store.Draft) (store.Revision, error) {
	if id.Name == "panics" {
		panic("failpoint")
	}
	return p.Tx.CreateCard(ctx, id, draft)
}

// A batch under an idempotency key is made once, and leaves nothing behind.
func TestIdempotentBatch(t *testing.T) {
	onBothEngines(t, func(t *testing.T, w *world) {
		request := func(hash string) (store.Batch, error) {
			return w.cards.ReceiveBatch(t.Context(), generator.BatchRequest{
				ID: uuid.NewString(), Scope: store.AllNamespaces(), Namespace: "default", Author: "alice", IdempotencyKey: "k", Hash: hash,
			}, documentsOf(texts(3)))
		}
		first, err := request("h")
		if err != nil {
			t.Fatal(err)
		}
		again, err := request("h")
		if err != nil || again.ID != first.ID {
			t.Errorf("batch %s again is %s, %v", first.ID, again.ID, err)
		}
		if _, err := request("other"); !errors.Is(err, generator.ErrKeyReused) {
			t.Errorf("another body: %v", err)
		}
		queue, err := w.Queue(t.Context())
		if err != nil || queue.Waiting != 1 {
			t.Errorf("queue %+v, %v", queue, err)
		}
	})
}
