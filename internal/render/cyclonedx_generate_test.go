package render

import (
	"reflect"
	"strconv"
	"strings"

	"pgregory.net/rapid"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// bomCardGenerator draws cards that can have any field, lists of up to two
// entries, and reasons for some of what is absent.
type bomCardGenerator struct {
	t       *rapid.T
	reasons map[string]string
}

// drawBOMCard draws a normalised card.
func drawBOMCard(t *rapid.T) *card.Card {
	g := bomCardGenerator{t, map[string]string{}}
	c := &card.Card{}
	g.structure(reflect.ValueOf(c).Elem(), "")
	c.Model.ID = rapid.SampledFrom([]string{"", "x", "a/b", "A.b_c-d/0"}).Draw(t, "id")
	c.Model.Name = "x" + c.Model.Name
	c.NotApplicable = g.reasons
	if err := c.Normalize(); err != nil {
		t.Fatalf("drew a bad card: %v", err)
	}
	return c
}

// drawnWords are texts that mean something in one field or another.
var drawnWords = []string{
	"", "0.9", "1e5", "007", "-1", "mit", "MIT", "apache-2.0", "Apache-2.0 OR MIT", "(GPL-2.0-only WITH Classpath-exception-2.0)", "AND", "gpl", "odbl", "other", "llama3",
	"LGPLLR", "Acme EULA", "https://example.com/a?b=c#d", "https://example.com:x/", "a b", "dir/file.txt", "1:2", "mailto:a@b.c", "ada@example.org", "a/b", "data-1", "training", "paper", "urn:cdx:x",
	"true", "null", "[1]", "é", "\U0001F600", "%zz", "%20", "[::1]", "evaluation", "http://[::1]/", "//a@b@c/", `\`, strings.Repeat("v", 1025),
}

var drawnText = rapid.OneOf(
	rapid.SampledFrom(drawnWords),
	rapid.StringOfN(rapid.SampledFrom([]rune("aé😀 \n\t#=-~`<>!*[]:{}'\"\\&,|?%@0_./\u00a0\u200b\u2028")), 0, 12, -1),
)

var drawnLine = rapid.Map(drawnText, func(s string) string { return strings.NewReplacer("\n", " ", "\u2028", " ").Replace(s) })

func (g bomCardGenerator) structure(v reflect.Value, at string) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" || name == "-" || at == "" && (name == "apiVersion" || name == "kind") {
			continue
		}
		rules, below := f.Tag.Get("schema"), at+"/"+name
		required := hasRule(rules, "required")
		switch choice := rapid.IntRange(0, 9).Draw(g.t, below); {
		case required || choice < 4:
			g.value(v.Field(i), rules, below)
		case choice == 4 && mayLack(below):
			g.reasons[below] = "because of " + name
		}
	}
}

func hasRule(rules, rule string) bool {
	for r := range strings.SplitSeq(rules, ",") {
		if r == rule {
			return true
		}
	}
	return false
}

// mayLack is false for what cannot be declared not applicable.
func mayLack(pointer string) bool {
	switch pointer {
	case "/model", "/model/id", "/model/name", "/metadata", "/sections", "/sources":
		return false
	}
	return true
}

func (g bomCardGenerator) value(v reflect.Value, rules, at string) {
	switch v.Interface().(type) {
	case *card.Map:
		v.Set(reflect.ValueOf(g.mapping(2)))
		return
	case card.Number:
		v.SetString(string(g.number(strings.Contains(rules, "min="))))
		return
	case card.OneOrMany:
		values := rapid.SliceOfN(drawnLine, 1, 2).Draw(g.t, at)
		v.Set(reflect.ValueOf(card.OneOrMany{Values: values, Single: len(values) == 1 && rapid.Bool().Draw(g.t, "single")}))
		return
	case *card.Emissions:
		if rapid.Bool().Draw(g.t, "plain") {
			v.Set(reflect.ValueOf(&card.Emissions{Grams: g.number(true), Plain: true}))
			return
		}
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		g.value(v.Elem(), rules, at)
	case reflect.Struct:
		g.structure(v, at)
	case reflect.Slice:
		n := rapid.IntRange(0, 2).Draw(g.t, at)
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			g.value(v.Index(i), strings.ReplaceAll(rules, "items=", ""), at+"/"+strconv.Itoa(i))
		}
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(g.t, at))
	case reflect.Interface:
		if free := g.free(2); free != nil {
			v.Set(reflect.ValueOf(free))
		} else if hasRule(rules, "given") {
			v.Set(reflect.ValueOf(""))
		}
	case reflect.String:
		v.SetString(g.text(rules))
	}
}

func (g bomCardGenerator) text(rules string) string {
	for rule := range strings.SplitSeq(rules, ",") {
		if words, ok := strings.CutPrefix(rule, "enum="); ok {
			return rapid.SampledFrom(strings.Split(words, "|")).Draw(g.t, "word")
		}
		switch rule {
		case "line":
			return drawnLine.Draw(g.t, "line")
		case "image":
			return rapid.StringMatching(`[A-Za-z0-9+/]{0,8}={0,2}`).Draw(g.t, "image")
		case "id":
			return ""
		}
	}
	return drawnText.Draw(g.t, "text")
}

func (g bomCardGenerator) number(positive bool) card.Number {
	f := rapid.OneOf(rapid.Float64(), rapid.Float64Range(0, 1e6), rapid.SampledFrom([]float64{0, 0.1, 1500, 1e-7, 1.7e308})).Draw(g.t, "float")
	if positive {
		f = max(f, -f)
	}
	if rapid.Bool().Draw(g.t, "integer") {
		return card.Int(int64(rapid.IntRange(0, 1<<40).Draw(g.t, "int")))
	}
	return card.Float(f)
}

func (g bomCardGenerator) mapping(depth int) *card.Map {
	m := &card.Map{}
	for _, key := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b.1", "no", "012", "~", "é/~", "key", ""}), 0, 3, rapid.ID[string]).Draw(g.t, "keys") {
		m.Set(key, g.free(depth-1))
	}
	return m
}

func (g bomCardGenerator) free(depth int) any {
	switch rapid.IntRange(0, 5).Draw(g.t, "free") {
	case 0:
		return nil
	case 1:
		return rapid.Bool().Draw(g.t, "bool")
	case 2:
		return g.number(false)
	case 3:
		if depth > 0 {
			return g.mapping(depth)
		}
	case 4:
		if depth > 0 {
			return []any{g.free(depth - 1), g.free(depth - 1)}
		}
	}
	return drawnText.Draw(g.t, "text")
}
