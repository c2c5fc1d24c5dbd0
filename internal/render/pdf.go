package render

import (
	"fmt"
	"strings"
	"time"

	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/render/pdf"
)

// writePDF writes what the HTML page shows as A4 pages.
func writePDF(c *card.Card) ([]byte, []Loss, error) {
	losses := append(pdfLosses(c), missingGlyphs(c)...)
	source := htmlMarkdownOf(c)
	body, _, err := htmlBody(source)
	if err != nil {
		body = "<pre>" + htmlEscaper.Replace(string(source)) + "</pre>"
		losses = append(losses, Loss{"", "the texts are shown as Markdown: " + err.Error()})
	}
	if strings.Contains(body, "<img") {
		losses = append(losses, Loss{"", "pictures are shown as their alternative text, with a link to them"})
	}
	d := pdf.Document{Title: htmlTitle(c), Author: c.Model.Developers, Subject: "Model card", Created: releaseDate(c), Body: body}
	for _, f := range htmlFacts(c) {
		d.Facts = append(d.Facts, pdf.Fact(f))
	}
	out, err := pdf.Write(d)
	if err != nil {
		return nil, nil, fmt.Errorf("render: %w", err)
	}
	return out, losses, nil
}

var htmlEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;")

// releaseDate is the date that a card gives, or the beginning of 1970: the file
// of a card must not depend on when it was written.
func releaseDate(c *card.Card) time.Time {
	for _, layout := range []string{time.RFC3339, time.DateOnly, "2006-01", "2006"} {
		if t, err := time.Parse(layout, c.Model.Date); err == nil && t.Year() >= 1970 {
			return t.UTC()
		}
	}
	return time.Unix(0, 0).UTC()
}

func pdfLosses(c *card.Card) []Loss {
	losses := htmlLosses(c)
	for i := range losses {
		losses[i].Detail = strings.Replace(losses[i].Detail, "the page", "the PDF", 1)
	}
	return losses
}

// maxMissing is how many characters a loss names.
const maxMissing = 10

// missingGlyphs lists the fields with characters that the embedded fonts have
// no glyph for.
func missingGlyphs(c *card.Card) []Loss {
	var losses []Loss
	eachText(c.Tree(), "", func(pointer, text string) {
		missing := pdf.Missing(text)
		if len(missing) == 0 {
			return
		}
		names := make([]string, 0, maxMissing)
		for _, r := range missing[:min(len(missing), maxMissing)] {
			names = append(names, fmt.Sprintf("%c (U+%04X)", r, r))
		}
		detail := "the PDF's fonts have no glyph for " + strings.Join(names, ", ")
		if more := len(missing) - maxMissing; more > 0 {
			detail += fmt.Sprintf(" and %d more characters", more)
		}
		losses = append(losses, Loss{pointer, detail})
	})
	return losses
}

// eachText calls f with every text of a tree and its pointer.
func eachText(v any, pointer string, f func(pointer, text string)) {
	switch v := v.(type) {
	case string:
		f(pointer, v)
	case []any:
		for i, item := range v {
			eachText(item, fmt.Sprintf("%s/%d", pointer, i), f)
		}
	case *card.Map:
		for _, e := range v.Entries {
			at := pointer + card.Pointer(e.Key)
			f(at, e.Key)
			eachText(e.Value, at, f)
		}
	}
}
