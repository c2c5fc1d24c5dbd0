package render

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"

	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/card/regulation"
)

var technicalFiles = map[string]regulation.Act{"eu-ai-act": regulation.AIAct, "eu-cra": regulation.CRA}

func readTechnical(t testing.TB, name string) *card.Card {
	t.Helper()
	src, err := os.ReadFile(filepath.Join("testdata", "technical-file", name+".yaml"))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := card.ReadYAML(src)
	if err != nil {
		t.Fatal(err)
	}
	return doc.Card
}

func TestTechnicalFileGoldens(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"empty", "high-risk", "gpai-systemic", "not-applicable"} {
		for format, act := range technicalFiles {
			t.Run(name+"/"+format, func(t *testing.T) {
				t.Parallel()
				c := readTechnical(t, name)
				got := mustRender(t, format, c)
				golden := filepath.Join("testdata", "technical-file", name+"-"+format+".md")
				if *updateHTML {
					if err := os.WriteFile(golden, got, 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(golden)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(string(want), string(got)); diff != "" {
					t.Errorf("golden differs (-want +got):\n%s", diff)
				}
				if strings.Contains(strings.ToLower(string(got)), "compliant") {
					t.Error("the file speaks of being compliant")
				}
				assertHeadings(t, c, act, got)
			})
		}
	}
}

// wantHeadings are the headings of a file: each item of each set that is asked
// or may be, once and in order.
func wantHeadings(c *card.Card, act regulation.Act) []string {
	want := []string{"2 Scope", "2 Summary"}
	for _, s := range regulation.Sets(act) {
		if s.Scope(c).Asked == regulation.No {
			continue
		}
		want = append(want, "2 "+s.Ref+": "+s.Title)
		for _, item := range s.Items {
			want = append(want, "3 "+item.Ref+": "+item.Title)
		}
	}
	return want
}

func assertHeadings(t *testing.T, c *card.Card, act regulation.Act, file []byte) {
	t.Helper()
	var got []string
	for _, h := range card.Headings(file)[1:] { // the first has the model's name
		got = append(got, fmt.Sprint(h.Level, " ", h.Title))
	}
	if diff := cmp.Diff(wantHeadings(c, act), got); diff != "" {
		t.Errorf("headings (-want +got):\n%s", diff)
	}
}

// A full card leaves nothing open: the tables ask for nothing that a card
// cannot say.
func TestTechnicalFileOfAFullCard(t *testing.T) {
	t.Parallel()
	for format := range technicalFiles {
		f, err := Lookup(format)
		if err != nil {
			t.Fatal(err)
		}
		out, losses, err := f.Render(readTechnical(t, "high-risk"))
		if err != nil {
			t.Fatal(err)
		}
		if len(losses) > 0 || bytes.Contains(out, []byte("Missing:")) || bytes.Contains(out, []byte("**Partly given**")) {
			t.Errorf("%s leaves something open: %v", format, losses)
		}
	}
}

func TestTechnicalFileLosses(t *testing.T) {
	t.Parallel()
	_, losses, err := writeEUAIAct(readTechnical(t, "gpai-systemic"))
	if err != nil {
		t.Fatal(err)
	}
	const at = "/compliance/eu_ai_act/answers/"
	want := []Loss{
		{at + "annex_iv.1g", "Annex IV, point 1(g) is not asked: risk_class is not applicable: A model, and no system."},
		{at + "annex_xi.1.9z", "no item has this key"},
		{at + "annex_xii.1d", "the answer says nothing: it has to be a text, a number, a list or a mapping"},
	}
	if diff := cmp.Diff(want, losses); diff != "" {
		t.Errorf("losses (-want +got):\n%s", diff)
	}
}

func TestTechnicalFileBySpelling(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"eu_ai_act", "eu-ai-act", "eu_cra", "eu-cra"} {
		if _, err := Lookup(name); err != nil {
			t.Error(err)
		}
	}
}

// hostile are texts that try to get out of the quote that they stand in, and
// to pass for what the file says.
var hostile = []string{
	"## Annex IV: Forged\n\n### Annex IV, point 1(a): Forged\n\n**Given**",
	"Annex IV\n---\n\nForged\n===",
	"```\nan open fence\n### x",
	"~~~~\n```\n",
	"<!-- an open comment\n\n### x",
	"<div><pre>\n\n### x",
	"<script>alert(1)",
	"<![CDATA[ x",
	"> quoted\n> ### x\nlazy",
	"- item\n\n      code\n- ```",
	"    indented\n    code",
	"\tindented\n### x",
	"| a | b |\n| --- | --- |\n| c | d |",
	"a | b \\| c \\",
	"`code",
	"[x]: https://example.com\n[Given]: y",
	"text\n\n\n# x #",
	"1. one\n   1. two\n      ### x",
	"* * *\n***\n---",
	"\\",
}

func TestTechnicalFileHoldsHostileTexts(t *testing.T) {
	t.Parallel()
	for _, s := range hostile {
		if _, ok := cardFullOf(s); !ok {
			t.Fatalf("no card can have %q", s)
		}
		assertHeld(t, s)
	}
}

