package generator

import (
	"context"
	"errors"
	"fmt"

	"github.com/terragonlabs/modelcard-generator/internal/render"
	"github.com/terragonlabs/modelcard-generator/internal/store"
)

const (
	// tries is how often an item is tried that fails for no known reason.
	tries = 3
	// MaxItemAttempts is how often an item is begun on its own before it is
	// given up. A worker that dies counts, so that an item that kills its worker
	// can't do so for ever.
	MaxItemAttempts = 10
)

// errOneByOne ends a transaction of several items, to go on with single ones.
var errOneByOne = errors.New("generator: an item of the group failed")

// WorkChunk works the pending items of a chunk in their order, as long as it may
// go on; done is false if some are left. Each item's revision,
// audit row and new state commit together, so that it is done once whoever else
// works the chunk.
//
// Items commit in groups, since a commit costs more than an item. When one of
// a group fails, or the job has been begun before (again), they go one by one,
// and each attempt is counted before it begins. Errors are of the world, and
// not of a document: the chunk is to be worked again later.
func (g *Generator) WorkChunk(ctx context.Context, job ChunkJob, again bool, goOn func() bool) (done bool, err error) {
	batch, err := g.o.Store.Batch(ctx, store.AllNamespaces(), store.BatchRef{ID: job.Batch})
	if errors.Is(err, store.ErrNotFound) {
		return true, nil // it was purged
	}
	if err != nil {
		return false, err
	}
	c := &chunkWork{g: g, job: job, batch: batch, single: again, refused: make(map[int64]Failure), failures: make(map[int64]int)}
	for goOn() {
		more, err := c.group(ctx)
		if err != nil || !more {
			return !more, err
		}
	}
	return false, nil
}

// chunkWork is the state of one WorkChunk.
type chunkWork struct {
	g        *Generator
	job      ChunkJob
	batch    store.Batch
	single   bool              // one item a transaction
	refused  map[int64]Failure // items that will not be stored
	failures map[int64]int     // tries that failed for no known reason
	now      int64             // the item that is worked
	written  []*Prepared
	settled  []store.BatchItem
	prepared map[int64]*Prepared
}

// group works the next items in a transaction and reports whether there may be
// more of them.
func (c *chunkWork) group(ctx context.Context) (more bool, err error) {
	c.prepared = make(map[int64]*Prepared)
	if c.single {
		if more, err := c.begin(ctx); err != nil || !more {
			return more, err
		}
	}
	more, err = c.transact(ctx)
	c.ended(ctx, err)
	switch {
	case errors.Is(err, errOneByOne), errors.Is(err, store.ErrConflict): // fenced: look again
		return true, nil
	case err == nil:
		return more, nil
	case transient(err):
		return false, err
	}
	return true, c.blame(err)
}

// ended tells what follows the end of a transaction.
func (c *chunkWork) ended(ctx context.Context, err error) {
	for _, p := range c.written {
		if err == nil {
			p.Committed(ctx)
		} else {
			p.Abandoned()
		}
	}
	if err == nil {
		c.g.o.Settled(c.settled)
	}
	c.written, c.settled = nil, nil
}

// blame counts a failure that nobody knows the reason of against the item that
// was worked. In a group it may be another's, so it only ends the group.
func (c *chunkWork) blame(err error) error {
	if c.now == 0 {
		return err
	}
	if !c.single {
		c.single = true
		return nil
	}
	if c.failures[c.now]++; c.failures[c.now] >= tries {
		c.g.o.Failed(c.job, c.now, err)
		c.refused[c.now] = Failure{Code: FailureInternal, Detail: "something went wrong here; the log of the worker says what"}
	}
	return nil
}

// begin counts an attempt at the next item and gives it up after too many. It
// commits before the attempt, which the process may not survive.
func (c *chunkWork) begin(ctx context.Context) (more bool, err error) {
	var number int64
	var attempts int
	err = c.g.o.Store.Update(ctx, c.batch.Scope, func(ctx context.Context, tx store.Tx) error {
		number = 0
		_, items, err := tx.ClaimItems(ctx, c.job.Batch, c.job.Chunk, 1)
		if err != nil || len(items) == 0 {
			return err
		}
		number = items[0].Number
		attempts, err = tx.BeginItem(ctx, c.job.Batch, number)
		return err
	})
	if err == nil && attempts > MaxItemAttempts {
		c.refused[number] = Failure{
			Code: FailureInternal, Detail: fmt.Sprintf("given up after %d attempts that did not end", MaxItemAttempts),
		}
	}
	return number > 0, err
}

