package integration

import (
	"path"
	"slices"
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// fitsParameters takes any mapping that is given as about the training.
func fitsParameters(f *file) bool { return f.role == Training && f.mapping().Len() > 0 }

func readParameters(f *file, r *Reading) error {
	r.parameters(f.mapping(), "")
	return nil
}

// metricNames are names that are those of metrics even among parameters.
var metricNames = []string{
	"loss", "accuracy", "acc", "f1", "f1_score", "precision", "recall", "auc", "roc_auc", "perplexity", "bleu", "wer", "cer",
	"mse", "mae", "rmse", "r2", "logloss",
}

// parameters flattens nested parameters: train: {lr: 0.1} is train.lr.
func (r *Reading) parameters(m *card.Map, prefix string) {
	for _, e := range m.Entries {
		name := prefix + e.Key
		if inner, ok := asMap(e.Value); ok {
			r.parameters(inner, name+".")
			continue
		}
		split, metric := splitOfKey(e.Key, "train")
		if value, ok := metricValue(e.Value); ok && slices.Contains(metricNames, strings.ToLower(metric)) {
			r.AddMetric(split, card.Metric{Type: metric, Value: value})
			continue
		}
		r.parameter(name, e.Value)
	}
}

// fitsMetrics takes any mapping in which there are numbers.
func fitsMetrics(f *file) bool { return hasNumber(f.value, 0) }

func hasNumber(v any, depth int) bool {
	switch v := v.(type) {
	case *card.Map:
		return slices.ContainsFunc(v.Entries, func(e card.Entry) bool {
			_, isNumber := metricValue(e.Value)
			return isNumber || hasNumber(e.Value, depth+1)
		})
	case []any:
		return depth > 0 && slices.ContainsFunc(v, func(item any) bool {
			m, ok := asMap(item)
			return ok && hasNumber(m, depth+1)
		})
	}
	return false
}

// fitsNamedMetrics recognises a metric with its name, or a list of such, as
// sacreBLEU writes them.
func fitsNamedMetrics(f *file) bool {
	list, ok := f.value.([]any)
	if !ok {
		list = []any{f.value}
	}
	for _, item := range list {
		m, ok := asMap(item)
		if !ok || nameOfMetric(m) == "" || !isValueObject(m) {
			return false
		}
	}
	return len(list) > 0
}

func readNamedMetrics(f *file, r *Reading) error {
	list, ok := f.value.([]any)
	if !ok {
		list = []any{f.value}
	}
	(&gatherer{r: r}).list(list, nil, "")
	return nil
}

func nameOfMetric(m *card.Map) string { return firstText(orEmptyMap(m), "name", "metric", "type") }

func readMetrics(f *file, r *Reading) error {
	g := &gatherer{r: r}
	g.mapping(f.mapping(), nil, "")
	for i := range r.evaluation().Results {
		result := &r.evaluation().Results[i]
		result.Task.Type = g.task
		split := result.Dataset.Split
		if result.Dataset = g.dataset; split != "" {
			result.Dataset.Split = split
		}
	}
	return nil
}

// gatherer collects the numbers of a nested file.
type gatherer struct {
	r       *Reading
	task    string
	dataset card.ResultDataset
}

// wrappers are keys that say nothing of what is in them.
var wrappers = []string{"metrics", "results", "evaluation", "eval", "evaluation_results", "eval_results", "scores", "performance", "overall", "summary", "data", "workspace", ""}

// isWrapper tells whether a key says nothing of what is in it: also the name of
// a file, which "dvc metrics show" has above its metrics.
func isWrapper(key string) bool {
	switch strings.ToLower(path.Ext(key)) {
	case ".json", ".yaml", ".yml", ".toml":
		return true
	}
	return slices.Contains(wrappers, strings.ToLower(key))
}

func (g *gatherer) mapping(m *card.Map, above []string, split string) {
	for _, e := range m.Entries {
		if len(above) == 0 && g.fact(e) {
			continue
		}
		at := append(slices.Clip(above), e.Key)
		switch v := e.Value.(type) {
		case *card.Map:
			g.below(v, at, split)
		case []any:
			g.list(v, at, split)
		case card.Number:
			if !isCounter(e.Key) {
				g.metric(card.Metric{Type: e.Key, Value: v, Slice: sliceOf(above)}, split)
			}
		default:
			if value, ok := metricValue(e.Value); ok {
				g.metric(card.Metric{Type: e.Key, Value: value, Slice: sliceOf(above)}, split)
			} else if e.Value != nil {
				g.r.note(card.Pointer(at...), "neither a number nor a known fact")
			}
		}
	}
}

func (g *gatherer) metric(m card.Metric, split string) {
	g.r.AddMetric(split, m)
}

// sliceOf is the part of the data that the keys above a number stand for.
func sliceOf(above []string) string { return clip(strings.Join(above, "/")) }

// below reads a mapping under a key.
func (g *gatherer) below(m *card.Map, at []string, split string) {
	key := at[len(at)-1]
	name, isSplit := splitOf(key)
	switch {
	case isValueObject(m):
		g.metric(valueObject(key, sliceOf(at[:len(at)-1]), m), split)
	case fitsClassificationReport(&file{value: m}):
		if isSplit {
			split = name
		}
		g.r.classification(m, split)
	case isWrapper(key):
		g.mapping(m, at[:len(at)-1], split)
	case isSplit && split == "":
		g.mapping(m, at[:len(at)-1], name)
	default:
		g.mapping(m, at, split)
	}
}

// list reads a list of {name, value}; any other is left out.
func (g *gatherer) list(list []any, at []string, split string) {
	for i, item := range list {
		m, _ := asMap(item)
		name := nameOfMetric(m)
		if name == "" || !isValueObject(m) {
			g.r.note(card.Pointer(append(slices.Clip(at), itoa(i))...), "no metric with a name and a value")
			return
		}
		metric := valueObject(name, textOf(m, "slice"), m)
		g.metric(metric, firstOr(split, textOf(m, "split")))
	}
}

func orEmptyMap(m *card.Map) *card.Map {
	if m == nil {
		return &card.Map{}
	}
	return m
}

// isValueObject tells whether a mapping is a value with its details.
func isValueObject(m *card.Map) bool {
	if m == nil {
		return false
	}
	_, ok := metricValue(firstValue(m, "value", "score"))
	_, mean := metricValue(valueAt(m, "mean"))
	return ok || mean && (has(m, "std") || has(m, "stderr") || has(m, "ci") || has(m, "confidence_interval"))
}

func valueObject(name, slice string, m *card.Map) card.Metric {
	metric := card.Metric{Type: name, Slice: slice, Unit: textOf(m, "unit")}
	var ok bool
	if metric.Value, ok = metricValue(firstValue(m, "value", "score")); !ok {
		metric.Value, _ = metricValue(valueAt(m, "mean"))
	}
	metric.ConfidenceInterval = intervalOf(m)
	for _, key := range []string{"n", "sample_size", "support"} {
		if n, ok := numberOf(valueAt(m, key)); ok {
			metric.SampleSize = &n
		}
	}
	if n, ok := numberOf(valueAt(m, "threshold")); ok {
		metric.Threshold = &n
	}
	args := &card.Map{}
	for _, key := range []string{"std", "stderr"} {
		if n, ok := numberOf(valueAt(m, key)); ok {
			args.Set(key, n)
		}
	}
	if signature := textOf(m, "signature"); signature != "" {
		args.Set("signature", signature) // how sacreBLEU computed it
	}
	if args.Len() > 0 {
		metric.Args = args
	}
	return metric
}

// intervalOf reads a confidence interval as a pair or as a mapping.
func intervalOf(m *card.Map) *card.Interval {
	v := valueAt(m, "confidence_interval")
	if v == nil {
		v = valueAt(m, "ci")
	}
	var lower, upper any
	switch v := v.(type) {
	case []any:
		if len(v) == 2 {
			lower, upper = v[0], v[1]
		}
	case *card.Map:
		lower, upper = firstValue(v, "lower_bound", "lower", "low"), firstValue(v, "upper_bound", "upper", "high")
	}
	low, ok := numberOf(lower)
	high, both := numberOf(upper)
	if !ok || !both {
		return nil
	}
	return &card.Interval{LowerBound: low, UpperBound: high}
}

func firstValue(m *card.Map, keys ...string) any {
	for _, key := range keys {
		if v, ok := m.Get(key); ok {
			return v
		}
	}
	return nil
}

// fact takes a known fact at the top of the file.
func (g *gatherer) fact(e card.Entry) bool {
	c := g.r.Values
	if m, ok := asMap(e.Value); ok {
		switch e.Key {
		case "model":
			c.Model.Name, c.Model.Version = firstText(m, "name", "id"), textOf(m, "version")
			return c.Model.Name != ""
		case "dataset":
			g.dataset = card.ResultDataset{
				Type: firstText(m, "id", "type"), Name: textOf(m, "name"), Config: textOf(m, "config"),
				Split: textOf(m, "split"), Revision: textOf(m, "revision"),
			}
			return g.dataset.Type != "" || g.dataset.Name != ""
		}
		return false
	}
	text, ok := e.Value.(string)
	if !ok || text == "" {
		return false
	}
	text = clipText(text)
	switch e.Key {
	case "model_name", "model":
		c.Model.Name = text
	case "model_version":
		c.Model.Version = text
	case "license":
		c.Model.License = text
	case "description":
		c.Model.Description = text
	case "task":
		g.task = text
	case "dataset", "dataset_name":
		g.dataset.Name = text
	case "split":
		g.dataset.Split = text
	default:
		return false
	}
	return true
}

// MetricsOf reads a mapping as a file of metrics is read.
func MetricsOf(m *card.Map) *Reading {
	r := &Reading{Kind: "metrics", Values: &card.Card{}}
	_ = readMetrics(&file{role: Evaluation, value: m}, r) // it has no error of its own
	return r
}
