package difftext

import (
	"bufio"
	"io"
	"strings"
)

// WriteText writes the changes in the manner of diff -u: one hunk a field,
// headed by its JSON pointer. Nothing is written where there is no change.
func WriteText(w io.Writer, c Comparison) error {
	if len(c.Changes) == 0 {
		return nil
	}
	b := bufio.NewWriter(w)
	_, _ = b.WriteString("--- " + oneLine(c.From) + "\n+++ " + oneLine(c.To) + "\n")
	for _, f := range Fields(c.Changes) {
		_, _ = b.WriteString("@@ " + f.Kind + " " + oneLine(f.Pointer) + " @@\n")
		for _, l := range f.Lines {
			if l.Mark == '@' {
				_, _ = b.WriteString("...\n")
				continue
			}
			_ = b.WriteByte(l.Mark)
			_, _ = b.WriteString(l.Text + "\n")
		}
	}
	return b.Flush()
}

func oneLine(s string) string { return strings.Join(strings.Fields(visible(s)), " ") }
