package storetest

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/terragonlabs/modelcard-generator/internal/store"
)

var keyCases = map[string]func(*testing.T, *room){
	"reads back what was written":      keyReadBack,
	"of two keys with one id one wins": keyConflict,
	"revoked once and for good":        keyRevoke,
	"the latest use counts":            keyTouch,
	"pages newest first":               keyPages,
	"a bound scope has no keys":        keyScope,
	"malformed keys":                   keyMalformed,
	"with its audit row or not at all": keyAtomic,
}

// apiKey is a key that is told apart by its id.
func apiKey(id string) store.APIKey {
	return store.APIKey{
		ID: id, Name: "CI of " + id, Hash: []byte(strings.Repeat("h", store.KeyHashSize)),
		Roles: []string{"user", "readonly"}, Namespaces: []string{"acme/*"}, CreatedBy: "alice",
	}
}

func (r *room) createKey(t *testing.T, key store.APIKey) store.APIKey {
	t.Helper()
	var made store.APIKey
	r.update(t, func(ctx context.Context, tx store.Tx) (err error) {
		made, err = tx.CreateKey(ctx, key)
		return err
	})
	return made
}

func keyReadBack(t *testing.T, r *room) {
	expires := r.clock.Peek().Add(time.Hour).In(time.FixedZone("odd", 3600))
	want := apiKey("k")
	want.ExpiresAt = &expires
	made := r.createKey(t, want)
	cut := store.Time(expires)
	want.ExpiresAt, want.CreatedAt = &cut, r.clock.Peek()
	wantEqual(t, "made", made, want)
	wantEqual(t, "read", must(r.Key(r.ctx, everywhere, "k"))(t), want)
	bare := store.APIKey{ID: "bare", Hash: want.Hash, CreatedBy: "p"}
	r.createKey(t, bare)
	read := must(r.Key(r.ctx, everywhere, "bare"))(t)
	if read.Roles == nil || read.Namespaces == nil || read.ExpiresAt != nil || read.RevokedAt != nil || read.LastUsedAt != nil {
		t.Errorf("a bare key reads as %+v", read)
	}
	for _, id := range []string{"K", "", "absent", "\x00", "\xff", "' OR '1'='1"} {
		_, err := r.Key(r.ctx, everywhere, id)
		wantErr(t, "absent", err, store.ErrNotFound)
	}
}

func keyConflict(t *testing.T, r *room) {
	r.createKey(t, apiKey("k"))
	err := r.Update(r.ctx, everywhere, func(ctx context.Context, tx store.Tx) error {
		second := apiKey("k")
		second.CreatedBy = "eve"
		_, err := tx.CreateKey(ctx, second)
		return err
	})
	wantErr(t, "the second", err, store.ErrConflict)
	wantEqual(t, "maker", must(r.Key(r.ctx, everywhere, "k"))(t).CreatedBy, "alice")
}

func keyRevoke(t *testing.T, r *room) {
	r.createKey(t, apiKey("k"))
	revoke := func(id string) error {
		return r.Update(r.ctx, everywhere, func(ctx context.Context, tx store.Tx) error { return tx.RevokeKey(ctx, id) })
	}
	if err := revoke("k"); err != nil {
		t.Fatal(err)
	}
	at := r.clock.Peek()
	for _, id := range []string{"k", "absent", "\x00"} {
		wantErr(t, "again", revoke(id), store.ErrNotFound)
	}
	key := must(r.Key(r.ctx, everywhere, "k"))(t)
	if key.RevokedAt == nil || !key.RevokedAt.Equal(at) {
		t.Errorf("revoked at %v, want %v", key.RevokedAt, at)
	}
}

func keyTouch(t *testing.T, r *room) {
	r.createKey(t, apiKey("k"))
	touch := func(id string, used time.Time) error {
		return r.Update(r.ctx, everywhere, func(ctx context.Context, tx store.Tx) error { return tx.TouchKey(ctx, id, used) })
	}
	late := r.clock.Peek().Add(time.Minute)
	for _, used := range []time.Time{late.Add(-time.Second), late, late.Add(-time.Hour)} {
		if err := touch("k", used); err != nil {
			t.Fatal(err)
		}
	}
	key := must(r.Key(r.ctx, everywhere, "k"))(t)
	if key.LastUsedAt == nil || !key.LastUsedAt.Equal(late) {
		t.Errorf("last used at %v, want %v", key.LastUsedAt, late)
	}
	wantErr(t, "absent", touch("absent", late), store.ErrNotFound)
	wantErr(t, "no time", touch("k", time.Date(20000, 1, 1, 0, 0, 0, 0, time.UTC)), store.ErrInvalid)
}

