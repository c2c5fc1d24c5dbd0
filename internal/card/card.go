package card

// APIVersion and Kind are what a document may say of itself; both may be left out.
const (
	APIVersion = "mcg/v1"
	Kind       = "ModelCard"
)

// Card is one model card: what a team knows about a model. It is the union of
// the Hugging Face model card (front matter and template sections), Google's
// Model Card Toolkit 0.0.2, the CycloneDX 1.6 modelCard, and the answers that
// the EU AI Act (Annex IV, XI, XII) and the Cyber Resilience Act (Annex VII)
// ask for. A field that is absent is unknown, never "no".
//
// The order of the fields is the order of the canonical form.
type Card struct {
	// Version of the card format: mcg/v1.
	APIVersion string `json:"apiVersion,omitempty" schema:"const=mcg/v1"`
	// Kind of the document: ModelCard.
	Kind string `json:"kind,omitempty" schema:"const=ModelCard"`
	// What the model is, who made it and under which licence.
	Model Model `json:"model" schema:"required"`
	// What the model is for, and what it is not for.
	IntendedUse *IntendedUse `json:"intended_use,omitempty"`
	// How the model was trained, and on what.
	Training *Training `json:"training,omitempty"`
	// How the model was evaluated, and with which results.
	Evaluation *Evaluation `json:"evaluation,omitempty"`
	// Bias, risks, limitations and trade-offs.
	Considerations *Considerations `json:"considerations,omitempty"`
	// Energy, emissions and the hardware that caused them.
	Environment *Environment `json:"environment,omitempty"`
	// Architecture, inputs and outputs, software and hardware.
	Technical *Technical `json:"technical,omitempty"`
	// What regulation asks: EU AI Act, EU Cyber Resilience Act, GDPR.
	Compliance *Compliance `json:"compliance,omitempty"`
	// How to cite the model.
	Citation *Citation `json:"citation,omitempty"`
	// Who wrote the card and whom to ask.
	Contact *Contact `json:"contact,omitempty"`
	// A team's own sections, printed in this order after the standard ones.
	Sections []Section `json:"sections,omitempty"`
	// Free keys for a format's front matter, kept in order. A key that has a field of its own (license, tags, …) may stand here with null to fix its place in the order.
	Metadata *Map `json:"metadata,omitempty"`
	// Lists and mappings of the front matter that repeat another one by a YAML alias. One that is no longer equal to what it repeats is written out.
	MetadataAliases []Alias `json:"metadata_aliases,omitempty"`
	// Where values come from: evaluation files, trackers, registries.
	Sources []Source `json:"sources,omitempty"`

	// NotApplicable holds, by JSON pointer, the reason why a field does not
	// apply. A document writes it in the field's place:
	// `downstream_use: {not_applicable: "…"}`.
	NotApplicable map[string]string `json:"-"`
}

// Alias says that front matter has one list or mapping in two places.
type Alias struct {
	// JSON pointer, in the front matter, of the repetition.
	At string `json:"at" schema:"required"`
	// JSON pointer, in the front matter, of what is repeated.
	Of string `json:"of" schema:"required"`
}

