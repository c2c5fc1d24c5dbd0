package regulation

import "github.com/terragonlabs/modelcard-generator/internal/card"

// Fact is one thing that decides what is asked, as the card has it.
type Fact struct {
	// Name says what it is, such as "Risk class".
	Name string
	// Pointer is the field of the card.
	Pointer string
	// Value is what the card says, with yes and no for true and false; "" is
	// unknown.
	Value string
	// NotApplicable is the reason why it does not apply, "" for none.
	NotApplicable string
	// Assumed is what is taken for an unknown value, "" where nothing is.
	Assumed string
}

const (
	yes = "yes"
	no  = "no"
)

// Facts lists what decides the scope of an act, in the order of the card.
func Facts(c *card.Card, act Act) []Fact {
	switch act {
	case AIAct:
		f := aiActFacts(c)
		return []Fact{f.role, f.risk, f.gpai, f.systemic, f.open}
	case CRA:
		role := craRole(c)
		class := fact(c, "Product class", CRA.pointer("product_class"), "")
		if cra := craOf(c); cra != nil {
			class.Value = cra.ProductClass
		}
		return []Fact{role, class}
	case GDPR:
		return []Fact{personalData(c)}
	}
	return nil
}

type aiFacts struct{ role, risk, gpai, systemic, open Fact }

func aiActFacts(c *card.Card) aiFacts {
	a := &card.EUAIAct{}
	if c.Compliance != nil && c.Compliance.EUAIAct != nil {
		a = c.Compliance.EUAIAct
	}
	f := aiFacts{
		role:     fact(c, "Role", AIAct.pointer("role"), a.Role),
		risk:     fact(c, "Risk class", AIAct.pointer("risk_class"), a.RiskClass),
		gpai:     fact(c, "General-purpose AI model", AIAct.pointer("gpai"), yesNo(a.GPAI)),
		systemic: fact(c, "Systemic risk", AIAct.pointer("systemic_risk"), yesNo(a.SystemicRisk)),
		open:     fact(c, "Free and open-source licence", AIAct.pointer("open_source"), yesNo(a.OpenSource)),
	}
	if f.role.Value == "" {
		f.role.Assumed = "provider"
	}
	if f.systemic.Value == "" && f.systemic.NotApplicable == "" && presumedSystemic(c) {
		f.systemic.Assumed = "yes, since training took more than 10^25 floating point operations (Art. 51(2))"
	}
	return f
}

// presumption is the compute above which a general-purpose model is presumed
// to have high-impact capabilities (Art. 51(2)), in floating point operations.
const presumption = 1e25

func presumedSystemic(c *card.Card) bool {
	return c.Technical != nil && c.Technical.TrainingFLOPs != nil && c.Technical.TrainingFLOPs.Float64() > presumption
}

func craOf(c *card.Card) *card.EUCRA {
	if c.Compliance == nil {
		return nil
	}
	return c.Compliance.EUCRA
}

func craRole(c *card.Card) Fact {
	f := fact(c, "Role", CRA.pointer("role"), "")
	if cra := craOf(c); cra != nil {
		f.Value = cra.Role
	}
	if f.Value == "" {
		f.Assumed = "manufacturer"
	}
	return f
}

func personalData(c *card.Card) Fact {
	f := fact(c, "Personal data", GDPR.pointer("personal_data"), "")
	if c.Compliance != nil && c.Compliance.GDPR != nil {
		f.Value = yesNo(c.Compliance.GDPR.PersonalData)
	}
	return f
}

func fact(c *card.Card, name, pointer, value string) Fact {
	return Fact{Name: name, Pointer: pointer, Value: value, NotApplicable: c.NotApplicable[pointer]}
}

func yesNo(b *bool) string {
	switch {
	case b == nil:
		return ""
	case *b:
		return yes
	}
	return no
}