func keyPages(t *testing.T, r *room) {
	for _, id := range numbered("k", 5) {
		r.createKey(t, apiKey(id))
	}
	r.clock.Set(r.clock.Peek(), 0)
	for _, id := range numbered("same", 2) { // made in one moment
		r.createKey(t, apiKey(id))
	}
	var ids []string
	page := store.PageRequest{Limit: 3}
	for {
		found := must(r.Keys(r.ctx, everywhere, page))(t)
		for _, key := range found.Items {
			ids = append(ids, key.ID)
		}
		if page.Cursor = found.Next; page.Cursor == "" {
			break
		}
	}
	wantEqual(t, "keys", ids, []string{"same-01", "same-00", "k-04", "k-03", "k-02", "k-01", "k-00"})
	for _, bad := range []store.PageRequest{{Cursor: "zzz"}, {Limit: -1}, {Limit: store.MaxLimit + 1}} {
		if _, err := r.Keys(r.ctx, everywhere, bad); err == nil {
			t.Errorf("%+v is accepted", bad)
		}
	}
}

func keyScope(t *testing.T, r *room) {
	r.createKey(t, apiKey("k"))
	for name, scope := range bound {
		_, err := r.Key(r.ctx, scope, "k")
		wantErr(t, name+": Key", err, store.ErrForbidden)
		_, err = r.Keys(r.ctx, scope, store.PageRequest{})
		wantErr(t, name+": Keys", err, store.ErrForbidden)
		err = r.Update(r.ctx, scope, func(ctx context.Context, tx store.Tx) error {
			_, err := tx.CreateKey(ctx, apiKey("new"))
			wantErr(t, name+": CreateKey", err, store.ErrForbidden)
			wantErr(t, name+": RevokeKey", tx.RevokeKey(ctx, "k"), store.ErrForbidden)
			wantErr(t, name+": TouchKey", tx.TouchKey(ctx, "k", r.clock.Peek()), store.ErrForbidden)
			return nil
		})
		if err != nil {
			t.Errorf("%s: Update: %v", name, err)
		}
	}
	if key := must(r.Key(r.ctx, everywhere, "k"))(t); key.RevokedAt != nil || key.LastUsedAt != nil {
		t.Errorf("a bound caller changed the key: %+v", key)
	}
}

func keyMalformed(t *testing.T, r *room) {
	for name, change := range map[string]func(*store.APIKey){
		"no id":         func(k *store.APIKey) { k.ID = "" },
		"no maker":      func(k *store.APIKey) { k.CreatedBy = "" },
		"short hash":    func(k *store.APIKey) { k.Hash = k.Hash[:31] },
		"no hash":       func(k *store.APIKey) { k.Hash = nil },
		"NUL":           func(k *store.APIKey) { k.Name = "\x00" },
		"not UTF-8":     func(k *store.APIKey) { k.Roles = []string{"\xff"} },
		"long":          func(k *store.APIKey) { k.Namespaces = []string{strings.Repeat("n", store.MaxLabel+1)} },
		"many roles":    func(k *store.APIKey) { k.Roles = make([]string, store.MaxKeyLists+1) },
		"expiry beyond": func(k *store.APIKey) { far := time.Date(20000, 1, 1, 0, 0, 0, 0, time.UTC); k.ExpiresAt = &far },
	} {
		key := apiKey("k")
		change(&key)
		err := r.Update(r.ctx, everywhere, func(ctx context.Context, tx store.Tx) error {
			_, err := tx.CreateKey(ctx, key)
			return err
		})
		wantErr(t, name, err, store.ErrInvalid)
	}
}

func keyAtomic(t *testing.T, r *room) {
	err := r.Update(r.ctx, everywhere, func(ctx context.Context, tx store.Tx) error {
		if _, err := tx.CreateKey(ctx, apiKey("k")); err != nil {
			return err
		}
		return tx.AppendAudit(ctx, store.AuditEvent{Principal: "p"}) // refused: it has no action
	})
	wantErr(t, "Update", err, store.ErrInvalid)
	_, err = r.Key(r.ctx, everywhere, "k")
	wantErr(t, "Key", err, store.ErrNotFound)
}
