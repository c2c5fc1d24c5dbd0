package check_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terragonlabs/modelcard-generator/internal/check"
	"github.com/terragonlabs/modelcard-generator/internal/render"
)

// repair checks a text with every pack and repairs it once.
func repair(t *testing.T, text string) (repaired string, count int) {
	t.Helper()
	doc, _, err := render.Read([]byte(text), mediaType(text), "")
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	result, err := check.New(check.Options{Packs: packs(t, "all")}).Document(t.Context(), "", doc)
	if err != nil {
		t.Fatal(err)
	}
	out, count, err := result.Repair([]byte(text), doc)
	if err != nil {
		t.Fatal(err)
	}
	return string(out), count
}

// TestFixableRulesAreFixed repairs the bad example of every rule that says it
// can be, with other lines and odd line ends around it.
func TestFixableRulesAreFixed(t *testing.T) {
	t.Parallel()
	count := 0
	for _, pack := range check.Packs() {
		for _, rule := range pack.Rules {
			if !rule.Fixable || rule.ID == "huggingface/dataset-id" || rule.ID == "huggingface/base-model" || rule.ID == "huggingface/new-version" {
				continue // the examples of those are no links; see below
			}
			count++
			t.Run(rule.ID, func(t *testing.T) {
				t.Parallel()
				repaired, n := repair(t, rule.BadExample())
				if n == 0 {
					t.Fatal("nothing is repaired")
				}
				if left := run(t, repaired, check.Options{Packs: packs(t, pack.Name)}); slices.Contains(rulesOf(left), rule.ID) {
					t.Errorf("still trips it:\n%s", repaired)
				}
			})
		}
	}
	if count < 10 {
		t.Errorf("only %d rules are fixable", count)
	}
}

func TestRepairKeepsEveryOtherByte(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, before, after string }{
		{"README with CR LF, comments and quotes",
			"---\r\n# ours\r\nlicense:   'MIT'   # see LICENSE\r\nlanguage:\r\n    - \"EN\"\r\n    - fr\r\nbase_model: https://huggingface.co/acme/base\r\nx: [ 1,2 ]\r\n---\r\n# T\r\n\r\n  license: MIT\r\n",
			"---\r\n# ours\r\nlicense:   'mit'   # see LICENSE\r\nlanguage:\r\n    - \"en\"\r\n    - fr\r\nbase_model: acme/base\r\nx: [ 1,2 ]\r\n---\r\n# T\r\n\r\n  license: MIT\r\n"},
		{"card document",
			"model: {name: M, license: \"Apache 2.0\", tags: [a, b, a]} # one line\n\n\ntraining:\n  datasets:\n  - id: https://huggingface.co/datasets/acme/data\n",
			"model: {name: M, license: \"apache-2.0\", tags: [a, b]} # one line\n\n\ntraining:\n  datasets:\n  - id: acme/data\n"},
		{"several items of one list", "model: {name: M, tags: [a, a, b, a, b, c]}\n", "model: {name: M, tags: [a, b, c]}\n"},
		{"nothing to repair", "---\nlicense: mit\nfoo:   bar\n---\n# T", "---\nlicense: mit\nfoo:   bar\n---\n# T"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, count := repair(t, tt.before)
			if diff := cmp.Diff(tt.after, got); diff != "" {
				t.Error(diff)
			}
			if (count > 0) != (tt.before != tt.after) {
				t.Errorf("%d repaired", count)
			}
			if again, more := repair(t, got); again != got || more != 0 {
				t.Errorf("a second time: %d repaired\n%s", more, again)
			}
		})
	}
}

func TestFindingsSayWhetherTheyAreFixable(t *testing.T) {
	t.Parallel()
	result := run(t, "---\nlicense: Apache-2.0\n---\n# T\n", check.Options{Packs: packs(t, "huggingface")})
	for _, f := range result.Findings {
		if f.Fixable != (f.Rule == "huggingface/license") {
			t.Errorf("%s: fixable %v", f.Rule, f.Fixable)
		}
	}
	if !strings.Contains(strings.Join(rulesOf(result), " "), "huggingface/license") {
		t.Error("the licence is not found")
	}
}

// TestReadmeFindingsHaveTheLineOfTheirValue looks below the keys of the front
// matter, into lists and the model-index.
func TestReadmeFindingsHaveTheLineOfTheirValue(t *testing.T) {
	t.Parallel()
	const text = `---
language:
- en
- xx
tags: [nlp, vision, nlp]
datasets:
- squad
- not an id
pipeline_tag: text-classification
license: mit
model-index:
- name: m
  results:
  - task: {type: text-classification}
    dataset: {type: imdb, name: IMDB}
    metrics:
    - {type: f1, value: 0.9}
    - type: accuracy
      value: 1.5
---
# M
`
	want := map[string][2]int{
		"huggingface/language": {4, 3}, "huggingface/tag-duplicate": {5, 21}, "huggingface/dataset-id": {8, 3}, "quality/metric-range": {19, 14},
	}
	got := map[string][2]int{}
	for _, f := range run(t, text, check.Options{Packs: packs(t)}).Findings {
		got[f.Rule] = [2]int{f.Line, f.Column}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
