package render

import (
	htmltemplate "html/template"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// Body is the inside of the HTML page of a card, for a page with a frame of its
// own.
type Body struct {
	// HTML has passed the sanitiser.
	HTML     string
	Contents []Heading
}

// HTMLBody is the inside of the HTML page of a normalised card: the texts of the
// Hub's model card, without the title and the facts above them.
func HTMLBody(c *card.Card) Body {
	source := htmlMarkdownOf(c)
	body, contents, err := htmlBody(source)
	if err != nil { // a text that nests too deeply for HTML is still worth reading
		return Body{HTML: "<pre>" + htmltemplate.HTMLEscapeString(string(source)) + "</pre>\n"}
	}
	return Body{body, contents}
}
