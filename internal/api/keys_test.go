package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/terragonlabs/modelcard-generator/internal/auth"
	"github.com/terragonlabs/modelcard-generator/internal/store"
)

var jsonBody = map[string]string{"Content-Type": "application/json"}

// makeKey makes a key as the admin.
func (g *guarded) makeKey(t *testing.T, spec string) (key, id string) {
	t.Helper()
	r := call{method: "POST", path: "/v1/keys", body: spec, header: jsonBody}.as(adminKey).do(t, g.h)
	body := bodyOf(t, r)
	var made struct{ ID, Key string }
	if err := json.Unmarshal([]byte(body), &made); err != nil || r.StatusCode != http.StatusCreated {
		t.Fatalf("%d %s", r.StatusCode, body)
	}
	if r.Header.Get("Location") != "/v1/keys/"+made.ID || r.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("headers: %v", r.Header)
	}
	return made.Key, made.ID
}

func (g *guarded) status(t *testing.T, method, path, key string) int {
	t.Helper()
	return call{method: method, path: path}.as(key).do(t, g.h).StatusCode
}

func TestKeyFromMakingToRevoking(t *testing.T) {
	t.Parallel()
	g := newGuarded(t, nil)
	key, id := g.makeKey(t, `{"name":"CI","roles":["user","readonly"],"namespaces":["acme"]}`)
	if got, ok := auth.KeyID(key); !ok || got != id {
		t.Errorf("the key %q has the id %q", key, id)
	}
	if got := g.status(t, "GET", "/v1/cards", key); got != 200 {
		t.Errorf("its use: %d", got)
	}
	if r := (call{method: "POST", path: "/v1/cards", body: "model: {id: other/m, name: M}"}).as(key).do(t, g.h); r.StatusCode != 403 {
		t.Errorf("a foreign namespace: %d", r.StatusCode)
	}
	list := call{method: "GET", path: "/v1/keys"}.as(adminKey).do(t, g.h)
	if body := bodyOf(t, list); !strings.Contains(body, `"id":"`+id+`","name":"CI","roles":["user","readonly"],"namespaces":["acme/*"]`) || strings.Contains(body, key[12:]) {
		t.Errorf("listed as %s", body)
	}
	if got := g.status(t, "DELETE", "/v1/keys/"+id, adminKey); got != 204 {
		t.Fatalf("revoking: %d", got)
	}
	if got := g.status(t, "GET", "/v1/cards", key); got != 401 {
		t.Errorf("after revoking, in this process at once: %d", got)
	}
	if got := g.status(t, "DELETE", "/v1/keys/"+id, adminKey); got != 404 {
		t.Errorf("revoking again: %d", got)
	}
	if strings.Contains(g.log.String(), key[12:]) {
		t.Error("the key is in the log")
	}
}

// TestRevocationElsewhere: what another replica revokes is refused here within a second.
func TestRevocationElsewhere(t *testing.T) {
	t.Parallel()
	g := newGuarded(t, nil)
	key, id := g.makeKey(t, `{"name":"CI","roles":["readonly"]}`)
	if got := g.status(t, "GET", "/v1/cards", key); got != 200 {
		t.Fatalf("before: %d", got)
	}
	err := g.o.Store.Update(context.Background(), store.AllNamespaces(), func(ctx context.Context, tx store.Tx) error { return tx.RevokeKey(ctx, id) })
	if err != nil {
		t.Fatal(err)
	}
	for begun := time.Now(); g.status(t, "GET", "/v1/cards", key) != 401; time.Sleep(20 * time.Millisecond) {
		if time.Since(begun) > auth.DefaultKeyFresh+200*time.Millisecond {
			t.Fatal("the revoked key is still good after a second")
		}
	}
}

func TestKeyExpires(t *testing.T) {
	t.Parallel()
	g := newGuarded(t, nil)
	soon := time.Now().Add(300 * time.Millisecond)
	key, _ := g.makeKey(t, fmt.Sprintf(`{"name":"short","roles":["readonly"],"expires_at":%q}`, soon.Format(time.RFC3339Nano)))
	if got := g.status(t, "GET", "/v1/cards", key); got != 200 {
		t.Fatalf("before: %d", got)
	}
	time.Sleep(time.Until(soon) + 10*time.Millisecond)
	if got := g.status(t, "GET", "/v1/cards", key); got != 401 {
		t.Errorf("after: %d", got)
	}
}

func TestUseOfAKeyIsRecorded(t *testing.T) {
	t.Parallel()
	g := newGuarded(t, nil)
	key, id := g.makeKey(t, `{"name":"CI","roles":["readonly"]}`)
	begun := time.Now()
	for range 20 {
		g.status(t, "GET", "/v1/cards", key)
	}
	for deadline := begun.Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		stored, err := g.o.Store.Key(t.Context(), store.AllNamespaces(), id)
		if err != nil {
			t.Fatal(err)
		}
		if at := stored.LastUsedAt; at != nil && at.After(begun.Add(-time.Second)) && at.Before(time.Now().Add(time.Second)) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("last used at %v", stored.LastUsedAt)
		}
	}
}

