package render

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/render/pdf/pdftest"
)

// TestPDFGolden compares what is printed where. The bytes of the file depend on
// the compression of the Go release as well.
func TestPDFGolden(t *testing.T) {
	source, err := os.ReadFile("../../examples/sentiment.yaml")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := card.ReadYAML(source)
	if err != nil {
		t.Fatal(err)
	}
	file, _, err := writePDF(doc.Card)
	if err != nil {
		t.Fatal(err)
	}
	pages, err := pdftest.Pages(file)
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	for i, page := range pages {
		fmt.Fprintf(&got, "page %d\n", i+1)
		for _, text := range page {
			fmt.Fprintf(&got, "%.0f %.0f %s\n", text.X, text.Y, text.Text)
		}
	}
	golden := filepath.Join("testdata", "golden", "sentiment-pdf.txt")
	if *updateHTML {
		if err := os.WriteFile(golden, got.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("the pages differ from %s (-want +got):\n%s", golden, diff)
	}
}

func TestPDFLosses(t *testing.T) {
	c := &card.Card{
		Model: card.Model{Name: "日本", Summary: "😀 plain 😀", Tags: []string{"ok", "日"}, Description: "![a](https://example.com/a.png)"},
	}
	_, losses, err := writePDF(c)
	if err != nil {
		t.Fatal(err)
	}
	want := []Loss{
		{"/model/name", "the PDF's fonts have no glyph for 日 (U+65E5), 本 (U+672C)"},
		{"/model/summary", "the PDF's fonts have no glyph for 😀 (U+1F600)"},
		{"/model/tags/1", "the PDF's fonts have no glyph for 日 (U+65E5)"},
		{"", "pictures are shown as their alternative text, with a link to them"},
	}
	if diff := cmp.Diff(want, losses); diff != "" {
		t.Error(diff)
	}
}

func TestReleaseDate(t *testing.T) {
	for date, want := range map[string]string{
		"2026-01-02": "2026-01-02T00:00:00Z", "2026-01-02T03:04:05+02:00": "2026-01-02T01:04:05Z", "2026-05": "2026-05-01T00:00:00Z",
		"spring": "1970-01-01T00:00:00Z", "": "1970-01-01T00:00:00Z", "0001-01-01": "1970-01-01T00:00:00Z",
	} {
		c := &card.Card{Model: card.Model{Date: date}}
		if got := releaseDate(c).Format(time.RFC3339); got != want {
			t.Errorf("%q is %s, want %s", date, got, want)
		}
	}
}

// TestPDFOfALongCard keeps the time of the largest plain text in bounds.
func TestPDFOfALongCard(t *testing.T) {
	c := &card.Card{Model: card.Model{Name: "N", Description: strings.Repeat("A sentence of plain words. ", 38_000)}}
	start := time.Now()
	file, _, err := writePDF(c)
	if err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took > 30*time.Second {
		t.Errorf("%d bytes took %s", len(c.Model.Description), took)
	}
	if pages, err := pdftest.Pages(file); err != nil || len(pages) < 100 {
		t.Errorf("%d pages, %v", len(pages), err)
	}
}
