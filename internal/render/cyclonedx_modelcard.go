package render

import (
	"reflect"

	cdx "github.com/CycloneDX/cyclonedx-go"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

func (w *bomWriter) modelCard(data []cdx.Component) mlCard {
	return mlCard{
		ModelParameters:      orNil(w.modelParameters(data)),
		QuantitativeAnalysis: orNil(cdx.MLQuantitativeAnalysis{PerformanceMetrics: libraryList(w.metrics()), Graphics: w.graphics(w.card.Evaluation.Graphics, "/evaluation/graphics")}),
		Considerations:       orNil(w.considerations()),
		Properties:           libraryList(w.hyperparameters()),
	}
}

// orNil is nil for a value that says nothing.
func orNil[T any](v T) *T {
	if reflect.ValueOf(v).IsZero() {
		return nil
	}
	return &v
}

func (w *bomWriter) modelParameters(data []cdx.Component) cdx.MLModelParameters {
	t := w.card.Technical
	p := cdx.MLModelParameters{
		Task:               firstOf(t.Task, w.card.Model.PipelineTag), // the latter is a property too
		ArchitectureFamily: t.ArchitectureFamily,
		ModelArchitecture:  t.Architecture,
		Inputs:             w.ports(t.Inputs, "/technical/inputs"),
		Outputs:            w.ports(t.Outputs, "/technical/outputs"),
	}
	w.loseIf(t.Task != "" && t.Task == w.card.Model.PipelineTag, "/technical/task", "it is the pipeline tag, and reads back as the pipeline tag alone")
	if t.Approach != "" {
		p.Approach = &cdx.MLModelParametersApproach{Type: cdx.MLModelParametersApproachType(t.Approach)}
	}
	var datasets []cdx.MLDatasetChoice
	for i := range data {
		datasets = append(datasets, cdx.MLDatasetChoice{Ref: data[i].BOMRef})
	}
	p.Datasets = libraryList(datasets)
	return p
}

func (w *bomWriter) ports(ports []card.Port, at string) *[]cdx.MLInputOutputParameters {
	var list []cdx.MLInputOutputParameters
	for i, p := range ports {
		here := at + "/" + itoa(i)
		w.loseIf(p.Name != "", here+"/name", "of inputs and outputs, CycloneDX has the format alone")
		w.loseIf(p.Description != "", here+"/description", "of inputs and outputs, CycloneDX has the format alone")
		list = append(list, cdx.MLInputOutputParameters{Format: p.Format})
	}
	return libraryList(list)
}

// metrics are those of all results, one after the other: CycloneDX has no task
// and no data set of a metric.
func (w *bomWriter) metrics() []cdx.MLPerformanceMetric {
	const results = "/evaluation/results"
	var list []cdx.MLPerformanceMetric
	for i := range w.card.Evaluation.Results {
		r := &w.card.Evaluation.Results[i]
		at := results + "/" + itoa(i)
		w.loseIf(i > 0, at, "CycloneDX has one list of metrics, without tasks, data sets and sources")
		for j := range r.Metrics {
			first := results + "/0/metrics/" + itoa(len(list))
			w.loseIf(i > 0, first, "the metric of "+at+" reads back here")
			list = append(list, w.metric(&r.Metrics[j], first))
		}
	}
	w.loseIf(len(list) == 0 && len(w.card.Evaluation.Results) > 0, results, "a result without metrics has no place in CycloneDX")
	return list
}

func (w *bomWriter) metric(m *card.Metric, at string) cdx.MLPerformanceMetric {
	const detail = "of a metric, CycloneDX has type, value, slice and the bounds of its confidence interval"
	w.loseIf(m.Name != "", at+"/name", detail)
	w.loseIf(m.Config != "", at+"/config", detail)
	w.loseIf(m.Args != nil, at+"/args", detail)
	w.loseIf(m.Threshold != nil, at+"/threshold", detail)
	w.loseIf(m.SampleSize != nil, at+"/sample_size", detail)
	w.loseIf(m.Unit != "", at+"/unit", detail)
	w.loseIf(m.Verified != nil, at+"/verified", detail)
	w.loseIf(m.VerifyToken != "", at+"/verify_token", detail)
	out := cdx.MLPerformanceMetric{Type: m.Type, Value: metricText(m.Value), Slice: m.Slice}
	w.loseIf(!reflect.DeepEqual(metricValue(out.Value), m.Value), at+"/value", "values of metrics are texts in CycloneDX, and this one reads back as another value")
	if ci := m.ConfidenceInterval; ci != nil {
		out.ConfidenceInterval = &cdx.MLPerformanceMetricConfidenceInterval{LowerBound: string(ci.LowerBound), UpperBound: string(ci.UpperBound)}
		w.loseIf(ci.Level != nil, at+"/confidence_interval/level", detail)
	}
	return out
}

// metricText is the value of a metric as CycloneDX has it: a text.
func metricText(v any) string {
	if v == nil {
		return ""
	}
	return card.Text(v)
}

// metricValue reads a text as a number where it is one. A metric of a card has
// a value: without one in the BOM it is the empty text.
func metricValue(s string) any {
	if n, err := card.ParseNumber(s); err == nil {
		return n
	}
	return s
}

func (w *bomWriter) considerations() mlConsiderations {
	c := w.card.Considerations
	var out mlConsiderations
	out.Users = libraryList(w.card.IntendedUse.Users)
	out.UseCases = libraryList(w.orInstead(w.card.IntendedUse.UseCases, "/intended_use/use_cases", w.card.IntendedUse.DirectUse, "/intended_use/direct_use"))
	out.TechnicalLimitations = libraryList(w.orInstead(c.Limitations, "/considerations/limitations", c.Overview, "/considerations/overview"))
	out.PerformanceTradeoffs = libraryList(c.Tradeoffs)
	var ethical []cdx.MLModelCardEthicalConsideration
	for _, r := range c.Ethical {
		ethical = append(ethical, cdx.MLModelCardEthicalConsideration{Name: r.Name, MitigationStrategy: r.Mitigation})
	}
	out.EthicalConsiderations = libraryList(ethical)
	var fairness []cdx.MLModelCardFairnessAssessment
	for _, f := range c.Fairness {
		fairness = append(fairness, cdx.MLModelCardFairnessAssessment{GroupAtRisk: f.GroupAtRisk, Benefits: f.Benefits, Harms: f.Harms, MitigationStrategy: f.Mitigation})
	}
	out.FairnessAssessments = libraryList(fairness)
	out.EnvironmentalConsiderations = w.environment()
	return out
}

// orInstead is a list, or where the card has none a text that says the same in
// other words: a README has no list of use cases or limitations.
func (w *bomWriter) orInstead(list []string, listPointer, text, textPointer string) []string {
	if text == "" {
		return list
	}
	if _, declared := w.card.NotApplicable[listPointer]; declared || len(list) > 0 {
		w.lose(textPointer, noPlace)
		return list
	}
	w.lose(textPointer, "it is written to the list that is "+listPointer+" of a card, since the card has no such list")
	w.lose(listPointer, "it reads back with the text of "+textPointer)
	return []string{text}
}
