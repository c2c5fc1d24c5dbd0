package pyyaml

import (
	"strings"
	"unicode/utf8"
)

// maxSimpleKey is the longest text in code points that can be a key on one
// line: check_simple_key wants less than 128 with the tag "!!str" counted,
// though the tag is not written.
const maxSimpleKey = 127 - len("!!str")

// analysis is what PyYAML's analyze_scalar finds out about a text.
type analysis struct {
	runes     int
	multiline bool
	plain     bool // may be written without quotes, as far as syntax goes
	single    bool // may be written in single quotes
}

func (a analysis) simpleKey() bool { return a.runes > 0 && a.runes <= maxSimpleKey && !a.multiline }

// analyze ports analyze_scalar for block context with allow_unicode. Its text
// is valid UTF-8.
func analyze(s string) analysis {
	var (
		a                               = analysis{plain: !startsIndicator(s), single: true}
		spaceBreak, breakSpace, special bool
		previous                        rune
	)
	for i, r := range s {
		a.runes++
		switch {
		case r == ' ':
			breakSpace = breakSpace || isBreak(previous)
		case isBreak(r):
			a.multiline = true
			spaceBreak = spaceBreak || previous == ' '
		case !isPrintable(r):
			special = true
		case r == ':' && startsBlank(s[i+1:]), r == '#' && previous == ' ':
			a.plain = false
		}
		previous = r
	}
	if spaceBreak || breakSpace || special {
		a.single = false
	}
	if !a.single || a.multiline || previous == ' ' || strings.HasPrefix(s, " ") {
		a.plain = false
	}
	return a
}

// startsIndicator tells whether the start of a text would mean something else
// to a reader.
func startsIndicator(s string) bool {
	if s == "" {
		return false
	}
	switch s[0] {
	case '#', ',', '[', ']', '{', '}', '&', '*', '!', '|', '>', '\'', '"', '%', '@', '`':
		return true
	case '?', ':', '-':
		return startsBlank(s[1:]) || strings.HasPrefix(s, "---")
	}
	return strings.HasPrefix(s, "...")
}

// startsBlank tells whether a text is empty or starts with a space. PyYAML
// looks for other white space too, which alone keeps a text from being plain.
func startsBlank(s string) bool { return s == "" || s[0] == ' ' }

func isBreak(r rune) bool {
	return r == '\n' || r == '\u0085' || r == '\u2028' || r == '\u2029'
}

// isPrintable tells whether a character stands for itself outside double
// quotes. That U+10FFFF doesn't is a slip of PyYAML's.
func isPrintable(r rune) bool {
	switch {
	case r <= '~':
		return r >= ' '
	case r <= '\uD7FF':
		return r >= '\u00A0'
	case r <= '\uFFFD':
		return r != '\uFEFF'
	}
	return r >= '\U00010000' && r < utf8.MaxRune
}