// Model identifies the model.
type Model struct {
	// Identifier namespace/name, as on the Hugging Face Hub; without a namespace it is in "default".
	ID string `json:"id,omitempty" schema:"id"`
	// Name for people. A card has an id, a name, or both.
	Name string `json:"name,omitempty" schema:"line"`
	// Heading of the rendered document where it is not "Model Card for" and the name.
	Title string `json:"title,omitempty" schema:"line"`
	// The team's own label for this version, such as 1.2.0.
	Version string `json:"version,omitempty" schema:"line"`
	// Date of release of this version, best as ISO 8601.
	Date string `json:"date,omitempty" schema:"line"`
	// What changed since the version before.
	Changes string `json:"changes,omitempty" schema:"text"`
	// One paragraph: what the model is and does.
	Summary string `json:"summary,omitempty" schema:"text"`
	// Longer description.
	Description string `json:"description,omitempty" schema:"text"`
	// Where and how the model is documented.
	Documentation string `json:"documentation,omitempty" schema:"text"`
	// Who developed the model.
	Developers string `json:"developers,omitempty" schema:"line"`
	// Who paid for it.
	FundedBy string `json:"funded_by,omitempty" schema:"line"`
	// Who shares it.
	SharedBy string `json:"shared_by,omitempty" schema:"line"`
	// Persons or teams that answer for the model.
	Owners []Party `json:"owners,omitempty"`
	// Kind of model, such as "transformer encoder".
	Type string `json:"type,omitempty" schema:"line"`
	// Language or languages: ISO 639-1, 639-2 or 639-3 codes, code or multilingual.
	Language OneOrMany `json:"language,omitzero"`
	// Licence identifier as the Hugging Face Hub lists them.
	License string `json:"license,omitempty" schema:"line"`
	// Name of the licence where the identifier is other.
	LicenseName string `json:"license_name,omitempty" schema:"line"`
	// Link to the licence text, or a file name in the repository.
	LicenseLink string `json:"license_link,omitempty" schema:"line"`
	// Full text or terms of the licence.
	LicenseText string `json:"license_text,omitempty" schema:"text"`
	// Model or models this one was made from.
	BaseModel OneOrMany `json:"base_model,omitzero"`
	// How this model relates to its base: adapter, merge, quantized or finetune.
	BaseModelRelation string `json:"base_model_relation,omitempty" schema:"line"`
	// Model that replaces this one.
	NewVersion string `json:"new_version,omitempty" schema:"line"`
	// Library that loads the model, such as transformers.
	LibraryName string `json:"library_name,omitempty" schema:"line"`
	// Task on the Hugging Face Hub, such as text-classification.
	PipelineTag string `json:"pipeline_tag,omitempty" schema:"line"`
	// Tags for search.
	Tags []string `json:"tags,omitempty" schema:"items=line"`
	// Link to the source repository.
	Repository string `json:"repository,omitempty" schema:"line"`
	// Link to the paper.
	Paper string `json:"paper,omitempty" schema:"line"`
	// Link to a demonstration.
	Demo string `json:"demo,omitempty" schema:"line"`
	// Further references.
	References []Reference `json:"references,omitempty"`
	// Where the model's files are.
	Path string `json:"path,omitempty" schema:"line"`
}

// Party is a person, team or organisation.
type Party struct {
	// Name of the person, team or organisation.
	Name string `json:"name,omitempty" schema:"line"`
	// How to reach them.
	Contact string `json:"contact,omitempty" schema:"line"`
	// What they do, such as developer or auditor.
	Role string `json:"role,omitempty" schema:"line"`
}

// Reference is a link to something about the model.
type Reference struct {
	// Title of what is linked.
	Title string `json:"title,omitempty" schema:"line"`
	// Address.
	URL string `json:"url" schema:"line,required"`
}

// IntendedUse says what the model is for.
type IntendedUse struct {
	// What the model is for, in general.
	Overview string `json:"overview,omitempty" schema:"text"`
	// Use without fine-tuning or embedding in a larger system.
	DirectUse string `json:"direct_use,omitempty" schema:"text"`
	// Use when fine-tuned or as a part of something larger.
	DownstreamUse string `json:"downstream_use,omitempty" schema:"text"`
	// Misuse, malicious use, and uses the model will not work well for.
	OutOfScopeUse string `json:"out_of_scope_use,omitempty" schema:"text"`
	// Who is meant to use it.
	Users []string `json:"users,omitempty" schema:"items=text"`
	// What they are meant to do with it.
	UseCases []string `json:"use_cases,omitempty" schema:"items=text"`
	// Code or steps to get started.
	GetStarted string `json:"get_started,omitempty" schema:"text"`
}

// Training says how the model was made.
type Training struct {
	// Anything about the training as a whole.
	Overview string `json:"overview,omitempty" schema:"text"`
	// Description of the training data.
	Data string `json:"data,omitempty" schema:"text"`
	// Data sets used in training, one by one.
	Datasets []Dataset `json:"datasets,omitempty"`
	// Description of the procedure.
	Procedure string `json:"procedure,omitempty" schema:"text"`
	// What was done to the data before.
	Preprocessing string `json:"preprocessing,omitempty" schema:"text"`
	// Training regime, such as bf16 mixed precision.
	Regime string `json:"regime,omitempty" schema:"line"`
	// Hyperparameters by name, in the order given.
	Hyperparameters *Map `json:"hyperparameters,omitempty"`
	// Remarks on the hyperparameters.
	HyperparametersNote string `json:"hyperparameters_note,omitempty" schema:"text"`
	// Throughput, sizes of checkpoints, start and end times.
	SpeedsSizesTimes string `json:"speeds_sizes_times,omitempty" schema:"text"`
}

