package pyyaml

import (
	"fmt"
	"unicode/utf8"
)

// doubleQuoted ports write_double_quoted. It folds before a space or next to
// an escape, wherever the line has become too long, and ends the line with a
// backslash.
func (e *emitter) doubleQuoted(s string, indent int, split bool) {
	e.writeIndicator(`"`, true, false)
	start := 0   // of what isn't written yet; past the character once it is
	pending := 0 // code points from start to the character, negative past it
	for i, r := range s {
		next := i + utf8.RuneLen(r)
		if isEscaped(r) {
			if start < i {
				e.write(s[start:i])
			}
			e.write(escape(r))
			start, pending = next, -1
		}
		inside := i > 0 && next < len(s)
		if split && inside && (r == ' ' || start >= i) && e.column+pending > width {
			if start < i {
				e.write(s[start:i])
				start, pending = i, 0
			}
			e.foldDoubleQuoted(s[start], indent)
		}
		pending++
	}
	e.write(s[start:])
	e.writeIndicator(`"`, false, false)
}

// foldDoubleQuoted starts a new line; a space there needs a backslash, since a
// reader would drop it.
func (e *emitter) foldDoubleQuoted(next byte, indent int) {
	e.write(`\`)
	e.fold(continuation(indent))
	if next == ' ' {
		e.write(`\`)
	}
}

// isEscaped tells whether a character doesn't stand for itself in double
// quotes. Unlike elsewhere, nothing beyond the basic plane does.
func isEscaped(r rune) bool {
	switch r {
	case '"', '\\', '\u2028', '\u2029':
		return true
	}
	return !isPrintable(r) || r > '\uFFFD'
}

func escape(r rune) string {
	if short := shortEscape(r); short != 0 {
		return string([]byte{'\\', short})
	}
	switch {
	case r <= 0xFF:
		return fmt.Sprintf(`\x%02X`, r)
	case r <= 0xFFFF:
		return fmt.Sprintf(`\u%04X`, r)
	}
	return fmt.Sprintf(`\U%08X`, r)
}

// shortEscape is the letter of PyYAML's ESCAPE_REPLACEMENTS, 0 for none.
func shortEscape(r rune) byte {
	switch r {
	case 0:
		return '0'
	case '\a':
		return 'a'
	case '\b':
		return 'b'
	case '\t':
		return 't'
	case '\n':
		return 'n'
	case '\v':
		return 'v'
	case '\f':
		return 'f'
	case '\r':
		return 'r'
	case '\x1B':
		return 'e'
	case '"', '\\':
		return byte(r)
	case '\u0085':
		return 'N'
	case '\u2028':
		return 'L'
	case '\u2029':
		return 'P'
	}
	return 0
}
