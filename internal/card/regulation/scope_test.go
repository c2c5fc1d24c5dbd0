package regulation

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// scopes are the sets that are asked of a card, and with a question mark those
// that are undecided.
func scopes(t *testing.T, act Act, compliance string) string {
	t.Helper()
	c := readYAML(t, "model: {name: x}\n"+compliance)
	var asked []string
	for _, s := range Sets(act) {
		scope := s.Scope(c)
		if scope.Reason == "" || scope.Pointer == "" {
			t.Errorf("%s: no reason for %s", s.ID, scope.Asked)
		}
		switch scope.Asked {
		case Yes:
			asked = append(asked, s.ID)
		case Undecided:
			asked = append(asked, s.ID+"?")
		}
	}
	return strings.Join(asked, " ")
}

const (
	high = "high_risk annex_iv art_13 "
	gpai = "annex_xi.1 annex_xii art_53 art_54"
)

func TestScopeOfTheAIAct(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, scope, want string }{
		{"nothing is said", "", "high_risk? annex_iv? art_13? annex_xi.1? annex_xi.2? annex_xii? art_53? art_54? art_50?"},
		{"high", "risk_class: high, gpai: false", high + "art_50"},
		{"high, of a provider", "role: provider, risk_class: high, gpai: false", high + "art_50"},
		{"high, kept by a representative", "role: authorised-representative, risk_class: high, gpai: false", high + "art_50"},
		{"high, in use", "role: deployer, risk_class: high", "deployer"},
		{"limited, in use", "role: deployer, risk_class: limited", ""},
		{"class unknown, in use", "role: deployer", "deployer?"},
		{"imported", "role: importer, risk_class: high, gpai: true", ""},
		{"distributed", "role: distributor, risk_class: high, gpai: true", ""},
		{"limited", "risk_class: limited, gpai: false", "art_50"},
		{"minimal", "risk_class: minimal, gpai: false", ""},
		{"prohibited", "risk_class: prohibited, gpai: false", ""},
		{"model without systemic risk", "risk_class: {not_applicable: r}, gpai: true, systemic_risk: false", gpai},
		{"model with systemic risk", "risk_class: minimal, gpai: true, systemic_risk: true", "annex_xi.1 annex_xi.2 annex_xii art_53 art_54"},
		{"model with or without", "risk_class: minimal, gpai: true", "annex_xi.1 annex_xi.2? annex_xii art_53 art_54"},
		{"systemic risk says that it is one", "risk_class: minimal, systemic_risk: true", "annex_xi.1 annex_xi.2 annex_xii art_53 art_54"},
		{"open source", "risk_class: minimal, gpai: true, systemic_risk: false, open_source: true", "art_53"},
		{"open source with systemic risk", "risk_class: minimal, gpai: true, systemic_risk: true, open_source: true", "annex_xi.1 annex_xi.2 annex_xii art_53 art_54"},
		{"open source with or without", "risk_class: minimal, gpai: true, open_source: true", "annex_xi.1? annex_xi.2? annex_xii? art_53 art_54?"},
		{"not open source", "risk_class: minimal, gpai: true, systemic_risk: false, open_source: false", gpai},
		{"a model or not", "risk_class: minimal, systemic_risk: false", "annex_xi.1? annex_xii? art_53? art_54?"},
		{"no model, by a reason", "risk_class: minimal, gpai: {not_applicable: r}", ""},
		{"no systemic risk, by a reason", "risk_class: minimal, gpai: true, systemic_risk: {not_applicable: r}", gpai},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, strings.TrimSpace(scopes(t, AIAct, "compliance: {eu_ai_act: {"+tt.scope+"}}"))); diff != "" {
				t.Errorf("asked (-want +got):\n%s", diff)
			}
		})
	}
}

func TestScope(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		act  Act
		card string
		want string
	}{
		{"the act as a whole is not applicable", AIAct, "compliance: {eu_ai_act: {not_applicable: r}}", ""},
		{"compliance as a whole is not applicable", AIAct, "compliance: {not_applicable: r}", ""},
		{"presumed systemic risk", AIAct, "technical: {training_flops: 1.1e+25}\ncompliance: {eu_ai_act: {risk_class: minimal, gpai: true, open_source: true}}", "annex_xi.1 annex_xi.2 annex_xii art_53 art_54"},
		{"no presumption at the limit", AIAct, "technical: {training_flops: 1.0e+25}\ncompliance: {eu_ai_act: {risk_class: minimal, gpai: true}}", "annex_xi.1 annex_xi.2? annex_xii art_53 art_54"},
		{"the presumption is rebutted", AIAct, "technical: {training_flops: 1.1e+25}\ncompliance: {eu_ai_act: {risk_class: minimal, gpai: true, systemic_risk: false}}", gpai},
		{"role unknown", CRA, "", "annex_vii?"},
		{"manufacturer", CRA, "compliance: {eu_cra: {role: manufacturer}}", "annex_vii"},
		{"importer", CRA, "compliance: {eu_cra: {role: importer}}", ""},
		{"steward", CRA, "compliance: {eu_cra: {role: open-source-steward}}", ""},
		{"no product", CRA, "compliance: {eu_cra: {not_applicable: r}}", ""},
		{"personal data unknown", GDPR, "", "gdpr?"},
		{"personal data", GDPR, "compliance: {gdpr: {personal_data: true}}", "gdpr"},
		{"no personal data", GDPR, "compliance: {gdpr: {personal_data: false}}", ""},
		{"no personal data, by a reason", GDPR, "compliance: {gdpr: {personal_data: {not_applicable: r}}}", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := scopes(t, tt.act, tt.card); got != tt.want {
				t.Errorf("asked: %q, want %q", got, tt.want)
			}
		})
	}
}

func TestFacts(t *testing.T) {
	t.Parallel()
	c := readYAML(t, "model: {name: x}\ntechnical: {training_flops: 2.0e+25}\ncompliance: {eu_ai_act: {risk_class: {not_applicable: a model}, gpai: true, open_source: false}, eu_cra: {product_class: critical}}")
	want := []Fact{
		{"Role", "/compliance/eu_ai_act/role", "", "", "provider"},
		{"Risk class", "/compliance/eu_ai_act/risk_class", "", "a model", ""},
		{"General-purpose AI model", "/compliance/eu_ai_act/gpai", "yes", "", ""},
		{"Systemic risk", "/compliance/eu_ai_act/systemic_risk", "", "", "yes, since training took more than 10^25 floating point operations (Art. 51(2))"},
		{"Free and open-source licence", "/compliance/eu_ai_act/open_source", "no", "", ""},
	}
	if diff := cmp.Diff(want, Facts(c, AIAct)); diff != "" {
		t.Errorf("AI Act (-want +got):\n%s", diff)
	}
	want = []Fact{
		{"Role", "/compliance/eu_cra/role", "", "", "manufacturer"},
		{"Product class", "/compliance/eu_cra/product_class", "critical", "", ""},
	}
	if diff := cmp.Diff(want, Facts(c, CRA)); diff != "" {
		t.Errorf("CRA (-want +got):\n%s", diff)
	}
}
