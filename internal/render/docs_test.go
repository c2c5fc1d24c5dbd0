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
	var columns [][]fate
	fields := cardFields()
	head := []string{"field of the card"}
	for _, f := range Formats() {
		if f.Stored || f.Report || f.Name == "pdf" { // the PDF is of the page's own text
			continue
		}
		column := fatesOf(t, f, fields)
		if !slices.ContainsFunc(column, func(fate fate) bool { return fate.kept != carried }) {
			whole = append(whole, "`"+f.Name+"`")
			continue
		}
		head, columns = append(head, "`"+f.Name+"`"), append(columns, column)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Every field is carried by %s. `pdf` has what `html` has.\n\n", strings.Join(whole, " and "))
	fmt.Fprintf(&b, "| %s |\n|%s\n", strings.Join(head, " | "), strings.Repeat("---|", len(head)))
	for i, f := range fields {
		fmt.Fprintf(&b, "| `%s`", f.pattern)
		for _, column := range columns {
			b.WriteString(" | " + column[i].String())
		}
		b.WriteString(" |\n")
	}
	return b.String()
}

// fate is what becomes of a field in a format, and where a document in JSON
// has it.
type fate struct{ kept, place string }

func (f fate) String() string {
	switch {
	case f.place == "" || f.kept == lost:
		return f.kept
	case f.kept == carried:
		return "`" + f.place + "`"
	}
	return f.kept + ": `" + f.place + "`"
}

func fatesOf(t *testing.T, format Format, fields []cardField) []fate {
	fates := make([]fate, len(fields))
	for i, field := range fields {
		for j, value := range field.samples() {
			next := fateOf(t, format, field, value)
			if j > 0 && fates[i].kept != next.kept {
				next = fate{partly, firstOf(fates[i].place, next.place)}
			}
			fates[i] = next
		}
	}
	return fates
}

// fateOf tells what becomes of one value of a field. A format that is read
// decides by what comes back, one that is not by its losses; a field that is
// lost without a word is an error of the format.
func fateOf(t *testing.T, format Format, field cardField, value any) fate {
	t.Helper()
	c := cardWith(t, field, value)
	out, losses, err := format.Render(c)
	if err != nil {
		t.Fatal(err)
	}
	told := slices.ContainsFunc(losses, func(l Loss) bool { return touches(l.Pointer, field.pointer()) })
	without := mustRender(t, format.Name, cardWithout(t, field))
	text := plainText(value)
	shown := bytes.Contains(out, []byte(text)) && !bytes.Contains(without, []byte(text))
	back, readable := readBack(format, out)
	missing := told
	if readable {
		missing = slices.ContainsFunc(card.Diff(c, back), func(change card.Change) bool { return touches(change.Pointer, field.pointer()) })
	}
	place := placeOf(out, without, text)
	switch {
	case missing && !told:
		t.Errorf("%s loses %s without a word", format.Name, field.pattern)
	case !missing && !readable && strings.HasPrefix(text, "zq") && !shown:
		t.Errorf("%s is said to carry %s, and does not show it", format.Name, field.pattern)
	case !missing:
		return fate{carried, place}
	case shown:
		return fate{partly, place}
	}
	return fate{kept: lost}
}

// plainText is what a document has of a value.
func plainText(value any) string {
	if list, ok := value.([]any); ok {
		return card.Text(list[0])
	}
	return card.Text(value)
}

// placeOf is where a JSON document has a text that another has not, as keys
// with dots between them; "" in other documents.
func placeOf(out, without []byte, text string) string {
	document, err := card.ReadForeignJSON(out)
	if err != nil {
		return ""
	}
	known := map[string]string{}
	if other, err := card.ReadForeignJSON(without); err == nil {
		eachLeaf("", other.Value, func(place, leaf string) { known[place] += leaf })
	}
	found := ""
	eachLeaf("", document.Value, func(place, leaf string) {
		if found == "" && strings.Contains(leaf, text) && !strings.Contains(known[place], text) {
			found = strings.TrimPrefix(place, ".")
		}
	})
	return found
}

func eachLeaf(place string, v any, visit func(place, leaf string)) {
	switch v := v.(type) {
	case *card.Map:
		for _, e := range v.Entries {
			eachLeaf(place+"."+e.Key, e.Value, visit)
		}
	case []any:
		for _, item := range v {
			eachLeaf(place+"[]", item, visit)
		}
	default:
		visit(place, card.Text(v))
	}
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
