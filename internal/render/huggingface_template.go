package render

import "github.com/terragonlabs/modelcard-generator/internal/card"

// part is one heading of the Hub's model card template with what stands below
// it. One table of parts serves the writer and the reader, so they cannot
// disagree.
type part struct {
	level   int
	title   string
	heading string                     // the heading as it is printed
	pointer string                     // of text
	text    func(c *card.Card) *string // the text below the heading; nil where the template has none
	gap     bool                       // an absent text is printed as a gap
	bullets []bullet                   // labelled lines after the text
	block   block                      // structured data after the text
	extra   bool                       // not in the Hub's template: printed only where the card has it
	has     func(c *card.Card) bool    // for an extra part
	aliases []string                   // headings that other cards use for it, at their top level
}

// bullet is a labelled line, such as "- **Developed by:** …".
type bullet struct {
	label   string
	prefix  string // the label as it is printed
	pointer string
	field   func(c *card.Card) *string            // where the value is kept
	derive  func(dst []byte, c *card.Card) []byte // or how it is made from fields the front matter has
	extra   bool                                  // not in the Hub's template: printed only where the card has it
	unless  func(c *card.Card) bool               // where the README says it elsewhere
}

// block is structured data that is printed below a heading and read back.
type block interface {
	// appendTo prints the data; it appends nothing where the card has none.
	appendTo(dst []byte, c *card.Card) []byte
	// takeFrom reads the data out of a text and returns what is left of it.
	takeFrom(c *card.Card, text string) string
	// isPlain tells, at little cost, that what is printed is read back as it is
	// beside such a text; false means that it may not be.
	isPlain(c *card.Card, text string) bool
}

// The texts of the template that stand where something is missing.
const (
	gapText          = "[More Information Needed]"
	notApplicableTag = "Not applicable: "
	titlePrefix      = "Model Card for "
)

