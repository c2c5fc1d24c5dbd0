package store

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestScope(t *testing.T) {
	t.Parallel()
	var none Scope
	cases := []struct {
		scope     Scope
		namespace string
		want      bool
	}{
		{AllNamespaces(), "acme", true}, {AllNamespaces(), "", true},
		{Namespaces("b", "acme", "b"), "acme", true}, {Namespaces("acme"), "Acme", false}, {Namespaces("acme"), "acm", false},
		{Namespaces(""), "", false}, {Namespaces("*"), "acme", false}, {Namespaces(), "acme", false},
		{none, "acme", false}, {none, "", false},
	}
	for _, c := range cases {
		if got := c.scope.Allows(c.namespace); got != c.want {
			t.Errorf("%+v allows %q: %t, want %t", c.scope, c.namespace, got, c.want)
		}
	}
	names := []string{"b", "a"}
	scope := Namespaces(names...)
	names[0], scope.List()[0] = "x", "x"
	if diff := cmp.Diff([]string{"a", "b"}, scope.List()); diff != "" {
		t.Errorf("a scope changed behind its back:\n%s", diff)
	}
}

func TestIDValid(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"a": true, "A.b_c-9": true, "0": true, strings.Repeat("a", 96): true,
		"": false, strings.Repeat("a", 97): false, ".a": false, "_a": false, "-a": false,
		"a/b": false, "a b": false, "é": false, "a\x00": false, "a\n": false, "a%2e": false,
	} {
		if got := (ID{Namespace: "acme", Name: name}).Valid(); got != want {
			t.Errorf("name %q is valid: %t, want %t", name, got, want)
		}
		if got := (ID{Namespace: name, Name: "m"}).Valid(); got != want {
			t.Errorf("namespace %q is valid: %t, want %t", name, got, want)
		}
	}
}

// The parts of a key must not run into each other.
func TestIdempotencyKeyHash(t *testing.T) {
	t.Parallel()
	keys := []IdempotencyKey{
		{"a", "b", "c"}, {"ab", "", "c"}, {"a", "bc", ""}, {"", "ab", "c"}, {"a", "b", "C"}, {"a", "c", "b"},
	}
	seen := map[int64]IdempotencyKey{}
	for _, key := range keys {
		if other, ok := seen[key.Hash()]; ok {
			t.Errorf("%+v and %+v have one hash", key, other)
		}
		seen[key.Hash()] = key
	}
}

// A secret that ends up in the wrong field must not end up in a log.
func TestErrorsDoNotTellValues(t *testing.T) {
	t.Parallel()
	const secret = "hf_secret\x00"
	for _, err := range []error{
		Draft{Digest: "d", Author: "a", Labels: Labels{Title: secret}}.Check(),
		Draft{Digest: "d", Author: "a", Labels: Labels{Tags: []string{secret}}}.Check(),
		AuditEvent{Action: "a", Principal: secret}.Check(),
		IdempotencyKey{"p", "r", secret}.Check(),
	} {
		if !errors.Is(err, ErrInvalid) || strings.Contains(err.Error(), "hf_") {
			t.Errorf("error %v", err)
		}
	}
}

func FuzzCursor(f *testing.F) {
	for _, seed := range []string{
		"", "x", encodeCursor(ListMark{SortUpdated, 1, "a", "b"}), encodeCursor(AuditMark{1, 2}), encodeCursor(HistoryMark{3}),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, cursor string) {
		plan, err := Filter{PageRequest: PageRequest{Cursor: cursor}}.Plan()
		if err != nil && !errors.Is(err, ErrBadCursor) {
			t.Errorf("error %v", err)
		}
		if err == nil && cursor != "" && encodeCursor(*plan.After) != cursor {
			t.Errorf("cursor %q was taken for %+v", cursor, plan.After)
		}
	})
}

// FuzzTerms holds what the engines rely on when they put terms in quotes.
func FuzzTerms(f *testing.F) {
	for _, seed := range []string{"a b", `it's "so" \ `, "Ło\u0301dź", "モデル🤖", "\xff\x00", "ﬁ²", strings.Repeat("é", 99)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		found := Terms(query)
		if len(found) > maxTerms {
			t.Errorf("%d terms", len(found))
		}
		for _, term := range found {
			if term == "" || len(term) > maxTerm || !utf8.ValidString(term) || strings.ContainsAny(term, " \t\n\x00'\"\\*&|!():<>") {
				t.Errorf("term %q of %q", term, query)
			}
		}
	})
}
