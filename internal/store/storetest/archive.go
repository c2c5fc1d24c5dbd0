package storetest

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/terragonlabs/modelcard-generator/internal/store"
)

var archiveCases = map[string]func(*testing.T, *room){
	"what goes out comes in":             archiveRoundTrip,
	"an imported store goes on":          archiveGoesOn,
	"imported cards are found":           archiveFound,
	"an export is one snapshot":          archiveSnapshot,
	"an empty store":                     archiveEmpty,
	"all rows or none":                   archiveAtomic,
	"a store with content is left alone": archiveConflict,
	"rows out of order are refused":      archiveOrder,
	"errors of the caller come back":     archiveErrors,
	"a bound scope is refused":           archiveScope,
}

// fill gives the store one of everything.
func (r *room) fill(t *testing.T) {
	t.Helper()
	rich := draft("sha256:rich")
	rich.Labels = store.Labels{Title: "Größtes 🤖", License: "mit", Task: "t", Library: "l", Tags: []string{"z", "a", "日本語"}}
	rich.Source, rich.Canonical, rich.Text = []byte("\xff\x00\r\n"), []byte{}, "words of the body"
	r.create(t, id("b"), draft("one"))
	r.append(t, id("b"), draft("two"))
	r.append(t, id("b"), rich)
	r.create(t, store.ID{Namespace: "Zoo", Name: "upper"}, draft("u"))
	r.create(t, id("B"), draft("gone"))
	r.update(t, func(ctx context.Context, tx store.Tx) error { return tx.Delete(ctx, id("B")) })
	r.audit(t,
		store.AuditEvent{Principal: "alice", Action: "card.create", Namespace: "acme", Name: "b", Revision: 1, Reason: "why"},
		store.AuditEvent{Principal: "root", Action: "key.create", Object: "k", Address: "2001:db8::1"})
	expires := r.clock.Peek().Add(time.Hour)
	key := apiKey("k")
	key.ExpiresAt = &expires
	r.createKey(t, key)
	r.createKey(t, apiKey("gone"))
	r.update(t, func(ctx context.Context, tx store.Tx) error {
		return errors.Join(tx.TouchKey(ctx, "k", r.clock.Peek()), tx.RevokeKey(ctx, "gone"))
	})
	once := store.IdempotencyKey{Principal: "alice", Route: "POST /v1/cards", Key: "k1"}
	err := r.UpdateOnce(r.ctx, everywhere, once, func(ctx context.Context, tx store.Tx) error {
		return tx.Record(ctx, store.IdempotencyRecord{RequestHash: "h", Status: 201, Response: []byte("\x00answer")})
	})
	if err != nil {
		t.Fatal(err)
	}
}

// export reads everything.
func export(t *testing.T, r *room, from store.Store) []store.Entry {
	t.Helper()
	rows := []store.Entry{}
	err := from.Export(r.ctx, everywhere, func(e store.Entry) error {
		rows = append(rows, e)
		return nil
	})
	if err != nil {
		t.Fatalf("Export: %v", err)
	}
	return rows
}

// other is a second, empty store.
func (r *room) other(t *testing.T) store.Store {
	t.Helper()
	return r.fresh(t, true)(t, r.clock.Now)
}

// load imports rows.
func load(r *room, into store.Store, rows []store.Entry) error {
	return into.Import(r.ctx, everywhere, func(_ context.Context, put func(store.Entry) error) error {
		for _, row := range rows {
			if err := put(row); err != nil {
				return err
			}
		}
		return nil
	})
}

func archiveRoundTrip(t *testing.T, r *room) {
	r.fill(t)
	rows := export(t, r, r.Store)
	var kinds []string
	for _, row := range rows {
		switch e := row.(type) {
		case store.Head:
			kinds = append(kinds, e.String())
		case store.ArchivedRevision:
			kinds = append(kinds, e.Digest)
		case store.AuditEvent:
			kinds = append(kinds, e.Action)
		case store.APIKey:
			kinds = append(kinds, "key "+e.ID)
		case store.ArchivedAnswer:
			kinds = append(kinds, string(e.Response))
		}
	}
	wantEqual(t, "order", kinds, []string{
		"Zoo/upper", "u", "acme/B", "gone", "acme/b", "one", "two", "sha256:rich",
		"card.create", "key.create", "key gone", "key k", "\x00answer",
	})
	head := must(r.Head(r.ctx, everywhere, id("b")))(t)
	wantEqual(t, "card", rows[4].(store.Head), head)
	into := r.other(t)
	if err := load(r, into, rows); err != nil {
		t.Fatalf("Import: %v", err)
	}
	wantEqual(t, "imported", export(t, r, into), rows)
	wantEqual(t, "revision", must(into.Revision(r.ctx, everywhere, id("b"), 0))(t), rows[7].(store.ArchivedRevision).Revision)
	wantEqual(t, "key", must(into.Key(r.ctx, everywhere, "gone"))(t), must(r.Key(r.ctx, everywhere, "gone"))(t))
}

