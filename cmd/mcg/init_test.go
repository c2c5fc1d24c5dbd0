package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/check"
)

func kinds() []string { return []string{"nlp", "vision", "llm", "tabular", "multimodal"} }

// checked is a text held to packs of rules.
func checked(t *testing.T, text []byte, packs ...string) check.Result {
	t.Helper()
	doc, err := card.ReadYAML(text)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	selected, err := check.SelectPacks(packs...)
	if err != nil {
		t.Fatal(err)
	}
	result, err := check.New(check.Options{Packs: selected}).Document(t.Context(), "card", doc)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// Each card to begin with has nothing against it but what it lacks.
func TestInit(t *testing.T) {
	for _, kind := range kinds() {
		file := filepath.Join(t.TempDir(), "card.yaml")
		code, _, stderr := mcg(t, "", "init", "--template", kind, "--output", file)
		if code != 0 || !strings.Contains(stderr, "/intended_use/direct_use") || strings.Contains(stderr, "/model/version") {
			t.Fatalf("%s: exit %d, %s", kind, code, stderr)
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range checked(t, text, "schema", "huggingface", "quality", "secrets").Findings {
			if f.Severity != check.Info && f.Rule != "huggingface/license-missing" {
				t.Errorf("%s: %+v", kind, f)
			}
		}
		if code, stdout, _ := mcg(t, "", "init", "--template", kind); code != 0 || strings.ReplaceAll(stdout, "card.yaml", file) != string(text) {
			t.Errorf("%s: standard output has another card", kind)
		}
		if code, _, stderr := mcg(t, "", "init", "--template", kind, "--output", file); code != exitUsage || !strings.Contains(stderr, "is there already") {
			t.Errorf("%s over a file: exit %d, %s", kind, code, stderr)
		}
	}
}

var missing = regexp.MustCompile(`(?m)^( *)# `)

// Without its hashes, each card is whole: every field is one that there is, and
// nothing is missing.
func TestInitFilledIn(t *testing.T) {
	for _, kind := range kinds() {
		_, stdout, _ := mcg(t, "", "init", "--template", kind)
		filled := missing.ReplaceAllString(stdout, "$1")
		result := checked(t, []byte(filled), "schema", "huggingface", "quality", "secrets", "completeness")
		for _, f := range result.Findings {
			if f.Severity != check.Info || f.Pack == "completeness" && !(kind == "vision" || kind == "tabular") {
				t.Errorf("%s: %d:%d %s: %s", kind, f.Line, f.Column, f.Rule, f.Message)
			}
		}
	}
}

func TestInitUnknownTemplate(t *testing.T) {
	if code, _, stderr := mcg(t, "", "init", "--template", "audio"); code != exitUsage || !strings.Contains(stderr, "multimodal") {
		t.Errorf("exit %d, %s", code, stderr)
	}
}

func TestDiffFormats(t *testing.T) {
	a, b := write(t, "a.yaml", "model: {name: M, license: mit}\n"), write(t, "b.yaml", "model: {name: M, license: apache-2.0}\n")
	code, stdout, _ := mcg(t, "", "diff", a, b, "--format", "json")
	var d fileDiff
	if err := json.Unmarshal([]byte(stdout), &d); err != nil || code != 1 || len(d.Changes) != 1 || d.Changes[0].Pointer != "/model/license" {
		t.Errorf("exit %d, %s, %v", code, stdout, err)
	}
	page := filepath.Join(t.TempDir(), "diff.html")
	if code, _, _ := mcg(t, "", "diff", a, b, "--format", "html", "--output", page); code != 1 {
		t.Errorf("exit %d", code)
	}
	if text, err := os.ReadFile(page); err != nil || !strings.Contains(string(text), "<h2>/model/license") {
		t.Errorf("%s, %v", text, err)
	}
	if code, stdout, _ := mcg(t, "", "diff", a, a, "--format", "json"); code != 0 || !strings.Contains(stdout, `"changes": []`) {
		t.Errorf("exit %d, %s", code, stdout)
	}
}
