package render

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// twoWay are the formats that are written and read, with how they are valid.
var twoWay = []struct {
	name, mediaType string
	validate        func(t testing.TB) func(out []byte) error
}{
	{"huggingface", TypeMarkdown, nil},
	{"google", TypeJSON, func(t testing.TB) func([]byte) error {
		schema := googleSchema(t, "0.0.2")
		return func(out []byte) error { return validate(schema, out) }
	}},
	{"cyclonedx-1.5", TypeJSON, validBOM("cyclonedx-1.5")},
	{"cyclonedx", TypeJSON, validBOM("cyclonedx")},
	{"cyclonedx-1.7", TypeJSON, validBOM("cyclonedx-1.7")},
	{"mcg", TypeJSON, nil},
	{"yaml", TypeYAML, nil},
}

func validBOM(format string) func(testing.TB) func([]byte) error {
	return func(testing.TB) func([]byte) error {
		return func(out []byte) error { return checkBOM(format, out) }
	}
}

// Any card gives a valid document in every format that is read too. What is
// read back is the same card, but for what is in the losses; and whatever is in
// them is not the same.
func TestRoundTrips(t *testing.T) {
	t.Parallel()
	const fixed = 30 // cards that are the same in every run
	for _, f := range twoWay {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			valid := func([]byte) error { return nil }
			if f.validate != nil {
				valid = f.validate(t)
			}
			check := func(t testingT, c *card.Card) {
				out, losses := render(t, f.name, c)
				if err := valid(out); err != nil {
					t.Fatalf("it is not valid: %v\n%s", err, out)
				}
				back, unread, err := Read(out, f.mediaType, "")
				if f.name == "huggingface" && hasLineSeparator(err) {
					if n := c.Tree().Len() - 2; len(losses) != n { // all but apiVersion and kind
						t.Errorf("nothing comes back, and there are %d losses, not %d", len(losses), n)
					}
					return
				}
				if err != nil {
					t.Fatalf("it is not read back: %v\n%s", err, out)
				}
				if len(unread) > 0 {
					t.Errorf("not read of our own: %v", unread)
				}
				if len(losses) > 0 && (f.name == "mcg" || f.name == "yaml") {
					t.Errorf("a format of our own loses: %v", losses)
				}
				compareLosses(t, c, back.Card, losses)
				if t.Failed() {
					t.Fatalf("%s\n%s", c.Canonical(), out)
				}
			}
			cards := rapid.Custom(drawCard)
			for seed := range fixed {
				check(t, cards.Example(seed))
			}
			rapid.Check(t, func(t *rapid.T) { check(t, drawCard(t)) })
		})
	}
}

// Results go through the front matter and a table together: what is read back
// of them is what is not in the losses, where tasks, data sets and slices are
// alike too.
func TestRoundTripsOfResults(t *testing.T) {
	t.Parallel()
	check := func(t testingT, c *card.Card) {
		out, losses := render(t, "huggingface", c)
		back, _, err := ReadHuggingFace(out, "")
		if err != nil {
			t.Fatalf("it is not read back: %v\n%s", err, out)
		}
		if compareLosses(t, c, back.Card, losses); t.Failed() {
			t.Fatalf("%s\n%s", c.Canonical(), out)
		}
	}
	rapid.Check(t, func(t *rapid.T) { check(t, drawResults(t)) })
}

// drawResults draws a card of results from few words, so that many are alike.
func drawResults(t *rapid.T) *card.Card {
	word := func(words ...string) string { return rapid.SampledFrom(words).Draw(t, "word") }
	metric := rapid.Custom(func(t *rapid.T) card.Metric {
		m := card.Metric{Type: word("f1", "f1", "acc", "a|b", ""), Name: word("", "", "F1", "f1", "F1 (x)"), Slice: word("", "", "s", "t"), Unit: word("", "", "ms")}
		m.Value = rapid.SampledFrom([]any{card.Number("0.9"), card.Number("0.8"), "high", "0.9", "", " x", true, nil}).Draw(t, "value")
		m.Config, m.VerifyToken = word("", "", "", "c"), word("", "", "", "v")
		if rapid.Bool().Draw(t, "interval") {
			m.ConfidenceInterval = &card.Interval{LowerBound: "0.1", UpperBound: "1.0"}
		}
		return m
	})
	result := rapid.Custom(func(t *rapid.T) card.Result {
		return card.Result{
			Task:    card.Task{Type: word("t", "t", "u", ""), Name: word("", "T", "t")},
			Dataset: card.ResultDataset{Type: word("d", "d", "e", ""), Name: word("D", "D", "d", ""), Config: word("", "", "c"), Split: word("", "c", "test")},
			Metrics: rapid.SliceOfN(metric, 0, 3).Draw(t, "metrics"),
			Source:  rapid.SampledFrom([]*card.ResultSource{nil, nil, {URL: "u", Name: "n"}, {Name: "n"}}).Draw(t, "source"),
		}
	})
	c := &card.Card{Model: card.Model{Name: "A"}, Evaluation: &card.Evaluation{Results: rapid.SliceOfN(result, 1, 3).Draw(t, "results")}}
	if err := c.Normalize(); err != nil {
		t.Fatal(err)
	}
	return c
}

