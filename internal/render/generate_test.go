package render

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// cardGenerator draws cards with any fields of the schema, lists of up to three
// entries, and reasons for some of what is absent. It finds the fields by
// reflection, so that a new field is in every property at once.
type cardGenerator struct {
	t       *rapid.T
	reasons map[string]string
	// presence is how many of ten fields a card has.
	presence int
	// odd is how many of twenty texts are some that readers may take for
	// something else.
	odd int
}

func drawCard(t *rapid.T) *card.Card {
	g := cardGenerator{t, map[string]string{}, rapid.SampledFrom([]int{1, 4, 9}).Draw(t, "presence"), rapid.SampledFrom([]int{0, 1, 20}).Draw(t, "odd")}
	c := &card.Card{}
	g.structure(reflect.ValueOf(c).Elem(), "")
	c.Model.ID = rapid.SampledFrom([]string{"", "bert", "acme/bert", "A.b_c-d/0"}).Draw(t, "id")
	if c.Model.ID == "" && strings.TrimSpace(c.Model.Name) == "" {
		c.Model.Name = rapid.SampledFrom([]string{"Bert", "acme/bert", "ベルト"}).Draw(t, "name")
	}
	c.NotApplicable = g.reasons
	if err := c.Normalize(); err != nil {
		t.Fatalf("the generator makes cards that are none: %v", err)
	}
	return c
}

// undeclinable fields have no reason not to apply.
var undeclinable = []string{"/apiVersion", "/kind", "/model", "/model/id", "/model/name", "/metadata", "/sections", "/sources"}

func (g cardGenerator) structure(v reflect.Value, at string) {
	for i := range v.NumField() {
		name, rules, ok := fieldOf(v.Type(), i)
		if !ok || at == "" && (name == "apiVersion" || name == "kind") {
			continue
		}
		below := at + "/" + name
		switch choice := rapid.IntRange(0, 19).Draw(g.t, below); {
		case choice < 2*g.presence || isRequired(rules):
			g.value(v.Field(i), rules, below)
		case choice == 19 && !slices.Contains(undeclinable, below):
			g.reasons[below] = "because of " + name
		}
	}
}

// fieldOf is the key and the rules of a field of a card; ok is false for one
// that stands in no document.
func fieldOf(t reflect.Type, i int) (name, rules string, ok bool) {
	name, _, _ = strings.Cut(t.Field(i).Tag.Get("json"), ",")
	return name, t.Field(i).Tag.Get("schema"), name != "" && name != "-"
}

func isRequired(rules string) bool { return slices.Contains(strings.Split(rules, ","), "required") }

func (g cardGenerator) value(v reflect.Value, rules, at string) {
	switch v.Interface().(type) {
	case *card.Map:
		v.Set(reflect.ValueOf(g.mapping(2, at)))
		return
	case card.Number:
		v.SetString(string(g.number(strings.Contains(rules, "min="))))
		return
	case card.OneOrMany:
		values := make([]string, rapid.IntRange(1, 3).Draw(g.t, at))
		for i := range values {
			values[i] = g.text("line")
		}
		v.Set(reflect.ValueOf(card.OneOrMany{Values: values, Single: len(values) == 1 && rapid.Bool().Draw(g.t, "single")}))
		return
	case *card.Emissions:
		if rapid.Bool().Draw(g.t, "plain") {
			v.Set(reflect.ValueOf(&card.Emissions{Grams: g.number(true), Plain: true}))
			return
		}
	}
	g.kind(v, rules, at)
}

