package drift

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// entry is one metric of a card with what tells it from the others.
type entry struct {
	pointer string
	metric  *card.Metric
	name    string // canonical
	task    string
	dataset string
	samples *card.Number
	used    bool
}

// entriesOf lists the metrics of a card.
func entriesOf(c *card.Card) []entry {
	if c.Evaluation == nil {
		return nil
	}
	var entries []entry
	for i := range c.Evaluation.Results {
		result := &c.Evaluation.Results[i]
		samples := samplesOf(result)
		for j := range result.Metrics {
			metric := &result.Metrics[j]
			if isSampleSize(metric) {
				continue
			}
			e := entry{
				pointer: card.Pointer("evaluation", "results", strconv.Itoa(i), "metrics", strconv.Itoa(j)),
				metric:  metric, name: canonicalName(metric.Type), task: result.Task.Type, dataset: datasetOf(&result.Dataset),
				samples: samples,
			}
			if metric.SampleSize != nil {
				e.samples = metric.SampleSize
			}
			entries = append(entries, e)
		}
	}
	return entries
}

func datasetOf(d *card.ResultDataset) string {
	parts := []string{cmp.Or(d.Type, d.Name), d.Config, d.Split}
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), " ")
}

func isSampleSize(m *card.Metric) bool {
	return slices.Contains(sampleSizes, strings.ToLower(m.Type))
}

func samplesOf(r *card.Result) *card.Number {
	for i := range r.Metrics {
		if n, ok := card.AsNumber(r.Metrics[i].Value); ok && isSampleSize(&r.Metrics[i]) {
			return &n
		}
	}
	return nil
}

// same tells whether two texts are one, or one of them is not given.
func same(a, b string) bool { return a == "" || b == "" || strings.EqualFold(a, b) }

func (e *entry) compatible(o *entry) bool {
	return e.name == o.name && strings.EqualFold(e.metric.Slice, o.metric.Slice) && same(e.task, o.task) && same(e.dataset, o.dataset)
}

func (e *entry) equal(o *entry) bool {
	return e.compatible(o) && strings.EqualFold(e.task, o.task) && strings.EqualFold(e.dataset, o.dataset)
}

// pair matches the metrics of two cards by task, data set, name and slice.
// What one side leaves open fits anything, as long as there is one thing only
// that it fits. For each metric of the card it gives the place of the new one,
// or -1; open holds those that fit several.
func pair(before, after []entry) (matches []int, open map[int]bool) {
	matches, open = make([]int, len(before)), map[int]bool{}
	for i := range matches {
		matches[i] = -1
	}
	for i := range before {
		for j := range after {
			if !after[j].used && before[i].equal(&after[j]) {
				matches[i], after[j].used = j, true
				break
			}
		}
	}
	for i := range before {
		if matches[i] >= 0 {
			continue
		}
		fits := fitting(before, after, matches, i)
		if len(fits) == 1 && rivals(before, matches, &after[fits[0]]) == 1 {
			matches[i], after[fits[0]].used = fits[0], true
			continue
		}
		open[i] = len(fits) > 0
	}
	return matches, open
}

func fitting(before, after []entry, matches []int, i int) (fits []int) {
	for j := range after {
		if !slices.Contains(matches, j) && before[i].compatible(&after[j]) {
			fits = append(fits, j)
		}
	}
	return fits
}

// rivals counts the metrics of the card that a new one fits.
func rivals(before []entry, matches []int, e *entry) (n int) {
	for i := range before {
		if matches[i] < 0 && before[i].compatible(e) {
			n++
		}
	}
	return n
}
