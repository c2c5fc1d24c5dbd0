package pdf

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/terragonlabs/modelcard-generator/internal/render/pdf/pdftest"
)

func write(t testing.TB, d Document) []byte {
	t.Helper()
	out, err := Write(d)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// pages are the texts of a file by page, one a line.
func pages(t testing.TB, file []byte) []string {
	t.Helper()
	read, err := pdftest.Pages(file)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]string, len(read))
	for i, page := range read {
		lines := make([]string, len(page))
		for j, text := range page {
			lines[j] = text.Text
		}
		out[i] = strings.Join(lines, "\n")
	}
	return out
}

func TestTexts(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ html, want string }{
		"paragraphs":       {"<p>One <b>bold</b> and <em>oblique</em>.</p><p>Two.</p>", "One\nbold\nand\noblique\n.\nTwo."},
		"white space":      {"<p>  a \n b\t c  </p>", "a b c"},
		"line break":       {"a<br>b", "a\nb"},
		"list":             {"<ul><li>a<ul><li>b</li></ul></li></ul><ol start=3><li>c</li><li>d</li></ol>", "•\na\n•\nb\n3.\nc\n4.\nd"},
		"code":             {"<pre><code>if x:\n    y\n</code></pre>", "if x:\n    y"},
		"quotation":        {"<blockquote><p>q</p></blockquote>", "q"},
		"table":            {"<table><thead><tr><th>A</th><th>B</th></tr></thead><tbody><tr><td>1</td></tr></tbody></table>", "A\nB\n1"},
		"table in a table": {"<table><tr><td>1<table><tr><td>2</td></tr></table></td><td>3</td></tr></table>", "1\n2\n3"},
		"picture":          {`<img src="https://e.com/x.png" alt="A chart"><img src="x">`, "[A chart]\n[picture]"},
		"details":          {"<details><summary>S</summary>text</details>", "S\ntext"},
		"no glyph":         {"<p>a 你好 😀 b</p>", "a \uFFFD\uFFFD \uFFFD b"},
		"invisible":        {"<p>a\u200bb\u00adc\u202ed\ufe0f\x01</p>", "abcd"},
		"composed":         {"<p>e\u0301</p>", "é"},
		"right to left":    {"<p>\u05d0\u05d1 (\u05d2) 12</p>", "12 (\u05d2) \u05d1\u05d0"},
		"embedded":         {"<p>a \u05d0\u05d1 12 \u05d2 b</p>", "a \u05d2 12 \u05d1\u05d0 b"},
		"joined letters":   {"<p>\u0628\u0628\u0628 \u0627\u0628</p>", "\ufe8f\ufe8d \ufe90\ufe92\ufe91"},
		"parentheses":      {`<p>(a\b)</p>`, `(a\b)`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := pages(t, write(t, Document{Title: "T", Body: tt.html}))
			text := strings.TrimSuffix(strings.TrimPrefix(got[0], "T\n"), "\n1 / 1\nT")
			if diff := cmp.Diff(tt.want, text); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestHeadersAreRepeatedAndPagesNumbered(t *testing.T) {
	t.Parallel()
	var rows strings.Builder
	for i := range 200 {
		fmt.Fprintf(&rows, "<tr><td>metric %d</td><td>0.%03d</td></tr>", i, i)
	}
	got := pages(t, write(t, Document{Title: "Title", Body: "<table><thead><tr><th>Name</th><th>Value</th></tr></thead><tbody>" + rows.String() + "</tbody></table>"}))
	if len(got) < 4 {
		t.Fatalf("%d pages", len(got))
	}
	all := strings.Join(got, "\n")
	for i := range 200 {
		if n := strings.Count(all+"\n", fmt.Sprintf("metric %d\n0.%03d\n", i, i)); n != 1 {
			t.Errorf("row %d is there %d times", i, n)
		}
	}
	for i, page := range got {
		if strings.Count(page, "Name\nValue") != 1 || !strings.Contains(page, fmt.Sprintf("%d / %d\nTitle", i+1, len(got))) {
			t.Errorf("page %d: %.200s", i+1, page)
		}
	}
}

func TestARowTallerThanAPageGoesOn(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("word ", 6000)
	got := pages(t, write(t, Document{Body: "<table><tr><th>H</th><th>I</th></tr><tr><td>" + text + "</td><td>x</td></tr></table>"}))
	if n := strings.Count(strings.Join(got, " "), "word"); n != 6000 || len(got) < 4 {
		t.Errorf("%d words on %d pages", n, len(got))
	}
}

func TestProperties(t *testing.T) {
	t.Parallel()
	file := write(t, Document{Title: "Ünï", Author: "A", Subject: "S", Created: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC),
		Body: `<h2 id="one">One</h2><p><a href="https://e.com/ü?a=(1)">x</a> <a href="#two">y</a> <a href="#gone">z</a> <a href="relative">r</a></p><h3 id="two">Two</h3><h5>Three</h5>`})
	ctx, err := pdftest.Read(file)
	if err != nil {
		t.Fatal(err)
	}
	if ctx.Title != "Ünï" || ctx.Author != "A" || ctx.Subject != "S" || ctx.XRefTable.CreationDate != "D:20260102000000+00'00'" {
		t.Errorf("%q %q %q %q", ctx.Title, ctx.Author, ctx.Subject, ctx.XRefTable.CreationDate)
	}
	text := string(file)
	if strings.Count(text, "/URI (https://e.com/%C3%BC?a=\\(1\\))") != 1 || strings.Count(text, "/Subtype /Link") != 2 {
		t.Error("the links are not those of the text")
	}
	if strings.Count(text, "/Outlines") != 2 || strings.Count(text, "/Title ") != 4 {
		t.Errorf("the outline has %d entries", strings.Count(text, "/Title ")-1)
	}
}

func TestSameBytes(t *testing.T) {
	t.Parallel()
	d := Document{Title: "T", Facts: []Fact{{"A", []string{"b", "https://e.com"}}}, Body: "<h2 id=a>xéöÅ</h2><p>a <b>b</b> <i>c</i> <code>d</code> <a href='#a'>e</a> <a href='https://e.com'>f</a></p>"}
	one := write(t, d)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			other := d
			if i%2 == 1 {
				other.Body = "<p>ñçü <b>ÀÈ</b></p>" // the fonts' subsets are others
			}
			got, err := Write(other)
			if err != nil || i%2 == 0 && !bytes.Equal(one, got) {
				t.Errorf("the same document gives other bytes: %v", err)
			}
		})
	}
	wg.Wait()
	if !bytes.Equal(one, write(t, d)) {
		t.Error("the same document gives other bytes later")
	}
}

