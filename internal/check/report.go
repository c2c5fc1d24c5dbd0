package check

import (
	"fmt"
	"math"
)

// Finding is one thing that a rule has to say about a document.
type Finding struct {
	File string `json:"file,omitempty"`
	// Line and Column count from 1, in characters; 0 is unknown.
	Line   int `json:"line,omitempty"`
	Column int `json:"column,omitempty"`
	// Pointer is the JSON pointer (RFC 6901) of the value in the card, or in
	// the document where it is no card.
	Pointer   string   `json:"pointer"`
	Rule      string   `json:"rule"`
	Severity  Severity `json:"severity"`
	Pack      string   `json:"pack"`
	Message   string   `json:"message"`
	Hint      string   `json:"hint,omitempty"`
	Reference string   `json:"reference,omitempty"`
	// Fixable is true where the document can be repaired mechanically.
	Fixable bool `json:"fixable,omitempty"`

	fix *Fix
}

// Score is the share of a pack's points that a document has earned.
type Score struct {
	Pack string `json:"pack"`
	// Value is Earned by Possible, from 0 to 1, cut to four decimals.
	Value    float64 `json:"value"`
	Earned   int     `json:"earned"`
	Possible int     `json:"possible"`
	// Parts is what the score is made of, where the pack is about that.
	Parts []Part `json:"parts,omitempty"`
}

// Part is what one rule gives to a score.
type Part struct {
	Rule     string `json:"rule"`
	Earned   int    `json:"earned"`
	Possible int    `json:"possible"`
}

func (s *Score) add(p Part, visible bool) {
	s.Earned += p.Earned
	s.Possible += p.Possible
	if visible {
		s.Parts = append(s.Parts, p)
	}
}

func (s *Score) close() {
	s.Value = 1
	if s.Possible > 0 {
		s.Value = math.Floor(float64(s.Earned)/float64(s.Possible)*1e4) / 1e4
	}
}

// Result is what there is to say about one document.
type Result struct {
	File string `json:"file,omitempty"`
	// Valid is the verdict.
	Valid bool `json:"valid"`
	// Reasons say why the document fails.
	Reasons []string `json:"reasons,omitempty"`
	// Digest of the card, "" where the document is none.
	Digest   string    `json:"digest,omitempty"`
	Findings []Finding `json:"findings"`
	Scores   []Score   `json:"scores"`

	secrets []string
}

// Count is the number of findings of a severity.
func (r *Result) Count(severity Severity) int {
	n := 0
	for i := range r.Findings {
		if r.Findings[i].Severity == severity {
			n++
		}
	}
	return n
}

// Never is the FailOn of a policy that no finding fails.
const Never Severity = "never"

// Policy is what a document fails by.
type Policy struct {
	// FailOn is the least severity that fails a document: error, which is the
	// default, warning, info, or never.
	FailOn Severity `json:"fail_on"`
	// MinScore is the least score, from 0 to 1, that every pack that was run
	// must reach; 0 asks for none.
	MinScore float64 `json:"min_score"`
}

// Validate refuses a policy that makes no sense.
func (p Policy) Validate() error {
	if p.FailOn != "" && p.FailOn != Never && p.FailOn.rank() == 0 {
		return fmt.Errorf("check: fail-on is %q; it can be error, warning, info or never", p.FailOn)
	}
	if !(p.MinScore >= 0 && p.MinScore <= 1) {
		return fmt.Errorf("check: min-score is %v; it is from 0 to 1", p.MinScore)
	}
	return nil
}

// fails tells whether a finding of a severity fails a document.
func (p Policy) fails(s Severity) bool {
	switch p.FailOn {
	case Never:
		return false
	case "":
		return s == Error
	}
	return s.rank() >= p.FailOn.rank()
}

// judge sets the verdict with its reasons.
func (r *Result) judge(p Policy) {
	r.Reasons = nil
	for _, s := range []Severity{Error, Warning, Info} {
		if n := r.Count(s); n > 0 && p.fails(s) {
			r.Reasons = append(r.Reasons, fmt.Sprintf("findings of severity %s: %d", s, n))
		}
	}
	for _, s := range r.Scores {
		if s.Value < p.MinScore {
			r.Reasons = append(r.Reasons, fmt.Sprintf("%s scores %.2f, less than %.2f", s.Pack, s.Value, p.MinScore))
		}
	}
	r.Valid = len(r.Reasons) == 0
}

// Report is what there is to say about several documents.
type Report struct {
	// Tool and Version name the program in reports for machines.
	Tool, Version string
	Packs         []Pack
	Custom        *RuleSet
	Policy        Policy
	Results       []Result
}

// Valid tells whether every document passes.
func (r *Report) Valid() bool {
	for i := range r.Results {
		if !r.Results[i].Valid {
			return false
		}
	}
	return true
}

// rules lists every rule that the report may name, each once.
func (r *Report) rules() []ruleOf {
	var all []ruleOf
	for i := range r.Packs {
		for j := range r.Packs[i].Rules {
			all = append(all, ruleOf{&r.Packs[i].Rules[j], r.Packs[i].Reference})
		}
	}
	if r.Custom != nil {
		for i := range r.Custom.rules {
			all = append(all, ruleOf{&r.Custom.rules[i].Rule, ""})
		}
	}
	return all
}

// ruleOf is a rule with the reference of its pack.
type ruleOf struct {
	*Rule
	packReference string
}