// template is the Hub's annotated model card template in order, with extra
// parts for what a card holds beyond it.
var template = printed([]part{
	{level: 2, title: "Model Details", pointer: "/model/documentation", text: func(c *card.Card) *string { return &c.Model.Documentation }},
	{level: 3, title: "Model Description", pointer: "/model/description", text: func(c *card.Card) *string { return &c.Model.Description },
		bullets: descriptionBullets, aliases: []string{"Model description"}},
	{level: 3, title: "Changes in this Version", pointer: "/model/changes", text: func(c *card.Card) *string { return &c.Model.Changes }, extra: true},
	{level: 3, title: "Owners", extra: true, block: partyList{func(c *card.Card) *[]card.Party { return &c.Model.Owners }}},
	{level: 3, title: "Model Sources [optional]", bullets: []bullet{
		{label: "Repository", pointer: "/model/repository", field: func(c *card.Card) *string { return &c.Model.Repository }},
		{label: "Paper [optional]", pointer: "/model/paper", field: func(c *card.Card) *string { return &c.Model.Paper }},
		{label: "Demo [optional]", pointer: "/model/demo", field: func(c *card.Card) *string { return &c.Model.Demo }},
		{label: "Files", pointer: "/model/path", field: func(c *card.Card) *string { return &c.Model.Path }, extra: true},
	}},
	{level: 3, title: "References", extra: true, block: referenceList{}},

	{level: 2, title: "Uses", pointer: "/intended_use/overview", text: func(c *card.Card) *string { return &c.IntendedUse.Overview },
		aliases: []string{"Intended use", "Intended uses", "Intended uses & limitations", "Intended uses and limitations"}},
	{level: 3, title: "Direct Use", pointer: "/intended_use/direct_use", text: func(c *card.Card) *string { return &c.IntendedUse.DirectUse }, gap: true},
	{level: 3, title: "Downstream Use [optional]", pointer: "/intended_use/downstream_use", text: func(c *card.Card) *string { return &c.IntendedUse.DownstreamUse }, gap: true},
	{level: 3, title: "Out-of-Scope Use", pointer: "/intended_use/out_of_scope_use", text: func(c *card.Card) *string { return &c.IntendedUse.OutOfScopeUse }, gap: true},
	{level: 3, title: "Intended Users", extra: true, block: textList{func(c *card.Card) *[]string { return &c.IntendedUse.Users }}},
	{level: 3, title: "Use Cases", extra: true, block: textList{func(c *card.Card) *[]string { return &c.IntendedUse.UseCases }}},

	{level: 2, title: "Bias, Risks, and Limitations", pointer: "/considerations/overview", text: func(c *card.Card) *string { return &c.Considerations.Overview }, gap: true,
		aliases: []string{"Limitations and bias", "Limitations", "Bias and limitations"}},
	{level: 3, title: "Recommendations", pointer: "/considerations/recommendations", text: func(c *card.Card) *string { return &c.Considerations.Recommendations }, gap: true},
	{level: 3, title: "Technical Limitations", extra: true, block: textList{func(c *card.Card) *[]string { return &c.Considerations.Limitations }}},
	{level: 3, title: "Trade-offs", extra: true, block: textList{func(c *card.Card) *[]string { return &c.Considerations.Tradeoffs }}},
	{level: 3, title: "Ethical Considerations", extra: true, block: riskList{}},
	{level: 3, title: "Fairness Assessments", extra: true, block: fairnessList{}},

	{level: 2, title: "How to Get Started with the Model", pointer: "/intended_use/get_started", text: func(c *card.Card) *string { return &c.IntendedUse.GetStarted }, gap: true,
		aliases: []string{"How to use", "Usage", "How to use the model"}},

	{level: 2, title: "Training Details", pointer: "/training/overview", text: func(c *card.Card) *string { return &c.Training.Overview }},
	{level: 3, title: "Training Data", pointer: "/training/data", text: func(c *card.Card) *string { return &c.Training.Data }, gap: true,
		aliases: []string{"Training data", "Training and evaluation data"}},
	{level: 3, title: "Training Procedure", pointer: "/training/procedure", text: func(c *card.Card) *string { return &c.Training.Procedure },
		aliases: []string{"Training procedure"}},
	{level: 4, title: "Preprocessing [optional]", pointer: "/training/preprocessing", text: func(c *card.Card) *string { return &c.Training.Preprocessing }, gap: true},
	{level: 4, title: "Training Hyperparameters", pointer: "/training/hyperparameters_note", text: func(c *card.Card) *string { return &c.Training.HyperparametersNote },
		bullets: []bullet{{label: "Training regime", pointer: "/training/regime", field: func(c *card.Card) *string { return &c.Training.Regime }}},
		block:   hyperparameters{}},
	{level: 4, title: "Speeds, Sizes, Times [optional]", pointer: "/training/speeds_sizes_times", text: func(c *card.Card) *string { return &c.Training.SpeedsSizesTimes }, gap: true},

	{level: 2, title: "Evaluation", pointer: "/evaluation/overview", text: func(c *card.Card) *string { return &c.Evaluation.Overview },
		aliases: []string{"Evaluation results", "Eval results"}},
	{level: 3, title: "Testing Data, Factors & Metrics", pointer: "/evaluation/protocol", text: func(c *card.Card) *string { return &c.Evaluation.Protocol }},
	{level: 4, title: "Testing Data", pointer: "/evaluation/testing_data", text: func(c *card.Card) *string { return &c.Evaluation.TestingData }, gap: true},
	{level: 4, title: "Factors", pointer: "/evaluation/factors", text: func(c *card.Card) *string { return &c.Evaluation.Factors }, gap: true},
	{level: 4, title: "Metrics", pointer: "/evaluation/metrics_rationale", text: func(c *card.Card) *string { return &c.Evaluation.MetricsRationale }, gap: true},
	{level: 3, title: "Results", pointer: "/evaluation/results_text", text: func(c *card.Card) *string { return &c.Evaluation.ResultsText }, gap: true, block: resultsTable{}},
	{level: 4, title: "Summary", pointer: "/evaluation/summary", text: func(c *card.Card) *string { return &c.Evaluation.Summary }, gap: true},

	{level: 2, title: "Model Examination [optional]", pointer: "/evaluation/examination", text: func(c *card.Card) *string { return &c.Evaluation.Examination }, gap: true},

	{level: 2, title: "Environmental Impact", pointer: "/environment/overview", text: func(c *card.Card) *string { return &c.Environment.Overview }, bullets: []bullet{
		{label: "Hardware Type", pointer: "/environment/hardware_type", field: func(c *card.Card) *string { return &c.Environment.HardwareType }},
		{label: "Hours used", pointer: "/environment/hours_used", field: func(c *card.Card) *string { return &c.Environment.HoursUsed }},
		{label: "Cloud Provider", pointer: "/environment/cloud_provider", field: func(c *card.Card) *string { return &c.Environment.CloudProvider }},
		{label: "Compute Region", pointer: "/environment/cloud_region", field: func(c *card.Card) *string { return &c.Environment.CloudRegion }},
		{label: "Carbon Emitted", pointer: "/environment/carbon_emitted", field: func(c *card.Card) *string { return &c.Environment.CarbonEmitted }, derive: appendEmissions},
	}},

	{level: 2, title: "Technical Specifications [optional]", pointer: "/technical/overview", text: func(c *card.Card) *string { return &c.Technical.Overview }},
	{level: 3, title: "Model Architecture and Objective", pointer: "/technical/architecture", text: func(c *card.Card) *string { return &c.Technical.Architecture }, gap: true,
		aliases: []string{"Model architecture"}, bullets: []bullet{
			{label: "Architecture family", pointer: "/technical/architecture_family", field: func(c *card.Card) *string { return &c.Technical.ArchitectureFamily }, extra: true},
			{label: "Learning approach", pointer: "/technical/approach", field: func(c *card.Card) *string { return &c.Technical.Approach }, extra: true},
		}, block: sizes{}},
	{level: 3, title: "Inputs", extra: true, block: portList{func(c *card.Card) *[]card.Port { return &c.Technical.Inputs }}},
	{level: 3, title: "Outputs", extra: true, block: portList{func(c *card.Card) *[]card.Port { return &c.Technical.Outputs }}},
	{level: 3, title: "Compute Infrastructure", pointer: "/technical/compute_infrastructure", text: func(c *card.Card) *string { return &c.Technical.ComputeInfrastructure }, gap: true},
	{level: 4, title: "Hardware", pointer: "/technical/hardware", text: func(c *card.Card) *string { return &c.Technical.Hardware }, gap: true},
	{level: 4, title: "Software", pointer: "/technical/software", text: func(c *card.Card) *string { return &c.Technical.Software }, gap: true},

	{level: 2, title: "Citation [optional]", pointer: "/citation/text", text: func(c *card.Card) *string { return &c.Citation.Text }, block: citation{},
		aliases: []string{"BibTeX entry and citation info", "Citation information", "How to cite", "Citing"}},
	{level: 2, title: "Glossary [optional]", pointer: "/contact/glossary", text: func(c *card.Card) *string { return &c.Contact.Glossary }, gap: true},
	{level: 2, title: "More Information [optional]", pointer: "/contact/more_information", text: func(c *card.Card) *string { return &c.Contact.MoreInformation }, gap: true},
	{level: 2, title: "Model Card Authors [optional]", pointer: "/contact/authors", text: func(c *card.Card) *string { return &c.Contact.Authors }, gap: true},
	{level: 2, title: "Model Card Contact", pointer: "/contact/contact", text: func(c *card.Card) *string { return &c.Contact.Contact }, gap: true},
})

