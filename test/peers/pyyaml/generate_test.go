//go:build e2e

package pyyaml_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// testCase is one question to the peer; see peer.py.
type testCase struct {
	Kind      string `json:"kind"`
	LineBreak string `json:"line_break"`
	Parts     []any  `json:"parts"`
	Value     any    `json:"value"`
}

const (
	kindDump        = "dump"
	kindFrontMatter = "front_matter"
)

// generator makes values that go through every rule of the emitter. One seed
// gives one sequence.
type generator struct {
	*rand.Rand
	// parts is how many {"$part": n} the values may hold.
	parts int
	// whole leaves null out, which huggingface_hub drops in some places.
	whole bool
}

func newGenerator(seed uint64) *generator {
	return &generator{Rand: rand.New(rand.NewPCG(seed, seed))}
}

func (g *generator) oneIn(n int) bool { return g.IntN(n) == 0 }

func pick[T any](g *generator, from []T) T { return from[g.IntN(len(from))] }

func (g *generator) lineBreak() string {
	return pick(g, []string{"\n", "\n", "\n", "\r\n", "\r", ""})
}

// trapCases has every trap in every place where a text can be.
func trapCases(g *generator) []testCase {
	cases := make([]testCase, 0, 2*len(traps))
	for _, trap := range traps {
		m := &card.Map{}
		m.Set("value", trap)
		m.Set("list", []any{trap, []any{trap}})
		m.Set(trap, trap)
		cases = append(cases,
			testCase{Kind: kindDump, LineBreak: g.lineBreak(), Value: trap},
			testCase{Kind: kindDump, LineBreak: g.lineBreak(), Value: m})
	}
	return cases
}

func (g *generator) dumpCase() testCase {
	return testCase{Kind: kindDump, LineBreak: g.lineBreak(), Value: g.value(g.IntN(6))}
}

// deepCase nests so deep that the indent alone is wider than a line.
func (g *generator) deepCase() testCase {
	value := g.value(1)
	for range 20 + g.IntN(40) {
		if g.oneIn(3) {
			value = []any{value}
			continue
		}
		m := &card.Map{}
		m.Set(g.word(), value)
		value = m
	}
	return testCase{Kind: kindDump, LineBreak: g.lineBreak(), Value: value}
}

func (g *generator) sharedCase() testCase {
	c := testCase{Kind: kindDump, LineBreak: g.lineBreak()}
	for g.parts = 0; g.parts < 4; g.parts++ {
		c.Parts = append(c.Parts, g.part())
	}
	c.Value = []any{g.value(3), g.value(3), g.value(4)}
	g.parts = 0
	return c
}

// part is a list or a map; an empty list can't be shared.
func (g *generator) part() any {
	if m := g.mapping(2); g.oneIn(2) {
		return m
	}
	return append(g.list(2), g.value(1))
}

func (g *generator) value(depth int) any {
	if g.parts > 0 && g.oneIn(3) {
		m := &card.Map{}
		m.Set("$part", card.Int(int64(g.IntN(g.parts))))
		return m
	}
	if depth == 0 || g.oneIn(4) {
		return g.scalar()
	}
	if g.oneIn(2) {
		return g.list(depth)
	}
	return g.mapping(depth)
}

func (g *generator) list(depth int) []any {
	list := []any{}
	for range g.IntN(5) {
		list = append(list, g.value(depth-1))
	}
	return list
}

func (g *generator) mapping(depth int) *card.Map {
	m := &card.Map{}
	for range g.IntN(5) {
		key := g.word()
		if g.oneIn(3) {
			key = g.text()
		}
		m.Set(key, g.value(depth-1))
	}
	return m
}

func (g *generator) scalar() any {
	switch g.IntN(12) {
	case 0:
		if !g.whole {
			return nil
		}
	case 1:
		return g.oneIn(2)
	case 2, 3:
		return g.number()
	}
	return g.text()
}