// Dataset is data that the model was trained or evaluated on (MCT 0.0.2
// model_parameters.data, CycloneDX componentData).
type Dataset struct {
	// Identifier on the Hugging Face Hub.
	ID string `json:"id,omitempty" schema:"line"`
	// Name for people.
	Name string `json:"name,omitempty" schema:"line"`
	// What it was used for: training, validation or test.
	Split string `json:"split,omitempty" schema:"line"`
	// Where it is.
	Link string `json:"link,omitempty" schema:"line"`
	// What is in it.
	Description string `json:"description,omitempty" schema:"text"`
	// How confidential it is, such as public.
	Classification string `json:"classification,omitempty" schema:"line"`
	// Kinds of sensitive data in it.
	SensitiveData []string `json:"sensitive_data,omitempty" schema:"items=text"`
	// Who owns, keeps and stewards it.
	Governance *Governance `json:"governance,omitempty"`
	// Pictures of the data.
	Graphics *Graphics `json:"graphics,omitempty"`
}

// Governance names who answers for a data set (CycloneDX dataGovernance).
type Governance struct {
	// Who keeps the data safe.
	Custodians []Party `json:"custodians,omitempty"`
	// Who decides on its use.
	Stewards []Party `json:"stewards,omitempty"`
	// Who owns it.
	Owners []Party `json:"owners,omitempty"`
}

// Graphics is a set of pictures (MCT 0.0.2 graphics, CycloneDX graphicsCollection).
type Graphics struct {
	// What the pictures show.
	Description string `json:"description,omitempty" schema:"text"`
	// The pictures.
	Collection []Graphic `json:"collection,omitempty"`
}

// Graphic is one picture.
type Graphic struct {
	// Title of the picture.
	Name string `json:"name,omitempty" schema:"line"`
	// The picture itself, Base64 (RFC 4648, section 4).
	Image string `json:"image,omitempty" schema:"image"`
	// Media type of the picture, such as image/png.
	ContentType string `json:"content_type,omitempty" schema:"line"`
}

// Evaluation says how good the model is.
type Evaluation struct {
	// Anything about the evaluation as a whole.
	Overview string `json:"overview,omitempty" schema:"text"`
	// Anything about test data, factors and metrics together.
	Protocol string `json:"protocol,omitempty" schema:"text"`
	// Description of the test data.
	TestingData string `json:"testing_data,omitempty" schema:"text"`
	// Factors by which results differ: domains, groups, conditions.
	Factors string `json:"factors,omitempty" schema:"text"`
	// Which metrics are used, and why.
	MetricsRationale string `json:"metrics_rationale,omitempty" schema:"text"`
	// Identifiers of the metrics used, as on the Hugging Face Hub.
	Metrics []string `json:"metrics,omitempty" schema:"items=line"`
	// Results, one entry a task and data set (model-index results).
	Results []Result `json:"results,omitempty"`
	// Results in words or tables.
	ResultsText string `json:"results_text,omitempty" schema:"text"`
	// Summary of the results.
	Summary string `json:"summary,omitempty" schema:"text"`
	// Data sets used in evaluation, one by one.
	Datasets []Dataset `json:"datasets,omitempty"`
	// Charts of the results.
	Graphics *Graphics `json:"graphics,omitempty"`
	// Work on examining or interpreting the model.
	Examination string `json:"examination,omitempty" schema:"text"`
}

// Result holds the metrics of one task on one data set, as the Hub's
// model-index has it.
type Result struct {
	// What was done.
	Task Task `json:"task,omitzero"`
	// On which data.
	Dataset ResultDataset `json:"dataset,omitzero"`
	// How well.
	Metrics []Metric `json:"metrics" schema:"required"`
	// Who says so.
	Source *ResultSource `json:"source,omitempty"`
}

// Task is the task of a result.
type Task struct {
	// Task identifier, such as text-classification.
	Type string `json:"type,omitempty" schema:"line"`
	// Name for people.
	Name string `json:"name,omitempty" schema:"line"`
}

// ResultDataset is the data set of a result.
type ResultDataset struct {
	// Identifier on the Hugging Face Hub.
	Type string `json:"type,omitempty" schema:"line"`
	// Name for people.
	Name string `json:"name,omitempty" schema:"line"`
	// Configuration of the data set.
	Config string `json:"config,omitempty" schema:"line"`
	// Split, such as test.
	Split string `json:"split,omitempty" schema:"line"`
	// Git revision of the data set.
	Revision string `json:"revision,omitempty" schema:"line"`
	// Arguments of the loader, a mapping or a text.
	Args any `json:"args,omitempty"`
}

