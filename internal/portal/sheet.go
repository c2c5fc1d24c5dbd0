package portal

import (
	"context"
	"html/template"
	"slices"
	"strings"
	"time"

	"github.com/maypok86/otter/v2"

	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/check"
	"github.com/terragonlabs/modelcard-generator/internal/generator"
	"github.com/terragonlabs/modelcard-generator/internal/render"
	"github.com/terragonlabs/modelcard-generator/internal/store"
)

const (
	sheetBytes   = 32 << 20 // memory for what cards show
	knownVerdict = 20_000   // verdicts in memory, about 100 bytes each
)

// place is a revision. The digest tells it from one of the same number in a
// database that was restored.
type place struct {
	id     store.ID
	number int64
	digest string
}

// sheet is what the page of a revision shows that depends on nothing else, so
// that it is made once.
type sheet struct {
	ID       store.ID
	Number   int64
	Author   string
	Reason   string
	At       time.Time
	Title    string
	Summary  string
	Facts    []fact
	Links    []link
	Tags     []string
	Replaced string
	Verdict  verdict
	Missing  []string // what the completeness score lacks, as phrases
	Groups   []group
	Body     template.HTML
	Contents []render.Heading
}

type fact struct {
	Label  string
	Values []string
}

type link struct{ Label, URL string }

// verdict is what the default checks say of a revision.
type verdict struct {
	Known            bool // false where the checks could not run
	Valid            bool
	Score            int  // completeness, in points of 100
	Scored           bool // false for a text that is no card
	Errors, Warnings int
	Risk             string // the AI Act's risk class that the card names
}

// Bar is how long the bar of the score is, of 60.
func (v verdict) Bar() int { return v.Score * 60 / 100 }

// Label is the verdict in a word or two.
func (v verdict) Label() string {
	switch {
	case !v.Known:
		return "not checked"
	case v.Valid:
		return "passes"
	}
	return "fails"
}

type sheets = otter.Cache[place, *sheet]

type verdicts = otter.Cache[place, verdict]

func newSheets() *sheets {
	return otter.Must(&otter.Options[place, *sheet]{
		MaximumWeight: sheetBytes,
		Weigher:       func(_ place, s *sheet) uint32 { return uint32(min(2*len(s.Body)+2048*len(s.Groups)+4096, sheetBytes)) }, //nolint:gosec // bounded
	})
}

func newVerdicts() *verdicts {
	return otter.Must(&otter.Options[place, verdict]{MaximumSize: knownVerdict})
}

// sheetOf is the sheet of a revision that the visitor may see; number 0 is the
// latest. Errors: those of store.Reader and of reading a card.
func (p *Portal) sheetOf(ctx context.Context, scope store.Scope, id store.ID, number int64) (*sheet, error) {
	at := place{id: id, number: number}
	if number == 0 {
		latest, err := p.o.Generator.Latest(ctx, scope, id, false)
		if err != nil {
			return nil, err
		}
		at.number, at.digest = latest.Number, latest.Digest
		if s, ok := p.sheets.GetIfPresent(at); ok {
			return s, nil
		}
	}
	rev, err := p.o.Store.Revision(ctx, scope, id, at.number)
	if err != nil {
		return nil, err
	}
	at.digest = rev.Digest
	if s, ok := p.sheets.GetIfPresent(at); ok {
		return s, nil
	}
	s, err := p.makeSheet(ctx, rev)
	if err != nil {
		return nil, err
	}
	p.sheets.Set(at, s)
	return s, nil
}

func (p *Portal) makeSheet(ctx context.Context, rev store.Revision) (*sheet, error) {
	doc, err := card.ReadJSON(rev.Canonical)
	if err != nil {
		return nil, err
	}
	s, err := shownOf(doc.Card)
	if err != nil {
		return nil, err
	}
	s.ID, s.Number, s.Author, s.Reason, s.At = rev.ID, rev.Number, rev.Author, rev.Reason, rev.CreatedAt
	result, err := p.check(ctx, rev)
	if err != nil {
		return nil, err
	}
	s.Verdict, s.Missing = verdictOf(result), missingOf(result)
	if s.Verdict.Risk, err = generator.RiskClass(rev.Canonical); err != nil {
		return nil, err
	}
	p.verdicts.Set(placeOf(rev), s.Verdict)
	return s, nil
}

