package render

import (
	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// origins says where in the front matter the fields of the card come from, so
// that what is said about a field names the line of its value.
func (r *readmeReader) origins() map[string]string {
	origins := map[string]string{}
	for _, e := range entriesOf(r.fm.Values) {
		source := card.Pointer(e.Key)
		origins[card.Pointer("metadata", e.Key)] = source
		for i := range keys {
			if keys[i].name == e.Key {
				origins[keys[i].pointer] = source
			}
		}
	}
	r.originResults(origins)
	return origins
}

// originResults finds each result in the model-index. Metrics that the table of
// results in the body has put between those of the model-index have no origin
// of their own.
func (r *readmeReader) originResults(origins map[string]string) {
	index, _ := r.fm.Values.Get(modelIndexKey)
	entries, _ := index.([]any)
	at := 0
	for i, entry := range entries {
		m, _ := entry.(*card.Map)
		value, _ := m.Get("results")
		results, _ := value.([]any)
		for j := range results {
			if at == len(r.card.Evaluation.Results) {
				return
			}
			target, source := card.Pointer("evaluation", "results", itoa(at)), card.Pointer(modelIndexKey, itoa(i), "results", itoa(j))
			origins[target] = source
			originMetrics(origins, r.card.Evaluation.Results[at].Metrics, target+"/metrics", source+"/metrics")
			at++
		}
	}
}

func originMetrics(origins map[string]string, metrics []card.Metric, target, source string) {
	next := 0
	for i := range metrics {
		if metrics[i].Slice != "" {
			origins[target+"/"+itoa(i)] = source
			continue
		}
		if next != i {
			origins[target+"/"+itoa(i)] = source + "/" + itoa(next)
		}
		next++
	}
}
