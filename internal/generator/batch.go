package generator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"time"

	"github.com/terragonlabs/modelcard-generator/internal/store"
)

// Sizes of the work on a batch. Jobs are small because a killed worker's job
// waits until it is rescued, and larger than one item because a commit costs
// more than an item does.
const (
	chunkItems = 25      // items of a chunk, which is a job, at most
	chunkBytes = 1 << 20 // from which a chunk takes no more items
	storeItems = 200     // items written at once while a batch is received
	storeBytes = 2 << 20 // from which no more are gathered
)

// ErrTooManyItems says that a batch has more than store.MaxBatchItems.
var ErrTooManyItems = fmt.Errorf("generator: a batch has more than %d items", store.MaxBatchItems)

// ErrNoItems says that a batch is empty.
var ErrNoItems = errors.New("generator: the batch has no items")

// ChunkJob is the job of working one chunk of a batch.
type ChunkJob struct {
	// Version is of the job's fields. A worker leaves alone what it does not
	// know; see [ChunkVersion].
	Version int    `json:"version"`
	Batch   string `json:"batch"`
	Chunk   int64  `json:"chunk"`
}

// ChunkVersion is the version of jobs that this program writes and works.
const ChunkVersion = 1

// Kind implements River's JobArgs.
func (ChunkJob) Kind() string { return "batch_chunk" }

// BatchRequest is a batch to be received.
type BatchRequest struct {
	ID        string // a new UUID
	Scope     store.Scope
	Namespace string // of cards whose identifier has to be made
	Author    string
	RequestID string
	Address   string // of the client, for the audit trail
	// IdempotencyKey is the client's, or "". Hash tells a retry from another
	// request under the same key.
	IdempotencyKey, Hash string
}

// BatchDocument is one document of a batch as it was submitted.
type BatchDocument struct {
	Input
	// Label says where it was: the path in an archive, or the like.
	Label string
}

// ReceiveBatch stores the documents and then, in one small transaction, queues
// their jobs. Under an idempotency key that was used with the same request it
// returns that request's batch. What was received of a batch that fails is
// removed; after a crash the periodic purge does it.
//
// Documents with one identifier are in one chunk, whose items are worked in
// their order. Errors: those of documents, [ErrNoItems], [ErrTooManyItems],
// [ErrKeyReused], and those of store.Writer.
func (g *Generator) ReceiveBatch(ctx context.Context, r BatchRequest, documents iter.Seq2[BatchDocument, error]) (store.Batch, error) {
	if id, err := g.replayedBatch(ctx, r); err != nil || id != "" {
		return g.receivedBatch(ctx, r, id, err)
	}
	w := &receiving{g: g, r: r, lanes: make(map[store.ID]int64)}
	id, err := w.receive(ctx, documents)
	if id != r.ID {
		w.drop(ctx)
	}
	return g.receivedBatch(ctx, r, id, err)
}

// receivedBatch reads the batch that a request has made.
func (g *Generator) receivedBatch(ctx context.Context, r BatchRequest, id string, err error) (store.Batch, error) {
	if err != nil {
		return store.Batch{}, err
	}
	return g.o.Store.Batch(ctx, r.Scope, store.BatchRef{ID: id, Owner: r.Author})
}

// batchRoute is the route that idempotency keys of batches belong to.
const batchRoute = "POST /v1/batches"

func (r BatchRequest) key() store.IdempotencyKey {
	return store.IdempotencyKey{Principal: r.Author, Route: batchRoute, Key: r.IdempotencyKey}
}

// replayedBatch is the batch that the key's first request has made, or "".
func (g *Generator) replayedBatch(ctx context.Context, r BatchRequest) (id string, err error) {
	if r.IdempotencyKey == "" {
		return "", nil
	}
	err = g.o.Store.UpdateOnce(ctx, r.Scope, r.key(), func(ctx context.Context, tx store.Tx) error {
		id, err = recordedBatch(ctx, tx, r)
		return err
	})
	return id, err
}

func recordedBatch(ctx context.Context, tx store.Tx, r BatchRequest) (id string, err error) {
	record, err := tx.Recorded(ctx)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return "", nil
	case err != nil:
		return "", err
	case record.RequestHash != r.Hash:
		return "", ErrKeyReused
	}
	err = json.Unmarshal(record.Response, &id)
	return id, err
}

// receiving is the state of one ReceiveBatch.
type receiving struct {
	g        *Generator
	r        BatchRequest
	lanes    map[store.ID]int64 // the chunk of each identifier
	total    int64
	chunk    int64 // the one that is being filled
	inChunk  int
	ofChunk  int // bytes
	gathered []store.BatchItem
	bytes    int
}

// receive returns the identifier of the batch that came of it, which under an
// idempotency key may be another request's.
func (w *receiving) receive(ctx context.Context, documents iter.Seq2[BatchDocument, error]) (id string, err error) {
	if err := w.g.o.Store.Update(ctx, w.r.Scope, w.create); err != nil {
		return "", err
	}
	for document, err := range documents {
		if err != nil {
			return "", err
		}
		if err := w.add(ctx, document); err != nil {
			return "", err
		}
	}
	if w.total == 0 {
		return "", ErrNoItems
	}
	if err := w.store(ctx); err != nil {
		return "", err
	}
	return w.queue(ctx)
}

func (w *receiving) create(ctx context.Context, tx store.Tx) error {
	return tx.CreateBatch(ctx, store.NewBatch{ID: w.r.ID, Owner: w.r.Author, Namespace: w.r.Namespace, RequestID: w.r.RequestID, Address: w.r.Address})
}

