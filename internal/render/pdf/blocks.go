package pdf

import (
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// frame is where blocks stand: a column of the page, and the style in it.
type frame struct {
	left, width float64
	base        style
	bars        int // quotations around it, each with a bar
	tight       bool
}

// narrowest is the least width of a column; what would be deeper stays there.
const narrowest = 60.0

func (f frame) in(by float64) frame {
	by = min(by, max(0, f.width-narrowest))
	f.left, f.width = f.left+by, f.width-by
	return f
}

func (f frame) gap() float64 {
	if f.tight {
		return 0.6
	}
	return gap
}

// blocks prints what is in an element: text between blocks is a paragraph.
func (w *writer) blocks(parent *html.Node, at frame) {
	var pieces []piece
	flush := func() {
		if w.paragraph(pieces, at) {
			w.space(at.gap())
		}
		pieces = nil
	}
	for n := range parent.ChildNodes() {
		if !isBlock(n) && !holdsBlock(n) {
			pieces = collect(pieces, n, at.base)
			continue
		}
		flush()
		w.block(n, at)
	}
	flush()
}

// holdsBlock tells whether an inline element has a block in it, such as a link
// around a paragraph.
func holdsBlock(n *html.Node) bool {
	for c := range n.Descendants() {
		if isBlock(c) {
			return true
		}
	}
	return false
}

func (w *writer) block(n *html.Node, at frame) {
	w.reach(attribute(n, "id"))
	switch n.DataAtom {
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		w.heading(n, at)
	case atom.Ul, atom.Ol:
		w.list(n, at)
	case atom.Table:
		w.space(0.8)
		w.table(tableOf(n, at.base), at)
		w.space(gap + 0.8)
	case atom.Pre:
		w.code(n, at)
	case atom.Blockquote:
		inner := at.in(5)
		inner.bars++
		inner.base.color = grey
		w.blocks(n, inner)
	case atom.Hr:
		w.need(6)
		w.rule(at.left, w.y+1.5, at.width, color{0xd0, 0xd5, 0xdd})
		w.y += 4.5
	case atom.Dd:
		w.blocks(n, at.in(6))
	default:
		at.base = at.base.of(n)
		w.blocks(n, at)
	}
}

// paragraph prints text and tells whether there was any.
func (w *writer) paragraph(pieces []piece, at frame) bool {
	lines := w.breakLines(pieces, at.width)
	for i, l := range lines {
		height := l.height(at.base)
		if i == 0 && len(lines) > 1 {
			w.need(2 * height) // no single line at the foot of a page
		}
		w.need(height)
		w.bars(at, height)
		w.drawAligned(l, at, w.y+height*0.74)
		w.y += height
	}
	return len(lines) > 0
}

func (w *writer) drawAligned(l line, at frame, y float64) {
	x := at.left
	if len(l) > 0 && l[0].right {
		x += max(0, at.width-w.lineWidth(l))
	}
	w.draw(l, x, y)
}

// bars prints the bar of each quotation around a line.
func (w *writer) bars(at frame, height float64) {
	for i := range min(at.bars, 6) {
		w.f.SetFillColor(0xd0, 0xd5, 0xdd)
		w.f.Rect(at.left-4-float64(i)*5, w.y, 0.8, height+0.1, "F")
	}
}

// headingSizes are the sizes of h1 to h6 in points.
var headingSizes = [6]float64{17, 15, 12.5, 11, 10, 10}

func (w *writer) heading(n *html.Node, at frame) {
	level := int(n.Data[1] - '1')
	st := at.base
	st.bold, st.size, st.color = true, headingSizes[level], black
	at.base = st
	w.space(st.size * 0.22)
	w.need(st.lineHeight() + 3*body.lineHeight() + followed(n))
	if text := strings.TrimSpace(textOf(n)); text != "" {
		w.use(bold, st.size, st.color)
		w.outline = min(max(level-1, 0), w.outline+1)
		w.f.Bookmark(printable(text), w.outline, w.y)
	}
	if w.paragraph(collect(nil, n, st), at) {
		if level <= 1 {
			w.rule(at.left, w.y+0.4, at.width, color{0xd0, 0xd5, 0xdd})
			w.y += 1.2
		}
		w.y += 1.2
	}
}

// followed is the height of the headings right below a heading, which must not
// be parted from the text below them.
func followed(n *html.Node) float64 {
	height := 0.0
	for next := n.NextSibling; next != nil; next = next.NextSibling {
		switch next.DataAtom {
		case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
			height += 12
		default:
			if next.Type != html.TextNode || strings.TrimSpace(next.Data) != "" {
				return height
			}
		}
	}
	return height
}

func textOf(root *html.Node) string {
	var text strings.Builder
	for n := range root.Descendants() {
		if n.Type == html.TextNode {
			text.WriteString(n.Data)
		}
	}
	return text.String()
}

func (w *writer) list(n *html.Node, at frame) {
	number := 1
	if start, err := strconv.Atoi(attribute(n, "start")); err == nil {
		number = start
	}
	inner := at.in(6.5)
	inner.tight = true
	for item := range n.ChildNodes() {
		if item.DataAtom != atom.Li {
			continue
		}
		mark := "•"
		if n.DataAtom == atom.Ol {
			mark = strconv.Itoa(number) + "."
			number++
		}
		w.need(at.base.lineHeight())
		w.mark(mark, inner)
		before, page := w.y, w.f.PageNo()
		w.reach(attribute(item, "id"))
		w.blocks(item, inner)
		if w.y == before && w.f.PageNo() == page {
			w.y += at.base.lineHeight() // an item without a text
		}
	}
	if !at.tight {
		w.space(gap - 0.6)
	}
}

// mark prints the mark of a list item left of its text.
func (w *writer) mark(mark string, at frame) {
	l := w.fit([]piece{{text: mark, style: at.base}}, at.width)
	w.draw(l, at.left-1.8-w.lineWidth(l), w.y+at.base.lineHeight()*0.74)
}

// codePad is the ground around code in mm.
const codePad = 2.2

// code prints text as it stands, on a ground of its own.
func (w *writer) code(n *html.Node, at frame) {
	st := at.base
	st.mono, st.size = true, 8.5
	height := st.lineHeight() * 0.95
	text := strings.TrimRight(strings.ReplaceAll(textOf(n), "\t", "    "), "\n")
	w.need(2*height + codePad)
	w.margin(at)
	for source := range strings.SplitSeq(text, "\n") {
		lines := w.breakLines([]piece{{text: strings.ReplaceAll(source, " ", "\u00a0"), style: st}}, at.width-2*codePad)
		if len(lines) == 0 {
			lines = []line{nil}
		}
		for _, l := range lines {
			if w.room() < height+codePad && w.y > marginTop {
				w.margin(at)
				w.newPage()
				w.margin(at)
			}
			w.ground(at, height)
			for i := range l { // readers copy code out of the file
				l[i].text = strings.ReplaceAll(l[i].text, "\u00a0", " ")
			}
			w.draw(l, at.left+codePad, w.y+height*0.74)
			w.y += height
		}
	}
	w.margin(at)
	w.space(gap)
}

// margin prints the ground above or below code and goes past it.
func (w *writer) margin(at frame) {
	w.ground(at, codePad)
	w.y += codePad
}

// ground prints a strip of the ground of code.
func (w *writer) ground(at frame, height float64) {
	w.f.SetFillColor(0xf3, 0xf4, 0xf6)
	w.f.Rect(at.left, w.y, at.width, height+0.05, "F")
}

// targetsOf lists the ids that a link may lead to; 0 is not used yet.
func targetsOf(root *html.Node) map[string]int {
	targets := map[string]int{}
	for n := range root.Descendants() {
		if id := attribute(n, "id"); id != "" && isBlock(n) {
			targets[id] = 0
		}
	}
	return targets
}

// target is the library's number of a place in the document.
func (w *writer) target(id string, number int) int {
	if number == 0 {
		number = w.f.AddLink()
		w.targets[id] = number
	}
	return number
}

// reach notes that an id is here.
func (w *writer) reach(id string) {
	if number, known := w.targets[id]; known {
		w.f.SetLink(w.target(id, number), max(w.y-2, 0), w.f.PageNo())
	}
}
