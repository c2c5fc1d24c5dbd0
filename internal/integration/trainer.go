package integration

import (
	"fmt"
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// fitsTrainerState recognises trainer_state.json of transformers.
func fitsTrainerState(f *file) bool { return has(f.mapping(), "log_history", "global_step") }

func readTrainerState(f *file, r *Reading) error {
	m := f.mapping()
	for _, key := range []string{"num_train_epochs", "max_steps", "train_batch_size"} {
		if n, ok := numberOf(valueAt(m, key)); ok && n.Float64() > 0 {
			r.parameter(key, n)
		}
	}
	if n, ok := numberOf(valueAt(m, "total_flos")); ok && n.Float64() > 0 {
		r.technical().TrainingFLOPs = &n
	}
	history, _ := valueAt(m, "log_history").([]any)
	last := lastValues(recordsOf(history))
	r.training().SpeedsSizesTimes = progressText(m)
	r.trainerMetrics(last, true)
	return nil
}

// progressText says how far the training came.
func progressText(m *card.Map) string {
	var parts []string
	for _, p := range []struct{ key, format string }{
		{"global_step", "%s steps"}, {"epoch", "%s epochs"},
		{"best_global_step", "best at step %s"}, {"best_metric", "best value of the metric %s"},
	} {
		if n, ok := numberOf(valueAt(m, p.key)); ok {
			parts = append(parts, fmt.Sprintf(p.format, n))
		}
	}
	return strings.Join(parts, ", ")
}

// fitsTrainerResults recognises all_results.json, eval_results.json and
// train_results.json of transformers: numbers alone, with the running time that
// the trainer adds to each group.
func fitsTrainerResults(f *file) bool {
	m := f.mapping()
	found := false
	for _, e := range m.Entries {
		if _, ok := metricValue(e.Value); !ok {
			return false
		}
		found = found || strings.HasSuffix(e.Key, "_runtime")
	}
	return found
}

func readTrainerResults(f *file, r *Reading) error {
	r.trainerMetrics(f.mapping(), false)
	if n, ok := numberOf(valueAt(f.mapping(), "total_flos")); ok && n.Float64() > 0 {
		r.technical().TrainingFLOPs = &n
	}
	if n, ok := numberOf(valueAt(f.mapping(), "epoch")); ok {
		r.training().SpeedsSizesTimes = fmt.Sprintf("%s epochs", n)
	}
	return nil
}

// trainerMetrics puts the values of the trainer's log where their prefixes
// say. The values of single steps have none; only a history has them.
func (r *Reading) trainerMetrics(values *card.Map, history bool) {
	for _, e := range values.Entries {
		value, ok := metricValue(e.Value)
		if !ok || isCounter(e.Key) || e.Key == "total_flos" {
			continue
		}
		split, name := trainerSplit(e.Key)
		if split == "train" && history && name == e.Key && name != "loss" {
			continue // learning_rate, grad_norm: of the last step alone
		}
		r.AddMetric(split, card.Metric{Type: name, Value: value, Unit: unitOf(name)})
	}
}

// trainerSplit is the split that a prefix of the trainer stands for. What it
// calls eval may be any data, so that has no name.
func trainerSplit(key string) (split, name string) {
	if name, ok := cutPrefix(key, "eval_"); ok {
		return "", name
	}
	if name, ok := cutPrefix(key, "test_", "predict_"); ok {
		return "test", name
	}
	name, _ = cutPrefix(key, "train_")
	return "train", name
}

func unitOf(name string) string {
	if name == "runtime" {
		return "s"
	}
	return ""
}

// fitsEvalResults recognises .eval_results/*.yaml of the Hub: a list of values,
// each with its data set.
func fitsEvalResults(f *file) bool {
	list, ok := f.value.([]any)
	if !ok || len(list) == 0 {
		return false
	}
	for _, item := range list {
		m := evalResult(item)
		if !has(m, "value", "dataset") || !has(mapAt(m, "dataset"), "id") {
			return false
		}
	}
	return true
}

// evalResult is an item, which may be wrapped in {data: …}.
func evalResult(item any) *card.Map {
	m, ok := asMap(item)
	if !ok {
		return &card.Map{}
	}
	if inner := mapAt(m, "data"); inner.Len() > 0 {
		return inner
	}
	return m
}

func readEvalResults(f *file, r *Reading) error {
	list := f.value.([]any)
	if len(list) > MaxMetrics {
		return tooManyMetrics(len(list))
	}
	for i, item := range list {
		m := evalResult(item)
		value, ok := metricValue(valueAt(m, "value"))
		if !ok {
			r.note(card.Pointer(itoa(i), "value"), "not a number")
			continue
		}
		dataset, source := mapAt(m, "dataset"), mapAt(m, "source")
		result := card.Result{Metrics: []card.Metric{{Type: firstOr(textOf(dataset, "task_id"), "value"), Value: value}}}
		result.Dataset = card.ResultDataset{Type: textOf(dataset, "id"), Name: textOf(dataset, "id"), Revision: textOf(dataset, "revision")}
		if url := textOf(source, "url"); url != "" {
			result.Source = &card.ResultSource{URL: url, Name: textOf(source, "name")}
		}
		r.evaluation().Results = append(r.evaluation().Results, result)
	}
	return nil
}

func firstOr(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
