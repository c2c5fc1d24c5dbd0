package render

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

const evalExample = `# results of two benchmarks
- dataset:
    id: acme/hard-questions
    task_id: default
    revision: 5503434ddd753f426f4b38109466949a1217c2bb
  value: 20.90
  verifyToken: token
  date: '2026-01-15T10:30:00Z'
  source:
    url: https://example.com/logs
    name: Eval Logs
    org: acme
  notes: no-tools
- data:
    dataset: {task_id: diamond, id: acme/gpqa}
    value: "41.2 ± 1.0"
- dataset: {id: acme/hard-questions, task_id: hard}
  value: 1
  source: {url: https://example.com/x, user: ada}
`

func TestEvalResults(t *testing.T) {
	doc, losses, err := Read([]byte(evalExample), TypeYAML, "acme/model")
	if err != nil || len(losses) > 0 {
		t.Fatal(err, losses)
	}
	files, losses := WriteEvalResults(doc.Card)
	if len(losses) > 0 {
		t.Errorf("losses %v", losses)
	}
	var got bytes.Buffer
	for _, f := range files {
		got.WriteString("== " + f.Name + "\n" + string(f.Content))
	}
	golden := filepath.Join("testdata", "golden", "eval-results.txt")
	if *updateHTML {
		if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("golden differs (-want +got):\n%s", diff)
	}
	assertEvalResultsReadBack(t, files, doc.Card)
}

// assertEvalResultsReadBack reads the files again: together they have the
// results of the card.
func assertEvalResultsReadBack(t *testing.T, files []File, c *card.Card) {
	t.Helper()
	var again []card.Result
	for _, f := range files {
		results, losses, err := EvalResults(f.Content)
		if err != nil || len(losses) > 0 {
			t.Fatal(err, losses)
		}
		again = append(again, results...)
	}
	count := map[string]int{}
	key := func(r card.Result) string {
		return r.Dataset.Type + " " + r.Task.Type + " " + card.Text(r.Metrics[0].Value) + card.Text(r.Metrics[0].Args)
	}
	for _, r := range again {
		count[key(r)]++
	}
	for _, r := range c.Evaluation.Results {
		count[key(r)]--
	}
	for k, n := range count {
		if n != 0 {
			t.Errorf("%s: %+d", k, n)
		}
	}
}

func TestWriteEvalResultsTellsLosses(t *testing.T) {
	yes, n := true, card.Int(5)
	c := &card.Card{Evaluation: &card.Evaluation{Results: []card.Result{
		{Task: card.Task{Type: "t", Name: "T"}, Dataset: card.ResultDataset{Type: "a/d", Name: "D", Config: "c", Split: "s", Args: "x"}, Metrics: []card.Metric{
			{Type: "m", Value: n, Name: "M", Config: "c", Args: &card.Map{Entries: []card.Entry{{Key: "user", Value: "ada"}}}, Unit: "ms", Threshold: &n, SampleSize: &n, Verified: &yes, ConfidenceInterval: &card.Interval{}},
			{Type: "t", Value: n, Slice: "old"},
		}},
		{Metrics: []card.Metric{{Type: "m", Value: n}}},
		{Task: card.Task{Type: "t"}, Dataset: card.ResultDataset{Type: "b/d"}, Metrics: []card.Metric{{Type: "t", Value: n}}},
	}}}
	files, losses := WriteEvalResults(c)
	var names, pointers []string
	for _, f := range files {
		names = append(names, f.Name)
	}
	for _, l := range losses {
		pointers = append(pointers, strings.TrimPrefix(l.Pointer, "/evaluation/results"))
	}
	if diff := cmp.Diff([]string{".eval_results/a--d.yaml", ".eval_results/b--d.yaml"}, names); diff != "" {
		t.Error(diff)
	}
	want := []string{
		"/0/task/name", "/0/dataset/name", "/0/dataset/config", "/0/dataset/split", "/0/dataset/args", "/0/metrics/0/type", "/0/metrics/0/name", "/0/metrics/0/config",
		"/0/metrics/0/confidence_interval", "/0/metrics/0/threshold", "/0/metrics/0/sample_size", "/0/metrics/0/unit", "/0/metrics/0/verified", "/0/metrics/0/args", "/0/metrics/1", "/1",
	}
	if diff := cmp.Diff(want, pointers); diff != "" {
		t.Error(diff)
	}
	if files, losses := WriteEvalResults(&card.Card{}); len(files)+len(losses) > 0 {
		t.Error("a card without results has none")
	}
}

func TestEvalResultsRefuses(t *testing.T) {
	for src, line := range map[string]int{
		"- dataset: {id: a, task_id: b}\n":                                  1,
		"- value: 1\n- dataset: {id: a, task_id: b}\n  value: 2\n":          1,
		"- dataset: {id: a, task_id: b}\n  value: 1\n- dataset: {id: a}\n":  3,
		"- x\n- {dataset: task_id}\n":                                       1,
		"- dataset: {id: a, task_id: b}\n  value: 1\n  source: {name: x}\n": 3,
		"dataset: {id: a, task_id: b}\n":                                    1,
	} {
		_, _, err := ReadEvalResults([]byte(src), "a/b")
		var refused *card.Error
		if !errors.As(err, &refused) || refused.Problems[0].Code != "eval_results" || refused.Problems[0].Line != line {
			t.Errorf("%q: %v", src, err)
		}
	}
	if _, _, err := ReadEvalResults([]byte(evalExample), ""); err == nil {
		t.Error("a card without a name is accepted")
	}
	_, losses, err := EvalResults([]byte("- filename: a.yaml\n  error: bad\n- dataset: {id: a, task_id: 1, split: x}\n  value: 1\n  date: 5\n  extra: 2\n"))
	if err != nil || len(losses) != 5 {
		t.Errorf("losses %v, %v", losses, err)
	}
}

func FuzzEvalResults(f *testing.F) {
	f.Add([]byte(evalExample))
	f.Add([]byte("- {data: {dataset: {id: a, task_id: b}, value: [1]}}"))
	f.Fuzz(func(t *testing.T, src []byte) {
		doc, _, err := ReadEvalResults(src, "fuzz/card")
		if err != nil {
			return
		}
		files, losses := WriteEvalResults(doc.Card)
		if len(losses) > 0 {
			t.Fatalf("what was read cannot be written: %v", losses)
		}
		for _, file := range files {
			if _, losses, err := EvalResults(file.Content); err != nil || len(losses) > 0 {
				t.Fatalf("%s: %v, %v", file.Content, err, losses)
			}
		}
	})
}
