package auth

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func mustNamespaces(t testing.TB, patterns ...string) Namespaces {
	t.Helper()
	n, err := ParseNamespaces(patterns)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestPrincipalOfToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	expires := w.clock.Now().Add(600 * time.Second)
	acme := mustNamespaces(t, "acme")
	base := Principal{Subject: "alice", Kind: KindJWT, Expires: expires}
	want := func(change func(p *Principal)) Principal { p := base; change(&p); return p }
	tests := map[string]struct {
		forged forgery
		change func(f *forgery)
		want   Principal
	}{
		"own": {w.own, func(*forgery) {}, want(func(p *Principal) {
			p.Issuer, p.Roles, p.Namespaces, p.granted = "mcg", []string{"user"}, acme, permissionBits[Generate]|permissionBits[Validate]
		})},
		"nested roles, claimed namespaces": {w.rsa, func(*forgery) {}, want(func(p *Principal) {
			p.Issuer, p.Roles, p.Namespaces = rsaIssuer, []string{"user", "readonly"}, acme
			p.granted = permissionBits[Generate] | permissionBits[Validate] | permissionBits[View]
		})},
		"no namespaces claim configured": {w.ec, func(*forgery) {}, want(func(p *Principal) {
			p.Issuer, p.Roles, p.Namespaces, p.granted = ecIssuer, []string{"user"}, AllNamespaces(), permissionBits[Generate]|permissionBits[Validate]
		})},
		"claim absent: nowhere": {w.rsa, func(f *forgery) { delete(f.payload, "teams"); delete(f.payload, "realm_access") }, want(func(p *Principal) {
			p.Issuer = rsaIssuer
		})},
		"claim with what is no namespace": {w.rsa, func(f *forgery) { f.payload["teams"] = []string{"Domain Users", "../x", "acme", "a/b/c", ""} }, want(func(p *Principal) {
			p.Issuer, p.Roles, p.Namespaces = rsaIssuer, []string{"user", "readonly"}, acme
			p.granted = permissionBits[Generate] | permissionBits[Validate] | permissionBits[View]
		})},
		"roles in one string": {w.own, func(f *forgery) { f.payload["roles"] = " readonly  admin\n" }, want(func(p *Principal) {
			p.Issuer, p.Roles, p.Namespaces, p.granted = "mcg", []string{"readonly", "admin"}, acme, everything
		})},
		"unknown and odd roles": {w.own, func(f *forgery) { f.payload["roles"] = []string{"*", "ADMIN", "a b", "", "x\ny"} }, want(func(p *Principal) {
			p.Issuer, p.Roles, p.Namespaces = "mcg", []string{"*", "ADMIN"}, acme
		})},
		"every namespace": {w.own, func(f *forgery) { f.payload["namespaces"] = "*" }, want(func(p *Principal) {
			p.Issuer, p.Roles, p.Namespaces, p.granted = "mcg", []string{"user"}, AllNamespaces(), permissionBits[Generate]|permissionBits[Validate]
		})},
	}
	for name, tt := range tests {
		f := tt.forged.clone()
		tt.change(f)
		for _, pass := range []string{"verified", "remembered"} {
			got, err := w.verify(f.token())
			if err != nil {
				t.Errorf("%s: %v", name, Reason(err))
			}
			if diff := cmp.Diff(tt.want, got, comparePrincipals, cmp.Transformer("nil", func(s []string) string { return fmt.Sprint(s) })); diff != "" {
				t.Errorf("%s, %s (-want +got):\n%s", name, pass, diff)
			}
		}
	}
}

func TestClaimPaths(t *testing.T) {
	t.Parallel()
	members, err := decodeObject([]byte(`{"roles":["a"],"realm":{"roles":["b"],"x":{"y":"c d"},"e.f":["g"]},"https://x.example/roles":["h"],"n":null,"l":[]}`), maxMembers)
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		want string
		ok   bool
	}{
		"roles": {"[a]", true}, "realm.roles": {"[b]", true}, "realm.x.y": {"[c d]", true}, "https://x.example/roles": {"[h]", true}, "realm.e.f": {"[g]", true},
		"absent": {"[]", true}, "realm.absent": {"[]", true}, "roles.x": {"[]", true}, "l": {"[]", true}, "n": {"[]", false}, "realm": {"[]", false}, "realm.x": {"[]", false},
	}
	for path, want := range tests {
		got, ok := listClaim(members, path)
		if fmt.Sprint(got) != want.want || ok != want.ok {
			t.Errorf("%s: %v, %t, want %s, %t", path, got, ok, want.want, want.ok)
		}
	}
}

