package check_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/check"
	"github.com/terragonlabs/modelcard-generator/internal/check/secrets/secretstest"
	"github.com/terragonlabs/modelcard-generator/internal/render"
)

// places are where a secret may stand in a document.
var places = map[string]func(text string) string{
	"field": func(text string) string {
		return "model:\n  name: M\nintended_use:\n  get_started: |\n    " + strings.ReplaceAll(text, "\n", "\n    ") + "\n"
	},
	"free section": func(text string) string {
		return "model:\n  name: M\nsections:\n  - title: How\n    text: |\n      " + strings.ReplaceAll(text, "\n", "\n      ") + "\n"
	},
	"readme": func(text string) string { return "---\nlicense: mit\n---\n# M\n\n" + text + "\n" },
	"json": func(text string) string {
		quoted, _ := json.Marshal(text)
		return `{"model": {"name": "M", "description": ` + string(quoted) + `}}`
	},
}

// TestNoReportGivesASecretAway plants each kind in each place, runs every pack,
// and looks for the secret in every form of the report.
func TestNoReportGivesASecretAway(t *testing.T) {
	t.Parallel()
	o := check.Options{Packs: packs(t, "all")}
	for place, write := range places {
		for _, p := range secretstest.Kinds() {
			result := run(t, write(p.Before+p.Secret+p.After), o)
			keys := 0
			for _, f := range result.Findings {
				if f.Rule == "secrets/key" {
					keys++
					if f.Line < 2 && place != "json" || f.Pointer == "" {
						t.Errorf("%s in %s: at line %d, pointer %q", p.Kind, place, f.Line, f.Pointer)
					}
				}
			}
			if keys != 1 || result.Valid {
				t.Errorf("%s in %s: %d findings, valid %v", p.Kind, place, keys, result.Valid)
			}
			noEcho(t, p, o, result)
		}
	}
}

func noEcho(t *testing.T, p secretstest.Planted, o check.Options, result check.Result) {
	t.Helper()
	report := check.Report{Tool: "mcg", Version: "test", Packs: o.Packs, Results: []check.Result{result}}
	for _, format := range []string{"text", "json", "sarif", "junit", "github"} {
		var b bytes.Buffer
		if err := report.Write(&b, format); err != nil {
			t.Fatal(err)
		}
		for _, form := range []string{p.Secret, p.Secret[:len(p.Secret)/2], p.Secret[len(p.Secret)/2:]} {
			if len(form) > 8 && strings.Contains(b.String(), form) {
				t.Errorf("%s: the %s report has %q", p.Kind, format, form)
			}
		}
	}
}

// Messages of other rules quote the document; they must not quote a secret.
func TestOtherRulesDoNotGiveASecretAway(t *testing.T) {
	t.Parallel()
	o := check.Options{Packs: packs(t, "all")}
	for _, p := range secretstest.Kinds() {
		if strings.Contains(p.Secret, "\n") || p.Kind != "GitHub token" && p.Kind != "Stripe key" {
			continue
		}
		for _, field := range []string{"license", "pipeline_tag", "base_model", "language"} {
			result := run(t, "model: {name: M, "+field+": "+p.Secret+"}\n", o)
			noEcho(t, p, o, result)
		}
	}
}

