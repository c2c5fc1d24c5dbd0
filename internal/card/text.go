package card

import (
	"bytes"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// NormalizeText brings a Markdown text to the form in which a card keeps it:
// LF line ends, no blank lines around it, headings in the # form, and nothing
// left open (a code fence, a comment, a raw HTML block) that would swallow what
// a renderer prints after it.
func NormalizeText(s string) string {
	s = trimBlankLines(normalizeLineEnds(s))
	underlined, opening := hasUnderline(s), opensBlock(s)
	if !underlined && !opening || isEscaped(s) { // most texts, and no parser is needed
		return s
	}
	if structureCost(s) > maxStructure {
		return escapeText(s)
	}
	if underlined {
		s = atxHeadings(s)
	}
	if opening {
		s = closeBlocks(s)
	}
	return s
}

// trimBlankLines removes blank lines around a text and white space at its end;
// the indentation of its first line counts in Markdown and stays.
func trimBlankLines(s string) string {
	s = strings.TrimRight(s, " \t\n")
	for {
		line, rest, more := strings.Cut(s, "\n")
		if !more || strings.Trim(line, " \t") != "" {
			return s
		}
		s = rest
	}
}

// opensBlock tells whether a text can leave a block open.
func opensBlock(s string) bool {
	return strings.Contains(s, "```") || strings.Contains(s, "~~~") || strings.Contains(s, "<")
}

// hasUnderline looks for a line of = or - alone under another line.
func hasUnderline(s string) bool {
	for {
		at := strings.IndexByte(s, '\n')
		if at < 0 {
			return false
		}
		s = s[at+1:]
		line, _, _ := strings.Cut(s, "\n")
		line = strings.Trim(line, " \t")
		if line != "" && (strings.Trim(line, "=") == "" || strings.Trim(line, "-") == "") {
			return true
		}
	}
}

// markdown parses blocks alone. What is inline is of no matter here, and with
// link reference definitions it can take goldmark a time that grows with the
// square of the text.
var markdown = parser.NewParser(parser.WithBlockParsers(parser.DefaultBlockParsers()...))

// Block is a heading of a Markdown text with the bytes it takes.
type Block struct {
	Level      int
	Title      string // inline Markdown
	Start, End int    // the heading's own lines, line end included
}

// Headings lists the headings that stand at the top level of a Markdown text
// (CommonMark 0.31, sections 4.2 and 4.3): not those in code, lists or quotes.
// A text with more structure than can be parsed in reasonable time has none.
func Headings(src []byte) []Block {
	if structureCost(string(src)) > maxStructure {
		return nil
	}
	return headingsOf(src, parseBlocks(src))
}

func headingsOf(src []byte, doc ast.Node) []Block {
	var blocks []Block
	for n := doc.FirstChild(); n != nil; n = n.NextSibling() {
		if h, ok := n.(*ast.Heading); ok {
			blocks = append(blocks, headingBlock(src, h))
		}
	}
	return blocks
}

func parseBlocks(src []byte) ast.Node { return markdown.Parse(text.NewReader(src)) }

func headingBlock(src []byte, h *ast.Heading) Block {
	b := Block{Level: h.Level, Start: lineStart(src, h.Pos())}
	b.End = lineEnd(src, b.Start)
	lines := h.Lines()
	parts := make([]string, lines.Len())
	for i := range parts {
		segment := lines.At(i)
		parts[i] = strings.TrimSpace(string(segment.Value(src)))
	}
	b.Title = strings.Join(parts, " ")
	if !isATX(src[b.Start:b.End]) {
		last := lines.At(lines.Len() - 1)
		b.End = lineEnd(src, lineEnd(src, last.Start)) // the underline
	}
	return b
}

// isATX tells whether a heading begins with its # signs.
func isATX(line []byte) bool {
	rest := bytes.TrimLeft(line, " ")
	signs := len(rest) - len(bytes.TrimLeft(rest, "#"))
	rest = rest[signs:]
	return signs >= 1 && signs <= 6 && (len(rest) == 0 || strings.IndexByte(" \t\r\n", rest[0]) >= 0)
}

func lineStart(src []byte, at int) int { return bytes.LastIndexByte(src[:at], '\n') + 1 }

func lineEnd(src []byte, at int) int {
	if i := bytes.IndexByte(src[min(at, len(src)):], '\n'); i >= 0 {
		return at + i + 1
	}
	return len(src)
}

// atxHeadings writes underlined headings in the # form.
func atxHeadings(s string) string {
	src := []byte(s)
	var b strings.Builder
	done := 0
	for _, h := range headingsOf(src, parseBlocks(src)) {
		if isATX(src[h.Start:h.End]) || isLinkDefinition(h.Title) {
			continue
		}
		b.Write(src[done:h.Start])
		b.WriteString(strings.Repeat("#", h.Level) + " " + escapeClosing(h.Title) + "\n")
		done = h.End
	}
	b.Write(src[done:])
	return trimBlankLines(b.String())
}

// isLinkDefinition tells whether what looks like a heading begins with link
// reference definitions (CommonMark 0.31, section 4.7), which are no part of
// one and have to stay where they are.
func isLinkDefinition(title string) bool {
	return strings.HasPrefix(title, "[") && strings.Contains(title, "]:")
}

// escapeClosing keeps # signs at the end of a heading from being read as the
// closing sequence of the # form, which is not shown.
func escapeClosing(title string) string {
	text := strings.TrimRight(title, "#")
	if len(text) < len(title) && (text == "" || strings.HasSuffix(text, " ") || strings.HasSuffix(text, "\t")) {
		return text + `\` + title[len(text):]
	}
	return title
}

const sentinel = "SENTINEL-OF-NORMALIZE-TEXT"

// closeBlocks appends what ends the block that the text leaves open.
func closeBlocks(s string) string {
	end, open := closer(s)
	if !open {
		return s
	}
	if closed := s + "\n" + end; end != "" {
		if _, open := closer(closed); !open {
			return closed
		}
	}
	return escapeText(s)
}

// closer tells whether a heading after the text would not be read as one, and
// the line that ends the block which swallows it. Only top-level blocks can:
// a blank line and a line without indentation end lists and quotes.
func closer(s string) (end string, open bool) {
	src := []byte(s + "\n\n# " + sentinel + "\n")
	last := parseBlocks(src).LastChild()
	switch block := last.(type) {
	case *ast.Heading:
		return "", headingBlock(src, block).Title != sentinel
	case *ast.FencedCodeBlock:
		return openingFence(src, block), true
	case *ast.HTMLBlock:
		return htmlEnds[block.HTMLBlockType], true
	}
	return "", true
}

// htmlEnds are the ends of HTML blocks that go past a blank line (CommonMark
// 0.31, section 4.6).
var htmlEnds = map[ast.HTMLBlockType]string{
	ast.HTMLBlockType1: "</pre>", // and any other of its tags
	ast.HTMLBlockType2: "-->",
	ast.HTMLBlockType3: "?>",
	ast.HTMLBlockType4: ">",
	ast.HTMLBlockType5: "]]>",
}

// openingFence is the fence that opened a code block.
func openingFence(src []byte, block *ast.FencedCodeBlock) string {
	start := lineStart(src, block.Pos())
	line := strings.TrimLeft(string(src[start:lineEnd(src, start)]), " ")
	if line == "" {
		return ""
	}
	return line[:len(line)-len(strings.TrimLeft(line, line[:1]))]
}

// escapeText is the last resort: the text as code, so that nothing of it is
// lost and nothing of it reaches beyond.
func escapeText(s string) string {
	fence := "````"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	return fence + "\n" + s + "\n" + fence
}

// isEscaped tells whether a text is what escapeText makes.
func isEscaped(s string) bool {
	fence := s[:len(s)-len(strings.TrimLeft(s, "`"))]
	inner, found := strings.CutPrefix(s, fence+"\n")
	if !found || len(fence) < 4 {
		return false
	}
	inner, found = strings.CutSuffix(inner, "\n"+fence)
	return found && !strings.Contains(inner, fence)
}