// printed fills in what is the same in every card's headings and labels, so
// that rendering copies it in one piece.
func printed(parts []part) []part {
	for i := range parts {
		p := &parts[i]
		p.heading = string(appendHeading(nil, p.level, p.title))
		for j := range p.bullets {
			p.bullets[j].prefix = "- **" + p.bullets[j].label + ":** "
		}
	}
	return parts
}

var descriptionBullets = []bullet{
	{label: "Model ID", pointer: "/model/id", field: func(c *card.Card) *string { return &c.Model.ID }, extra: true},
	{label: "Model name", pointer: "/model/name", field: func(c *card.Card) *string { return &c.Model.Name }, extra: true, unless: namedElsewhere},
	{label: "Version", pointer: "/model/version", field: func(c *card.Card) *string { return &c.Model.Version }, extra: true},
	{label: "Released", pointer: "/model/date", field: func(c *card.Card) *string { return &c.Model.Date }, extra: true},
	{label: "Developed by", pointer: "/model/developers", field: func(c *card.Card) *string { return &c.Model.Developers }},
	{label: "Funded by [optional]", pointer: "/model/funded_by", field: func(c *card.Card) *string { return &c.Model.FundedBy }},
	{label: "Shared by [optional]", pointer: "/model/shared_by", field: func(c *card.Card) *string { return &c.Model.SharedBy }},
	{label: "Model type", pointer: "/model/type", field: func(c *card.Card) *string { return &c.Model.Type }},
	{label: "Language(s) (NLP)", pointer: "/model/language", derive: appendLanguage},
	{label: "License", pointer: "/model/license", derive: appendLicense},
	{label: "Finetuned from model [optional]", pointer: "/model/base_model", derive: appendBaseModel},
}