func TestSecretsPlaces(t *testing.T) {
	t.Parallel()
	token := "gh" + "p_" + secretstest.Body(secretstest.Alphanumeric, 36)
	key := secretstest.Body(secretstest.Hex, 40)
	tests := []struct {
		name, src, rule, pointer string
		line, column             int
	}{
		{"a comment", "model: {name: M}\n# use " + token + "\n", "secrets/key", "", 2, 7},
		{"in metadata", "model: {name: M}\nmetadata:\n  deep: {er: [1, " + token + "]}\n", "secrets/key", "/metadata/deep/er/1", 3, 18},
		{"by its key", "model: {name: M}\nmetadata:\n  wandb_api_key: " + key + "\n", "secrets/key", "/metadata/wandb_api_key", 3, 18},
		{"in a text of lines", "model:\n  name: M\n  description: |\n    One.\n    Two, " + token + "\n", "secrets/key", "/model/description", 5, 10},
		{"e-mail in the data", "model: {name: M}\ntraining:\n  data: Letters by jane.roe@acme.com.\n", "secrets/email", "/training/data", 3, 20},
		{"e-mail in a hyperparameter", "model: {name: M}\ntraining: {hyperparameters: {run: jane.roe@acme.com}}\n", "secrets/email", "/training/hyperparameters/run", 2, 35},
		{"phone", "model: {name: M}\nconsiderations: {overview: Call +49 30 9999 1234.}\n", "secrets/phone", "/considerations/overview", 2, 33},
		{"e-mail of the contact", "model: {name: M}\ncontact: {contact: jane.roe@acme.com}\n", "", "", 0, 0},
		{"e-mail of an owner", "model: {name: M, owners: [{name: Jane, contact: jane.roe@acme.com}]}\n", "", "", 0, 0},
		{"e-mail of a steward", "model: {name: M}\ntraining: {datasets: [{name: d, governance: {stewards: [{name: Jane, contact: jane.roe@acme.com}]}}]}\n", "", "", 0, 0},
		{"e-mail in a citation", "model: {name: M}\ncitation: {bibtex: \"@misc{x, author={Roe, J. (jane.roe@acme.com)}}\"}\n", "", "", 0, 0},
		{"e-mail in a section of contacts", "model: {name: M}\nsections: [{title: Contacts, text: jane.roe@acme.com}]\n", "", "", 0, 0},
		{"e-mail under a heading", "---\nlicense: mit\n---\n# M\n\nText.\n\n## Authors\n\n- Jane, jane.roe@acme.com\n", "", "", 0, 0},
		{"e-mail in a comment", "model: {name: M}\n# maintained by jane.roe@acme.com\n", "", "", 0, 0},
		{"commit", "model: {name: M}\nmetadata: {commit: " + key + ", sha256: " + secretstest.Body(secretstest.Hex, 64) + "}\n", "", "", 0, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			result := run(t, tt.src, check.Options{Packs: packs(t, "secrets")})
			if tt.rule == "" {
				if len(result.Findings) > 0 {
					t.Fatalf("%+v", result.Findings)
				}
				return
			}
			if len(result.Findings) != 1 {
				t.Fatalf("%+v", result.Findings)
			}
			if f := result.Findings[0]; f.Rule != tt.rule || f.Pointer != tt.pointer || f.Line != tt.line || f.Column != tt.column {
				t.Errorf("%+v", f)
			}
		})
	}
}

// A card without a text of its own, as a flat evaluation file gives, is looked
// through all the same.
func TestSecretsOfACardWithoutSource(t *testing.T) {
	t.Parallel()
	token := "gh" + "p_" + secretstest.Body(secretstest.Alphanumeric, 36)
	c := &card.Card{Model: card.Model{Name: "M", Description: "use " + token}}
	result, err := check.New(check.Options{Packs: packs(t, "secrets")}).Document(t.Context(), "m", card.NewDocument(c, nil, nil))
	if err != nil || len(result.Findings) != 1 || result.Findings[0].Pointer != "/model/description" {
		t.Errorf("%+v, %v", result.Findings, err)
	}
}

// TestCorpusHasNoSecrets reads other people's cards: none has a secret, or an
// address where there should be none.
func TestCorpusHasNoSecrets(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("MCG_TEST_CORPUS")
	if dir == "" {
		if os.Getenv("CI") != "" {
			t.Fatal("MCG_TEST_CORPUS is not set")
		}
		t.Skip("MCG_TEST_CORPUS is not set: no corpus of other people's cards to read")
	}
	files, err := filepath.Glob(filepath.Join(dir, "*", "*.md"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no cards in %s: %v", dir, err)
	}
	checker, checked := check.New(check.Options{Packs: packs(t, "secrets")}), 0
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		doc, _, err := render.Read(src, render.TypeMarkdown, "corpus/card")
		if err != nil {
			continue // other tests say which cards cannot be read
		}
		checked++
		result, err := checker.Document(t.Context(), file, doc)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range result.Findings {
			if f.Pack == "secrets" {
				t.Errorf("%s:%d: %s", file, f.Line, f.Message)
			}
		}
	}
	if checked < len(files)/2 {
		t.Errorf("%d of %d cards could be read", checked, len(files))
	}
}
