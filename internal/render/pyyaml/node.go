package pyyaml

import (
	"strings"
	"unicode/utf8"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

const (
	indentStep = 2
	// rootIndent is the indent around the document: one step less than the
	// first collection's.
	rootIndent = -indentStep
)

// node writes a value inside a collection of the given indent. A block list
// that is the value of a map (inMap) isn't indented against it.
func (e *emitter) node(v any, indent int, inMap bool) {
	switch v := v.(type) {
	case nil:
		e.plain("null", indent, true)
	case bool:
		e.boolean(v, indent)
	case string:
		e.text(v, indent)
	case card.Number:
		e.number(string(v), indent)
	case []any:
		e.list(v, indent, inMap)
	case *card.Map:
		e.mapping(v, indent)
	default:
		panic("pyyaml: not a free value")
	}
}

func (e *emitter) boolean(b bool, indent int) {
	if b {
		e.plain("true", indent, true)
	} else {
		e.plain("false", indent, true)
	}
}

// number ports represent_float: a float of YAML 1.1 has a point, which
// Python's repr leaves out of 1e-05.
func (e *emitter) number(s string, indent int) {
	if exponent := strings.IndexByte(s, 'e'); exponent >= 0 && !strings.Contains(s, ".") {
		s = s[:exponent] + ".0" + s[exponent:]
	}
	e.plain(s, indent, true)
}

func (e *emitter) text(s string, indent int) {
	s = strings.ToValidUTF8(s, string(utf8.RuneError))
	e.scalar(s, analyze(s), indent, true)
}

// list ports expect_block_sequence: the items stand at the indent of the map
// that has the list as a value, unless the line has nothing but indicators so
// far ("- - a", ": - a").
func (e *emitter) list(list []any, indent int, inMap bool) {
	if e.alias(listIdentity(list)) {
		return
	}
	if len(list) == 0 {
		e.writeIndicator("[]", true, false)
		return
	}
	if !inMap || e.indention {
		indent += indentStep
	}
	for _, item := range list {
		e.writeIndent(indent)
		e.writeIndicator("-", true, true)
		e.node(item, indent, false)
	}
}

func (e *emitter) mapping(m *card.Map, indent int) {
	if m == nil {
		e.plain("null", indent, true)
		return
	}
	if e.alias(identity{pointer: m}) {
		return
	}
	if m.Len() == 0 {
		e.writeIndicator("{}", true, false)
		return
	}
	indent += indentStep
	for i := range m.Entries {
		e.writeIndent(indent)
		e.key(m.Entries[i].Key, indent)
		e.node(m.Entries[i].Value, indent, true)
	}
}

// key writes a key up to its colon. A key that check_simple_key refuses gets a
// line of its own after "? ".
func (e *emitter) key(s string, indent int) {
	s = strings.ToValidUTF8(s, string(utf8.RuneError))
	a := analyze(s)
	if a.simpleKey() {
		e.scalar(s, a, indent, false)
		e.writeIndicator(":", false, false)
		return
	}
	e.writeIndicator("?", true, true)
	e.scalar(s, a, indent, true)
	e.writeIndent(indent)
	e.writeIndicator(":", true, true)
}
