//go:build e2e

// Package pdf_test reads the PDF of cards with a reader that is not ours, and
// looks where every character stands.
package pdf_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/render"
	"github.com/terragonlabs/modelcard-generator/test/peers/python"
)

// file is what the reader found.
type file struct {
	Pages []struct {
		Width, Height float64
		Characters    [][5]any
		Text          string
		Links         []string
	}
	Outline []string
}

// stress is a card with everything that could leave the page.
func stress() *card.Card {
	var rows, wide strings.Builder
	for i := range 30 {
		fmt.Fprintf(&wide, "| column_%d ", i)
	}
	header := wide.String() + "|\n" + strings.Repeat("| --- ", 30) + "|\n"
	for i := range 40 {
		fmt.Fprintf(&rows, "%s|\n", strings.ReplaceAll(wide.String(), "column", fmt.Sprint("a_value_that_is_long_", i)))
	}
	c := &card.Card{
		Model: card.Model{
			ID: "acme/stress", Name: strings.Repeat("A long title ", 12) + strings.Repeat("x", 120), Repository: "https://example.com/" + strings.Repeat("path/", 60),
			Summary: "Words " + strings.Repeat("Donaudampfschifffahrt", 30) + " end. [link](https://example.com/link)",
			Description: "مرحبا بالعالم هذا نص طويل (تجريبي) 2024 يمتد على أكثر من سطر واحد لنرى كيف تنكسر الأسطر في هذا النص الطويل جدا.\n\nשלום עולם " + strings.Repeat("א", 200) +
				"\n\n" + strings.Repeat("> ", 20) + "deep " + strings.Repeat("y", 100) + "\n\n```\n" + strings.Repeat("code ", 60) + "\n```\n\n" + header + rows.String(),
		},
		Evaluation: &card.Evaluation{},
	}
	nested := ""
	for i := range 15 {
		nested += strings.Repeat("  ", i) + "- item " + strings.Repeat("z", 60) + "\n"
	}
	c.IntendedUse = &card.IntendedUse{DirectUse: nested}
	var metrics []card.Metric
	for i := range 200 {
		metrics = append(metrics, card.Metric{Type: fmt.Sprintf("metric_%03d", i), Value: card.Int(int64(i)), Slice: strings.Repeat("slice", i%9), Unit: "ms"})
	}
	c.Evaluation.Results = []card.Result{{Task: card.Task{Type: "t"}, Dataset: card.ResultDataset{Type: "d", Name: "D"}, Metrics: metrics}}
	return c
}

func TestPDF(t *testing.T) {
	got := read(t, stress())
	t.Run("nothing leaves the page", func(t *testing.T) { nothingLeavesThePage(t, got) })
	t.Run("every metric is there once", func(t *testing.T) { everyMetricIsThereOnce(t, got) })
	t.Run("links and outline", func(t *testing.T) { linksAndOutline(t, got) })
}

func nothingLeavesThePage(t *testing.T, got file) {
	t.Helper()
	const millimetre = 72 / 25.4
	left, right, bottom, top := 20*millimetre, 190*millimetre, 10*millimetre, (297-15)*millimetre
	count := 0
	for i, page := range got.Pages {
		for _, c := range page.Characters {
			count++
			if c[1].(float64) < left-1 || c[3].(float64) > right+1 || c[2].(float64) < bottom || c[4].(float64) > top {
				t.Errorf("page %d: %q stands at %.1f to %.1f, %.1f to %.1f", i+1, c[0], c[1], c[3], c[2], c[4])
			}
		}
	}
	t.Logf("%d characters on %d pages", count, len(got.Pages))
}

func everyMetricIsThereOnce(t *testing.T, got file) {
	t.Helper()
	all := ""
	for i, page := range got.Pages {
		all += page.Text
		if strings.Contains(page.Text, "metric_") && (strings.Count(page.Text, "Slice") != 1 || strings.Count(page.Text, "Unit") != 1) {
			t.Errorf("page %d has metrics and no header, or two: %.300s", i+1, page.Text)
		}
		if !strings.Contains(page.Text, fmt.Sprintf("%d / %d", i+1, len(got.Pages))) {
			t.Errorf("page %d has no number", i+1)
		}
	}
	for i := range 200 {
		if n := strings.Count(all, fmt.Sprintf("metric_%03d", i)); n != 1 {
			t.Errorf("metric %d is there %d times", i, n)
		}
	}
}

func linksAndOutline(t *testing.T, got file) {
	t.Helper()
	var links []string
	for _, page := range got.Pages {
		links = append(links, page.Links...)
	}
	if !slices.Contains(links, "https://example.com/link") || !slices.Contains(links, "https://example.com/"+strings.Repeat("path/", 60)) {
		t.Errorf("the links are %v", links)
	}
	for _, want := range []string{"Model Details", "Uses", "Evaluation", "Results"} {
		if !slices.Contains(got.Outline, want) {
			t.Errorf("the outline lacks %q: %q", want, got.Outline)
		}
	}
}

func read(t *testing.T, c *card.Card) file {
	t.Helper()
	format, err := render.Lookup("pdf")
	if err != nil {
		t.Fatal(err)
	}
	body, _, err := format.Render(c)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "card.pdf")
	if err := os.WriteFile(path, body, 0o600); err != nil {
		t.Fatal(err)
	}
	var got file
	if err := json.Unmarshal(python.Run(t, nil, path), &got); err != nil {
		t.Fatalf("peer: %v", err)
	}
	return got
}
