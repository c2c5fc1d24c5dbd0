// Package pdf lays an HTML text out on A4 pages: paragraphs, headings, lists,
// tables, code and quotations, with embedded fonts. It writes the same bytes for
// the same document. It reads no files and loads no pictures.
package pdf

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Document is what is written.
type Document struct {
	Title, Author, Subject string
	// Created is the date that the file says it was made on; the zero time is the
	// beginning of 1970.
	Created time.Time
	// Facts stand in a table below the title.
	Facts []Fact
	// Body is HTML that is safe to show: links lead where a reader may go.
	Body string
}

// Fact is one line of the table below the title.
type Fact struct {
	Label  string
	Values []string
}

// Write lays a document out.
func Write(d Document) ([]byte, error) {
	root := &html.Node{Type: html.ElementNode, Data: "div", DataAtom: atom.Div}
	nodes, err := html.ParseFragment(strings.NewReader(d.Body), root)
	if err != nil {
		return nil, fmt.Errorf("pdf: parse HTML: %w", err)
	}
	for _, n := range nodes {
		root.AppendChild(n)
	}
	w := newWriter(d)
	w.targets = targetsOf(root)
	w.title(d)
	w.blocks(root, frame{left: w.left, width: w.width, base: body})
	w.footers(d.Title)
	var out bytes.Buffer
	if err := w.f.Output(&out); err != nil {
		return nil, fmt.Errorf("pdf: write: %w", err)
	}
	return out.Bytes(), nil
}

// Measures of the page in mm.
const (
	pageWidth, pageHeight = 210.0, 297.0
	marginSide            = 20.0
	marginTop             = 18.0
	marginBottom          = 20.0
	gap                   = 2.2 // between paragraphs
	pointsToMM            = 25.4 / 72
	leading               = 1.42 // line height of a font size
)

// writer is a document in the making. y is where the next line begins.
type writer struct {
	f           *fpdf.Fpdf
	fonts       map[face]bool
	left, width float64
	y           float64
	outline     int // level of the last entry of the outline
	targets     map[string]int
	face        face
	size        float64
	color       color
}

func newWriter(d Document) *writer {
	f := fpdf.New("P", "mm", "A4", "")
	f.SetCatalogSort(true)
	f.SetAutoPageBreak(false, 0)
	f.SetMargins(marginSide, marginTop, marginSide)
	created := d.Created
	if created.IsZero() { // the library would take the time of day
		created = time.Unix(0, 0).UTC()
	}
	f.SetCreationDate(created)
	f.SetModificationDate(created)
	f.SetProducer("mcg", true)
	f.SetTitle(printable(d.Title), true)
	f.SetAuthor(printable(d.Author), true)
	f.SetSubject(printable(d.Subject), true)
	w := &writer{f: f, fonts: map[face]bool{}, left: marginSide, width: pageWidth - 2*marginSide, outline: -1}
	w.newPage()
	return w
}

func (w *writer) newPage() {
	w.f.AddPage()
	w.y = marginTop
	w.face, w.size, w.color = -1, 0, color{-1, 0, 0}
}

// room is how much is left of the page.
func (w *writer) room() float64 { return pageHeight - marginBottom - w.y }

// need begins a new page unless so much is left of this one.
func (w *writer) need(height float64) {
	if w.room() < height && w.y > marginTop {
		w.newPage()
	}
}

// space leaves a gap, but none at the top of a page.
func (w *writer) space(height float64) {
	if w.y > marginTop {
		w.y += height
	}
}

// title prints the title and the facts.
func (w *writer) title(d Document) {
	at := frame{left: w.left, width: w.width, base: body}
	heading := body
	heading.bold, heading.size, heading.color = true, 20, black
	w.paragraph([]piece{{text: d.Title, style: heading}}, at)
	w.space(1.5)
	if len(d.Facts) == 0 {
		return
	}
	t := table{}
	for _, fact := range d.Facts {
		label, value := body, body
		label.bold, label.size, label.color = true, tableSize, grey
		value.size = tableSize
		t.rows = append(t.rows, []cell{{pieces: []piece{{text: fact.Label, style: label}}}, {pieces: factPieces(fact.Values, value)}})
	}
	w.table(t, at)
	w.space(gap)
}

// factPieces are the values of a fact, with an address as a link.
func factPieces(values []string, st style) []piece {
	var pieces []piece
	for i, value := range values {
		if i > 0 {
			pieces = append(pieces, piece{text: ", ", style: st})
		}
		p := piece{text: value, style: st}
		if strings.HasPrefix(value, "https://") || strings.HasPrefix(value, "http://") {
			p.style.link, p.style.color = value, blue
		}
		pieces = append(pieces, p)
	}
	return pieces
}

// footers prints the title and "page / pages" on every page.
func (w *writer) footers(title string) {
	st := body
	st.size, st.color = 8, grey
	pages := w.f.PageCount()
	for page := 1; page <= pages; page++ {
		w.f.SetPage(page)
		w.face, w.size, w.color = -1, 0, color{-1, 0, 0}
		number := fmt.Sprintf("%d / %d", page, pages)
		width := w.measure(number, st)
		y := pageHeight - marginBottom + 7
		w.draw(line{{text: number, style: st, width: width}}, marginSide+w.width-width, y)
		w.draw(w.fit([]piece{{text: title, style: st}}, w.width-width-10), marginSide, y)
	}
}

// fit is as much of some text as one line holds.
func (w *writer) fit(pieces []piece, width float64) line {
	lines := w.breakLines(pieces, width)
	if len(lines) == 0 {
		return nil
	}
	return lines[0]
}
