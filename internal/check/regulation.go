package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/card/regulation"
)

// regulationPack makes a pack of an act: a rule for each of its items, one for
// a card that does not say what decides whether they are asked, and one for
// answers that answer nothing. A pack says what is there and what is missing;
// it never says that a model complies.
func regulationPack(act regulation.Act, title string) Pack {
	name := strings.ReplaceAll(string(act), "_", "-")
	p := Pack{
		Name: name, Title: title,
		About: "What " + act.String() + " asks to be documented, as of " + regulation.Edition +
			": which items are present and which are missing, never whether the model complies. An item that is missing is an error, or a warning where the act has a condition that a card does not tell.",
		Reference: act.String(), parts: true,
		Rules: []Rule{scopeRule(name, act), unusedRule(name, act)},
	}
	at := 0
	for _, set := range regulation.Sets(act) {
		for _, item := range set.Items {
			p.Rules = append(p.Rules, itemRule(name, act, &set, &item, at))
			at++
		}
	}
	return p
}

// itemRule is the rule of the item at an index of the act's answers.
func itemRule(pack string, act regulation.Act, set *regulation.Set, item *regulation.Item, at int) Rule {
	r := Rule{
		ID: pack + "/" + ruleName(item.ID), Severity: Error,
		Title:     item.Title + ": " + strings.TrimSuffix(lowerFirst(item.Asks), "."),
		Reference: itemReference(act, set, item), Applies: applicability(set.Dates),
		Fields:  []string{set.Pointer(*item)},
		applies: func(s *subject) bool { return s.answers(act)[at].Scope.Asked == regulation.Yes },
		find:    func(s *subject) []hit { return missingAnswer(&s.answers(act)[at]) },
	}
	if item.Where != "" {
		r.Severity = Warning
	}
	r.Bad, r.Good = itemExamples(set, item)
	return r
}

func ruleName(itemID string) string {
	return strings.NewReplacer("_", "-", ".", "-", "(", "", ")", "").Replace(strings.ToLower(itemID))
}

func lowerFirst(s string) string {
	if len(s) > 1 && s[1] >= 'a' && s[1] <= 'z' || strings.HasPrefix(s, "A ") {
		return strings.ToLower(s[:1]) + s[1:]
	}
	return s
}

// itemReference is the article with its condition and its dates.
func itemReference(act regulation.Act, set *regulation.Set, item *regulation.Item) string {
	parts := []string{act.String() + ", " + item.Ref}
	if item.Where != "" {
		parts = append(parts, item.Where)
	}
	for _, d := range set.Dates {
		parts = append(parts, fmt.Sprintf("from %s: %s (%s)", d.On, d.What, d.Source))
	}
	if item.See != "" {
		parts = append(parts, "see "+item.See)
	}
	return strings.Join(parts, "; ")
}

func applicability(dates []regulation.Date) []Applicability {
	days := make([]Applicability, len(dates))
	for i, d := range dates {
		days[i] = Applicability{d.On, d.What, d.Source}
	}
	return days
}

// answers are what the card says about the items of an act, worked out once.
func (s *subject) answers(act regulation.Act) []regulation.Answer {
	if s.regulation == nil {
		s.regulation = map[regulation.Act][]regulation.Answer{}
	}
	answers, ok := s.regulation[act]
	if !ok {
		answers = regulation.Answers(s.Card, act)
		s.regulation[act] = answers
	}
	return answers
}

func missingAnswer(a *regulation.Answer) []hit {
	h := hit{pointer: a.Pointer(), hint: a.Hint()}
	switch a.Status {
	case regulation.Missing:
		h.message = a.Item.Ref + " is not answered: " + a.Item.Title
	case regulation.Partial:
		names := make([]string, len(a.Missing))
		for i, p := range a.Missing {
			names[i] = p.Name
		}
		h.message = a.Item.Ref + " is answered in part; missing: " + strings.Join(names, ", ")
	default:
		return nil
	}
	return []hit{h}
}

// scopeRule asks for what decides whether the items are asked.
func scopeRule(pack string, act regulation.Act) Rule {
	r := Rule{
		ID: pack + "/scope", Severity: Warning, Title: "the card says what decides which items are asked",
		Hint: "without it nobody can tell whether the items apply",
		Good: smallest + "compliance: {" + string(act) + ": {not_applicable: The model is a toy for teaching.}}\n",
	}
	r.find = func(s *subject) []hit {
		var hits []hit
		for _, a := range s.answers(act) {
			if a.Scope.Asked != regulation.Undecided || slices.ContainsFunc(hits, func(h hit) bool { return h.pointer == a.Scope.Pointer }) {
				continue
			}
			hits = append(hits, hit{pointer: a.Scope.Pointer, message: a.Scope.Reason + ", so it is open whether " + a.Set.Ref + " is asked"})
		}
		return hits
	}
	return r
}

// unusedRule is about answers that answer nothing.
func unusedRule(pack string, act regulation.Act) Rule {
	return Rule{
		ID: pack + "/unused-answer", Severity: Warning, Title: "every answer belongs to an item that is asked",
		Hint: "correct its key, or take it away",
		Bad:  smallest + "compliance: {" + string(act) + ": {answers: {annex_0.1: An answer.}}}\n", Good: smallest,
		find: func(s *subject) []hit {
			if m, _, _ := s.keyed("/compliance/" + string(act) + "/answers/"); m.Len() == 0 {
				return nil // as most cards, and cheaper
			}
			var hits []hit
			for _, u := range regulation.UnusedAnswers(s.Card, act) {
				hits = append(hits, hit{pointer: u.Pointer, message: u.Reason})
			}
			return hits
		},
	}
}

// scopes are cards of whom sets are asked, as a card and as text.
var scopes = []struct {
	text string
	card card.Compliance
}{
	{"role: provider, risk_class: high", card.Compliance{EUAIAct: &card.EUAIAct{Role: "provider", RiskClass: "high"}}},
	{"role: provider, gpai: true, systemic_risk: false", card.Compliance{EUAIAct: &card.EUAIAct{Role: "provider", GPAI: new(true), SystemicRisk: new(false)}}},
	{"role: provider, gpai: true, systemic_risk: true", card.Compliance{EUAIAct: &card.EUAIAct{Role: "provider", GPAI: new(true), SystemicRisk: new(true)}}},
	{"role: deployer, risk_class: high", card.Compliance{EUAIAct: &card.EUAIAct{Role: "deployer", RiskClass: "high"}}},
	{"role: provider, risk_class: limited", card.Compliance{EUAIAct: &card.EUAIAct{Role: "provider", RiskClass: "limited"}}},
	{"role: manufacturer", card.Compliance{EUCRA: &card.EUCRA{Role: "manufacturer"}}},
	{"personal_data: true", card.Compliance{GDPR: &card.GDPR{PersonalData: new(true)}}},
}

// itemExamples are a card of whom the item is asked, without and with an
// answer.
func itemExamples(set *regulation.Set, item *regulation.Item) (bad, good string) {
	for i := range scopes {
		c := &card.Card{Model: card.Model{Name: "Example"}, Compliance: &scopes[i].card}
		if set.Scope(c).Asked == regulation.Yes {
			head := smallest + "compliance: {" + string(set.Act) + ": {" + scopes[i].text
			return head + "}}\n", head + ", answers: {" + item.ID + ": What there is to say.}}}\n"
		}
	}
	return "", ""
}
