package store

import (
	"context"
	"fmt"
	"time"
)

// Archive takes the whole content of a Store out and in again, the same in
// every engine: cards with their revisions, the audit trail, API keys and
// idempotency records. Work that is under way (batches, jobs) is not content:
// it would be done twice.
type Archive interface {
	// Export calls visit with every row of one snapshot: what was committed
	// before is in it whole, what was not is not. Writers go on meanwhile. Rows
	// come in the same order from every engine: each card, by namespace and name
	// in byte order, followed by its revisions from 1; then the audit trail from
	// the oldest; API keys by id; idempotency records by principal, route and
	// key. An error of visit ends the export and is returned as it is. It needs
	// AllNamespaces. Errors: ErrForbidden.
	Export(ctx context.Context, scope Scope, visit func(Entry) error) error

	// Import writes the rows that fill puts, in the order of Export, in one
	// transaction: all of them or none. Times, numbers and ids are kept. Other
	// writers wait. The Store must be empty. As in Update, fill may run more than
	// once, and must not call the Store. It needs AllNamespaces. Errors:
	// ErrForbidden, ErrConflict (the store has content), ErrInvalid (rows that
	// no Export gives), and those of fill.
	Import(ctx context.Context, scope Scope, fill func(ctx context.Context, put func(Entry) error) error) error
}

// Entry is a row of an Archive: a Head, an ArchivedRevision, an AuditEvent, an
// APIKey or an ArchivedAnswer.
type Entry interface{ archived() }

// ArchivedRevision is a revision in an archive.
type ArchivedRevision struct {
	Revision
	// Text is further words to find the card by, as in a Draft. An Import takes
	// it of the latest revision; an Export leaves it empty, since an engine keeps
	// words only in a form of its own.
	Text string
}

// ArchivedAnswer is an idempotency record with its key.
type ArchivedAnswer struct {
	IdempotencyKey
	IdempotencyRecord
}

func (Head) archived()             {}
func (ArchivedRevision) archived() {}
func (AuditEvent) archived()       {}
func (APIKey) archived()           {}
func (ArchivedAnswer) archived()   {}

// ImportOrder is what engines check the rows of an Import by. The zero value is
// ready; it is for one Import.
type ImportOrder struct {
	card *Head
	next int64 // number of the revision that the card needs next
	last int64 // id of the audit row before
}

// Check returns ErrInvalid if the row can't come here or holds what no engine
// may store.
func (o *ImportOrder) Check(entry Entry) error {
	if revision, ok := entry.(ArchivedRevision); ok {
		return o.revision(revision)
	}
	if err := o.Done(); err != nil {
		return err
	}
	switch e := entry.(type) {
	case Head:
		o.card, o.next = &e, 1
		return e.check()
	case AuditEvent:
		if e.ID <= o.last {
			return fmt.Errorf("%w: audit row %d after row %d", ErrInvalid, e.ID, o.last)
		}
		o.last = e.ID
		return firstError(e.Check(), checkTimes(e.At))
	case APIKey:
		return firstError(e.Check(), checkTimes(e.CreatedAt), checkOptional(e.RevokedAt, e.LastUsedAt))
	case ArchivedAnswer:
		return firstError(e.IdempotencyKey.Check(), e.IdempotencyRecord.Check(), checkTimes(e.CreatedAt))
	default:
		return fmt.Errorf("%w: a row of no kind", ErrInvalid)
	}
}

// Card is the card whose revisions come now.
func (o *ImportOrder) Card() Head { return *o.card }

// Latest reports whether the row is the latest revision of its card.
func (o *ImportOrder) Latest(r ArchivedRevision) bool { return r.Number == o.card.Revision }

// Done returns ErrInvalid if revisions of the last card are missing.
func (o *ImportOrder) Done() error {
	if o.card != nil && o.next != o.card.Revision+1 {
		return fmt.Errorf("%w: card %s has revision %d, and %d is missing", ErrInvalid, o.card.ID, o.card.Revision, o.next)
	}
	return nil
}

func (o *ImportOrder) revision(r ArchivedRevision) error {
	switch {
	case o.card == nil || r.ID != o.card.ID:
		return fmt.Errorf("%w: a revision of %s does not follow its card", ErrInvalid, r.ID)
	case r.Number != o.next || r.Number > o.card.Revision:
		return fmt.Errorf("%w: revision %d of %s where %d of %d belongs", ErrInvalid, r.Number, r.ID, o.next, o.card.Revision)
	case o.Latest(r) && r.Digest != o.card.Digest:
		return fmt.Errorf("%w: the latest revision of %s is not the one its card names", ErrInvalid, r.ID)
	}
	o.next++
	draft := Draft{
		Labels: o.card.Labels, Digest: r.Digest, SourceType: r.SourceType,
		Author: r.Author, Reason: r.Reason, RequestID: r.RequestID, Text: r.Text,
	}
	return firstError(draft.Check(), checkTimes(r.CreatedAt))
}

func (h Head) check() error {
	if !h.ID.Valid() || h.Revision < 1 || h.Owner == "" {
		return fmt.Errorf("%w: a card has an id, a revision and an owner", ErrInvalid)
	}
	return firstError(
		checkTexts(MaxPrincipal, text{"owner", h.Owner}),
		checkTexts(MaxLabel, text{"digest", h.Digest}),
		checkTimes(h.CreatedAt, h.UpdatedAt), checkOptional(h.DeletedAt))
}

func checkOptional(times ...*time.Time) error {
	for _, at := range times {
		if at != nil {
			if err := checkTimes(*at); err != nil {
				return err
			}
		}
	}
	return nil
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
