package check_test

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/check"
	"github.com/terragonlabs/modelcard-generator/internal/render"
)

var update = flag.Bool("update", false, "write generated files anew")

// mediaType is the type of an example, which its first characters tell.
func mediaType(text string) string {
	switch {
	case strings.HasPrefix(text, "---"):
		return render.TypeMarkdown
	case strings.HasPrefix(text, "{"):
		return render.TypeJSON
	}
	return render.TypeYAML
}

func packs(t *testing.T, names ...string) []check.Pack {
	t.Helper()
	selected, err := check.SelectPacks(names...)
	if err != nil {
		t.Fatal(err)
	}
	return selected
}

// run checks a text with packs.
func run(t *testing.T, text string, o check.Options) check.Result {
	t.Helper()
	doc, _, err := render.Read([]byte(text), mediaType(text), "")
	checker := check.New(o)
	var refused *card.Error
	if errors.As(err, &refused) {
		return checker.Refusal("card", refused)
	}
	if err != nil {
		t.Fatal(err)
	}
	result, err := checker.Document(t.Context(), "card", doc)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func rulesOf(r check.Result) []string {
	var rules []string
	for _, f := range r.Findings {
		if !slices.Contains(rules, f.Rule) {
			rules = append(rules, f.Rule)
		}
	}
	return rules
}

func TestEveryRuleHasBothExamples(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, pack := range check.Packs() {
		for _, rule := range pack.Rules {
			t.Run(rule.ID, func(t *testing.T) {
				t.Parallel()
				o := check.Options{Packs: packs(t, pack.Name)}
				bad := run(t, rule.BadExample(), o)
				if !slices.Contains(rulesOf(bad), rule.ID) {
					t.Errorf("the bad example trips %v\n%s", rulesOf(bad), rule.BadExample())
				}
				for _, f := range bad.Findings {
					if f.Rule == rule.ID && (f.Line < 1 || f.Column < 1 || f.Severity != rule.Severity || f.Message == "" || f.Reference == "") {
						t.Errorf("incomplete finding %+v", f)
					}
				}
				if rule.Good == "" {
					t.Fatal("there is no good example")
				}
				if good := run(t, rule.Good, o); slices.Contains(rulesOf(good), rule.ID) {
					t.Errorf("the good example trips it too: %+v", good.Findings)
				}
			})
			if rule.Pack() != pack.Name || rule.Title == "" || strings.HasSuffix(rule.Title, ".") || seen[rule.ID] {
				t.Errorf("rule %+v: another pack, no title, a full stop, or a second time", rule)
			}
			seen[rule.ID] = true
		}
	}
}

func TestDocs(t *testing.T) {
	t.Parallel()
	const path = "../../docs/rules.md"
	var b bytes.Buffer
	if err := check.WriteDocs(&b); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	onDisk, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(onDisk), b.String()); diff != "" {
		t.Errorf("docs/rules.md is old; run go test ./internal/check -run TestDocs -update\n%s", diff)
	}
}
