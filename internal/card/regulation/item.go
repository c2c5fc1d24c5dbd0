package regulation

import (
	"slices"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// Edition is the state of the law that the tables follow, year and month:
// dates and points are those known then.
const Edition = "2026-08"

// Act is a regulation, by its key below /compliance in a card.
type Act string

// The regulations whose items there are.
const (
	AIAct Act = "eu_ai_act" // Regulation (EU) 2024/1689
	CRA   Act = "eu_cra"    // Regulation (EU) 2024/2847
	GDPR  Act = "gdpr"      // Regulation (EU) 2016/679
)

// String is the name of the act for people.
func (a Act) String() string {
	switch a {
	case AIAct:
		return "Regulation (EU) 2024/1689 (AI Act)"
	case CRA:
		return "Regulation (EU) 2024/2847 (Cyber Resilience Act)"
	case GDPR:
		return "Regulation (EU) 2016/679 (GDPR)"
	}
	return string(a)
}

// Acts lists the acts.
func Acts() []Act { return []Act{AIAct, CRA, GDPR} }

func (a Act) pointer(tokens ...string) string {
	return card.Pointer(append([]string{"compliance", string(a)}, tokens...)...)
}

// Set is a part of an act whose items are asked under the same condition, such
// as Annex IV.
type Set struct {
	// ID names the set, such as annex_iv.
	ID string
	// Act is the regulation that the set is of.
	Act Act
	// Ref is where it stands in the act, such as "Annex IV".
	Ref string
	// Title says what the set is.
	Title string
	// Reader is whom the answers are for.
	Reader string
	// Dates are the days from which it is asked.
	Dates []Date
	// Items are in the order of the act.
	Items []Item

	decide func(c *card.Card) Scope
}

// Date is a day from which something applies.
type Date struct {
	// On is the day, ISO 8601.
	On string
	// What applies from then on.
	What string
	// Source is the provision that says so, and what changed it.
	Source string
}

// Item is one thing that an act asks to be documented.
type Item struct {
	// ID is the item's key in the answers of a card, such as annex_iv.2e.
	ID string
	// Ref is its place in the act, such as "Annex IV, point 2(e)".
	Ref string
	// Title is what it is about, in a few words.
	Title string
	// Asks is what has to be said.
	Asks string
	// Where is the condition in the act's own terms that a card has no field
	// for, such as "where the system is a component of a product"; "" for none.
	Where string
	// See names other provisions on the same matter.
	See string
	// Parts are what an answer from the card's own fields is made of. Without
	// any, only an answer by the item's key will do.
	Parts []Part
}

// Part is one of the things that an item asks for.
type Part struct {
	// Name says what it is, as in "the version".
	Name string
	// Fields are JSON pointers of fields of the card; each is an answer. A part
	// without fields needs an answer by the item's key.
	Fields []string
	// Optional parts are shown where they are given, and never missed.
	Optional bool
}

// Sets lists the sets of an act in the order in which a file has them.
func Sets(act Act) []Set {
	switch act {
	case AIAct:
		return slices.Clone(aiActSets)
	case CRA:
		return []Set{craAnnexVII}
	case GDPR:
		return []Set{gdprItems}
	}
	return nil
}

// Items lists the items of a set, none for an id that there is not.
func Items(setID string) []Item {
	for _, act := range Acts() {
		for _, s := range Sets(act) {
			if s.ID == setID {
				return slices.Clone(s.Items)
			}
		}
	}
	return nil
}

// Pointer is where a card answers an item of the set by its key.
func (s *Set) Pointer(item Item) string { return s.Act.pointer("answers", item.ID) }
