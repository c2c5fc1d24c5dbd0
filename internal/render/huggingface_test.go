package render

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

const examplePath = "../../examples/sentiment.yaml"

func example(t testing.TB) *card.Card {
	t.Helper()
	src, err := os.ReadFile(examplePath)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := card.ReadYAML(src)
	if err != nil {
		t.Fatal(err)
	}
	return doc.Card
}

func TestGoldens(t *testing.T) {
	for _, f := range Formats() {
		if f.Stored || f.Name == "html" || f.Name == "pdf" { // these have goldens of their own
			continue
		}
		t.Run(f.Name, func(t *testing.T) {
			got := mustRender(t, f.Name, example(t))
			golden := filepath.Join("testdata", "golden", "sentiment-"+f.Name+f.Extension)
			if *updateHTML {
				if err := os.WriteFile(golden, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("golden differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReadHuggingFace(t *testing.T) {
	tests := []struct {
		name, in string
		want     map[string]string // pointer -> value
	}{
		{"template heading", "# Model Card for acme-bert\n", map[string]string{"/model/name": "acme-bert"}},
		{"own heading is kept", "# Acme BERT 🤖\nfast", map[string]string{"/model/name": "Acme BERT 🤖", "/model/title": "Acme BERT 🤖", "/model/summary": "fast"}},
		{"gap is absent", "# A\n## Uses\n### Direct Use\n[More Information Needed]\n", map[string]string{"/intended_use": ""}},
		{"not applicable", "# A\n## Uses\n### Direct Use\nNot applicable: a demo\n", map[string]string{"/intended_use/direct_use/not_applicable": "a demo"}},
		{"boilerplate is no text", "# A\n## Uses\n### Direct Use\n<!-- This section is for the model use without fine-tuning or plugging into a larger ecosystem/app. -->\nx\n", map[string]string{"/intended_use/direct_use": "x"}},
		{"code is no heading", "# A\n## Uses\n```\n## Evaluation\n```\n", map[string]string{"/intended_use/overview": "```\n## Evaluation\n```"}},
		{"labelled line", "# A\n## Model Details\n### Model Description\n- **Developed by:** Ada\n", map[string]string{"/model/developers": "Ada"}},
		{"unknown section", "# A\n## Zebra\n### Stripes\nblack\n", map[string]string{"/sections/0/title": "Zebra", "/sections/0/text": "### Stripes\nblack"}},
		{"alias", "# A\n## Training data\nbooks\n", map[string]string{"/training/data": "books"}},
		{"no alias beside the template", "# A\n## Model Details\n## Training data\nbooks\n", map[string]string{"/sections/0/title": "Training data"}},
		{"norwegian", "---\nlanguage: no\n---\n# A\n", map[string]string{"/model/language": "no"}},
		{"front matter is not a card", "---\nfoo: {not_applicable: x}\n---\n# A\n", map[string]string{"/metadata/0/key": "foo", "/metadata/0/value/not_applicable": "x"}},
		{"misfit stays in metadata", "---\nlicense: [mit, gpl]\n---\n# A\n", map[string]string{"/metadata/0/key": "license"}},
		{"crlf", "---\r\nlicense: mit\r\n---\r\n# A\r\n## Zebra\r\nx\r\ny\r\n", map[string]string{"/model/license": "mit", "/sections/0/text": "x\ny"}},
		{"open fence is closed", "# A\n## Zebra\n```\ncode", map[string]string{"/sections/0/text": "```\ncode\n```"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			doc, _, err := ReadHuggingFace([]byte(tt.in), "")
			if err != nil {
				t.Fatal(err)
			}
			for pointer, want := range tt.want {
				if got := at(doc.Card.Tree(), pointer); got != want {
					t.Errorf("%s = %q, want %q", pointer, got, want)
				}
			}
			out := mustRender(t, "huggingface", doc.Card)
			again, _, err := ReadHuggingFace(out, "")
			if err != nil || again.Card.Digest() != doc.Card.Digest() {
				t.Errorf("read back it differs (%v):\n%s", err, out)
			}
		})
	}
}

// at is the text at a pointer of a tree, "" where there is nothing.
func at(v any, pointer string) string {
	for token := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		switch x := v.(type) {
		case *card.Map:
			v, _ = x.Get(token)
		case []any:
			i := int(token[0] - '0')
			if i >= len(x) {
				return ""
			}
			v = x[i]
		default:
			return ""
		}
	}
	if v == nil {
		return ""
	}
	return card.Text(v)
}

func TestReadHuggingFaceNeedsAName(t *testing.T) {
	_, _, err := ReadHuggingFace([]byte("just text"), "")
	if err == nil || !strings.Contains(err.Error(), "nothing in the document names the model") {
		t.Errorf("got %v", err)
	}
	if doc, _, err := ReadHuggingFace([]byte("just text"), "a/b"); err != nil || doc.Card.Model.ID != "a/b" {
		t.Errorf("named from outside: %v", err)
	}
}

func FuzzReadHuggingFace(f *testing.F) {
	f.Add([]byte("---\nlicense: mit\n---\n# A\n## Uses\ntext\n"))
	f.Add([]byte(indexed))
	f.Add([]byte("---\na: &x [{b: []}]\ntags: [*x, 1, true]\nc: {<<: {k: *x}}\nmodel_name: y\n---\n# A\n"))
	f.Add([]byte("# A\n## Evaluation\n### Results\n| Task | Dataset | Metric | Value |\n| --- | --- | --- | --- |\n"))
	f.Add([]byte("# A\n## Citation\n**BibTeX:**\n```bibtex\n@misc{a}\n```\n"))
	f.Fuzz(func(t *testing.T, src []byte) {
		doc, _, err := ReadHuggingFace(src, "fuzz/card")
		if err != nil {
			return
		}
		stored, err := card.ReadJSON(doc.Card.Canonical())
		if err != nil {
			t.Fatalf("the canonical form is refused: %v", err)
		}
		out, losses := render(t, "huggingface", doc.Card)
		if !bytes.HasPrefix(out, []byte("---\n")) {
			t.Fatal("no front matter")
		}
		if back, _, err := ReadHuggingFace(out, ""); err == nil {
			compareLosses(t, doc.Card, back.Card, losses)
		}
		if again := mustRender(t, "huggingface", stored.Card); !bytes.Equal(out, again) {
			t.Fatalf("once stored,\n%s\nis written as\n%s", out, again)
		}
	})
}

func BenchmarkMarkdownBody(b *testing.B) {
	render, floor := bodies(b)
	for _, way := range []struct {
		name string
		run  func()
	}{{"render", render}, {"floor", floor}} {
		b.Run(way.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				way.run()
			}
		})
	}
}

// bodies are two ways to the Markdown body of the example: from the card, and
// the floor, the same bytes appended line by line.
func bodies(b *testing.B) (render, floor func()) {
	c := example(b)
	want := appendBody(nil, c)
	lines := bytes.SplitAfter(want, []byte("\n"))
	dst := make([]byte, 0, 2*len(want))
	render = func() { dst = appendBody(dst[:0], c) }
	floor = func() {
		dst = dst[:0]
		for _, line := range lines {
			dst = append(dst, line...)
		}
	}
	return render, floor
}

// BenchmarkMarkdownBodyRatio reports how much longer than the floor rendering
// takes, as the median of pairs measured in turns.
func BenchmarkMarkdownBodyRatio(b *testing.B) {
	render, floor := bodies(b)
	const pairs, batch = 9, 20_000
	var ratios []float64
	for b.Loop() {
		ratios = ratios[:0]
		for range pairs {
			base := timed(batch, floor)
			ratios = append(ratios, timed(batch, render)/base)
		}
	}
	slices.Sort(ratios)
	b.ReportMetric(ratios[pairs/2], "render/floor")
	b.Logf("render/floor %.2f", ratios)
}

func timed(n int, run func()) float64 {
	start := time.Now()
	for range n {
		run()
	}
	return time.Since(start).Seconds()
}
