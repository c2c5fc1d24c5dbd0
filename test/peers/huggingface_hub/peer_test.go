//go:build e2e

package huggingface_hub_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/render"
	"github.com/terragonlabs/modelcard-generator/test/peers/python"
)

var update = flag.Bool("update", false, "write the library's answers to the corpus of internal/render")

const (
	seed      = 20260914
	generated = 2200 // of which more than 2,000 are read by both
)

// allowed are the only differences: a plain scalar that YAML 1.1 turns into
// something that is not what YAML 1.2 sees, and not what its writer sees
// either. We keep the text, warn of it, and write it in quotes.
var allowed = map[string]string{
	"bool":      "yes, no, on and off are booleans to YAML 1.1 alone: `language: no` is Norwegian",
	"int":       "012 is ten, 1:30 ninety, 1_000 a thousand and 0b11 three to YAML 1.1 alone; JSON has no integer of any size either",
	"float":     "1:30.5 and 1_0.5 are numbers to YAML 1.1 alone, and JSON has no infinity",
	"timestamp": "a date is text to YAML 1.2 and JSON",
	"value":     "= is the value key of YAML 1.1",
	"key":       "the keys of a card are texts, as in JSON",
}

// refusals are the codes with which we refuse what the library reads: what
// would be passed over in silence, or cannot be kept.
var refusals = []string{"duplicate_key", "bad_text", "bad_key", "bad_tag", "model_index", "over_limit"}

// answer is what the library makes of a card; see peer.py.
type answer struct {
	YAML        string  `json:"yaml"`
	Kept        string  `json:"kept"`
	KeptScalars [][]any `json:"kept_scalars"`
	Error       string  `json:"error"`
}

func TestSameFrontMatterOfGeneratedCards(t *testing.T) {
	g := newGenerator(seed)
	texts := make([]string, generated)
	for i := range texts {
		texts[i] = g.card()
	}
	got := compare(t, texts)
	if got.identical < 1000 || got.identical+got.allowed < 2000 {
		t.Errorf("of %d cards only %d could be compared, %d of them in all", generated, got.identical+got.allowed, got.identical)
	}
}

// TestSameFrontMatterOfTraps has one card a trap, so that a difference names it.
func TestSameFrontMatterOfTraps(t *testing.T) {
	var texts []string
	for _, trap := range plainTraps {
		texts = append(texts, "---\nk: "+trap+"\nlist:\n- "+trap+"\n---\n# A\n", "---\n"+trap+": x\n---\n# A\n", flowKey(trap))
	}
	for _, block := range blockTraps {
		texts = append(texts, "---\n"+block+"\n---\n# A\n")
	}
	compare(t, texts)
}

func TestSameFrontMatterOfTheCorpus(t *testing.T) {
	dir := os.Getenv("MCG_TEST_CORPUS")
	if dir == "" {
		t.Skip("MCG_TEST_CORPUS is not set: no corpus of other people's cards to read")
	}
	var texts []string
	for _, folder := range []string{"hf-cards", "hf-fixtures", "docker"} {
		names, err := filepath.Glob(filepath.Join(dir, folder, "*.md"))
		if err != nil || len(names) == 0 {
			t.Fatalf("no cards in %s: %v", folder, err)
		}
		for _, name := range names {
			src, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			texts = append(texts, string(src))
		}
	}
	compare(t, texts)
}

// answered is a card whose front matter we write exactly as the library does.
type answered struct {
	Text string `json:"text"`
	YAML string `json:"yaml"`
}

