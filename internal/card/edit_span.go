package card

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// The YAML library tells where a node begins, but not where it ends. What
// follows finds that out from the text; where it is mistaken, the reading of
// the result says so.

// lineBreakOf is how the first line of a document ends.
func lineBreakOf(src []byte) string {
	if i := bytes.IndexAny(src, "\r\n"); i >= 0 {
		return string(src[i : i+breakLen(src, i)])
	}
	return "\n"
}

// breakLen is the length of the line end at an offset, 0 if there is none.
func breakLen(src []byte, at int) int {
	switch {
	case at >= len(src):
		return 0
	case src[at] == '\n', src[at] == '\r' && (at+1 == len(src) || src[at+1] != '\n'):
		return 1
	case src[at] == '\r':
		return 2
	}
	return 0
}

func lineStarts(src []byte) []int {
	starts := []int{0}
	for i := 0; i < len(src); i++ {
		if n := breakLen(src, i); n > 0 {
			i += n - 1
			starts = append(starts, i+1)
		}
	}
	return starts
}

// start is the byte offset at which a node begins.
func (e *editor) start(n *yaml.Node) int { return e.offset(n.Line, n.Column) }

func (e *editor) offset(line, column int) int {
	if line > len(e.starts) {
		return len(e.src)
	}
	at := e.starts[line-1]
	if line == 1 && bytes.HasPrefix(e.src, bom) {
		at += len(bom)
	}
	for range column - 1 {
		if at >= len(e.src) {
			break
		}
		_, size := utf8.DecodeRune(e.src[at:])
		at += size
	}
	return at
}

// lineEnd is the offset of the end of the line that an offset is in, before its
// line break.
func (e *editor) lineEnd(at int) int {
	if i := bytes.IndexAny(e.src[at:], "\r\n"); i >= 0 {
		return at + i
	}
	return len(e.src)
}

// lineStart is the offset of the start of the line that an offset is in.
func (e *editor) lineStart(at int) int { return bytes.LastIndexAny(e.src[:at], "\r\n") + 1 }

// end is the offset after the last byte of a node. Its place is needed for
// scalars alone.
func (e *editor) end(at place, n *yaml.Node) int {
	switch {
	case n.Kind == yaml.AliasNode:
		return e.start(n) + 1 + len(n.Value)
	case n.Kind == yaml.ScalarNode:
		return e.scalarEnd(at, n)
	case n.Style&yaml.FlowStyle != 0:
		return e.flowEnd(e.content(n))
	}
	last := place{parent: n, index: len(n.Content) - 1, indent: n.Column - 1}
	if n.Kind == yaml.MappingNode {
		return max(e.end(last, last.node()), e.afterColon(n, last.index))
	}
	return max(e.end(last, last.node()), e.afterDash(n, last.index))
}

// content is where a node begins after its anchor and tag.
func (e *editor) content(n *yaml.Node) int {
	at := e.start(n)
	for at < len(e.src) && (e.src[at] == '&' || e.src[at] == '!') {
		at = e.skipBlanks(at + bytes.IndexAny(append(e.src[at:len(e.src):len(e.src)], ' '), " \t\r\n,]}"))
	}
	return at
}

// skipBlanks goes past white space, line ends and comments.
func (e *editor) skipBlanks(at int) int {
	for at < len(e.src) {
		switch c := e.src[at]; {
		case c == ' ', c == '\t', c == '\r', c == '\n':
			at++
		case c == '#' && (at == 0 || strings.IndexByte(" \t\r\n", e.src[at-1]) >= 0):
			at = e.lineEnd(at)
		default:
			return at
		}
	}
	return at
}

func (e *editor) scalarEnd(at place, n *yaml.Node) int {
	begin := e.content(n)
	switch {
	case n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0:
		return e.quotedEnd(begin)
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return e.blockScalarEnd(begin, at.indent)
	case n.Value == "":
		return e.start(n)
	}
	return e.plainEnd(begin, n.Value)
}

// quotedEnd is the offset after the quote that ends a text.
func (e *editor) quotedEnd(at int) int {
	if at >= len(e.src) {
		return at
	}
	quote := e.src[at]
	for at++; at < len(e.src); at++ {
		switch {
		case quote == '"' && e.src[at] == '\\':
			at++
		case e.src[at] != quote:
		case quote == '\'' && at+1 < len(e.src) && e.src[at+1] == quote:
			at++
		default:
			return at + 1
		}
	}
	return len(e.src)
}

// flowEnd is the offset after the bracket that ends a flow collection.
func (e *editor) flowEnd(at int) int {
	depth := 0
	for at < len(e.src) {
		switch c := e.src[at]; c {
		case '[', '{':
			depth++
		case ']', '}':
			if depth--; depth == 0 {
				return at + 1
			}
		case '"', '\'':
			if e.startsFlowToken(at) {
				at = e.quotedEnd(at) - 1
			}
		case '#':
			at = max(e.skipBlanks(at), at+1) - 1
		}
		at++
	}
	return at
}

// startsFlowToken tells whether a quote begins a text and is not part of one.
func (e *editor) startsFlowToken(at int) bool {
	before := bytes.TrimRight(e.src[:at], " \t\r\n")
	return len(before) > 0 && strings.IndexByte("[{,:?!&", before[len(before)-1]) >= 0 || at > 0 && strings.IndexByte(" \t", e.src[at-1]) >= 0
}

// plainEnd finds how far a plain scalar goes: as many words as it takes to have
// its value.
func (e *editor) plainEnd(at int, value string) int {
	for _, word := range strings.FieldsFunc(value, isBlank) {
		for at < len(e.src) && isBlank(rune(e.src[at])) {
			at++
		}
		at = min(at+len(word), len(e.src))
	}
	return at
}

func isBlank(r rune) bool { return r == ' ' || r == '\t' || r == '\r' || r == '\n' }

// blockScalarEnd is the end of the last line of a block scalar that begins at
// an offset, in a collection of the given indent.
func (e *editor) blockScalarEnd(at, indent int) int {
	header := e.src[at:e.lineEnd(at)]
	keep := bytes.IndexByte(bytes.TrimRight(bytes.SplitN(header, []byte("#"), 2)[0], " \t"), '+') >= 0
	end := e.lineEnd(at)
	for next := end; next < len(e.src); {
		next += breakLen(e.src, next)
		lineEnd := e.lineEnd(next)
		line := bytes.TrimRight(e.src[next:lineEnd], " \t")
		switch {
		case len(line) == 0:
			if keep && lineEnd < len(e.src) {
				end = lineEnd
			}
		case len(line)-len(bytes.TrimLeft(line, " ")) <= indent:
			return end
		default:
			end = lineEnd
		}
		next = lineEnd
	}
	return end
}

// afterColon is the offset after the colon between a key and its value, or
// that of the key's end where a flow mapping leaves it out.
func (e *editor) afterColon(n *yaml.Node, index int) int {
	key := place{parent: n, index: index - 1, indent: n.Column - 1}
	end := e.end(key, key.node())
	if at := e.skipBlanks(end); at < len(e.src) && e.src[at] == ':' {
		return at + 1
	}
	return end
}

// afterDash is the offset after the dash of an item of a block list.
func (e *editor) afterDash(n *yaml.Node, index int) int {
	at := e.content(n)
	if index > 0 {
		before := place{parent: n, index: index - 1, indent: n.Column - 1}
		at = e.skipBlanks(max(e.end(before, before.node()), e.afterDash(n, index-1)))
	}
	if at < len(e.src) && e.src[at] == '-' {
		return at + 1
	}
	return at
}
