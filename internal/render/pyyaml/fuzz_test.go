package pyyaml_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"

	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/render/pyyaml"
)

// FuzzAppend reads what was written with another library, which must find the
// same texts everywhere they can be.
func FuzzAppend(f *testing.F) {
	for _, s := range []string{
		"", "plain", "true", "it's", "a: b", "- x", "a\nb", " a\n b \n", "a\tb", "\x00\x7f\ufeff", "😀\t", "a\u00a0#b", "---", "...",
		words(30), "'" + words(30), "\t" + words(30), repeat("k", 130), repeat("a\t", 90), repeat("line\n", 9), repeat("\\ ", 90) + "x",
	} {
		f.Add(s, "\n")
		f.Add(s, "\r\n")
	}
	f.Fuzz(func(t *testing.T, s, lineBreak string) {
		value := object("value", s, "list", list(s, list(s)), "map", object("in", object(s, s)), s, "last")
		out := pyyaml.Append(nil, value, lineBreak)
		if !utf8.Valid(out) {
			t.Fatalf("not UTF-8: %q", out)
		}
		if strings.ContainsAny(s, "\u0085\u2028\u2029") {
			return // line breaks in YAML 1.1 only
		}
		var doc yaml.Node
		if err := yaml.Unmarshal(out, &doc); err != nil {
			t.Fatalf("%v in:\n%s", err, out)
		}
		if diff := cmp.Diff(flatten(nil, value), scalars(nil, &doc)); diff != "" {
			t.Errorf("-written +read:\n%s\nin:\n%s", diff, out)
		}
	})
}

// flatten lists the texts of a value, keys and all.
func flatten(texts []string, v any) []string {
	switch v := v.(type) {
	case string:
		return append(texts, strings.ToValidUTF8(v, "\ufffd"))
	case []any:
		for _, item := range v {
			texts = flatten(texts, item)
		}
	case *card.Map:
		for _, e := range v.Entries {
			texts = flatten(flatten(texts, e.Key), e.Value)
		}
	}
	return texts
}

func scalars(texts []string, n *yaml.Node) []string {
	if n.Kind == yaml.ScalarNode {
		return append(texts, n.Value)
	}
	for _, child := range n.Content {
		texts = scalars(texts, child)
	}
	return texts
}