// TestCorpus keeps the committed answers, which need no Python to test with,
// equal to the library's.
func TestCorpus(t *testing.T) {
	g := newGenerator(seed)
	texts := make([]string, 0, len(blockTraps)+40)
	for _, block := range blockTraps {
		texts = append(texts, "---\n"+block+"\n---\n# A\n")
	}
	for range 40 {
		texts = append(texts, g.card())
	}
	var corpus bytes.Buffer
	encoder := json.NewEncoder(&corpus)
	for i, theirs := range python.Ask[answer](t, texts, 0) {
		if ours, _, err := frontMatter(texts[i]); err != nil || theirs.Error != "" || ours != theirs.YAML {
			continue // refused, or kept as text
		}
		if err := encoder.Encode(answered{texts[i], theirs.YAML}); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join("..", "..", "..", "internal", "render", "testdata", "huggingface_hub.jsonl")
	if *update {
		if err := os.WriteFile(path, corpus.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	committed, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(committed, corpus.Bytes()) {
		t.Errorf("%s isn't what the library writes; see -update", path)
	}
}

func TestSameEvalResults(t *testing.T) {
	g := newGenerator(seed)
	texts := make([]string, 300)
	for i := range texts {
		texts[i] = g.evalResults()
	}
	same := 0
	for i, theirs := range python.Ask[answer](t, texts, 0) {
		results, _, err := render.EvalResults([]byte(texts[i]))
		if err != nil || theirs.Error != "" {
			if err == nil || theirs.Error == "" {
				t.Errorf("%s\nours %v, theirs %q", texts[i], err, theirs.Error)
			}
			continue
		}
		files, losses := render.WriteEvalResults(&card.Card{Evaluation: &card.Evaluation{Results: results}})
		if len(files) != 1 || len(losses) > 0 || string(files[0].Content) != theirs.YAML {
			t.Errorf("%s\n%v (-theirs +ours):\n%s", texts[i], losses, cmp.Diff(theirs.YAML, string(files[0].Content)))
			continue
		}
		same++
	}
	t.Logf("%d files, %d byte-identical", len(texts), same)
	if same < len(texts)*9/10 {
		t.Errorf("only %d of %d files could be compared", same, len(texts))
	}
}

// flowKey is a card with a trap as a key of a flow mapping. PyYAML takes ? for
// the indicator of a key there even where no space follows, YAML does not.
func flowKey(trap string) string {
	if strings.HasPrefix(trap, "?") {
		return "---\n---\n"
	}
	return "---\nm: {" + trap + ": x}\n---\n# A\n"
}

// tally counts the cards by what came of them.
type tally struct{ identical, allowed, refusedByBoth, refusedByThem, refusedByUs int }

func compare(t *testing.T, texts []string) tally {
	t.Helper()
	var n tally
	failed := 0
	for i, theirs := range python.Ask[answer](t, texts, 0) {
		if !n.judge(t, texts[i], theirs) {
			if failed++; failed == 10 {
				t.Fatal("and maybe more")
			}
		}
	}
	t.Logf("%d cards: %d byte-identical, %d identical but for scalars kept as text, %d refused by both, %d by the library alone, %d by us alone",
		len(texts), n.identical, n.allowed, n.refusedByBoth, n.refusedByThem, n.refusedByUs)
	return n
}

// judge compares one card and counts it.
func (n *tally) judge(t *testing.T, text string, theirs answer) bool {
	t.Helper()
	ours, warnings, err := frontMatter(text)
	switch {
	case err != nil && theirs.Error != "":
		n.refusedByBoth++
	case err != nil:
		n.refusedByUs++
		var refused *card.Error
		if !errors.As(err, &refused) || !slices.Contains(refusals, refused.Problems[0].Code) {
			t.Errorf("refused by us alone: %v\n%s", err, text)
			return false
		}
	case theirs.Error != "":
		n.refusedByThem++
	case ours == theirs.YAML:
		n.identical++
	case theirs.Kept != "" && ours == theirs.Kept:
		n.allowed++
		return warned(t, text, theirs.KeptScalars, warnings)
	default:
		t.Errorf("front matter of\n%s\nwarnings %v\ndiffers (-theirs +ours):\n%s", text, warnings, cmp.Diff(theirs.YAML, ours))
		return false
	}
	return true
}

// warned checks that we warn of every scalar that is kept as text.
func warned(t *testing.T, text string, kept [][]any, warnings []card.Problem) bool {
	t.Helper()
	for _, scalar := range kept {
		line, column, reason := int(scalar[0].(float64)), int(scalar[1].(float64)), scalar[3].(string)
		if _, ok := allowed[reason]; !ok {
			t.Errorf("no reason why %v may differ", scalar)
			return false
		}
		if !slices.ContainsFunc(warnings, func(p card.Problem) bool { return p.Line == line && p.Column == column }) {
			t.Errorf("no warning of %v in\n%s\nonly %v", scalar, text, warnings)
			return false
		}
	}
	return true
}

// frontMatter reads a README and writes it again, from the card as it is and as
// it is stored.
func frontMatter(text string) (yaml string, warnings []card.Problem, err error) {
	doc, _, err := render.ReadHuggingFace([]byte(text), "peer/card")
	if err != nil {
		return "", nil, err
	}
	f, err := render.Lookup("huggingface")
	if err != nil {
		return "", nil, err
	}
	out, _, err := f.Render(doc.Card)
	if err != nil {
		return "", nil, err
	}
	stored, err := card.ReadJSON(doc.Card.Canonical())
	if err != nil {
		return "", nil, fmt.Errorf("stored: %w", err)
	}
	again, _, err := f.Render(stored.Card)
	if err != nil {
		return "", nil, fmt.Errorf("stored: %w", err)
	}
	if !bytes.Equal(out, again) {
		return "", nil, fmt.Errorf("once stored it is written otherwise:\n%s", cmp.Diff(string(out), string(again)))
	}
	block, found := strings.CutPrefix(string(out), "---\n")
	block, _, closed := strings.Cut(block, "\n---\n")
	if !found || !closed {
		return "", nil, errors.New("no front matter is written")
	}
	return block, doc.Warnings, nil
}
