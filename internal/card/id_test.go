package card

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParseID(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", maxIDPart)
	for s, want := range map[string]ID{
		"a": {"default", "a"}, "a/b": {"a", "b"}, "A.b_c-d/0": {"A.b_c-d", "0"}, long + "/" + long: {long, long},
	} {
		if got, err := ParseID(s); err != nil || got != want || !strings.HasSuffix(got.String(), s) {
			t.Errorf("ParseID(%q) = %v, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "/", "a/", "/a", "a/b/c", "-a", ".a", "a b", "é", "a\n", "../a", long + "a", "a/" + long + "a"} {
		var e *Error
		if got, err := ParseID(s); !errors.As(err, &e) || e.Kind != Invalid || codes(e.Problems) != "bad_id" || e.Problems[0].Pointer != "/model/id" {
			t.Errorf("ParseID(%q) = %v, %v", s, got, err)
		}
	}
}

func TestDeriveID(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ id, name, want string }{
		{"a/b", "Other", "a/b"}, {"b", "Other", "default/b"}, {"", "My Model 2.0!", "ns/my-model-2.0"},
	} {
		c := &Card{Model: Model{ID: tt.id, Name: tt.name}}
		if got, err := c.DeriveID("ns"); err != nil || got.String() != tt.want {
			t.Errorf("got %s, %v, want %s", got, err, tt.want)
		}
	}
	var e *Error
	if _, err := (&Card{Model: Model{Name: "模型"}}).DeriveID("ns"); !errors.As(err, &e) || codes(e.Problems) != "no_id" || e.Problems[0].Hint == "" {
		t.Errorf("got %v", err)
	}
}

func TestSlug(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Größte Øre":     "grosste-ore",
		"Acme Sentiment": "acme-sentiment", "Émile  Zola": "emile-zola", "  --a--b-- ": "a-b", "BERT_base.v1": "bert_base.v1", ".a.": "a", "模型": "", "": "", "模型 7b": "7b", "ﬁne": "fine", "a — b": "a-b", "_x": "x",
	} {
		if got := Slug(name); got != want {
			t.Errorf("Slug(%q) = %q, want %q", name, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		slug := Slug(rapid.String().Draw(t, "name"))
		if slug != "" && !idPart.MatchString(slug) {
			t.Errorf("%q is no part of an identifier", slug)
		}
	})
}
