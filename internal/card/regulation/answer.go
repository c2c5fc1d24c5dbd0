package regulation

import (
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// Status is what a card says about an item.
type Status int

const (
	// Missing items have no answer at all.
	Missing Status = iota
	// Partial items have an answer to some of their parts.
	Partial
	// Given items have an answer. Whether it is a good one is not judged.
	Given
	// NotApplicable items have a reason why they do not apply.
	NotApplicable
	// NotAsked items are of a set that is not asked of the card.
	NotAsked
)

// String is the status for people.
func (s Status) String() string {
	return [...]string{"missing", "partly given", "given", "not applicable", "not asked"}[s]
}

// Answer is what a card says about one item.
type Answer struct {
	// Set is what the item is of.
	Set *Set
	// Item is the item.
	Item Item
	// Scope is whether the set is asked, and why. Items of a set that is
	// undecided are answered as if it were.
	Scope Scope
	// Status is what the card says, in short.
	Status Status
	// Reason is why the item is not applicable or not asked.
	Reason string
	// Evidence is what answers the item.
	Evidence []Evidence
	// Waived are parts that are declared not applicable.
	Waived []Waiver
	// Missing are the parts that the card says nothing about.
	Missing []Part
}

// Evidence is a value of the card that answers an item.
type Evidence struct {
	// Pointer is the JSON pointer (RFC 6901) of the value in the card.
	Pointer string
	// Value is a free value: a text, a number, a list or a mapping. Texts are
	// Markdown.
	Value any
}

// Waiver is the reason why a part of an item does not apply.
type Waiver struct {
	Part    Part
	Pointer string
	Reason  string
}

// Pointer is where the card answers the item by its key, and where a report
// that it is missing belongs.
func (a *Answer) Pointer() string { return a.Set.Pointer(a.Item) }

// Hint says how to give what is missing, "" where nothing is.
func (a *Answer) Hint() string {
	if a.Status != Missing && a.Status != Partial {
		return ""
	}
	var said []string
	for _, p := range a.Missing {
		if len(p.Fields) > 0 {
			said = append(said, p.Name+" in "+strings.Join(p.Fields, " or "))
		}
	}
	hint := "answer " + a.Item.ID + " at " + a.Pointer() + " with a text, a list, or {not_applicable: reason}"
	if len(said) == 0 {
		return hint
	}
	return "say " + strings.Join(said, ", ") + "; or " + hint
}

// Answers tells what a card says about each item of an act, in its order.
func Answers(c *card.Card, act Act) []Answer {
	r := reader{c, c.Tree()}
	var answers []Answer
	for _, set := range Sets(act) {
		scope := set.Scope(c)
		for _, item := range set.Items {
			a := Answer{Set: &set, Item: item, Scope: scope}
			if scope.Asked == No {
				a.Status, a.Reason = NotAsked, scope.Reason
			} else {
				r.answer(&a)
			}
			answers = append(answers, a)
		}
	}
	return answers
}

// reader answers items from one card.
type reader struct {
	card *card.Card
	tree *card.Map
}

// answer takes the answer by the item's key first, and what the card's fields
// say otherwise.
func (r reader) answer(a *Answer) {
	pointer := a.Pointer()
	if reason, at := r.reason(pointer); at != "" {
		a.Status, a.Reason = NotApplicable, reason
		return
	}
	if value := lookup(r.tree, pointer); says(value) {
		a.Status, a.Evidence = Given, []Evidence{{pointer, value}}
		return
	}
	if len(a.Item.Parts) == 0 {
		return
	}
	for _, p := range a.Item.Parts {
		r.answerPart(a, p)
	}
	a.settle()
}

func (r reader) answerPart(a *Answer, p Part) {
	evidence := r.evidence(p)
	a.addEvidence(evidence)
	if len(evidence) > 0 {
		return
	}
	if w, ok := r.waiver(p); ok {
		a.Waived = append(a.Waived, w)
	} else if !p.Optional {
		a.Missing = append(a.Missing, p)
	}
}

func (r reader) evidence(p Part) []Evidence {
	var found []Evidence
	for _, pointer := range p.Fields {
		if _, at := r.reason(pointer); at != "" {
			continue
		}
		if value := withoutPictures(lookup(r.tree, pointer)); says(value) {
			found = append(found, Evidence{pointer, value})
		}
	}
	return found
}

// addEvidence leaves out what another part has already shown.
func (a *Answer) addEvidence(evidence []Evidence) {
	shown := map[string]bool{}
	for _, e := range a.Evidence {
		shown[e.Pointer] = true
	}
	for _, e := range evidence {
		if !shown[e.Pointer] {
			a.Evidence = append(a.Evidence, e)
		}
	}
}

// waiver is the reason why a part does not apply. Each of its fields needs
// one: a field that is merely absent may still be filled.
func (r reader) waiver(p Part) (Waiver, bool) {
	w := Waiver{Part: p}
	for _, pointer := range p.Fields {
		reason, at := r.reason(pointer)
		if at == "" {
			return Waiver{}, false
		}
		if w.Reason == "" {
			w.Reason, w.Pointer = reason, at
		}
	}
	return w, w.Pointer != ""
}

// settle gives an answer from fields its status.
func (a *Answer) settle() {
	switch {
	case len(a.Evidence) > 0 && len(a.Missing) == 0:
		a.Status = Given
	case len(a.Evidence) > 0:
		a.Status = Partial
	case len(a.Waived) > 0 && len(a.Missing) == 0:
		a.Status, a.Reason = NotApplicable, waiverReasons(a.Waived)
	}
}

func waiverReasons(waived []Waiver) string {
	reasons := make([]string, 0, len(waived))
	seen := map[string]bool{}
	for _, w := range waived {
		if !seen[w.Reason] {
			reasons = append(reasons, w.Reason)
		}
		seen[w.Reason] = true
	}
	return strings.Join(reasons, "; ")
}

// reason is why the field at a pointer, or one that it is in, does not apply,
// and where that stands.
func (r reader) reason(pointer string) (reason, at string) {
	for at := pointer; at != ""; at = at[:strings.LastIndexByte(at, '/')] {
		if reason, ok := r.card.NotApplicable[at]; ok {
			return reason, at
		}
	}
	return "", ""
}
