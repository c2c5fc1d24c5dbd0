package pyyaml

import "unicode/utf8"

// width is the column after which a text is folded: PyYAML's best_width.
const width = 80

// emitter is the part of PyYAML's Emitter that knows where on the line it is.
type emitter struct {
	dst       []byte
	lineBreak string
	anchors   *anchors // nil without aliases

	// column counts the code points of the line so far.
	column int
	// whitespace tells that the last character was a space, or none was yet.
	whitespace bool
	// indention tells that the line has only spaces, "-", "?" and ":" so far.
	indention bool
}

func newEmitter(dst []byte, lineBreak string) emitter {
	if lineBreak != "\r" && lineBreak != "\r\n" {
		lineBreak = "\n"
	}
	return emitter{dst: dst, lineBreak: lineBreak, whitespace: true, indention: true}
}

// write writes valid UTF-8 without line breaks.
func (e *emitter) write(s string) {
	e.column += utf8.RuneCountInString(s)
	e.dst = append(e.dst, s...)
}

// writeIndicator writes a mark of the syntax; indention tells that it counts as
// part of the indent, where it stands right after one.
func (e *emitter) writeIndicator(s string, needWhitespace, indention bool) {
	if needWhitespace && !e.whitespace {
		e.write(" ")
	}
	e.write(s)
	e.whitespace = false
	e.indention = indention
}

// writeIndent goes to the indent: on this line if nothing but indention is
// there yet, on the next otherwise.
func (e *emitter) writeIndent(indent int) {
	if !e.indention || e.column > indent {
		e.writeLineBreak(e.lineBreak)
	}
	if e.column < indent {
		e.whitespace = true
	}
	for e.column < indent {
		e.write(" ")
	}
}

func (e *emitter) writeLineBreak(lineBreak string) {
	e.dst = append(e.dst, lineBreak...)
	e.column = 0
	e.whitespace = true
	e.indention = true
}

// fold goes on with a scalar on the next line.
func (e *emitter) fold(indent int) {
	e.writeIndent(indent)
	e.whitespace = false
	e.indention = false
}