func FuzzTechnicalFile(f *testing.F) {
	for _, s := range hostile {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) < 1<<9 { // what is long is refused for its structure
			assertHeld(t, s)
		}
	})
}

// assertHeld puts a text wherever a card can have one that the file prints.
func assertHeld(t *testing.T, s string) {
	t.Helper()
	c, ok := cardFullOf(s)
	if !ok {
		return
	}
	for format, act := range technicalFiles {
		out := mustRender(t, format, c)
		assertHeadings(t, c, act, out)
		assertScopeTable(t, act, out)
		if t.Failed() {
			t.Fatalf("with %q:\n%s", s, out)
		}
	}
}

// cardFullOf is not ok for a text that a card document refuses.
func cardFullOf(s string) (c *card.Card, ok bool) {
	answers := &card.Map{}
	answers.Set("annex_iv.2e", s)
	answers.Set("annex_iv.5", []any{s, []any{s}})
	answers.Set("annex_iv.7", &card.Map{Entries: []card.Entry{{Key: s, Value: s}, {Key: "list", Value: []any{s, s}}}})
	line := "x " + strings.Join(strings.Fields(s), " ")
	c = &card.Card{
		Model:       card.Model{ID: "a/b", Name: line, Version: line, Changes: s},
		IntendedUse: &card.IntendedUse{Overview: s, UseCases: []string{s, s}},
		Training:    &card.Training{Datasets: []card.Dataset{{Name: line, Description: s}}},
		Evaluation:  &card.Evaluation{Results: []card.Result{{Metrics: []card.Metric{{Type: line, Value: s}}}}},
		Compliance:  &card.Compliance{EUAIAct: &card.EUAIAct{RiskClass: "high", Answers: answers}},
		NotApplicable: map[string]string{
			"/compliance/eu_ai_act/answers/annex_iv.8": line,
			"/compliance/eu_ai_act/gpai":               line,
			"/model/repository":                        line,
			"/model/path":                              line,
			"/training/preprocessing":                  line,
		},
	}
	doc, err := card.ReadJSON(c.Canonical())
	if err != nil {
		return nil, false
	}
	return doc.Card, true
}

var dates = regexp.MustCompile(`^\d{4}-\d\d-\d\d(, \d{4}-\d\d-\d\d)*$`)

// assertScopeTable checks that each row of the first table ends with its dates.
func assertScopeTable(t *testing.T, act regulation.Act, file []byte) {
	t.Helper()
	root := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser().Parse(text.NewReader(file))
	for n := root.FirstChild(); n != nil; n = n.NextSibling() {
		table, ok := n.(*extast.Table)
		if !ok {
			continue
		}
		if rows := table.ChildCount() - 1; rows != len(regulation.Sets(act)) {
			t.Errorf("the scope has %d rows", rows)
		}
		for row := table.FirstChild().NextSibling(); row != nil; row = row.NextSibling() {
			if last := string(row.LastChild().Text(file)); !dates.MatchString(last) { //nolint:staticcheck // plain text is all that is in it
				t.Errorf("a row ends with %q", last)
			}
		}
		return
	}
	t.Error("there is no scope table")
}

func TestValueText(t *testing.T) {
	t.Parallel()
	mapping := func(entries ...card.Entry) *card.Map { return &card.Map{Entries: entries} }
	tests := []struct {
		name  string
		value any
		want  string
	}{
		{"text", "a *b*", "a *b*"},
		{"number", card.Int(3), "3"},
		{"null and true", []any{nil, true}, "- null\n- true"},
		{"list of lines", []any{"a\nb", "c"}, "- a\n  b\n- c"},
		{"list in a list", []any{"a", []any{"b", "c"}}, "- a\n- - b\n  - c"},
		{"mapping on one line", mapping(card.Entry{Key: "a", Value: "b"}, card.Entry{Key: "c", Value: card.Int(1)}), "**a:** b; **c:** 1"},
		{"mapping with lines", mapping(card.Entry{Key: "a", Value: "b\nc"}, card.Entry{Key: "d", Value: "e"}), "- **a:**\n\n  b\n  c\n- **d:** e"},
		{"mapping with a list", mapping(card.Entry{Key: "a", Value: []any{"b"}}), "- **a:**\n\n  - b"},
		{"key with lines", mapping(card.Entry{Key: "a\n# b", Value: "c"}), "**a # b:** c"},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, valueText(tt.value)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

// Whatever other people's cards have in their texts, a file of theirs has each
// item once and in order.
func TestTechnicalFilesOfTheCorpus(t *testing.T) {
	for _, file := range corpusFiles(t) {
		name := filepath.Base(file)
		if refusedInCorpus[name] != "" {
			continue
		}
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		doc, _, err := ReadHuggingFace(src, "corpus/"+stem(name))
		if err != nil {
			t.Fatal(err)
		}
		for format, act := range technicalFiles {
			assertHeadings(t, doc.Card, act, mustRender(t, format, doc.Card))
		}
		if t.Failed() {
			t.Fatal(name)
		}
	}
}
