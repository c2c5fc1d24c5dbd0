package check

import (
	"fmt"
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

var qualityResultRules = []Rule{
	{ID: "quality/result-contradiction", Severity: Error, Title: "a metric has one value for one task, data set and slice",
		Hint: "keep one, or say by split, config, name or slice what is different",
		Bad:  withMetrics("{type: f1, value: 0.9}, {type: f1, value: 0.8}"), Good: withMetrics("{type: f1, value: 0.9}, {type: f1, value: 0.8, slice: short reviews}"),
		find: func(s *subject) []hit { return s.twice(false) }},
	{ID: "quality/result-duplicate", Severity: Warning, Title: "a result stands once", Hint: "keep one of them",
		Bad: withMetrics("{type: f1, value: 0.9}, {type: f1, value: 0.9}"), Good: withMetrics("{type: f1, value: 0.9}, {type: accuracy, value: 0.9}"),
		find: func(s *subject) []hit { return s.twice(true) }},
	{ID: "quality/mixed-scales", Severity: Warning, Title: "shares are all from 0 to 1 or all in percent",
		Hint: "write them alike, or add unit: \"%\"",
		Bad:  withMetrics("{type: accuracy, value: 93.4}, {type: f1, value: 0.91}"), Good: withMetrics("{type: accuracy, value: 0.934}, {type: f1, value: 0.91}"),
		find: findMixedScales},
	{ID: "quality/same-data", Severity: Warning, Title: "a model is tested on other data than it was trained on",
		Hint: "name the splits, or test on data that training has not seen",
		Bad:  smallest + "training: {datasets: [{id: imdb, split: test}]}\nevaluation: {datasets: [{id: imdb, split: test}]}\n", Good: smallest + "training: {datasets: [{id: imdb, split: train}]}\nevaluation: {datasets: [{id: imdb, split: test}]}\n",
		find: findSameData},
}

// twice lists the metrics that stand a second time, with the same value or
// with another.
func (s *subject) twice(same bool) []hit {
	var hits []hit
	first := map[string]metric{}
	for _, m := range s.metrics() {
		key := m.identity()
		before, again := first[key]
		if !again {
			first[key] = m
			continue
		}
		was, is := card.Text(before.Value), card.Text(m.Value)
		switch {
		case same && was == is:
			hits = append(hits, hit{pointer: m.pointer, message: fmt.Sprintf("%s stands at %s too", m.Type, before.pointer)})
		case !same && was != is:
			hits = append(hits, hit{pointer: m.pointer + "/value", message: fmt.Sprintf("%s is %s here and %s at %s", m.Type, is, was, before.pointer)})
		}
	}
	return hits
}

// identity is everything that says what a metric is of.
func (m metric) identity() string {
	d := m.result.Dataset
	return strings.Join([]string{m.result.Task.Type, m.result.Task.Name, d.Type, d.Name, d.Config, d.Split, d.Revision, card.Text(d.Args),
		m.Type, m.Name, m.Config, card.Text(m.Args), m.Slice, m.Unit}, "\x00")
}

// findMixedScales looks for shares in percent among shares from 0 to 1.
func findMixedScales(s *subject) []hit {
	var shares, percents []metric
	for _, m := range s.metrics() {
		value, percent, ok := m.number()
		kind := kindOfMetric(m.Type)
		switch {
		case !ok || percent || kind == nil || !kind.share || value <= 0:
		case value >= impossibleShare && value <= 100:
			percents = append(percents, m)
		case value <= 1:
			shares = append(shares, m)
		}
	}
	if len(shares) == 0 || len(percents) == 0 {
		return nil
	}
	odd, even := percents, shares
	if len(percents) > len(shares) {
		odd, even = shares, percents
	}
	hits := make([]hit, len(odd))
	for i, m := range odd {
		hits[i] = hit{pointer: m.pointer + "/value", message: fmt.Sprintf("%s is %s, but %s is %s", m.Type, card.Text(m.Value), even[0].Type, card.Text(even[0].Value))}
	}
	return hits
}

// findSameData compares data sets that name their split.
func findSameData(s *subject) []hit {
	if s.Training == nil || s.Evaluation == nil {
		return nil
	}
	var hits []hit
	for i := range s.Evaluation.Datasets {
		e := &s.Evaluation.Datasets[i]
		for j := range s.Training.Datasets {
			t := &s.Training.Datasets[j]
			if e.ID != "" && e.Split != "" && e.ID == t.ID && strings.EqualFold(e.Split, t.Split) {
				hits = append(hits, hit{pointer: "/evaluation/datasets/" + itoa(i), message: fmt.Sprintf("split %s of %s is in the training data too", e.Split, e.ID)})
			}
		}
	}
	return hits
}