// TestRememberedTokensEnd looks at the cache through a key that changes without notice, which only a new check would see.
func TestRememberedTokensEnd(t *testing.T) {
	t.Parallel()
	key := testSecret
	generation := uint64(0)
	v, err := NewSecretVerifier(SecretOptions{Secret: testSecret})
	if err != nil {
		t.Fatal(err)
	}
	v.keys = &changingKey{&key, &generation}
	clock := newClock()
	tokens, err := NewTokens(TokenOptions{Verifiers: []*Verifier{v}, Now: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{clock: clock}
	long := w.forgery(DefaultIssuer, DefaultAudience, map[string]any{"alg": "HS256"}, hmacSigner(testSecret))
	short := long.clone()
	short.payload["exp"] = clock.Now().Unix() + 20
	accepted := func(f forgery) bool { _, err := tokens.Verify(context.Background(), f.token()); return err == nil }
	if !accepted(long) || !accepted(*short) {
		t.Fatal("not accepted at first")
	}
	key = []byte(strings.Repeat("x", 32))
	clock.advance(19 * time.Second)
	if !accepted(long) || !accepted(*short) {
		t.Error("not remembered for 19 s")
	}
	clock.advance(time.Second)
	if !accepted(long) || accepted(*short) {
		t.Error("remembered past exp, or forgotten too soon")
	}
	clock.advance(40 * time.Second)
	if accepted(long) {
		t.Error("remembered for 60 s")
	}
	key = testSecret
	if !accepted(long) {
		t.Fatal("not accepted again")
	}
	key = []byte(strings.Repeat("x", 32))
	generation++
	if accepted(long) {
		t.Error("remembered after a rotation")
	}
}

type changingKey struct {
	key *[]byte
	gen *uint64
}

func (c *changingKey) find(context.Context, string) (any, error) { return *c.key, nil }
func (c *changingKey) generation() uint64                        { return *c.gen }

func TestRememberedTokensAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 100)
	for i := range 2000 {
		f := w.own.clone()
		f.payload["jti"] = fmt.Sprint(i)
		if _, err := w.verify(f.token()); err != nil {
			t.Fatal(err)
		}
	}
	w.tokens.verified.CleanUp()
	if n := w.tokens.verified.EstimatedSize(); n > 100 {
		t.Errorf("%d remembered, want at most 100", n)
	}
}

func TestRememberedPrincipalCantBeChanged(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	raw := w.own.token()
	for range 3 {
		p, err := w.verify(raw)
		if err != nil || p.Roles[0] != "user" {
			t.Fatalf("%+v, %v", p, err)
		}
		p.Roles[0] = "admin"
	}
}

func TestOneVerifierForAnIssuer(t *testing.T) {
	t.Parallel()
	v, err := NewSecretVerifier(SecretOptions{Secret: testSecret})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewTokens(TokenOptions{Verifiers: []*Verifier{v, v}}); !errors.Is(err, ErrVerifier) {
		t.Errorf("got %v, want ErrVerifier", err)
	}
}

func TestSecretMustBeLong(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 16, 31} {
		opts := SecretOptions{Secret: testSecret[:n]}
		if _, err := NewSecretVerifier(opts); !errors.Is(err, ErrVerifier) {
			t.Errorf("verifier with %d bytes: %v", n, err)
		}
		if _, err := NewIssuer(opts, time.Now, func() string { return "1" }); !errors.Is(err, ErrVerifier) {
			t.Errorf("issuer with %d bytes: %v", n, err)
		}
	}
}

func TestPrintingShowsNoSecret(t *testing.T) {
	t.Parallel()
	opts := SecretOptions{Secret: testSecret}
	v, err := NewSecretVerifier(opts)
	if err != nil {
		t.Fatal(err)
	}
	issuer, err := NewIssuer(opts, time.Now, func() string { return "1" })
	if err != nil {
		t.Fatal(err)
	}
	keys, err := NewKeys(KeyOptions{Static: []StaticKey{{Key: "s3cret-s3cret"}}, Roles: mustRoles(t)})
	if err != nil {
		t.Fatal(err)
	}
	for _, value := range []any{v, *v, issuer, *issuer, keys.static, keys.opts} {
		for _, format := range []string{"%v", "%+v", "%#v", "%s", "%x"} {
			text := fmt.Sprintf(format, value)
			for _, secret := range []string{string(testSecret), fmt.Sprint(testSecret), fmt.Sprintf("%x", testSecret), "s3cret"} {
				if strings.Contains(text, secret) {
					t.Errorf("%T in %s: %s", value, format, text)
				}
			}
		}
	}
}

func mustRoles(t testing.TB) Roles {
	t.Helper()
	roles, err := NewRoles(DefaultRoles())
	if err != nil {
		t.Fatal(err)
	}
	return roles
}

