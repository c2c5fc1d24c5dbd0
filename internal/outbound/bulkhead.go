package outbound

import (
	"context"
	"errors"
	"sync/atomic"
)

// ErrOverloaded says that the bulkhead is full and so is the queue before it.
// Callers shed the work: tried again a moment later, it may fit.
var ErrOverloaded = errors.New("outbound: overloaded")

// Bulkhead bounds how many pieces of work run at once and how many may wait
// for a place, so that what is served stays quick when more comes than fits.
// It is safe for concurrent use.
type Bulkhead struct {
	places  chan struct{}
	waiting atomic.Int64
	queue   int64
}

// NewBulkhead lets width pieces of work run and queue more wait. A width below
// one is one.
func NewBulkhead(width, queue int) *Bulkhead {
	return &Bulkhead{places: make(chan struct{}, max(width, 1)), queue: int64(max(queue, 0))}
}

// Enter waits for a place; leave gives it back and must be called once. Errors:
// [ErrOverloaded], and ctx's when it ends first.
func (b *Bulkhead) Enter(ctx context.Context) (leave func(), err error) {
	select {
	case b.places <- struct{}{}:
		return b.leave, nil
	default:
	}
	defer b.waiting.Add(-1)
	if b.waiting.Add(1) > b.queue {
		return nil, ErrOverloaded
	}
	select {
	case b.places <- struct{}{}:
		return b.leave, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (b *Bulkhead) leave() { <-b.places }

// Load is how much work runs and waits now.
func (b *Bulkhead) Load() (running, waiting int) {
	return len(b.places), int(b.waiting.Load())
}
