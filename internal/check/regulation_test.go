package check_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/card/regulation"
	"github.com/terragonlabs/modelcard-generator/internal/check"
)

// TestMissingAnswerTripsItsRule takes each answer out of a card that has them
// all, and wants the rule of that item and no other, at the line of the answers.
func TestMissingAnswerTripsItsRule(t *testing.T) {
	t.Parallel()
	tests := []struct {
		pack  string
		act   regulation.Act
		scope string
		least int
	}{
		{"eu-ai-act", regulation.AIAct, "role: provider\n    risk_class: high\n    gpai: true\n    systemic_risk: true", 50},
		{"eu-ai-act", regulation.AIAct, "role: provider\n    risk_class: limited\n    gpai: false\n    systemic_risk: false", 2},
		{"eu-ai-act", regulation.AIAct, "role: deployer\n    risk_class: high\n    gpai: false\n    systemic_risk: false", 1},
		{"eu-cra", regulation.CRA, "role: manufacturer", 10},
		{"gdpr", regulation.GDPR, "personal_data: true", 20},
	}
	for _, tt := range tests {
		t.Run(tt.pack+" "+tt.scope, func(t *testing.T) {
			t.Parallel()
			o := check.Options{Packs: packs(t, tt.pack)}
			head := "model: {name: Example}\ncompliance:\n  " + string(tt.act) + ":\n    " + tt.scope + "\n"
			lines := answersFor(t, tt.act, head)
			if len(lines) < tt.least {
				t.Fatalf("only %d items are asked", len(lines))
			}
			whole := head + "    answers:\n" + strings.Join(lines, "")
			if result := run(t, whole, o); len(result.Findings) > 0 {
				t.Fatalf("all answers are there, and yet: %+v", result.Findings)
			}
			for i, line := range lines {
				key, _, _ := strings.Cut(strings.TrimSpace(line), ":")
				want := tt.pack + "/" + strings.NewReplacer("_", "-", ".", "-", "(", "", ")", "").Replace(strings.ToLower(key))
				result := run(t, strings.Replace(whole, lines[i], "", 1), o)
				if diff := cmp.Diff([]string{want}, rulesOf(result)); diff != "" {
					t.Errorf("without %s: %s", key, diff)
					continue
				}
				f := result.Findings[0]
				first := strings.Count(head, "\n") + 2 // the first answer is that of the mapping
				if f.Line != first && len(lines) > 1 || !strings.HasSuffix(f.Pointer, "/answers/"+key) {
					t.Errorf("without %s: at %s on line %d, want line %d", key, f.Pointer, f.Line, first)
				}
			}
		})
	}
}

// answersFor is a line for each item that is asked of a card.
func answersFor(t *testing.T, act regulation.Act, text string) []string {
	t.Helper()
	doc, err := card.ReadYAML([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, a := range regulation.Answers(doc.Card, act) {
		if a.Scope.Asked == regulation.Yes {
			lines = append(lines, fmt.Sprintf("      %s: What there is to say.\n", a.Item.ID))
		}
	}
	return lines
}

// TestScopeIsAsked wants one finding for what decides, and none for items
// that may not be asked.
func TestScopeIsAsked(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		want       []string // rule and pointer
	}{
		{"nothing said", "model: {name: Example}\n", []string{
			"eu-ai-act/scope /compliance/eu_ai_act/risk_class", "eu-ai-act/scope /compliance/eu_ai_act/gpai",
			"eu-cra/scope /compliance/eu_cra/role", "gdpr/scope /compliance/gdpr/personal_data"}},
		{"not applicable", "model: {name: Example}\ncompliance: {not_applicable: A toy.}\n", nil},
		{"not asked", "model: {name: Example}\ncompliance: {eu_ai_act: {risk_class: minimal, gpai: false}, eu_cra: {role: open-source-steward}, gdpr: {personal_data: false}}\n", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			result := run(t, tt.text, check.Options{Packs: packs(t, "eu-ai-act", "eu-cra", "gdpr")})
			got := map[string]bool{}
			for _, f := range result.Findings {
				got[f.Rule+" "+f.Pointer] = true
			}
			want := map[string]bool{}
			for _, w := range tt.want {
				want[w] = true
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestRegulationRulesCarryTheirDates wants the dates of application in every
// rule of an item.
func TestRegulationRulesCarryTheirDates(t *testing.T) {
	t.Parallel()
	for _, pack := range packs(t, "eu-ai-act", "eu-cra", "gdpr") {
		for _, rule := range pack.Rules {
			if len(rule.Fields) > 0 && (len(rule.Applies) == 0 || !strings.Contains(rule.Reference, rule.Applies[0].On)) {
				t.Errorf("%s: applies %v, reference %q", rule.ID, rule.Applies, rule.Reference)
			}
		}
	}
}