func TestMissing(t *testing.T) {
	t.Parallel()
	if got := string(Missing("ab 你好你 é\u200d\u0301 😀\n")); got != "你好😀" {
		t.Errorf("%q", got)
	}
}

// TestLinesFit: no line is wider than its column, whatever the text, unless the
// column is narrower than one character.
func TestLinesFit(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := newWriter(Document{})
		width := rapid.Float64Range(5, 170).Draw(t, "width")
		var pieces []piece
		for range rapid.IntRange(1, 5).Draw(t, "pieces") {
			st := body
			st.bold, st.mono = rapid.Bool().Draw(t, "bold"), rapid.Bool().Draw(t, "mono")
			st.size = rapid.Float64Range(5, 20).Draw(t, "size")
			pieces = append(pieces, piece{text: texts().Draw(t, "text"), style: st, brk: rapid.IntRange(0, 9).Draw(t, "break") == 0})
		}
		for _, l := range w.breakLines(pieces, width) {
			if got := w.lineWidth(l); got > width+0.01 && glyphs(l) > 1 {
				t.Fatalf("a line of %.2f in %.2f: %v", got, width, l)
			}
			printed := 0.0
			for i, f := range merged(visual(l)) {
				w.use(f.face, f.style.size, ink)
				printed += w.f.GetStringWidth(f.text)
				if f.space {
					printed += w.blank(merged(visual(l))[:i], f)
				}
			}
			if printed > width+0.8 && glyphs(l) > 1 {
				t.Fatalf("a line is printed %.2f wide in %.2f", printed, width)
			}
		}
	})
}

func glyphs(l line) int {
	n := 0
	for _, f := range l {
		n += len([]rune(f.text))
	}
	return n
}

// TestColumnsFit: a table is as wide as the page at most.
func TestColumnsFit(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := newWriter(Document{})
		columns := rapid.IntRange(1, maxColumns).Draw(t, "columns")
		row := make([]cell, columns)
		for i := range row {
			row[i].pieces = []piece{{text: texts().Draw(t, "text"), style: body}}
		}
		total := 0.0
		for _, x := range w.columnWidths(table{rows: [][]cell{row}}, 170) {
			if x <= 2*cellPad {
				t.Fatalf("a column of %.2f", x)
			}
			total += x
		}
		if total > 170.01 {
			t.Fatalf("the columns are %.2f wide", total)
		}
	})
}

func texts() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.StringN(0, 60, -1),
		rapid.StringMatching(`([a-z]{1,12} ){0,30}`),
		rapid.StringMatching(`[a-zA-Z0-9/._-]{50,300}`),
		rapid.StringOfN(rapid.RuneFrom([]rune(" אבגמرحبا012()ab[你😀é")), 0, 80, -1),
	)
}

// TestEveryDocumentIsValid writes HTML of every kind; another library must find
// it valid.
func TestEveryDocumentIsValid(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := Document{Title: texts().Draw(t, "title"), Body: markup(t, rapid.IntRange(0, 5).Draw(t, "depth"))}
		out, err := Write(d)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := pdftest.Read(out); err != nil {
			t.Fatalf("%v: %s", err, d.Body)
		}
	})
}

var elements = []string{"p", "div", "h1", "h2", "h3", "h6", "ul", "ol", "li", "table", "tr", "td", "th", "thead", "pre", "code", "blockquote", "b", "em", "del", "sup", "sub", "a", "span", "details", "summary", "dl", "dt", "dd", "hr", "br", "img"}

func markup(t *rapid.T, depth int) string {
	var out strings.Builder
	for range rapid.IntRange(0, 4).Draw(t, "children") {
		if depth == 0 || rapid.Bool().Draw(t, "text") {
			out.WriteString(strings.NewReplacer("<", "&lt;", "&", "&amp;").Replace(texts().Draw(t, "text")))
			continue
		}
		name := rapid.SampledFrom(elements).Draw(t, "element")
		attributes := rapid.SampledFrom([]string{"", ` id="x"`, ` href="#x"`, ` href="https://e.com/(x"`, ` class="gap"`, ` start="-5"`}).Draw(t, "attributes")
		fmt.Fprintf(&out, "<%s%s>%s</%s>", name, attributes, markup(t, depth-1), name)
	}
	return out.String()
}

// BenchmarkWrite writes a text of 1 MiB.
func BenchmarkWrite(b *testing.B) {
	d := Document{Title: "T", Body: strings.Repeat("<p>"+strings.Repeat("A sentence of plain words, with <b>some</b> bold. ", 20)+"</p>", 1<<20/1000)}
	b.SetBytes(int64(len(d.Body)))
	for b.Loop() {
		if _, err := Write(d); err != nil {
			b.Fatal(err)
		}
	}
}
