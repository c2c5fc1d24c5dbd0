package render

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/render/pyyaml"
)

// variable is one variable of the Hub's modelcard_template.md.
type variable struct {
	name string
	get  func(dst []byte, c *card.Card) []byte
	// pointer is where a reason why it does not apply would stand.
	pointer string
}

func textVariable(name, pointer string, field func(c *card.Card) *string) variable {
	return variable{name, func(dst []byte, c *card.Card) []byte { return append(dst, *field(c)...) }, pointer}
}

// hubVariables are the variables of the Hub's template that are no keys of the
// front matter.
var hubVariables = []variable{
	{name: "model_id", get: func(dst []byte, c *card.Card) []byte { return append(dst, firstOf(c.Model.ID, c.Model.Name)...) }},
	textVariable("model_summary", "/model/summary", func(c *card.Card) *string { return &c.Model.Summary }),
	textVariable("model_description", "/model/description", func(c *card.Card) *string { return &c.Model.Description }),
	textVariable("developers", "/model/developers", func(c *card.Card) *string { return &c.Model.Developers }),
	textVariable("funded_by", "/model/funded_by", func(c *card.Card) *string { return &c.Model.FundedBy }),
	textVariable("shared_by", "/model/shared_by", func(c *card.Card) *string { return &c.Model.SharedBy }),
	textVariable("model_type", "/model/type", func(c *card.Card) *string { return &c.Model.Type }),
	textVariable("repo", "/model/repository", func(c *card.Card) *string { return &c.Model.Repository }),
	textVariable("paper", "/model/paper", func(c *card.Card) *string { return &c.Model.Paper }),
	textVariable("demo", "/model/demo", func(c *card.Card) *string { return &c.Model.Demo }),
	textVariable("direct_use", "/intended_use/direct_use", func(c *card.Card) *string { return &c.IntendedUse.DirectUse }),
	textVariable("downstream_use", "/intended_use/downstream_use", func(c *card.Card) *string { return &c.IntendedUse.DownstreamUse }),
	textVariable("out_of_scope_use", "/intended_use/out_of_scope_use", func(c *card.Card) *string { return &c.IntendedUse.OutOfScopeUse }),
	textVariable("get_started_code", "/intended_use/get_started", func(c *card.Card) *string { return &c.IntendedUse.GetStarted }),
	textVariable("bias_risks_limitations", "/considerations/overview", func(c *card.Card) *string { return &c.Considerations.Overview }),
	textVariable("bias_recommendations", "/considerations/recommendations", func(c *card.Card) *string { return &c.Considerations.Recommendations }),
	textVariable("training_data", "/training/data", func(c *card.Card) *string { return &c.Training.Data }),
	textVariable("preprocessing", "/training/preprocessing", func(c *card.Card) *string { return &c.Training.Preprocessing }),
	textVariable("training_regime", "/training/regime", func(c *card.Card) *string { return &c.Training.Regime }),
	textVariable("speeds_sizes_times", "/training/speeds_sizes_times", func(c *card.Card) *string { return &c.Training.SpeedsSizesTimes }),
	textVariable("testing_data", "/evaluation/testing_data", func(c *card.Card) *string { return &c.Evaluation.TestingData }),
	textVariable("testing_factors", "/evaluation/factors", func(c *card.Card) *string { return &c.Evaluation.Factors }),
	textVariable("testing_metrics", "/evaluation/metrics_rationale", func(c *card.Card) *string { return &c.Evaluation.MetricsRationale }),
	{"results", appendResults, "/evaluation/results_text"},
	textVariable("results_summary", "/evaluation/summary", func(c *card.Card) *string { return &c.Evaluation.Summary }),
	textVariable("model_examination", "/evaluation/examination", func(c *card.Card) *string { return &c.Evaluation.Examination }),
	textVariable("hardware_type", "/environment/hardware_type", func(c *card.Card) *string { return &c.Environment.HardwareType }),
	textVariable("hours_used", "/environment/hours_used", func(c *card.Card) *string { return &c.Environment.HoursUsed }),
	textVariable("cloud_provider", "/environment/cloud_provider", func(c *card.Card) *string { return &c.Environment.CloudProvider }),
	textVariable("cloud_region", "/environment/cloud_region", func(c *card.Card) *string { return &c.Environment.CloudRegion }),
	{"co2_emitted", appendCarbon, "/environment/carbon_emitted"},
	textVariable("model_specs", "/technical/architecture", func(c *card.Card) *string { return &c.Technical.Architecture }),
	textVariable("compute_infrastructure", "/technical/compute_infrastructure", func(c *card.Card) *string { return &c.Technical.ComputeInfrastructure }),
	textVariable("hardware_requirements", "/technical/hardware", func(c *card.Card) *string { return &c.Technical.Hardware }),
	textVariable("software", "/technical/software", func(c *card.Card) *string { return &c.Technical.Software }),
	textVariable("citation_bibtex", "/citation/bibtex", func(c *card.Card) *string { return &c.Citation.BibTeX }),
	textVariable("citation_apa", "/citation/apa", func(c *card.Card) *string { return &c.Citation.APA }),
	textVariable("glossary", "/contact/glossary", func(c *card.Card) *string { return &c.Contact.Glossary }),
	textVariable("more_information", "/contact/more_information", func(c *card.Card) *string { return &c.Contact.MoreInformation }),
	textVariable("model_card_authors", "/contact/authors", func(c *card.Card) *string { return &c.Contact.Authors }),
	textVariable("model_card_contact", "/contact/contact", func(c *card.Card) *string { return &c.Contact.Contact }),
}

