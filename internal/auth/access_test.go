package auth

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDefaultRoles(t *testing.T) {
	t.Parallel()
	roles := mustRoles(t)
	allowed := map[string]string{
		"": "", "admin": "admin delete generate publish validate view", "user": "generate validate", "readonly": "view", "user readonly": "generate validate view",
		"ADMIN": "", "*": "", "root": "", "root user": "generate validate",
	}
	for held, want := range allowed {
		p := roles.Grant(Principal{Roles: strings.Fields(held)})
		var got []string
		for _, permission := range Permissions() {
			if p.Allowed(permission) {
				got = append(got, string(permission))
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("roles %q: %v, want %q", held, got, want)
		}
		for _, odd := range []Permission{"", "*", "VIEW", "view ", "everything"} {
			if p.Allowed(odd) {
				t.Errorf("roles %q: allowed the unknown permission %q", held, odd)
			}
		}
	}
}

func TestZeroValuesDeny(t *testing.T) {
	t.Parallel()
	var p Principal
	if p.Allowed(View) || p.InNamespace("acme") || p.InNamespace("") || p.Namespaces.All() {
		t.Error("the zero principal may do something")
	}
	if granted := (Roles{}).Grant(Principal{Roles: []string{"admin"}}); granted.Allowed(View) {
		t.Error("the zero roles grant something")
	}
}

func TestLoopbackMayDoEverything(t *testing.T) {
	t.Parallel()
	p := Loopback()
	for _, permission := range Permissions() {
		if !p.Allowed(permission) {
			t.Errorf("not allowed to %s", permission)
		}
	}
	if !p.InNamespace("acme") || p.Kind != KindLoopback {
		t.Errorf("%+v", p)
	}
}

func TestRoleMistakesAreAllNamed(t *testing.T) {
	t.Parallel()
	_, err := NewRoles(map[string][]string{"user": {"generate", "validat"}, "ops": {"view", "View", ""}, "": {"view"}, "two words": nil, "ok": {"publish", "admin"}})
	if !errors.Is(err, ErrRoles) {
		t.Fatalf("got %v, want ErrRoles", err)
	}
	for _, part := range []string{
		`role "user": unknown permission "validat"; known are admin, delete, generate, publish, validate, view, "*"`, `"View"`, `unknown permission ""`, `"" can't`, `"two words" can't`,
	} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%s is missing in:\n%v", part, err)
		}
	}
	if strings.Contains(err.Error(), `"ok"`) {
		t.Errorf("a good role is reported:\n%v", err)
	}
}

func TestNamespaces(t *testing.T) {
	t.Parallel()
	tests := []struct {
		patterns string
		names    string
		all      bool
		in, out  string
	}{
		{"", "", false, "", "acme default *"},
		{"acme", "acme", false, "acme", "ACME acme2 acm other * acme/*"},
		{"acme/*", "acme", false, "acme", "Acme other"},
		{"b a/* b/*", "a b", false, "a b", "c ab"},
		{"*", "", true, "acme default x", ""},
		{"*/*", "", true, "acme default x", ""},
		{"acme *", "", true, "acme other", ""},
	}
	for _, tt := range tests {
		n, err := ParseNamespaces(strings.Fields(tt.patterns))
		if err != nil || n.All() != tt.all || strings.Join(n.Names(), " ") != tt.names {
			t.Errorf("%q: %v, all %t, %v", tt.patterns, n.Names(), n.All(), err)
		}
		for name := range strings.FieldsSeq(tt.in) {
			if !n.Contains(name) {
				t.Errorf("%q does not hold %q", tt.patterns, name)
			}
		}
		for name := range strings.FieldsSeq(tt.out + " ") {
			if n.Contains(name) {
				t.Errorf("%q holds %q", tt.patterns, name)
			}
		}
		if n.Contains("") {
			t.Errorf("%q holds the empty name", tt.patterns)
		}
		again, err := ParseNamespaces(n.Patterns())
		if err != nil || again.All() != n.All() || !cmp.Equal(again.Names(), n.Names()) {
			t.Errorf("%q written as %v reads differently", tt.patterns, n.Patterns())
		}
	}
	for _, bad := range []string{"", " ", "/", "/*", "a/b", "a/b/*", "a*", "*a", "a/**", "../*", ".a", "-a", "a b", "a\n", "é", strings.Repeat("a", 97), "%", "a;b"} {
		n, err := ParseNamespaces([]string{bad, "good"})
		if !errors.Is(err, ErrNamespace) || fmt.Sprint(n.Names()) != "[good]" || n.All() {
			t.Errorf("%q: %v, %v", bad, n.Names(), err)
		}
	}
}

