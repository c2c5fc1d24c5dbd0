package drift

import (
	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// Update is the card with the new results in it: the values that were compared
// are replaced, with what belongs to them (interval, sample size, unit), and
// new metrics are appended to the result that they fit, or to one of their own.
// What the Hub said of an old value goes. The card itself stays as it is.
func Update(c, after *card.Card, r *Report) (*card.Card, error) {
	doc, err := card.ReadJSON(c.Canonical())
	if err != nil {
		return nil, err
	}
	updated := doc.Card
	old, fresh := byPointer(entriesOf(updated)), byPointer(entriesOf(after))
	for i := range r.Metrics {
		m := &r.Metrics[i]
		from, to := old[m.Pointer], fresh[m.NewPointer]
		switch {
		case from != nil && to != nil:
			replace(from.metric, to)
		case from == nil && to != nil:
			insert(updated, after, to)
		}
	}
	return updated, updated.Normalize()
}

func byPointer(entries []entry) map[string]*entry {
	index := make(map[string]*entry, len(entries))
	for i := range entries {
		index[entries[i].pointer] = &entries[i]
	}
	return index
}

func replace(m *card.Metric, by *entry) {
	m.Value, m.ConfidenceInterval = by.metric.Value, by.metric.ConfidenceInterval
	m.SampleSize = by.samples
	m.Verified, m.VerifyToken = by.metric.Verified, by.metric.VerifyToken
	if by.metric.Unit != "" {
		m.Unit = by.metric.Unit
	}
}

// insert appends a new metric to the result of its task and data set. Numbers
// of a flat file, which name neither, go to the only result there is.
func insert(c, after *card.Card, e *entry) {
	source := resultOf(after, e)
	metric := *e.metric
	metric.SampleSize = e.samples
	if c.Evaluation == nil {
		c.Evaluation = &card.Evaluation{}
	}
	results := c.Evaluation.Results
	for i := range results {
		r := &results[i]
		if same(r.Task.Type, source.Task.Type) && same(datasetOf(&r.Dataset), datasetOf(&source.Dataset)) && (e.task+e.dataset != "" || len(results) == 1) {
			r.Metrics = append(r.Metrics, metric)
			return
		}
	}
	for i := range results { // one that was made for the metric before
		if results[i].Task == source.Task && datasetOf(&results[i].Dataset) == datasetOf(&source.Dataset) {
			results[i].Metrics = append(results[i].Metrics, metric)
			return
		}
	}
	c.Evaluation.Results = append(c.Evaluation.Results, card.Result{Task: source.Task, Dataset: source.Dataset, Source: source.Source, Metrics: []card.Metric{metric}})
}

// resultOf is the result that an entry is of.
func resultOf(c *card.Card, e *entry) *card.Result {
	for i := range c.Evaluation.Results {
		r := &c.Evaluation.Results[i]
		for j := range r.Metrics {
			if &r.Metrics[j] == e.metric {
				return r
			}
		}
	}
	return &card.Result{Task: card.Task{Type: e.task}}
}