// Ordinary cards are written without being read back, which would cost ten
// times as much.
func TestOrdinaryCardsArePlain(t *testing.T) {
	t.Parallel()
	c := example(t)
	out, _ := render(t, "huggingface", c)
	if !isPlain(c, out) {
		t.Error("the example is not plain")
	}
	if isPlain(c, append(out, strings.Repeat("\n", maxPlainLines)...)) {
		t.Error("a README of any length is plain")
	}
}

// What people expect to stay as it is stays.
func TestHuggingFaceKeeps(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"a title beside an identifier":          `{"model": {"id": "acme/a", "title": "The A"}}`,
		"a title that is the name":              `{"model": {"id": "acme/a", "name": "The A", "title": "The A"}}`,
		"a title that is not the name":          `{"model": {"id": "acme/a", "name": "A", "title": "The A"}}`,
		"a title of a card that has results":    `{"model": {"id": "acme/a", "title": "The A"}, "evaluation": {"results": [{"task": {"type": "t"}, "dataset": {"type": "d", "name": "D"}, "metrics": [{"type": "a", "value": 1}]}]}}`,
		"code at the start of a text":           `{"model": {"name": "A", "description": "    code\n\ntext"}}`,
		"headings of a summary":                 `{"model": {"name": "A", "summary": "short\n\n### More\ntext"}}`,
		"lines around headings":                 `{"model": {"name": "A"}, "sections": [{"title": "S", "text": "a\n### B\nc\n\n\n#### D\ne"}], "training": {"data": "a\n#### B\nc"}}`,
		"hyperparameters of any name":           `{"model": {"name": "A"}, "training": {"hyperparameters": {"012": 1, "é/~": "x", "Adam.β": "0.9"}}}`,
		"an own section":                        `{"model": {"name": "A"}, "sections": [{"title": "Training Data Sheet", "text": "x"}]}`,
		"why a text beyond the template is not": `{"model": {"name": "A", "changes": {"not_applicable": "the first"}, "version": {"not_applicable": "none"}}}`,
	}
	for name, src := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc, err := card.ReadJSON([]byte(src))
			if err != nil {
				t.Fatal(err)
			}
			out, losses := render(t, "huggingface", doc.Card)
			back, _, err := ReadHuggingFace(out, "")
			if err != nil {
				t.Fatal(err)
			}
			if changes := card.Diff(doc.Card, back.Card); len(changes) > 0 || len(losses) > 0 {
				t.Errorf("changed %v, losses %v\n%s", changes, losses, out)
			}
		})
	}
}

// A heading in the summary is moved below the sections, and makes none.
func TestSummaryMakesNoSection(t *testing.T) {
	t.Parallel()
	c := &card.Card{Model: card.Model{Name: "A", Summary: "short\n\n## More\ntext"}}
	if err := c.Normalize(); err != nil {
		t.Fatal(err)
	}
	out, _ := render(t, "huggingface", c)
	back, _, err := ReadHuggingFace(out, "")
	if err != nil || len(back.Card.Sections) > 0 || back.Card.Model.Summary != "short\n\n### More\ntext" {
		t.Errorf("%v, sections %v, summary %q", err, back.Card.Sections, back.Card.Model.Summary)
	}
}

