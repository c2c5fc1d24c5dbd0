package check

import (
	"fmt"
	"math"
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// withMetrics is a card with one result that has these metrics.
func withMetrics(metrics string) string {
	return smallest + "evaluation:\n  results:\n    - task: {type: text-classification}\n      dataset: {type: imdb, name: IMDB}\n      metrics: [" + metrics + "]\n"
}

var qualityMetricRules = []Rule{
	{ID: "quality/metric-range", Severity: Error, Title: "a metric has a value that it can have",
		Hint: "shares are from 0 to 1, or from 0 to 100 in percent; errors and distances are not below 0",
		Bad:  withMetrics("{type: accuracy, value: 1.3}"), Good: withMetrics("{type: accuracy, value: 0.93}"),
		find: eachMetric(wantRange)},
	{ID: "quality/metric-not-a-number", Severity: Error, Title: "the value of a metric is a number, not nan or inf",
		Hint: "leave a metric out that could not be computed",
		Bad:  withMetrics("{type: f1, value: nan}"), Good: withMetrics("{type: f1, value: 0.9}"),
		find: eachMetric(func(m metric) *hit {
			text, ok := m.Value.(string)
			switch strings.ToLower(strings.Trim(text, "+-. ")) {
			case "nan", "inf", "infinity", "none", "null", "n/a":
				return &hit{pointer: "/value", message: fmt.Sprintf("%s is %q", m.Type, text)}
			}
			if m.Value == nil || ok && isBlank(text) {
				return &hit{pointer: "/value", message: m.Type + " has no value"}
			}
			return nil
		})},
	{ID: "quality/interval-order", Severity: Error, Title: "the lower bound of an interval is not above its upper bound",
		Bad: withMetrics("{type: f1, value: 0.9, confidence_interval: {lower_bound: 0.95, upper_bound: 0.85}}"), Good: withMetrics("{type: f1, value: 0.9, confidence_interval: {lower_bound: 0.85, upper_bound: 0.95}}"),
		find: eachInterval(func(_ metric, ci *card.Interval) *hit {
			if low, high := ci.LowerBound.Float64(), ci.UpperBound.Float64(); low > high {
				return &hit{pointer: "/confidence_interval", message: fmt.Sprintf("the interval begins at %s and ends at %s", ci.LowerBound, ci.UpperBound)}
			}
			return nil
		})},
	{ID: "quality/interval-value", Severity: Error, Title: "a confidence interval has its value in it",
		Hint: "value and interval are of different runs, or on different scales",
		Bad:  withMetrics("{type: f1, value: 0.97, confidence_interval: {lower_bound: 0.85, upper_bound: 0.95}}"), Good: withMetrics("{type: f1, value: 0.9, confidence_interval: {lower_bound: 0.85, upper_bound: 0.95}}"),
		find: eachInterval(wantValueInside)},
	{ID: "quality/interval-level", Severity: Error, Fixable: true, Title: "the level of an interval is between 0 and 1",
		Bad: withMetrics("{type: f1, value: 0.9, confidence_interval: {lower_bound: 0.85, upper_bound: 0.95, level: 95}}"), Good: withMetrics("{type: f1, value: 0.9, confidence_interval: {lower_bound: 0.85, upper_bound: 0.95, level: 0.95}}"),
		find: eachInterval(wantLevel)},
	{ID: "quality/sample-size", Severity: Error, Title: "a sample size is a whole number above 0",
		Bad: withMetrics("{type: f1, value: 0.9, sample_size: 0}"), Good: withMetrics("{type: f1, value: 0.9, sample_size: 4000}"),
		find: eachMetric(func(m metric) *hit {
			if m.SampleSize == nil {
				return nil
			}
			if n := m.SampleSize.Float64(); n < 1 || n != math.Trunc(n) {
				return &hit{pointer: "/sample_size", message: fmt.Sprintf("a sample size of %s", *m.SampleSize)}
			}
			return nil
		})},
	{ID: "quality/threshold", Severity: Info, Title: "a metric reaches its threshold",
		Bad: withMetrics("{type: f1, value: 0.85, threshold: 0.9}"), Good: withMetrics("{type: f1, value: 0.93, threshold: 0.9}"),
		find: eachMetric(wantThreshold)},
}

func eachInterval(look func(m metric, ci *card.Interval) *hit) func(*subject) []hit {
	return eachMetric(func(m metric) *hit {
		if m.ConfidenceInterval == nil {
			return nil
		}
		return look(m, m.ConfidenceInterval)
	})
}

// impossibleShare is up to where a value above 1 is taken for a mistaken share
// and not for percent: nobody publishes an accuracy of one or two percent.
const impossibleShare = 2

func wantRange(m metric) *hit {
	value, percent, ok := m.number()
	kind := kindOfMetric(m.Type)
	if !ok || kind == nil {
		return nil
	}
	switch {
	case value < kind.low:
		return &hit{pointer: "/value", message: fmt.Sprintf("%s is %s; it cannot be below %v", m.Type, card.Text(m.Value), kind.low)}
	case kind.share && value > 100:
		return &hit{pointer: "/value", message: fmt.Sprintf("%s is %s; it cannot be above 100 %%", m.Type, card.Text(m.Value))}
	case kind.share && !percent && value > 1 && value < impossibleShare:
		return &hit{pointer: "/value", message: fmt.Sprintf("%s is %s; a share cannot be above 1", m.Type, card.Text(m.Value)), hint: "write a share from 0 to 1; for percent, add unit: \"%\""}
	}
	return nil
}

func wantValueInside(m metric, ci *card.Interval) *hit {
	value, _, ok := m.number()
	low, high := ci.LowerBound.Float64(), ci.UpperBound.Float64()
	if !ok || low > high || value >= low && value <= high {
		return nil
	}
	return &hit{pointer: "/confidence_interval", message: fmt.Sprintf("the value %s is outside its interval from %s to %s", card.Text(m.Value), ci.LowerBound, ci.UpperBound)}
}

func wantLevel(_ metric, ci *card.Interval) *hit {
	if ci.Level == nil {
		return nil
	}
	level := ci.Level.Float64()
	if level > 0 && level < 1 {
		return nil
	}
	h := &hit{pointer: "/confidence_interval/level", message: fmt.Sprintf("a level of %s", *ci.Level)}
	if level > 1 && level < 100 {
		share := card.Float(math.Round(level*1e4) / 1e6)
		h.hint, h.fix = "write "+string(share), setTo("/confidence_interval/level", share)
	}
	return h
}

func wantThreshold(m metric) *hit {
	value, _, ok := m.number()
	kind := kindOfMetric(m.Type)
	if !ok || kind == nil || kind.better == 0 || m.Threshold == nil {
		return nil
	}
	threshold := m.Threshold.Float64()
	if float64(kind.better)*(value-threshold) >= 0 {
		return nil
	}
	return &hit{pointer: "/value", message: fmt.Sprintf("%s is %s and misses its threshold of %s", m.Type, card.Text(m.Value), *m.Threshold)}
}
