package render

import (
	"bytes"
	"slices"
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// maxPlainLines bounds a README that is not read to know what is read of it: a
// long one may be more than Markdown is parsed for.
const maxPlainLines = 1000

// isPlain tells, at little cost, that a card without what unplacedOnHub and
// datasetLosses name is what a reader makes of its README. It errs on the side
// of false: no text of a plain card can be taken for anything of the template.
func isPlain(c *card.Card, readme []byte) bool {
	if bytes.Count(readme, []byte{'\n'}) > maxPlainLines || hasLineBreaks11(readme) {
		return false
	}
	c = withAllSections(c)
	return isPlainMetadata(c) && isPlainTitle(c) && isPlainBlock(c.Model.Summary) && isPlainResults(c.Evaluation.Results) &&
		!slices.ContainsFunc(c.Sections, func(s card.Section) bool { return !isPlainSection(&s) }) && isPlainTemplate(c)
}

// hasLineBreaks11 tells whether a README has characters for which its front
// matter is not read.
func hasLineBreaks11(readme []byte) bool {
	for _, r := range lineBreaks11 {
		if bytes.Contains(readme, []byte(string(r))) {
			return true
		}
	}
	return false
}

func isPlainTemplate(c *card.Card) bool {
	for i := range template {
		if !template[i].isPlain(c) {
			return false
		}
	}
	for pointer, reason := range c.NotApplicable {
		if carriesReason(pointer) && !isPlainLine(reason) {
			return false
		}
	}
	return true
}

func (p *part) isPlain(c *card.Card) bool {
	text := ""
	if p.text != nil {
		text = *p.text(c)
	}
	if !isPlainBlock(text) || (len(p.bullets) > 0 || p.block != nil) && hasMarks(text) {
		return false
	}
	for i := range p.bullets {
		if field := p.bullets[i].field; field != nil && !isPlainLine(*field(c)) {
			return false
		}
	}
	return p.block == nil || p.block.isPlain(c, text)
}

// isPlainBlock tells that a text is read below a heading of the template as it
// is.
func isPlainBlock(s string) bool {
	return isPlainLine(s) && (!hasHeading(s) || len(card.Headings([]byte(s))) == 0)
}

// isPlainLine is the same for a line behind a label.
func isPlainLine(s string) bool {
	return s == "" || !isGap(s) && !strings.HasPrefix(s, strings.TrimSpace(notApplicableTag)) && !isBoilerplate(s)
}

func isBoilerplate(s string) bool {
	if strings.Contains(s, "<!--") {
		return true
	}
	for _, standing := range boilerplate {
		if standing[0] != '<' && strings.Contains(s, standing) {
			return true
		}
	}
	return false
}

// hasMarks tells whether a text may have a line that is read as data, or code
// that could hide one.
func hasMarks(s string) bool {
	for _, mark := range [...]string{"- ", "* ", "+ ", "**", "```", "~~~", "| Task |"} {
		if strings.Contains(s, mark) {
			return true
		}
	}
	return false
}

// isPlainTitle tells that the heading and what names the card are read back.
func isPlainTitle(c *card.Card) bool {
	for _, s := range [...]string{c.Model.Title, c.Model.Name} {
		if strings.ContainsAny(s, `#\`) || strings.HasPrefix(s, strings.TrimSpace(titlePrefix)) || s == "Model ID" || !isPlainLine(s) {
			return false
		}
	}
	return true
}

// isPlainSection tells that a section of the team's own is read as one: its
// headings are below its own, and the template has no such section.
func isPlainSection(s *card.Section) bool {
	if s.Title == "" || strings.ContainsAny(s.Title, `#\`) || findPart(topParts, s.Title) != nil {
		return false
	}
	return !hasHeading(s.Text) || !slices.ContainsFunc(card.Headings([]byte(s.Text)), func(h card.Block) bool { return h.Level <= 2 })
}

// isPlainMetadata tells that each key of the front matter is read to where it
// is from.
func isPlainMetadata(c *card.Card) bool {
	for _, e := range entriesOf(c.Metadata) {
		if e.Value == nil || e.Key == modelIndexKey || slices.ContainsFunc(keys, func(k key) bool { return k.name == e.Key }) {
			return false
		}
	}
	if len(c.MetadataAliases) > 0 || slices.ContainsFunc(c.Training.Datasets, func(d card.Dataset) bool { return d.ID == "" }) {
		return false
	}
	for _, list := range [...][]string{c.Model.Language.Values, c.Model.BaseModel.Values, c.Evaluation.Metrics, c.Model.Tags} {
		if slices.ContainsFunc(list, func(s string) bool { return s == "" || !isPlainLine(s) }) {
			return false
		}
	}
	return isPlainLine(c.Model.License) && isPlainLine(c.Model.LicenseName) && areUnique(c.Model.Tags) && isPlainEmission(c.Environment)
}

func areUnique(list []string) bool {
	for i, s := range list {
		if i > 100 || slices.Contains(list[:i], s) { // more are counted by the reader
			return false
		}
	}
	return true
}

// isPlainEmission tells that the line of the emissions is not taken for what
// the front matter gives.
func isPlainEmission(e *card.Environment) bool {
	return e.CO2 == nil || e.CO2.Grams != "" && !strings.HasSuffix(e.CarbonEmitted, " g CO2eq")
}

// isPlainResults tells that the model-index has the results, and that the rows
// of the table are found to be about them.
func isPlainResults(results []card.Result) bool {
	if firstOfGroup(results) != nil {
		return false
	}
	for i := range results {
		r := &results[i]
		if !isPlainResult(r) || i > 0 && isSliced(r) && sameHeader(r, &results[i-1]) {
			return false
		}
	}
	return true
}

func isPlainResult(r *card.Result) bool {
	if !hasIndexed(r) || r.Dataset.Args != nil || r.Source != nil && r.Source.URL == "" {
		return false
	}
	return areCells(r.Task.Type, r.Task.Name, r.Dataset.Name, r.Dataset.Config, r.Dataset.Split) &&
		!slices.ContainsFunc(r.Metrics, func(m card.Metric) bool { return !isPlainMetric(&m) })
}

// sameHeader tells that a row does not say of which of two results it is.
func sameHeader(a, b *card.Result) bool {
	row := tableRow{task: string(columns[0].append(nil, a, nil)), dataset: string(columns[1].append(nil, a, nil))}
	return row.isOf(b)
}

func isPlainMetric(m *card.Metric) bool {
	text, isText := m.Value.(string)
	if _, isNumber := m.Value.(card.Number); !isNumber && !isText || m.Type == "" || m.Args != nil {
		return false
	}
	// Of a slice there is the row alone.
	if m.Slice != "" && (m.Name == m.Type || m.Config != "" || m.Verified != nil || m.VerifyToken != "") {
		return false
	}
	return areCells(text, m.Type, m.Name, m.Slice, m.Unit) && text == strings.TrimSpace(text)
}

// areCells tells that texts are cells of a table as they are, and part of its
// names.
func areCells(texts ...string) bool {
	return !slices.ContainsFunc(texts, func(s string) bool { return strings.ContainsAny(s, "|\\()\n\x00") || isBoilerplate(s) })
}

// arePlainItems tells that texts are entries of a list, or labelled values of
// one.
func arePlainItems(texts ...string) bool {
	return !slices.ContainsFunc(texts, func(s string) bool {
		return s != "" && (strings.Contains(s, "\n") || s[0] == '-' || s != strings.TrimSpace(s) || isBoilerplate(s))
	})
}
