package integration

import (
	"slices"
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// averages are the rows of a classification report that are no classes.
var averages = []string{"macro avg", "weighted avg", "micro avg", "samples avg"}

// fitsClassificationReport recognises what classification_report of
// scikit-learn gives with output_dict=True.
func fitsClassificationReport(f *file) bool {
	m := f.mapping()
	return slices.ContainsFunc(averages, func(average string) bool {
		return has(mapAt(m, average), "precision", "recall", "f1-score")
	})
}

func readClassificationReport(f *file, r *Reading) error {
	r.classification(f.mapping(), "")
	return nil
}

func (r *Reading) classification(m *card.Map, split string) {
	for _, e := range m.Entries {
		if value, ok := metricValue(e.Value); ok {
			r.AddMetric(split, card.Metric{Type: e.Key, Value: value})
			continue
		}
		if row, ok := asMap(e.Value); ok {
			for _, metric := range reportRow(e.Key, row) {
				r.AddMetric(split, metric)
			}
		}
	}
}

// reportRow is one class, or one average.
func reportRow(name string, row *card.Map) []card.Metric {
	var metrics []card.Metric
	support, counted := numberOf(valueAt(row, "support"))
	for _, e := range row.Entries {
		value, ok := metricValue(e.Value)
		if !ok || e.Key == "support" {
			continue
		}
		metric := card.Metric{Type: strings.TrimSuffix(e.Key, "-score"), Value: value}
		if slices.Contains(averages, name) {
			metric.Name = name + " " + e.Key
			metric.Args = &card.Map{Entries: []card.Entry{{Key: "average", Value: strings.TrimSuffix(name, " avg")}}}
		} else {
			metric.Slice = name
		}
		if counted {
			metric.SampleSize = &support
		}
		metrics = append(metrics, metric)
	}
	return metrics
}
