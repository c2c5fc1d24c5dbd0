package check_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/terragonlabs/modelcard-generator/internal/check"
)

func TestPolicy(t *testing.T) {
	t.Parallel()
	const warns = "model: {name: Example, license: mit, language: en, pipeline_tag: text-classify}\n"
	const fails = "model: {name: Example, license: Example}\n"
	tests := []struct {
		name   string
		text   string
		policy check.Policy
		valid  bool
		reason string
	}{
		{"default, warning", warns, check.Policy{}, true, ""},
		{"default, error", fails, check.Policy{}, false, "severity error: 1"},
		{"warning", warns, check.Policy{FailOn: check.Warning}, false, "severity warning: 1"},
		{"info", "model: {name: Example, license: mit}\n", check.Policy{FailOn: check.Info}, false, "severity info"},
		{"never", fails, check.Policy{FailOn: check.Never}, true, ""},
		{"score", warns, check.Policy{FailOn: check.Never, MinScore: 0.99}, false, "huggingface scores 0.98, less than 0.99"},
		{"no card", "model: {}\n", check.Policy{FailOn: check.Error}, false, "severity error: 1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			result := run(t, tt.text, check.Options{Packs: packs(t, "huggingface"), Policy: tt.policy})
			if result.Valid != tt.valid || !strings.Contains(strings.Join(result.Reasons, "; "), tt.reason) {
				t.Errorf("valid %v, reasons %v; want %v, %q", result.Valid, result.Reasons, tt.valid, tt.reason)
			}
		})
	}
	for _, bad := range []check.Policy{{FailOn: "fatal"}, {MinScore: 1.1}, {MinScore: -1}} {
		if bad.Validate() == nil {
			t.Errorf("%+v is accepted", bad)
		}
	}
}

// TestFindingsAreBounded wants a rule to be told a hundred times at most.
func TestFindingsAreBounded(t *testing.T) {
	t.Parallel()
	result := run(t, "model: {name: Example, language: ["+strings.Repeat("zz, ", 499)+"zz]}\n", check.Options{Packs: packs(t, "huggingface")})
	count, last := 0, ""
	for _, f := range result.Findings {
		if f.Rule == "huggingface/language" {
			count, last = count+1, f.Hint
		}
	}
	if count != 100 || last != "and 400 more like this" {
		t.Errorf("%d findings, the last says %q", count, last)
	}
}

func TestSelectPacks(t *testing.T) {
	t.Parallel()
	tests := []struct{ names, want string }{
		{"", "schema huggingface quality secrets"},
		{"quality", "schema quality"},
		{"Google,cyclonedx", "schema google cyclonedx"},
		{"hugging_face", ""},
	}
	for _, tt := range tests {
		var names []string
		if tt.names != "" {
			names = strings.Split(tt.names, ",")
		}
		selected, err := check.SelectPacks(names...)
		var unknown *check.UnknownPackError
		if errors.As(err, &unknown) != (tt.want == "") {
			t.Errorf("%s: error %v", tt.names, err)
		}
		var got []string
		for _, p := range selected {
			got = append(got, p.Name)
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%q selects %v, want %s", tt.names, got, tt.want)
		}
	}
	if all, err := check.SelectPacks(check.All); err != nil || len(all) != len(check.Packs()) {
		t.Errorf("all selects %d packs (%v)", len(all), err)
	}
}

// TestCompletenessIsHundredPoints holds the score to what the docs say of it.
func TestCompletenessIsHundredPoints(t *testing.T) {
	t.Parallel()
	result := run(t, full(t), check.Options{Packs: packs(t, "completeness")})
	score := result.Scores[len(result.Scores)-1]
	if score.Possible != 100 || score.Earned != 100 || len(score.Parts) < 20 {
		t.Errorf("%+v", score)
	}
	result = run(t, "model: {name: Example, license: mit}\nintended_use: {out_of_scope_use: {not_applicable: It is a toy.}}\n", check.Options{Packs: packs(t, "completeness")})
	if score = result.Scores[len(result.Scores)-1]; score.Earned != 14 || score.Value != 0.14 {
		t.Errorf("licence 8 and out-of-scope use 6 make %d, %v", score.Earned, score.Value)
	}
}
