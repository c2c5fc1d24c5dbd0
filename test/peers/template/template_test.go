//go:build e2e

// Package template_test compares what mcg renders from huggingface_hub's own
// template with what huggingface_hub renders from the same data.
package template_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/render"
	"github.com/terragonlabs/modelcard-generator/internal/render/jinja"
	"github.com/terragonlabs/modelcard-generator/test/peers/python"
)

// TestMain lets the tests' own binary render templates.
func TestMain(m *testing.M) {
	jinja.Child()
	os.Exit(m.Run())
}

// field is a variable of the template and where a card has it.
type field struct {
	variable string
	set      func(c *card.Card, text string)
}

var fields = []field{
	{"model_summary", func(c *card.Card, s string) { c.Model.Summary = s }},
	{"model_description", func(c *card.Card, s string) { c.Model.Description = s }},
	{"developers", func(c *card.Card, s string) { c.Model.Developers = s }},
	{"funded_by", func(c *card.Card, s string) { c.Model.FundedBy = s }},
	{"shared_by", func(c *card.Card, s string) { c.Model.SharedBy = s }},
	{"model_type", func(c *card.Card, s string) { c.Model.Type = s }},
	{"repo", func(c *card.Card, s string) { c.Model.Repository = s }},
	{"paper", func(c *card.Card, s string) { c.Model.Paper = s }},
	{"demo", func(c *card.Card, s string) { c.Model.Demo = s }},
	{"direct_use", func(c *card.Card, s string) { c.IntendedUse.DirectUse = s }},
	{"downstream_use", func(c *card.Card, s string) { c.IntendedUse.DownstreamUse = s }},
	{"out_of_scope_use", func(c *card.Card, s string) { c.IntendedUse.OutOfScopeUse = s }},
	{"get_started_code", func(c *card.Card, s string) { c.IntendedUse.GetStarted = s }},
	{"bias_risks_limitations", func(c *card.Card, s string) { c.Considerations.Overview = s }},
	{"bias_recommendations", func(c *card.Card, s string) { c.Considerations.Recommendations = s }},
	{"training_data", func(c *card.Card, s string) { c.Training.Data = s }},
	{"preprocessing", func(c *card.Card, s string) { c.Training.Preprocessing = s }},
	{"training_regime", func(c *card.Card, s string) { c.Training.Regime = s }},
	{"speeds_sizes_times", func(c *card.Card, s string) { c.Training.SpeedsSizesTimes = s }},
	{"testing_data", func(c *card.Card, s string) { c.Evaluation.TestingData = s }},
	{"testing_factors", func(c *card.Card, s string) { c.Evaluation.Factors = s }},
	{"testing_metrics", func(c *card.Card, s string) { c.Evaluation.MetricsRationale = s }},
	{"results", func(c *card.Card, s string) { c.Evaluation.ResultsText = s }},
	{"results_summary", func(c *card.Card, s string) { c.Evaluation.Summary = s }},
	{"model_examination", func(c *card.Card, s string) { c.Evaluation.Examination = s }},
	{"hardware_type", func(c *card.Card, s string) { c.Environment.HardwareType = s }},
	{"hours_used", func(c *card.Card, s string) { c.Environment.HoursUsed = s }},
	{"cloud_provider", func(c *card.Card, s string) { c.Environment.CloudProvider = s }},
	{"cloud_region", func(c *card.Card, s string) { c.Environment.CloudRegion = s }},
	{"co2_emitted", func(c *card.Card, s string) { c.Environment.CarbonEmitted = s }},
	{"model_specs", func(c *card.Card, s string) { c.Technical.Architecture = s }},
	{"compute_infrastructure", func(c *card.Card, s string) { c.Technical.ComputeInfrastructure = s }},
	{"hardware_requirements", func(c *card.Card, s string) { c.Technical.Hardware = s }},
	{"software", func(c *card.Card, s string) { c.Technical.Software = s }},
	{"citation_bibtex", func(c *card.Card, s string) { c.Citation.BibTeX = s }},
	{"citation_apa", func(c *card.Card, s string) { c.Citation.APA = s }},
	{"glossary", func(c *card.Card, s string) { c.Contact.Glossary = s }},
	{"more_information", func(c *card.Card, s string) { c.Contact.MoreInformation = s }},
	{"model_card_authors", func(c *card.Card, s string) { c.Contact.Authors = s }},
	{"model_card_contact", func(c *card.Card, s string) { c.Contact.Contact = s }},
}