func TestKeysThatCannotBe(t *testing.T) {
	t.Parallel()
	g := newGuarded(t, nil)
	past := time.Now().Add(-time.Minute).Format(time.RFC3339)
	for spec, want := range map[string]int{
		`{"name":"x","roles":["nobody"]}`:     422,
		`{"name":"x","namespaces":["a/b/c"]}`: 422,
		`{"name":""}`:                         422, `{}`: 422,
		`{"name":"` + strings.Repeat("n", 257) + `"}`: 422,
		`{"name":"x","expires_at":"` + past + `"}`:    422,
		`{"name":"x","hash":"AAAA"}`:                  400, `{"name":"x","id":"chosen"}`: 400, `{"name":"x","created_by":"eve"}`: 400,
		`{"name":"x"} {}`: 400, `[]`: 400, `{`: 400, `{"name":7}`: 400,
		`{"name":"` + strings.Repeat("n", maxSmallBody) + `"}`: 413,
		"{\"name\":\"a\\u0000b\"}":                             400,
	} {
		r := call{method: "POST", path: "/v1/keys", body: spec, header: jsonBody}.as(adminKey).do(t, g.h)
		if r.StatusCode != want {
			t.Errorf("%.60s: %d %s, want %d", spec, r.StatusCode, bodyOf(t, r), want)
		}
	}
	if r := (call{method: "POST", path: "/v1/keys", body: `{"name":"x"}`}).as(adminKey).do(t, g.h); r.StatusCode != 415 {
		t.Errorf("as YAML: %d", r.StatusCode)
	}
	page, err := g.o.Store.Keys(t.Context(), store.AllNamespaces(), store.PageRequest{})
	if err != nil || len(page.Items) != 0 {
		t.Errorf("keys were made: %+v %v", page.Items, err)
	}
}

// TestNobodyHandsOnMoreThanTheyHave: managing keys is no way to further rights.
func TestNobodyHandsOnMoreThanTheyHave(t *testing.T) {
	t.Parallel()
	configured := auth.DefaultRoles()
	configured["keeper"] = []string{"admin"} // may manage keys, and nothing else
	configured["muted"] = []string{}
	roles, err := auth.NewRoles(configured)
	if err != nil {
		t.Fatal(err)
	}
	g := newGuarded(t, func(o *Options) {
		o.Authenticator, o.Issuer = newAuthenticator(t, roles, NewKeyStore(o.Store))
		o.Roles = roles
	})
	keeper, _ := g.makeKey(t, `{"name":"keeper","roles":["keeper"]}`)
	for spec, want := range map[string]int{
		`{"name":"x","roles":["admin"]}`: 403, `{"name":"x","roles":["readonly"]}`: 403, `{"name":"x","roles":["keeper","user"]}`: 403,
		`{"name":"x","roles":["keeper"]}`: 201,
	} {
		if r := (call{method: "POST", path: "/v1/keys", body: spec, header: jsonBody}).as(keeper).do(t, g.h); r.StatusCode != want {
			t.Errorf("%s: %d, want %d", spec, r.StatusCode, want)
		}
	}
}

func TestChangesOfKeysAreAudited(t *testing.T) {
	t.Parallel()
	g := newGuarded(t, nil)
	_, id := g.makeKey(t, `{"name":"CI"}`)
	g.status(t, "DELETE", "/v1/keys/"+id, adminKey)
	page, err := g.o.Store.Audit(t.Context(), store.AllNamespaces(), store.AuditFilter{})
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for _, e := range page.Items {
		if !strings.HasPrefix(e.Principal, "mcg static:") || e.RequestID == "" {
			t.Errorf("row: %+v", e)
		}
		rows = append(rows, e.Action+" "+e.Object+" "+e.Address)
	}
	if want := "key.revoke " + id + " 192.0.2.1, key.create " + id + " 192.0.2.1"; strings.Join(rows, ", ") != want {
		t.Errorf("audit: %v, want %s", rows, want)
	}
}

func TestTokenForAKey(t *testing.T) {
	t.Parallel()
	g := newGuarded(t, nil)
	key, id := g.makeKey(t, `{"name":"CI","roles":["readonly"],"namespaces":["acme"]}`)
	ask := func(header map[string]string) (int, token) {
		r := call{method: "POST", path: "/v1/auth/token", header: header}.do(t, g.h)
		var answer token
		_ = json.Unmarshal([]byte(bodyOf(t, r)), &answer)
		return r.StatusCode, answer
	}
	status, made := ask(map[string]string{"X-API-Key": key})
	if status != 200 || made.TokenType != "Bearer" || made.ExpiresIn != 3600 {
		t.Fatalf("%d %+v", status, made)
	}
	bearer := map[string]string{"Authorization": "Bearer " + made.AccessToken}
	for path, want := range map[string]int{"/v1/cards": 200, "/v1/audit": 403} {
		if r := (call{method: "GET", path: path, header: bearer}).do(t, g.h); r.StatusCode != want {
			t.Errorf("%s with the token: %d, want %d", path, r.StatusCode, want)
		}
	}
	if status, _ := ask(bearer); status != 403 {
		t.Errorf("a token for a token: %d", status)
	}
	if status, _ := ask(nil); status != 401 {
		t.Errorf("a token for nothing: %d", status)
	}
	g.status(t, "DELETE", "/v1/keys/"+id, adminKey)
	if r := (call{method: "GET", path: "/v1/cards", header: bearer}).do(t, g.h); r.StatusCode != 401 {
		t.Errorf("the token of a revoked key: %d", r.StatusCode)
	}
	short := time.Now().Add(90 * time.Second).Format(time.RFC3339Nano)
	key, _ = g.makeKey(t, `{"name":"short","expires_at":"`+short+`"}`)
	if _, made := ask(map[string]string{"X-API-Key": key}); made.ExpiresIn < 80 || made.ExpiresIn > 90 {
		t.Errorf("the token of a key with 90 s left is good for %d s", made.ExpiresIn)
	}
	off := newGuarded(t, func(o *Options) { o.Issuer = nil })
	if got := off.status(t, "POST", "/v1/auth/token", adminKey); got != 501 {
		t.Errorf("without a secret: %d", got)
	}
}
