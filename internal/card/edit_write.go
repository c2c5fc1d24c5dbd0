package card

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// splice puts a text in the place of the bytes between two offsets.
func (e *editor) splice(start, end int, text string) {
	e.out = slices.Concat(e.src[:start], []byte(text), e.src[end:])
}

// replace puts a value in the place of another one.
func (e *editor) replace(at place, v any) error {
	n := at.node()
	if err := e.checkShared(n); err != nil {
		return err
	}
	after := e.afterMark(at)
	start, end := e.start(n), max(e.end(at, n), after)
	flow := at.parent.Style&yaml.FlowStyle != 0
	block := n.Style&yaml.FlowStyle == 0 && len(n.Content) > 0
	switch {
	case start >= end || start < after: // nothing is there
		e.splice(after, after, e.separator(at, after)+inline(v, flow))
	case block && e.lineStart(start) > after && isCollection(v):
		indent := strings.Repeat(" ", n.Column-1)
		if at.parent.Kind == yaml.MappingNode && n.Column <= at.parent.Column {
			if _, mapped := v.(*Map); mapped { // a list may stand below its key, a mapping may not
				indent += "  "
			}
		}
		e.splice(e.lineStart(start), end, e.lines(v, indent))
	case e.lineStart(start) > after: // on a line below: it moves up, before a comment
		line := e.lineEnd(after)
		e.out = slices.Concat(e.src[:after], []byte(" "+inline(v, flow)), e.src[after:line], e.src[end:])
	default:
		e.splice(start, end, e.inStyleOf(n, v, flow))
	}
	return nil
}

// afterMark is the offset after the colon or dash of a value.
func (e *editor) afterMark(at place) int {
	switch {
	case at.parent.Kind == yaml.MappingNode:
		return e.afterColon(at.parent, at.index)
	case at.parent.Style&yaml.FlowStyle != 0:
		return e.start(at.node())
	}
	return e.afterDash(at.parent, at.index)
}

// separator is what has to stand between a key or dash and a value where
// nothing was.
func (e *editor) separator(at place, after int) string {
	if at.parent.Kind == yaml.MappingNode && (after == 0 || e.src[after-1] != ':') {
		return ": "
	}
	return " "
}

func isCollection(v any) bool {
	switch v := v.(type) {
	case []any:
		return len(v) > 0
	case *Map:
		return v.Len() > 0
	}
	return false
}

// inStyleOf writes a text in the quotes of the one that it replaces.
func (e *editor) inStyleOf(n *yaml.Node, v any, flow bool) string {
	s, ok := v.(string)
	switch {
	case ok && n.Style&yaml.DoubleQuotedStyle != 0:
		return doubleQuoted(s)
	case ok && n.Style&yaml.SingleQuotedStyle != 0 && oneLinePrintable(s):
		return singleQuoted(s)
	}
	return inline(v, flow)
}

// entry writes a key and its value in block style, without a line end.
func (e *editor) entry(key string, v any, indent int) string {
	text := inlineText(key, false) + ":"
	if !isCollection(v) {
		return text + " " + inline(v, false)
	}
	below := strings.Repeat(" ", indent)
	if _, mapped := v.(*Map); mapped {
		below += "  "
	}
	return text + e.lineBreak + e.lines(v, below)
}

// lines writes a list or mapping with an entry a line.
func (e *editor) lines(v any, indent string) string {
	var lines []string
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			lines = append(lines, indent+"- "+inline(item, false))
		}
	case *Map:
		for _, entry := range v.Entries {
			lines = append(lines, indent+inlineText(entry.Key, false)+": "+inline(entry.Value, false))
		}
	}
	return strings.Join(lines, e.lineBreak)
}

// appendDocument writes a field into a document that says nothing yet.
func (e *editor) appendDocument(tokens []string, v any) {
	text := e.entry(tokens[0], nest(tokens[1:], v), 0) + e.lineBreak
	if end := len(e.src); end > 0 && e.lineStart(end) != end {
		text = e.lineBreak + text
	}
	e.splice(len(e.src), len(e.src), text)
}

// addEntry adds a key at the end of a mapping that has some.
func (e *editor) addEntry(n *yaml.Node, key string, v any) error {
	end := e.end(place{}, n)
	if n.Style&yaml.FlowStyle != 0 {
		last := place{parent: n, index: len(n.Content) - 1}
		at := max(e.end(last, last.node()), e.afterColon(n, last.index))
		e.splice(at, at, ", "+inlineText(key, true)+": "+inline(v, true))
		return nil
	}
	return e.addLine(end, strings.Repeat(" ", n.Column-1)+e.entry(key, v, n.Column-1))
}

// addItem adds an item at the end of a list that has some.
func (e *editor) addItem(n *yaml.Node, v any) error {
	end := e.end(place{}, n)
	if n.Style&yaml.FlowStyle != 0 {
		last := place{parent: n, index: len(n.Content) - 1}
		at := e.end(last, last.node())
		e.splice(at, at, ", "+inline(v, true))
		return nil
	}
	return e.addLine(end, strings.Repeat(" ", n.Column-1)+"- "+inline(v, false))
}

