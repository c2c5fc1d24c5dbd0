package card

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNormalizeText(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, in, want string }{
		{"nothing", "", ""},
		{"blank lines", "\n \t\n", ""},
		{"line ends", "a\r\nb\rc", "a\nb\nc"},
		{"blank lines around", "\n\n  a\n\n b  \n\n", "  a\n\n b"},
		{"non-breaking space is text", "\u00a0\na", "\u00a0\na"},
		{"underlined", "a\n===\nb\n---\nc", "# a\n## b\nc"},
		{"underlined at the end", "a\n=", "# a"},
		{"underlined paragraph", "a\n  b *c*\n----\n", "## a b *c*"},
		{"underlined that looks like #", "#a\n===", "# #a"},
		{"underlined with # at its end", "a #\n===\n\nC#\n---", "# a \\#\n\n## C#"},
		{"indented underline", "a\n   ---   \nb", "## a\nb"},
		{"line, not underline", "a\n\n---\nb", "a\n\n---\nb"},
		{"table", "| a |\n| - |\n| b |", "| a |\n| - |\n| b |"},
		{"underline in code", "```\na\n===\n```", "```\na\n===\n```"},
		{"underline in a list", "- a\n  ===\n- b", "- a\n  ===\n- b"},
		{"link definition before an underline", "[a]: b\n===", "[a]: b\n==="},
		{"closed fence", "```go\na\n```", "```go\na\n```"},
		{"open fence", "```go\na", "```go\na\n```"},
		{"open long fence", "~~~~~ x\n~~~\na", "~~~~~ x\n~~~\na\n~~~~~"},
		{"open fence, then another kind", "```\n~~~\n", "```\n~~~\n```"},
		{"indented fence", "   ```\n   a", "   ```\n   a\n```"},
		{"open fence in a list ends with it", "- ```\n  a", "- ```\n  a"},
		{"open fence in a quote ends with it", "> ```\n> a", "> ```\n> a"},
		{"fence in code", "    ```\n", "    ```"},
		{"backticks in a text", "a ``` b", "a ``` b"},
		{"open comment", "<!-- a", "<!-- a\n-->"},
		{"comment of two lines", "a\n\n<!-- a\n\nb -->\nc", "a\n\n<!-- a\n\nb -->\nc"},
		{"open instruction", "<?a", "<?a\n?>"},
		{"open declaration", "<!A", "<!A\n>"},
		{"open CDATA", "<![CDATA[ a", "<![CDATA[ a\n]]>"},
		{"open pre", "<pre>\na\n\nb", "<pre>\na\n\nb\n</pre>"},
		{"open script", "<ScRiPt>\na", "<ScRiPt>\na\n</pre>"},
		{"open textarea", "<textarea", "<textarea\n</pre>"},
		{"open div ends with a blank line", "<div>\na", "<div>\na"},
		{"less than", "a < b", "a < b"},
		{"comment in a comment", "<!-- a --> <!-- b", "<!-- a --> <!-- b"},
		{"underlined and open", "a\n===\n```", "# a\n```\n```"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := NormalizeText(tt.in)
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			checkNormalText(t, got)
		})
	}
}

// checkNormalText holds a text to what NormalizeText promises of it.
func checkNormalText(t *testing.T, s string) {
	t.Helper()
	if again := NormalizeText(s); again != s {
		t.Errorf("normalised again %q becomes %q", clip(s), clip(again))
	}
	if structureCost(s) > maxStructure {
		return
	}
	headings := Headings([]byte(s + "\n\n# X\n"))
	if len(headings) == 0 || headings[len(headings)-1].Title != "X" {
		t.Errorf("%q swallows a heading after it", clip(s))
	}
}

func TestNormalizeTextOfTooMuchStructure(t *testing.T) {
	t.Parallel()
	deep := "<!--\n" + strings.Repeat("- ", 100) + "a\n````\n"
	got := NormalizeText(deep)
	if want := "`````\n<!--\n" + strings.Repeat("- ", 100) + "a\n````\n`````"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if again := NormalizeText(got); again != got {
		t.Errorf("normalised again it becomes %q", again)
	}
	if got := Headings([]byte(deep + "\n# X\n")); got != nil {
		t.Errorf("got %v", got)
	}
}

func TestHeadings(t *testing.T) {
	t.Parallel()
	tests := []struct {
		src  string
		want []Block
	}{
		{"", nil},
		{"text", nil},
		{"# a", []Block{{1, "a", 0, 3}}},
		{"# a #\ntext\n### b *c* ###\n", []Block{{1, "a", 0, 6}, {3, "b *c*", 11, 25}}},
		{"a\n===\n\nb\nc\n---\nd", []Block{{1, "a", 0, 6}, {2, "b c", 7, 15}}},
		{"#a\n---\n", []Block{{2, "#a", 0, 7}}},
		{"#\n##  \n# x\n#\n", []Block{{1, "", 0, 2}, {2, "", 2, 7}, {1, "x", 7, 11}, {1, "", 11, 13}}},
		{"- # in a list\n  #\n\n#\n", []Block{{1, "", 19, 21}}},
		{"> # in a quote\n\n```\n# in code\n```\n\n    # in code\n\n   # é\n", []Block{{1, "é", 50, 58}}},
		{"<!--\n# in a comment\n-->\n#\ta", []Block{{1, "a", 24, 27}}},
		{"####### seven", nil},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, Headings([]byte(tt.src))); diff != "" {
			t.Errorf("%q (-want +got):\n%s", tt.src, diff)
		}
	}
}
