package render

import (
	"context"
	"fmt"
	"slices"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// Version is the version of the renderers. It is part of every ETag and cache
// key: raise it when the bytes of any format change.
const Version = "3"

// Loss is something that a conversion had no place for.
type Loss struct {
	// Pointer is the JSON pointer (RFC 6901) of the field in the card, or in the
	// document that was read.
	Pointer string `json:"pointer"`
	// Detail says what was lost or changed.
	Detail string `json:"detail"`
}

// Format is one output format.
type Format struct {
	// Name is what ?format= and --format take.
	Name string
	// Title is its name for people.
	Title string
	// MediaType is the Content-Type, with its parameters.
	MediaType string
	// Extension is the ending of a file, with its dot.
	Extension string
	// Stored is true for the document as it was submitted, which is not rendered.
	Stored bool
	// Report is true for a report on a card, which is no conversion of it.
	Report bool
	// Digest is that of a team's own template, "" for a built-in format.
	Digest string

	write    func(c *card.Card) ([]byte, []Loss, error)
	template func(ctx context.Context, variables *card.Map) ([]byte, error)
}

// Source is the name of the format that is the document as submitted.
const Source = "source"

// Default is the format of an answer that was asked for no other.
const Default = "huggingface"

// formats is the one table: a format is a line here, a file, and a golden.
var formats = []Format{
	{Name: "huggingface", Title: "Hugging Face model card", MediaType: "text/markdown; charset=utf-8", Extension: ".md", write: writeHuggingFace},
	{Name: "html", Title: "HTML page", MediaType: "text/html; charset=utf-8", Extension: ".html", write: writeHTML},
	{Name: "eu-ai-act", Title: "EU AI Act technical file", MediaType: "text/markdown; charset=utf-8", Extension: ".md", Report: true, write: writeEUAIAct},
	{Name: "eu-cra", Title: "EU Cyber Resilience Act technical file", MediaType: "text/markdown; charset=utf-8", Extension: ".md", Report: true, write: writeEUCRA},
	{Name: "google", Title: "Google Model Card Toolkit", MediaType: "application/json", Extension: ".json", write: writeGoogle},
	{Name: "jsonld", Title: "JSON-LD with schema.org and FAIR4ML", MediaType: "application/ld+json", Extension: ".jsonld", write: writeJSONLD},
	{Name: "cyclonedx", Title: "CycloneDX 1.6 ML-BOM", MediaType: "application/vnd.cyclonedx+json; version=1.6", Extension: ".cdx.json", write: cycloneDXWriter(cdx.SpecVersion1_6)},
	{Name: "cyclonedx-1.5", Title: "CycloneDX 1.5 ML-BOM", MediaType: "application/vnd.cyclonedx+json; version=1.5", Extension: ".cdx.json", write: cycloneDXWriter(cdx.SpecVersion1_5)},
	{Name: "cyclonedx-1.7", Title: "CycloneDX 1.7 ML-BOM", MediaType: "application/vnd.cyclonedx+json; version=1.7", Extension: ".cdx.json", write: cycloneDXWriter(cdx.SpecVersion1_7)},
	{Name: "pdf", Title: "PDF document", MediaType: "application/pdf", Extension: ".pdf", write: writePDF},
	{Name: "mcg", Title: "canonical JSON", MediaType: "application/json", Extension: ".json", write: writeMCG},
	{Name: "yaml", Title: "card document", MediaType: "application/yaml", Extension: ".yaml", write: writeYAML},
	{Name: Source, Title: "document as submitted", Stored: true},
}

// Formats lists the built-in formats in the order in which people are shown
// them.
func Formats() []Format { return slices.Clone(formats) }

// Lookup finds a built-in format by its name; underscores and hyphens are the
// same.
func Lookup(name string) (Format, error) { return Set{}.Lookup(name) }

// UnknownFormatError is the refusal of a format that there is not.
type UnknownFormatError struct {
	Name string
	// Known are the names of the formats that there are.
	Known []string
}

// Error names the formats that there are.
func (e *UnknownFormatError) Error() string {
	return fmt.Sprintf("there is no format %q; the formats are %s", e.Name, strings.Join(e.Known, ", "))
}

// Render writes a normalised card. A format that is stored cannot be rendered.
func (f Format) Render(c *card.Card) ([]byte, []Loss, error) {
	return f.RenderContext(context.Background(), c)
}

// RenderContext is Render for a caller that may go away: a team's own template
// is rendered by another process, which ends with ctx. It fails with a
// [*TemplateError] where the template does.
func (f Format) RenderContext(ctx context.Context, c *card.Card) ([]byte, []Loss, error) {
	switch {
	case f.template != nil:
		body, err := f.template(ctx, Variables(c))
		return body, nil, err
	case f.write == nil:
		return nil, nil, fmt.Errorf("render: format %s is stored, not rendered", f.Name)
	}
	return f.write(c)
}
