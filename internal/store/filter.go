package store

import (
	"fmt"
	"strings"
	"time"
)

// Page sizes.
const (
	DefaultLimit   = 50
	MaxLimit       = 200
	RelevanceLimit = 100 // what SortRelevance gives at most
)

// PageRequest asks for a page. Limit is 1 to MaxLimit, 0 for DefaultLimit;
// Cursor is the Next of the page before, empty for the first.
type PageRequest struct {
	Limit  int
	Cursor string
}

// Page is a page of a listing. Next is the cursor of the page after it, empty
// on the last.
type Page[T any] struct {
	Items []T
	Next  string
}

// Sort is an order of a card list.
type Sort string

// The orders of List. SortRelevance needs a query, has no cursor and ends after
// RelevanceLimit cards; how the engines rank differs, what they find does not.
const (
	SortUpdated   Sort = "updated" // latest change first; the default
	SortName      Sort = "name"    // by namespace, then name, byte for byte
	SortRelevance Sort = "relevance"
)

// Filter selects cards. Every field that is set must match; text is compared
// exactly but for Query, see Terms.
type Filter struct {
	PageRequest
	Query        string
	Namespace    string
	Tags         []string // the card has all of them
	License      string
	Task         string
	Library      string
	UpdatedSince time.Time // at that time or later
	Deleted      bool      // only deleted cards instead of only visible ones
	Sort         Sort
}

// ListPlan is a Filter that was checked, with its cursor and query read.
type ListPlan struct {
	Filter
	Terms   []string  // words to find; all of them
	After   *ListMark // start behind this card
	Nothing bool      // the query has no words, so nothing matches
}

// ListMark is a place in a card list.
type ListMark struct {
	Sort      Sort   `json:"s"`
	UpdatedAt int64  `json:"u"` // microseconds since 1970
	Namespace string `json:"n"`
	Name      string `json:"m"`
}

// Plan checks the filter for an engine. Errors: ErrInvalid, ErrBadCursor.
func (f Filter) Plan() (ListPlan, error) {
	limit, err := f.size()
	if err != nil {
		return ListPlan{}, err
	}
	if err := f.check(); err != nil {
		return ListPlan{}, err
	}
	plan := ListPlan{Filter: f, Terms: Terms(f.Query)}
	plan.Limit = limit
	plan.Nothing = len(plan.Terms) == 0 && strings.TrimSpace(f.Query) != ""
	if plan.Sort == "" {
		plan.Sort = SortUpdated
	}
	if plan.Sort == SortRelevance {
		plan.Limit = min(plan.Limit, RelevanceLimit)
	}
	plan.After, err = f.mark(plan.Sort)
	return plan, err
}

// check refuses values that no engine should be asked for.
func (f Filter) check() error {
	if err := checkTexts(MaxQuery, text{"query", f.Query}); err != nil {
		return err
	}
	if err := checkTexts(MaxLabel, text{"namespace", f.Namespace}, text{"license", f.License},
		text{"task", f.Task}, text{"library", f.Library}); err != nil {
		return err
	}
	if err := checkTags(f.Tags, MaxFilter); err != nil {
		return err
	}
	if err := checkTimes(f.UpdatedSince); err != nil {
		return err
	}
	switch f.Sort {
	case "", SortUpdated, SortName:
		return nil
	case SortRelevance:
		if len(Terms(f.Query)) == 0 {
			return fmt.Errorf("%w: sort=relevance needs a query", ErrInvalid)
		}
		return nil
	default:
		return fmt.Errorf("%w: unknown sort", ErrInvalid)
	}
}

// mark reads the cursor, which must be of the same order.
func (f Filter) mark(sort Sort) (*ListMark, error) {
	if f.Cursor == "" {
		return nil, nil // no cursor is a valid place: the start
	}
	var mark ListMark
	if err := decodeCursor(f.Cursor, &mark); err != nil {
		return nil, err
	}
	id := ID{mark.Namespace, mark.Name}
	if mark.Sort != sort || sort == SortRelevance || !id.Valid() || !validMicro(mark.UpdatedAt) {
		return nil, ErrBadCursor
	}
	return &mark, nil
}