// One odd thing in an ordinary card is a loss where it does not come back.
func TestHuggingFaceLossesOfOddities(t *testing.T) {
	t.Parallel()
	const result = `"evaluation": {"results": [{"task": {"type": "t"}, "dataset": {"type": "d", "name": "D"}, "metrics": [{"type": "a", "value": 1}%s]%s}%s]}`
	results := func(metric, member, other string) string { return fmt.Sprintf(result, metric, member, other) }
	model := func(members string) string { return `"model": {"name": "A", ` + members + `}` }
	tests := []string{
		`"model": {"name": "A", "title": "Model Card for A"}`, `"model": {"name": "Model ID", "id": "a/b"}`, `"model": {"name": "a\\#"}`,
		`"model": {"name": "Model Card for A"}`, `"model": {"name": "A", "title": "Model Card for"}`, `"model": {"name": "A", "title": "<!-- -->"}`,
		model(`"summary": "# Heading"`), model(`"summary": "[More Information Needed]"`), model(`"summary": "Use the code below to get started with the model."`),
		model(`"description": "- **Developed by:** me"`), model(`"description": "Not applicable: no"`), model(`"description": "<!-- a -->"`),
		model(`"description": "` + "```\\n- **Model type:** x\\n```" + `"`), model(`"version": "more information needed"`), model(`"developers": "Not applicable: x"`),
		model(`"description": {"not_applicable": "<!-- Provide a longer summary of what this model is. -->"}`), model(`"owners": {"not_applicable": "x"}`),
		model(`"tags": ["a", "b", "a"]`), model(`"tags": [""]`), model(`"language": ["[More Information Needed]"]`), model(`"license": "Not applicable: x"`),
		model(`"license_name": "Not applicable: x", "license": "other"`), model(`"owners": [{"name": "- **Role:** x"}]`), model(`"owners": [{"name": "<!-- Provide the basic links for the model. -->"}]`),
		model(`"references": [{"title": "a", "url": ""}]`),
		`"intended_use": {"users": ["  x", "- y", "a\n\n\nb"]}`, `"considerations": {"ethical": [{"name": "\u00a0x"}]}`, `"considerations": {"ethical": [{"name": "x\n- **Mitigation:** b"}]}`,
		`"sections": [{"title": "", "text": "x"}]`, `"sections": [{"title": "Uses", "text": "x"}]`, `"sections": [{"title": "a\\#", "text": "x"}]`, `"sections": [{"title": "S", "text": "## x"}]`,
		`"training": {"datasets": [{"id": "a"}, {"name": "n"}, {"id": "b", "description": "x"}]}`, `"training": {"hyperparameters": {"a b": 1, "*": 2}}`,
		`"training": {"hyperparameters": {"a": "Use the code below to get started with the model."}}`, `"training": {"hyperparameters": {"a": ["<!-- Provide the basic links for the model. -->"]}}`,
		`"training": {"hyperparameters_note": "- lr: 1"}`, `"training": {"hyperparameters_note": "- lr: 1", "hyperparameters": {"lr": 2}}`,
		`"environment": {"co2_eq_emissions": 5, "carbon_emitted": "5 g CO2eq"}`, `"environment": {"co2_eq_emissions": {"source": "x"}}`,
		`"technical": {"architecture": "- **Parameters:** 5"}`, `"technical": {"task": "x"}`,
		`"citation": {"text": "` + "```\\n@misc{a}\\n```" + `"}`, `"citation": {"bibtex": "a\n**APA:**\nb"}`, `"citation": {"apa": "**BibTeX:**"}`, `"citation": {"bibtex": "[More Information Needed]"}`, `"citation": {"apa": "# x"}`, `"citation": {"apa": "Not applicable: x"}`,
		`"citation": {"bibtex": " x"}`, `"citation": {"text": "@misc{a}"}`,
		`"metadata": {"a": null}`, `"metadata": {"license": "mit"}`, `"metadata": {"model-index": [{"name": "x", "results": []}]}`, `"metadata": {"a": "x\u2028y"}`,
		`"metadata": {"a": [1], "b": [1]}, "metadata_aliases": [{"at": "/b", "of": "/c"}]`,
		`"evaluation": {"results_text": "| Task | Dataset | Metric |\n| --- | --- | --- |\n| a | b | c |"}`, `"evaluation": {"results": [{"metrics": [{"type": "a", "value": 1}]}]}`,
		results(`, {"type": "b", "value": 1, "slice": "s", "config": "c"}`, "", ""), results(`, {"type": "b", "name": "b", "value": 1, "slice": "s"}`, "", ""),
		results(`, {"type": "b", "value": 1, "slice": "s", "verified": true}`, "", ""), results(`, {"type": "b", "value": 1, "slice": "s", "verify_token": "x"}`, "", ""),
		results(`, {"type": "b", "value": 1, "args": {"x": null}}`, "", ""), results(`, {"type": "", "value": 1}`, "", ""), results(`, {"type": "b", "value": [1, "x|y"], "unit": "ms"}`, "", ""),
		results(`, {"type": "b|c", "value": "x\ny", "unit": "ms"}`, "", ""), results(`, {"type": "b", "value": " x", "slice": "s"}`, "", ""), results("", `, "source": {"url": "", "name": "n"}`, ""),
		results(`, {"type": "b", "value": 1, "slice": "s"}`, "", `, {"task": {"type": "t", "name": "(|"}, "dataset": {"type": "e", "name": "D"}, "metrics": [{"type": "a", "value": 1, "slice": "t"}, {"type": "a", "value": 1}]}`),
		results("", "", `, {"task": {"type": "t"}, "dataset": {"type": "e", "name": "D"}, "metrics": [{"type": "a", "value": 1, "slice": "t"}, {"type": "a", "value": 1}]}`),
		results("", "", `, {"task": {"type": "t"}, "dataset": {"type": "d", "name": "E"}, "metrics": [{"type": "b", "value": 1}]}`),
		results("", "", `, {"task": {"type": "t"}, "dataset": {"type": "e", "name": "E", "args": {"x": null}}, "metrics": [{"type": "b", "value": 1}]}`),
		results(`, {"type": "c (d)", "value": 1, "slice": "s"}`, "", ""), results(`, {"type": "c", "value": 1, "slice": "a\\|b"}`, "", ""),
		results(`, {"type": "c", "value": 1, "unit": "<!-- Provide the basic links for the model. -->"}`, "", ""),
	}
	for _, src := range tests {
		t.Run(src, func(t *testing.T) {
			t.Parallel()
			if !strings.Contains(src, `"model"`) {
				src += `, "model": {"name": "A"}`
			}
			doc, err := card.ReadJSON([]byte("{" + src + "}"))
			if err != nil {
				t.Fatal(err)
			}
			out, losses := render(t, "huggingface", doc.Card)
			back, _, err := ReadHuggingFace(out, "")
			if err != nil {
				if len(losses) != doc.Card.Tree().Len()-2 { // all but apiVersion and kind
					t.Errorf("nothing comes back (%v), losses %v", err, losses)
				}
				return
			}
			compareLosses(t, doc.Card, back.Card, losses)
		})
	}
}

