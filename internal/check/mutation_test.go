package check_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"

	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/check"
	"github.com/terragonlabs/modelcard-generator/internal/render"
)

func full(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("testdata/full.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestFullCardTripsNothing(t *testing.T) {
	t.Parallel()
	result := run(t, full(t), check.Options{Packs: packs(t, "all")})
	for _, f := range result.Findings {
		t.Errorf("%s at %s: %s", f.Rule, f.Pointer, f.Message)
	}
	for _, s := range result.Scores {
		if s.Value != 1 {
			t.Errorf("%s scores %v", s.Pack, s.Value)
		}
	}
	if !result.Valid {
		t.Errorf("reasons %v", result.Reasons)
	}
}

// without takes the fields at pointers out of a YAML text. It also returns the
// line that a finding about the first of them must name: that of what is left
// of the mapping that had it.
func without(t *testing.T, text string, pointers []string) (mutated string, line int) {
	t.Helper()
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	for _, pointer := range pointers {
		parent, tokens := doc.Content[0], strings.Split(pointer[1:], "/")
		for i, token := range tokens {
			at := keyIndex(parent, token)
			if at < 0 {
				break
			}
			if i == len(tokens)-1 {
				parent.Content = slices.Delete(parent.Content, at, at+2)
				break
			}
			parent = parent.Content[at+1]
		}
	}
	out, err := yaml.Marshal(&doc)
	if err != nil {
		t.Fatal(err)
	}
	read, _, err := render.Read(out, render.TypeYAML, "")
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	line, _ = read.Position(parentOf(read, pointers[0]))
	return string(out), line
}

func keyIndex(mapping *yaml.Node, key string) int {
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			return i
		}
	}
	return -1
}

func parentOf(doc *card.Document, pointer string) string {
	for {
		pointer = pointer[:strings.LastIndexByte(pointer, '/')]
		if _, ok := doc.SourcePointer(pointer); ok || pointer == "" {
			return pointer
		}
	}
}

// TestMissingFieldTripsItsRule takes the fields of every rule that asks for one
// out of a full card, and wants that rule in its pack, at its line, and no
// other than those that ask for the same.
func TestMissingFieldTripsItsRule(t *testing.T) {
	t.Parallel()
	text := full(t)
	count := 0
	for _, pack := range check.Packs() {
		for _, rule := range pack.Rules {
			if len(rule.Fields) == 0 || strings.Contains(rule.Fields[0], "/answers/") || rule.ID == "huggingface/license-name" || rule.ID == "huggingface/license-link" {
				continue // answers have a test of their own, and those two are about other licences
			}
			count++
			t.Run(rule.ID, func(t *testing.T) {
				t.Parallel()
				mutated, line := without(t, text, rule.Fields)
				result := run(t, mutated, check.Options{Packs: packs(t, pack.Name)})
				found := false
				for _, f := range result.Findings {
					if f.Rule != rule.ID {
						if !covered(pack, f.Rule, rule.Fields) {
							t.Errorf("trips %s too: %s", f.Rule, f.Message)
						}
						continue
					}
					found = true
					if f.Pointer != rule.Fields[0] || f.Line != line {
						t.Errorf("at %s on line %d, want %s on line %d\n%s", f.Pointer, f.Line, rule.Fields[0], line, mutated)
					}
				}
				if !found {
					t.Errorf("does not trip it, but %v", rulesOf(result))
				}
			})
		}
	}
	if count < 50 {
		t.Errorf("only %d rules ask for fields", count)
	}
}

// covered tells whether all that another rule of the pack asks for is among
// the fields that are gone.
func covered(pack check.Pack, id string, gone []string) bool {
	for _, other := range pack.Rules {
		if other.ID != id || len(other.Fields) == 0 {
			continue
		}
		for _, field := range other.Fields {
			if !slices.Contains(gone, field) && !slices.Contains(absent, field) {
				return false
			}
		}
		return true
	}
	return false
}

// absent are fields that the full card does not have.
var absent = []string{"/model/description", "/model/shared_by", "/model/title", "/model/license_text", "/model/paper", "/model/demo", "/model/references",
	"/intended_use/overview", "/intended_use/use_cases", "/training/hyperparameters", "/evaluation/datasets", "/evaluation/overview", "/evaluation/protocol",
	"/technical/task", "/technical/architecture_family", "/citation/bibtex", "/citation/others", "/citation/text", "/contact/authors"}

// TestBadValueTripsItsRule changes one value of the full card, and wants one
// finding at the line and column of that value.
func TestBadValueTripsItsRule(t *testing.T) {
	t.Parallel()
	text := full(t)
	tests := []struct{ old, bad, rule, pointer string }{
		{"license: apache-2.0", "license: apache-3.0", "huggingface/license", "/model/license"},
		{"language: en", "language: english", "huggingface/language", "/model/language"},
		{"pipeline_tag: text-classification", "pipeline_tag: text-classify", "huggingface/pipeline-tag", "/model/pipeline_tag"},
		{"library_name: transformers", "library_name: transformer", "huggingface/library-name", "/model/library_name"},
		{"base_model: distilbert/distilbert-base-uncased", "base_model: ./out", "huggingface/base-model", "/model/base_model"},
		{"base_model_relation: finetune", "base_model_relation: tuned", "huggingface/base-model-relation", "/model/base_model_relation"},
		{"id: acme/product-reviews", "id: our product reviews", "huggingface/dataset-id", "/training/datasets/0/id"},
		{"value: 0.912", "value: -0.912", "quality/metric-range", "/evaluation/results/0/metrics/1/value"},
		{"{lower_bound: 0.931, upper", "{lower_bound: 0.935, upper", "quality/interval-value", "/evaluation/results/0/metrics/0/confidence_interval"},
		{"level: 0.95", "level: 1.95", "quality/interval-level", "/evaluation/results/0/metrics/0/confidence_interval/level"},
		{"sample_size: 40000", "sample_size: 0", "quality/sample-size", "/evaluation/results/0/metrics/0/sample_size"},
		{"threshold: 0.92", "threshold: 0.94", "quality/threshold", "/evaluation/results/0/metrics/0/value"},
		{"value: 0.912", "value: 91.2", "quality/mixed-scales", "/evaluation/results/0/metrics/1/value"},
		{"type: f1", "type: accuracy", "quality/result-contradiction", "/evaluation/results/0/metrics/1/value"},
		{"overview: Sarcasm is often taken at its word.", "overview: TBD after the audit.", "quality/placeholder", "/considerations/overview"},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			t.Parallel()
			mutated := strings.Replace(text, tt.old, tt.bad, 1)
			if mutated == text {
				t.Fatalf("%q is not in the card", tt.old)
			}
			result := run(t, mutated, check.Options{Packs: packs(t)})
			if diff := cmp.Diff([]string{tt.rule}, rulesOf(result)); diff != "" {
				t.Fatal(diff)
			}
			f := result.Findings[0]
			doc, err := card.ReadYAML([]byte(mutated))
			if err != nil {
				t.Fatal(err)
			}
			line, column := doc.Position(tt.pointer)
			wantLine := strings.Count(mutated[:firstDifference(text, mutated)], "\n") + 1
			if tt.rule == "quality/threshold" || tt.rule == "quality/result-contradiction" {
				wantLine = line // the value beside what was changed
			}
			if f.Pointer != tt.pointer || f.Line != line || f.Column != column || f.Line != wantLine {
				t.Errorf("%s at %d:%d, want %s at %d:%d (line %d)", f.Pointer, f.Line, f.Column, tt.pointer, line, column, wantLine)
			}
		})
	}
}

func firstDifference(a, b string) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}