// Metric is one performance metric.
type Metric struct {
	// Metric identifier, such as accuracy.
	Type string `json:"type" schema:"line,required"`
	// The value: a number, or text such as "20.0 ± 1.2".
	Value any `json:"value" schema:"required,given"`
	// Name for people.
	Name string `json:"name,omitempty" schema:"line"`
	// Configuration of the metric.
	Config string `json:"config,omitempty" schema:"line"`
	// Arguments of the metric.
	Args any `json:"args,omitempty"`
	// Part of the data that the value is for.
	Slice string `json:"slice,omitempty" schema:"line"`
	// Confidence interval of the value.
	ConfidenceInterval *Interval `json:"confidence_interval,omitempty"`
	// Value that the metric has to reach.
	Threshold *Number `json:"threshold,omitempty"`
	// Number of samples that the value is computed from.
	SampleSize *Number `json:"sample_size,omitempty"`
	// Unit of the value, such as ms.
	Unit string `json:"unit,omitempty" schema:"line"`
	// Whether the Hub has verified the value.
	Verified *bool `json:"verified,omitempty"`
	// The Hub's token for it.
	VerifyToken string `json:"verify_token,omitempty" schema:"line"`
}

// Interval is a confidence interval.
type Interval struct {
	// Lower bound.
	LowerBound Number `json:"lower_bound" schema:"required"`
	// Upper bound.
	UpperBound Number `json:"upper_bound" schema:"required"`
	// Confidence level between 0 and 1, such as 0.95.
	Level *Number `json:"level,omitempty"`
}

// ResultSource is where a result was published.
type ResultSource struct {
	// Address.
	URL string `json:"url" schema:"line,required"`
	// Name for people.
	Name string `json:"name,omitempty" schema:"line"`
}

// Considerations holds risks and limits.
type Considerations struct {
	// Bias, risks and limitations in words.
	Overview string `json:"overview,omitempty" schema:"text"`
	// What users should do about them.
	Recommendations string `json:"recommendations,omitempty" schema:"text"`
	// Known technical limitations, one by one.
	Limitations []string `json:"limitations,omitempty" schema:"items=text"`
	// Known trade-offs between accuracy and other ends.
	Tradeoffs []string `json:"tradeoffs,omitempty" schema:"items=text"`
	// Ethical risks and what is done about them.
	Ethical []Risk `json:"ethical,omitempty"`
	// Groups at risk, with benefits and harms (CycloneDX fairnessAssessment).
	Fairness []Fairness `json:"fairness,omitempty"`
}

// Risk is one ethical risk.
type Risk struct {
	// The risk.
	Name string `json:"name,omitempty" schema:"text"`
	// What is done about it.
	Mitigation string `json:"mitigation,omitempty" schema:"text"`
}

// Fairness is one fairness assessment.
type Fairness struct {
	// Group that may be treated unfairly.
	GroupAtRisk string `json:"group_at_risk,omitempty" schema:"text"`
	// Benefits to the group.
	Benefits string `json:"benefits,omitempty" schema:"text"`
	// Harms to the group.
	Harms string `json:"harms,omitempty" schema:"text"`
	// What is done about the harms.
	Mitigation string `json:"mitigation,omitempty" schema:"text"`
}

// Environment holds energy and emissions.
type Environment struct {
	// Anything about environmental impact as a whole.
	Overview string `json:"overview,omitempty" schema:"text"`
	// Hardware used, such as 8 × A100.
	HardwareType string `json:"hardware_type,omitempty" schema:"line"`
	// Hours of use.
	HoursUsed string `json:"hours_used,omitempty" schema:"line"`
	// Cloud provider.
	CloudProvider string `json:"cloud_provider,omitempty" schema:"line"`
	// Region of the data centre.
	CloudRegion string `json:"cloud_region,omitempty" schema:"line"`
	// Carbon emitted, in words.
	CarbonEmitted string `json:"carbon_emitted,omitempty" schema:"line"`
	// Emissions in grams of CO2 equivalent, as a number or with details.
	CO2 *Emissions `json:"co2_eq_emissions,omitempty"`
	// Energy used, one entry an activity (CycloneDX energyConsumption).
	Energy []Energy `json:"energy,omitempty"`
}

// Energy is the energy that one activity used.
type Energy struct {
	// What the energy was used for.
	Activity string `json:"activity" schema:"required,enum=design|data-collection|data-preparation|training|fine-tuning|validation|deployment|inference|other"`
	// Energy in kWh.
	KWh Number `json:"kwh" schema:"required,min=0"`
	// Emissions in grams of CO2 equivalent.
	CO2Grams *Number `json:"co2_eq_grams,omitempty" schema:"min=0"`
	// Emissions offset, in grams of CO2 equivalent.
	OffsetGrams *Number `json:"co2_eq_offset_grams,omitempty" schema:"min=0"`
	// Who provided the energy.
	Providers []EnergyProvider `json:"providers,omitempty"`
}

