package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const evaluatedCard = `# Kept by hand.
model: {id: acme/m, name: M}   # the id is fixed
evaluation:
  results:
    - dataset: {type: sst2, name: SST-2}
      metrics:
        # measured on the nightly machine
        - {type: accuracy, value: 0.93, threshold: 0.85}
`

func TestCheckDrift(t *testing.T) {
	file := write(t, "card.yaml", evaluatedCard)
	same, worse := write(t, "same.json", `{"accuracy": 0.93}`), write(t, "worse.json", `{"accuracy": 0.9, "f1": 0.8}`)
	tests := []struct {
		name   string
		args   []string
		code   int
		stdout string
		stderr string
	}{
		{"no drift", []string{"--against", same, "--fail-on-drift"}, 0, "no drift: 1 compared", ""},
		{"drift is told", []string{"--against", worse}, 0, "drift (medium): 1 compared, 1 drifted, 0 improved, 0 missing, 1 new", ""},
		{"drift fails", []string{"--against", worse, "--fail-on-drift"}, 1, "0.93  0.9  -0.03 (-3.2%)  higher  reach 0.85 (card), 0.02 (default)", ""},
		{"allowed", []string{"--against", worse, "--fail-on-drift", "--threshold", "accuracy=0.05"}, 0, "0.05 (request)", ""},
		{"against a card", []string{"--against", file, "--fail-on-drift"}, 0, "unchanged", ""},
		{"against nothing", []string{"--against", "nowhere.json"}, 2, "", "nowhere.json"},
		{"bad threshold", []string{"--against", same, "--threshold", "accuracy"}, 2, "", "metric=value"},
		{"reason alone", []string{"--against", same, "--reason", "x"}, 2, "", "--update"},
		{"not results", []string{"--against", write(t, "x.json", `{"accuracy": 0.9, "colour": "red"}`)}, 1, "", "/colour"},
	}
	for _, tt := range tests {
		code, stdout, stderr := mcg(t, "", append([]string{"check-drift", file}, tt.args...)...)
		if code != tt.code || !strings.Contains(stdout, tt.stdout) || !strings.Contains(stderr, tt.stderr) {
			t.Errorf("%s: exit %d\n%s\n%s", tt.name, code, stdout, stderr)
		}
	}
	if code, stdout, _ := mcg(t, `{"accuracy": 0.5}`, "check-drift", file, "--against", "-", "--fail-on-drift"); code != 1 || !strings.Contains(stdout, "critical") {
		t.Errorf("from standard input: exit %d, %s", code, stdout)
	}
}

func TestCheckDriftAsJSON(t *testing.T) {
	file := write(t, "card.yaml", evaluatedCard)
	_, stdout, _ := mcg(t, "", "check-drift", file, "--against", write(t, "new.json", `{"accuracy": 0.9}`), "--report", "json")
	var report struct {
		Card    string
		Drift   bool
		Metrics []struct {
			Name   string
			Change float64
		}
	}
	if err := json.Unmarshal([]byte(stdout), &report); err != nil || !report.Drift || report.Card != file || report.Metrics[0].Name != "accuracy" || report.Metrics[0].Change != -0.03 {
		t.Errorf("%v\n%s", err, stdout)
	}
}

func TestCheckDriftUpdates(t *testing.T) {
	tests := []struct{ name, file, before, results, want string }{
		{"value alone", "card.yaml", evaluatedCard, `{"accuracy": 0.95}`, strings.Replace(evaluatedCard, "0.93", "0.95", 1)},
		{"new metric", "card.yaml", evaluatedCard, `{"accuracy": 0.95, "f1": 0.8}`,
			strings.Replace(evaluatedCard, "0.93", "0.95", 1) + "        - {type: f1, value: 0.8}\n"},
		{"README", "README.md", "---\nlicense: mit # ours\nmodel-index:\n- name: M\n  results:\n  - task: {type: text-classification}\n    dataset: {type: sst2, name: SST-2}\n    metrics:\n    - {type: accuracy, value: 0.93}\n---\n# M\n\nText  stays.\n",
			`{"accuracy": 0.95}`, "---\nlicense: mit # ours\nmodel-index:\n- name: M\n  results:\n  - task: {type: text-classification}\n    dataset: {type: sst2, name: SST-2}\n    metrics:\n    - {type: accuracy, value: 0.95}\n---\n# M\n\nText  stays.\n"},
		{"JSON", "card.json", `{"model": {"name": "M"}, "evaluation": {"results": [{"metrics": [{"type": "accuracy", "value": 0.93}]}]}}`,
			`{"accuracy": 0.95}`, `{"model": {"name": "M"}, "evaluation": {"results": [{"metrics": [{"type": "accuracy", "value": 0.95}]}]}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			file := write(t, tt.file, tt.before)
			code, _, stderr := mcg(t, "", "check-drift", file, "--against", write(t, "new.json", tt.results), "--update")
			got, err := os.ReadFile(file)
			if err != nil || code != 0 || !strings.Contains(stderr, "updated") {
				t.Fatalf("exit %d, %s, %v", code, stderr, err)
			}
			if diff := cmp.Diff(tt.want, string(got)); diff != "" {
				t.Errorf("%s\n%s", stderr, diff)
			}
			if _, _, stderr := mcg(t, "", "check-drift", file, "--against", write(t, "new.json", tt.results), "--update"); !strings.Contains(stderr, "nothing to update") {
				t.Errorf("again: %s", stderr)
			}
		})
	}
	file := write(t, "card.yaml", evaluatedCard)
	mcg(t, "", "check-drift", file, "--against", write(t, "new.json", `{"accuracy": 0.95}`), "--update", "--reason", "Nightly run.")
	if text, err := os.ReadFile(file); err != nil || !strings.Contains(string(text), "changes: Nightly run.") {
		t.Errorf("%s, %v", text, err)
	}
}
