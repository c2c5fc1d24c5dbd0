package store

import (
	"fmt"
	"time"
)

// Bounds of batches.
const (
	MaxBatchItems = 10_000 // items of a batch, counted
	MaxClaim      = 100    // items that are claimed at once, counted
)

// BatchState is what the store decides on; how far a batch is shows in its
// counts.
type BatchState string

// The states of a batch. Items are added while it is being received and worked
// while it is queued.
const (
	BatchReceiving BatchState = "receiving"
	BatchQueued    BatchState = "queued"
	BatchCancelled BatchState = "cancelled"
)

// BatchRef names a batch and whose it has to be. Without an owner it is any
// principal's, which needs AllNamespaces.
type BatchRef struct {
	ID    string // a UUID
	Owner string
}

// NewBatch is a batch before it has items. It is bound to the scope of the
// update that creates it, and its items are written in that scope.
type NewBatch struct {
	ID        string // a UUID
	Owner     string // principal
	Namespace string // of cards whose identifier has to be made
	RequestID string
	Address   string // of the client, for the audit trail
}

// Batch is a batch and how far it is.
type Batch struct {
	NewBatch
	Scope     Scope
	State     BatchState
	Total     int64 // 0 while it is being received
	Succeeded int64
	Failed    int64
	// Events is the number of the latest event; each settled item is one.
	Events     int64
	CreatedAt  time.Time
	StartedAt  *time.Time // when the first item was settled
	FinishedAt *time.Time // when the last one was, or the batch was cancelled
}

// Pending is how many items wait to be worked.
func (b Batch) Pending() int64 {
	if b.State != BatchQueued {
		return 0
	}
	return b.Total - b.Succeeded - b.Failed
}

// ItemState is how an item of a batch is.
type ItemState string

// The states of an item. Those still pending in a cancelled batch stay so.
const (
	ItemPending ItemState = "pending"
	ItemDone    ItemState = "done"
	ItemFailed  ItemState = "failed"
)

// BatchItem is one document of a batch.
type BatchItem struct {
	Number    int64 // its place in the batch, from 1
	Chunk     int64 // items of one chunk are worked in their order
	Label     string
	MediaType string
	CardID    string // what the document is to be called; "" where it says so itself
	Document  []byte // empty once the item is done, and in lists
	Canonical []byte // likewise; canonical JSON, if the document was read before
	Facts     []byte // likewise; what else was read of it, as the caller keeps it
	Attempts  int    // begun one by one, after a run that did not end
	Settled
}

// Settled is what became of an item. The store sets Event and At.
type Settled struct {
	State    ItemState
	Card     ID     // of a document that was stored
	Revision int64  // likewise
	Outcome  string // likewise: created, revised or unchanged
	Problem  []byte // of one that failed: why, as JSON
	Event    int64
	At       *time.Time
}

// ItemFilter selects items of a batch; an empty State is any.
type ItemFilter struct {
	PageRequest
	State ItemState
}

// ItemMark is a place in a batch's items.
type ItemMark struct {
	Number int64 `json:"i"`
}

// ItemPlan is an ItemFilter that was checked, with its cursor read.
type ItemPlan struct {
	Limit int
	State ItemState
	After int64
}

// Plan checks the filter for an engine. Errors: ErrInvalid, ErrBadCursor.
func (f ItemFilter) Plan() (ItemPlan, error) {
	limit, err := f.size()
	if err != nil {
		return ItemPlan{}, err
	}
	switch f.State {
	case "", ItemPending, ItemDone, ItemFailed:
	default:
		return ItemPlan{}, fmt.Errorf("%w: unknown state of an item", ErrInvalid)
	}
	var mark ItemMark
	if f.Cursor != "" {
		if err := decodeCursor(f.Cursor, &mark); err != nil {
			return ItemPlan{}, err
		}
	}
	return ItemPlan{Limit: limit, State: f.State, After: mark.Number}, nil
}

// Page cuts rows, of which an engine reads one more than the limit, to a page.
func (p ItemPlan) Page(rows []BatchItem) Page[BatchItem] {
	return cut(rows, p.Limit, func(last BatchItem) any { return ItemMark{last.Number} })
}

// Check returns ErrInvalid if no engine may store the batch.
func (b NewBatch) Check() error {
	if b.Owner == "" || !validUUID(b.ID) {
		return fmt.Errorf("%w: a batch has a UUID and an owner", ErrInvalid)
	}
	if err := checkTexts(MaxLabel, text{"namespace", b.Namespace}, text{"request id", b.RequestID}, text{"address", b.Address}); err != nil {
		return err
	}
	return checkTexts(MaxPrincipal, text{"owner", b.Owner})
}

// Check returns ErrInvalid if no engine may store the item.
func (i BatchItem) Check() error {
	if i.Number < 1 || i.Number > MaxBatchItems || i.Chunk < 0 {
		return fmt.Errorf("%w: the number of an item is not 1 to %d", ErrInvalid, MaxBatchItems)
	}
	if err := checkTexts(MaxLabel, text{"media type", i.MediaType}, text{"card id", i.CardID}); err != nil {
		return err
	}
	return checkTexts(MaxTitle, text{"label", i.Label})
}

// Check returns ErrNotFound for what can't be a batch of the scope: without an
// owner, one has to be allowed to see everything.
func (r BatchRef) Check(scope Scope) error {
	if !validUUID(r.ID) || (r.Owner == "" && !scope.All()) {
		return ErrNotFound
	}
	return nil
}

// validUUID reports whether s is a UUID in lower case (RFC 9562, section 4).
func validUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		switch i {
		case 8, 13, 18, 23:
			if c != '-' {
				return false
			}
		default:
			if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
				return false
			}
		}
	}
	return true
}

// Covers reports whether every namespace of other is in the scope.
func (s Scope) Covers(other Scope) bool {
	if s.all || other.all {
		return s.all
	}
	for _, name := range other.namespaces {
		if !s.Allows(name) {
			return false
		}
	}
	return true
}

// See returns ErrNotFound unless the batch is of the owner asked for and none
// of its namespaces is outside the scope.
func (r BatchRef) See(scope Scope, batch Batch) error {
	if (r.Owner != "" && r.Owner != batch.Owner) || !scope.Covers(batch.Scope) {
		return ErrNotFound
	}
	return nil
}
