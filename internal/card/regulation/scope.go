package regulation

import (
	"slices"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// Asked tells whether a set is asked of a card.
type Asked int

const (
	// Undecided sets depend on something that the card does not say.
	Undecided Asked = iota
	// Yes is for sets that are asked.
	Yes
	// No is for sets that are not.
	No
)

// String is the answer for people.
func (a Asked) String() string {
	switch a {
	case Yes:
		return yes
	case No:
		return no
	}
	return "undecided"
}

// Scope says whether a set is asked, and why.
type Scope struct {
	Asked Asked
	// Reason is a clause such as "risk_class is high".
	Reason string
	// Pointer is the field of the card that decides, or would.
	Pointer string
}

// Scope tells whether the set is asked of a card. What the card does not say
// is undecided, except the role: without one the card is taken for that of the
// provider or manufacturer.
func (s *Set) Scope(c *card.Card) Scope {
	for _, pointer := range []string{"/compliance", s.Act.pointer()} {
		if reason, ok := c.NotApplicable[pointer]; ok {
			return Scope{No, "declared not applicable: " + reason, pointer}
		}
	}
	return s.decide(c)
}

// asksHighRiskProvider is for what the provider of a high-risk system draws up
// (Art. 11 and 13), which an authorised representative keeps (Art. 22(3)).
func asksHighRiskProvider(c *card.Card) Scope {
	f := aiActFacts(c)
	if s, other := f.notProvider(); other {
		return s
	}
	return f.highRisk()
}

func (f *aiFacts) notProvider() (Scope, bool) {
	if slices.Contains([]string{"", "provider", "authorised-representative"}, f.role.Value) {
		return Scope{}, false
	}
	return Scope{No, "asked of providers, and role is " + f.role.Value, f.role.Pointer}, true
}

func (f *aiFacts) highRisk() Scope {
	s := Scope{Pointer: f.risk.Pointer}
	switch {
	case f.risk.NotApplicable != "":
		s.Asked, s.Reason = No, "risk_class is not applicable: "+f.risk.NotApplicable
	case f.risk.Value == "":
		s.Reason = "risk_class is not said"
	case f.risk.Value == "high":
		s.Asked, s.Reason = Yes, "risk_class is high"
	case f.risk.Value == "prohibited":
		s.Asked, s.Reason = No, "risk_class is prohibited: no file makes up for Art. 5"
	default:
		s.Asked, s.Reason = No, "asked of high-risk systems, and risk_class is "+f.risk.Value
	}
	return s
}

// asksDeployer is for what the deployer of a high-risk system documents.
func asksDeployer(c *card.Card) Scope {
	f := aiActFacts(c)
	switch f.role.Value {
	case "deployer":
		return f.highRisk()
	case "":
		return Scope{No, "asked of deployers, and role is not said", f.role.Pointer}
	}
	return Scope{No, "asked of deployers, and role is " + f.role.Value, f.role.Pointer}
}

// asksTransparency is for Art. 50, which asks of any system what its items
// have as their condition. Minimal is the class of what has no such duty.
func asksTransparency(c *card.Card) Scope {
	f := aiActFacts(c)
	if s, other := f.notProvider(); other {
		return s
	}
	if f.risk.Value == "limited" {
		return Scope{Yes, "risk_class is limited", f.risk.Pointer}
	}
	s := f.highRisk()
	if f.risk.Value == "minimal" {
		s.Reason = "asked of systems with a risk for transparency, and risk_class is minimal"
	}
	return s
}

// asksGPAI is for what providers of general-purpose models owe (Art. 53).
func asksGPAI(c *card.Card) Scope {
	f := aiActFacts(c)
	return f.generalPurpose()
}

func (f *aiFacts) generalPurpose() Scope {
	if s, other := f.notProvider(); other {
		return s
	}
	s := Scope{Pointer: f.gpai.Pointer}
	switch {
	case f.gpai.NotApplicable != "":
		s.Asked, s.Reason = No, "gpai is not applicable: "+f.gpai.NotApplicable
	case f.gpai.Value == yes:
		s.Asked, s.Reason = Yes, "gpai is true"
	case f.gpai.Value == no:
		s.Asked, s.Reason = No, "gpai is false"
	case f.systemic.Value == yes:
		s = Scope{Yes, "systemic_risk is true, which only general-purpose models have", f.systemic.Pointer}
	default:
		s.Reason = "gpai is not said"
	}
	return s
}

// asksGPAINotExempt is for what Art. 53(2) and 54(6) spare models under a free
// and open-source licence, unless they have systemic risk.
func asksGPAINotExempt(c *card.Card) Scope {
	f := aiActFacts(c)
	s := f.generalPurpose()
	if s.Asked == No || f.open.Value != yes {
		return s
	}
	switch risk := f.systemicRisk(); risk.Asked {
	case No:
		return Scope{No, "open_source is true, and Art. 53(2) and 54(6) exempt such models without systemic risk", f.open.Pointer}
	case Yes:
		s.Reason += ", and models with systemic risk have no open-source exemption"
	default:
		s = Scope{Undecided, "open_source is true, and whether Art. 53(2) and 54(6) exempt it depends on systemic_risk, which is not said", risk.Pointer}
	}
	return s
}

// asksSystemicRisk is for models with systemic risk (Art. 51, 55).
func asksSystemicRisk(c *card.Card) Scope {
	f := aiActFacts(c)
	s, risk := f.generalPurpose(), f.systemicRisk()
	if s.Asked == No || s.Asked == Undecided && risk.Asked != No {
		return s
	}
	return risk
}

func (f *aiFacts) systemicRisk() Scope {
	s := Scope{Pointer: f.systemic.Pointer}
	switch {
	case f.systemic.NotApplicable != "":
		s.Asked, s.Reason = No, "systemic_risk is not applicable: "+f.systemic.NotApplicable
	case f.systemic.Value == yes:
		s.Asked, s.Reason = Yes, "systemic_risk is true"
	case f.systemic.Value == no:
		s.Asked, s.Reason = No, "systemic_risk is false"
	case f.systemic.Assumed != "":
		s.Asked, s.Reason, s.Pointer = Yes, "training_flops is over 10^25, from where Art. 51(2) presumes systemic risk", "/technical/training_flops"
	default:
		s.Reason = "systemic_risk is not said"
	}
	return s
}

// asksManufacturer is for the technical documentation of the Cyber Resilience
// Act, which importers and distributors see to (Art. 19, 20) and open-source
// stewards do not draw up (Art. 24).
func asksManufacturer(c *card.Card) Scope {
	role := craRole(c)
	s := Scope{Pointer: role.Pointer}
	switch role.Value {
	case "manufacturer":
		s.Asked, s.Reason = Yes, "role is manufacturer"
	case "":
		s.Reason = "role is not said"
	default:
		s.Asked, s.Reason = No, "asked of manufacturers, and role is "+role.Value
	}
	return s
}

func asksPersonalData(c *card.Card) Scope {
	personal := personalData(c)
	s := Scope{Pointer: personal.Pointer}
	switch {
	case personal.NotApplicable != "":
		s.Asked, s.Reason = No, "personal_data is not applicable: "+personal.NotApplicable
	case personal.Value == yes:
		s.Asked, s.Reason = Yes, "personal_data is true"
	case personal.Value == no:
		s.Asked, s.Reason = No, "personal_data is false"
	default:
		s.Reason = "personal_data is not said"
	}
	return s
}