func archiveGoesOn(t *testing.T, r *room) {
	r.fill(t)
	into := r.other(t)
	if err := load(r, into, export(t, r, r.Store)); err != nil {
		t.Fatal(err)
	}
	next := &room{Store: into, clock: r.clock, ctx: r.ctx}
	if made := next.append(t, id("b"), draft("next")); made.Number != 4 {
		t.Errorf("the next revision is %d, want 4", made.Number)
	}
	if made := next.append(t, id("B"), draft("back")); made.Number != 2 {
		t.Errorf("the next revision of a deleted card is %d, want 2", made.Number)
	}
	next.create(t, id("new"), draft("new"))
	next.audit(t, store.AuditEvent{Principal: "p", Action: "next"})
	wantEqual(t, "audit", next.actions(t, store.AuditFilter{}), "next key.create card.create")
	once := store.IdempotencyKey{Principal: "alice", Route: "POST /v1/cards", Key: "k1"}
	err := into.UpdateOnce(r.ctx, everywhere, once, func(ctx context.Context, tx store.Tx) error {
		_, err := tx.Recorded(ctx)
		return err
	})
	wantErr(t, "the recorded answer", err, nil)
}

func archiveFound(t *testing.T, r *room) {
	r.fill(t)
	rows := export(t, r, r.Store)
	for i, row := range rows {
		if revision, ok := row.(store.ArchivedRevision); ok {
			revision.Text = "restored words of " + revision.Digest
			rows[i] = revision
		}
	}
	into := r.other(t)
	if err := load(r, into, rows); err != nil {
		t.Fatal(err)
	}
	next := &room{Store: into, clock: r.clock, ctx: r.ctx}
	for _, c := range []struct {
		filter store.Filter
		want   []string
	}{
		{store.Filter{Query: "restored rich"}, []string{"acme/b"}},
		{store.Filter{Query: "two"}, []string{}}, // an older revision
		{store.Filter{Query: "größtes mit 日本語"}, []string{"acme/b"}},
		{store.Filter{Tags: []string{"日本語"}}, []string{"acme/b"}},
		{store.Filter{Query: "restored"}, []string{"Zoo/upper", "acme/b"}},
	} {
		got := next.names(t, c.filter)
		slices.Sort(got)
		wantEqual(t, "found", got, c.want)
	}
}

func archiveSnapshot(t *testing.T, r *room) {
	r.create(t, id("a"), draft("a"))
	r.create(t, id("m"), draft("m"))
	var seen []string
	err := r.Export(r.ctx, everywhere, func(e store.Entry) error {
		if head, ok := e.(store.Head); ok {
			seen = append(seen, head.String())
			if head.Name == "a" {
				r.create(t, id("z"), draft("z"))
				r.append(t, id("m"), draft("m2"))
				r.audit(t, store.AuditEvent{Principal: "p", Action: "late"})
			}
			if head.Revision != 1 {
				t.Errorf("%s is seen at revision %d", head.ID, head.Revision)
			}
		}
		if event, ok := e.(store.AuditEvent); ok {
			t.Errorf("a later audit row is seen: %+v", event)
		}
		return nil
	})
	wantErr(t, "Export", err, nil)
	wantEqual(t, "cards", seen, []string{"acme/a", "acme/m"})
	wantEqual(t, "cards now", len(r.names(t, store.Filter{})), 3)
}

func archiveEmpty(t *testing.T, r *room) {
	wantEqual(t, "rows", export(t, r, r.Store), []store.Entry{})
	wantErr(t, "Import of nothing", load(r, r.Store, nil), nil)
	r.fill(t) // and the counters stand where they stood
}

