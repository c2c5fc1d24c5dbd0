package portal

import (
	"math"
	"strconv"
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/check/drift"
)

// group is the metrics of one task on one data set.
type group struct {
	Title   string
	Dataset string
	Source  link
	Columns columns
	Rows    []row
}

// columns says which columns a group has: those that one of its rows fills.
type columns struct{ Slice, Interval, Threshold, Samples, Chart bool }

// row is one metric.
type row struct {
	Name      string
	Slice     string
	Value     string
	Interval  string
	Threshold string
	Met       string // "reached" or "missed", or "" where that is not known
	Samples   string
	Chart     *chart
}

// groupsOf are the results of a card, as tables show them.
func groupsOf(c *card.Card) []group {
	if c.Evaluation == nil {
		return nil
	}
	var groups []group
	for i := range c.Evaluation.Results {
		if r := &c.Evaluation.Results[i]; len(r.Metrics) > 0 {
			groups = append(groups, groupOf(r))
		}
	}
	return groups
}

func groupOf(r *card.Result) group {
	g := group{Title: firstOf(r.Task.Name, r.Task.Type, "Results")}
	g.Dataset = strings.Join(withoutEmpty(firstOf(r.Dataset.Name, r.Dataset.Type), r.Dataset.Config, r.Dataset.Split), ", ")
	if s := r.Source; s != nil && (strings.HasPrefix(s.URL, "https://") || strings.HasPrefix(s.URL, "http://")) {
		g.Source = link{firstOf(s.Name, s.URL), s.URL}
	}
	scales := scalesOf(r.Metrics)
	for i := range r.Metrics {
		g.Rows = append(g.Rows, rowOf(&r.Metrics[i], scales[r.Metrics[i].Type]))
	}
	for i := range g.Rows {
		g.Columns.add(&g.Rows[i])
	}
	return g
}

func (c *columns) add(r *row) {
	c.Slice = c.Slice || r.Slice != ""
	c.Interval = c.Interval || r.Interval != ""
	c.Threshold = c.Threshold || r.Threshold != ""
	c.Samples = c.Samples || r.Samples != ""
	c.Chart = c.Chart || r.Chart != nil
}

func rowOf(m *card.Metric, s scale) row {
	r := row{Name: firstOf(m.Name, m.Type), Slice: m.Slice, Value: shortNumber(m.Value)}
	if m.Config != "" {
		r.Name += " (" + m.Config + ")"
	}
	if m.Unit != "" {
		r.Value += " " + m.Unit
	}
	if i := m.ConfidenceInterval; i != nil {
		r.Interval = shortNumber(i.LowerBound) + " – " + shortNumber(i.UpperBound)
		if i.Level != nil {
			r.Interval += " (" + strconv.FormatFloat(i.Level.Float64()*100, 'g', 4, 64) + " %)"
		}
	}
	if m.Threshold != nil {
		r.Threshold, r.Met = shortNumber(*m.Threshold), met(m)
	}
	if m.SampleSize != nil {
		r.Samples = grouped(string(*m.SampleSize))
	}
	r.Chart = s.chart(m, &r)
	return r
}

// met tells whether a metric reaches its threshold, where it is known which way
// the metric is better.
func met(m *card.Metric) string {
	value, ok := finite(m.Value)
	if !ok {
		return ""
	}
	threshold := m.Threshold.Float64()
	better := drift.Better(m.Type)
	switch {
	case better == drift.Unknown:
		return ""
	case better == drift.Higher && value >= threshold, better == drift.Lower && value <= threshold:
		return "reached"
	}
	return "missed"
}

// shortNumber is a value for people: a number with at most six significant
// digits, anything else as it is.
func shortNumber(v any) string {
	f, ok := finite(v)
	if !ok {
		return card.Text(v)
	}
	if f == math.Trunc(f) && math.Abs(f) < 1e15 {
		return grouped(strconv.FormatFloat(f, 'f', -1, 64))
	}
	return strconv.FormatFloat(f, 'g', 6, 64)
}

// grouped puts thin spaces between thousands of an integer.
func grouped(digits string) string {
	if strings.ContainsAny(digits, ".e") {
		return digits
	}
	sign := ""
	if strings.HasPrefix(digits, "-") {
		sign, digits = "-", digits[1:]
	}
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 && len(digits) > 4 {
			b.WriteRune('\u202f')
		}
		b.WriteRune(d)
	}
	return sign + b.String()
}

// finite is a free value as a float, where it is a number.
func finite(v any) (float64, bool) {
	n, ok := card.AsNumber(v)
	if !ok {
		return 0, false
	}
	f := n.Float64()
	return f, !math.IsNaN(f) && !math.IsInf(f, 0)
}

func withoutEmpty(texts ...string) []string {
	var kept []string
	for _, s := range texts {
		if s != "" {
			kept = append(kept, s)
		}
	}
	return kept
}
