package card

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// parseJSON reads one JSON text (RFC 8259) into the same tree that YAML is
// read into, so that everything after knows one kind of document.
//
// It does not use encoding/json, which has no lines and columns, turns half a
// surrogate pair into U+FFFD without a word, and copies a document of pictures
// several times.
func parseJSON(src []byte) (*yaml.Node, error) {
	if len(src) > MaxDocument {
		return nil, tooLarge(len(src), MaxDocument, "a JSON document")
	}
	if err := checkUTF8(src); err != nil {
		return nil, err
	}
	p := &jsonParser{src: src, line: 1, column: 1}
	if p.space() == 0 {
		return nil, unreadable(1, 1, "empty", "the document is empty", `the smallest card is {"model": {"name": "…"}}`)
	}
	root, err := p.value(0)
	if err != nil {
		return nil, err
	}
	if p.space() != 0 {
		return nil, p.refuse("trailing_data", "there is more after the end of the JSON value", "send one card a request")
	}
	if text := len(src) - p.pictures; text > MaxText {
		return nil, tooLarge(text, MaxText, "a JSON document without its pictures")
	}
	return root, nil
}

type jsonParser struct {
	src      []byte
	at       int // offset of the next byte
	nodes    int
	pictures int // bytes of embedded pictures

	// Line and column of the byte at seen. Positions are asked in order, so
	// each byte is looked at once.
	line, column, seen int
}

// space passes over white space. It returns the byte after it, 0 at the end.
func (p *jsonParser) space() byte {
	for ; p.at < len(p.src); p.at++ {
		switch c := p.src[p.at]; c {
		case ' ', '\t', '\r', '\n':
		default:
			return max(c, 1) // a NUL is no end
		}
	}
	return 0
}

func (p *jsonParser) position() (line, column int) {
	p.line, p.column = advance(p.line, p.column, p.src[p.seen:max(p.at, p.seen)])
	p.seen = max(p.at, p.seen)
	return p.line, p.column
}

func (p *jsonParser) refuse(code, detail, hint string) error {
	line, column := p.position()
	return unreadable(line, column, code, detail, hint)
}

// unexpected refuses the character at hand.
func (p *jsonParser) unexpected(wanted string) error {
	if p.at >= len(p.src) {
		return p.refuse("json", "JSON: the document ends where "+wanted+" is wanted", "")
	}
	r, _ := utf8.DecodeRune(p.src[p.at:])
	return p.refuse("json", fmt.Sprintf("JSON: %q where %s is wanted", r, wanted), jsonHint(r))
}

func jsonHint(r rune) string {
	switch r {
	case '\'':
		return `JSON has texts in double quotes`
	case '/', '#':
		return "JSON has no comments"
	case ']', '}':
		return "look for a comma too many before it"
	}
	return ""
}

// value reads the value at hand. The stack grows with it, so depth is bounded
// here, before the tree is.
func (p *jsonParser) value(depth int) (*yaml.Node, error) {
	c := p.space()
	n := p.node()
	if p.nodes > maxNodes {
		return nil, p.refuse("over_limit", fmt.Sprintf("the document has more than %d values", maxNodes), hintOverLimit)
	}
	if depth > maxLoadDepth {
		return nil, p.refuse("over_limit", "the document is nested too deep", hintOverLimit)
	}
	switch {
	case c == '{':
		return n, p.object(n, depth)
	case c == '[':
		return n, p.array(n, depth)
	case c == '"':
		return n, p.text(n)
	case c == '-' || isDigit(c):
		return n, p.number(n)
	}
	return n, p.literal(n)
}

func (p *jsonParser) node() *yaml.Node {
	p.nodes++
	line, column := p.position()
	return &yaml.Node{Kind: yaml.ScalarNode, Line: line, Column: column}
}

func (p *jsonParser) object(n *yaml.Node, depth int) error {
	n.Kind = yaml.MappingNode
	return p.items('}', func() error {
		if p.space() != '"' {
			return p.unexpected("a key in double quotes")
		}
		key := p.node()
		if err := p.text(key); err != nil {
			return err
		}
		if p.space() != ':' {
			return p.unexpected("a colon")
		}
		p.at++
		value, err := p.value(depth + 1)
		if err != nil {
			return err
		}
		n.Content = append(n.Content, key, value)
		p.countPicture(key, value)
		return nil
	})
}

func (p *jsonParser) array(n *yaml.Node, depth int) error {
	n.Kind = yaml.SequenceNode
	return p.items(']', func() error {
		item, err := p.value(depth + 1)
		n.Content = append(n.Content, item)
		return err
	})
}

// items reads what stands between the bracket at hand and its other half.
func (p *jsonParser) items(end byte, item func() error) error {
	p.at++
	if p.space() == end {
		p.at++
		return nil
	}
	for {
		if err := item(); err != nil {
			return err
		}
		switch p.space() {
		case end:
			p.at++
			return nil
		case ',':
			p.at++
		default:
			return p.unexpected(fmt.Sprintf("a comma or %q", rune(end)))
		}
	}
}

// countPicture counts the bytes of a picture embedded as Base64, which have a
// limit of their own.
func (p *jsonParser) countPicture(key, value *yaml.Node) {
	if isPictureKey(key.Value) && value.Kind == yaml.ScalarNode && !strings.Contains(value.Value, " ") {
		p.pictures += len(value.Value)
	}
}

// isPictureKey tells whether a key holds pictures, in a card or in the formats
// that a card can be read from.
func isPictureKey(key string) bool { return key == "image" || key == "content" }

func (p *jsonParser) literal(n *yaml.Node) error {
	for _, word := range []string{"true", "false", "null"} {
		if bytes.HasPrefix(p.src[p.at:], []byte(word)) {
			n.Value = word
			p.at += len(word)
			return nil
		}
	}
	return p.unexpected("a value")
}

// number reads a number by the grammar of RFC 8259, section 6, which is
// narrower than [ParseNumber]'s: no plus, no leading zero, digits on both
// sides of the point.
func (p *jsonParser) number(n *yaml.Node) error {
	start := p.at
	if p.src[p.at] == '-' {
		p.at++
	}
	leadingZero := p.at < len(p.src) && p.src[p.at] == '0'
	if length := p.digits(); length == 0 || leadingZero && length > 1 {
		p.at = start
		return p.refuse("json", "JSON: a number has digits, and no zero before them", "write it as text if it is a code")
	}
	if p.at < len(p.src) && p.src[p.at] == '.' {
		p.at++
		if p.digits() == 0 {
			return p.unexpected("a digit")
		}
	}
	if p.at < len(p.src) && p.src[p.at]|0x20 == 'e' {
		p.at++
		p.at += signLen(string(p.src[p.at:min(p.at+1, len(p.src))]))
		if p.digits() == 0 {
			return p.unexpected("a digit")
		}
	}
	n.Value = string(p.src[start:p.at])
	if _, err := ParseNumber(n.Value); err != nil {
		return unreadable(n.Line, n.Column, "bad_number", err.Error(), "a number in a card is a finite float64 or an integer of at most 64 digits")
	}
	return nil
}

func (p *jsonParser) digits() int {
	start := p.at
	for p.at < len(p.src) && isDigit(p.src[p.at]) {
		p.at++
	}
	return p.at - start
}