// addLine adds a line after the one that an offset is in.
func (e *editor) addLine(at int, text string) error {
	end := e.lineEnd(at)
	if rest := bytes.TrimLeft(e.src[at:end], " \t"); len(rest) > 0 && rest[0] != '#' {
		return cannot("something follows it on its line")
	}
	e.splice(end, end, e.lineBreak+text)
	return nil
}

// deleteFlow removes an entry of a flow collection with one comma.
func (e *editor) deleteFlow(at place, first int) error {
	content := at.parent.Content
	if at.index+1 < len(content) {
		e.splice(e.start(content[first]), e.start(content[at.index+1]), "")
		return nil
	}
	before := place{parent: at.parent, index: first - 1}
	start := e.end(before, before.node())
	if at.parent.Kind == yaml.MappingNode {
		start = max(start, e.afterColon(at.parent, before.index))
	}
	e.splice(start, max(e.end(at, at.node()), e.afterMark(at)), "")
	return nil
}

var beforeKey = regexp.MustCompile(`^[ \t]*(?:\?[ \t]+)?$`)

// deleteBlock removes an entry of a block collection with its lines.
func (e *editor) deleteBlock(at place, first int) error {
	content := at.parent.Content
	start := e.start(content[first])
	if at.parent.Kind == yaml.SequenceNode {
		start = e.afterDash(at.parent, at.index) - 1
	}
	end := max(e.end(at, at.node()), e.afterMark(at))
	line := e.lineStart(start)
	if beforeKey.Match(e.src[line:start]) {
		end = e.lineEnd(end)
		if n := breakLen(e.src, end); n > 0 {
			end += n
		} else if line > 0 { // the last line: its predecessor becomes the last
			line = e.lineEnd(e.lineStart(line - 1))
		}
		e.splice(line, end, "")
		return nil
	}
	return e.deleteFirst(at, start, end)
}

// deleteFirst removes the first entry of a collection that stands after a dash:
// the next one moves up.
func (e *editor) deleteFirst(at place, start, end int) error {
	if at.index+1 >= len(at.parent.Content) {
		return cannot("something stands before it on its line")
	}
	next := e.start(at.parent.Content[at.index+1])
	if at.parent.Kind == yaml.SequenceNode {
		next = e.afterDash(at.parent, at.index+1) - 1
	}
	if bytes.IndexByte(e.src[end:next], '#') >= 0 {
		return cannot("a comment after it has no place to stay")
	}
	e.splice(start, next, "")
	return nil
}

// inline writes a value on one line.
func inline(v any, flow bool) string {
	switch v := v.(type) {
	case string:
		return inlineText(v, flow)
	case Number:
		if mantissa, exponent, ok := strings.Cut(string(v), "e"); ok && !strings.Contains(mantissa, ".") {
			return mantissa + ".0e" + exponent // without a point, text to YAML 1.1
		}
		return string(v)
	case []any:
		items := make([]string, len(v))
		for i, item := range v {
			items[i] = inline(item, true)
		}
		return "[" + strings.Join(items, ", ") + "]"
	case *Map:
		items := make([]string, v.Len())
		for i, entry := range entriesOf(v) {
			items[i] = inlineText(entry.Key, true) + ": " + inline(entry.Value, true)
		}
		return "{" + strings.Join(items, ", ") + "}"
	}
	return string(AppendPlain(nil, v))
}

func entriesOf(m *Map) []Entry {
	if m == nil {
		return nil
	}
	return m.Entries
}

// wordsOnly matches texts that are plain in any place of YAML; withURL also
// those that are plain in block style.
var (
	wordsOnly = regexp.MustCompile(`^[\pL\pN_./][\pL\pN_./+@()-]*(?: [\pL\pN_./+@(][\pL\pN_./+@()-]*)*$`)
	withURL   = regexp.MustCompile(`^[\pL\pN_./](?:[\pL\pN_./+@()%=&?~-]|:[/\pL\pN])*$`)
)

func inlineText(s string, flow bool) string {
	switch {
	case PlainSafe(s) && !strings.HasPrefix(s, "...") && (wordsOnly.MatchString(s) || !flow && withURL.MatchString(s)):
		return s
	case oneLinePrintable(s):
		return singleQuoted(s)
	}
	return doubleQuoted(s)
}

// oneLinePrintable tells whether single quotes can hold a text on one line.
func oneLinePrintable(s string) bool {
	return strings.IndexFunc(s, needsEscape) < 0
}

func needsEscape(r rune) bool {
	return r < ' ' || r >= 0x7f && r < 0xa0 || r == '\u2028' || r == '\u2029' || r == '\uFEFF' || r == '\uFFFE' || r == '\uFFFF'
}

func singleQuoted(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

func doubleQuoted(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case needsEscape(r):
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
