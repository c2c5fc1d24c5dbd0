package pdf

import (
	"net/url"
	"strings"
	"unicode/utf8"
)

// line is what stands on one line, in the order in which it is read.
type line []fragment

// breakLines fills lines of a width with pieces. A word that is wider than a
// line is cut where the line ends.
func (w *writer) breakLines(pieces []piece, width float64) []line {
	b := lineBreaker{w: w, width: width}
	words := w.fragments(pieces)
	for start := 0; start < len(words); {
		if words[start].brk {
			b.end()
			start++
			continue
		}
		end := start + 1
		for end < len(words) && !words[end].space && !words[end].brk {
			end++
		}
		b.add(words[start:end])
		start = end
	}
	if len(b.current) > 0 {
		b.end()
	}
	for len(b.lines) > 0 && len(b.lines[len(b.lines)-1]) == 0 {
		b.lines = b.lines[:len(b.lines)-1]
	}
	return b.lines
}

type lineBreaker struct {
	w       *writer
	width   float64
	lines   []line
	current line
	at      float64
}

func (b *lineBreaker) end() {
	if len(b.current) == 0 && len(b.lines) == 0 {
		return // no empty line above the text
	}
	b.lines = append(b.lines, b.current)
	b.current, b.at = nil, 0
}

// add puts a word, which may be of several styles, on this line or the next.
func (b *lineBreaker) add(word []fragment) {
	width := 0.0
	for _, f := range word {
		width += f.width
	}
	blank := 0.0
	if word[0].space && len(b.current) > 0 {
		blank = b.w.blank(b.current, word[0])
	}
	if len(b.current) > 0 && b.at+blank+width > b.width {
		b.end()
		blank = 0
	}
	if len(b.current) == 0 {
		word[0].space = false
	}
	b.at += blank
	if width <= b.width {
		b.current = append(b.current, word...)
		b.at += width
		return
	}
	for _, f := range word {
		b.cut(f)
	}
}

// cut puts a fragment on as many lines as it takes.
func (b *lineBreaker) cut(f fragment) {
	for f.text != "" {
		n, width := b.fitting(f)
		if n == 0 {
			b.end()
			continue
		}
		part := f
		part.text, part.width = f.text[:n], width
		b.current = append(b.current, part)
		b.at += width
		f.text, f.space = f.text[n:], false
		if f.text != "" {
			b.end()
		}
	}
}

// fitting is how many bytes of a fragment this line still takes: at least one
// character on an empty line, however narrow.
func (b *lineBreaker) fitting(f fragment) (n int, width float64) {
	for n < len(f.text) {
		_, size := utf8.DecodeRuneInString(f.text[n:])
		step := b.w.measureIn(f.text[n:n+size], f.face, f.style.size)
		if b.at+width+step > b.width && (n > 0 || len(b.current) > 0) {
			return n, width
		}
		n, width = n+size, width+step
	}
	return n, width
}

// height is the height of a line in mm.
func (l line) height(base style) float64 {
	height := base.lineHeight()
	for _, f := range l {
		height = max(height, f.style.lineHeight())
	}
	return height
}

// blank is the width of the blank before a fragment: one of its own where the
// style goes on, otherwise one of plain text.
func (w *writer) blank(before line, f fragment) float64 {
	if last := len(before) - 1; last >= 0 && before[last].continues(f) {
		return w.measureIn(" ", f.face, f.style.size)
	}
	return w.measureIn(" ", regular, f.style.size)
}

// continues tells whether two neighbours can be one text.
func (f fragment) continues(next fragment) bool { return f.style == next.style && f.face == next.face }

// lineWidth is the width of a line in mm.
func (w *writer) lineWidth(l line) float64 {
	width := 0.0
	for i, f := range l {
		width += f.width
		if f.space {
			width += w.blank(l[:i], f)
		}
	}
	return width
}

// draw prints a line with its base line at y.
func (w *writer) draw(l line, x, y float64) {
	parts := merged(visual(l))
	for i, f := range parts {
		if f.space {
			x += w.blank(parts[:i], f)
		}
		w.use(f.face, f.style.size, f.style.color)
		width := w.f.GetStringWidth(f.text)
		w.f.Text(x, y-f.style.rise, f.text)
		if f.style.strike {
			w.rule(x, y-f.style.size*0.1, width, f.style.color)
		}
		if f.style.link != "" {
			w.link(x, y, width, f.style)
		}
		x += width
	}
}

// merged joins neighbours of one style, so that a line is a few texts and not
// a text for each word.
func merged(l line) line {
	var out line
	for _, f := range l {
		if last := len(out) - 1; last >= 0 && out[last].continues(f) {
			if f.space {
				out[last].text += " "
			}
			out[last].text += f.text
			continue
		}
		out = append(out, f)
	}
	return out
}

// link makes a text lead somewhere: to an address, or to a heading of the
// document.
func (w *writer) link(x, y, width float64, st style) {
	height := st.size * pointsToMM
	if id, ok := strings.CutPrefix(st.link, "#"); ok {
		if target, known := w.targets[id]; known {
			w.f.Link(x, y-height, width, height*1.25, w.target(id, target))
		}
		return
	}
	address, err := url.Parse(st.link)
	if err != nil || !address.IsAbs() {
		return
	}
	w.rule(x, y+0.5, width, color{0xb9, 0xcd, 0xf0})
	w.f.LinkString(x, y-height, width, height*1.25, address.String())
}

func (w *writer) rule(x, y, width float64, c color) {
	w.f.SetDrawColor(c.r, c.g, c.b)
	w.f.SetLineWidth(0.18)
	w.f.Line(x, y, x+width, y)
}
