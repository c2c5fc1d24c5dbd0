package auth

import (
	"errors"
	"net/http"
	"testing"
	"time"
)

// TestRevokedKeyEndsItsTokens: a token made with a stored key is good no longer than the key, remembered or not.
func TestRevokedKeyEndsItsTokens(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	key := GenerateKey()
	store := newMemoryStore(recordOf(key))
	a := NewAuthenticator(w.tokens, newKeys(t, store, w.clock), "")
	issuer, err := NewIssuer(SecretOptions{Secret: testSecret}, w.clock.Now, func() string { return "1" })
	if err != nil {
		t.Fatal(err)
	}
	owner, err := a.Authenticate(t.Context(), http.Header{"X-Api-Key": {key.Secret}})
	if err != nil {
		t.Fatal(Reason(err))
	}
	raw, err := issuer.Issue(owner, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	bearer := http.Header{"Authorization": {"Bearer " + raw}}
	if p, err := a.Authenticate(t.Context(), bearer); err != nil || p.KeyID != key.ID || p.ID() != owner.ID() {
		t.Fatalf("%+v, %v", p, Reason(err))
	}
	store.change(key.ID, func(r *KeyRecord) { r.Revoked = w.clock.Now() })
	w.clock.advance(DefaultKeyFresh)
	if _, err := a.Authenticate(t.Context(), bearer); !errors.Is(err, ErrUnauthenticated) {
		t.Errorf("the key is revoked, its token: %v", err)
	}
	// Another issuer's claim of that name is its own affair.
	foreign := w.rsa.clone()
	foreign.payload[ownKeyClaim] = key.ID
	if p, err := a.Authenticate(t.Context(), http.Header{"Authorization": {"Bearer " + foreign.token()}}); err != nil || p.KeyID != "" {
		t.Errorf("a foreign token with a key claim: %q, %v", p.KeyID, err)
	}
	for _, odd := range []any{"", 7, nil, []string{key.ID}} {
		f := w.own.clone()
		f.payload[ownKeyClaim] = odd
		if _, err := a.Authenticate(t.Context(), http.Header{"Authorization": {"Bearer " + f.token()}}); !errors.Is(err, ErrUnauthenticated) {
			t.Errorf("key claim %v: %v", odd, err)
		}
	}
}

// TestStoreThatFailsIsNotAskedByAll: the pause after a failure is what keeps a hanging database from holding every request.
func TestStoreThatFailsIsNotAskedByAll(t *testing.T) {
	t.Parallel()
	c := newClock()
	key := GenerateKey()
	store := newMemoryStore(recordOf(key))
	keys := newKeys(t, store, c)
	if _, err := keys.Verify(t.Context(), key.Secret); err != nil {
		t.Fatal(Reason(err))
	}
	store.setDown(errors.New("no answer"))
	c.advance(DefaultKeyFresh)
	before := store.finds
	for range 100 {
		if _, err := keys.Verify(t.Context(), key.Secret); err != nil {
			t.Fatalf("a known key while the store is away: %v", err)
		}
	}
	if asked := store.finds - before; asked != 1 {
		t.Errorf("the store was asked %d times, want once", asked)
	}
}

func TestCovers(t *testing.T) {
	t.Parallel()
	roles := mustRoles(t)
	who := func(namespaces Namespaces, names ...string) Principal {
		return roles.Grant(Principal{Roles: names, Namespaces: namespaces})
	}
	acme, both := mustNamespaces(t, "acme"), mustNamespaces(t, "acme", "other")
	tests := map[string]struct {
		maker, made Principal
		want        bool
	}{
		"an admin everything":    {who(AllNamespaces(), "admin"), who(AllNamespaces(), "admin"), true},
		"a user no reader":       {who(AllNamespaces(), "user"), who(AllNamespaces(), "readonly"), false},
		"a user a user":          {who(AllNamespaces(), "user"), who(acme, "user"), true},
		"bound, unbound":         {who(acme, "admin"), who(AllNamespaces(), "user"), false},
		"bound, wider":           {who(acme, "admin"), who(both, "user"), false},
		"bound, narrower":        {who(both, "admin"), who(acme, "user"), true},
		"nothing from no rights": {who(acme), who(acme), true},
	}
	for name, tt := range tests {
		if got := tt.maker.Covers(tt.made); got != tt.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
