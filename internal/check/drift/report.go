package drift

import "github.com/terragonlabs/modelcard-generator/internal/card"

// Status is what became of a metric.
type Status string

// The statuses of a metric.
const (
	Unchanged Status = "unchanged"
	Improved  Status = "improved"
	Worse     Status = "worse"
	// Changed is a change of a metric of which it is not known which way is better.
	Changed Status = "changed"
	// Missing metrics are in the card, but not in the new results.
	Missing Status = "missing"
	// New metrics are in the new results, but not in the card.
	New Status = "new"
	// Incomparable values are no numbers, or of other scales.
	Incomparable Status = "incomparable"
)

// Severity is how much a metric's change matters.
type Severity string

// The severities, least first.
const (
	None     Severity = "none"
	Low      Severity = "low"
	Medium   Severity = "medium"
	High     Severity = "high"
	Critical Severity = "critical"
)

func (s Severity) rank() int {
	switch s {
	case Low:
		return 1
	case Medium:
		return 2
	case High:
		return 3
	case Critical:
		return 4
	case None:
	}
	return 0
}

func worst(a, b Severity) Severity {
	if a.rank() >= b.rank() {
		return a
	}
	return b
}

// Direction is which way a metric is better.
type Direction string

// The directions.
const (
	Higher  Direction = "higher"
	Lower   Direction = "lower"
	Unknown Direction = "unknown"
)

// Threshold is a bound that a metric was held to.
type Threshold struct {
	// Source is where it comes from: card, request or default.
	Source string `json:"source"`
	// Kind is absolute or relative for a bound on the change, and limit for a
	// bound on the value itself.
	Kind string `json:"kind"`
	// Value of the bound; relative ones are shares of the old value.
	Value card.Number `json:"value"`
	// Exceeded is true where the new value is beyond the bound.
	Exceeded bool `json:"exceeded"`
}

// Sources and kinds of thresholds.
const (
	FromCard    = "card"
	FromRequest = "request"
	FromDefault = "default"

	Absolute = "absolute"
	Relative = "relative"
	Limit    = "limit"
)

// Significance says whether a change can be chance.
type Significance struct {
	// Test is "two-proportion z-test", "interval overlap" or "value in interval".
	Test string `json:"test"`
	// PValue is that of the z-test.
	PValue *card.Number `json:"p_value,omitempty"`
	// Significant is true if the change is more than chance (p < 0.05, or
	// intervals that do not meet).
	Significant bool `json:"significant"`
}

// Metric is what there is to say about one metric.
type Metric struct {
	// Pointer is the JSON pointer of the metric in the card, "" where it is new.
	Pointer string `json:"pointer,omitempty"`
	// NewPointer is the same in the new results, "" where it is missing there.
	NewPointer string `json:"new_pointer,omitempty"`
	Name       string `json:"name"`
	Task       string `json:"task,omitempty"`
	Dataset    string `json:"dataset,omitempty"`
	Slice      string `json:"slice,omitempty"`
	Unit       string `json:"unit,omitempty"`
	// Old and New are the values as they were written; null where there is none.
	Old any `json:"old"`
	New any `json:"new"`
	// Change is New less Old; Relative is the change as a share of the old value.
	Change   *card.Number `json:"change,omitempty"`
	Relative *card.Number `json:"relative_change,omitempty"`

	Better       Direction     `json:"better"`
	Thresholds   []Threshold   `json:"thresholds,omitempty"`
	Significance *Significance `json:"significance,omitempty"`
	Status       Status        `json:"status"`
	// Drift is true if the change is over a threshold, to the worse or in a
	// direction that is not known, and no test says that it is chance.
	Drift    bool     `json:"drift"`
	Severity Severity `json:"severity"`
	// Detail explains what the other fields do not show.
	Detail string `json:"detail,omitempty"`
}

// Report is a card against new evaluation results.
type Report struct {
	// Drift is the verdict: at least one metric drifted.
	Drift bool `json:"drift"`
	// Severity is the worst of the metrics that drifted.
	Severity Severity `json:"severity"`
	// Counts of metrics.
	Compared int `json:"compared"`
	Drifted  int `json:"drifted"`
	Improved int `json:"improved"`
	Missing  int `json:"missing"`
	New      int `json:"new"`
	// Metrics in the order of the card, then the new ones.
	Metrics []Metric `json:"metrics"`
}

func (r *Report) add(m Metric) {
	r.Metrics = append(r.Metrics, m)
	switch m.Status {
	case Missing:
		r.Missing++
	case New:
		r.New++
	case Improved:
		r.Improved++
		r.Compared++
	case Unchanged, Worse, Changed, Incomparable:
		r.Compared++
	}
	if m.Drift {
		r.Drift = true
		r.Drifted++
		r.Severity = worst(r.Severity, m.Severity)
	}
}
