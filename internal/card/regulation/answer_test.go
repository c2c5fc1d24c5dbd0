package regulation

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// found is an answer in short.
type found struct {
	Status           Status
	Reason           string
	Evidence, Waived string // pointers
	Missing          string // names
}

func answerTo(t *testing.T, c *card.Card, act Act, id string) Answer {
	t.Helper()
	for _, a := range Answers(c, act) {
		if a.Item.ID == id {
			return a
		}
	}
	t.Fatalf("there is no item %s", id)
	return Answer{}
}

func inShort(a *Answer) found {
	f := found{Status: a.Status, Reason: a.Reason}
	var evidence, waived, missing []string
	for _, e := range a.Evidence {
		evidence = append(evidence, e.Pointer)
	}
	for _, w := range a.Waived {
		waived = append(waived, w.Pointer)
	}
	for _, p := range a.Missing {
		missing = append(missing, p.Name)
	}
	f.Evidence, f.Waived, f.Missing = strings.Join(evidence, " "), strings.Join(waived, " "), strings.Join(missing, ", ")
	return f
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	const key = "/compliance/eu_ai_act/answers/"
	tests := []struct {
		name, card, item string
		want             found
	}{
		{"text", "compliance: {eu_ai_act: {answers: {annex_iv.2e: by a person}}}", "annex_iv.2e", found{Status: Given, Evidence: key + "annex_iv.2e"}},
		{"list", "compliance: {eu_ai_act: {answers: {annex_iv.2e: [a, b]}}}", "annex_iv.2e", found{Status: Given, Evidence: key + "annex_iv.2e"}},
		{"mapping", "compliance: {eu_ai_act: {answers: {annex_iv.2e: {who: a}}}}", "annex_iv.2e", found{Status: Given, Evidence: key + "annex_iv.2e"}},
		{"reason", "compliance: {eu_ai_act: {answers: {annex_iv.2e: {not_applicable: r}}}}", "annex_iv.2e", found{Status: NotApplicable, Reason: "r"}},
		{"reason for all answers", "compliance: {eu_ai_act: {answers: {not_applicable: r}}}", "annex_iv.2e", found{Status: NotApplicable, Reason: "r"}},
		{"true is no answer", "compliance: {eu_ai_act: {answers: {annex_iv.2e: true}}}", "annex_iv.2e", found{}},
		{"nothing is no answer", "compliance: {eu_ai_act: {answers: {annex_iv.2e: [\"\", [], {a: ~}]}}}", "annex_iv.2e", found{}},
		{"no answer", "", "annex_iv.2e", found{}},
		{"the key before the fields", "technical: {hardware: a GPU}\ncompliance: {eu_ai_act: {answers: {annex_iv.1e: a TPU}}}", "annex_iv.1e", found{Status: Given, Evidence: key + "annex_iv.1e"}},
		{"field", "technical: {hardware: a GPU}", "annex_iv.1e", found{Status: Given, Evidence: "/technical/hardware"}},
		{"a field that does not apply", "technical: {hardware: {not_applicable: r}}", "annex_iv.1e", found{Status: NotApplicable, Reason: "r", Waived: "/technical/hardware"}},
		{"a section that does not apply", "technical: {not_applicable: r}", "annex_iv.1e", found{Status: NotApplicable, Reason: "r", Waived: "/technical"}},
		{"some parts", "model: {name: x, version: 1.0.0, developers: us}", "annex_iv.1a", found{Status: Partial, Evidence: "/model/developers /model/version", Missing: "the intended purpose, the relation to previous versions"}},
		{"a part that does not apply", "model: {name: x, version: 1.0.0, developers: us, changes: {not_applicable: the first}}\nintended_use: {overview: o}", "annex_iv.1a", found{Status: Given, Evidence: "/intended_use/overview /model/developers /model/version", Waived: "/model/changes"}},
		{"one of a part's fields does not apply", "intended_use: {direct_use: {not_applicable: r}}", "art_13.3b.i", found{Missing: "the intended purpose"}},
		{"one does not apply and another answers", "intended_use: {direct_use: {not_applicable: r}, overview: o}", "art_13.3b.i", found{Status: Given, Evidence: "/intended_use/overview"}},
		{"an optional part is not missed", "training: {overview: o}", "annex_iv.2a", found{Status: Given, Evidence: "/training/overview"}},
		{"an optional part is shown", "training: {overview: o}\nmodel: {name: x, base_model: b}", "annex_iv.2a", found{Status: Given, Evidence: "/training/overview /model/base_model"}},
		{"what has no field is missed", "compliance: {eu_ai_act: {gpai: true}}\ntraining: {overview: o}\ntechnical: {architecture: a}", "annex_xi.1.2b", found{Status: Partial, Evidence: "/training/overview /technical/architecture", Missing: "the design choices, their rationale and assumptions"}},
		{"not asked", "compliance: {eu_ai_act: {gpai: false, answers: {annex_xi.1.1f: mit}}}", "annex_xi.1.1f", found{Status: NotAsked, Reason: "gpai is false"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			src := tt.card
			if !strings.Contains(src, "model:") {
				src += "\nmodel: {name: x}"
			}
			a := answerTo(t, readYAML(t, src), AIAct, tt.item)
			if diff := cmp.Diff(tt.want, inShort(&a)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.item, diff)
			}
		})
	}
}

