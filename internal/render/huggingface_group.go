package render

import (
	"fmt"
	"slices"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// forHub is a copy of a card with all sections, and with its results as the
// Hub's model-index has them.
func forHub(original *card.Card) card.Card {
	c := withAllSections(*original)
	if grouped := groupResults(c.Evaluation.Results); len(grouped) < len(c.Evaluation.Results) {
		evaluation := *c.Evaluation
		evaluation.Results = grouped
		c.Evaluation = &evaluation
	}
	return c
}

// groupResults puts the metrics of results that the model-index cannot tell
// apart under the first of them, as huggingface_hub does.
func groupResults(results []card.Result) []card.Result {
	if len(results) < 2 {
		return results
	}
	grouped := make([]card.Result, 0, len(results))
	for i := range results {
		at := slices.IndexFunc(grouped, func(r card.Result) bool { return sameGroup(&r, &results[i]) })
		if at < 0 {
			grouped = append(grouped, results[i])
			continue
		}
		grouped[at].Metrics = slices.Concat(grouped[at].Metrics, results[i].Metrics)
	}
	return grouped
}

// sameGroup tells whether two results are one in a model-index: by
// EvalResult.unique_identifier.
func sameGroup(a, b *card.Result) bool {
	return indexable(a) && indexable(b) && a.Task.Type == b.Task.Type && a.Dataset.Type == b.Dataset.Type &&
		a.Dataset.Config == b.Dataset.Config && a.Dataset.Split == b.Dataset.Split && a.Dataset.Revision == b.Dataset.Revision
}

// groupLosses names the results whose header the model-index has no place for.
func groupLosses(results []card.Result) []Loss {
	var losses []Loss
	for i := range results {
		at := slices.IndexFunc(results[:i], func(r card.Result) bool { return sameGroup(&r, &results[i]) })
		if at >= 0 {
			losses = append(losses, Loss{card.Pointer("evaluation", "results", itoa(i)), fmt.Sprintf(
				"the model-index has one entry for a task, data set, configuration, split and revision: the metrics stand under result %d, and its names, arguments and source are kept", at)})
		}
	}
	return losses
}
