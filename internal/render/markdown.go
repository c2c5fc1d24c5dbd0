package render

import (
	"bytes"
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

const hashes = "######"

// appendHeading appends a heading with the blank line before it.
func appendHeading(dst []byte, level int, title string) []byte {
	dst = append(append(append(dst, '\n'), hashes[:level]...), ' ')
	return append(appendHeadingText(dst, title), '\n')
}

// appendHeadingText appends the text of a heading. Markdown takes hashes at
// the end of a heading for decoration (CommonMark 0.31, section 4.2), so the
// last one is escaped.
func appendHeadingText(dst []byte, s string) []byte {
	if strings.HasSuffix(s, "#") {
		return append(append(dst, s[:len(s)-1]...), '\\', '#')
	}
	return append(dst, s...)
}

// headingText is the inverse of appendHeadingText.
func headingText(s string) string {
	if strings.HasSuffix(s, `\#`) {
		return s[:len(s)-2] + "#"
	}
	return s
}

// appendText appends a block of Markdown with its line end. Headings in it are
// moved below the level of the heading that it stands under, so that a text
// cannot end the section it is in.
func appendText(dst []byte, s string, level int) []byte {
	if hasHeading(s) {
		s = demote(s, level)
	}
	return append(append(dst, s...), '\n')
}

// hasHeading tells whether a normalised text may have a heading: a line that
// begins, after at most three spaces, with a hash.
func hasHeading(s string) bool {
	for at := strings.IndexByte(s, '#'); at >= 0; {
		line := s[strings.LastIndexByte(s[:at], '\n')+1 : at]
		if strings.TrimLeft(line, " ") == "" && len(line) <= 3 {
			return true
		}
		next := strings.IndexByte(s[at:], '\n')
		if next < 0 {
			return false
		}
		s = s[at+next:]
		at = strings.IndexByte(s, '#')
	}
	return false
}

// demote moves all headings of a text down together until the highest is below
// level. The sixth level is the last.
func demote(s string, level int) string {
	headings := card.Headings([]byte(s))
	highest := len(hashes) + 1
	for _, h := range headings {
		highest = min(highest, h.Level)
	}
	return shiftHeadings(s, headings, max(0, level+1-highest))
}

// shiftHeadings rewrites the headings of a text by so many levels.
func shiftHeadings(s string, headings []card.Block, by int) string {
	if by == 0 || len(headings) == 0 {
		return s
	}
	var b strings.Builder
	done := 0
	for _, h := range headings {
		b.WriteString(s[done:h.Start])
		b.WriteString(hashes[:min(max(h.Level+by, 1), len(hashes))])
		if h.Title != "" {
			b.WriteString(" " + h.Title)
		}
		b.WriteByte('\n')
		done = h.End
	}
	b.WriteString(s[done:])
	return b.String()
}

// escapeCell makes what stands in dst from start on one cell of a Markdown
// table, in which a bar or a line end would end it.
func escapeCell(dst []byte, start int) []byte {
	if bytes.IndexByte(dst[start:], '|') < 0 && bytes.IndexByte(dst[start:], '\n') < 0 {
		return dst
	}
	cell := bytes.ReplaceAll(dst[start:], []byte("|"), []byte(`\|`))
	return append(dst[:start], bytes.ReplaceAll(cell, []byte("\n"), []byte(" "))...)
}
