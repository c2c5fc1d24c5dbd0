package card

import (
	"io"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
)

// Ordinary texts are far below the limit, however long they are.
func TestStructureCostOfOrdinaryTexts(t *testing.T) {
	t.Parallel()
	const size = 150 << 10 // of 256 KiB for the whole document
	for name, part := range map[string]string{
		"prose":       strings.Repeat("Some *words* of a_b_c and [a link](https://example.com/a(b)) in a line.\n", 6) + "\n",
		"lists":       "- one\n  - two\n    - three [x](y)\n      more text of three, as lists go in cards\n\n",
		"leaderboard": "| [model](https://example.com/model) | [data](https://example.com/data) | 0.93 | **0.91** | a_b_c |\n",
		"code":        "    def some_function(argument_one, *args, **kwargs):  # returns a_b[0](x)\n        return \"a longer line of code\"\n\n",
		"quotes":      "> > quoted twice, in a line that is as long as lines are\n",
		"html table":  "<tr><td>a</td></tr>\nAnd some text of a hundred characters or more, so that not each line of the text is a line of HTML, which is rare\n",
	} {
		text := fill(size, part)
		if got := structureCost(text); got > maxDocumentStructure {
			t.Errorf("%s: %d KiB cost %d, the limit is %d", name, len(text)>>10, got, maxDocumentStructure)
		}
	}
}

// inlineBombs are texts for which goldmark takes a time that grows with the
// square of their size.
func inlineBombs(size int) map[string]string {
	return map[string]string{
		"links": fill(size, "[a](b"), "links in angle brackets": fill(size, "[a](<b)"), "links in parentheses": fill(size, "[a](b(c)"), "pictures": fill(size, "![a](b"),
		"brackets": fill(size/2, "[") + "a" + fill(size/2, "]"),
		"emphasis": fill(size, "*a _b"), "mixed emphasis": fill(size, "**a*b_"), "emphasis that never meets": fill(size/2, "*a ") + fill(size/2, "b_ "), "strikethrough": fill(size, "~a ~~b"),
	}
}

// What is read costs a renderer no more than reading may.
func TestCostOfRendering(t *testing.T) {
	if raceEnabled {
		t.Skip("costs are not those of the race detector")
	}
	renderer := goldmark.New(goldmark.WithExtensions(extension.GFM))
	for name := range inlineBombs(8) {
		size := MaxYAML
		for structureCost(inlineBombs(size)[name]) > maxDocumentStructure {
			size = size * 9 / 10
		}
		if size == MaxYAML {
			t.Errorf("%s are not bounded", name)
		}
		text := []byte(inlineBombs(size)[name])
		checkCost(t, name, func() { _ = renderer.Convert(text, io.Discard) })
	}
}