// Page cuts rows, of which an engine reads one more than the limit, to a page.
func (p ListPlan) Page(rows []Head) Page[Head] {
	if p.Sort == SortRelevance {
		return Page[Head]{Items: rows[:min(len(rows), p.Limit)]}
	}
	return cut(rows, p.Limit, func(last Head) any {
		return ListMark{p.Sort, last.UpdatedAt.UnixMicro(), last.Namespace, last.Name}
	})
}

// AuditFilter selects audit rows. Every field that is set must match exactly.
type AuditFilter struct {
	PageRequest
	Namespace string
	Name      string
	Principal string
	Action    string
	Since     time.Time // at that time or later
	Until     time.Time // before that time
}

// AuditMark is a place in the audit trail.
type AuditMark struct {
	At int64 `json:"a"` // microseconds since 1970
	ID int64 `json:"i"`
}

// AuditPlan is an AuditFilter that was checked, with its cursor read.
type AuditPlan struct {
	AuditFilter
	After *AuditMark
}

// Plan checks the filter for an engine. Errors: ErrInvalid, ErrBadCursor.
func (f AuditFilter) Plan() (AuditPlan, error) {
	limit, err := f.size()
	if err != nil {
		return AuditPlan{}, err
	}
	if err := checkTexts(MaxPrincipal, text{"namespace", f.Namespace}, text{"name", f.Name},
		text{"principal", f.Principal}, text{"action", f.Action}); err != nil {
		return AuditPlan{}, err
	}
	if err := checkTimes(f.Since, f.Until); err != nil {
		return AuditPlan{}, err
	}
	plan := AuditPlan{AuditFilter: f}
	plan.Limit = limit
	if f.Cursor == "" {
		return plan, nil
	}
	plan.After = &AuditMark{}
	if err := decodeCursor(f.Cursor, plan.After); err != nil {
		return AuditPlan{}, err
	}
	if !validMicro(plan.After.At) {
		return AuditPlan{}, ErrBadCursor
	}
	return plan, nil
}

// Page cuts rows, of which an engine reads one more than the limit, to a page.
func (p AuditPlan) Page(rows []AuditEvent) Page[AuditEvent] {
	return cut(rows, p.Limit, func(last AuditEvent) any {
		return AuditMark{last.At.UnixMicro(), last.ID}
	})
}

// HistoryMark is a place in a card's history.
type HistoryMark struct {
	Number int64 `json:"r"`
}

// HistoryPlan is a checked request for a page of a card's history.
type HistoryPlan struct {
	Limit  int
	Before int64 // revisions with smaller numbers
}

// History checks the request for an engine. Errors: ErrInvalid, ErrBadCursor.
func (p PageRequest) History() (HistoryPlan, error) {
	limit, err := p.size()
	if err != nil {
		return HistoryPlan{}, err
	}
	mark := HistoryMark{Number: 1<<63 - 1}
	if p.Cursor != "" {
		if err := decodeCursor(p.Cursor, &mark); err != nil {
			return HistoryPlan{}, err
		}
	}
	return HistoryPlan{Limit: limit, Before: mark.Number}, nil
}

// Page cuts rows, of which an engine reads one more than the limit, to a page.
func (p HistoryPlan) Page(rows []RevisionInfo) Page[RevisionInfo] {
	return cut(rows, p.Limit, func(last RevisionInfo) any { return HistoryMark{last.Number} })
}

// size returns the limit to use.
func (p PageRequest) size() (int, error) {
	if p.Limit < 0 || p.Limit > MaxLimit {
		return 0, fmt.Errorf("%w: limit is not 1 to %d", ErrInvalid, MaxLimit)
	}
	if p.Limit == 0 {
		return DefaultLimit, nil
	}
	return p.Limit, nil
}

// cut makes a page of at most limit rows; there is a next one if rows has more.
func cut[T any](rows []T, limit int, mark func(last T) any) Page[T] {
	if len(rows) <= limit {
		return Page[T]{Items: rows}
	}
	rows = rows[:limit]
	return Page[T]{Items: rows, Next: encodeCursor(mark(rows[limit-1]))}
}
