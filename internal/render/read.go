package render

import (
	"bytes"
	"fmt"
	"mime"
	"path/filepath"
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// The media types of documents that can be read.
const (
	TypeYAML     = "application/yaml"
	TypeJSON     = "application/json"
	TypeMarkdown = "text/markdown"
)

// UnsupportedTypeError is the refusal of a media type that cannot be read.
type UnsupportedTypeError struct{ Type string }

// Error names the types that can be read.
func (e *UnsupportedTypeError) Error() string {
	return fmt.Sprintf("a document of type %q cannot be read; send %s, %s or %s", e.Type, TypeYAML, TypeJSON, TypeMarkdown)
}

// DocumentType is the media type that a Content-Type means, or an
// [*UnsupportedTypeError].
func DocumentType(contentType string) (string, error) {
	mediaType, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return "", &UnsupportedTypeError{contentType}
	}
	switch mediaType {
	case TypeYAML, "application/x-yaml", "text/yaml", "text/x-yaml":
		return TypeYAML, nil
	case TypeJSON, "application/vnd.cyclonedx+json":
		return TypeJSON, nil
	case TypeMarkdown, "text/x-markdown":
		return TypeMarkdown, nil
	}
	return "", &UnsupportedTypeError{mediaType}
}

// FileType is the media type of a file by its name, or an
// [*UnsupportedTypeError].
func FileType(name string) (string, error) {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".yaml", ".yml":
		return TypeYAML, nil
	case ".json":
		return TypeJSON, nil
	case ".md", ".markdown":
		return TypeMarkdown, nil
	}
	return "", &UnsupportedTypeError{name}
}

// Read reads a document of a type that [DocumentType] or [FileType] gave. An
// id, if there is one, names a document that has none of its own, or overrides
// what it has. Errors of the document are [*card.Error].
func Read(src []byte, mediaType, id string) (*card.Document, []Loss, error) {
	doc, losses, err := read(src, mediaType, id)
	if err != nil {
		return nil, nil, err
	}
	doc.Source = src
	if id == "" {
		return doc, losses, nil
	}
	doc.Card.Model.ID = id
	if err := doc.Card.Normalize(); err != nil {
		return nil, nil, err
	}
	return doc, losses, nil
}

func read(src []byte, mediaType, id string) (*card.Document, []Loss, error) {
	if mediaType == TypeMarkdown {
		return ReadHuggingFace(src, id)
	}
	if readForeign := recognise(src); readForeign != nil { // JSON is YAML too
		return readForeign(src, id)
	}
	if mediaType == TypeJSON {
		doc, err := card.ReadJSON(src)
		return doc, nil, err
	}
	if looksLikeReadme(src) {
		return ReadHuggingFace(src, id)
	}
	if looksLikeEvalResults(src) {
		return ReadEvalResults(src, id)
	}
	doc, err := card.ReadYAML(src)
	return doc, nil, err
}

// looksLikeReadme recognises a README that was sent as YAML: front matter with
// text after it.
func looksLikeReadme(src []byte) bool {
	_, body, _, ok := card.SplitFrontMatter(src)
	return ok && len(bytes.TrimSpace(body)) > 0
}
