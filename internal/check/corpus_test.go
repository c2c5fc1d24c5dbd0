package check_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terragonlabs/modelcard-generator/internal/check"
	"github.com/terragonlabs/modelcard-generator/internal/render"
)

// TestRealCards holds what people have published against the Hub's pack. Cards
// of 2020 name their languages in English, which the Hub refuses today; it
// accepts everything else about them, so there must be no other error.
func TestRealCards(t *testing.T) {
	t.Parallel()
	corpus := os.Getenv("MCG_TEST_CORPUS")
	if corpus == "" {
		t.Skip("MCG_TEST_CORPUS is not set")
	}
	checker := check.New(check.Options{Packs: packs(t)})
	count := 0
	for _, folder := range []string{"hf-cards", "docker"} {
		files, err := filepath.Glob(filepath.Join(corpus, folder, "*.md"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			doc, _, err := render.ReadHuggingFace(source, "default/nameless")
			if err != nil {
				t.Errorf("%s: %v", file, err)
				continue
			}
			count++
			result, err := checker.Document(t.Context(), filepath.Base(file), doc)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range result.Findings {
				holdToSource(t, f, source)
				if f.Severity == check.Error && (f.Rule != "huggingface/language" || !f.Fixable) {
					t.Errorf("%s:%d: %s: %s", f.File, f.Line, f.Rule, f.Message)
				}
			}
		}
	}
	if count < 70 {
		t.Errorf("only %d cards", count)
	}
}

// holdToSource wants the line of a finding about a language to have it.
func holdToSource(t *testing.T, f check.Finding, source []byte) {
	t.Helper()
	lines := strings.Split(string(source), "\n")
	if f.Line < 1 || f.Line > len(lines) {
		t.Errorf("%s: line %d of %d", f.File, f.Line, len(lines))
		return
	}
	if f.Rule == "huggingface/language" && !strings.Contains(f.Message, strings.Trim(lines[f.Line-1][f.Column-1:], `"' `)) {
		t.Errorf("%s:%d: %s is not on the line %q", f.File, f.Line, f.Message, lines[f.Line-1])
	}
}

// FuzzCheck looks for documents that the rules cannot cope with.
func FuzzCheck(f *testing.F) {
	for _, pack := range check.Packs() {
		for _, rule := range pack.Rules {
			f.Add([]byte(rule.BadExample()))
		}
	}
	all, err := check.SelectPacks(check.All)
	if err != nil {
		f.Fatal(err)
	}
	checker := check.New(check.Options{Packs: all})
	f.Fuzz(func(t *testing.T, source []byte) {
		doc, _, err := render.Read(source, mediaType(string(source)), "")
		if err != nil {
			return
		}
		result, err := checker.Document(t.Context(), "", doc)
		if err != nil {
			t.Fatal(err)
		}
		for _, finding := range result.Findings {
			if finding.Rule == "" || finding.Line < 0 || finding.Message == "" {
				t.Errorf("%+v", finding)
			}
		}
	})
}