func TestPicturesAreNoEvidence(t *testing.T) {
	t.Parallel()
	c := readYAML(t, "model: {name: x}\ntraining: {datasets: [{graphics: {collection: [{image: aGk=}]}}]}")
	if a := answerTo(t, c, AIAct, "art_13.3b.vi"); a.Status != Missing {
		t.Errorf("a picture answers: %+v", a.Evidence)
	}
}

func TestHint(t *testing.T) {
	t.Parallel()
	c := readYAML(t, "model: {name: x, version: 1.0.0}\ncompliance: {eu_cra: {sbom: s, answers: {annex_vii.3: a}}}")
	const at = " at /compliance/eu_cra/answers/"
	const with = " with a text, a list, or {not_applicable: reason}"
	for id, want := range map[string]string{
		"annex_vii.1a": "say the intended purpose in /intended_use/overview or /intended_use/direct_use or /intended_use/use_cases; or answer annex_vii.1a" + at + "annex_vii.1a" + with,
		"annex_vii.1b": "",
		"annex_vii.2b": "say the contact address for reports in /compliance/eu_cra/vulnerability_contact; or answer annex_vii.2b" + at + "annex_vii.2b" + with,
		"annex_vii.2c": "answer annex_vii.2c" + at + "annex_vii.2c" + with,
		"annex_vii.3":  "",
	} {
		a := answerTo(t, c, CRA, id)
		if got := a.Hint(); got != want {
			t.Errorf("%s: %q, want %q", id, got, want)
		}
	}
}

func TestUnusedAnswers(t *testing.T) {
	t.Parallel()
	c := readYAML(t, `
model: {name: x}
compliance:
  eu_ai_act:
    risk_class: high
    gpai: false
    answers:
      annex_iv.2e: a
      annex_iv.2f: {not_applicable: r}
      annex_iv.2i: there is no such point
      annex/iv: {not_applicable: r}
      annex_xi.1.1f: mit
      annex_iv.2h: false
  gdpr: {answers: {not_applicable: r}}
`)
	const at = "/compliance/eu_ai_act/answers/"
	want := []Unused{
		{at + "annex_iv.2i", "no item has this key"},
		{at + "annex_xi.1.1f", "Annex XI, Section 1, point 1(f) is not asked: gpai is false"},
		{at + "annex_iv.2h", "the answer says nothing: it has to be a text, a number, a list or a mapping"},
		{at + "annex~1iv", "no item has this key"},
	}
	if diff := cmp.Diff(want, UnusedAnswers(c, AIAct)); diff != "" {
		t.Errorf("unused (-want +got):\n%s", diff)
	}
	for _, act := range []Act{CRA, GDPR} {
		if got := UnusedAnswers(c, act); got != nil {
			t.Errorf("%s: %v", act, got)
		}
	}
}
