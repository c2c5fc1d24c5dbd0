package render

import (
	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// aliases says where in the front matter the fields of the card come from, so
// that what is said about a field names the line of its value.
func (r *readmeReader) aliases() map[string]string {
	aliases := map[string]string{}
	for _, e := range entriesOf(r.fm.Values) {
		source := card.Pointer(e.Key)
		aliases[card.Pointer("metadata", e.Key)] = source
		for i := range keys {
			if keys[i].name == e.Key {
				aliases[keys[i].pointer] = source
			}
		}
	}
	r.aliasResults(aliases)
	return aliases
}

// aliasResults finds each result in the model-index. Metrics that the table of
// results in the body has put between those of the model-index have no alias
// of their own.
func (r *readmeReader) aliasResults(aliases map[string]string) {
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
			aliases[target] = source
			aliasMetrics(aliases, r.card.Evaluation.Results[at].Metrics, target+"/metrics", source+"/metrics")
			at++
		}
	}
}

func aliasMetrics(aliases map[string]string, metrics []card.Metric, target, source string) {
	next := 0
	for i := range metrics {
		if metrics[i].Slice != "" {
			aliases[target+"/"+itoa(i)] = source
			continue
		}
		if next != i {
			aliases[target+"/"+itoa(i)] = source + "/" + itoa(next)
		}
		next++
	}
}
