package card

import "strings"

// What parsing Markdown costs does not follow from its size: a list that is
// many levels deep is walked down for every line, and each block is an object.
// So texts have a budget of structure; a unit is about 100 bytes and 50 ns of
// the parser. Ordinary texts of a megabyte stay below it.
const (
	maxStructure = 1 << 18 // of one text
	// maxDocumentStructure is for all texts of a card document together.
	maxDocumentStructure = 1 << 17
	// maxMarkers bounds the list and quote markers at the start of one line,
	// which the parser looks for to the end of the line again and again.
	maxMarkers = 64
	// parserCost is what a parser costs with nothing to parse.
	parserCost = 32
)

// structureCost estimates, from above, what it costs to parse a text.
func structureCost(s string) int {
	if len(s) < 256 && strings.IndexByte(s, '\n') < 0 && !opensBlock(s) {
		return 1
	}
	var c textCost
	for s != "" {
		line, rest, _ := strings.Cut(s, "\n")
		c.add(line)
		s = rest
	}
	c.endParagraph()
	// A level of a list is two objects, the list and its item.
	return parserCost + c.lines*(4+c.quotes+2*c.columns) + 3*c.markers + c.html/2 + c.inline
}

type textCost struct {
	lines   int
	quotes  int // the most on one line
	markers int
	columns int // in which list markers stand: one list is in another only so
	html    int // bytes of lines that are matched as HTML
	seen    [256]bool

	paragraph inlineCost
	inline    int // units of the paragraphs before
}

func (c *textCost) endParagraph() {
	c.inline += c.paragraph.units()
	c.paragraph = inlineCost{}
}

// add counts the markers at the start of a line.
func (c *textCost) add(line string) {
	c.lines++
	if strings.TrimSpace(line) == "" {
		c.endParagraph()
		return
	}
	c.paragraph.add(line)
	column, markers, quotes := 0, 0, 0
	for i := range len(line) {
		switch b := line[i]; {
		case b == '>':
			quotes++
		case b == '\t':
			column += 3 - column%4
		case isListMarker(line, i):
			markers++
			c.mark(column)
		case b != ' ' && !isDigit(b):
			if b == '<' {
				c.html += len(line)
			}
			c.count(markers, quotes)
			return
		}
		column++
	}
	c.count(markers, quotes)
}

func isListMarker(line string, at int) bool {
	return strings.IndexByte("-+*.)", line[at]) >= 0 && (at+1 == len(line) || line[at+1] == ' ' || line[at+1] == '\t')
}

func (c *textCost) count(markers, quotes int) {
	if markers+quotes > maxMarkers {
		markers = maxStructure
	}
	c.markers += markers + quotes
	c.quotes = max(c.quotes, quotes)
}

func (c *textCost) mark(column int) {
	if column < len(c.seen) && c.seen[column] {
		return
	}
	c.columns++
	if column < len(c.seen) {
		c.seen[column] = true
	}
}