// Variables is what a team's own template sees of a card: the variables of the
// Hub's modelcard_template.md, the keys of the front matter as huggingface_hub
// gives them to a template, the front matter itself as card_data, and the whole
// card as card, with what does not apply in not_applicable.
//
// A variable that a card has nothing for is left out, so that default() works.
func Variables(original *card.Card) *card.Map {
	c := withAllSections(original)
	front := frontMatter(original)
	out := &card.Map{}
	out.Set("card_data", string(pyyaml.AppendFrontMatter(nil, front, "\n")))
	for _, e := range front.Entries {
		out.Set(e.Key, e.Value)
	}
	for _, v := range hubVariables {
		if text := string(v.get(nil, c)); text != "" {
			out.Set(v.name, text)
		} else if reason, ok := c.NotApplicable[v.pointer]; ok {
			out.Set(v.name, notApplicableTag+reason)
		}
	}
	out.Set("card", templateTree(original))
	reasons := &card.Map{}
	for _, pointer := range slices.Sorted(maps.Keys(original.NotApplicable)) {
		reasons.Set(pointer, original.NotApplicable[pointer])
	}
	out.Set("not_applicable", reasons)
	return out
}

// appendResults appends the results in words and as a table.
func appendResults(dst []byte, c *card.Card) []byte {
	table := resultsTable{}.appendTo(nil, c)
	if c.Evaluation.ResultsText == "" {
		return append(dst, strings.TrimSpace(string(table))...)
	}
	dst = append(dst, c.Evaluation.ResultsText...)
	if len(table) > 0 {
		dst = append(dst, '\n')
	}
	return append(dst, strings.TrimRight(string(table), "\n")...)
}

func appendCarbon(dst []byte, c *card.Card) []byte {
	if c.Environment.CarbonEmitted != "" {
		return append(dst, c.Environment.CarbonEmitted...)
	}
	return appendEmissions(dst, c)
}

// templateTree is the card as a template reads it best: metadata is a mapping,
// and a field that does not apply is a text that says so.
func templateTree(c *card.Card) *card.Map {
	tree := c.Tree()
	fillReasons(tree, c.NotApplicable, "")
	if c.Metadata.Len() > 0 {
		tree.Set("metadata", c.Metadata)
	}
	return tree
}

// fillReasons puts a text in the place of every field that does not apply.
func fillReasons(v any, reasons map[string]string, pointer string) {
	switch v := v.(type) {
	case *card.Map:
		for i := range v.Entries {
			at := pointer + card.Pointer(v.Entries[i].Key)
			if reason, ok := reasons[at]; ok {
				v.Entries[i].Value = notApplicableTag + reason
				continue
			}
			fillReasons(v.Entries[i].Value, reasons, at)
		}
	case []any:
		for i := range v {
			fillReasons(v[i], reasons, pointer+"/"+strconv.Itoa(i))
		}
	}
}
