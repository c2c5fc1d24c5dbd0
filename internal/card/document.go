package card

import (
	"bytes"
	"errors"

	"go.yaml.in/yaml/v4"
)

// Document is a card together with the text it was read from.
type Document struct {
	Card *Card
	// Warnings are about what is read well, but perhaps not as it was meant.
	Warnings []Problem
	// Source is the text that the document was read from, where its reader keeps
	// it; it is not to be changed.
	Source []byte

	root      *yaml.Node
	positions map[string]*yaml.Node // of what was lifted out of the tree
	offset    int                   // lines before the document in its file
	front     *FrontMatter          // of a card that was read from one
	origins   map[string]string     // pointers of the card -> of its front matter
}

// ReadYAML reads a card document in YAML 1.2. The error is an [*Error] that
// lists everything wrong with the document.
func ReadYAML(src []byte) (*Document, error) {
	root, err := parseYAML(bytes.TrimPrefix(src, []byte("\uFEFF")))
	if err != nil {
		return nil, err
	}
	return read(root, &walker{yaml: true})
}

// ReadJSON reads a card document in JSON (RFC 8259). The error is an [*Error]
// that lists everything wrong with the document.
func ReadJSON(src []byte) (*Document, error) {
	root, err := parseJSON(bytes.TrimPrefix(src, []byte("\uFEFF")))
	if err != nil {
		return nil, err
	}
	return read(root, &walker{})
}

func read(root *yaml.Node, w *walker) (*Document, error) {
	doc, err := w.walk(root)
	if err != nil {
		return nil, err
	}
	if problems := doc.checkSchema(); len(problems) > 0 {
		return nil, &Error{Kind: Invalid, Problems: problems}
	}
	if err := checkPairs(root); err != nil {
		return nil, err
	}
	doc.Card = decodeCard(root, doc.Card.NotApplicable)
	if err := doc.Card.Normalize(); err != nil {
		return nil, doc.Locate(err)
	}
	return doc, nil
}

// walk checks a tree of front matter: all of it is the team's own, so a
// not_applicable in it is a key like any other and stays.
func walk(root *yaml.Node) (*Document, error) {
	return (&walker{yaml: true, front: true, free: 1}).walk(root)
}

// walk checks limits, keys and texts of the whole tree.
func (w *walker) walk(root *yaml.Node) (*Document, error) {
	w.notApplicable, w.positions = map[string]string{}, map[string]*yaml.Node{}
	if err := w.visit(root, 0); err != nil || len(w.problems) > 0 {
		return nil, w.refusal(err)
	}
	return &Document{
		Card:      &Card{NotApplicable: w.notApplicable},
		Warnings:  w.warnings,
		root:      root,
		positions: w.positions,
	}, nil
}

// refusal is the limit that stopped the walk, or all that it found.
func (w *walker) refusal(stopped error) *Error {
	var limit limitError
	if errors.As(stopped, &limit) {
		return &Error{Kind: Unreadable, Problems: []Problem{limit.problem}}
	}
	return &Error{Kind: Unreadable, Problems: w.problems}
}

// Locate adds lines and columns to the problems of an [*Error] that have none.
func (d *Document) Locate(err error) error {
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	for i := range e.Problems {
		if p := &e.Problems[i]; p.Line == 0 {
			p.Line, p.Column = d.Position(p.Pointer)
		}
	}
	return e
}

// nearest follows tokens down from n as far as they lead.
func nearest(n *yaml.Node, tokens []string) *yaml.Node {
	for _, token := range tokens {
		next := child(n, token)
		if next == nil {
			break
		}
		n = next
	}
	return n
}

func child(n *yaml.Node, token string) *yaml.Node {
	switch n.Kind {
	case yaml.MappingNode:
		if i, ok := lookup(n.Content, token); ok {
			return n.Content[i+1]
		}
	case yaml.SequenceNode:
		if i, err := ParseNumber(token); err == nil && isInteger(token) {
			if f := i.Float64(); f >= 0 && f < float64(len(n.Content)) {
				return n.Content[int(f)]
			}
		}
	}
	return nil
}

// keyNode is the node of a key in the mapping at tokens.
func keyNode(root *yaml.Node, tokens []string, key string) *yaml.Node {
	n := nearest(root, tokens)
	if n.Kind == yaml.MappingNode {
		if i, ok := lookup(n.Content, key); ok {
			return n.Content[i]
		}
	}
	return n
}
