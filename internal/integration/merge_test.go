package integration

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

func readCard(t *testing.T, text string) *card.Card {
	t.Helper()
	doc, err := card.ReadYAML([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return doc.Card
}

func reading(t *testing.T, path, text string, role Role) *Reading {
	t.Helper()
	r, err := ReadFile(strings.NewReader(text), role)
	if err != nil {
		t.Fatal(err)
	}
	r.Source = card.Source{Type: string(role), Path: path}
	return r
}

func TestMerge(t *testing.T) {
	t.Parallel()
	const named = "model: {name: m}\n"
	tests := []struct {
		name, card, file string
		role             Role
		want             string // canonical, without apiVersion, kind and model
		conflicts        []string
	}{
		{
			"a gap is filled", named, `{"accuracy": 0.9, "f1": 0.8}`, Evaluation,
			`"evaluation":{"results":[{"metrics":[{"type":"accuracy","value":0.9},{"type":"f1","value":0.8}]}]},"sources":[{"type":"evaluation","path":"f","fields":["/evaluation/results/0"]}]`, nil,
		},
		{
			"what the card says stands", named + "evaluation: {results: [{dataset: {name: imdb}, metrics: [{type: accuracy, value: 0.95}]}]}\n", `{"accuracy": 0.9, "f1": 0.8}`, Evaluation,
			`"evaluation":{"results":[{"dataset":{"name":"imdb"},"metrics":[{"type":"accuracy","value":0.95},{"type":"f1","value":0.8}]}]},"sources":[{"type":"evaluation","path":"f","fields":["/evaluation/results/0/metrics/1"]}]`,
			[]string{"/evaluation/results/0/metrics/0/value: f says 0.9; the card says 0.95, which stands"},
		},
		{
			"1 and 1.0 are one", named + "evaluation: {results: [{metrics: [{type: accuracy, value: 1}]}]}\n", `{"accuracy": 1.0}`, Evaluation,
			`"evaluation":{"results":[{"metrics":[{"type":"accuracy","value":1}]}]},"sources":[{"type":"evaluation","path":"f"}]`, nil,
		},
		{
			"another data set is another result", named + "evaluation: {results: [{dataset: {name: imdb}, metrics: [{type: accuracy, value: 0.95}]}]}\n", `{"dataset": "sst2", "accuracy": 0.9}`, Evaluation,
			`"evaluation":{"results":[{"dataset":{"name":"imdb"},"metrics":[{"type":"accuracy","value":0.95}]},{"dataset":{"name":"sst2"},"metrics":[{"type":"accuracy","value":0.9}]}]},"sources":[{"type":"evaluation","path":"f","fields":["/evaluation/results/1"]}]`, nil,
		},
		{
			"of two results that fit in part neither is it", named + "evaluation: {results: [{dataset: {name: a}, metrics: [{type: x, value: 1}]}, {dataset: {name: b}, metrics: [{type: x, value: 2}]}]}\n", `{"x": 3}`, Evaluation,
			`"evaluation":{"results":[{"dataset":{"name":"a"},"metrics":[{"type":"x","value":1}]},{"dataset":{"name":"b"},"metrics":[{"type":"x","value":2}]},{"metrics":[{"type":"x","value":3}]}]},"sources":[{"type":"evaluation","path":"f","fields":["/evaluation/results/2"]}]`, nil,
		},
		{
			"parameters by name", named + "training: {hyperparameters: {lr: 0.1, a/b: x}}\n", `{"lr": 0.2, "epochs": 3, "a/b": "x"}`, Training,
			`"training":{"hyperparameters":{"lr":0.1,"a/b":"x","epochs":3}},"sources":[{"type":"training","path":"f","fields":["/training/hyperparameters/epochs"]}]`,
			[]string{"/training/hyperparameters/lr: f says 0.2; the card says 0.1, which stands"},
		},
		{
			"what does not apply is no gap", named + "training: {not_applicable: not by us}\n", `{"lr": 0.2}`, Training,
			`"training":{"not_applicable":"not by us"},"sources":[{"type":"training","path":"f"}]`,
			[]string{`/training: f says {"hyperparameters":{"lr":0.2}}; the card says {"not_applicable":"not by us"}, which stands`},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			before := readCard(t, tt.card)
			digest := before.Digest()
			merged, problems, err := Merge(before, reading(t, "f", tt.file, tt.role))
			if err != nil {
				t.Fatal(err)
			}
			got := strings.TrimPrefix(string(merged.Canonical()), `{"apiVersion":"mcg/v1","kind":"ModelCard","model":{"name":"m"},`)
			if diff := cmp.Diff(tt.want+"}", got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			var conflicts []string
			for _, p := range problems {
				conflicts = append(conflicts, p.Pointer+": "+p.Detail)
			}
			if diff := cmp.Diff(tt.conflicts, conflicts); diff != "" {
				t.Errorf("conflicts (-want +got):\n%s", diff)
			}
			if before.Digest() != digest {
				t.Error("the card itself was changed")
			}
		})
	}
}

// TestMergeAgain reads sources anew: their old values go, what others say
// stays, and pointers follow their values.
func TestMergeAgain(t *testing.T) {
	t.Parallel()
	c := readCard(t, "model: {name: m}\nevaluation: {results: [{dataset: {name: own}, metrics: [{type: x, value: 1}]}]}\n")
	one := reading(t, "one", `{"dataset": "a", "acc": 0.1, "f1": 0.2}`, Evaluation)
	two := reading(t, "two", `{"dataset": "b", "acc": 0.3}`, Evaluation)
	first, _, err := Merge(c, one, two)
	if err != nil {
		t.Fatal(err)
	}
	again, conflicts, err := Merge(first, one, two)
	if err != nil || len(conflicts) > 0 || again.Digest() != first.Digest() {
		t.Errorf("nothing changed, but %v %v\n%s\n%s", err, conflicts, first.Canonical(), again.Canonical())
	}
	changed, conflicts, err := Merge(first, reading(t, "one", `{"dataset": "a", "acc": 0.5}`, Evaluation))
	if err != nil || len(conflicts) > 0 {
		t.Fatal(err, conflicts)
	}
	want := `"evaluation":{"results":[{"dataset":{"name":"own"},"metrics":[{"type":"x","value":1}]},{"dataset":{"name":"b"},"metrics":[{"type":"acc","value":0.3}]},{"dataset":{"name":"a"},"metrics":[{"type":"acc","value":0.5}]}]},` +
		`"sources":[{"type":"evaluation","path":"one","fields":["/evaluation/results/2"]},{"type":"evaluation","path":"two","fields":["/evaluation/results/1"]}]`
	if got := string(changed.Canonical()); !strings.Contains(got, want) {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	gone, _, err := Merge(changed, reading(t, "two", `{"dataset": "a", "acc": 0.5}`, Evaluation))
	if err != nil || strings.Contains(string(gone.Canonical()), `"name":"b"`) {
		t.Errorf("what the source no longer says is still there: %v %s", err, gone.Canonical())
	}
}

// TestMergeOfHostileFields takes pointers as a document may claim them.
func TestMergeOfHostileFields(t *testing.T) {
	t.Parallel()
	for _, field := range []string{"", "/", "/nothing/at/all", "/evaluation/results/99", "/evaluation/results/-1", "/evaluation/results/x", "/sources", "/model/version", "model"} {
		c := readCard(t, "model: {name: m, version: '1'}\nevaluation: {results: [{metrics: [{type: x, value: 1}]}]}\n")
		c.Sources = []card.Source{{Type: "evaluation", Path: "f", Fields: []string{field, field}}}
		if _, _, err := Merge(c, reading(t, "f", `{"y": 1}`, Evaluation)); err != nil {
			t.Errorf("%q: %v", field, err)
		}
	}
	c := readCard(t, "model: {name: m}\n")
	c.Sources = []card.Source{{Type: "evaluation", Path: "f", Fields: []string{"/model"}}}
	_, _, err := Merge(c, reading(t, "f", `{"y": 1}`, Evaluation))
	var refused *card.Error
	if !errors.As(err, &refused) {
		t.Errorf("a card that is left without a name: %v", err)
	}
}