// dataFields are keys of the front matter.
var dataFields = []struct {
	key   string
	value any
	set   func(c *card.Card)
}{
	{"base_model", "acme/base", func(c *card.Card) { c.Model.BaseModel = card.One("acme/base") }},
	{"language", []string{"en", "it's", "日本"}, func(c *card.Card) { c.Model.Language = card.Many("en", "it's", "日本") }},
	{"library_name", "transformers", func(c *card.Card) { c.Model.LibraryName = "transformers" }},
	{"license", "apache-2.0", func(c *card.Card) { c.Model.License = "apache-2.0" }},
	{"pipeline_tag", "text-classification", func(c *card.Card) { c.Model.PipelineTag = "text-classification" }},
	{"tags", []string{"a", `b "c"`, `d\e's "f"`}, func(c *card.Card) { c.Model.Tags = []string{"a", `b "c"`, `d\e's "f"`} }},
}

// values are texts that templates get wrong.
var values = []string{
	"plain", "two\nlines", "with {{ braces }} and {% tags %} and {# notes #}", "<b>html</b> & 'quotes' \"more\"", "日本語 😀 é", "a\n\n- list\n- of\n\n```\ncode\n```",
	"0", "False", "None", "\\n", "100%", "trailing space ",
}

// example is a card with the data that huggingface_hub gets for it.
type example struct {
	card      *card.Card
	Data      map[string]any `json:"data"`
	Variables map[string]any `json:"variables"`
}

// newExample is a card that has each field with a probability.
func newExample(r *rand.Rand, probability float64) example {
	e := example{
		card: &card.Card{Model: card.Model{ID: "acme/m"}, IntendedUse: &card.IntendedUse{}, Training: &card.Training{}, Evaluation: &card.Evaluation{},
			Considerations: &card.Considerations{}, Environment: &card.Environment{}, Technical: &card.Technical{}, Citation: &card.Citation{}, Contact: &card.Contact{}},
		Data: map[string]any{}, Variables: map[string]any{"model_id": "acme/m"},
	}
	for _, f := range fields {
		if r.Float64() < probability {
			value := values[r.IntN(len(values))]
			f.set(e.card, value)
			e.Variables[f.variable] = value
		}
	}
	for _, f := range dataFields {
		if r.Float64() < probability {
			f.set(e.card)
			e.Data[f.key] = f.value
		}
	}
	return e
}

func TestSameTextAsFromTemplate(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	examples := []example{newExample(r, 1), newExample(r, 0)}
	for range 100 {
		examples = append(examples, newExample(r, r.Float64()))
	}
	nothing := example{Data: map[string]any{}, Variables: map[string]any{}}
	template, answers := ask(t, append(examples, nothing))
	folder := open(t, template)
	for i, e := range examples {
		got, _, err := folder.Formats()[0].RenderContext(t.Context(), e.card)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(answers[i], string(got)); diff != "" {
			t.Errorf("card %d (huggingface_hub -, mcg +):\n%s", i, diff)
		}
	}
	empty := &card.Map{}
	empty.Set("card_data", string("{}"))
	got, err := folder.Render(t.Context(), "modelcard_template.md.j2", empty)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(answers[len(examples)], string(got)); diff != "" {
		t.Errorf("nothing at all (huggingface_hub -, mcg +):\n%s", diff)
	}
	t.Logf("%d texts of %d to %d bytes", len(answers), len(answers[1]), len(answers[0]))
}

func open(t *testing.T, template string) *jinja.Folder {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "modelcard_template.md.j2"), []byte(template), 0o600); err != nil {
		t.Fatal(err)
	}
	folder, err := jinja.Open(t.Context(), dir, jinja.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := render.NewSet(folder.Formats()...).Lookup("template:modelcard_template"); err != nil {
		t.Fatal(err)
	}
	return folder
}

// ask has the peer give its template, and render every example.
func ask(t *testing.T, examples []example) (template string, answers []string) {
	t.Helper()
	texts := python.Ask[string](t, examples, 1)
	return texts[0], texts[1:]
}
