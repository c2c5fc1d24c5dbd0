package render

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// corpusVariable names the folder with other people's cards; CI sets it.
const corpusVariable = "MCG_TEST_CORPUS"

// corpusFiles lists the Markdown cards of the corpus.
func corpusFiles(t *testing.T) []string {
	t.Helper()
	dir := os.Getenv(corpusVariable)
	if dir == "" {
		if os.Getenv("CI") != "" {
			t.Fatal(corpusVariable + " is not set")
		}
		t.Skip(corpusVariable + " is not set: no corpus of other people's cards to read")
	}
	var files []string
	for _, folder := range []string{"hf-cards", "hf-fixtures", "docker"} {
		names, err := filepath.Glob(filepath.Join(dir, folder, "*.md"))
		if err != nil || len(names) == 0 {
			t.Fatalf("no cards in %s: %v", folder, err)
		}
		files = append(files, names...)
	}
	return files
}

// refusedInCorpus are the files that huggingface_hub does not load either:
// front matter that is a list, a result without its data set, and a template
// that nobody has rendered.
var refusedInCorpus = map[string]string{
	"sample_invalid_card_data.md":   "bad_front_matter",
	"sample_invalid_model_index.md": "model_index",
	"sample_template.md":            "bad_key",
}

func TestCorpusReadsBackToTheSameDigest(t *testing.T) {
	for _, file := range corpusFiles(t) {
		name := filepath.Base(file)
		t.Run(name, func(t *testing.T) {
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			doc, _, err := ReadHuggingFace(src, "corpus/"+stem(name))
			if code := refusedInCorpus[name]; code != "" {
				assertRefused(t, err, code)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			markdown := mustRender(t, "huggingface", doc.Card)
			again, _, err := ReadHuggingFace(markdown, "")
			if err != nil {
				t.Fatalf("the rendered card is refused: %v\n%s", err, markdown)
			}
			if again.Card.Digest() != doc.Card.Digest() {
				t.Errorf("read back it differs: %v", card.Diff(doc.Card, again.Card))
			}
			assertKept(t, src, markdown)
			if html := mustRender(t, "html", doc.Card); len(html) < len(doc.Card.Model.Name) {
				t.Error("the page is empty")
			}
		})
	}
}

func assertRefused(t *testing.T, err error, code string) {
	t.Helper()
	var refused *card.Error
	if !errors.As(err, &refused) || refused.Problems[0].Code != code || refused.Problems[0].Line == 0 {
		t.Errorf("got %v, want a refusal %s with its line", err, code)
	}
}

func mustRender(t *testing.T, format string, c *card.Card) []byte {
	t.Helper()
	f, err := Lookup(format)
	if err != nil {
		t.Fatal(err)
	}
	out, _, err := f.Render(c)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

var longWord = regexp.MustCompile(`[\pL\pN]{4,}`)

// renamedHeadings are words of headings that the template has other words for.
var renamedHeadings = []string{"Intended", "uses", "Usage", "results", "data", "description", "thumbnail", "card_data", "card", "limitations"}

// assertKept checks that no word of a document is lost on the way.
func assertKept(t *testing.T, src, out []byte) {
	t.Helper()
	have := map[string]bool{}
	for _, w := range longWord.FindAllString(string(out), -1) {
		have[w] = true
	}
	for _, w := range renamedHeadings {
		have[w] = true
	}
	for _, w := range longWord.FindAllString(string(src), -1) {
		if !have[w] {
			t.Errorf("the word %q is lost", w)
		}
	}
}

// stem is a file's name without its ending.
func stem(name string) string { return strings.TrimSuffix(name, filepath.Ext(name)) }
