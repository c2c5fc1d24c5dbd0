//go:build e2e

package pyyaml_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/render/pyyaml"
	"github.com/terragonlabs/modelcard-generator/test/peers/python"
)

var update = flag.Bool("update", false, "write the peer's answers to the corpus of internal/render/pyyaml")

const seed = 20260731

func TestSameBytesAsPyYAML(t *testing.T) {
	g := newGenerator(seed)
	cases := trapCases(g)
	for range 3000 {
		cases = append(cases, g.dumpCase())
	}
	for range 300 {
		cases = append(cases, g.deepCase(), g.sharedCase())
	}
	compare(t, cases)
}

func TestSameBytesAsModelCardData(t *testing.T) {
	g := newGenerator(seed)
	var cases []testCase
	for range 1500 {
		cases = append(cases, g.frontMatterCase())
	}
	compare(t, cases)
}

// TestCorpus keeps the committed answers, which need no Python to test with,
// equal to the peer's.
func TestCorpus(t *testing.T) {
	g := newGenerator(seed)
	var cases []testCase
	for _, trap := range traps {
		cases = append(cases, testCase{Kind: kindDump, LineBreak: g.lineBreak(), Value: object(trap, []any{trap})})
	}
	for range 30 {
		cases = append(cases, g.dumpCase(), g.frontMatterCase())
	}
	corpus := encodeCorpus(t, cases, python.Ask[string](t, cases, 0))
	path := filepath.Join("..", "..", "..", "internal", "render", "pyyaml", "testdata", "corpus.jsonl")
	if *update {
		if err := os.WriteFile(path, corpus, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	committed, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(committed, corpus) {
		t.Errorf("%s isn't what the peer writes; see -update", path)
	}
}

func compare(t *testing.T, cases []testCase) {
	t.Helper()
	answers := python.Ask[string](t, cases, 0)
	failed := 0
	for i, c := range cases {
		if got := ours(c); got != answers[i] {
			question, _ := json.Marshal(c)
			t.Errorf("case %d %s (-theirs +ours):\n%s", i, question, cmp.Diff(answers[i], got))
			if failed++; failed == 10 {
				t.Fatal("and maybe more")
			}
		}
	}
	t.Logf("%d values, byte-identical", len(cases)-failed)
}

func ours(c testCase) string {
	var parts []any
	for _, part := range c.Parts {
		parts = append(parts, share(part, parts))
	}
	switch v := share(c.Value, parts); {
	case c.Kind == kindFrontMatter:
		return string(pyyaml.AppendFrontMatter(nil, v.(*card.Map), c.LineBreak))
	case parts != nil:
		return string(pyyaml.AppendShared(nil, v, c.LineBreak))
	default:
		return string(pyyaml.Append(nil, v, c.LineBreak))
	}
}

// share puts parts in the place of {"$part": n}.
func share(v any, parts []any) any {
	switch v := v.(type) {
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = share(v[i], parts)
		}
		return list
	case *card.Map:
		if n, ok := v.Get("$part"); ok {
			number, _ := card.AsNumber(n)
			return parts[int(number.Float64())]
		}
		m := &card.Map{}
		for _, e := range v.Entries {
			m.Set(e.Key, share(e.Value, parts))
		}
		return m
	}
	return v
}

func encodeCorpus(t *testing.T, cases []testCase, answers []string) []byte {
	t.Helper()
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	for i, c := range cases {
		if err := encoder.Encode(struct {
			FrontMatter bool   `json:"front_matter"`
			LineBreak   string `json:"line_break"`
			Value       any    `json:"value"`
			YAML        string `json:"yaml"`
		}{c.Kind == kindFrontMatter, c.LineBreak, c.Value, answers[i]}); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}
