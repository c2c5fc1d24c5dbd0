package card

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDecode(t *testing.T) {
	t.Parallel()
	yes, half, count := true, Number("0.5"), Number("40000")
	doc := readYAML(t, `
model:
  name: X
  language: [en, de]
  base_model: a/b
  references: [{url: u, title: t}]
  tags: [a]
training:
  hyperparameters: {lr: 1e-4, layers: [1, {a: ~}]}
evaluation:
  results:
    - task: {type: t}
      dataset: {type: d, args: {x: true}}
      metrics:
        - {type: acc, value: 0.9, threshold: .5, sample_size: 40000, verified: true, confidence_interval: {lower_bound: 0, upper_bound: 1}}
        - {type: text, value: 20 ± 1}
environment: {co2_eq_emissions: 12}
metadata: [{key: b, value: {c: 1}}, {key: a}]
`)
	want := &Card{
		APIVersion: APIVersion, Kind: Kind,
		Model:    Model{Name: "X", Language: Many("en", "de"), BaseModel: One("a/b"), References: []Reference{{Title: "t", URL: "u"}}, Tags: []string{"a"}},
		Training: &Training{Hyperparameters: &Map{[]Entry{{"lr", Number("0.0001")}, {"layers", []any{Number("1"), &Map{[]Entry{{"a", nil}}}}}}}},
		Evaluation: &Evaluation{Results: []Result{{
			Task:    Task{Type: "t"},
			Dataset: ResultDataset{Type: "d", Args: &Map{[]Entry{{"x", true}}}},
			Metrics: []Metric{
				{Type: "acc", Value: Number("0.9"), Threshold: &half, SampleSize: &count, Verified: &yes, ConfidenceInterval: &Interval{LowerBound: "0", UpperBound: "1"}},
				{Type: "text", Value: "20 ± 1"},
			},
		}}},
		Environment:   &Environment{CO2: &Emissions{Grams: "12", Plain: true}},
		Metadata:      &Map{[]Entry{{"b", &Map{[]Entry{{"c", Number("1")}}}}, {"a", nil}}},
		NotApplicable: map[string]string{},
	}
	if diff := cmp.Diff(want, doc.Card); diff != "" {
		t.Errorf("card (-want +got):\n%s", diff)
	}
}

// Below a free key, {not_applicable: …} is the team's own.
func TestFreeValuesKeepNotApplicable(t *testing.T) {
	t.Parallel()
	for _, src := range []string{
		"metadata: {a: {not_applicable: r}}",
		"metadata: [{key: a, value: {not_applicable: r}}]",
		"training: {hyperparameters: {a: {not_applicable: r}}}",
		"evaluation: {results: [{metrics: [{type: a, value: {a: {not_applicable: r}}}]}]}",
		"evaluation: {results: [{metrics: [{type: a, value: 1, args: {a: {not_applicable: r}}}]}]}",
		"evaluation: {results: [{dataset: {args: {a: {not_applicable: r}}}, metrics: []}]}",
	} {
		doc := readYAML(t, "model: {name: x}\n"+src)
		if len(doc.Card.NotApplicable) > 0 || !strings.Contains(string(doc.Card.Canonical()), `{"not_applicable":"r"}`) {
			t.Errorf("%s is read as %s, not applicable: %v", src, doc.Card.Canonical(), doc.Card.NotApplicable)
		}
	}
}

func TestPosition(t *testing.T) {
	t.Parallel()
	doc := readYAML(t, "model:\n  name: x\n  tags: [a,\n    b]\n  license: {not_applicable: r}\n")
	for pointer, want := range map[string][2]int{
		"": {1, 1}, "/model": {2, 3}, "/model/name": {2, 9}, "/model/tags/1": {4, 5}, "/model/tags/7": {3, 9}, "/model/tags/x": {3, 9},
		"/model/license": {5, 12}, "/model/nothing/there": {2, 3}, "/training": {1, 1},
	} {
		if line, column := doc.Position(pointer); line != want[0] || column != want[1] {
			t.Errorf("%q stands at %d:%d, want %v", pointer, line, column, want)
		}
	}
	err := doc.Locate(Invalidate("/model/tags/1", "code", "detail", ""))
	if got := err.Error(); got != "4:5: /model/tags/1: detail" {
		t.Errorf("got %q", got)
	}
}

func TestErrorSaysHowManyMore(t *testing.T) {
	t.Parallel()
	e := &Error{}
	if got := e.Error(); got == "" {
		t.Error("an empty refusal says nothing")
	}
	e.Problems = []Problem{{Detail: "a", Hint: "b"}, {}, {}}
	if got := e.Error(); got != "a; b (and 2 more)" {
		t.Errorf("got %q", got)
	}
}

func TestPointers(t *testing.T) {
	t.Parallel()
	tokens := []string{"a/b", "m~n", "", "~1"}
	if got := Pointer(tokens...); got != "/a~1b/m~0n//~01" {
		t.Errorf("got %s", got)
	}
	if diff := cmp.Diff(tokens, PointerTokens(Pointer(tokens...))); diff != "" {
		t.Error(diff)
	}
}