// EnergyProvider is a source of energy.
type EnergyProvider struct {
	// Organisation that provides it.
	Organization string `json:"organization" schema:"line,required"`
	// Where the energy comes from.
	Source string `json:"source" schema:"required,enum=coal|oil|natural-gas|nuclear|wind|solar|geothermal|hydropower|biofuel|unknown|other"`
	// Energy provided, in kWh.
	KWh Number `json:"kwh" schema:"required,min=0"`
	// What it is.
	Description string `json:"description,omitempty" schema:"text"`
}

// Technical holds what is inside the model and around it.
type Technical struct {
	// Anything technical as a whole.
	Overview string `json:"overview,omitempty" schema:"text"`
	// Architecture and objective.
	Architecture string `json:"architecture,omitempty" schema:"text"`
	// Family of architectures, such as transformer.
	ArchitectureFamily string `json:"architecture_family,omitempty" schema:"line"`
	// How the model learns.
	Approach string `json:"approach,omitempty" schema:"enum=supervised|unsupervised|reinforcement-learning|semi-supervised|self-supervised"`
	// Task in the words of the technical documentation.
	Task string `json:"task,omitempty" schema:"line"`
	// Number of parameters.
	Parameters *Number `json:"parameters,omitempty" schema:"min=0"`
	// Compute used in training, in floating point operations.
	TrainingFLOPs *Number `json:"training_flops,omitempty" schema:"min=0"`
	// Longest input, in tokens.
	ContextLength *Number `json:"context_length,omitempty" schema:"min=0"`
	// Inputs.
	Inputs []Port `json:"inputs,omitempty"`
	// Outputs.
	Outputs []Port `json:"outputs,omitempty"`
	// Compute infrastructure.
	ComputeInfrastructure string `json:"compute_infrastructure,omitempty" schema:"text"`
	// Hardware that the model needs.
	Hardware string `json:"hardware,omitempty" schema:"text"`
	// Software that the model needs.
	Software string `json:"software,omitempty" schema:"text"`
}

// Port is an input or output of the model.
type Port struct {
	// Format, such as text or image/png.
	Format string `json:"format,omitempty" schema:"text"`
	// Name of the field, where there are several (MCT input_format_map key).
	Name string `json:"name,omitempty" schema:"line"`
	// What is in it.
	Description string `json:"description,omitempty" schema:"text"`
}

// Citation says how to cite the model.
type Citation struct {
	// Anything about citing as a whole.
	Text string `json:"text,omitempty" schema:"text"`
	// BibTeX entry, without a code fence.
	BibTeX string `json:"bibtex,omitempty" schema:"text"`
	// APA style.
	APA string `json:"apa,omitempty" schema:"text"`
	// Other styles.
	Others []CitationEntry `json:"others,omitempty"`
}

// CitationEntry is a citation in a named style.
type CitationEntry struct {
	// Style, such as MLA.
	Style string `json:"style,omitempty" schema:"line"`
	// The citation.
	Citation string `json:"citation" schema:"text,required"`
}

// Contact says who wrote the card and whom to ask.
type Contact struct {
	// Authors of the card.
	Authors string `json:"authors,omitempty" schema:"text"`
	// Whom to ask.
	Contact string `json:"contact,omitempty" schema:"text"`
	// Terms and calculations a reader may not know.
	Glossary string `json:"glossary,omitempty" schema:"text"`
	// Anything else.
	MoreInformation string `json:"more_information,omitempty" schema:"text"`
}

// Section is a section of a team's own.
type Section struct {
	// Heading, as Markdown inline text.
	Title string `json:"title" schema:"line,required"`
	// Body, as Markdown; headings in it are below the section's own.
	Text string `json:"text,omitempty" schema:"text"`
}

// Source is where values of the card come from.
type Source struct {
	// Kind of source, such as evaluation, mlflow, wandb or huggingface.
	Type string `json:"type" schema:"line,required"`
	// File, relative to the card.
	Path string `json:"path,omitempty" schema:"line"`
	// Run, model version or repository, as the source names it.
	Ref string `json:"ref,omitempty" schema:"line"`
	// What the reference stood for when it was read: a run, version or commit.
	Resolved string `json:"resolved,omitempty" schema:"line"`
	// JSON pointers (RFC 6901) to what the card has from here. Of several sources, the longest pointer that covers a field says where it is from.
	Fields []string `json:"fields,omitempty"`
}
