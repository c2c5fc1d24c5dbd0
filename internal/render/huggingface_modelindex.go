package render

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// anyIndexed tells whether any result goes to the model-index.
func anyIndexed(results []card.Result) bool {
	return slices.ContainsFunc(results, func(r card.Result) bool { return hasIndexed(&r) })
}

// hasIndexed tells whether a result has a metric that goes there.
func hasIndexed(r *card.Result) bool {
	return indexable(r) && slices.ContainsFunc(r.Metrics, func(m card.Metric) bool { return isIndexed(&m) })
}

// indexable tells whether a result has what the Hub's specification requires
// of one in the model-index.
func indexable(r *card.Result) bool {
	return r.Task.Type != "" && r.Dataset.Type != "" && r.Dataset.Name != ""
}

// isIndexed is the same for a metric of such a result. A slice has no place
// there: without it the value would read as one for all the data.
func isIndexed(m *card.Metric) bool { return m.Type != "" && m.Value != nil && m.Slice == "" }

// indexedMetrics are the metrics of a result that go to the model-index.
func indexedMetrics(r *card.Result) []any {
	if !indexable(r) {
		return nil
	}
	var metrics []any
	for i := range r.Metrics {
		if isIndexed(&r.Metrics[i]) {
			metrics = append(metrics, metricMap(&r.Metrics[i]))
		}
	}
	return metrics
}

// modelIndex is the Hub's model-index of the evaluation results, its keys in
// huggingface_hub's order, or nil.
func modelIndex(c *card.Card) any {
	if !anyIndexed(c.Evaluation.Results) {
		return nil
	}
	var results []any
	for i := range c.Evaluation.Results {
		if r := resultMap(&c.Evaluation.Results[i]); r != nil {
			results = append(results, r)
		}
	}
	index := textMap("name", firstOf(c.Model.Name, c.Model.ID))
	index.Set("results", results)
	return []any{withoutNulls(index)}
}

func resultMap(r *card.Result) any {
	metrics := indexedMetrics(r)
	if len(metrics) == 0 {
		return nil
	}
	m := &card.Map{}
	m.Set("task", textMap("type", r.Task.Type, "name", r.Task.Name))
	dataset := textMap("name", r.Dataset.Name, "type", r.Dataset.Type, "config", r.Dataset.Config,
		"split", r.Dataset.Split, "revision", r.Dataset.Revision)
	if r.Dataset.Args != nil {
		dataset.Set("args", r.Dataset.Args)
	}
	m.Set("dataset", dataset)
	m.Set("metrics", metrics)
	if r.Source != nil && r.Source.URL != "" {
		m.Set("source", textMap("url", r.Source.URL, "name", r.Source.Name))
	}
	return m
}

func metricMap(metric *card.Metric) *card.Map {
	m := textMap("type", metric.Type)
	m.Set("value", metric.Value)
	for i, texts := 0, [...]string{"name", metric.Name, "config", metric.Config}; i < len(texts); i += 2 {
		if texts[i+1] != "" {
			m.Set(texts[i], texts[i+1])
		}
	}
	if metric.Args != nil {
		m.Set("args", metric.Args)
	}
	if metric.Verified != nil {
		m.Set("verified", *metric.Verified)
	}
	if metric.VerifyToken != "" {
		m.Set("verifyToken", metric.VerifyToken)
	}
	return m
}

// textMap is a mapping of names and texts in turn, without empty texts.
func textMap(pairs ...string) *card.Map {
	m := &card.Map{}
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			m.Set(pairs[i], pairs[i+1])
		}
	}
	return m
}

// indexReader reads a model-index strictly: what the Hub's specification
// requires must be there, or the reason is named. What it has no place for is
// a loss.
type indexReader struct {
	card     *card.Card
	problems []card.Problem
	losses   []Loss
}

// read takes the value of model-index. Several entries become one, since a
// card is about one model; the last name stays, as in huggingface_hub.
func (r *indexReader) read(value any) {
	entries, ok := value.([]any)
	if !ok {
		r.refuse("/"+modelIndexKey, "is not a list", "write a list of {name, results}")
		return
	}
	for i, entry := range entries {
		at := "/" + modelIndexKey + "/" + strconv.Itoa(i)
		m, ok := entry.(*card.Map)
		if !ok {
			r.refuse(at, "is not a mapping", "write {name, results}")
			continue
		}
		name := r.text(m, at, "name", true)
		if i > 0 && name != r.card.Model.Name {
			r.lose(at+"/name", "a card is about one model; the last name is kept")
		}
		r.card.Model.Name = name
		results, ok := r.value(m, at, "results").([]any)
		if !ok {
			r.refuse(at+"/results", "is not a list", "write a list of results")
			continue
		}
		for j, result := range results {
			r.result(result, at+"/results/"+strconv.Itoa(j))
		}
		r.unknown(m, at, "name", "results")
	}
}

