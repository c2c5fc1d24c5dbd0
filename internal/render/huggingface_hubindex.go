package render

import (
	"slices"
	"strconv"
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// hubIndex is a model-index as huggingface_hub writes it after reading it:
// one entry, by the last name; results of one task and data set together under
// the header of the first; known keys alone, in the library's order; no nulls.
// It ports model_index_to_eval_results and eval_results_to_model_index. False
// means that the library does not read it either.
func hubIndex(raw any) (any, bool) {
	entries, ok := raw.([]any)
	if !ok || len(entries) == 0 {
		return nil, false
	}
	var (
		name    any
		results = hubResults{byKey: map[string]*hubGroup{}}
	)
	for _, entry := range entries {
		m, isMap := entry.(*card.Map)
		if !isMap {
			return nil, false
		}
		list, hasResults := listOf(m, "results")
		if name, ok = m.Get("name"); !ok || !hasResults {
			return nil, false
		}
		for _, result := range list {
			if !results.add(result) {
				return nil, false
			}
		}
	}
	index := &card.Map{}
	index.Set("name", name)
	index.Set("results", results.list())
	return []any{withoutNulls(index)}, true
}

// hubResults are the results of a model-index by what tells them apart.
type hubResults struct {
	groups []*hubGroup
	byKey  map[string]*hubGroup
}

type hubGroup struct {
	header  [3]*card.Map // task, dataset, source
	metrics []any
}

func (h *hubResults) add(result any) bool {
	m, ok := result.(*card.Map)
	if !ok {
		return false
	}
	task, hasTask := mapOf(m, "task", "type")
	dataset, hasDataset := mapOf(m, "dataset", "type", "name")
	metrics, hasMetrics := listOf(m, "metrics")
	if !hasTask || !hasDataset || !hasMetrics {
		return false
	}
	source, _ := mapOf(m, "source", "url")
	for _, metric := range metrics {
		known, ok := metric.(*card.Map)
		if !ok || !has(known, "type", "value") {
			return false
		}
		g := h.group(hubKey(task, dataset), task, dataset, source)
		g.metrics = append(g.metrics, pick(known, "type", "value", "name", "config", "args", "verified", "verifyToken"))
	}
	return true
}

func (h *hubResults) group(key string, task, dataset, source *card.Map) *hubGroup {
	if g, ok := h.byKey[key]; ok {
		return g
	}
	g := &hubGroup{header: [3]*card.Map{task, dataset, source}}
	h.groups, h.byKey[key] = append(h.groups, g), g
	return g
}

// hubKey is EvalResult.unique_identifier: the name and the arguments of the
// data set are not in it.
func hubKey(task, dataset *card.Map) string {
	return pythonKey([]any{
		first(task.Get("type")), first(dataset.Get("type")), first(dataset.Get("config")),
		first(dataset.Get("split")), first(dataset.Get("revision")),
	})
}

func (h *hubResults) list() []any {
	list := make([]any, len(h.groups))
	for i, g := range h.groups {
		m := &card.Map{}
		m.Set("task", pick(g.header[0], "type", "name"))
		m.Set("dataset", pick(g.header[1], "name", "type", "config", "split", "revision", "args"))
		m.Set("metrics", g.metrics)
		if source := g.header[2]; source != nil {
			m.Set("source", pick(source, "url", "name"))
		}
		list[i] = m
	}
	return list
}

// mapOf is a mapping that has the keys named.
func mapOf(m *card.Map, key string, required ...string) (*card.Map, bool) {
	inner, ok := first(m.Get(key)).(*card.Map)
	if !ok || !has(inner, required...) {
		return nil, false
	}
	return inner, true
}

func listOf(m *card.Map, key string) ([]any, bool) {
	list, ok := first(m.Get(key)).([]any)
	return list, ok
}

func has(m *card.Map, keys ...string) bool {
	return !slices.ContainsFunc(keys, func(key string) bool {
		_, ok := m.Get(key)
		return !ok
	})
}

// pick is a mapping of some keys of another, in the order named.
func pick(m *card.Map, keys ...string) *card.Map {
	picked := &card.Map{}
	for _, key := range keys {
		if v, ok := m.Get(key); ok {
			picked.Set(key, v)
		}
	}
	return picked
}

// withoutNulls ports _remove_none: it also makes copies, so that nothing in a
// model-index is written as an alias.
func withoutNulls(v any) any {
	switch v := v.(type) {
	case []any:
		list := make([]any, 0, len(v))
		for _, item := range v {
			if item != nil {
				list = append(list, withoutNulls(item))
			}
		}
		return slices.Clip(list)
	case *card.Map:
		m := &card.Map{}
		for _, e := range v.Entries {
			if e.Value != nil {
				m.Entries = append(m.Entries, card.Entry{Key: e.Key, Value: withoutNulls(e.Value)})
			}
		}
		return m
	}
	return v
}

// uniqueTags ports _to_unique_list: one text is a list of one, a mapping gives
// its keys, and of equal values the first stays.
func uniqueTags(v any) any {
	var list []any
	switch v := v.(type) {
	case string:
		return []any{v}
	case *card.Map:
		list = make([]any, v.Len())
		for i, e := range v.Entries {
			list[i] = e.Key
		}
	case []any:
		list = v
	default:
		return v
	}
	seen := make(map[string]bool, len(list))
	unique := make([]any, 0, len(list))
	for _, tag := range list {
		if key := pythonKey(tag); !seen[key] {
			seen[key] = true
			unique = append(unique, tag)
		}
	}
	return slices.Clip(unique)
}

// pythonKey is equal for values that Python takes for equal: 1, 1.0 and True
// are, and the order of a mapping does not count.
func pythonKey(v any) string {
	switch v := v.(type) {
	case bool:
		if v {
			return "1"
		}
		return "0"
	case card.Number:
		return strings.TrimSuffix(string(v), ".0")
	case string:
		return strconv.Quote(v)
	case []any:
		keys := make([]string, len(v))
		for i, item := range v {
			keys[i] = pythonKey(item)
		}
		return "[" + strings.Join(keys, ",") + "]"
	case *card.Map:
		keys := make([]string, v.Len())
		for i, e := range v.Entries {
			keys[i] = strconv.Quote(e.Key) + ":" + pythonKey(e.Value)
		}
		slices.Sort(keys)
		return "{" + strings.Join(keys, ",") + "}"
	}
	return "null"
}
