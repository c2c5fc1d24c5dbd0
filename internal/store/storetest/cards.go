package storetest

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"github.com/terragonlabs/modelcard-generator/internal/store"
)

var cardCases = map[string]func(*testing.T, *room){
	"reads back what was written":          readBack,
	"source is kept byte for byte":         sourceBytes,
	"revisions count and stay":             revisionsCount,
	"old digest again is a new revision":   digestAgain,
	"history pages newest first":           historyPages,
	"deleted card keeps its number":        deletedKeepsNumber,
	"restore":                              restoreCard,
	"absent cards":                         absentCards,
	"creating twice conflicts":             createTwice,
	"malformed values are refused":         malformedValues,
	"long values and many tags are stored": longValues,
}

func readBack(t *testing.T, r *room) {
	first := draft("sha256:one")
	first.Labels = store.Labels{
		Title: "Größtes Modell 🤖", License: "apache-2.0", Task: "text-classification",
		Library: "transformers", Tags: []string{"z", "a", "z", "日本語"},
	}
	first.Reason, first.RequestID = "first", "req-1"
	made := r.create(t, id("m"), first)
	at := r.clock.Peek()

	wantRevision := store.Revision{
		RevisionInfo: store.RevisionInfo{
			ID: id("m"), Number: 1, Digest: "sha256:one", SourceType: "application/yaml",
			Author: "alice", Reason: "first", RequestID: "req-1", CreatedAt: at,
		},
		Canonical: first.Canonical, Source: first.Source,
	}
	wantEqual(t, "made", made, wantRevision)
	wantEqual(t, "Revision", must(r.Revision(r.ctx, everywhere, id("m"), 0))(t), wantRevision)

	wantHead := store.Head{
		ID: id("m"), Labels: first.Labels, Revision: 1, Digest: "sha256:one", Owner: "alice",
		CreatedAt: at, UpdatedAt: at,
	}
	wantHead.Tags = []string{"z", "a", "日本語"}
	head := must(r.Head(r.ctx, everywhere, id("m")))(t)
	wantEqual(t, "Head", head, wantHead)
	if head.CreatedAt.Location() != time.UTC {
		t.Errorf("CreatedAt is in %v, want UTC", head.CreatedAt.Location())
	}

	second := draft("sha256:two")
	second.Author = "bob"
	r.append(t, id("m"), second)
	wantHead.Labels, wantHead.Revision, wantHead.Digest = second.Labels, 2, "sha256:two"
	wantHead.UpdatedAt = r.clock.Peek()
	wantEqual(t, "Head of revision 2", must(r.Head(r.ctx, everywhere, id("m")))(t), wantHead)
}

func sourceBytes(t *testing.T, r *room) {
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	for i, source := range [][]byte{every, {}, nil, bytes.Repeat([]byte("x"), 3<<20), []byte("\xff\r\n\x00")} {
		d := draft("d")
		d.Source, d.Canonical = source, source
		name := id(numbered("m", 10)[i])
		r.create(t, name, d)
		got := must(r.Revision(r.ctx, everywhere, name, 1))(t)
		if !bytes.Equal(got.Source, source) || !bytes.Equal(got.Canonical, source) || got.Source == nil || got.Canonical == nil {
			t.Errorf("%d bytes became %d and %d other ones", len(source), len(got.Source), len(got.Canonical))
		}
	}
}

func revisionsCount(t *testing.T, r *room) {
	r.create(t, id("m"), draft("one"))
	for i, digest := range []string{"two", "three"} {
		if made := r.append(t, id("m"), draft(digest)); made.Number != int64(i+2) {
			t.Errorf("revision is numbered %d, want %d", made.Number, i+2)
		}
	}
	for i, digest := range []string{"one", "two", "three"} {
		got := must(r.Revision(r.ctx, everywhere, id("m"), int64(i+1)))(t)
		wantEqual(t, "digest", got.Digest, digest)
		wantEqual(t, "source", string(got.Source), string(draft(digest).Source))
	}
	for _, number := range []int64{4, -1, 1 << 62} {
		_, err := r.Revision(r.ctx, everywhere, id("m"), number)
		wantErr(t, "absent revision", err, store.ErrNotFound)
	}
}

func digestAgain(t *testing.T, r *room) {
	r.create(t, id("m"), draft("A"))
	r.append(t, id("m"), draft("B"))
	r.append(t, id("m"), draft("A"))
	head := must(r.Head(r.ctx, everywhere, id("m")))(t)
	wantEqual(t, "revision", head.Revision, 3)
	wantEqual(t, "digest", head.Digest, "A")
}

