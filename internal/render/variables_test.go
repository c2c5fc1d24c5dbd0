package render

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

func TestVariablesAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/formats.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range hubVariables {
		row := "| `" + v.name + "` | `" + v.pointer
		if v.pointer == "" {
			row = "| `" + v.name + "` | "
		}
		if !strings.Contains(string(text), row) {
			t.Errorf("docs/formats.md has no row %q", row)
		}
	}
}

func TestVariables(t *testing.T) {
	doc, err := card.ReadYAML([]byte(`
model: {id: a/b, summary: {not_applicable: "too small"}, language: en, tags: [x]}
training: {datasets: [{id: d/e, description: {not_applicable: "secret"}}]}
environment: {co2_eq_emissions: 12}
metadata: {model_id: other, free: [1]}
`))
	if err != nil {
		t.Fatal(err)
	}
	v := Variables(doc.Card)
	got := map[string]string{}
	for _, e := range v.Entries {
		got[e.Key] = card.Text(e.Value)
	}
	want := map[string]string{
		"card_data": "datasets:\n- d/e\nlanguage: en\ntags:\n- x\nco2_eq_emissions: 12\nmodel_id: other\nfree:\n- 1",
		"model_id":  "a/b", // the card's own, not the free key
		"language":  "en", "tags": `["x"]`, "datasets": `["d/e"]`, "free": "[1]", "co2_eq_emissions": "12", "co2_emitted": "12 g CO2eq",
		"model_summary":  "Not applicable: too small",
		"not_applicable": `{"/model/summary":"too small","/training/datasets/0/description":"secret"}`,
		"card": `{"apiVersion":"mcg/v1","kind":"ModelCard","model":{"id":"a/b","summary":"Not applicable: too small","language":"en","tags":["x"]},"training":{"datasets":[{"id":"d/e",` +
			`"description":"Not applicable: secret"}]},"environment":{"co2_eq_emissions":12},"metadata":{"model_id":"other","free":[1]}}`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestSet(t *testing.T) {
	own := Template{Name: "a_b", MediaType: "text/plain", Extension: ".txt", Digest: "d"}.Format()
	set := NewSet(own)
	for name, want := range map[string]string{"template:a_b": "template:a_b", "html": "html"} {
		if f, err := set.Lookup(name); err != nil || f.Name != want {
			t.Errorf("%s is %s, %v", name, f.Name, err)
		}
	}
	for _, name := range []string{"template:a-b", "a_b", "template:", ""} {
		if _, err := set.Lookup(name); err == nil || !strings.Contains(err.Error(), "template:a_b") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := (Set{}).Lookup("template:a_b"); err == nil {
		t.Error("the zero set has a template")
	}
}
