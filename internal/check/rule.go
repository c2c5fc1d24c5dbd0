package check

import (
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/card/regulation"
)

// Severity is how bad it is that a rule is not met.
type Severity string

// The severities, worst first. An error is refused by somebody, a warning
// costs somebody, and an info is something that could be better.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
	Info    Severity = "info"
)

// rank orders severities, the worst highest; anything else is 0.
func (s Severity) rank() int {
	switch s {
	case Error:
		return 3
	case Warning:
		return 2
	case Info:
		return 1
	}
	return 0
}

// Rule is one thing that a card is held to.
type Rule struct {
	// ID is pack/name, stable and made for machines.
	ID string `json:"id"`
	// Severity of a finding of the rule.
	Severity Severity `json:"severity"`
	// Title says what a card should be, in a sentence without a full stop.
	Title string `json:"title"`
	// Hint says what to do where the card is not.
	Hint string `json:"hint,omitempty"`
	// Reference is the section or article that asks for it.
	Reference string `json:"reference,omitempty"`
	// Fixable is true where --fix can repair a finding, mechanically.
	Fixable bool `json:"fixable,omitempty"`
	// Points are what the rule counts in the score of its pack; 0 is the
	// default of its severity.
	Points int `json:"points,omitempty"`
	// Fields are pointers of which the card should have at least one; the
	// finding is about the first.
	Fields []string `json:"fields,omitempty"`
	// Applies are the days from which regulation asks for it.
	Applies []Applicability `json:"applies,omitempty"`

	// Bad and Good are documents that trip the rule and that do not: card
	// documents, or READMEs where they begin with "---". An empty Bad is the
	// smallest card.
	Bad, Good string `json:"-"`

	// applies limits the rule to some cards; nil is all.
	applies func(s *subject) bool
	// find looks for what is wrong. A rule without it asks for its Fields.
	find func(s *subject) []hit
}

// Applicability is a day from which something applies.
type Applicability struct {
	// On is the day, ISO 8601.
	On string `json:"on"`
	// What applies from then on.
	What string `json:"what"`
	// Source is the provision that says so.
	Source string `json:"source"`
}

// Pack is the name of the pack that the rule is in.
func (r *Rule) Pack() string {
	pack, _, _ := strings.Cut(r.ID, "/")
	return pack
}

// Weight is what the rule counts in the score of its pack.
func (r *Rule) Weight() int {
	if r.Points > 0 {
		return r.Points
	}
	switch r.Severity {
	case Error:
		return 10
	case Warning:
		return 4
	}
	return 1
}

// hit is one place at which a rule is not met. An empty message or hint is the
// rule's own.
type hit struct {
	pointer       string
	message, hint string
	fix           *Fix
	// line and column are set where the pointer does not say enough.
	line, column int
	// secret must not be in a report.
	secret string
}

// Fix is a mechanical change of one value of a card.
type Fix struct {
	// Pointer is the JSON pointer (RFC 6901) of the value in the card.
	Pointer string
	// Value is the new value, a free value of package card; Delete takes the
	// value away instead.
	Value  any
	Delete bool
}

func setTo(pointer string, value any) *Fix { return &Fix{Pointer: pointer, Value: value} }
func remove(pointer string) *Fix           { return &Fix{Pointer: pointer, Delete: true} }

// subject is what rules look at.
type subject struct {
	*card.Card
	doc        *card.Document
	regulation map[regulation.Act][]regulation.Answer

	people []found // personal data, once it was sought
	sought bool
}

func (r *Rule) run(s *subject) []hit {
	if r.find != nil {
		return r.find(s)
	}
	for _, pointer := range r.Fields {
		if s.has(pointer) {
			return nil
		}
	}
	h := hit{pointer: r.Fields[0], message: "missing: " + r.Title}
	if r.Hint == "" {
		h.hint = "set " + strings.ReplaceAll(r.Fields[0][1:], "/", ".")
	}
	return []hit{h}
}
