package card

import (
	"bytes"
	"errors"
	"regexp"

	"go.yaml.in/yaml/v4"
)

// FrontMatter is a Markdown document with YAML metadata before it, as the
// Hugging Face Hub keeps model cards.
type FrontMatter struct {
	// Values are the metadata, nil where the document has none.
	Values *Map
	// Body is the text after the metadata.
	Body []byte
	// BodyLine is the line, from 1, on which the body begins.
	BodyLine int
	// Warnings are about the metadata.
	Warnings []Problem

	doc    *Document
	origin map[*yaml.Node]*yaml.Node // of each copy for an alias
}

// Aliases are the lists and mappings of the metadata that stand in several
// places by YAML aliases or merge keys. A place to be skipped is left out, but
// not what is below it.
func (f *FrontMatter) Aliases(skip func(pointer string) bool) []Alias {
	if len(f.origin) == 0 {
		return nil
	}
	r := &repeats{origin: f.origin, first: map[*yaml.Node]string{}, skip: skip}
	r.visit(f.doc.root)
	return r.found
}

// frontMatter is what huggingface_hub takes for metadata: a block between two
// lines of three hyphens, after white space alone. The body of the block is
// found line by line and not by a pattern that backtracks.
var (
	frontMatterOpen  = regexp.MustCompile(`^\s*---[ \t]*(?:\r\n|\r|\n)`)
	frontMatterClose = regexp.MustCompile(`(?:^|\r\n|\r|\n)---[ \t]*(?:\r\n|\r|\n|$)`)
)

// SplitFrontMatter finds the metadata block of a Markdown document. The block
// is without its delimiters; ok is false where there is none.
func SplitFrontMatter(src []byte) (block, body []byte, blockStart int, ok bool) {
	open := frontMatterOpen.FindIndex(src)
	if open == nil {
		return nil, src, 0, false
	}
	closing := frontMatterClose.FindIndex(src[open[1]:])
	if closing == nil {
		return nil, src, 0, false
	}
	return src[open[1] : open[1]+closing[0]], src[open[1]+closing[1]:], open[1], true
}

// ReadFrontMatter reads the metadata of a Markdown document. The error is an
// [*Error]; its lines are those of the whole document.
func ReadFrontMatter(src []byte) (*FrontMatter, error) {
	src = bytes.TrimPrefix(src, []byte("\uFEFF"))
	if len(src) > MaxText {
		return nil, tooLarge(len(src), MaxText, "a Markdown document")
	}
	if err := checkUTF8(src); err != nil {
		return nil, err
	}
	if err := checkControls(src); err != nil {
		return nil, err
	}
	block, body, start, ok := SplitFrontMatter(src)
	f := &FrontMatter{Body: body, BodyLine: lineOf(src, len(src)-len(body))}
	if !ok || len(bytes.TrimSpace(block)) == 0 {
		return f, nil
	}
	root, origin, err := parseAliased(block)
	if isEmpty(err) {
		return f, nil // nothing but comments
	}
	if err == nil && root.Kind != yaml.MappingNode && scalarOrNil(root) != nil {
		err = unreadable(root.Line, root.Column, "bad_front_matter", "the front matter is not a mapping of keys to values", "write `key: value` lines between the two `---` lines")
	}
	if err == nil {
		f.doc, err = walk(root)
	}
	if err != nil {
		return nil, shiftLines(err, lineOf(src, start)-1)
	}
	f.doc.offset = lineOf(src, start) - 1
	f.origin = origin
	keepDisputed(root)
	f.Values, _ = freeValue(root).(*Map)
	f.Warnings = shifted(f.doc.Warnings, f.doc.offset)
	return f, nil
}

func isEmpty(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Problems[0].Code == emptyCode
}

// scalarOrNil is nil for a block that holds nothing but null.
func scalarOrNil(n *yaml.Node) any {
	if n.Kind == yaml.ScalarNode {
		return scalarValue(n)
	}
	return n
}

// Place is a position in a document, from 1.
type Place struct{ Line, Column int }

// Place is where the metadata has the value at a pointer.
func (f *FrontMatter) Place(pointer string) Place {
	if f.doc == nil {
		return Place{1, 1}
	}
	line, column := f.doc.Position(pointer)
	return Place{line, column}
}

// NewDocument is a document for a card that was read from another format.
// Places says where its fields, by JSON pointer, were found.
func NewDocument(c *Card, warnings []Problem, places map[string]Place) *Document {
	positions := make(map[string]*yaml.Node, len(places))
	for pointer, p := range places {
		positions[pointer] = &yaml.Node{Line: p.Line, Column: p.Column}
	}
	return &Document{Card: c, Warnings: warnings, root: &yaml.Node{Kind: yaml.MappingNode, Line: 1, Column: 1}, positions: positions}
}

func lineOf(src []byte, offset int) int {
	line, _ := position(src, offset)
	return line
}

// checkControls refuses control characters in a Markdown text, as the walk
// does in the texts of a card.
func checkControls(src []byte) error {
	for i, c := range src {
		if c < ' ' && c != '\n' && c != '\t' && c != '\r' || c == 0x7f {
			line, column := position(src, i)
			return unreadable(line, column, "bad_text", "the text has a control character", "remove it")
		}
	}
	return nil
}

func shiftLines(err error, by int) error {
	if e, ok := err.(*Error); ok { //nolint:errorlint // made above, never wrapped
		e.Problems = shifted(e.Problems, by)
	}
	return err
}

func shifted(problems []Problem, by int) []Problem {
	for i := range problems {
		if problems[i].Line > 0 {
			problems[i].Line += by
		}
	}
	return problems
}
