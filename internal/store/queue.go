package store

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"
)

// Batches is the reading half of batches. A batch of another owner, or of
// namespaces outside the scope, is ErrNotFound.
type Batches interface {
	// Batch returns a batch. Errors: ErrNotFound.
	Batch(ctx context.Context, scope Scope, ref BatchRef) (Batch, error)

	// BatchItems returns items without their documents, in the batch's order.
	// Errors: ErrNotFound, ErrBadCursor, ErrInvalid.
	BatchItems(ctx context.Context, scope Scope, ref BatchRef, filter ItemFilter) (Page[BatchItem], error)

	// BatchEvents returns the items settled after an event, in the order of
	// their events, at most limit of them, and the batch as it was just before.
	// Events have no gaps: one that is not returned comes after those that are,
	// or its item has been settled again since. Errors: ErrNotFound.
	BatchEvents(ctx context.Context, scope Scope, ref BatchRef, after int64, limit int) (Batch, []BatchItem, error)
}

// BatchTx is the writing half of batches, and of the queue that works them.
type BatchTx interface {
	// CreateBatch makes a batch, which is being received. Errors: ErrConflict,
	// ErrInvalid.
	CreateBatch(ctx context.Context, batch NewBatch) error

	// AppendItems adds pending items. Errors: ErrNotFound, ErrConflict (it is no
	// longer being received), ErrInvalid.
	AppendItems(ctx context.Context, batch string, items []BatchItem) error

	// QueueBatch ends receiving: there are total items. Errors: ErrNotFound,
	// ErrConflict.
	QueueBatch(ctx context.Context, batch string, total int64) error

	// DropBatch removes a batch that is being received. Errors: ErrNotFound.
	DropBatch(ctx context.Context, batch string) error

	// ClaimItems returns pending items of a chunk with their documents, in their
	// order, and keeps others from working them until the transaction ends. Of a
	// batch that is not queued there are none. Errors: ErrNotFound, ErrInvalid.
	ClaimItems(ctx context.Context, batch string, chunk int64, limit int) (Batch, []BatchItem, error)

	// BeginItem counts an attempt at an item and returns how many there were.
	// Errors: ErrNotFound (it is not pending).
	BeginItem(ctx context.Context, batch string, number int64) (attempts int, err error)

	// SettleItems records what became of pending items, and numbers the events.
	// After ErrConflict (the batch is not queued any more, or one of the items
	// is not pending) nothing of the update is committed. Call it last: it locks
	// the batch's row, which all its workers need.
	SettleItems(ctx context.Context, batch string, items []BatchItem) error

	// CancelBatch cancels what is still pending of a queued batch; nothing is
	// settled after it. One that has finished stays as it is. Errors: ErrNotFound.
	CancelBatch(ctx context.Context, ref BatchRef) (Batch, error)

	// RetryItems makes the failed items of a queued batch pending again and
	// returns their chunks. Errors: ErrNotFound, ErrConflict (it is not queued).
	RetryItems(ctx context.Context, ref BatchRef) (chunks []int64, err error)

	// PurgeBatches removes at most limit batches: of those being received what
	// was begun before stale, of those finished what ended before finished. It
	// needs AllNamespaces. Errors: ErrForbidden, ErrInvalid.
	PurgeBatches(ctx context.Context, stale, finished time.Time, limit int) (int64, error)

	// PurgeCards removes at most limit cards that were deleted before a time,
	// with their revisions, and returns which. It needs AllNamespaces. Errors:
	// ErrForbidden, ErrInvalid.
	PurgeCards(ctx context.Context, before time.Time, limit int) ([]ID, error)

	// Enqueue adds a job for each of the arguments, which become its JSON. The
	// jobs are there when the transaction has been committed. Errors: ErrInvalid.
	Enqueue(ctx context.Context, kind string, arguments ...any) error
}

// Scanner reads everything there is, for checks and backups.
type Scanner interface {
	// ScanRevisions returns at most limit revisions after a mark, in the order
	// of their cards' creation; the zero mark is the start. Deleted cards are in
	// it. It needs AllNamespaces. Errors: ErrForbidden, ErrInvalid.
	ScanRevisions(ctx context.Context, scope Scope, after ScanMark, limit int) ([]Revision, ScanMark, error)

	// Queue returns how much work waits.
	Queue(ctx context.Context) (Queue, error)
}

// ScanMark is a place in a scan.
type ScanMark struct {
	Card, Number int64
}

// Queue is the state of the job queue.
type Queue struct {
	Waiting   int64         // could run now, or will be tried again
	Running   int64         // or were running when their worker died
	Discarded int64         // given up after too many attempts
	Oldest    time.Duration // how long the oldest of those that could run has waited
}

// Job is one argument of Enqueue as River takes it.
type Job struct {
	kind string
	args json.RawMessage
}

// MaxJobAttempts is how often a job is begun before River gives it up. Being
// killed counts, so it is high.
const MaxJobAttempts = 1000

// DiscardLog is the logger of River clients that have nothing to say: what goes
// wrong comes back as an error.
func DiscardLog() *slog.Logger { return slog.New(slog.DiscardHandler) }

// MaxKind is the length of a job's kind, in bytes. River wants two at least.
const MaxKind = 128

// Jobs encodes the arguments of Enqueue for an engine. Errors: ErrInvalid.
func Jobs(kind string, arguments []any) ([]Job, error) {
	if len(kind) < 2 || len(kind) > MaxKind {
		return nil, fmt.Errorf("%w: the kind of a job has 2 to %d bytes", ErrInvalid, MaxKind)
	}
	jobs := make([]Job, len(arguments))
	for i, argument := range arguments {
		raw, err := json.Marshal(argument)
		if err != nil {
			return nil, fmt.Errorf("%w: the arguments of a job: %w", ErrInvalid, err)
		}
		jobs[i] = Job{kind, raw}
	}
	return jobs, nil
}

// Kind names the work.
func (j Job) Kind() string { return j.kind }

// MarshalJSON gives the arguments as they were encoded.
func (j Job) MarshalJSON() ([]byte, error) { return j.args, nil }
