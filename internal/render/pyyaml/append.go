// Package pyyaml writes free values of package card as YAML, byte for byte as
// PyYAML 6 does with the settings of huggingface_hub: yaml.dump(data,
// sort_keys=False, allow_unicode=True, line_break=...). The Hub's tools rewrite
// front matter that way, so that any other spelling of the same data would show
// as a change in every diff. It is a port of the rules of PyYAML's emitter,
// representer and resolver as far as free values reach them.
package pyyaml

import (
	"bytes"
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// Append appends a free value (nil, bool, string, [card.Number], []any or
// *[card.Map]) as one YAML document that ends in a line break. The line break
// is "\n", "\r" or "\r\n"; anything else counts as "\n", as in PyYAML. Invalid
// UTF-8 is written as U+FFFD. A value of another type is a mistake of the
// caller and panics.
//
// A list or map that occurs more than once is written out each time; see
// [AppendShared].
func Append(dst []byte, v any, lineBreak string) []byte {
	e := newEmitter(dst, lineBreak)
	return e.document(v)
}

// AppendShared is [Append] for data with aliases: a *[card.Map], or a list
// with a place for an item, that occurs more than once gets an anchor (&id001)
// where it is first and an alias (*id001) after that, as PyYAML does for one
// Python object in several places.
func AppendShared(dst []byte, v any, lineBreak string) []byte {
	e := newEmitter(dst, lineBreak)
	e.anchors = findAnchors(v)
	return e.document(v)
}

// AppendFrontMatter appends a map as huggingface_hub's to_yaml returns it:
// [AppendShared] without white space at both ends, which takes the last line
// break and also a no-break space at the end of the last plain text. A nil map
// is an empty one.
func AppendFrontMatter(dst []byte, m *card.Map, lineBreak string) []byte {
	if m == nil {
		m = &card.Map{}
	}
	start := len(dst)
	dst = AppendShared(dst, m, lineBreak)
	return append(dst[:start], bytes.TrimSpace(dst[start:])...)
}

// Plain tells whether a text is written as it is, without quotes.
func Plain(s string) bool { return analyze(s).plain && card.Resolve11(s) == card.String11 }

func (e *emitter) document(v any) []byte {
	e.node(v, rootIndent, false)
	e.writeIndent(0)
	if isOpenEnded(v) {
		e.writeIndicator("...", true, false)
		e.writeIndent(0)
	}
	return e.dst
}

// isOpenEnded tells whether the document is a plain scalar alone, which PyYAML
// closes with "..." since more of it could follow.
func isOpenEnded(v any) bool {
	switch v := v.(type) {
	case []any:
		return false
	case *card.Map:
		return v == nil
	case string:
		return Plain(strings.ToValidUTF8(v, "\uFFFD"))
	}
	return true
}
