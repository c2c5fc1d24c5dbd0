package card

import "bytes"

// Foreign is a JSON document of another format than the card document: free
// values, and where each of them stands.
type Foreign struct {
	// Value is the document as a free value.
	Value any

	doc *Document
}

// ReadForeignJSON reads a JSON text (RFC 8259) of another format within the
// limits of a card document. The error is an [*Error].
func ReadForeignJSON(src []byte) (*Foreign, error) {
	root, err := parseJSON(bytes.TrimPrefix(src, []byte("\uFEFF")))
	if err != nil {
		return nil, err
	}
	doc, err := (&walker{free: 1}).walk(root) // not_applicable is a key like any other
	if err != nil {
		return nil, err
	}
	return &Foreign{Value: freeValue(root), doc: doc}, nil
}

// Place is where the document has the value at a JSON pointer, or the nearest
// value above it.
func (f *Foreign) Place(pointer string) Place {
	line, column := f.doc.Position(pointer)
	return Place{line, column}
}
