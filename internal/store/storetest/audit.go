package storetest

import (
	"context"
	"strings"
	"testing"

	"github.com/terragonlabs/modelcard-generator/internal/store"
)

var auditCases = map[string]func(*testing.T, *room){
	"reads back what was written":   auditReadBack,
	"filters":                       auditFilters,
	"pages newest first":            auditPages,
	"malformed events and filters":  auditMalformed,
	"rows of one moment are paged":  auditOneMoment,
	"the caller's id and time lose": auditOwnFields,
}

// audit appends events.
func (r *room) audit(t *testing.T, events ...store.AuditEvent) {
	t.Helper()
	for _, event := range events {
		r.update(t, func(ctx context.Context, tx store.Tx) error { return tx.AppendAudit(ctx, event) })
	}
}

// actions lists the actions of a filter's rows, page by page.
func (r *room) actions(t *testing.T, filter store.AuditFilter) string {
	t.Helper()
	var actions []string
	for {
		page := must(r.Audit(r.ctx, everywhere, filter))(t)
		for _, event := range page.Items {
			actions = append(actions, event.Action)
		}
		if filter.Cursor = page.Next; page.Next == "" {
			return strings.Join(actions, " ")
		}
	}
}

func auditReadBack(t *testing.T, r *room) {
	want := store.AuditEvent{
		Principal: "alice", Action: "card.create", Namespace: "acme", Name: "m", Object: "o",
		Revision: 3, RequestID: "req", Reason: "because 🤖", Address: "2001:db8::1",
	}
	r.audit(t, want)
	page := must(r.Audit(r.ctx, everywhere, store.AuditFilter{}))(t)
	if len(page.Items) != 1 || page.Items[0].ID == 0 {
		t.Fatalf("rows: %+v", page.Items)
	}
	want.ID, want.At = page.Items[0].ID, r.clock.Peek()
	wantEqual(t, "row", page.Items[0], want)
}

func auditOwnFields(t *testing.T, r *room) {
	r.audit(t, store.AuditEvent{ID: 77, At: r.clock.Peek().AddDate(-1, 0, 0), Principal: "p", Action: "a"})
	event := must(r.Audit(r.ctx, everywhere, store.AuditFilter{}))(t).Items[0]
	if event.ID == 77 || !event.At.Equal(r.clock.Peek()) {
		t.Errorf("row: %+v", event)
	}
}

func auditFilters(t *testing.T, r *room) {
	r.audit(t,
		store.AuditEvent{Principal: "alice", Action: "create", Namespace: "acme", Name: "m"},
		store.AuditEvent{Principal: "bob", Action: "delete", Namespace: "acme", Name: "m"},
		store.AuditEvent{Principal: "bob", Action: "restore", Namespace: "Acme", Name: "m"},
	)
	middle := r.clock.Peek()
	r.audit(t, store.AuditEvent{Principal: "root", Action: "key", Object: "key-1"})
	cases := map[string]struct {
		filter store.AuditFilter
		want   string
	}{
		"none":           {store.AuditFilter{}, "key restore delete create"},
		"namespace":      {store.AuditFilter{Namespace: "acme"}, "delete create"},
		"name":           {store.AuditFilter{Name: "m"}, "restore delete create"},
		"card":           {store.AuditFilter{Namespace: "acme", Name: "M"}, ""},
		"principal":      {store.AuditFilter{Principal: "bob"}, "restore delete"},
		"principal case": {store.AuditFilter{Principal: "Bob"}, ""},
		"action":         {store.AuditFilter{Action: "key"}, "key"},
		"since":          {store.AuditFilter{Since: middle}, "key restore"},
		"until":          {store.AuditFilter{Until: middle}, "delete create"},
		"together":       {store.AuditFilter{Principal: "bob", Namespace: "acme", Until: middle}, "delete"},
	}
	for name, c := range cases {
		wantEqual(t, name, r.actions(t, c.filter), c.want)
	}
}

func auditPages(t *testing.T, r *room) {
	for _, action := range numbered("a", 7) {
		r.audit(t, store.AuditEvent{Principal: "p", Action: action})
	}
	filter := store.AuditFilter{PageRequest: store.PageRequest{Limit: 3}}
	first := must(r.Audit(r.ctx, everywhere, filter))(t)
	r.audit(t, store.AuditEvent{Principal: "p", Action: "new"}) // doesn't get into pages that follow
	filter.Cursor = first.Next
	wantEqual(t, "rest", r.actions(t, filter), "a-03 a-02 a-01 a-00")
}

func auditOneMoment(t *testing.T, r *room) {
	r.clock.Set(r.clock.Peek(), 0)
	for _, action := range numbered("a", 5) {
		r.audit(t, store.AuditEvent{Principal: "p", Action: action})
	}
	filter := store.AuditFilter{PageRequest: store.PageRequest{Limit: 2}}
	wantEqual(t, "rows", r.actions(t, filter), "a-04 a-03 a-02 a-01 a-00")
}

func auditMalformed(t *testing.T, r *room) {
	for name, event := range map[string]store.AuditEvent{
		"no action":    {Principal: "p"},
		"no principal": {Action: "a"},
		"NUL":          {Principal: "p", Action: "a", Reason: "\x00"},
		"not UTF-8":    {Principal: "\xff", Action: "a"},
		"long":         {Principal: "p", Action: strings.Repeat("a", store.MaxLabel+1)},
	} {
		err := r.Update(r.ctx, everywhere, func(ctx context.Context, tx store.Tx) error {
			return tx.AppendAudit(ctx, event)
		})
		wantErr(t, name, err, store.ErrInvalid)
	}
	for _, filter := range []store.AuditFilter{{Namespace: "\x00"}, {Name: "\xff"}, {Principal: "\x00"}, {Action: "\x00"}} {
		_, err := r.Audit(r.ctx, everywhere, filter)
		wantErr(t, "filter", err, store.ErrInvalid)
	}
}
