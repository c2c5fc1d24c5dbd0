package card

import (
	"reflect"
	"strconv"
	"strings"

	"pgregory.net/rapid"
)

// cardGenerator draws cards with any fields, lists of up to two entries, and
// reasons for some of what is absent.
type cardGenerator struct {
	t       *rapid.T
	reasons map[string]string
}

func drawCard(t *rapid.T) *Card {
	g := cardGenerator{t, map[string]string{}}
	c := &Card{}
	g.structure(reflect.ValueOf(c).Elem(), "")
	c.APIVersion, c.Kind = "", ""
	c.Model.ID = rapid.SampledFrom([]string{"", "x", "a/b", "A.b_c-d/0"}).Draw(t, "id")
	c.Model.Name = "x" + c.Model.Name
	c.NotApplicable = g.reasons
	return c
}

// generatedText draws texts that are hard to keep. It is made anew for each use: rapid's generators are not safe for concurrent
// use, and tests run side by side.
func generatedText() *rapid.Generator[string] {
	return rapid.StringOfN(rapid.SampledFrom([]rune("aé😀 \n\t#=-~`<>!*[]:{}'\"\\&,|?%@0_.\u00a0\u200b\u2028")), 0, 24, -1)
}

func (g cardGenerator) structure(v reflect.Value, at string) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" || name == "-" {
			continue
		}
		rules, below := f.Tag.Get("schema"), at+"/"+name
		required := isRequired(rules)
		switch choice := rapid.IntRange(0, 9).Draw(g.t, below); {
		case required || choice < 3:
			g.value(v.Field(i), rules, below)
		case choice == 3 && mayLack(below):
			g.reasons[below] = "because of " + name
		}
	}
}

func mayLack(pointer string) bool {
	for _, p := range indispensable {
		if p == pointer {
			return false
		}
	}
	return true
}

func (g cardGenerator) value(v reflect.Value, rules, at string) {
	switch v.Interface().(type) {
	case *Map:
		v.Set(reflect.ValueOf(g.mapping(2, at)))
		return
	case Number:
		v.SetString(string(g.number(strings.Contains(rules, "min="))))
		return
	case OneOrMany:
		values := rapid.SliceOfN(g.line(), 1, 2).Draw(g.t, at)
		v.Set(reflect.ValueOf(OneOrMany{Values: values, Single: len(values) == 1 && rapid.Bool().Draw(g.t, "single")}))
		return
	case *Emissions:
		if rapid.Bool().Draw(g.t, "plain") {
			v.Set(reflect.ValueOf(&Emissions{Grams: g.number(true), Plain: true}))
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
		} else if strings.Contains(rules, "given") {
			v.Set(reflect.ValueOf(""))
		}
	case reflect.String:
		v.SetString(g.text(rules))
	}
}

func (g cardGenerator) line() *rapid.Generator[string] {
	return rapid.Map(generatedText(), func(s string) string { return strings.NewReplacer("\n", " ", "\u2028", " ").Replace(s) })
}

func (g cardGenerator) text(rules string) string {
	for rule := range strings.SplitSeq(rules, ",") {
		if words, ok := strings.CutPrefix(rule, "enum="); ok {
			return rapid.SampledFrom(strings.Split(words, "|")).Draw(g.t, "word")
		}
		switch rule {
		case "line":
			return g.line().Draw(g.t, "line")
		case "image":
			return rapid.StringMatching(`[A-Za-z0-9+/]{0,8}={0,2}`).Draw(g.t, "image")
		case "id":
			return ""
		}
	}
	return generatedText().Draw(g.t, "text")
}

func (g cardGenerator) number(positive bool) Number {
	f := rapid.Float64().Draw(g.t, "float")
	if positive {
		f = max(f, -f)
	}
	if rapid.Bool().Draw(g.t, "integer") {
		return Int(int64(rapid.IntRange(0, 1<<40).Draw(g.t, "int")))
	}
	return Float(f)
}

// mapping draws a mapping. Answers that do not apply are reasons of the card.
func (g cardGenerator) mapping(depth int, at string) *Map {
	m := &Map{}
	for _, key := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b.1", "no", "012", "~", "<<", "é/~", "key", "null", ""}), 0, 3, rapid.ID[string]).Draw(g.t, "keys") {
		if strings.HasSuffix(at, "/answers") && rapid.IntRange(0, 3).Draw(g.t, "apply") == 0 {
			g.reasons[at+Pointer(key)] = "because"
			continue
		}
		m.Set(key, g.free(depth-1))
	}
	return m
}

func (g cardGenerator) free(depth int) any {
	switch rapid.IntRange(0, 7).Draw(g.t, "free") {
	case 0:
		return nil
	case 1:
		return rapid.Bool().Draw(g.t, "bool")
	case 2:
		return g.number(false)
	case 3:
		if depth > 0 {
			return g.mapping(depth, "")
		}
	case 4:
		if depth > 0 {
			return []any{g.free(depth - 1), g.free(depth - 1)}
		}
	case 5:
		return rapid.SampledFrom([]string{"yes", "012", "1e5", "1", "1.0", "null", "~", "", "true", "<<", "2026-01-01", ".nan", "0x1f", "- a", "# b", "a: b"}).Draw(g.t, "trap")
	}
	return generatedText().Draw(g.t, "text")
}
