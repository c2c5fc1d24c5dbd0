package render

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// What becomes of a field in a format.
const (
	carried = "yes"
	partly  = "in part"
	lost    = "–"
)

const docsPath = "../../docs/formats.md"

const (
	tableBegin = "<!-- fields: written by go test ./internal/render -run TestDocs -update -->\n"
	tableEnd   = "<!-- fields: end -->\n"
)

// TestDocs holds the table of fields in docs/formats.md to what the formats do:
// each field of the schema is rendered in each format, and read back where it
// can be.
func TestDocs(t *testing.T) {
	onDisk, err := os.ReadFile(docsPath)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(onDisk), tableBegin)
	_, after, ended := strings.Cut(rest, tableEnd)
	if !found || !ended {
		t.Fatalf("%s has no place for the table", docsPath)
	}
	want := before + tableBegin + "\n" + fieldTable(t) + "\n" + tableEnd + after
	if *updateHTML {
		if err := os.WriteFile(docsPath, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(onDisk), want); diff != "" {
		t.Errorf("docs/formats.md is old; run go test ./internal/render -run TestDocs -update\n%s", diff)
	}
}

// fieldTable has a row for each field and a column for each format that does
// not carry all of them.
func fieldTable(t *testing.T) string {
	var whole []string
	var columns [][]string
	fields := cardFields()
	head := []string{"field of the card"}
	for _, f := range Formats() {
		if f.Stored {
			continue
		}
		column := fatesOf(t, f, fields)
		if !slices.ContainsFunc(column, func(fate string) bool { return fate != carried }) {
			whole = append(whole, "`"+f.Name+"`")
			continue
		}
		head, columns = append(head, "`"+f.Name+"`"), append(columns, column)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Every field is carried by %s.\n\n", strings.Join(whole, " and "))
	fmt.Fprintf(&b, "| %s |\n|%s\n", strings.Join(head, " | "), strings.Repeat("---|", len(head)))
	for i, f := range fields {
		fmt.Fprintf(&b, "| `%s`", f.pattern)
		for _, column := range columns {
			b.WriteString(" | " + column[i])
		}
		b.WriteString(" |\n")
	}
	return b.String()
}

func fatesOf(t *testing.T, format Format, fields []cardField) []string {
	fates := make([]string, len(fields))
	for i, field := range fields {
		seen := map[string]bool{}
		for _, value := range field.samples() {
			seen[fateOf(t, format, field, value)] = true
		}
		switch {
		case len(seen) > 1:
			fates[i] = partly
		default:
			for fate := range seen {
				fates[i] = fate
			}
		}
	}
	return fates
}

// fateOf tells what becomes of one value of a field. A format that is read
// decides by what comes back, one that is not by its losses; a field that is
// lost without a word is an error of the format.
func fateOf(t *testing.T, format Format, field cardField, value any) string {
	t.Helper()
	c := cardWith(t, field, value)
	out, losses, err := format.Render(c)
	if err != nil {
		t.Fatal(err)
	}
	told := slices.ContainsFunc(losses, func(l Loss) bool { return touches(l.Pointer, field.pointer()) })
	without := mustRender(t, format.Name, cardWithout(t, field))
	shown := bytes.Contains(out, []byte(card.Text(value))) && !bytes.Contains(without, []byte(card.Text(value)))
	back, readable := readBack(format, out)
	missing := told
	if readable {
		missing = slices.ContainsFunc(card.Diff(c, back), func(change card.Change) bool { return touches(change.Pointer, field.pointer()) })
	}
	switch text, isText := value.(string); {
	case missing && !told:
		t.Errorf("%s loses %s without a word", format.Name, field.pattern)
	case !missing && !readable && isText && strings.HasPrefix(text, "zq") && !shown:
		t.Errorf("%s is said to carry %s, and does not show it", format.Name, field.pattern)
	case !missing:
		return carried
	case shown:
		return partly
	}
	return lost
}

// touches tells whether two pointers are the same, or one is above the other.
func touches(a, b string) bool {
	return a == b || strings.HasPrefix(a, b+"/") || strings.HasPrefix(b, a+"/")
}

// readBack reads a rendered document, where its format is one that is read.
func readBack(format Format, out []byte) (c *card.Card, readable bool) {
	mediaType := TypeJSON
	switch {
	case format.Name == "huggingface":
		mediaType = TypeMarkdown
	case format.Name == "yaml":
		mediaType = TypeYAML
	case format.Name != "mcg" && recognise(out) == nil:
		return nil, false
	}
	doc, _, err := Read(out, mediaType, "")
	if err != nil {
		return nil, false
	}
	return doc.Card, true
}
