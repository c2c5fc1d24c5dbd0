package render

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// TestAsHuggingFaceHub holds the front matter that we write to the answers of
// huggingface_hub, which the end-to-end test of test/peers/huggingface_hub
// writes and checks.
func TestAsHuggingFaceHub(t *testing.T) {
	t.Parallel()
	f, err := os.Open(filepath.Join("testdata", "huggingface_hub.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	n := 0
	for decoder := json.NewDecoder(bufio.NewReader(f)); decoder.More(); n++ {
		var c struct{ Text, YAML string }
		if err := decoder.Decode(&c); err != nil {
			t.Fatal(err)
		}
		doc, _, err := ReadHuggingFace([]byte(c.Text), "a/b")
		if err != nil {
			t.Fatalf("%v\n%s", err, c.Text)
		}
		out := mustRender(t, "huggingface", doc.Card)
		if diff := cmp.Diff(c.YAML, frontMatterOf(t, out)); diff != "" {
			t.Errorf("front matter of\n%s\ndiffers (-theirs +ours):\n%s", c.Text, diff)
		}
		again, err := card.ReadJSON(doc.Card.Canonical())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(out), string(mustRender(t, "huggingface", again.Card))); diff != "" {
			t.Errorf("the canonical form of\n%s\nis written otherwise:\n%s", c.Text, diff)
		}
	}
	if n < 60 {
		t.Errorf("only %d cards", n)
	}
}

func frontMatterOf(t *testing.T, readme []byte) string {
	t.Helper()
	block, _, _, ok := card.SplitFrontMatter(readme)
	if !ok {
		t.Fatalf("no front matter in\n%s", readme)
	}
	return string(block)
}

const indexed = `---
model-index:
- name: m
  results:
  - task: {type: t, name: T}
    dataset: {type: d, name: D, config: 2019}
    metrics: [{type: a, value: 1}]
---
# A
`

// A model-index whose fields are no texts is written as it was, until the
// results of the card are others.
func TestModelIndexKeepsItsSpelling(t *testing.T) {
	t.Parallel()
	doc, _, err := ReadHuggingFace([]byte(indexed), "a/b")
	if err != nil {
		t.Fatal(err)
	}
	c := doc.Card
	if got := frontMatterOf(t, mustRender(t, "huggingface", c)); !strings.Contains(got, "config: 2019\n") {
		t.Errorf("the number became a text:\n%s", got)
	}
	c.Evaluation.Results[0].Metrics[0].Value = card.Int(2)
	if got := frontMatterOf(t, mustRender(t, "huggingface", c)); !strings.Contains(got, "config: '2019'\n") || !strings.Contains(got, "value: 2") {
		t.Errorf("the new value is not written:\n%s", got)
	}
}

// An alias is one only as long as both places say the same.
func TestAliasesAreWrittenOutOnceTheyDiffer(t *testing.T) {
	t.Parallel()
	doc, _, err := ReadHuggingFace([]byte("---\nlanguage: &l [en, fr]\nlangs: *l\n---\n# A\n"), "a/b")
	if err != nil {
		t.Fatal(err)
	}
	c := doc.Card
	if got, want := frontMatterOf(t, mustRender(t, "huggingface", c)), "language: &id001\n- en\n- fr\nlangs: *id001"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	c.Model.Language = card.Many("nb")
	if got, want := frontMatterOf(t, mustRender(t, "huggingface", c)), "language:\n- nb\nlangs:\n- en\n- fr"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestResultsThatTheModelIndexMergesAreLosses(t *testing.T) {
	t.Parallel()
	result := func(name string, value int64) card.Result {
		return card.Result{Task: card.Task{Type: "t"}, Dataset: card.ResultDataset{Type: "d", Name: name}, Metrics: []card.Metric{{Type: "a", Value: card.Int(value)}}}
	}
	c := &card.Card{Model: card.Model{Name: "A", Tags: []string{"x", "y", "x"}}, Evaluation: &card.Evaluation{Results: []card.Result{result("D", 1), result("E", 2), result("E", 3)}}}
	if err := c.Normalize(); err != nil {
		t.Fatal(err)
	}
	out, losses := render(t, "huggingface", c)
	var pointers []string
	for _, l := range losses {
		pointers = append(pointers, l.Pointer)
	}
	if diff := cmp.Diff([]string{"/model/tags/2", "/evaluation/results/0/metrics/1", "/evaluation/results/0/metrics/2", "/evaluation/results/1", "/evaluation/results/2"}, pointers); diff != "" {
		t.Error(diff)
	}
	doc, _, err := ReadHuggingFace(out, "")
	if err != nil {
		t.Fatal(err)
	}
	if got := doc.Card.Evaluation.Results; len(got) != 1 || len(got[0].Metrics) != 3 || got[0].Dataset.Name != "D" {
		t.Errorf("read back: %+v", got)
	}
	if len(c.Evaluation.Results) != 3 {
		t.Error("the card was changed")
	}
}

// What tells results apart in a model-index: not the name of the data set, nor
// its arguments.
func TestModelIndexTellsResultsApart(t *testing.T) {
	t.Parallel()
	result := func(task, dataset string) string {
		return "\n  - task: {type: t" + task + "}\n    dataset: {type: d, name: D" + dataset + "}\n    metrics: [{type: a, value: 1}]"
	}
	for detail, apart := range map[[2]string]bool{
		{"", ", config: c"}: true, {"", ", split: s"}: true, {"", ", revision: r"}: true, {"x", ""}: true,
		{"", "E"}: false, {"", ", args: {a: 1}"}: false, {", name: T", ""}: false,
	} {
		src := "---\nmodel-index:\n- name: m\n  results:" + result("", "") + result(detail[0], detail[1]) + "\n---\n# A\n"
		doc, _, err := ReadHuggingFace([]byte(src), "a/b")
		if err != nil {
			t.Fatal(err)
		}
		out := frontMatterOf(t, mustRender(t, "huggingface", doc.Card))
		if got := strings.Count(out, "- task:") == 2; got != apart {
			t.Errorf("%v: apart %t\n%s", detail, got, out)
		}
		if doc.Card.Metadata != nil {
			t.Errorf("%v: the fields hold all of it, but metadata has %v", detail, doc.Card.Metadata)
		}
	}
}

// hubIndex and groupResults are two ways to the same groups.
func TestHubIndexGroupsAsResultsDo(t *testing.T) {
	t.Parallel()
	for _, detail := range []string{"config: 1", "split: 1", "revision: 1"} {
		src := "---\nmodel-index:\n- name: m\n  results:" +
			"\n  - {task: {type: t}, dataset: {type: d, name: D, " + detail + "}, metrics: [{type: a, value: 1}]}" +
			"\n  - {task: {type: t}, dataset: {type: d, name: D, " + detail + "}, metrics: [{type: a, value: 2}]}" +
			"\n  - {task: {type: t}, dataset: {type: d, name: D}, metrics: [{type: a, value: 3}]}\n---\n# A\n"
		doc, _, err := ReadHuggingFace([]byte(src), "a/b")
		if err != nil {
			t.Fatal(err)
		}
		out := frontMatterOf(t, mustRender(t, "huggingface", doc.Card))
		if strings.Count(out, "- task:") != 2 || !strings.Contains(out, detail+"\n") {
			t.Errorf("%s:\n%s", detail, out)
		}
	}
}