func (g *generator) number() card.Number {
	switch g.IntN(6) {
	case 0:
		return card.Int(g.Int64() - math.MaxInt64/2)
	case 1:
		return card.Int(g.Int64N(200) - 100)
	case 2:
		return card.Number("-9" + strings.Repeat(strconv.Itoa(g.IntN(10)), 50))
	case 3:
		return card.Float(float64(g.IntN(2000)-1000) / 100)
	case 4:
		return card.Float(math.Pow10(g.IntN(60) - 30))
	}
	f := math.Float64frombits(g.Uint64())
	if math.IsNaN(f) || math.IsInf(f, 0) {
		f = math.Copysign(0, -1)
	}
	return card.Float(f)
}

func (g *generator) text() string {
	switch g.IntN(10) {
	case 0, 1:
		return pick(g, traps)
	case 2, 3:
		return g.sentence(1 + g.IntN(40))
	case 4:
		return g.sentence(12) + g.from(alphabets, 1+g.IntN(4)) + g.sentence(12)
	case 5:
		return "https://example.com/" + strings.Repeat(g.word()+"/", g.IntN(30))
	case 6:
		return strings.Repeat(g.word(), 1+g.IntN(30)) + strings.Repeat(" ", g.IntN(3)) + g.word()
	}
	return g.from(alphabets, g.IntN(24)) + g.from(alphabets, g.IntN(200)*g.IntN(2))
}

// from mixes characters of one alphabet.
func (g *generator) from(alphabets []string, n int) string {
	letters := []rune(pick(g, alphabets))
	var b strings.Builder
	for range n {
		b.WriteRune(pick(g, letters))
	}
	return b.String()
}

func (g *generator) word() string { return pick(g, words) }

func (g *generator) sentence(n int) string {
	parts := make([]string, n)
	for i := range parts {
		parts[i] = g.word()
	}
	return strings.Join(parts, pick(g, []string{" ", " ", " ", "  ", "\n", "\n\n"}))
}

// frontMatterCase is what ModelCardData takes, in the order in which it
// writes: its own keys, free ones, and model-index last.
func (g *generator) frontMatterCase() testCase {
	g.whole = true
	m := &card.Map{}
	for _, key := range []string{
		"base_model", "datasets", "language", "library_name", "license", "license_name",
		"license_link", "metrics", "model_name", "pipeline_tag", "tags",
	} {
		if g.oneIn(2) {
			continue
		}
		m.Set(key, g.cardField(key))
	}
	for range g.IntN(4) {
		m.Set("x_"+g.text(), g.value(3))
	}
	if _, named := m.Get("model_name"); !named && g.oneIn(2) {
		m.Set("model-index", g.modelIndex())
	}
	g.whole = false
	return testCase{Kind: kindFrontMatter, LineBreak: g.lineBreak(), Value: m}
}

func (g *generator) cardField(key string) any {
	if key != "tags" && g.oneIn(2) {
		return g.text()
	}
	list := []any{}
	for range 1 + g.IntN(4) {
		if item := any(g.text()); !slices.Contains(list, item) {
			list = append(list, item)
		}
	}
	return list
}

func (g *generator) modelIndex() []any {
	results := []any{}
	for i := range 1 + g.IntN(3) {
		results = append(results, object(
			"task", object("type", "task-"+strconv.Itoa(i), "name", g.text()),
			"dataset", object("name", g.text(), "type", g.text(), "args", object("date", g.scalar(), "free", g.value(2))),
			"metrics", []any{object("type", g.text(), "value", g.value(1), "name", g.text())},
			"source", object("url", g.text(), "name", g.text()),
		))
	}
	return []any{object("name", g.text(), "results", results)}
}

func object(pairs ...any) *card.Map {
	m := &card.Map{}
	for i := 0; i < len(pairs); i += 2 {
		m.Set(fmt.Sprint(pairs[i]), pairs[i+1])
	}
	return m
}