// shownOf is what a card itself shows, stored or not.
func shownOf(c *card.Card) (*sheet, error) {
	s := &sheet{
		Title: firstOf(c.Model.Title, c.Model.Name, c.Model.ID), Summary: c.Model.Summary,
		Facts: factsOf(c), Links: linksOf(c), Tags: c.Model.Tags, Replaced: c.Model.NewVersion, Groups: groupsOf(c),
	}
	body := render.HTMLBody(shownElsewhere(c, len(s.Groups) > 0))
	s.Contents = body.Contents
	var err error
	s.Body, err = fit(body.HTML)
	return s, err
}

func placeOf(rev store.Revision) place { return place{rev.ID, rev.Number, rev.Digest} }

// check runs the packs over a revision as it was submitted, since that
// has the lines that findings are at.
func (p *Portal) check(ctx context.Context, rev store.Revision) (check.Result, error) {
	packs, err := packsOf()
	if err != nil {
		return check.Result{}, err
	}
	in := generator.Input{Source: rev.Source, MediaType: rev.SourceType, ID: rev.ID.String()}
	out, err := p.o.Generator.Validate(ctx, in, check.Options{Packs: packs})
	return out.Result, err
}

// packsOf are the default packs, and completeness, which fails no card.
func packsOf() ([]check.Pack, error) {
	packs, err := check.SelectPacks()
	if err != nil {
		return nil, err
	}
	return append(packs, slices.DeleteFunc(check.Packs(), func(p check.Pack) bool { return p.Name != completeness || p.Default })...), nil
}

// verdictAt is the verdict of the revision that a list shows. What cannot be
// checked now is not known; the list is worth showing without it.
func (p *Portal) verdictAt(ctx context.Context, scope store.Scope, h store.Head) verdict {
	at := place{h.ID, h.Revision, h.Digest}
	if v, ok := p.verdicts.GetIfPresent(at); ok {
		return v
	}
	rev, err := p.o.Store.Revision(ctx, scope, h.ID, h.Revision)
	if err != nil {
		return verdict{}
	}
	result, err := p.check(ctx, rev)
	if err != nil {
		return verdict{}
	}
	v := verdictOf(result)
	if v.Risk, err = generator.RiskClass(rev.Canonical); err != nil {
		return verdict{}
	}
	p.verdicts.Set(at, v)
	return v
}

func verdictOf(r check.Result) verdict {
	v := verdict{Known: true, Valid: r.Valid, Errors: r.Count(check.Error), Warnings: r.Count(check.Warning)}
	for _, s := range r.Scores {
		if s.Pack == completeness {
			v.Score, v.Scored = int(s.Value*100), true
		}
	}
	return v
}

const completeness = "completeness"

func missingOf(r check.Result) []string {
	var missing []string
	for i := range r.Findings {
		if f := &r.Findings[i]; f.Pack == completeness {
			missing = append(missing, strings.TrimPrefix(f.Message, "missing: "))
		}
	}
	return missing
}

// shownElsewhere is a card without what the page shows above its texts: the
// summary, and results as tables and charts.
func shownElsewhere(c *card.Card, results bool) *card.Card {
	shown := *c
	shown.Model.Summary = ""
	if results && c.Evaluation != nil {
		evaluation := *c.Evaluation
		evaluation.Results = nil
		if evaluation.ResultsText == "" {
			evaluation.ResultsText = "The figures are in [Results](#results-in-figures) above."
		}
		shown.Evaluation = &evaluation
	}
	return &shown
}

func factsOf(c *card.Card) []fact {
	m := &c.Model
	all := []fact{
		{"Version", []string{m.Version}}, {"Date", []string{m.Date}}, {"Licence", []string{firstOf(m.LicenseName, m.License)}},
		{"Task", []string{m.PipelineTag}}, {"Library", []string{m.LibraryName}}, {"Languages", m.Language.Values},
		{"Base model", m.BaseModel.Values}, {"Developers", []string{m.Developers}},
	}
	if act := c.Compliance; act != nil && act.EUAIAct != nil {
		all = append(all, fact{"AI Act risk class", []string{act.EUAIAct.RiskClass}})
	}
	facts := all[:0]
	for _, f := range all {
		f.Values = slices.DeleteFunc(slices.Clone(f.Values), func(s string) bool { return s == "" })
		if len(f.Values) > 0 {
			facts = append(facts, f)
		}
	}
	return facts
}

// linksOf are the addresses of the model that a browser can open.
func linksOf(c *card.Card) []link {
	var links []link
	for _, l := range []link{{"Repository", c.Model.Repository}, {"Paper", c.Model.Paper}, {"Demo", c.Model.Demo}} {
		if strings.HasPrefix(l.URL, "https://") || strings.HasPrefix(l.URL, "http://") {
			links = append(links, l)
		}
	}
	return links
}

func firstOf(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}
