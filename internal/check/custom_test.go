package check_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/check"
)

const teamRules = `rules:
  - id: owner
    message: every card names an owner
    hint: add model.owners
    pointer: /model/owners
    expression: card.model.?owners.orValue([]).size() > 0
  - id: f1
    severity: warning
    message: classifiers reach an F1 of 0.9
    pointer: /evaluation/results
    when: card.model.?pipeline_tag.orValue("") == "text-classification"
    expression: |
      card.evaluation.results.all(r,
        r.metrics.filter(m, m.type == "f1").all(m, m.value >= 0.9))
  - id: team
    severity: info
    points: 50
    message: the front matter names the team
    expression: has(card.metadata) && card.metadata.team in ["nlp", "vision"]
`

func rules(t *testing.T, text string) *check.RuleSet {
	t.Helper()
	set, err := check.ReadRules([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestCustomRules(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		want       []string // rule, line:column
		score      float64
	}{
		{"good", full(t) + "metadata: {team: nlp}\n", nil, 1},
		{"bad", "model: {name: Example, pipeline_tag: text-classification}\nevaluation:\n  results:\n    - metrics: [{type: f1, value: 0.8}]\nmetadata: {team: ops}\n",
			[]string{"custom/owner", "custom/f1", "custom/team"}, 0},
		{"a field that is not there", "model: {name: Example, pipeline_tag: text-classification, owners: [{name: A}]}\nmetadata: {team: nlp}\n",
			[]string{"custom/f1"}, 0.9375},
		{"not applicable", "model: {name: Example, owners: [{name: A}]}\nmetadata: {team: nlp}\n", nil, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			result := run(t, tt.text, check.Options{Custom: rules(t, teamRules)})
			got := rulesOf(result)
			if diff := cmp.Diff(len(tt.want), len(got)); diff != "" {
				t.Errorf("%v: %s", got, diff)
			}
			for _, rule := range tt.want {
				if !strings.Contains(strings.Join(got, " "), rule) {
					t.Errorf("%v, want %s", got, rule)
				}
			}
			if score := result.Scores[len(result.Scores)-1]; score.Pack != check.CustomPack || score.Value != tt.score {
				t.Errorf("score %+v, want %v", score, tt.score)
			}
		})
	}
}

func TestCustomFindingsHaveAPlace(t *testing.T) {
	t.Parallel()
	result := run(t, "model:\n  name: Example\n  pipeline_tag: text-classification\nevaluation:\n  results:\n    - metrics: [{type: f1, value: 0.8}]\n", check.Options{Custom: rules(t, teamRules)})
	for _, f := range result.Findings {
		if f.Rule == "custom/f1" {
			if f.Line != 6 || f.Column != 5 || f.Severity != check.Warning || f.Message != "classifiers reach an F1 of 0.9" {
				t.Errorf("%+v", f)
			}
			return
		}
	}
	t.Error("custom/f1 is not tripped")
}

func TestRulesFileErrors(t *testing.T) {
	t.Parallel()
	const head = "rules:\n  - id: a\n    message: m\n"
	tests := []struct {
		name, text   string
		line, column int
		want         string
	}{
		{"empty", "", 1, 1, "empty"},
		{"no YAML", "rules: [", 1, 0, "YAML"},
		{"no rules", "rule: []", 1, 1, `did you mean "rules"?`},
		{"no list", "rules: {}", 1, 8, "not a list"},
		{"no mapping", "rules: [a]", 1, 9, "not a mapping"},
		{"unknown key", head + "    expresion: \"true\"\n", 4, 5, `did you mean "expression"?`},
		{"no expression", head, 2, 5, `missing "expression"`},
		{"bad id", "rules:\n  - id: A b\n    message: m\n    expression: \"true\"\n", 2, 9, "no id"},
		{"twice", head + "    expression: \"true\"\n  - {id: a, message: m, expression: \"true\"}\n", 5, 10, "second time"},
		{"severity", head + "    severity: fatal\n    expression: \"true\"\n", 4, 15, "none of error"},
		{"points", head + "    points: many\n    expression: \"true\"\n", 4, 13, "whole number"},
		{"pointer", head + "    pointer: model\n    expression: \"true\"\n", 4, 14, "JSON pointer"},
		{"syntax, plain", head + "    expression: card.model. == 1\n", 4, 29, "CEL"},
		{"syntax, quoted", head + "    expression: 'card.model == ='\n", 4, 32, "CEL"},
		{"syntax, block", head + "    expression: |\n      true &&\n      crd.model == 1\n", 6, 7, "undeclared reference to 'crd'"},
		{"type", head + "    expression: size(card)\n", 4, 17, "int, not bool"},
		{"type, block", head + "    expression: |\n      size(card)\n", 5, 7, "int, not bool"},
		{"alias", "rules: &r\n  - *r\n", 2, 5, "not a mapping"},
		{"too large", strings.Repeat("#", 300<<10), 0, 0, "limit"},
		{"deep", head + "    expression: \"" + strings.Repeat("(", 300) + "true" + strings.Repeat(")", 300) + "\"\n", 4, 0, "recursion"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := check.ReadRules([]byte(tt.text))
			var refused *card.Error
			if !errors.As(err, &refused) || len(refused.Problems) == 0 {
				t.Fatalf("error %v", err)
			}
			p := refused.Problems[0]
			if p.Line != tt.line || tt.column != 0 && p.Column != tt.column || !strings.Contains(p.String(), tt.want) {
				t.Errorf("%s, want %d:%d %s", p, tt.line, tt.column, tt.want)
			}
		})
	}
}

// TestExpressionsAreBounded runs an expression that asks something of every
// quadruple of a list.
func TestExpressionsAreBounded(t *testing.T) {
	t.Parallel()
	tags := strings.Repeat("a, ", 199) + "a"
	text := "model: {name: Example, tags: [" + tags + "]}\n"
	set := rules(t, "rules:\n  - id: slow\n    message: m\n    expression: card.model.tags.all(a, card.model.tags.all(b, card.model.tags.all(c, card.model.tags.all(d, a == b && c == d))))\n")
	result := run(t, text, check.Options{Custom: set})
	if len(result.Findings) != 1 || !strings.Contains(result.Findings[0].Message, "costs more than 200000 steps") {
		t.Errorf("%+v", result.Findings)
	}
	doc, err := card.ReadYAML([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := check.New(check.Options{Custom: set}).Document(ctx, "", doc); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v after the context ended", err)
	}
}
