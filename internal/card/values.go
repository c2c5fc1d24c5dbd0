package card

import "bytes"

// Values is a YAML document of free values, such as another format's file.
type Values struct {
	Value any
	// Warnings are about what is read well, but perhaps not as it was meant.
	Warnings []Problem

	doc *Document
}

// ReadValues reads a YAML document of free values by the rules of front matter.
// The error is an [*Error].
func ReadValues(src []byte) (*Values, error) {
	root, err := parseYAML(bytes.TrimPrefix(src, bom))
	if err != nil {
		return nil, err
	}
	doc, err := walk(root)
	if err != nil {
		return nil, err
	}
	keepDisputed(root)
	return &Values{Value: freeValue(root), Warnings: doc.Warnings, doc: doc}, nil
}

// Place is where the document has the value at a pointer.
func (v *Values) Place(pointer string) Place {
	line, column := v.doc.Position(pointer)
	return Place{line, column}
}