func (g cardGenerator) kind(v reflect.Value, rules, at string) {
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		g.value(v.Elem(), rules, at)
	case reflect.Struct:
		g.structure(v, at)
	case reflect.Slice:
		n := rapid.IntRange(0, 3).Draw(g.t, at)
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

// What people write, and what readers of other formats may take for something
// else: other scripts, numbers, marks and addresses.
var (
	generatedLines = []string{
		"Apache-2.0", "apache-2.0", "mit", "other", "LICENSE", "acme/reviews", "imdb", "IMDb (test)", "test", "Training Set", "Validation Set",
		"training logs (evaluation)", "https://example.com/a?b=c&d=<e>", "https://huggingface.co/datasets/imdb", "2026-11-24", "0.9", "-1e5", "012", "true", "null",
		"APA", "BibTeX", "MLA", "en", "no", "深層学習", "naïve “quotes” & <tags>", "a: b # c", "data:image/png;base64,AAAA", "😀", "finetune", "x",
	}
	generatedTexts = append([]string{
		"Two paragraphs.\n\nThe second has `code`.", "- a list\n- of two", "## A heading\n\nand text", "```python\nprint(1)\n```",
		"  indented", "\"quoted\" \\ and a tab\there", "trailing space \nline", "a\u2028b",
	}, generatedLines...)
	generatedImages = []string{"iVBORw0KGgo=", "AAAA", "AA\nAA", ""}

	// What has a meaning of its own in CycloneDX or Markdown.
	oddTexts = append([]string{
		"", "1e5", "007", "MIT", "Apache-2.0 OR MIT", "(GPL-2.0-only WITH Classpath-exception-2.0)", "AND", "gpl", "odbl", "llama3", "LGPLLR", "Acme EULA",
		"https://example.com:x/", "dir/file.txt", "1:2", "mailto:a@b.c", "ada@example.org", "data-1", "training", "evaluation", "paper", "urn:cdx:x", "[1]",
		"%zz", "%20", "[::1]", "http://[::1]/", "//a@b@c/", `\`, strings.Repeat("v", 1025),
		"[More Information Needed]", "Not applicable: a demo", "Model Card for x", "# Uses", "## Evaluation\n### Results\nnone", "- **Developed by:** me",
		"- lr: 1", "| Task | Dataset | Metric | Value |\n| --- | --- | --- | --- |\n| a | b | c | 1 |", "**BibTeX:**\n\n```\n@misc{a}\n```", "<!-- a comment",
		"Use the code below to get started with the model.", "```\nopen", "~~~", "a | b", "5 g CO2eq", "Uses", "a (b)", "#", `a\#`, "title\n---\ntext",
	}, generatedTexts...)
	oddText = rapid.OneOf(
		rapid.SampledFrom(oddTexts),
		rapid.StringOfN(rapid.SampledFrom([]rune("aé😀 \n\t#=-~`<>!*[]:{}'\"\\&,|?%@0_./\u00a0\u200b\u2028")), 0, 12, -1),
	)

	// Ordinary cards have these.
	plainLines = []string{"Acme", "transformers", "text-classification", "acme/reviews", "https://example.com/a", "mit", "en", "1.2.0", "2026-11-24", "ベルト"}
	plainTexts = append([]string{"Sorts reviews.\n\nIt is **fast**.", "```python\n# load it\nload()\n```", "Good for\n\n1. this\n2. that"}, plainLines...)
)

func (g cardGenerator) text(rules string) string {
	for rule := range strings.SplitSeq(rules, ",") {
		if words, ok := strings.CutPrefix(rule, "enum="); ok {
			return rapid.SampledFrom(strings.Split(words, "|")).Draw(g.t, "word")
		}
		switch rule {
		case "line":
			if g.isOdd() {
				return oddText.Draw(g.t, "line")
			}
			return rapid.SampledFrom(plainLines).Draw(g.t, "line")
		case "image":
			return rapid.SampledFrom(generatedImages).Draw(g.t, "image")
		case "id":
			return ""
		}
	}
	if g.isOdd() {
		return oddText.Draw(g.t, "text")
	}
	return rapid.SampledFrom(plainTexts).Draw(g.t, "text")
}

func (g cardGenerator) isOdd() bool {
	return g.odd == 20 || g.odd > 0 && rapid.IntRange(0, 19).Draw(g.t, "odd") < g.odd
}

func (g cardGenerator) number(positive bool) card.Number {
	if rapid.Bool().Draw(g.t, "integer") {
		return card.Int(int64(rapid.IntRange(0, 1<<40).Draw(g.t, "int")))
	}
	f := rapid.Float64().Draw(g.t, "float")
	if positive {
		f = max(f, -f)
	}
	return card.Float(f)
}

// mapping draws a mapping. Answers that do not apply are reasons of the card.
func (g cardGenerator) mapping(depth int, at string) *card.Map {
	m := &card.Map{}
	for _, key := range rapid.SliceOfNDistinct(rapid.SampledFrom(mappingKeys(g.isOdd())), 1, 3, rapid.ID[string]).Draw(g.t, "keys") {
		if strings.HasSuffix(at, "/answers") && rapid.IntRange(0, 3).Draw(g.t, "apply") == 0 {
			g.reasons[at+card.Pointer(key)] = "because"
			continue
		}
		m.Set(key, g.free(depth-1))
	}
	return m
}

func (g cardGenerator) free(depth int) any {
	switch rapid.IntRange(0, 8).Draw(g.t, "free") {
	case 0:
		return rapid.Bool().Draw(g.t, "bool")
	case 1, 2, 3:
		return g.number(false)
	case 4:
		if depth > 0 {
			return g.mapping(depth, "")
		}
	case 5:
		if depth > 0 {
			return []any{g.free(depth - 1), g.free(depth - 1)}
		}
	case 6:
		if g.isOdd() {
			return nil
		}
	}
	return g.text("")
}

func mappingKeys(odd bool) []string {
	if odd {
		return []string{"learning_rate", "annex_iv.1a", "no", "012", "é/~", "null", "", "~", "a b", "license", "tags"}
	}
	return []string{"learning_rate", "epochs", "annex_iv.1a", "seed"}
}

// A generated card is one that the reader of card documents takes as it is.
func TestGeneratedCardsAreCards(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := drawCard(t)
		doc, err := card.ReadJSON(c.Canonical())
		if err != nil {
			t.Fatal(err)
		}
		if changes := card.Diff(c, doc.Card); len(changes) > 0 {
			t.Fatalf("read back it differs: %v", changes)
		}
	})
}
