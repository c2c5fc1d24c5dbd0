package check

import (
	"fmt"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

const mctSchema = "Model Card Toolkit 0.0.2, model_card.schema.json"

// googlePack holds a card to what Google's Model Card Toolkit has fields for.
// Its schema requires next to nothing; warnings are what the paper behind it
// calls for, infos are the rest of what it prints.
var googlePack = Pack{
	Name: "google", Title: "Google Model Card Toolkit",
	About:     "What a model card of the Model Card Toolkit 0.0.2 requires or expects, after \"Model Cards for Model Reporting\" (Mitchell et al., 2019).",
	Reference: mctSchema,
	Rules:     googleRules,
}

var googleRules = []Rule{
	{ID: "google/overview", Severity: Warning, Reference: mctSchema + ", model_details.overview", Title: "model_details.overview",
		Hint: "set model.summary or model.description", Fields: []string{"/model/summary", "/model/description"}, Good: "model: {name: Example, summary: Tells positive reviews from negative ones.}\n"},
	{ID: "google/owners", Severity: Warning, Reference: mctSchema + ", model_details.owners", Title: "model_details.owners",
		Hint: "set model.owners with name and contact", Fields: []string{"/model/owners", "/model/developers"}, Good: "model: {name: Example, owners: [{name: Acme, contact: models@example.com}]}\n"},
	{ID: "google/owner-contact", Severity: Info, Reference: mctSchema + ", model_details.owners[].contact", Title: "an owner has a contact",
		Bad: "model: {name: Example, owners: [{name: Acme}]}\n", Good: "model: {name: Example, owners: [{name: Acme, contact: models@example.com}]}\n",
		find: func(s *subject) []hit {
			var hits []hit
			for i := range s.Model.Owners {
				if s.Model.Owners[i].Contact == "" {
					hits = append(hits, hit{pointer: "/model/owners/" + itoa(i) + "/contact"})
				}
			}
			return hits
		}},
	{ID: "google/version", Severity: Warning, Reference: mctSchema + ", model_details.version.name", Title: "model_details.version.name",
		Hint: "set model.version", Fields: []string{"/model/version"}, Good: "model: {name: Example, version: 1.2.0}\n"},
	{ID: "google/version-date", Severity: Info, Reference: mctSchema + ", model_details.version.date", Title: "model_details.version.date",
		Hint: "set model.date", Fields: []string{"/model/date"}, Good: "model: {name: Example, date: 2026-09-14}\n"},
	{ID: "google/license", Severity: Warning, Reference: mctSchema + ", model_details.licenses", Title: "model_details.licenses",
		Hint: "set model.license or model.license_text", Fields: []string{"/model/license", "/model/license_text"}, Good: "model: {name: Example, license: mit}\n"},
	{ID: "google/references", Severity: Info, Reference: mctSchema + ", model_details.references", Title: "model_details.references",
		Hint: "set model.references, model.paper or model.repository", Fields: []string{"/model/references", "/model/paper", "/model/repository"}, Good: "model: {name: Example, paper: \"https://example.com/paper\"}\n"},
	{ID: "google/citations", Severity: Info, Reference: mctSchema + ", model_details.citations", Title: "model_details.citations",
		Hint: "set citation", Fields: []string{"/citation/bibtex", "/citation/apa", "/citation/others", "/citation/text"}, Good: smallest + "citation: {apa: Acme (2026). Example.}\n"},
	{ID: "google/architecture", Severity: Info, Reference: mctSchema + ", model_parameters.model_architecture", Title: "model_parameters.model_architecture",
		Hint: "set technical.architecture", Fields: []string{"/technical/architecture", "/model/type"}, Good: smallest + "technical: {architecture: A transformer encoder.}\n"},
	{ID: "google/data", Severity: Warning, Reference: mctSchema + ", model_parameters.data", Title: "model_parameters.data",
		Hint: "set training.datasets and evaluation.datasets", Fields: []string{"/training/datasets", "/training/data", "/evaluation/datasets"}, Good: smallest + "training: {datasets: [{name: Reviews}]}\n"},
	{ID: "google/data-name", Severity: Info, Reference: mctSchema + ", model_parameters.data[].name", Title: "a data set has a name",
		Bad: smallest + "training: {datasets: [{link: \"https://example.com\"}]}\n", Good: smallest + "training: {datasets: [{name: Reviews, link: \"https://example.com\"}]}\n",
		find: eachDataset(func(d *card.Dataset) string {
			if d.Name == "" && d.ID == "" {
				return "name"
			}
			return ""
		})},
	{ID: "google/input-format", Severity: Info, Reference: mctSchema + ", model_parameters.input_format", Title: "model_parameters.input_format",
		Hint: "set technical.inputs", Fields: []string{"/technical/inputs"}, Good: smallest + "technical: {inputs: [{format: text}]}\n"},
	{ID: "google/output-format", Severity: Info, Reference: mctSchema + ", model_parameters.output_format", Title: "model_parameters.output_format",
		Hint: "set technical.outputs", Fields: []string{"/technical/outputs"}, Good: smallest + "technical: {outputs: [{format: label}]}\n"},
	{ID: "google/performance-metrics", Severity: Warning, Reference: mctSchema + ", quantitative_analysis.performance_metrics", Title: "quantitative_analysis.performance_metrics",
		Hint: "set evaluation.results", Fields: []string{"/evaluation/results"}, Good: withMetrics("{type: f1, value: 0.9}")},
	{ID: "google/users", Severity: Warning, Reference: mctSchema + ", considerations.users", Title: "considerations.users",
		Hint: "set intended_use.users", Fields: []string{"/intended_use/users"}, Good: smallest + "intended_use: {users: [Analysts]}\n"},
	{ID: "google/use-cases", Severity: Warning, Reference: mctSchema + ", considerations.use_cases", Title: "considerations.use_cases",
		Hint: "set intended_use.use_cases or intended_use.direct_use", Fields: []string{"/intended_use/use_cases", "/intended_use/direct_use", "/intended_use/overview"}, Good: smallest + "intended_use: {use_cases: [Ranking reviews]}\n"},
	{ID: "google/limitations", Severity: Warning, Reference: mctSchema + ", considerations.limitations", Title: "considerations.limitations",
		Hint: "set considerations.limitations", Fields: []string{"/considerations/limitations", "/considerations/overview"}, Good: smallest + "considerations: {limitations: [English only]}\n"},
	{ID: "google/tradeoffs", Severity: Info, Reference: mctSchema + ", considerations.tradeoffs", Title: "considerations.tradeoffs",
		Hint: "set considerations.tradeoffs", Fields: []string{"/considerations/tradeoffs"}, Good: smallest + "considerations: {tradeoffs: [Small before accurate]}\n"},
	{ID: "google/ethics", Severity: Warning, Reference: mctSchema + ", considerations.ethical_considerations", Title: "considerations.ethical_considerations",
		Hint: "set considerations.ethical", Fields: []string{"/considerations/ethical"}, Good: smallest + "considerations: {ethical: [{name: Dialect, mitigation: A test}]}\n"},
	{ID: "google/mitigation", Severity: Info, Reference: mctSchema + ", considerations.ethical_considerations[].mitigation_strategy", Title: "an ethical risk has a mitigation",
		Bad: smallest + "considerations: {ethical: [{name: Dialect}]}\n", Good: smallest + "considerations: {ethical: [{name: Dialect, mitigation: A test}]}\n",
		find: func(s *subject) []hit {
			if s.Considerations == nil {
				return nil
			}
			var hits []hit
			for i := range s.Considerations.Ethical {
				if s.Considerations.Ethical[i].Mitigation == "" {
					hits = append(hits, hit{pointer: "/considerations/ethical/" + itoa(i) + "/mitigation"})
				}
			}
			return hits
		}},
}

// eachDataset asks something of every data set; the answer is the name of the
// field that is missing, or "".
func eachDataset(missing func(d *card.Dataset) string) func(*subject) []hit {
	return func(s *subject) []hit {
		var hits []hit
		look := func(at string, datasets []card.Dataset) {
			for i := range datasets {
				if name := missing(&datasets[i]); name != "" {
					hits = append(hits, hit{pointer: fmt.Sprintf("%s/%d/%s", at, i, name)})
				}
			}
		}
		if s.Training != nil {
			look("/training/datasets", s.Training.Datasets)
		}
		if s.Evaluation != nil {
			look("/evaluation/datasets", s.Evaluation.Datasets)
		}
		return hits
	}
}
