package card

import "strings"

// inlineCost estimates what a paragraph costs whoever renders the text: for
// emphasis, brackets and links that are left open, goldmark looks back or
// ahead through the whole paragraph each time.
type inlineCost struct {
	bytes    int
	links    int // whose address does not end on their line
	brackets int
	delims   int // runs of * _ ~ that may be emphasis
}

func (c *inlineCost) add(line string) {
	c.bytes += len(line)
	if n := strings.Count(line, "["); n > 0 {
		c.brackets += n
		c.links += openLinks(line)
	}
	for i := 0; i < len(line); i++ {
		if b := line[i]; b != '*' && b != '_' && b != '~' || i > 0 && line[i-1] == b {
			continue
		}
		if line[i] != '_' || i == 0 || i+1 == len(line) || !isWord(line[i-1]) || !isWord(line[i+1]) {
			c.delims++
		}
	}
}

// openLinks counts the links on a line with a parenthesis or angle bracket
// that does not close.
func openLinks(line string) int {
	links := strings.Count(line, "](")
	if links == 0 {
		return 0
	}
	parentheses := strings.Count(line, "(") - strings.Count(line, ")")
	angles := strings.Count(line, "](<") - strings.Count(line, ">")
	return min(links, max(parentheses, 0)+max(angles, 0))
}

func isWord(b byte) bool { return isDigit(b) || b|0x20 >= 'a' && b|0x20 <= 'z' || b >= 0x80 }

// units is the cost of the paragraph in units of [structureCost], rounded down
// to what is no trouble.
func (c *inlineCost) units() int {
	return c.links*c.bytes/192 + c.brackets*c.brackets/192 + c.delims*c.delims/192
}
