package check

import (
	"github.com/terragonlabs/modelcard-generator/internal/card"
)

const cdxSchema = "CycloneDX 1.6"

// cycloneDXPack holds a card to what a machine learning bill of materials
// needs. Errors are what its schema would refuse.
var cycloneDXPack = Pack{
	Name: "cyclonedx", Title: "CycloneDX ML-BOM",
	About:     "What a component of type machine-learning-model with its modelCard needs in a CycloneDX 1.6 bill of materials.",
	Reference: cdxSchema + ", component.modelCard",
	Rules:     cycloneDXRules,
}

var cycloneDXRules = []Rule{
	{ID: "cyclonedx/version", Severity: Warning, Reference: cdxSchema + ", component.version", Title: "component.version",
		Hint: "set model.version; a vulnerability is known by name and version", Fields: []string{"/model/version"}, Good: "model: {name: Example, version: 1.2.0}\n"},
	{ID: "cyclonedx/supplier", Severity: Warning, Reference: cdxSchema + ", component.supplier, component.manufacturer", Title: "component.supplier",
		Hint: "set model.developers, model.shared_by or model.owners", Fields: []string{"/model/developers", "/model/shared_by", "/model/owners"}, Good: "model: {name: Example, developers: Acme}\n"},
	{ID: "cyclonedx/license", Severity: Warning, Reference: cdxSchema + ", component.licenses", Title: "component.licenses",
		Hint: "set model.license", Fields: []string{"/model/license", "/model/license_text"}, Good: "model: {name: Example, license: mit}\n"},
	{ID: "cyclonedx/description", Severity: Info, Reference: cdxSchema + ", component.description", Title: "component.description",
		Hint: "set model.summary", Fields: []string{"/model/summary", "/model/description"}, Good: "model: {name: Example, summary: Tells positive reviews from negative ones.}\n"},
	{ID: "cyclonedx/references", Severity: Info, Reference: cdxSchema + ", component.externalReferences", Title: "component.externalReferences",
		Hint: "set model.repository, model.paper or model.references", Fields: []string{"/model/repository", "/model/paper", "/model/demo", "/model/references"}, Good: "model: {name: Example, repository: \"https://example.com\"}\n"},
	{ID: "cyclonedx/pedigree", Severity: Info, Reference: cdxSchema + ", component.pedigree.ancestors", Title: "component.pedigree.ancestors",
		Hint: "set model.base_model, or not_applicable for a model trained from nothing", Fields: []string{"/model/base_model"}, Good: "model: {name: Example, base_model: acme/base}\n"},
	{ID: "cyclonedx/approach", Severity: Warning, Reference: cdxSchema + ", modelCard.modelParameters.approach.type", Title: "modelParameters.approach",
		Hint: "set technical.approach", Fields: []string{"/technical/approach"}, Good: smallest + "technical: {approach: supervised}\n"},
	{ID: "cyclonedx/task", Severity: Warning, Reference: cdxSchema + ", modelCard.modelParameters.task", Title: "modelParameters.task",
		Hint: "set technical.task or model.pipeline_tag", Fields: []string{"/technical/task", "/model/pipeline_tag"}, Good: "model: {name: Example, pipeline_tag: text-classification}\n"},
	{ID: "cyclonedx/architecture", Severity: Warning, Reference: cdxSchema + ", modelCard.modelParameters.architectureFamily, modelArchitecture", Title: "modelParameters.modelArchitecture",
		Hint: "set technical.architecture or technical.architecture_family", Fields: []string{"/technical/architecture", "/technical/architecture_family", "/model/type"}, Good: smallest + "technical: {architecture_family: transformer}\n"},
	{ID: "cyclonedx/datasets", Severity: Warning, Reference: cdxSchema + ", modelCard.modelParameters.datasets", Title: "modelParameters.datasets",
		Hint: "set training.datasets", Fields: []string{"/training/datasets", "/evaluation/datasets"}, Good: smallest + "training: {datasets: [{name: Reviews, classification: public}]}\n"},
	{ID: "cyclonedx/dataset-classification", Severity: Info, Reference: cdxSchema + ", componentData.classification", Title: "a data set says how confidential it is",
		Bad: smallest + "training: {datasets: [{name: Reviews}]}\n", Good: smallest + "training: {datasets: [{name: Reviews, classification: public}]}\n",
		find: eachDataset(func(d *card.Dataset) string {
			if d.Classification == "" {
				return "classification"
			}
			return ""
		})},
	{ID: "cyclonedx/inputs", Severity: Info, Reference: cdxSchema + ", modelCard.modelParameters.inputs", Title: "modelParameters.inputs",
		Hint: "set technical.inputs", Fields: []string{"/technical/inputs"}, Good: smallest + "technical: {inputs: [{format: text}]}\n"},
	{ID: "cyclonedx/outputs", Severity: Info, Reference: cdxSchema + ", modelCard.modelParameters.outputs", Title: "modelParameters.outputs",
		Hint: "set technical.outputs", Fields: []string{"/technical/outputs"}, Good: smallest + "technical: {outputs: [{format: label}]}\n"},
	{ID: "cyclonedx/performance-metrics", Severity: Warning, Reference: cdxSchema + ", modelCard.quantitativeAnalysis.performanceMetrics", Title: "quantitativeAnalysis.performanceMetrics",
		Hint: "set evaluation.results", Fields: []string{"/evaluation/results"}, Good: withMetrics("{type: f1, value: 0.9}")},
	{ID: "cyclonedx/users", Severity: Info, Reference: cdxSchema + ", modelCard.considerations.users", Title: "considerations.users",
		Hint: "set intended_use.users", Fields: []string{"/intended_use/users"}, Good: smallest + "intended_use: {users: [Analysts]}\n"},
	{ID: "cyclonedx/use-cases", Severity: Warning, Reference: cdxSchema + ", modelCard.considerations.useCases", Title: "considerations.useCases",
		Hint: "set intended_use.use_cases or intended_use.direct_use", Fields: []string{"/intended_use/use_cases", "/intended_use/direct_use", "/intended_use/overview"}, Good: smallest + "intended_use: {use_cases: [Ranking reviews]}\n"},
	{ID: "cyclonedx/limitations", Severity: Warning, Reference: cdxSchema + ", modelCard.considerations.technicalLimitations", Title: "considerations.technicalLimitations",
		Hint: "set considerations.limitations", Fields: []string{"/considerations/limitations", "/considerations/overview"}, Good: smallest + "considerations: {limitations: [English only]}\n"},
	{ID: "cyclonedx/tradeoffs", Severity: Info, Reference: cdxSchema + ", modelCard.considerations.performanceTradeoffs", Title: "considerations.performanceTradeoffs",
		Hint: "set considerations.tradeoffs", Fields: []string{"/considerations/tradeoffs"}, Good: smallest + "considerations: {tradeoffs: [Small before accurate]}\n"},
	{ID: "cyclonedx/ethics", Severity: Info, Reference: cdxSchema + ", modelCard.considerations.ethicalConsiderations", Title: "considerations.ethicalConsiderations",
		Hint: "set considerations.ethical", Fields: []string{"/considerations/ethical"}, Good: smallest + "considerations: {ethical: [{name: Dialect, mitigation: A test}]}\n"},
	{ID: "cyclonedx/fairness", Severity: Info, Reference: cdxSchema + ", modelCard.considerations.fairnessAssessments", Title: "considerations.fairnessAssessments",
		Hint: "set considerations.fairness", Fields: []string{"/considerations/fairness"}, Good: smallest + "considerations: {fairness: [{group_at_risk: Speakers of dialects}]}\n"},
	{ID: "cyclonedx/energy", Severity: Info, Reference: cdxSchema + ", modelCard.considerations.environmentalConsiderations", Title: "considerations.environmentalConsiderations",
		Hint: "set environment.energy", Fields: []string{"/environment/energy"}, Good: smallest + "environment: {energy: [{activity: training, kwh: 120, providers: [{organization: Example, source: wind, kwh: 120}]}]}\n"},
	{ID: "cyclonedx/energy-provider", Severity: Error, Reference: cdxSchema + ", energyConsumption.energyProviders (required)", Title: "an energy consumption names its providers",
		Hint: "add providers with organization, source and kwh; source may be unknown",
		Bad:  smallest + "environment: {energy: [{activity: training, kwh: 120}]}\n", Good: smallest + "environment: {energy: [{activity: training, kwh: 120, providers: [{organization: Example, source: wind, kwh: 120}]}]}\n",
		find: func(s *subject) []hit {
			if s.Environment == nil {
				return nil
			}
			var hits []hit
			for i := range s.Environment.Energy {
				if len(s.Environment.Energy[i].Providers) == 0 {
					hits = append(hits, hit{pointer: "/environment/energy/" + itoa(i) + "/providers"})
				}
			}
			return hits
		}},
}
