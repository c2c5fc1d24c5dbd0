package render

import (
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

const noPlace = "CycloneDX has no place for it"

// unplaced are the fields of a card that CycloneDX has no place for in any
// version.
var unplaced = []string{
	"/model/changes", "/model/owners",
	"/intended_use/overview", "/intended_use/downstream_use", "/intended_use/out_of_scope_use", "/intended_use/get_started",
	"/training/overview", "/training/data", "/training/procedure", "/training/preprocessing", "/training/hyperparameters_note", "/training/speeds_sizes_times",
	"/evaluation/overview", "/evaluation/protocol", "/evaluation/testing_data", "/evaluation/factors", "/evaluation/metrics_rationale",
	"/evaluation/results_text", "/evaluation/summary", "/evaluation/examination",
	"/evaluation/results/0/task", "/evaluation/results/0/dataset", "/evaluation/results/0/source", // of other results nothing but the metrics is left
	"/considerations/recommendations",
	"/environment/overview",
	"/technical/overview", "/technical/compute_infrastructure", "/technical/hardware", "/technical/software",
	"/compliance", "/citation",
	"/contact/contact", "/contact/glossary", "/contact/more_information",
	"/sections", "/metadata", "/metadata_aliases", "/sources",
}

// loseUnplaced reports what of a card is in no place, and every reason why a
// field is not applicable.
func (w *bomWriter) loseUnplaced(c *card.Card) {
	tree := c.Tree()
	for _, pointer := range unplaced {
		w.loseIf(hasValue(tree, pointer), pointer, noPlace)
	}
	for pointer := range c.NotApplicable {
		w.lose(pointer, "CycloneDX has no place for the reason why this is not applicable")
	}
}

// hasValue tells whether a tree has a value at a pointer; of a list only the
// first entry can be asked for.
func hasValue(v any, pointer string) bool {
	for token := range strings.SplitSeq(pointer[1:], "/") {
		ok := false
		switch node := v.(type) {
		case *card.Map:
			v, ok = node.Get(token)
		case []any:
			if ok = token == "0" && len(node) > 0; ok {
				v = node[0]
			}
		}
		if !ok {
			return false
		}
	}
	return true
}
