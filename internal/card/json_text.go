package card

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// text reads the JSON string at hand (RFC 8259, section 7).
func (p *jsonParser) text(n *yaml.Node) error {
	n.Style = yaml.DoubleQuotedStyle
	p.at++
	plain := p.plainLen()
	if p.at+plain < len(p.src) && p.src[p.at+plain] == '"' { // no escapes
		n.Value = string(p.src[p.at : p.at+plain])
		p.at += plain + 1
		return nil
	}
	var text strings.Builder
	text.Grow(p.rawLen())
	for ; ; plain = p.plainLen() {
		text.Write(p.src[p.at : p.at+plain])
		p.at += plain
		if p.at >= len(p.src) {
			return p.unexpected("the end of a text")
		}
		switch c := p.src[p.at]; c {
		case '"':
			p.at++
			n.Value = text.String()
			return nil
		case '\\':
			if err := p.escape(&text); err != nil {
				return err
			}
		default:
			return p.refuse("json", fmt.Sprintf("JSON: the control character U+%04X in a text", c), `write it as an escape such as \n`)
		}
	}
}

// plainLen is the number of bytes up to one that ends a text or is special in it.
func (p *jsonParser) plainLen() int {
	rest := p.src[p.at:]
	for i, c := range rest {
		if c == '"' || c == '\\' || c < ' ' {
			return i
		}
	}
	return len(rest)
}

// rawLen is the number of bytes up to the end of a text. No text is longer
// than its raw form.
func (p *jsonParser) rawLen() int {
	rest := p.src[p.at:]
	for i := 0; i < len(rest); i++ {
		switch rest[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return len(rest)
}

var escapes = map[byte]byte{
	'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t',
}

// escape appends the character that the escape at hand stands for.
func (p *jsonParser) escape(text *strings.Builder) error {
	if p.at+1 >= len(p.src) {
		p.at = len(p.src)
		return p.unexpected("the end of a text")
	}
	if c, ok := escapes[p.src[p.at+1]]; ok {
		p.at += 2
		return text.WriteByte(c)
	}
	unit, ok := p.codeUnit(p.at)
	if !ok {
		return p.refuse("json", "JSON: a backslash before something that it does not escape", `write a backslash itself as \\`)
	}
	if !utf16.IsSurrogate(unit) {
		p.at += 6
		_, err := text.WriteRune(unit)
		return err
	}
	low, _ := p.codeUnit(p.at + 6)
	r := utf16.DecodeRune(unit, low)
	if r == utf8.RuneError {
		return p.refuse("bad_text", "the text has half of a surrogate pair", `write the character itself, or both halves (\ud83d\ude00)`)
	}
	p.at += 12
	_, err := text.WriteRune(r)
	return err
}

// codeUnit is the UTF-16 code unit that \uXXXX at an offset stands for.
func (p *jsonParser) codeUnit(at int) (rune, bool) {
	if at+6 > len(p.src) || p.src[at] != '\\' || p.src[at+1] != 'u' {
		return 0, false
	}
	unit, err := strconv.ParseUint(string(p.src[at+2:at+6]), 16, 16)
	return rune(unit), err == nil
}
