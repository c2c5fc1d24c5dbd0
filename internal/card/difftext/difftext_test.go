package difftext

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

var update = flag.Bool("update", false, "write the golden files")

func read(t *testing.T, src string) *card.Card {
	t.Helper()
	doc, err := card.ReadYAML([]byte(src))
	if err != nil {
		t.Fatal(err)
	}
	return doc.Card
}

func comparison(t *testing.T) Comparison {
	t.Helper()
	from := read(t, `model:
  id: acme/m
  license: mit
  description: |
    one
    two
    three
    four
    five
    six
    seven
  tags: [a, b]
evaluation: {results: [{metrics: [{type: accuracy, value: 0.9}]}]}
metadata: {x/y: 1}
`)
	to := read(t, `model:
  id: acme/m
  license: apache-2.0
  description: |
    one
    two
    three
    four
    five
    SIX <script>alert(1)</script>
    seven
  tags: [a]
evaluation: {results: [{metrics: [{type: accuracy, value: 0.95}, {type: f1, value: 0.8, confidence_interval: {lower_bound: 0.7, upper_bound: 0.9}}]}]}
metadata: {x/y: "1"}
`)
	return Comparison{"acme/m revision 1", "acme/m revision 2", card.Diff(from, to)}
}

func TestGolden(t *testing.T) {
	t.Parallel()
	for name, write := range map[string]func(*bytes.Buffer, Comparison) error{
		"diff.txt":  func(b *bytes.Buffer, c Comparison) error { return WriteText(b, c) },
		"diff.html": func(b *bytes.Buffer, c Comparison) error { return WriteHTML(b, c) },
	} {
		var b bytes.Buffer
		if err := write(&b, comparison(t)); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), b.String()); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

func TestNoChange(t *testing.T) {
	t.Parallel()
	var text, page bytes.Buffer
	if err := WriteText(&text, Comparison{From: "a", To: "b"}); err != nil || text.Len() > 0 {
		t.Errorf("%q, %v", text.String(), err)
	}
	if err := WriteHTML(&page, Comparison{From: "a", To: "b"}); err != nil || !strings.Contains(page.String(), "There is no difference.") {
		t.Errorf("%s, %v", page.String(), err)
	}
}

// TestHostile gives names, pointers and values that would break out of the
// page, or drive a terminal.
func TestHostile(t *testing.T) {
	t.Parallel()
	const attack = "\x1b[2J</div><script>alert(1)</script><img src=x onerror=alert(1)>\u202e\nsecond"
	c := Comparison{attack, attack, []card.Change{
		{Pointer: "/metadata/" + attack, Kind: "changed", From: attack, To: attack + "!"},
		{Pointer: "/a", Kind: "added", To: &card.Map{Entries: []card.Entry{{Key: attack, Value: attack}}}},
		{Pointer: "/b", Kind: "changed", From: nil, To: true},
		{Pointer: "/c", Kind: "changed", From: "x", To: "x\n"},
	}}
	var text, page bytes.Buffer
	if err := WriteText(&text, c); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(text.String(), "\x1b\u202e") || strings.Count(text.String(), "\n@@ ") != 4 {
		t.Errorf("%q", text.String())
	}
	if err := WriteHTML(&page, c); err != nil {
		t.Fatal(err)
	}
	tree, err := html.Parse(&page)
	if err != nil {
		t.Fatal(err)
	}
	for n := range tree.Descendants() {
		if n.Data == "script" || n.Data == "img" {
			t.Errorf("an element of the card's: %s", n.Data)
		}
	}
}

func FuzzWrite(f *testing.F) {
	f.Add("a\nb", "a\nc")
	f.Add("", "\n\n")
	f.Fuzz(func(t *testing.T, from, to string) {
		c := Comparison{from, to, []card.Change{{Pointer: from, Kind: "changed", From: from, To: to}}}
		var text, page bytes.Buffer
		if err := WriteText(&text, c); err != nil || text.Len() == 0 {
			t.Fatal(err)
		}
		if err := WriteHTML(&page, c); err != nil {
			t.Fatal(err)
		}
	})
}
