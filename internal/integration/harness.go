package integration

import (
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// fitsHarness recognises what EleutherAI's lm-evaluation-harness writes with
// --output_path: results by task, and what they were made with.
func fitsHarness(f *file) bool {
	m := f.mapping()
	return mapAt(m, "results").Len() > 0 && (has(m, "configs") || has(m, "versions") || has(m, "n-shot"))
}

func readHarness(f *file, r *Reading) error {
	m := f.mapping()
	// Tasks are looked up in these mappings one by one.
	for _, key := range []string{"results", "configs", "n-shot", "n-samples"} {
		if n := mapAt(m, key).Len(); n > 5*MaxMetrics {
			return tooManyMetrics(n)
		}
	}
	r.Values.Model.Name = textOf(m, "model_name")
	config := mapAt(m, "config")
	if n, ok := numberOf(valueAt(config, "model_num_parameters")); ok && n.Float64() > 0 {
		r.technical().Parameters = &n
	}
	for _, e := range mapAt(m, "results").Entries {
		if values, ok := asMap(e.Value); ok {
			result := harnessResult(m, e.Key, values)
			r.evaluation().Results = append(r.evaluation().Results, result)
		}
	}
	return nil
}

// harnessResult is one task. The Hub has harness results as text generation.
func harnessResult(m *card.Map, task string, values *card.Map) card.Result {
	config := mapAt(mapAt(m, "configs"), task)
	result := card.Result{Task: card.Task{Type: "text-generation", Name: "Text Generation"}}
	result.Dataset = card.ResultDataset{
		Name: task, Type: textOf(config, "dataset_path"), Config: textOf(config, "dataset_name"),
		Split: firstText(config, "test_split", "validation_split"),
	}
	if result.Dataset.Type == "" {
		result.Dataset.Type = task
	}
	samples, sampled := numberOf(valueAt(mapAt(mapAt(m, "n-samples"), task), "effective"))
	for _, e := range values.Entries {
		name, filter, _ := strings.Cut(e.Key, ",")
		value, isNumber := metricValue(e.Value)
		if !isNumber || strings.HasSuffix(name, "_stderr") || name == "alias" || name == "name" || name == "sample_len" {
			continue
		}
		metric := card.Metric{Type: name, Value: value, Args: harnessArgs(m, task, values, name, filter)}
		if filter != "none" {
			metric.Config = filter
		}
		if sampled {
			metric.SampleSize = &samples
		}
		result.Metrics = append(result.Metrics, metric)
	}
	return result
}

// harnessArgs are what a metric of the harness comes with.
func harnessArgs(m *card.Map, task string, values *card.Map, name, filter string) any {
	args := &card.Map{}
	if n, ok := numberOf(valueAt(mapAt(m, "n-shot"), task)); ok {
		args.Set("num_fewshot", n)
	}
	stderr := name + "_stderr"
	if filter != "" {
		stderr += "," + filter
	}
	if n, ok := numberOf(valueAt(values, stderr)); ok {
		args.Set("stderr", n)
	}
	if args.Len() == 0 {
		return nil
	}
	return args
}

func valueAt(m *card.Map, key string) any {
	v, _ := m.Get(key)
	return v
}

func firstText(m *card.Map, keys ...string) string {
	for _, key := range keys {
		if s := textOf(m, key); s != "" {
			return s
		}
	}
	return ""
}