// boilerplate is what the Hub's template prints around its variables: hints to
// the author and standing sentences. It says nothing about a model, so it is no
// part of a card.
var boilerplate = []string{
	"<!-- Provide a quick summary of what the model is/does. -->",
	"<!-- Provide a longer summary of what this model is. -->",
	"<!-- Provide the basic links for the model. -->",
	"<!-- Address questions around how the model is intended to be used, including the foreseeable users of the model and those affected by the model. -->",
	"<!-- This section is for the model use without fine-tuning or plugging into a larger ecosystem/app. -->",
	"<!-- This section is for the model use when fine-tuned for a task, or when plugged into a larger ecosystem/app -->",
	"<!-- This section addresses misuse, malicious use, and uses that the model will not work well for. -->",
	"<!-- This section is meant to convey both technical and sociotechnical limitations. -->",
	"<!-- This section is meant to convey recommendations with respect to the bias, risk, and technical limitations. -->",
	"<!-- This should link to a Dataset Card, perhaps with a short stub of information on what the training data is all about as well as documentation related to data pre-processing or additional filtering. -->",
	"<!-- This relates heavily to the Technical Specifications. Content here should link to that section when it is relevant to the training procedure. -->",
	"<!--fp32, fp16 mixed precision, bf16 mixed precision, bf16 non-mixed precision, fp16 non-mixed precision, fp8 mixed precision -->",
	"<!-- This section provides information about throughput, start/end time, checkpoint size if relevant, etc. -->",
	"<!-- This section describes the evaluation protocols and provides the results. -->",
	"<!-- This should link to a Dataset Card if possible. -->",
	"<!-- These are the things the evaluation is disaggregating by, e.g., subpopulations or domains. -->",
	"<!-- These are the evaluation metrics being used, ideally with a description of why. -->",
	"<!-- Relevant interpretability work for the model goes here -->",
	"<!-- Total emissions (in grams of CO2eq) and additional considerations, such as electricity usage, go here. Edit the suggested text below accordingly -->",
	"<!-- If there is a paper or blog post introducing the model, the APA and Bibtex information for that should go in this section. -->",
	"<!-- If relevant, include terms and calculations in this section that can help readers understand the model or model card. -->",
	"Use the code below to get started with the model.",
	"Users (both direct and downstream) should be made aware of the risks, biases and limitations of the model. More information needed for further recommendations.",
	"Carbon emissions can be estimated using the [Machine Learning Impact calculator](https://mlco2.github.io/impact#compute) presented in [Lacoste et al. (2019)](https://arxiv.org/abs/1910.09700).",
}
