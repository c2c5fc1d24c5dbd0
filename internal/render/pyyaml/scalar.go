package pyyaml

import (
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// scalar ports choose_scalar_style: plain where both syntax and type allow it,
// else single quotes, else double quotes. A text that is a key on one line is
// not split.
func (e *emitter) scalar(s string, a analysis, indent int, split bool) {
	switch {
	case a.plain && card.Resolve11(s) == card.String11:
		e.plain(s, indent, split)
	case a.single:
		e.singleQuoted(s, indent, split)
	default:
		e.doubleQuoted(s, indent, split)
	}
}

// continuation is the indent of the lines of a scalar but the first.
func continuation(indent int) int { return max(indent+indentStep, indentStep) }

// plain ports write_plain, which never meets a line break. It folds at a
// single space once the line is longer than the width.
func (e *emitter) plain(s string, indent int, split bool) {
	if !e.whitespace {
		e.write(" ")
	}
	e.whitespace = false
	e.indention = false
	if !split || e.column+len(s) <= width { // bytes are no fewer than code points
		e.write(s)
		return
	}
	for s != "" {
		word, rest, _ := strings.Cut(s, " ")
		e.write(word)
		spaces := len(s) - len(word) - len(strings.TrimLeft(rest, " "))
		if spaces == 1 && e.column > width {
			e.fold(continuation(indent))
		} else {
			e.write(s[len(word) : len(word)+spaces])
		}
		s = s[len(word)+spaces:]
	}
}

// singleQuoted ports write_single_quoted. Of its spaces the first and the last
// of the text don't fold, since a reader would drop them.
func (e *emitter) singleQuoted(s string, indent int, split bool) {
	e.writeIndicator("'", true, false)
	rest := s
	for rest != "" {
		kind := kindOf(rest)
		n := length(rest, kind)
		switch kind {
		case spaceRun:
			inside := len(rest) < len(s) && n < len(rest)
			if n == 1 && inside && split && e.column > width {
				e.writeIndent(continuation(indent))
			} else {
				e.write(rest[:n])
			}
		case breakRun:
			e.breaks(rest[:n])
			e.writeIndent(continuation(indent))
		case wordRun:
			e.write(strings.ReplaceAll(rest[:n], "'", "''"))
		}
		rest = rest[n:]
	}
	e.writeIndicator("'", false, false)
}

// breaks writes the line breaks of a quoted text. A reader folds the first
// line feed of a run into a space, hence one more.
func (e *emitter) breaks(s string) {
	if s[0] == '\n' {
		e.writeLineBreak(e.lineBreak)
	}
	for _, r := range s {
		if r == '\n' {
			e.writeLineBreak(e.lineBreak)
		} else {
			e.writeLineBreak(string(r))
		}
	}
}

// run is a kind of stretch that a text is written in.
type run int

const (
	wordRun run = iota
	spaceRun
	breakRun
)

func kindOf(s string) run {
	switch {
	case s[0] == ' ':
		return spaceRun
	case startsBreak(s):
		return breakRun
	}
	return wordRun
}

// length is how many bytes of that kind a text starts with.
func length(s string, kind run) int {
	for i := range s {
		if kindOf(s[i:]) != kind {
			return i
		}
	}
	return len(s)
}

func startsBreak(s string) bool {
	switch s[0] {
	case '\n':
		return true
	case "\u0085"[0]:
		return strings.HasPrefix(s, "\u0085")
	case "\u2028"[0]:
		return strings.HasPrefix(s, "\u2028") || strings.HasPrefix(s, "\u2029")
	}
	return false
}
