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
	// Text is the line of the document that it is at, up to the place, and Marked
	// from there on.
	Text, Marked string
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
	page.Groups, page.More = groupFindings(result.Findings, string(rev.Source))
	return p.write(w, r, v, http.StatusOK, "report.html", "Check report of "+rev.ID.String(), page)
}

// groupFindings are the findings of a document by severity, and how many more
// there are than a page shows.
func groupFindings(all []check.Finding, text string) (groups []findings, more int) {
	if more = max(len(all)-maxFindings, 0); more > 0 {
		all = all[:maxFindings]
	}
	lines := strings.Split(text, "\n")
	for _, severity := range []check.Severity{check.Error, check.Warning, check.Info} {
		if g := findingsOf(all, severity, lines); len(g.Items) > 0 {
			groups = append(groups, g)
		}
	}
	return groups, more
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
			f.Text, f.Marked = parted(clip(strings.TrimRight(lines[f.Line-1], "\r")), f.Column)
		}
		g.Items = append(g.Items, f)
	}
	return g
}

// parted is a line before a column and from there on.
func parted(line string, column int) (before, from string) {
	runes := []rune(line)
	if column < 1 || column > len(runes) {
		return line, ""
	}
	return string(runes[:column-1]), string(runes[column-1:])
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
