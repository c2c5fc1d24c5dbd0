package regulation

import "github.com/terragonlabs/modelcard-generator/internal/card"

// Unused is an answer in a card that answers nothing.
type Unused struct {
	// Pointer is the JSON pointer (RFC 6901) of the answer.
	Pointer string
	// Reason says why nothing comes of it.
	Reason string
}

// UnusedAnswers lists the answers by key that a card gives to an act without
// effect: the key is no item's, its set is not asked of the card, or the value
// says nothing.
func UnusedAnswers(c *card.Card, act Act) []Unused {
	given, _ := lookup(c.Tree(), act.pointer("answers")).(*card.Map)
	if _, none := c.NotApplicable[act.pointer("answers")]; none || given == nil {
		return nil
	}
	answers := map[string]Answer{}
	for _, a := range Answers(c, act) {
		answers[a.Pointer()] = a
	}
	var unused []Unused
	for _, e := range given.Entries {
		pointer := act.pointer("answers", e.Key)
		a, known := answers[pointer]
		if reason := whyUnused(&a, known, pointer); reason != "" {
			unused = append(unused, Unused{pointer, reason})
		}
	}
	return unused
}

func whyUnused(a *Answer, known bool, pointer string) string {
	switch {
	case !known:
		return "no item has this key"
	case a.Status == NotAsked:
		return a.Item.Ref + " is not asked: " + a.Reason
	case a.Status == NotApplicable, len(a.Evidence) > 0 && a.Evidence[0].Pointer == pointer:
		return ""
	}
	return "the answer says nothing: it has to be a text, a number, a list or a mapping"
}
