package regulation

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the tables of docs/regulation.md anew")

const (
	tablesStart = "<!-- tables: start; written by go test ./internal/card/regulation -run TestDocs -update -->\n"
	tablesEnd   = "<!-- tables: end -->\n"
)

func TestDocs(t *testing.T) {
	t.Parallel()
	const path = "../../../docs/regulation.md"
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, hasStart := strings.Cut(string(page), tablesStart)
	tables, after, hasEnd := strings.Cut(rest, tablesEnd)
	if !hasStart || !hasEnd {
		t.Fatal("docs/regulation.md has no place for the tables")
	}
	want := tablesMarkdown()
	if *update {
		if err := os.WriteFile(path, []byte(before+tablesStart+want+tablesEnd+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, tables); diff != "" {
		t.Errorf("docs/regulation.md is old; run go test ./internal/card/regulation -run TestDocs -update\n%s", diff)
	}
}

func tablesMarkdown() string {
	var b strings.Builder
	for _, act := range Acts() {
		fmt.Fprintf(&b, "\n### %s\n", act)
		for _, s := range Sets(act) {
			fmt.Fprintf(&b, "\n#### %s: %s\n\n", s.Ref, s.Title)
			for _, d := range s.Dates {
				fmt.Fprintf(&b, "- From %s: %s (%s)\n", d.On, d.What, d.Source)
			}
			b.WriteString("\n| key | point | what | parts, and the fields that answer them |\n| --- | --- | --- | --- |\n")
			for _, item := range s.Items {
				fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", item.ID, item.Ref, what(item), partsCell(item))
			}
		}
	}
	return b.String() + "\n"
}

func what(item Item) string {
	if item.Where == "" {
		return item.Title
	}
	return item.Title + ", " + item.Where
}

func partsCell(item Item) string {
	if len(item.Parts) == 0 {
		return "the key alone"
	}
	lines := make([]string, len(item.Parts))
	for i, p := range item.Parts {
		lines[i] = p.Name + ": the key alone"
		if len(p.Fields) > 0 {
			lines[i] = p.Name + ": `" + strings.Join(p.Fields, "`, `") + "`"
		}
		if p.Optional {
			lines[i] += " (optional)"
		}
	}
	return strings.Join(lines, "<br>")
}