// The Hub refuses a metric without a type and a source without an address, so
// the front matter has none.
func TestModelIndexHasWhatTheHubAsksFor(t *testing.T) {
	t.Parallel()
	c := &card.Card{Model: card.Model{Name: "A"}, Evaluation: &card.Evaluation{Results: []card.Result{{
		Task: card.Task{Type: "t"}, Dataset: card.ResultDataset{Type: "d", Name: "D"}, Source: &card.ResultSource{Name: "n"},
		Metrics: []card.Metric{{Type: "a", Value: card.Int(1)}, {Value: card.Int(2)}},
	}}}}
	if err := c.Normalize(); err != nil {
		t.Fatal(err)
	}
	out, _ := render(t, "huggingface", c)
	got := frontMatterOf(t, out)
	if strings.Contains(got, "source") || strings.Contains(got, "value: 2") || !strings.Contains(got, "value: 1") {
		t.Errorf("got\n%s", got)
	}
}

// hasLineSeparator tells that front matter is refused for a character that
// huggingface_hub writes as it is, and YAML libraries read in two ways.
func hasLineSeparator(err error) bool {
	var e *card.Error
	return errors.As(err, &e) && e.Problems[0].Code == "bad_text"
}

// testingT is what a test and a property have in common.
type testingT interface {
	Helper()
	Errorf(format string, args ...any)
	Fatal(args ...any)
	Fatalf(format string, args ...any)
	Failed() bool
}

// compareLosses compares the values in which two cards differ with those that
// are in losses.
func compareLosses(t testingT, from, to *card.Card, losses []Loss) {
	changed, lost := map[string]bool{}, map[string]bool{}
	for _, change := range card.Diff(from, to) {
		addLeaves(changed, change.Pointer, change.From)
		addLeaves(changed, change.Pointer, change.To)
	}
	for _, c := range []*card.Card{from, to} {
		all := map[string]bool{}
		addLeaves(all, "", c.Tree())
		for leaf := range all {
			for _, loss := range losses {
				if leaf == loss.Pointer || strings.HasPrefix(leaf, loss.Pointer+"/") {
					lost[leaf] = true
				}
			}
		}
	}
	for leaf := range changed {
		if !lost[leaf] {
			t.Errorf("lost without a word: %s; losses %v", leaf, losses)
		}
	}
	for leaf := range lost {
		if !changed[leaf] {
			t.Errorf("not lost, but reported: %s; losses %v", leaf, losses)
		}
	}
}

// addLeaves adds the pointers of the values in a tree that have nothing below
// them.
func addLeaves(leaves map[string]bool, at string, v any) {
	switch v := v.(type) {
	case nil:
		return // of a change, the side that is missing
	case *card.Map:
		for _, e := range v.Entries {
			addLeaves(leaves, at+card.Pointer(e.Key), e.Value)
		}
		if v.Len() > 0 {
			return
		}
	case []any:
		for i, item := range v {
			addLeaves(leaves, at+"/"+itoa(i), item)
		}
		if len(v) > 0 {
			return
		}
	}
	leaves[at] = true
}
