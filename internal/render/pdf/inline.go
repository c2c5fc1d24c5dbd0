package pdf

import (
	"strings"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/text/unicode/norm"
)

type color struct{ r, g, b int }

// Colours, all of which have a contrast of at least 4.5:1 with white (WCAG 2.2,
// success criterion 1.4.3).
var (
	black = color{0x11, 0x18, 0x27}
	ink   = color{0x1f, 0x29, 0x37}
	grey  = color{0x5b, 0x64, 0x70}
	blue  = color{0x0b, 0x57, 0xd0}
)

// style is how a text is printed. size is in points, rise in mm.
type style struct {
	bold, italic, mono, strike bool
	size, rise                 float64
	color                      color
	link                       string
}

const tableSize = 8.5

var body = style{size: 10, color: ink}

func (s style) face() face {
	switch {
	case s.mono:
		return mono
	case s.bold:
		return bold
	case s.italic:
		return oblique
	}
	return regular
}

func (s style) lineHeight() float64 { return s.size * pointsToMM * leading }

// piece is a text in one style; a break is the end of a line.
type piece struct {
	text  string
	style style
	brk   bool
}

// isBlock tells whether an element stands on lines of its own.
func isBlock(n *html.Node) bool {
	if n.Type != html.ElementNode {
		return false
	}
	switch n.DataAtom {
	case atom.P, atom.Div, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Ul, atom.Ol, atom.Li, atom.Dl, atom.Dt, atom.Dd,
		atom.Table, atom.Pre, atom.Blockquote, atom.Hr, atom.Details, atom.Summary, atom.Section, atom.Article, atom.Figure, atom.Figcaption,
		atom.Header, atom.Footer, atom.Aside, atom.Center, atom.Address:
		return true
	}
	return false
}

// collect appends the text of a node and what is in it.
func collect(pieces []piece, n *html.Node, st style) []piece {
	switch {
	case n.Type == html.TextNode:
		return append(pieces, piece{text: n.Data, style: st})
	case n.Type != html.ElementNode:
		return pieces
	}
	switch n.DataAtom {
	case atom.Br:
		return append(pieces, piece{brk: true, style: st})
	case atom.Img:
		return append(pieces, picture(n, st))
	}
	st = st.of(n)
	if isBlock(n) { // in the middle of a line, such as a list in a table
		pieces = ended(pieces, st)
	}
	for c := range n.ChildNodes() {
		pieces = collect(pieces, c, st)
	}
	if isBlock(n) {
		pieces = ended(pieces, st)
	}
	return pieces
}

// ended ends a line that has something on it.
func ended(pieces []piece, st style) []piece {
	if last := len(pieces) - 1; last < 0 || pieces[last].brk {
		return pieces
	}
	return append(pieces, piece{brk: true, style: st})
}

// of is the style inside an element.
func (s style) of(n *html.Node) style {
	switch n.DataAtom {
	case atom.B, atom.Strong, atom.Th, atom.Summary, atom.Dt:
		s.bold = true
	case atom.I, atom.Em, atom.Cite, atom.Dfn, atom.Var:
		s.italic = true
	case atom.Code, atom.Kbd, atom.Samp, atom.Tt, atom.Pre:
		if !s.mono {
			s.size *= 0.92
		}
		s.mono = true
	case atom.Del, atom.S, atom.Strike:
		s.strike = true
	case atom.Sup:
		s.size, s.rise = s.size*0.7, s.rise+s.size*0.12
	case atom.Sub:
		s.size, s.rise = s.size*0.7, s.rise-s.size*0.05
	case atom.A:
		if href := attribute(n, "href"); href != "" {
			s.link, s.color = href, blue
		}
	case atom.Span:
		if class := attribute(n, "class"); class == "gap" || class == "not-applicable" {
			s.italic, s.color = true, grey
		}
	}
	s.size = max(s.size, 5)
	return s
}

// picture is a picture by its alternative text, as a link to it.
func picture(n *html.Node, st style) piece {
	alt, src := strings.TrimSpace(attribute(n, "alt")), attribute(n, "src")
	if alt == "" {
		alt = "picture"
	}
	if st.link == "" && (strings.HasPrefix(src, "https://") || strings.HasPrefix(src, "http://")) {
		st.link, st.color = src, blue
	}
	return piece{text: "[" + alt + "]", style: st}
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// fragment is a text in one style on a line; space is a blank before it, and a
// line may end there.
type fragment struct {
	text  string
	style style
	face  face
	width float64
	space bool
	brk   bool
	right bool // the text it is of is written from the right
}

// fragments cuts pieces at white space, drops what is not seen, and splits
// where a character needs another font.
func (w *writer) fragments(pieces []piece) []fragment {
	var out []fragment
	space := false
	for _, p := range pieces {
		if p.brk {
			out, space = append(out, fragment{brk: true, style: p.style}), false
			continue
		}
		var word []rune
		flush := func() {
			if len(word) > 0 {
				out = w.appendWord(out, word, p.style, space)
				word, space = word[:0], false
			}
		}
		for _, r := range norm.NFC.String(p.text) {
			switch {
			case isBlank(r):
				flush()
				space = true
			case r == '\u200b':
				flush()
			case !invisible(r) || r == '\u200c' || r == '\u200d':
				word = append(word, r)
			}
		}
		flush()
	}
	right := startsRight(out)
	for i := range out {
		out[i].right = right
	}
	return out
}

// isBlank tells whether a line may be broken at a character that is not
// printed.
func isBlank(r rune) bool {
	return unicode.IsSpace(r) && r != '\u00a0' && r != '\u202f' && r != '\u0085'
}

func (w *writer) appendWord(out []fragment, word []rune, st style, space bool) []fragment {
	word = shape(word)
	for start := 0; start < len(word); {
		f, _ := faceFor(word[start], st.face())
		end := start
		var text []rune
		for end < len(word) {
			next, r := faceFor(word[end], st.face())
			if next != f {
				break
			}
			text = append(text, r)
			end++
		}
		s := string(text)
		out = append(out, fragment{text: s, style: st, face: f, width: w.measureIn(s, f, st.size), space: space && start == 0})
		start = end
	}
	return out
}

// measure is the width of a text in mm.
func (w *writer) measure(s string, st style) float64 { return w.measureIn(s, st.face(), st.size) }

func (w *writer) measureIn(s string, f face, size float64) float64 {
	w.use(f, size, w.color)
	return w.f.GetStringWidth(s)
}
