package storetest

import (
	"context"
	"testing"

	"github.com/terragonlabs/modelcard-generator/internal/store"
)

var scopeCases = map[string]func(*testing.T, *room){
	"a foreign card is an absent one":  foreignReads,
	"foreign writes are forbidden":     foreignWrites,
	"lists keep to the scope":          scopedLists,
	"the zero scope sees nothing":      zeroScope,
	"case matters":                     caseMatters,
	"the audit trail keeps to a scope": scopedAudit,
}

// foreign is a card that bound callers of these cases may not see.
var foreign = store.ID{Namespace: "other", Name: "m"}

// bound are scopes without the namespace "other".
var bound = map[string]store.Scope{
	"zero": {}, "none": store.Namespaces(), "empty name": store.Namespaces(""),
	"one": store.Namespaces("acme"), "prefix": store.Namespaces("othe", "others"), "pattern": store.Namespaces("*", "%", "oth_r"),
	"case": store.Namespaces("Other"), "joined": store.Namespaces("acme,other", "other/m"),
}

func foreignReads(t *testing.T, r *room) {
	r.create(t, foreign, draft("one"))
	for name, scope := range bound {
		_, err := r.Head(r.ctx, scope, foreign)
		wantErr(t, name+": Head", err, store.ErrNotFound)
		_, err = r.Revision(r.ctx, scope, foreign, 1)
		wantErr(t, name+": Revision", err, store.ErrNotFound)
		_, err = r.Revisions(r.ctx, scope, foreign, store.PageRequest{})
		wantErr(t, name+": Revisions", err, store.ErrNotFound)
	}
	// The control: the card is there for those who may see it.
	must(r.Head(r.ctx, store.Namespaces("acme", "other"), foreign))(t)
}

func foreignWrites(t *testing.T, r *room) {
	r.create(t, foreign, draft("one"))
	deleted := store.ID{Namespace: "other", Name: "deleted"}
	r.create(t, deleted, draft("one"))
	r.delete(t, deleted)
	absent := store.ID{Namespace: "other", Name: "absent"}
	for name, scope := range bound {
		err := r.Update(r.ctx, scope, func(ctx context.Context, tx store.Tx) error {
			for _, id := range []store.ID{foreign, deleted, absent} {
				_, err := tx.Lock(ctx, id)
				wantErr(t, name+": Lock", err, store.ErrForbidden)
				_, err = tx.CreateCard(ctx, id, draft("two"))
				wantErr(t, name+": CreateCard", err, store.ErrForbidden)
				_, err = tx.AppendRevision(ctx, id, draft("two"))
				wantErr(t, name+": AppendRevision", err, store.ErrForbidden)
				wantErr(t, name+": Delete", tx.Delete(ctx, id), store.ErrForbidden)
				wantErr(t, name+": Restore", tx.Restore(ctx, id), store.ErrForbidden)
			}
			event := store.AuditEvent{Principal: "eve", Action: "a", Namespace: "other"}
			wantErr(t, name+": AppendAudit", tx.AppendAudit(ctx, event), store.ErrForbidden)
			event.Namespace = ""
			wantErr(t, name+": AppendAudit of the service", tx.AppendAudit(ctx, event), store.ErrForbidden)
			_, err := tx.PurgeIdempotency(ctx, 1)
			wantErr(t, name+": PurgeIdempotency", err, store.ErrForbidden)
			return nil
		})
		if err != nil {
			t.Errorf("%s: Update: %v", name, err)
		}
	}
	head := must(r.Head(r.ctx, everywhere, foreign))(t)
	wantEqual(t, "revision", head.Revision, 1)
	wantEqual(t, "deleted", r.names(t, store.Filter{Deleted: true}), []string{"other/deleted"})
}

