package pdf

import (
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// table is a table: all its rows have the same number of cells.
type table struct {
	rows    [][]cell
	headers int // rows at the top that are repeated on every page
}

type cell struct {
	pieces []piece
	lines  []line
}

const (
	// maxColumns is how many columns are printed side by side; more are printed
	// as further tables with the first column again.
	maxColumns = 12
	// maxCells bounds the cells of a table.
	maxCells = 200_000

	cellPad     = 1.4
	cellPadTop  = 0.9
	tightColumn = 9 // columns from which the text is smaller
)

// tableOf reads a table.
func tableOf(n *html.Node, base style) table {
	base.size = tableSize
	var t table
	columns, cells := 0, 0
	for _, row := range rowsOf(nil, n) {
		if cells > maxCells {
			break
		}
		var out []cell
		header := true
		for c := range row.ChildNodes() {
			if c.DataAtom != atom.Td && c.DataAtom != atom.Th {
				continue
			}
			header = header && c.DataAtom == atom.Th
			out = append(out, cell{pieces: collect(nil, c, base)})
		}
		if header && len(out) > 0 && t.headers == len(t.rows) {
			t.headers++
		}
		columns, cells = max(columns, len(out)), cells+len(out)
		t.rows = append(t.rows, out)
	}
	for i := range t.rows {
		for len(t.rows[i]) < columns && cells <= maxCells {
			t.rows[i] = append(t.rows[i], cell{})
			cells++
		}
	}
	return t
}

// rowsOf lists the rows of a table, but not those of a table in one of them.
func rowsOf(rows []*html.Node, n *html.Node) []*html.Node {
	for c := range n.ChildNodes() {
		switch c.DataAtom {
		case atom.Tr:
			rows = append(rows, c)
		case atom.Thead, atom.Tbody, atom.Tfoot:
			rows = rowsOf(rows, c)
		}
	}
	return rows
}

// table prints a table in as many parts as its columns take.
func (w *writer) table(t table, at frame) {
	if len(t.rows) == 0 || len(t.rows[0]) == 0 {
		return
	}
	columns := len(t.rows[0])
	if columns <= maxColumns {
		w.tablePart(t, at)
		return
	}
	for from := 1; from < columns; from += maxColumns - 1 {
		part := table{headers: t.headers, rows: make([][]cell, len(t.rows))}
		for i, row := range t.rows {
			part.rows[i] = append(part.rows[i], first(row))
			part.rows[i] = append(part.rows[i], row[min(from, len(row)):min(from+maxColumns-1, len(row))]...)
		}
		w.tablePart(part, at)
		w.space(gap)
	}
}

func first(row []cell) cell {
	if len(row) == 0 {
		return cell{}
	}
	return row[0]
}

func (w *writer) tablePart(t table, at frame) {
	if len(t.rows[0]) >= tightColumn {
		shrink(t)
	}
	at.base.size = tableSize
	widths := w.columnWidths(t, at.width)
	for _, row := range t.rows {
		for j := range row {
			row[j].lines = w.breakLines(row[j].pieces, widths[j]-2*cellPad)
		}
	}
	p := tablePrinter{w: w, t: t, at: at, widths: widths}
	p.print()
}

// shrink makes the text of a table with many columns smaller.
func shrink(t table) {
	for _, row := range t.rows {
		for j := range row {
			for k := range row[j].pieces {
				row[j].pieces[k].style.size = min(row[j].pieces[k].style.size, 6.5)
			}
		}
	}
}

// columnWidths shares the width out: each column gets what its longest word
// takes, and of the rest as much as it has use for. Where even the words do not
// fit, they are cut.
func (w *writer) columnWidths(t table, width float64) []float64 {
	least, most := w.wishes(t)
	count := float64(len(least))
	fair := width / count
	total, wanted := 0.0, 0.0
	for i := range least {
		least[i] = min(least[i], max(fair, width*0.35))
		total += least[i]
		wanted += most[i]
	}
	widths := make([]float64, len(least))
	switch {
	case wanted <= width:
		return most
	case total >= width:
		for i := range widths {
			widths[i] = max(least[i]*width/total, min(fair, 8))
		}
		return scaled(widths, width)
	}
	for i := range widths {
		share := 0.0
		if wanted > total {
			share = max(0, most[i]-least[i]) / (wanted - total)
		}
		widths[i] = least[i] + share*(width-total)
	}
	return scaled(widths, width)
}

func scaled(widths []float64, width float64) []float64 {
	total := 0.0
	for _, x := range widths {
		total += x
	}
	if total > width {
		for i := range widths {
			widths[i] *= width / total
		}
	}
	return widths
}

// wishes are the widths of each column's longest word and longest text.
func (w *writer) wishes(t table) (least, most []float64) {
	least, most = make([]float64, len(t.rows[0])), make([]float64, len(t.rows[0]))
	for _, row := range t.rows {
		for j := range row {
			word, text := w.widest(row[j].pieces)
			least[j], most[j] = max(least[j], word+2*cellPad+0.2), max(most[j], text+2*cellPad+0.2)
		}
	}
	return least, most
}

func (w *writer) widest(pieces []piece) (word, text float64) {
	currentWord, currentText := 0.0, 0.0
	for _, f := range w.fragments(pieces) {
		if f.brk {
			currentWord, currentText = 0, 0
			continue
		}
		if f.space {
			currentWord = 0
			if currentText > 0 {
				currentText += max(w.measureIn(" ", f.face, f.style.size), w.measureIn(" ", regular, f.style.size))
			}
		}
		currentWord, currentText = currentWord+f.width, currentText+f.width
		word, text = max(word, currentWord), max(text, currentText)
	}
	return word, text
}

// tablePrinter prints the rows of a table, and its headers at the top of every
// page.
type tablePrinter struct {
	w      *writer
	t      table
	at     frame
	widths []float64
}

func (p *tablePrinter) print() {
	headers := p.height(p.t.rows[:p.t.headers])
	whole := pageHeight - marginBottom - marginTop
	if headers > whole/3 {
		p.t.headers, headers = 0, 0 // too tall to be repeated
	}
	for i, row := range p.t.rows {
		need := p.height(p.t.rows[i : i+1])
		if i < p.t.headers && i+1 < len(p.t.rows) {
			need += p.height(p.t.rows[i+1 : i+2]) // no header alone at the foot of a page
		}
		if need > p.w.room() && need <= whole-headers {
			p.nextPage(i)
		}
		p.row(i, row)
	}
}

// nextPage begins a page with the headers, unless the row is one itself.
func (p *tablePrinter) nextPage(row int) {
	if p.w.y == marginTop {
		return
	}
	p.w.newPage()
	if row < p.t.headers {
		return
	}
	for i, header := range p.t.rows[:p.t.headers] {
		p.stretch(header, 0, linesIn(header), i)
	}
}

// row prints a row; one that is taller than what is left is continued.
func (p *tablePrinter) row(i int, row []cell) {
	count := linesIn(row)
	for from := 0; ; {
		fits := int((p.w.room() - 2*cellPadTop) / p.lineHeight(row))
		to := min(count, from+max(fits, 1))
		p.stretch(row, from, to, i)
		if to >= count {
			return
		}
		from = to
		p.nextPage(i)
	}
}

// stretch prints some lines of a row.
func (p *tablePrinter) stretch(row []cell, from, to, i int) {
	w := p.w
	lineHeight := p.lineHeight(row)
	height := float64(to-from)*lineHeight + 2*cellPadTop
	x := p.at.left
	w.f.SetDrawColor(0xb6, 0xbd, 0xc8)
	w.f.SetLineWidth(0.2)
	for j := range row {
		fill := "D"
		if i < p.t.headers {
			w.f.SetFillColor(0xee, 0xf1, 0xf5)
			fill = "FD"
		}
		w.f.SetDrawColor(0xb6, 0xbd, 0xc8)
		w.f.SetLineWidth(0.2)
		w.f.Rect(x, w.y, p.widths[j], height, fill)
		inner := frame{left: x + cellPad, width: p.widths[j] - 2*cellPad, base: p.at.base}
		for k := from; k < min(to, len(row[j].lines)); k++ {
			w.drawAligned(row[j].lines[k], inner, w.y+cellPadTop+(float64(k-from)+0.74)*lineHeight)
		}
		x += p.widths[j]
	}
	w.y += height
}

func (p *tablePrinter) height(rows [][]cell) float64 {
	height := 0.0
	for _, row := range rows {
		height += float64(linesIn(row))*p.lineHeight(row) + 2*cellPadTop
	}
	return height
}

// lineHeight is the height of every line of a row.
func (p *tablePrinter) lineHeight(row []cell) float64 {
	height := 0.0
	for _, c := range row {
		for _, l := range c.lines {
			for _, f := range l {
				height = max(height, f.style.lineHeight())
			}
		}
	}
	if height == 0 {
		return p.at.base.lineHeight()
	}
	return height
}

func linesIn(row []cell) int {
	count := 1
	for _, c := range row {
		count = max(count, len(c.lines))
	}
	return count
}