func TestOnlyNamespace(t *testing.T) {
	t.Parallel()
	for patterns, want := range map[string]string{"acme/*": "acme", "a b": "", "*": "", "": "", "acme acme/*": "acme"} {
		if got, ok := mustNamespaces(t, strings.Fields(patterns)...).Only(); got != want || ok != (want != "") {
			t.Errorf("%q: %q, %t, want %q", patterns, got, ok, want)
		}
	}
}

func TestPrincipalsOfDifferentIssuersDiffer(t *testing.T) {
	t.Parallel()
	ids := map[string]bool{}
	for _, p := range []Principal{{Issuer: "a", Subject: "b c"}, {Issuer: "a", Subject: "b"}, {Issuer: "b", Subject: "b"}, {Issuer: "mcg", Subject: "b"}, Loopback()} {
		ids[p.ID()] = true
	}
	if len(ids) != 5 {
		t.Errorf("%d ids for 5 principals: %v", len(ids), ids)
	}
}

func TestAuthenticate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	stored := GenerateKey()
	store := newMemoryStore(recordOf(stored))
	keys := newKeys(t, store, w.clock)
	a := NewAuthenticator(w.tokens, keys, "")
	raw := w.own.token()
	h := func(pairs ...string) http.Header {
		header := http.Header{}
		for i := 0; i < len(pairs); i += 2 {
			header.Add(pairs[i], pairs[i+1])
		}
		return header
	}
	tests := map[string]struct {
		header  http.Header
		subject string
		want    error
	}{
		"nothing":                  {h(), "", ErrNoCredentials},
		"other headers":            {h("Cookie", "x", "X-Token", raw, "Proxy-Authorization", "Bearer "+raw), "", ErrNoCredentials},
		"token":                    {h("Authorization", "Bearer "+raw), "alice", nil},
		"scheme in lower case":     {h("authorization", "bearer "+raw), "alice", nil},
		"two spaces":               {h("Authorization", "Bearer  "+raw), "alice", nil},
		"stored key":               {h("X-API-Key", stored.Secret), "key:" + stored.ID, nil},
		"static key":               {h("x-api-key", operatorKey), "static:" + fingerprint(hashKey(operatorKey)), nil},
		"both":                     {h("Authorization", "Bearer "+raw, "X-API-Key", stored.Secret), "", ErrUnauthenticated},
		"both, one empty":          {h("Authorization", "", "X-API-Key", stored.Secret), "", ErrUnauthenticated},
		"both, other empty":        {h("Authorization", "Bearer "+raw, "X-API-Key", ""), "", ErrUnauthenticated},
		"two tokens":               {h("Authorization", "Bearer "+raw, "Authorization", "Bearer "+raw), "", ErrUnauthenticated},
		"two keys":                 {h("X-API-Key", stored.Secret, "X-API-Key", stored.Secret), "", ErrUnauthenticated},
		"empty authorization":      {h("Authorization", ""), "", ErrUnauthenticated},
		"empty key":                {h("X-API-Key", ""), "", ErrUnauthenticated},
		"Bearer alone":             {h("Authorization", "Bearer"), "", ErrUnauthenticated},
		"Bearer and space":         {h("Authorization", "Bearer "), "", ErrUnauthenticated},
		"token without scheme":     {h("Authorization", raw), "", ErrUnauthenticated},
		"tab":                      {h("Authorization", "Bearer\t"+raw), "", ErrUnauthenticated},
		"Basic":                    {h("Authorization", "Basic YWRtaW46YWRtaW4="), "", ErrUnauthenticated},
		"Token scheme":             {h("Authorization", "Token "+raw), "", ErrUnauthenticated},
		"key as token":             {h("Authorization", "Bearer "+stored.Secret), "", ErrUnauthenticated},
		"token as key":             {h("X-API-Key", raw), "", ErrUnauthenticated},
		"list":                     {h("Authorization", "Bearer "+raw+", Bearer "+raw), "", ErrUnauthenticated},
		"anonymous is not spoofed": {h("Authorization", "Bearer anonymous-loopback"), "", ErrUnauthenticated},
	}
	for name, tt := range tests {
		p, err := a.Authenticate(t.Context(), tt.header)
		if !errors.Is(err, tt.want) || p.Subject != tt.subject {
			t.Errorf("%s: %q, %v (%s), want %q, %v", name, p.Subject, err, Reason(err), tt.subject, tt.want)
		}
	}
	renamed := NewAuthenticator(w.tokens, keys, "X-MCG-Key")
	if _, err := renamed.Authenticate(t.Context(), h("X-MCG-Key", stored.Secret)); err != nil {
		t.Errorf("another header: %v", err)
	}
	if _, err := renamed.Authenticate(t.Context(), h("X-API-Key", stored.Secret)); !errors.Is(err, ErrNoCredentials) {
		t.Errorf("the usual header, renamed: %v, want ErrNoCredentials", err)
	}
}
