package render

import (
	"slices"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// jsonldData has the data sets, by what they were used for, and the evaluation.
func jsonldData(c *card.Card) *card.Map {
	uses := map[string][]card.Dataset{}
	sortDatasets(uses, c.Training.Datasets, trainingProperties, "trainedOn")
	sortDatasets(uses, c.Evaluation.Datasets, evaluationProperties, "evaluatedOn")
	return objectOf(
		member{"trainedOn", itemsOf(uses["trainedOn"], jsonldDataset)},
		member{"validatedOn", itemsOf(uses["validatedOn"], jsonldDataset)},
		member{"testedOn", itemsOf(uses["testedOn"], jsonldDataset)},
		member{"evaluatedOn", itemsOf(uses["evaluatedOn"], jsonldDataset)},
		member{"hasEvaluation", jsonldEvaluations(c.Evaluation)},
	)
}

// The properties that say the split of a data set.
var (
	trainingProperties   = map[string]string{"train": "trainedOn", "training": "trainedOn", "validation": "validatedOn", "test": "testedOn"}
	evaluationProperties = map[string]string{"validation": "validatedOn", "test": "testedOn"}
)

func sortDatasets(uses map[string][]card.Dataset, datasets []card.Dataset, properties map[string]string, otherwise string) {
	for _, d := range datasets {
		property := firstOf(properties[d.Split], otherwise)
		uses[property] = append(uses[property], d)
	}
}

func jsonldDataset(d card.Dataset) *card.Map {
	return jsonldNode("Dataset",
		member{"identifier", d.ID},
		member{"name", d.Name},
		member{"url", jsonldLink(firstOf(d.Link, hubLink(d.ID)))},
		member{"description", d.Description},
		member{"conditionsOfAccess", d.Classification},
	)
}

// jsonldEvaluations is one evaluation for what is said of all, and one for each
// result.
func jsonldEvaluations(e *card.Evaluation) []any {
	var list []any
	whole := jsonldNode("MLModelEvaluation",
		member{"description", e.Overview},
		member{"evaluationMetrics", jsonldTexts(append(slices.Clone(e.Metrics), e.MetricsRationale)...)},
		member{"evaluationResults", jsonldTexts(e.ResultsText, e.Summary)},
	)
	if whole != nil {
		list = append(list, whole)
	}
	return append(list, itemsOf(e.Results, jsonldResult)...)
}

func jsonldResult(r card.Result) *card.Map {
	var source *card.Map
	if r.Source != nil {
		source = jsonldNode("CreativeWork", member{"name", r.Source.Name}, member{"url", jsonldLink(r.Source.URL)})
	}
	return jsonldNode("MLModelEvaluation",
		member{"about", jsonldNode("DefinedTerm", member{"termCode", r.Task.Type}, member{"name", r.Task.Name})},
		member{"evaluationDataset", jsonldNode("Dataset",
			member{"identifier", r.Dataset.Type}, member{"name", r.Dataset.Name}, member{"version", r.Dataset.Revision},
		)},
		member{"evaluationResults", itemsOf(r.Metrics, jsonldMetric)},
		member{"citation", source},
	)
}

func jsonldMetric(m card.Metric) *card.Map {
	value := m.Value
	if !isScalar(value) {
		value = card.Text(value)
	}
	return jsonldNode("PropertyValue",
		member{"propertyID", m.Type}, member{"name", m.Name}, member{"value", value}, member{"unitText", m.Unit}, member{"valueReference", m.Slice},
	)
}

func isScalar(v any) bool {
	switch v.(type) {
	case string, bool, card.Number:
		return true
	}
	return false
}

// jsonldCarriage is what the functions above write.
var jsonldCarriage = carriage{
	"/model/id": nil, "/model/name": nil, "/model/title": nil, "/model/version": nil, "/model/date": nil, "/model/changes": nil, "/model/summary": nil,
	"/model/description": nil, "/model/documentation": nil, "/model/developers": nil, "/model/funded_by": nil, "/model/shared_by": nil,
	"/model/owners": nil, "/model/type": nil, "/model/language": nil, "/model/license": nil, "/model/license_name": nil, "/model/license_link": nil,
	"/model/license_text": nil, "/model/base_model": nil, "/model/library_name": nil, "/model/pipeline_tag": nil, "/model/tags": nil,
	"/model/repository": nil, "/model/paper": nil, "/model/demo": nil, "/model/references": nil, "/model/path": nil,
	"/model/base_model_relation": func(c *card.Card, v any) bool { return v == relationFinetune && !c.Model.BaseModel.IsZero() },

	"/intended_use": nil,

	"/training/datasets/*/id": nil, "/training/datasets/*/name": nil, "/training/datasets/*/link": nil, "/training/datasets/*/description": nil,
	"/training/datasets/*/classification": nil, "/training/datasets/*/split": oneOf(trainingProperties),

	"/evaluation/overview": nil, "/evaluation/metrics": nil, "/evaluation/metrics_rationale": nil, "/evaluation/results_text": nil, "/evaluation/summary": nil,
	"/evaluation/datasets/*/id": nil, "/evaluation/datasets/*/name": nil, "/evaluation/datasets/*/link": nil, "/evaluation/datasets/*/description": nil,
	"/evaluation/datasets/*/classification": nil, "/evaluation/datasets/*/split": oneOf(evaluationProperties),
	"/evaluation/results/*/task": nil, "/evaluation/results/*/source": nil,
	"/evaluation/results/*/dataset/type": nil, "/evaluation/results/*/dataset/name": nil, "/evaluation/results/*/dataset/revision": nil,
	"/evaluation/results/*/metrics/*/type": nil, "/evaluation/results/*/metrics/*/name": nil, "/evaluation/results/*/metrics/*/unit": nil,
	"/evaluation/results/*/metrics/*/slice": nil, "/evaluation/results/*/metrics/*/value": ifScalar,

	"/considerations/overview": nil, "/considerations/recommendations": nil, "/considerations/limitations": nil, "/considerations/tradeoffs": nil,
	"/considerations/ethical": nil,

	"/environment/carbon_emitted": nil, "/environment/co2_eq_emissions": ifScalar, "/environment/co2_eq_emissions/emissions": nil,

	"/technical/architecture_family": nil, "/technical/approach": nil, "/technical/task": nil, "/technical/hardware": nil, "/technical/software": nil,

	"/citation/text": nil, "/citation/bibtex": nil, "/citation/apa": nil, "/citation/others/*/citation": nil,
}

func oneOf(words map[string]string) func(*card.Card, any) bool {
	return func(_ *card.Card, v any) bool { s, _ := v.(string); return words[s] != "" }
}

func ifScalar(_ *card.Card, v any) bool { return isScalar(v) }