func scopedLists(t *testing.T, r *room) {
	d := draft("one")
	d.Labels = store.Labels{Title: "word", License: "mit", Task: "t", Library: "l", Tags: []string{"x"}}
	for _, namespace := range []string{"acme", "other", "third"} {
		r.create(t, store.ID{Namespace: namespace, Name: "m"}, d)
	}
	filters := []store.Filter{
		{}, {Query: "word"}, {Query: "word", Sort: store.SortRelevance}, {Sort: store.SortName},
		{Tags: []string{"x"}}, {License: "mit"}, {Task: "t"}, {Library: "l"},
	}
	for _, filter := range filters {
		page := must(r.List(r.ctx, store.Namespaces("third", "acme", "absent"), filter))(t)
		seen := map[string]bool{}
		for _, head := range page.Items {
			seen[head.Namespace] = true
		}
		wantEqual(t, "namespaces", seen, map[string]bool{"acme": true, "third": true})
	}
	page := must(r.List(r.ctx, store.Namespaces("acme"), store.Filter{Namespace: "other"}))(t)
	wantEqual(t, "foreign namespace", len(page.Items), 0)
	for name, scope := range bound {
		page := must(r.List(r.ctx, scope, store.Filter{Namespace: "other"}))(t)
		wantEqual(t, name, len(page.Items), 0)
	}
}

func zeroScope(t *testing.T, r *room) {
	r.create(t, id("m"), draft("one"))
	r.update(t, func(ctx context.Context, tx store.Tx) error {
		return tx.AppendAudit(ctx, store.AuditEvent{Principal: "p", Action: "a", Namespace: "acme"})
	})
	var none store.Scope
	_, err := r.Head(r.ctx, none, id("m"))
	wantErr(t, "Head", err, store.ErrNotFound)
	wantEqual(t, "cards", len(must(r.List(r.ctx, none, store.Filter{}))(t).Items), 0)
	wantEqual(t, "audit rows", len(must(r.Audit(r.ctx, none, store.AuditFilter{}))(t).Items), 0)
}

// caseMatters: a collation that folds case once let one tenant read another's
// data elsewhere.
func caseMatters(t *testing.T, r *room) {
	d := draft("one")
	d.License, d.Task, d.Library, d.Tags = "MIT", "Task", "Lib", []string{"NLP"}
	ids := []store.ID{{Namespace: "acme", Name: "m"}, {Namespace: "Acme", Name: "m"}, {Namespace: "acme", Name: "M"}}
	for _, id := range ids {
		r.create(t, id, d)
	}
	_, err := r.Head(r.ctx, store.Namespaces("acme"), ids[1])
	wantErr(t, "Head", err, store.ErrNotFound)
	wantEqual(t, "namespace", r.names(t, store.Filter{Namespace: "Acme"}), []string{"Acme/m"})
	page := must(r.List(r.ctx, store.Namespaces("Acme"), store.Filter{}))(t)
	wantEqual(t, "scope", len(page.Items), 1)
	for _, filter := range []store.Filter{{License: "mit"}, {Task: "task"}, {Library: "lib"}, {Tags: []string{"nlp"}}} {
		wantEqual(t, "labels in another case", r.names(t, filter), []string{})
	}
	for _, filter := range []store.Filter{{License: "MIT"}, {Task: "Task"}, {Library: "Lib"}, {Tags: []string{"NLP"}}} {
		wantEqual(t, "labels", len(r.names(t, filter)), 3)
	}
}

func scopedAudit(t *testing.T, r *room) {
	r.update(t, func(ctx context.Context, tx store.Tx) error {
		for _, namespace := range []string{"acme", "other", ""} {
			event := store.AuditEvent{Principal: "p", Action: "a", Namespace: namespace}
			if err := tx.AppendAudit(ctx, event); err != nil {
				return err
			}
		}
		return nil
	})
	wantEqual(t, "all", len(must(r.Audit(r.ctx, everywhere, store.AuditFilter{}))(t).Items), 3)
	for name, scope := range bound {
		for _, event := range must(r.Audit(r.ctx, scope, store.AuditFilter{}))(t).Items {
			if event.Namespace != "acme" || !scope.Allows("acme") {
				t.Errorf("%s sees a row of %q", name, event.Namespace)
			}
		}
		wantEqual(t, name, len(must(r.Audit(r.ctx, scope, store.AuditFilter{Namespace: "other"}))(t).Items), 0)
	}
	wantEqual(t, "acme", len(must(r.Audit(r.ctx, store.Namespaces("acme"), store.AuditFilter{}))(t).Items), 1)
}
