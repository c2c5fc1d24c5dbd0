// Package difftext writes the changes between two cards for people: a text in
// the manner of diff -u, and a page of its own in HTML. It stands beside
// package card, which finds the changes and does no output, since the API and
// the command line both show them; and apart from package render, whose formats
// are of one card.
package difftext

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode"

	"github.com/aymanbagabas/go-udiff"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// Comparison is two cards, by the names that people know them by, and the
// fields in which they differ.
type Comparison struct {
	From, To string
	Changes  []card.Change
}

// Field is one change as every writer shows it.
type Field struct {
	Pointer string
	Kind    string // as card.Change has it
	Lines   []Line
}

// Line is one line of a [Field]. Mark is '-', '+', ' ', or '@' for a place where
// equal lines are left out.
type Line struct {
	Mark byte
	Text string
}

// Class is the name of the mark, for a style sheet.
func (l Line) Class() string {
	return map[byte]string{'-': "del", '+': "ins", ' ': "same", '@': "gap"}[l.Mark]
}

// Sign is the mark as it is shown.
func (l Line) Sign() string { return string(l.Mark) }

// contextLines is how many equal lines are shown around lines that differ.
const contextLines = 3

// Fields are changes line by line, with everything that a terminal would obey or
// that would show text in another order taken out.
func Fields(changes []card.Change) []Field {
	fields := make([]Field, len(changes))
	for i, c := range changes {
		f := Field{Pointer: visible(c.Pointer), Kind: c.Kind}
		switch c.Kind {
		case "added":
			f.Lines = marked('+', textOf(c.To))
		case "removed":
			f.Lines = marked('-', textOf(c.From))
		default:
			f.Lines = changed(textsOf(c.From, c.To))
		}
		fields[i] = f
	}
	return fields
}

func marked(mark byte, text string) []Line {
	var lines []Line
	for s := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		lines = append(lines, Line{mark, s})
	}
	return lines
}

// changed shows what differs between two texts, line by line.
func changed(from, to string) []Line {
	from, to = ended(from), ended(to)
	unified, err := udiff.ToUnifiedDiff("", "", from, udiff.Lines(from, to), contextLines)
	if err != nil || len(unified.Hunks) == 0 { // they differ in white space at the end, or in nothing that shows
		return append(marked('-', from), marked('+', to)...)
	}
	var lines []Line
	for i, hunk := range unified.Hunks {
		if i > 0 || hunk.FromLine > 1 {
			lines = append(lines, Line{'@', ""})
		}
		for _, l := range hunk.Lines {
			lines = append(lines, Line{markOf(l.Kind), strings.TrimSuffix(l.Content, "\n")})
		}
	}
	return lines
}

func markOf(kind udiff.OpKind) byte {
	switch kind {
	case udiff.Delete:
		return '-'
	case udiff.Insert:
		return '+'
	}
	return ' '
}

// ended is a text whose last line has an end, so that it is a line like any.
func ended(s string) string {
	if strings.HasSuffix(s, "\n") {
		return s
	}
	return s + "\n"
}

// textsOf are two values as texts; where one of them is a text and the other is
// not, its quotes show: the number 1 and the text "1" differ.
func textsOf(from, to any) (before, after string) {
	a, isText := from.(string)
	b, areTexts := to.(string)
	switch {
	case isText && !areTexts:
		return visible(quoted(a)), textOf(to)
	case areTexts && !isText:
		return textOf(from), visible(quoted(b))
	}
	return textOf(from), textOf(to)
}

func quoted(s string) string {
	text, err := json.Marshal(s)
	if err != nil {
		return s // cannot happen to a text
	}
	return string(text)
}

// textOf is a value as a text: a text as it is, anything else as JSON.
func textOf(v any) string {
	if s, ok := v.(string); ok {
		return visible(s)
	}
	compact := card.Text(v)
	var b bytes.Buffer
	if err := json.Indent(&b, []byte(compact), "", "  "); err != nil {
		return visible(compact)
	}
	return visible(b.String())
}

// visible replaces control characters, which a terminal would obey, and marks
// of direction, which would show text in another order than it has.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case unicode.IsControl(r), r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069:
			return unicode.ReplacementChar
		}
		return r
	}, s)
}