func historyPages(t *testing.T, r *room) {
	r.create(t, id("m"), draft("1"))
	r.create(t, id("other"), draft("1"))
	for range 6 {
		r.append(t, id("m"), draft("n"))
	}
	var got []int64
	page := store.PageRequest{Limit: 3}
	for {
		found := must(r.Revisions(r.ctx, everywhere, id("m"), page))(t)
		for _, info := range found.Items {
			got = append(got, info.Number)
		}
		r.append(t, id("m"), draft("new")) // never gets into pages that follow
		if page.Cursor = found.Next; found.Next == "" {
			break
		}
	}
	wantEqual(t, "numbers", got, []int64{7, 6, 5, 4, 3, 2, 1})
	for _, limit := range []int{-1, store.MaxLimit + 1} {
		_, err := r.Revisions(r.ctx, everywhere, id("m"), store.PageRequest{Limit: limit})
		wantErr(t, "limit", err, store.ErrInvalid)
	}
	_, err := r.Revisions(r.ctx, everywhere, id("m"), store.PageRequest{Cursor: "garbled"})
	wantErr(t, "cursor", err, store.ErrBadCursor)
}

func deletedKeepsNumber(t *testing.T, r *room) {
	r.create(t, id("m"), draft("one"))
	r.delete(t, id("m"))
	deletedAt := r.clock.Peek()

	_, err := r.Head(r.ctx, everywhere, id("m"))
	wantErr(t, "Head", err, store.ErrNotFound)
	_, err = r.Revision(r.ctx, everywhere, id("m"), 1)
	wantErr(t, "Revision", err, store.ErrNotFound)
	_, err = r.Revisions(r.ctx, everywhere, id("m"), store.PageRequest{})
	wantErr(t, "Revisions", err, store.ErrNotFound)
	wantEqual(t, "visible", r.names(t, store.Filter{}), []string{})
	wantEqual(t, "deleted", r.names(t, store.Filter{Deleted: true}), []string{"acme/m"})
	wantErr(t, "Delete again", r.Update(r.ctx, everywhere, func(ctx context.Context, tx store.Tx) error {
		return tx.Delete(ctx, id("m"))
	}), store.ErrNotFound)

	r.update(t, func(ctx context.Context, tx store.Tx) error {
		head, err := tx.Lock(ctx, id("m"))
		if err == nil && (head.DeletedAt == nil || !head.DeletedAt.Equal(deletedAt)) {
			t.Errorf("Lock: deleted at %v, want %v", head.DeletedAt, deletedAt)
		}
		_, created := tx.CreateCard(ctx, id("m"), draft("two"))
		wantErr(t, "CreateCard", created, store.ErrConflict)
		return err
	})
	if made := r.append(t, id("m"), draft("two")); made.Number != 2 {
		t.Errorf("posted again as revision %d, want 2", made.Number)
	}
	head := must(r.Head(r.ctx, everywhere, id("m")))(t)
	if head.DeletedAt != nil || head.Revision != 2 {
		t.Errorf("posted again: %+v", head)
	}
}

func restoreCard(t *testing.T, r *room) {
	restore := func(ctx context.Context, tx store.Tx) error { return tx.Restore(ctx, id("m")) }
	wantErr(t, "Restore of nothing", r.Update(r.ctx, everywhere, restore), store.ErrNotFound)
	r.create(t, id("m"), draft("one"))
	before := must(r.Head(r.ctx, everywhere, id("m")))(t)
	r.update(t, restore)
	wantEqual(t, "visible card", must(r.Head(r.ctx, everywhere, id("m")))(t), before)
	r.delete(t, id("m"))
	r.update(t, restore)
	before.UpdatedAt = r.clock.Peek()
	wantEqual(t, "restored", must(r.Head(r.ctx, everywhere, id("m")))(t), before)
	wantEqual(t, "deleted", r.names(t, store.Filter{Deleted: true}), []string{})
}

func absentCards(t *testing.T, r *room) {
	malformed := store.ID{Namespace: "acme", Name: "a\x00b"}
	for _, absent := range []store.ID{id("m"), {}, malformed, {Namespace: "acme", Name: "\xff"}} {
		_, err := r.Head(r.ctx, everywhere, absent)
		wantErr(t, "Head", err, store.ErrNotFound)
		_, err = r.Revision(r.ctx, everywhere, absent, 0)
		wantErr(t, "Revision", err, store.ErrNotFound)
		_, err = r.Revisions(r.ctx, everywhere, absent, store.PageRequest{})
		wantErr(t, "Revisions", err, store.ErrNotFound)
	}
	r.update(t, func(ctx context.Context, tx store.Tx) error {
		_, err := tx.Lock(ctx, id("m"))
		wantErr(t, "Lock", err, store.ErrNotFound)
		_, err = tx.AppendRevision(ctx, id("m"), draft("d"))
		wantErr(t, "AppendRevision", err, store.ErrNotFound)
		wantErr(t, "Delete", tx.Delete(ctx, id("m")), store.ErrNotFound)
		return nil
	})
}

