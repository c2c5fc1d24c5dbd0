package render

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	htmltemplate "html/template"
	"slices"
	"strings"
	"sync"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

//go:embed html
var htmlFiles embed.FS

// htmlTemplate is the frame of the page with its style sheet.
var htmlTemplate = sync.OnceValue(func() *htmltemplate.Template {
	return htmltemplate.Must(htmltemplate.ParseFS(htmlFiles, "html/page.html", "html/page.css"))
})

// PageStyleHash names the style sheet of the HTML page for the style-src of a
// content security policy: "sha256-…".
func PageStyleHash() string {
	css, err := htmlFiles.ReadFile("html/page.css")
	if err != nil {
		panic(err) // it is embedded
	}
	sum := sha256.Sum256(append([]byte("\n"), css...)) // the frame begins a line before it
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// htmlPage is what the frame shows.
type htmlPage struct {
	Title    string
	Facts    []htmlFact
	Contents []Heading
	Body     htmltemplate.HTML
	Sources  []htmlSource
}

// htmlSource is one line of the list of where values come from.
type htmlSource struct {
	Name     string
	Resolved string
	Fields   []string
}

// htmlFact is one line of the list below the title.
type htmlFact struct {
	Label  string
	Values []string
}

// Heading is one line of the table of contents of a [Body].
type Heading struct {
	// Level is 2 or 3.
	Level int
	// ID is the id of the heading's element.
	ID    string
	Title string
}

// writeHTML writes a page that stands alone: no script, and nothing that is
// loaded but the pictures of the card's own texts.
func writeHTML(c *card.Card) ([]byte, []Loss, error) {
	losses := htmlLosses(c)
	source := htmlMarkdownOf(c)
	body, contents, err := htmlBody(source)
	if err != nil {
		// A text that nests too deeply for HTML is still worth reading.
		body = "<pre>" + htmltemplate.HTMLEscapeString(string(source)) + "</pre>\n"
		losses = append(losses, Loss{"", "the texts are shown as Markdown: " + err.Error()})
	}
	page := htmlPage{
		Title:    htmlTitle(c),
		Facts:    htmlFacts(c),
		Contents: contents,
		Sources:  htmlSources(c),
		Body:     htmltemplate.HTML(body), //nolint:gosec // G203: htmlBody ends with the sanitiser, and the text above is escaped
	}
	var dst bytes.Buffer
	if err := htmlTemplate().Execute(&dst, page); err != nil {
		return nil, nil, fmt.Errorf("render: write HTML: %w", err)
	}
	return dst.Bytes(), losses, nil
}

// htmlParts are the parts of the Hub's template without its hints to authors.
var htmlParts = sync.OnceValue(func() []part {
	parts := make([]part, len(template))
	for i, p := range template {
		p.title = withoutHint(p.title)
		bullets := make([]bullet, len(p.bullets))
		for j, b := range p.bullets {
			b.label = withoutHint(b.label)
			bullets[j] = b
		}
		p.bullets = bullets
		parts[i] = p
	}
	return printed(parts)
})

func withoutHint(s string) string { return strings.TrimSuffix(s, " [optional]") }

// htmlMarkdownOf is the Markdown of the page: the body of the Hub's
// model card without the title, which the frame has.
func htmlMarkdownOf(c *card.Card) []byte {
	var dst []byte
	c = withAllSections(c)
	if c.Model.Summary != "" {
		dst = appendText(dst, c.Model.Summary, 1)
	}
	parts := htmlParts()
	for i := range parts {
		dst = parts[i].appendTo(dst, c)
	}
	for i := range c.Sections {
		dst = appendHeading(dst, 2, c.Sections[i].Title)
		dst = appendText(append(dst, '\n'), c.Sections[i].Text, 2)
	}
	return dst
}

func htmlTitle(c *card.Card) string {
	return firstOf(firstOf(c.Model.Title, c.Model.Name), c.Model.ID)
}

// htmlFacts lists what is known of the facts that readers look for first.
func htmlFacts(c *card.Card) []htmlFact {
	m := &c.Model
	all := []htmlFact{
		{"Model", []string{m.ID}},
		{"Version", []string{m.Version}},
		{"Date", []string{m.Date}},
		{"Licence", []string{firstOf(m.LicenseName, m.License), m.LicenseLink}},
		{"Task", []string{m.PipelineTag}},
		{"Library", []string{m.LibraryName}},
		{"Languages", m.Language.Values},
		{"Base model", m.BaseModel.Values},
		{"Replaced by", []string{m.NewVersion}},
		{"Data sets", datasetNames(c)},
		{"Tags", m.Tags},
	}
	facts := all[:0]
	for _, f := range all {
		if f.Values = withoutEmpty(f.Values); len(f.Values) > 0 {
			facts = append(facts, f)
		}
	}
	return facts
}

// htmlSources lists where values of the card come from.
func htmlSources(c *card.Card) []htmlSource {
	list := make([]htmlSource, len(c.Sources))
	for i := range c.Sources {
		s := &c.Sources[i]
		name := strings.Join(withoutEmpty([]string{s.Type, s.Path, s.Ref}), " ")
		list[i] = htmlSource{Name: name, Resolved: s.Resolved, Fields: s.Fields}
	}
	return list
}

func datasetNames(c *card.Card) []string {
	if c.Training == nil {
		return nil
	}
	names := make([]string, len(c.Training.Datasets))
	for i, d := range c.Training.Datasets {
		names[i] = firstOf(d.Name, d.ID)
	}
	return names
}

func withoutEmpty(values []string) []string {
	kept := make([]string, 0, len(values))
	for _, s := range values {
		if s != "" {
			kept = append(kept, s)
		}
	}
	return kept
}

// htmlLosses lists what the page does not show. It has the body of the Hub's
// model card, so it lacks the same, and what the README has in its front matter
// alone.
func htmlLosses(c *card.Card) []Loss {
	losses := append(slices.DeleteFunc(unplacedOnHub(c), isOnPage), notInHTML.losses(c)...)
	for i := range losses {
		losses[i].Detail = "the page does not show it"
	}
	if hasDatasetDetails(c) {
		losses = append(losses, Loss{"/training/datasets", "of data sets, the page has the name alone"})
	}
	slices.SortStableFunc(losses, func(a, b Loss) int { return strings.Compare(a.Pointer, b.Pointer) })
	return slices.CompactFunc(losses, func(a, b Loss) bool { return a.Pointer == b.Pointer })
}

// isOnPage tells whether a loss of the Hub's model card is none of the page: it
// shows sources, and in its table a result that is not in the model-index.
func isOnPage(l Loss) bool {
	if l.Pointer == "/sources" {
		return true
	}
	index, ok := strings.CutPrefix(l.Pointer, "/evaluation/results/")
	return ok && !strings.Contains(index, "/")
}

// notInHTML are the fields that only front matter has a place for.
var notInHTML = omissions{
	"/environment/co2_eq_emissions/geographical_location": always,
	"/environment/co2_eq_emissions/hardware_used":         always,
	"/environment/co2_eq_emissions/source":                always,
	"/environment/co2_eq_emissions/training_type":         always,
	"/evaluation/metrics":                                 always,
	"/evaluation/results/*/dataset/args":                  always,
	"/evaluation/results/*/dataset/revision":              always,
	"/evaluation/results/*/dataset/type":                  "name",
	"/evaluation/results/*/metrics/*/args":                always,
	"/evaluation/results/*/metrics/*/config":              always,
	"/evaluation/results/*/metrics/*/verified":            always,
	"/evaluation/results/*/metrics/*/verify_token":        always,
	"/evaluation/results/*/source":                        always,
	"/evaluation/results/*/task/type":                     "name",
	"/metadata":                                           always,
	"/metadata_aliases":                                   always,
	"/model/base_model_relation":                          always,
	"/model/license":                                      "license_name",
}
