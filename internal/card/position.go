package card

import (
	"strings"

	"go.yaml.in/yaml/v4"
)

// NewReadme is a document for a card that was read from Markdown with front
// matter. Places says where its fields were found in the body; origins says,
// for pointers of the card, which pointer of the front matter they were read
// from.
func NewReadme(c *Card, front *FrontMatter, places map[string]Place, origins map[string]string) *Document {
	d := NewDocument(c, front.Warnings, places)
	d.front, d.origins = front, origins
	return d
}

// FrontMatter is the metadata as it was written, nil where the document is
// not one with front matter.
func (d *Document) FrontMatter() *Map {
	if d.front == nil {
		return nil
	}
	return d.front.Values
}

// Position is the line and column of the value at a JSON pointer, or of the
// nearest value above it that the document has; 0, 0 where nothing is known.
func (d *Document) Position(pointer string) (line, column int) {
	for at := pointer; at != ""; at = above(at) {
		if source, ok := d.origins[at]; ok {
			place := d.front.Place(source + pointer[len(at):])
			return place.Line, place.Column
		}
		if n, ok := d.positions[at]; ok {
			return n.Line + d.offset, n.Column
		}
	}
	n := nearest(d.root, PointerTokens(pointer))
	if n == nil {
		return 0, 0
	}
	return n.Line + d.offset, n.Column
}

// above is the pointer of the value that a value is in.
func above(pointer string) string { return pointer[:max(strings.LastIndexByte(pointer, '/'), 0)] }

// SourcePointer is the pointer, in the YAML or JSON text that the document was
// read from, of the value at a pointer of the card. It is false where the text
// has no such value, and for documents that were read from another format.
func (d *Document) SourcePointer(pointer string) (string, bool) {
	if d.front == nil {
		return existing(d.root, pointer)
	}
	for at := pointer; at != ""; at = above(at) {
		if source, ok := d.origins[at]; ok {
			return existing(d.front.doc.root, source+pointer[len(at):])
		}
	}
	return "", false
}

// existing is a pointer, if a tree has a value there. An item of a list of
// texts stands for all that the card makes of it, such as a data set's id.
func existing(root *yaml.Node, pointer string) (string, bool) {
	n := root
	tokens := PointerTokens(pointer)
	for i, token := range tokens {
		next := child(n, token)
		if next == nil {
			return Pointer(tokens[:i]...), i > 0 && n.Kind == yaml.ScalarNode
		}
		n = next
	}
	return pointer, pointer != ""
}