// transact works a group in one transaction. A panic ends it like an error.
func (c *chunkWork) transact(ctx context.Context) (more bool, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("generator: panic at item %d: %v", c.now, v)
		}
	}()
	limit := chunkItems
	if c.single {
		limit = 1
	}
	err = c.g.o.Store.Update(ctx, c.batch.Scope, func(ctx context.Context, tx store.Tx) error {
		c.written, c.now = c.written[:0], 0
		_, items, err := tx.ClaimItems(ctx, c.job.Batch, c.job.Chunk, limit)
		if err != nil {
			return err
		}
		more = len(items) == limit
		if err := c.write(ctx, tx, items); err != nil {
			return err
		}
		c.settled = items
		return tx.SettleItems(ctx, c.job.Batch, items)
	})
	return more, err
}

// write writes the documents of a group, or finds why not. What they have in
// common is asked and written once, since each step is a way to the database and
// back.
func (c *chunkWork) write(ctx context.Context, tx store.Tx, items []store.BatchItem) error {
	for i := range items {
		if err := c.read(ctx, &items[i]); err != nil {
			return err
		}
	}
	held, err := c.lock(ctx, tx, items)
	if err != nil {
		return err
	}
	var events []store.AuditEvent
	for i := range items {
		p, ok := c.prepared[items[i].Number]
		if !ok {
			continue
		}
		p.w.held, p.w.event = held, func(event store.AuditEvent) { events = append(events, event) }
		if err := c.item(ctx, tx, p, &items[i]); err != nil {
			return err
		}
	}
	return tx.AppendAudit(ctx, events...)
}

// lock locks the cards of a group, if each is of one item only and all may be
// written. Otherwise each item looks for itself, and it is nil.
func (c *chunkWork) lock(ctx context.Context, tx store.Tx, items []store.BatchItem) (map[store.ID]store.Head, error) {
	ids := make([]store.ID, 0, len(items))
	seen := make(map[store.ID]bool, len(items))
	for _, item := range items {
		p, ok := c.prepared[item.Number]
		if !ok {
			continue
		}
		id := p.ID()
		foreign := c.batch.Scope.Writable(id) != nil
		if foreign || seen[id] {
			return nil, nil //nolint:nilerr // each item looks for itself, and is refused there
		}
		seen[id], ids = true, append(ids, id)
	}
	if len(ids) == 0 {
		return nil, nil // there is nothing to look for
	}
	return tx.LockAll(ctx, ids)
}

// read reads an item's document, or finds why it can't be stored.
func (c *chunkWork) read(ctx context.Context, item *store.BatchItem) error {
	c.now = item.Number
	failure, refused := c.refused[item.Number]
	if !refused {
		_, err := c.prepare(ctx, *item)
		if err != nil {
			if failure, refused = failureOf(err); !refused {
				return err
			}
		}
	}
	if refused {
		delete(c.prepared, item.Number)
		item.Settled = store.Settled{State: store.ItemFailed, Problem: failure.encode()}
	}
	return nil
}

// item writes one item's document.
func (c *chunkWork) item(ctx context.Context, tx store.Tx, p *Prepared, item *store.BatchItem) error {
	c.now = item.Number
	c.written = append(c.written, p)
	out, err := p.Write(ctx, tx)
	if failure, ok := failureOf(err); ok {
		// Something may have been written before it was refused, so the
		// transaction has to go.
		c.refused[item.Number], c.single = failure, true
		return errOneByOne
	}
	item.Settled = store.Settled{State: store.ItemDone, Card: p.ID(), Revision: out.Revision.Number, Outcome: outcomeOf(out)}
	return err
}

// prepare reads an item's document, once for all runs of the transaction.
func (c *chunkWork) prepare(ctx context.Context, item store.BatchItem) (*Prepared, error) {
	if p, ok := c.prepared[item.Number]; ok {
		return p, nil
	}
	mediaType, err := render.DocumentType(item.MediaType)
	if err != nil {
		return nil, err
	}
	r := Request{
		Input: Input{Source: item.Document, MediaType: mediaType, ID: item.CardID},
		Scope: c.batch.Scope, Namespace: c.batch.Namespace, Author: c.batch.Owner, RequestID: c.batch.RequestID, Address: c.batch.Address,
	}
	var p *Prepared
	if len(item.Facts) > 0 {
		p, err = c.g.restore(r, item.Canonical, item.Facts)
	} else {
		p, err = c.g.Prepare(ctx, r)
	}
	if err == nil {
		c.prepared[item.Number] = p
	}
	return p, err
}

// Outcomes of an item that was stored.
const (
	OutcomeCreated   = "created"
	OutcomeRevised   = "revised"
	OutcomeUnchanged = "unchanged"
)

func outcomeOf(out Outcome) string {
	switch {
	case out.Created:
		return OutcomeCreated
	case out.Unchanged:
		return OutcomeUnchanged
	}
	return OutcomeRevised
}