func createTwice(t *testing.T, r *room) {
	r.create(t, id("m"), draft("one"))
	err := r.Update(r.ctx, everywhere, func(ctx context.Context, tx store.Tx) error {
		_, err := tx.CreateCard(ctx, id("m"), draft("two"))
		return err
	})
	wantErr(t, "CreateCard", err, store.ErrConflict)
	wantEqual(t, "digest", must(r.Head(r.ctx, everywhere, id("m")))(t).Digest, "one")
}

func malformedValues(t *testing.T, r *room) {
	long := string(bytes.Repeat([]byte("x"), store.MaxNote+1))
	drafts := map[string]func(*store.Draft){
		"no digest":       func(d *store.Draft) { d.Digest = "" },
		"no author":       func(d *store.Draft) { d.Author = "" },
		"NUL in title":    func(d *store.Draft) { d.Title = "a\x00b" },
		"NUL in tag":      func(d *store.Draft) { d.Tags = []string{"a\x00b"} },
		"NUL in text":     func(d *store.Draft) { d.Text = "\x00" },
		"not UTF-8":       func(d *store.Draft) { d.License = "\xff" },
		"not UTF-8 text":  func(d *store.Draft) { d.Text = "\xc3" },
		"long task":       func(d *store.Draft) { d.Task = long },
		"long reason":     func(d *store.Draft) { d.Reason = long },
		"long tag":        func(d *store.Draft) { d.Tags = []string{long} },
		"too many tags":   func(d *store.Draft) { d.Tags = make([]string, store.MaxTags+1) },
		"long request id": func(d *store.Draft) { d.RequestID = long },
	}
	r.create(t, id("there"), draft("one"))
	r.update(t, func(ctx context.Context, tx store.Tx) error {
		for name, spoil := range drafts {
			d := draft("d")
			spoil(&d)
			_, err := tx.CreateCard(ctx, id("m"), d)
			wantErr(t, "CreateCard: "+name, err, store.ErrInvalid)
			_, err = tx.AppendRevision(ctx, id("there"), d)
			wantErr(t, "AppendRevision: "+name, err, store.ErrInvalid)
		}
		for _, name := range []string{"", "a/b", ".a", "-a", "a b", "é", "a\x00", "a%", string(bytes.Repeat([]byte("a"), 97))} {
			_, err := tx.CreateCard(ctx, id(name), draft("d"))
			wantErr(t, "id "+name, err, store.ErrInvalid)
		}
		return nil
	})
	wantEqual(t, "cards", r.names(t, store.Filter{}), []string{"acme/there"})
}

func longValues(t *testing.T, r *room) {
	fill := func(size int) string { return string(bytes.Repeat([]byte("é"), size/2)) }
	d := draft(fill(store.MaxLabel))
	d.Title, d.Author, d.Reason = fill(store.MaxTitle), fill(store.MaxPrincipal), fill(store.MaxNote)
	d.License, d.Task, d.Library = fill(store.MaxLabel), fill(store.MaxLabel), fill(store.MaxLabel)
	d.Text = string(bytes.Repeat([]byte("many words "), 100_000))
	d.Tags = nil
	for i := range store.MaxTags {
		d.Tags = append(d.Tags, fill(store.MaxLabel-4)+string(rune('一'+i)))
	}
	name := store.ID{Namespace: string(bytes.Repeat([]byte("a"), 96)), Name: string(bytes.Repeat([]byte("b"), 96))}
	r.create(t, name, d)
	wantEqual(t, "labels", must(r.Head(r.ctx, everywhere, name))(t).Labels, d.Labels)
	wantEqual(t, "by tag", len(r.names(t, store.Filter{Tags: d.Tags[:store.MaxFilter]})), 1)
}

// delete deletes a card.
func (r *room) delete(t *testing.T, id store.ID) {
	t.Helper()
	r.update(t, func(ctx context.Context, tx store.Tx) error { return tx.Delete(ctx, id) })
}

// errGivenUp is what closures return that want nothing kept.
var errGivenUp = errors.New("given up")
