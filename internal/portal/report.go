package portal

import (
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/terragonlabs/modelcard-generator/internal/check"
	"github.com/terragonlabs/modelcard-generator/internal/store"
)

const (
	maxFindings = 300 // that one page shows
	maxLineText = 200 // bytes of a line of the document
)

type reportPage struct {
	ID      store.ID
	URL     string
	Number  int64
	Verdict verdict
	Reasons []string
	Scores  []packScore
	Groups  []findings
	More    int // findings that are not shown
}

// Tabs are the links to the other pages of the card.
func (p reportPage) Tabs() tabs { return tabs{p.URL, "report"} }

type packScore struct {
	Title            string
	Percent          int
	Earned, Possible int
}

// findings are those of one severity, worst first.
type findings struct {
	Severity check.Severity
	Items    []finding
}

type finding struct {
	check.Finding
	Text string // the line of the document that it is at
}

// Report is the page of what the default checks say of a card, with the lines of
// the document as it was submitted.
func (p *Portal) Report(w http.ResponseWriter, r *http.Request, v Visitor) error {
	number, err := numberOf(r, "revision", 0)
	if err != nil {
		return err
	}
	rev, err := p.o.Store.Revision(r.Context(), v.Scope, idOf(r), number)
	if err != nil {
		return err
	}
	result, err := p.check(r.Context(), rev)
	if err != nil {
		return err
	}
	page := reportPage{
		ID: rev.ID, URL: pageURL(rev.ID, ""), Number: rev.Number, Verdict: verdictOf(result), Reasons: result.Reasons, Scores: scoresOf(result),
	}
	if page.More = len(result.Findings) - maxFindings; page.More > 0 {
		result.Findings = result.Findings[:maxFindings]
	}
	lines := strings.Split(string(rev.Source), "\n")
	for _, severity := range []check.Severity{check.Error, check.Warning, check.Info} {
		if g := findingsOf(result.Findings, severity, lines); len(g.Items) > 0 {
			page.Groups = append(page.Groups, g)
		}
	}
	return p.write(w, r, v, http.StatusOK, "report.html", "Check report of "+rev.ID.String(), page)
}

func findingsOf(all []check.Finding, severity check.Severity, lines []string) findings {
	g := findings{Severity: severity}
	for i := range all {
		f := finding{Finding: all[i]}
		if f.Severity != severity {
			continue
		}
		// What is secret in the document stays out of a page about it.
		if f.Line > 0 && f.Line <= len(lines) && f.Pack != "secrets" {
			f.Text = clip(strings.TrimRight(lines[f.Line-1], "\r"))
		}
		g.Items = append(g.Items, f)
	}
	return g
}

func clip(s string) string {
	if len(s) <= maxLineText {
		return s
	}
	end := maxLineText
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + " …"
}

func scoresOf(r check.Result) []packScore {
	titles := map[string]string{}
	for _, pack := range check.Packs() {
		titles[pack.Name] = pack.Title
	}
	scores := make([]packScore, len(r.Scores))
	for i, s := range r.Scores {
		scores[i] = packScore{firstOf(titles[s.Pack], s.Pack), int(s.Value * 100), s.Earned, s.Possible}
	}
	return scores
}
