package check

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

func itoa(i int) string { return strconv.Itoa(i) }

// Options say what cards are held to.
type Options struct {
	// Packs as [SelectPacks] gives them.
	Packs []Pack
	// Custom are a team's own rules, or nil.
	Custom *RuleSet
	// Policy says what fails.
	Policy Policy
}

// Checker runs rules over documents. It is safe for concurrent use.
type Checker struct{ o Options }

// New is a checker.
func New(o Options) *Checker { return &Checker{o} }

// Document checks a document that was read. The context ends the evaluation of
// a team's own rules early; its error is then the only one there is.
func (c *Checker) Document(ctx context.Context, file string, doc *card.Document) (Result, error) {
	r := Result{File: file, Digest: doc.Card.Digest(), Findings: []Finding{}}
	s := &subject{Card: doc.Card, doc: doc}
	for i := range c.o.Packs {
		r.runPack(&c.o.Packs[i], s)
	}
	if c.o.Custom != nil {
		if err := r.runCustom(ctx, c.o.Custom, s); err != nil {
			return Result{}, err
		}
	}
	r.sort()
	r.hideSecrets()
	r.judge(c.o.Policy)
	return r, nil
}

// Refusal is the result of a document that could not be read.
func (c *Checker) Refusal(file string, refused *card.Error) Result {
	r := Result{File: file, Findings: []Finding{}}
	for _, p := range refused.Problems {
		r.addProblem(p, Error)
	}
	r.Scores = []Score{{Pack: schemaPack.Name, Possible: 1}}
	r.sort()
	r.judge(c.o.Policy)
	return r
}

// runPack runs the rules of a pack and counts their score.
func (r *Result) runPack(pack *Pack, s *subject) {
	score := Score{Pack: pack.Name}
	for i := range pack.Rules {
		rule := &pack.Rules[i]
		if rule.applies != nil && !rule.applies(s) {
			continue
		}
		hits := rule.run(s)
		part := Part{Rule: rule.ID, Possible: rule.Weight()}
		if len(hits) == 0 {
			part.Earned = part.Possible
		}
		score.add(part, pack.parts)
		for _, h := range firstHits(hits) {
			r.add(rule, pack.Reference, h, s.doc)
		}
	}
	if pack.Name == schemaPack.Name {
		for _, p := range s.doc.Warnings {
			r.addProblem(p, Warning)
		}
	}
	score.close()
	r.Scores = append(r.Scores, score)
}

// maxHits is how often a rule is told of one document; more are of no help.
const maxHits = 100

// firstHits are as many as are told; the last says how many are not.
func firstHits(hits []hit) []hit {
	more := len(hits) - maxHits
	if more <= 0 {
		return hits
	}
	hits = hits[:maxHits]
	last := &hits[maxHits-1]
	last.hint = fmt.Sprintf("and %d more like this", more)
	return hits
}

func (r *Result) add(rule *Rule, reference string, h hit, doc *card.Document) {
	f := Finding{
		File: r.File, Pointer: h.pointer, Rule: rule.ID, Severity: rule.Severity, Pack: rule.Pack(),
		Message: cmp.Or(h.message, rule.Title), Hint: cmp.Or(h.hint, rule.Hint),
		Reference: cmp.Or(rule.Reference, reference), fix: h.fix,
	}
	f.Line, f.Column = h.line, h.column
	if f.Line == 0 {
		f.Line, f.Column = doc.Position(h.pointer)
	}
	if h.secret != "" {
		r.secrets = append(r.secrets, h.secret)
	}
	if h.fix != nil {
		_, f.Fixable = doc.SourcePointer(h.fix.Pointer)
	}
	r.Findings = append(r.Findings, f)
}

// addProblem is a finding of what reading said.
func (r *Result) addProblem(p card.Problem, severity Severity) {
	rule := readingRule(p.Code)
	r.Findings = append(r.Findings, Finding{
		File: r.File, Line: p.Line, Column: p.Column, Pointer: p.Pointer, Rule: rule.ID, Severity: severity, Pack: rule.Pack(),
		Message: p.Detail, Hint: cmp.Or(p.Hint, rule.Hint), Reference: cmp.Or(rule.Reference, schemaPack.Reference),
	})
}

// sort puts findings in the order of the document; the worst is first where
// several are at one place.
func (r *Result) sort() {
	slices.SortStableFunc(r.Findings, func(a, b Finding) int {
		return cmp.Or(a.Line-b.Line, a.Column-b.Column, b.Severity.rank()-a.Severity.rank(), cmp.Compare(a.Pointer, b.Pointer))
	})
}
