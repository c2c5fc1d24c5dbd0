package portal

import (
	"net/http"
	"net/url"
	"time"

	"github.com/terragonlabs/modelcard-generator/internal/store"
)

// audited is how many events a page of the audit trail has.
const audited = 50

type auditPage struct {
	Filter      store.AuditFilter
	From, Until string // days, as the form has them
	Items       []auditLine
	Next, First string
	Narrowed    bool
	Actions     []string
}

type auditLine struct {
	store.AuditEvent
	Card       string // address of the card, "" for what is about none
	ByWhom     string // address of what else this principal did
	WithAction string
}

// actions are what the form proposes; a trail may have others.
var actions = [...]string{"card.create", "card.revise", "card.delete", "card.restore", "key.create", "key.revoke"}

// Audit is the page of who did what, newest first.
func (p *Portal) Audit(w http.ResponseWriter, r *http.Request, v Visitor) error {
	q := r.URL.Query()
	filter, err := auditFilterOf(q)
	if err != nil {
		return err
	}
	list, err := p.o.Store.Audit(r.Context(), v.Scope, filter)
	if err != nil {
		return err
	}
	page := auditPage{Filter: filter, From: q.Get("from"), Until: q.Get("until"), Actions: actions[:]}
	bare := filter
	bare.PageRequest = store.PageRequest{}
	page.Narrowed = bare != store.AuditFilter{}
	for _, event := range list.Items {
		page.Items = append(page.Items, auditLineOf(event, q))
	}
	if list.Next != "" {
		page.Next = addressOf("/audit", q, "cursor", list.Next)
	}
	if filter.Cursor != "" {
		page.First = addressOf("/audit", q, "cursor", "")
	}
	w.Header().Set("Cache-Control", "no-store")
	return p.write(w, r, v, http.StatusOK, "audit.html", "Audit trail", page)
}

func auditLineOf(event store.AuditEvent, q url.Values) auditLine {
	bare := clone(q)
	bare.Del("cursor")
	line := auditLine{
		AuditEvent: event, ByWhom: addressOf("/audit", bare, "principal", event.Principal), WithAction: addressOf("/audit", bare, "action", event.Action),
	}
	if event.Name != "" {
		line.Card = pageURL(store.ID{Namespace: event.Namespace, Name: event.Name}, "")
	}
	return line
}

// auditFilterOf reads the form. A day ends where the next one begins, in UTC.
func auditFilterOf(q url.Values) (store.AuditFilter, error) {
	f := store.AuditFilter{
		PageRequest: store.PageRequest{Limit: audited, Cursor: q.Get("cursor")},
		Namespace:   q.Get("namespace"), Name: q.Get("name"), Principal: q.Get("principal"), Action: q.Get("action"),
	}
	var err error
	if f.Since, err = dayOf(q.Get("from")); err != nil {
		return f, err
	}
	if f.Until, err = dayOf(q.Get("until")); err == nil && !f.Until.IsZero() {
		f.Until = f.Until.AddDate(0, 0, 1)
	}
	return f, err
}

// dayOf is the beginning of a day in UTC, zero for none.
func dayOf(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return time.Time{}, store.ErrInvalid
	}
	return day, nil
}