func (w *receiving) add(ctx context.Context, d BatchDocument) error {
	if w.total == store.MaxBatchItems {
		return ErrTooManyItems
	}
	w.total++
	label := clip(d.Label, store.MaxTitle)
	if label == "" {
		label = fmt.Sprintf("#%d", w.total)
	}
	item := store.BatchItem{Number: w.total, Label: label, MediaType: d.MediaType, CardID: d.ID, Document: d.Source}
	prepared, err := w.read(ctx, d)
	if err != nil {
		return err
	}
	if prepared != nil {
		item.Canonical, item.Facts = prepared.w.draft.Canonical, prepared.facts()
	}
	item.Chunk = w.lane(prepared, len(d.Source))
	w.gathered = append(w.gathered, item)
	w.bytes += len(item.Document) + len(item.Canonical)
	if len(w.gathered) < storeItems && w.bytes < storeBytes {
		return nil
	}
	return w.store(ctx)
}

// lane is the chunk of a document: that of an earlier one with its identifier,
// or the one that is being filled.
func (w *receiving) lane(p *Prepared, size int) int64 {
	if p != nil {
		if chunk, ok := w.lanes[p.ID()]; ok {
			return chunk
		}
	}
	if w.inChunk == chunkItems || w.ofChunk >= chunkBytes {
		w.chunk, w.inChunk, w.ofChunk = w.chunk+1, 0, 0
	}
	w.inChunk++
	w.ofChunk += size
	if p != nil {
		w.lanes[p.ID()] = w.chunk
	}
	return w.chunk
}

// read reads a document, for its identifier and so that no worker has to. One
// that can't be read is nil; its item says why when it is worked.
func (w *receiving) read(ctx context.Context, d BatchDocument) (p *Prepared, err error) {
	defer func() {
		if recover() != nil {
			p, err = nil, nil // the worker will meet the same, and record it
		}
	}()
	p, err = w.g.Prepare(ctx, Request{Input: d.Input, Namespace: w.r.Namespace})
	if transient(err) {
		return nil, err
	}
	if err != nil {
		return nil, nil //nolint:nilerr // as above
	}
	return p, nil
}

// store writes what was gathered.
func (w *receiving) store(ctx context.Context) error {
	if len(w.gathered) == 0 {
		return nil
	}
	err := w.g.o.Store.Update(ctx, w.r.Scope, func(ctx context.Context, tx store.Tx) error {
		return tx.AppendItems(ctx, w.r.ID, w.gathered)
	})
	w.gathered, w.bytes = w.gathered[:0], 0
	return err
}

// queue ends receiving in one transaction with the jobs and the record of the
// idempotency key. If another request under the key was faster, its batch is
// the answer.
func (w *receiving) queue(ctx context.Context) (id string, err error) {
	run := func(ctx context.Context, tx store.Tx) error {
		id = w.r.ID
		if err := tx.QueueBatch(ctx, w.r.ID, w.total); err != nil {
			return err
		}
		return enqueueChunks(ctx, tx, w.r.ID, upTo(w.chunk))
	}
	if w.r.IdempotencyKey == "" {
		err = w.g.o.Store.Update(ctx, w.r.Scope, run)
		return id, err
	}
	err = w.g.o.Store.UpdateOnce(ctx, w.r.Scope, w.r.key(), func(ctx context.Context, tx store.Tx) error {
		if id, err = recordedBatch(ctx, tx, w.r); err != nil || id != "" {
			return err
		}
		if err := run(ctx, tx); err != nil {
			return err
		}
		response, err := json.Marshal(w.r.ID)
		if err != nil {
			return err
		}
		return tx.Record(ctx, store.IdempotencyRecord{RequestHash: w.r.Hash, Status: http.StatusAccepted, Response: response})
	})
	return id, err
}

// dropWait is how long the removal of a batch that was given up may take.
const dropWait = 5 * time.Second

// drop removes what was received. A batch that was queued after all, because
// the answer to the commit was lost, stays; so does one that can't be removed
// now, until the purge.
func (w *receiving) drop(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), dropWait)
	defer cancel()
	_ = w.g.o.Store.Update(ctx, w.r.Scope, func(ctx context.Context, tx store.Tx) error { return tx.DropBatch(ctx, w.r.ID) })
}

// upTo is 0, 1, … last.
func upTo(last int64) []int64 {
	list := make([]int64, last+1)
	for i := range list {
		list[i] = int64(i)
	}
	return list
}

func enqueueChunks(ctx context.Context, tx store.Tx, batch string, chunks []int64) error {
	jobs := make([]any, len(chunks))
	for i, chunk := range chunks {
		jobs[i] = ChunkJob{ChunkVersion, batch, chunk}
	}
	return tx.Enqueue(ctx, ChunkJob{}.Kind(), jobs...)
}

// CancelBatch cancels what a batch has not done yet. Errors: those of
// store.Writer.
func (g *Generator) CancelBatch(ctx context.Context, scope store.Scope, ref store.BatchRef) (batch store.Batch, err error) {
	err = g.o.Store.Update(ctx, scope, func(ctx context.Context, tx store.Tx) error {
		batch, err = tx.CancelBatch(ctx, ref)
		return err
	})
	return batch, err
}

// RetryBatch queues the failed items of a batch again. Errors: those of
// store.Writer; store.ErrConflict is a batch that was cancelled.
func (g *Generator) RetryBatch(ctx context.Context, scope store.Scope, ref store.BatchRef) (store.Batch, error) {
	err := g.o.Store.Update(ctx, scope, func(ctx context.Context, tx store.Tx) error {
		chunks, err := tx.RetryItems(ctx, ref)
		if err != nil {
			return err
		}
		return enqueueChunks(ctx, tx, ref.ID, chunks)
	})
	if err != nil {
		return store.Batch{}, err
	}
	return g.o.Store.Batch(ctx, scope, ref)
}
