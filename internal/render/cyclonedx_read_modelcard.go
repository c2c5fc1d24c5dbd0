package render

import (
	cdx "github.com/CycloneDX/cyclonedx-go"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

var approaches = []string{
	string(cdx.MLModelParametersApproachTypeSupervised),
	string(cdx.MLModelParametersApproachTypeUnsupervised),
	string(cdx.MLModelParametersApproachTypeReinforcementLearning),
	string(cdx.MLModelParametersApproachTypeSemiSupervised),
	string(cdx.MLModelParametersApproachTypeSelfSupervised),
}

func (r *bomReader) readModelCard(o *bomObject) {
	r.readParameters(o.object("modelParameters"))
	analysis := o.object("quantitativeAnalysis")
	r.readMetrics(analysis)
	r.card.Evaluation.Graphics = r.readGraphics(analysis.object("graphics"))
	r.readConsiderations(o.object("considerations"))
	r.readHyperparameters(o)
}

func (r *bomReader) readParameters(o *bomObject) {
	t := r.card.Technical
	if task := o.text("task"); task != r.card.Model.PipelineTag { // else the tag stands in for it
		t.Task = task
	}
	t.Approach = o.object("approach").oneOf("type", approaches)
	t.ArchitectureFamily, t.Architecture = o.text("architectureFamily"), o.text("modelArchitecture")
	t.Inputs, t.Outputs = readPorts(o, "inputs"), readPorts(o, "outputs")
	r.readDatasets(o)
}

func readPorts(o *bomObject, key string) []card.Port {
	var ports []card.Port
	for _, item := range o.objects(key) {
		ports = append(ports, card.Port{Format: item.text("format")})
	}
	return ports
}

// readMetrics reads all metrics to one result, since CycloneDX does not say of
// which task and data they are.
func (r *bomReader) readMetrics(o *bomObject) {
	var metrics []card.Metric
	for _, item := range o.objects("performanceMetrics") {
		metrics = append(metrics, card.Metric{
			Type: item.text("type"), Value: metricValue(item.text("value")), Slice: item.text("slice"),
			ConfidenceInterval: readInterval(item),
		})
	}
	if metrics != nil {
		r.card.Evaluation.Results = []card.Result{{Metrics: metrics}}
		r.found("/evaluation/results", o.pointer("performanceMetrics"))
	}
}

// readInterval reads a confidence interval, which in a card has two numbers.
func readInterval(metric *bomObject) *card.Interval {
	o := metric.object("confidenceInterval")
	lower, upper := o.text("lowerBound"), o.text("upperBound")
	if lower == "" && upper == "" {
		return nil
	}
	lowerBound, lowerErr := card.ParseNumber(lower)
	upperBound, upperErr := card.ParseNumber(upper)
	if lowerErr != nil || upperErr != nil {
		metric.lose("confidenceInterval", "a card has two numbers for it")
		return nil
	}
	return &card.Interval{LowerBound: lowerBound, UpperBound: upperBound}
}

func (r *bomReader) readConsiderations(o *bomObject) {
	r.card.IntendedUse.Users = o.texts("users")
	r.card.IntendedUse.UseCases = o.texts("useCases")
	c := r.card.Considerations
	c.Limitations = o.texts("technicalLimitations")
	c.Tradeoffs = o.texts("performanceTradeoffs")
	for _, item := range o.objects("ethicalConsiderations") {
		c.Ethical = append(c.Ethical, card.Risk{Name: item.text("name"), Mitigation: item.text("mitigationStrategy")})
	}
	for _, item := range o.objects("fairnessAssessments") {
		c.Fairness = append(c.Fairness, card.Fairness{
			GroupAtRisk: item.text("groupAtRisk"), Benefits: item.text("benefits"),
			Harms: item.text("harms"), Mitigation: item.text("mitigationStrategy"),
		})
	}
	r.readEnvironment(o.object("environmentalConsiderations"))
}
