package render

import (
	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/card/regulation"
)

// technicalFile is a report, item by item of an act, on what a card says. What
// is the file's own stands at the margin; what is the card's stands in quotes,
// which a text cannot end, whatever is in it.
type technicalFile struct {
	act   regulation.Act
	title string
}

const technicalFileNotice = "This file shows, item by item, what the model card says about what the act asks to be documented, where in the card that\n" +
	"stands, and what is missing. It records what the card says and judges neither its truth nor its quality. It is no statement of\n" +
	"conformity and no legal advice.\n\n" +
	"Places in the card are JSON pointers. An answer is a text or a list; where something does not apply, `{not_applicable: reason}`\n" +
	"stands in its place. Texts of the card are quoted.\n"

// appendTo appends the file.
func (f technicalFile) appendTo(dst []byte, c *card.Card) []byte {
	chapters := chaptersOf(c, f.act)
	dst = append(append(append(dst, "# "...), f.title...), ": "...)
	dst = append(appendHeadingText(dst, firstOf(c.Model.Name, c.Model.ID)), "\n\n"+technicalFileNotice...)
	dst = f.appendScope(dst, c, chapters)
	dst = appendCounts(dst, chapters)
	for i := range chapters {
		if chapters[i].scope.Asked != regulation.No {
			dst = chapters[i].appendTo(dst, c)
		}
	}
	return dst
}

// losses are the answers of the card that the file does not show. Of the rest
// of a card it shows what answers an item; it is a report and no conversion.
func (f technicalFile) losses(c *card.Card) []Loss {
	var losses []Loss
	for _, u := range regulation.UnusedAnswers(c, f.act) {
		losses = append(losses, Loss{u.Pointer, u.Reason})
	}
	return losses
}

// chapter is one set with the answers to its items.
type chapter struct {
	set     *regulation.Set
	scope   regulation.Scope
	answers []regulation.Answer
}

func chaptersOf(c *card.Card, act regulation.Act) []chapter {
	var chapters []chapter
	for _, a := range regulation.Answers(c, act) {
		if n := len(chapters); n == 0 || chapters[n-1].set.ID != a.Set.ID {
			chapters = append(chapters, chapter{set: a.Set, scope: a.Scope})
		}
		last := &chapters[len(chapters)-1]
		last.answers = append(last.answers, a)
	}
	return chapters
}

// appendScope says what the file is about, which scope was taken, and from what.
func (f technicalFile) appendScope(dst []byte, c *card.Card, chapters []chapter) []byte {
	dst = append(dst, "\n## Scope\n\n- **Act:** "...)
	dst = append(append(dst, f.act.String()...), ", as known in "+regulation.Edition+"\n"...)
	dst = appendModelLines(dst, c)
	for _, fact := range regulation.Facts(c, f.act) {
		dst = appendFact(dst, fact)
	}
	dst = append(dst, "\n| Part | Asked | Why | From |\n| --- | --- | --- | --- |\n"...)
	for i := range chapters {
		ch := &chapters[i]
		dst = append(append(dst, "| "...), ch.set.Ref...)
		dst = append(append(append(dst, " | "...), ch.scope.Asked.String()...), " | "...)
		dst = append(appendCell(dst, []byte(ch.scope.Reason)), " | "...)
		for j, date := range ch.set.Dates {
			if j > 0 {
				dst = append(dst, ", "...)
			}
			dst = append(dst, date.On...)
		}
		dst = append(dst, " |\n"...)
	}
	return dst
}

func appendModelLines(dst []byte, c *card.Card) []byte {
	for _, line := range [...]struct{ label, value string }{{"Model", c.Model.ID}, {"Version", c.Model.Version}} {
		if line.value != "" {
			dst = append(append(append(dst, "- **"+line.label+":** "...), line.value...), '\n')
		}
	}
	return append(append(append(dst, "- **Card:** `"...), c.Digest()...), "`\n"...)
}

func appendFact(dst []byte, f regulation.Fact) []byte {
	dst = append(append(append(dst, "- **"...), f.Name...), ":** "...)
	switch {
	case f.NotApplicable != "":
		dst = append(append(append(dst, "not applicable (`"...), f.Pointer...), "`): "...)
		return append(append(dst, f.NotApplicable...), '\n')
	case f.Value != "":
		dst = append(append(dst, f.Value...), " (`"...)
	case f.Assumed != "":
		dst = append(append(append(dst, "not said; taken as "...), f.Assumed...), " (put it in `"...)
	default:
		dst = append(dst, "not said (put it in `"...)
	}
	return append(append(dst, f.Pointer...), "`)\n"...)
}

var counted = [...]regulation.Status{regulation.Given, regulation.Partial, regulation.Missing, regulation.NotApplicable}

// appendCounts counts the items that are asked, and those that may be.
func appendCounts(dst []byte, chapters []chapter) []byte {
	dst = append(dst, "\n## Summary\n\n"...)
	var rows []byte
	var total [len(counted)]int
	for i := range chapters {
		ch := &chapters[i]
		if ch.scope.Asked == regulation.No {
			continue
		}
		counts := ch.count()
		for j := range counts {
			total[j] += counts[j]
		}
		label := ch.set.Ref
		if ch.scope.Asked == regulation.Undecided {
			label += " (undecided)"
		}
		rows = appendCountRow(rows, label, counts)
	}
	if len(rows) == 0 {
		return append(dst, "By what the card says of its scope, no part of the act is asked of it.\n"...)
	}
	dst = append(dst, "| Part | Given | Partly given | Missing | Not applicable |\n| --- | --- | --- | --- | --- |\n"...)
	return appendCountRow(append(dst, rows...), "All", total)
}

func (ch *chapter) count() (counts [len(counted)]int) {
	for i := range ch.answers {
		for j, status := range counted {
			if ch.answers[i].Status == status {
				counts[j]++
			}
		}
	}
	return counts
}

func appendCountRow(dst []byte, label string, counts [len(counted)]int) []byte {
	dst = append(append(dst, "| "...), label...)
	for _, n := range counts {
		dst = append(append(dst, " | "...), itoa(n)...)
	}
	return append(dst, " |\n"...)
}

// appendTo appends the set with its items.
func (ch *chapter) appendTo(dst []byte, c *card.Card) []byte {
	dst = appendHeading(dst, 2, ch.set.Ref+": "+ch.set.Title)
	dst = append(append(append(dst, "\nFor "...), ch.set.Reader...), ".\n\n"...)
	for _, d := range ch.set.Dates {
		dst = append(dst, "- From "+d.On+": "+d.What+" ("+d.Source+")\n"...)
	}
	if ch.scope.Asked == regulation.Undecided {
		dst = append(append(dst, "\n**Undecided:** "...), ch.scope.Reason...)
		dst = append(append(append(dst, ". Say it in `"...), ch.scope.Pointer...), "`. The items are shown as if they were asked.\n"...)
	}
	shown := map[string]string{}
	for i := range ch.answers {
		dst = appendItemAnswer(dst, c, &ch.answers[i], shown)
	}
	return dst
}
