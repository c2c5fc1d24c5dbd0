package render

import (
	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/render/pyyaml"
)

// writeHuggingFace writes a README.md as the Hugging Face Hub keeps it: front
// matter by the Hub's metadata specification, then the sections of its
// template.
func writeHuggingFace(c *card.Card) ([]byte, []Loss, error) {
	dst := make([]byte, 0, 8<<10)
	dst = append(dst, "---\n"...)
	dst = pyyaml.AppendFrontMatter(dst, frontMatter(c), "\n")
	dst = append(dst, "\n---\n\n"...)
	dst = appendBody(dst, c)
	return dst, huggingFaceLosses(c, dst), nil
}

// appendBody appends the Markdown below the front matter.
func appendBody(dst []byte, c *card.Card) []byte {
	c = forHub(c)
	dst = append(dst, "# "...)
	dst = appendTitle(dst, c)
	dst = append(dst, '\n')
	if c.Model.Summary != "" {
		dst = append(dst, '\n')
		dst = appendText(dst, c.Model.Summary, 2)
	}
	for i := range template {
		dst = template[i].appendTo(dst, c)
	}
	for i := range c.Sections {
		dst = appendHeading(dst, 2, c.Sections[i].Title)
		if c.Sections[i].Text != "" {
			dst = append(dst, '\n')
			dst = appendText(dst, c.Sections[i].Text, 2)
		}
	}
	return dst
}

// The sections of a card that a card does not have; they are only read.
var (
	noIntendedUse    card.IntendedUse
	noTraining       card.Training
	noEvaluation     card.Evaluation
	noConsiderations card.Considerations
	noEnvironment    card.Environment
	noTechnical      card.Technical
	noCitation       card.Citation
	noContact        card.Contact
)

// withAllSections gives a copy of a card empty sections for those it lacks, so
// that the template can name their fields. A card that lacks none is not copied.
func withAllSections(c *card.Card) *card.Card {
	if c.IntendedUse != nil && c.Training != nil && c.Evaluation != nil && c.Considerations != nil &&
		c.Environment != nil && c.Technical != nil && c.Citation != nil && c.Contact != nil {
		return c
	}
	filled := *c
	filled.IntendedUse = orEmpty(c.IntendedUse, &noIntendedUse)
	filled.Training = orEmpty(c.Training, &noTraining)
	filled.Evaluation = orEmpty(c.Evaluation, &noEvaluation)
	filled.Considerations = orEmpty(c.Considerations, &noConsiderations)
	filled.Environment = orEmpty(c.Environment, &noEnvironment)
	filled.Technical = orEmpty(c.Technical, &noTechnical)
	filled.Citation = orEmpty(c.Citation, &noCitation)
	filled.Contact = orEmpty(c.Contact, &noContact)
	return &filled
}

func orEmpty[T any](section, empty *T) *T {
	if section == nil {
		return empty
	}
	return section
}

func appendTitle(dst []byte, c *card.Card) []byte {
	switch {
	case c.Model.Title != "":
		return appendHeadingText(dst, c.Model.Title)
	case c.Model.Name != "":
		return appendHeadingText(append(dst, titlePrefix...), c.Model.Name)
	}
	return append(append(dst, titlePrefix...), c.Model.ID...)
}

// namedElsewhere tells whether the heading or the front matter has the name. A
// heading alone is no name beside an identifier.
func namedElsewhere(c *card.Card) bool {
	return c.Model.ID == "" || c.Model.Title == "" || hasOtherTitle(c)
}

func (p *part) appendTo(dst []byte, c *card.Card) []byte {
	if p.extra {
		return p.appendExtra(dst, c)
	}
	dst = append(dst, p.heading...)
	start := len(dst)
	if p.text != nil {
		dst = p.appendText(dst, c)
	}
	dst = p.appendBullets(dst, c)
	if p.block != nil {
		dst = p.block.appendTo(dst, c)
	}
	if p.gap && len(dst) == start {
		dst = append(dst, "\n"+gapText+"\n"...)
	}
	return dst
}

// appendExtra prints a part that is not in the Hub's template, if the card has
// anything for it.
func (p *part) appendExtra(dst []byte, c *card.Card) []byte {
	before := len(dst)
	dst = append(dst, p.heading...)
	start := len(dst)
	if p.text != nil {
		dst = p.appendText(dst, c)
	}
	if p.block != nil {
		dst = p.block.appendTo(dst, c)
	}
	if len(dst) == start {
		return dst[:before]
	}
	return dst
}

func (p *part) appendText(dst []byte, c *card.Card) []byte {
	if s := *p.text(c); s != "" {
		return appendText(append(dst, '\n'), s, p.level)
	}
	if reason, ok := c.NotApplicable[p.pointer]; ok {
		dst = append(dst, "\n"+notApplicableTag...)
		return append(append(dst, reason...), '\n')
	}
	return dst
}

// appendBullets prints the labelled lines after a blank line, if there are any.
func (p *part) appendBullets(dst []byte, c *card.Card) []byte {
	dst = append(dst, '\n')
	start := len(dst)
	for i := range p.bullets {
		dst = p.bullets[i].appendTo(dst, c)
	}
	if len(dst) == start {
		return dst[:start-1]
	}
	return dst
}

func (b *bullet) appendTo(dst []byte, c *card.Card) []byte {
	before := len(dst)
	dst = append(dst, b.prefix...)
	start := len(dst)
	dst = b.appendValue(dst, c)
	if len(dst) > start {
		return append(dst, '\n')
	}
	if b.extra {
		return dst[:before]
	}
	return append(dst, gapText+"\n"...)
}

func (b *bullet) appendValue(dst []byte, c *card.Card) []byte {
	if b.field != nil && (b.unless == nil || !b.unless(c)) {
		if s := *b.field(c); s != "" {
			return append(dst, s...)
		}
	}
	if reason, ok := c.NotApplicable[b.pointer]; ok {
		return append(append(dst, notApplicableTag...), reason...)
	}
	if b.derive != nil {
		return b.derive(dst, c)
	}
	return dst
}

func appendLanguage(dst []byte, c *card.Card) []byte {
	return appendJoined(dst, c.Model.Language.Values)
}

func appendBaseModel(dst []byte, c *card.Card) []byte {
	return appendJoined(dst, c.Model.BaseModel.Values)
}

func appendLicense(dst []byte, c *card.Card) []byte {
	if c.Model.LicenseName != "" {
		return append(dst, c.Model.LicenseName...)
	}
	return append(dst, c.Model.License...)
}

func appendEmissions(dst []byte, c *card.Card) []byte {
	if c.Environment.CO2 == nil || c.Environment.CO2.Grams == "" {
		return dst
	}
	return append(append(dst, c.Environment.CO2.Grams...), " g CO2eq"...)
}

func appendJoined(dst []byte, values []string) []byte {
	for i, s := range values {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = append(dst, s...)
	}
	return dst
}