func (r *indexReader) result(value any, at string) {
	m, ok := value.(*card.Map)
	if !ok {
		r.refuse(at, "is not a mapping", "write {task, dataset, metrics}")
		return
	}
	var result card.Result
	if task := r.mapping(m, at, "task", true); task != nil {
		result.Task = card.Task{Type: r.text(task, at+"/task", "type", true), Name: r.text(task, at+"/task", "name", false)}
		r.unknown(task, at+"/task", "type", "name")
	}
	if dataset := r.mapping(m, at, "dataset", true); dataset != nil {
		result.Dataset = r.dataset(dataset, at+"/dataset")
	}
	if source := r.mapping(m, at, "source", false); source != nil {
		result.Source = &card.ResultSource{URL: r.text(source, at+"/source", "url", true), Name: r.text(source, at+"/source", "name", false)}
		r.unknown(source, at+"/source", "url", "name")
	}
	metrics, ok := r.value(m, at, "metrics").([]any)
	if !ok || len(metrics) == 0 {
		r.refuse(at+"/metrics", "is not a list of metrics", "write a list of {type, value}")
		return
	}
	for i, metric := range metrics {
		r.metric(&result, metric, at+"/metrics/"+strconv.Itoa(i))
	}
	r.unknown(m, at, "task", "dataset", "source", "metrics")
	r.card.Evaluation.Results = append(r.card.Evaluation.Results, result)
}

func (r *indexReader) dataset(m *card.Map, at string) card.ResultDataset {
	args, _ := m.Get("args")
	r.unknown(m, at, "type", "name", "config", "split", "revision", "args")
	return card.ResultDataset{
		Type: r.text(m, at, "type", true), Name: r.text(m, at, "name", true),
		Config: r.text(m, at, "config", false), Split: r.text(m, at, "split", false),
		Revision: r.text(m, at, "revision", false), Args: args,
	}
}

func (r *indexReader) metric(result *card.Result, value any, at string) {
	m, ok := value.(*card.Map)
	if !ok {
		r.refuse(at, "is not a mapping", "write {type, value}")
		return
	}
	metric := card.Metric{
		Type: r.text(m, at, "type", true), Value: r.value(m, at, "value"),
		Name: r.text(m, at, "name", false), Config: r.text(m, at, "config", false),
		VerifyToken: r.text(m, at, "verifyToken", false),
	}
	metric.Args, _ = m.Get("args")
	if v, ok := m.Get("verified"); ok {
		if verified, isBool := v.(bool); isBool {
			metric.Verified = &verified
		} else {
			r.lose(at+"/verified", "is neither true nor false")
		}
	}
	r.unknown(m, at, "type", "value", "name", "config", "args", "verified", "verifyToken")
	result.Metrics = append(result.Metrics, metric)
}

// value is a required value.
func (r *indexReader) value(m *card.Map, at, name string) any {
	v, ok := m.Get(name)
	if !ok || v == nil {
		r.problems = append(r.problems, card.Problem{Pointer: at, Code: "model_index",
			Detail: fmt.Sprintf("model-index: missing %q", name), Hint: "the Hub's metadata specification requires it"})
		return nil
	}
	return v
}

func (r *indexReader) mapping(m *card.Map, at, name string, required bool) *card.Map {
	v, ok := m.Get(name)
	if !ok && !required {
		return nil
	}
	if v == nil {
		r.value(m, at, name)
		return nil
	}
	inner, ok := v.(*card.Map)
	if !ok {
		r.refuse(at+"/"+name, "is not a mapping", "")
	}
	return inner
}

// text is a line of text; a number in its place is taken as it is written.
func (r *indexReader) text(m *card.Map, at, name string, required bool) string {
	v, ok := m.Get(name)
	if !ok || v == nil {
		if required {
			r.value(m, at, name)
		}
		return ""
	}
	if s, ok := v.(string); ok {
		return oneLine(s)
	}
	r.lose(at+"/"+name, "is not text; its text is kept")
	return card.Text(v)
}

func (r *indexReader) unknown(m *card.Map, at string, known ...string) {
	for _, key := range unknownKeys(m, known) {
		r.lose(at+card.Pointer(key), "the model-index has no such key")
	}
}

// unknownKeys lists the keys of a mapping that are not among those known.
func unknownKeys(m *card.Map, known []string) []string {
	var unknown []string
	for _, e := range m.Entries {
		if !slices.Contains(known, e.Key) {
			unknown = append(unknown, e.Key)
		}
	}
	return unknown
}

func (r *indexReader) refuse(at, detail, hint string) {
	r.problems = append(r.problems, card.Problem{Pointer: at, Code: "model_index", Detail: "model-index: " + detail, Hint: hint})
}

func (r *indexReader) lose(at, detail string) { r.losses = append(r.losses, Loss{at, detail}) }