func archiveAtomic(t *testing.T, r *room) {
	r.fill(t)
	rows := export(t, r, r.Store)
	into := r.other(t)
	stop := errors.New("cut")
	for _, n := range []int{1, 3, len(rows)} {
		err := into.Import(r.ctx, everywhere, func(_ context.Context, put func(store.Entry) error) error {
			for _, row := range rows[:n] {
				if err := put(row); err != nil {
					return err
				}
			}
			return stop
		})
		wantErr(t, "Import", err, stop)
	}
	wantErr(t, "a card without its revisions", load(r, into, rows[:1]), store.ErrInvalid)
	twice := append(slices.Clone(rows), rows[len(rows)-1])
	if err := load(r, into, twice); err == nil {
		t.Error("a row that comes twice is taken")
	}
	wantEqual(t, "what is left", export(t, r, into), []store.Entry{})
	wantErr(t, "Import of all", load(r, into, rows), nil)
}

func archiveConflict(t *testing.T, r *room) {
	r.fill(t)
	rows := export(t, r, r.Store)
	wantErr(t, "Import over cards", load(r, r.Store, rows), store.ErrConflict)
	wantErr(t, "Import of nothing over cards", load(r, r.Store, nil), store.ErrConflict)
	wantEqual(t, "content", export(t, r, r.Store), rows)
	for name, row := range map[string]store.Entry{"audit": rows[8], "key": rows[10], "answer": rows[12]} {
		into := r.other(t)
		wantErr(t, name, load(r, into, []store.Entry{row}), nil)
		wantErr(t, "Import over "+name, load(r, into, rows), store.ErrConflict)
	}
}

func archiveOrder(t *testing.T, r *room) {
	r.fill(t)
	rows := export(t, r, r.Store)
	into := r.other(t)
	upper, b := rows[:2], rows[4:8]
	revision := b[1].(store.ArchivedRevision)
	foreign := revision
	foreign.ID = id("other")
	latest := b[3].(store.ArchivedRevision)
	latest.Digest = "sha256:another"
	nameless := upper[0].(store.Head)
	nameless.Name = ".."
	bad := apiKey("")
	undated := rows[8].(store.AuditEvent)
	undated.At = time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, wrong := range map[string][]store.Entry{
		"revision first":      {b[1]},
		"revision left out":   {b[0], b[1], b[3]},
		"revision missing":    {b[0], b[1], upper[0], upper[1]},
		"end missing":         {b[0], b[1], b[2]},
		"revision again":      {b[0], b[1], b[1]},
		"one too many":        {upper[0], upper[1], upper[1]},
		"foreign revision":    {b[0], foreign},
		"another digest":      {b[0], b[1], b[2], latest},
		"malformed card":      {nameless},
		"malformed key":       {bad},
		"audit rows backward": {rows[9], rows[8]},
		"impossible time":     {undated},
		"nothing":             {nil},
	} {
		wantErr(t, name, load(r, into, wrong), store.ErrInvalid)
	}
	wantEqual(t, "what is left", export(t, r, into), []store.Entry{})
}

func archiveErrors(t *testing.T, r *room) {
	r.fill(t)
	stop := errors.New("disk full")
	count := 0
	err := r.Export(r.ctx, everywhere, func(store.Entry) error {
		if count++; count == 3 {
			return stop
		}
		return nil
	})
	if err != stop || count != 3 { //nolint:errorlint // as it is
		t.Errorf("Export: %v after %d rows", err, count)
	}
	cancelled, cancel := context.WithCancel(r.ctx)
	cancel()
	err = r.Export(cancelled, everywhere, func(store.Entry) error { return nil })
	wantErr(t, "Export of one who left", err, context.Canceled)
	r.update(t, func(ctx context.Context, _ store.Tx) error {
		wantErr(t, "Export inside an update", r.Export(ctx, everywhere, nil), store.ErrNestedUpdate)
		wantErr(t, "Import inside an update", r.Import(ctx, everywhere, nil), store.ErrNestedUpdate)
		return nil
	})
}

func archiveScope(t *testing.T, r *room) {
	for _, scope := range []store.Scope{store.Namespaces("acme"), {}} {
		wantErr(t, "Export", r.Export(r.ctx, scope, nil), store.ErrForbidden)
		wantErr(t, "Import", r.Import(r.ctx, scope, nil), store.ErrForbidden)
	}
}