func TestIssue(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	issuer, err := NewIssuer(SecretOptions{Secret: testSecret}, w.clock.Now, func() string { return "unique" })
	if err != nil {
		t.Fatal(err)
	}
	key := Principal{Subject: "key:abc", Kind: KindAPIKey, Issuer: DefaultIssuer, Roles: []string{"admin"}, Namespaces: mustNamespaces(t, "acme/*", "b")}
	raw, err := issuer.Issue(key, 15*time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	want := key
	want.Kind, want.Expires, want.granted = KindJWT, w.clock.Now().Add(15*time.Minute), everything
	got, err := w.verify(raw)
	if diff := cmp.Diff(want, got, comparePrincipals); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if got.ID() != key.ID() {
		t.Errorf("the token's principal is %q, the key's %q", got.ID(), key.ID())
	}
	parsed, err := parseToken(raw)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"jti": `"unique"`, "iat": "1800000000", "nbf": "1800000000", "exp": "1800000900", "aud": `"mcg-api"`} {
		if string(parsed.members[name]) != want {
			t.Errorf("%s is %s, want %s", name, parsed.members[name], want)
		}
	}
}

func TestIssueGrantsNoMoreThanThePrincipalHas(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	issuer, err := NewIssuer(SecretOptions{Secret: testSecret}, w.clock.Now, func() string { return "1" })
	if err != nil {
		t.Fatal(err)
	}
	bare, err := issuer.Issue(Principal{Subject: "x"}, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	p, err := w.verify(bare)
	if err != nil || p.granted != 0 || p.InNamespace("acme") || p.Namespaces.All() {
		t.Errorf("a principal without anything became %+v, %v", p, err)
	}
	short := Principal{Subject: "x", Expires: w.clock.Now().Add(time.Minute)}
	raw, err := issuer.Issue(short, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if p, err := w.verify(raw); err != nil || !p.Expires.Equal(short.Expires) {
		t.Errorf("the token ends %s, the key %s (%v)", p.Expires, short.Expires, err)
	}
	many := make([]string, 1000)
	for i := range many {
		many[i] = fmt.Sprintf("namespace-%d", i)
	}
	for name, impossible := range map[string]struct {
		p   Principal
		ttl time.Duration
	}{
		"no lifetime": {Principal{Subject: "x"}, 0}, "negative": {Principal{Subject: "x"}, -time.Hour}, "no subject": {Principal{}, time.Hour},
		"expired key": {Principal{Subject: "x", Expires: w.clock.Now()}, time.Hour}, "too long": {Principal{Subject: "x", Namespaces: mustNamespaces(t, many...)}, time.Hour},
	} {
		if raw, err := issuer.Issue(impossible.p, impossible.ttl); !errors.Is(err, ErrIssue) || raw != "" {
			t.Errorf("%s: %q, %v, want ErrIssue", name, raw, err)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	for name, size := range map[string]int{"remembered": 0, "each": -1} {
		w := newWorld(b, size)
		for issuer, f := range map[string]forgery{"HS256": w.own, "RS256": w.rsa, "ES256": w.ec} {
			b.Run(issuer+"/"+name, func(b *testing.B) {
				raw := f.token()
				b.ReportAllocs()
				for b.Loop() {
					if _, err := w.tokens.Verify(b.Context(), raw); err != nil {
						b.Fatal(Reason(err))
					}
				}
			})
		}
	}
}

func FuzzParseToken(f *testing.F) {
	w := newWorld(f, -1)
	for _, good := range []forgery{w.own, w.rsa, w.ec} {
		f.Add(good.token())
	}
	f.Add("..")
	f.Add("eyJhbGciOiJub25lIn0.eyJpc3MiOiJtY2cifQ.")
	f.Fuzz(func(t *testing.T, raw string) {
		parsed, err := parseToken(raw)
		if err != nil {
			if !errors.Is(err, ErrUnauthenticated) {
				t.Errorf("%v, want ErrUnauthenticated", err)
			}
			return
		}
		if again := parsed.signed + "." + b64(parsed.signature); again != raw {
			t.Errorf("a second spelling: %q and %q", raw, again)
		}
	})
}

func FuzzDecodeObject(f *testing.F) {
	f.Add([]byte(`{"a":1,"b":{"c":[1,"x",null,{"d":"\u0041"}]}}`))
	f.Add([]byte(`{"a":1,"\u0061":2}`))
	f.Add([]byte(`{"a":[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]}`))
	f.Fuzz(func(_ *testing.T, data []byte) {
		members, err := decodeObject(data, maxMembers)
		if err != nil {
			return
		}
		for _, value := range members {
			_ = checkNested(value)
		}
	})
}
