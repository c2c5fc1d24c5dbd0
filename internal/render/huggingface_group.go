package render

import (
	"fmt"
	"slices"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// forHub is a card with all sections, and with its results as the Hub's
// model-index has them. It is a copy where it differs from the original.
func forHub(original *card.Card) *card.Card {
	c := withAllSections(original)
	if len(c.Evaluation.Results) < 2 {
		return c
	}
	grouped := groupResults(c.Evaluation.Results)
	if len(grouped) == len(c.Evaluation.Results) {
		return c
	}
	changed, evaluation := *c, *c.Evaluation
	evaluation.Results = grouped
	changed.Evaluation = &evaluation
	return &changed
}

// groupResults puts the metrics of results that the model-index cannot tell
// apart under the first of them, as huggingface_hub does.
func groupResults(results []card.Result) []card.Result {
	firsts := firstOfGroup(results)
	if firsts == nil {
		return results
	}
	grouped := make([]card.Result, 0, len(results))
	places := make(map[int]int, len(results)) // of the first of each group
	for i := range results {
		if at, ok := places[firsts[i]]; ok {
			grouped[at].Metrics = slices.Concat(grouped[at].Metrics, results[i].Metrics)
			continue
		}
		places[i] = len(grouped)
		grouped = append(grouped, results[i])
	}
	return grouped
}

// groupKey is EvalResult.unique_identifier.
type groupKey struct{ task, dataset, config, split, revision string }

// firstOfGroup is, for each result, the first one that the model-index cannot
// tell from it; nil where it tells all apart, as nearly always.
func firstOfGroup(results []card.Result) []int {
	if len(results) <= fewResults && !anySameGroup(results) {
		return nil
	}
	seen := make(map[groupKey]int, len(results))
	var firsts []int
	for i := range results {
		r := &results[i]
		if !indexable(r) {
			continue
		}
		key := groupKey{r.Task.Type, r.Dataset.Type, r.Dataset.Config, r.Dataset.Split, r.Dataset.Revision}
		at, again := seen[key]
		if !again {
			seen[key] = i
			continue
		}
		if firsts == nil {
			firsts = make([]int, len(results))
			for j := range firsts {
				firsts[j] = j
			}
		}
		firsts[i] = at
	}
	return firsts
}

// fewResults are compared with each other sooner than put in a map.
const fewResults = 16

func anySameGroup(results []card.Result) bool {
	for i := range results {
		for j := range i {
			a, b := &results[i], &results[j]
			if a.Task.Type == b.Task.Type && a.Dataset.Type == b.Dataset.Type && a.Dataset.Config == b.Dataset.Config &&
				a.Dataset.Split == b.Dataset.Split && a.Dataset.Revision == b.Dataset.Revision {
				return true
			}
		}
	}
	return false
}

// groupLosses names the results whose header the model-index has no place for.
func groupLosses(results []card.Result) []Loss {
	var losses []Loss
	for i, at := range firstOfGroup(results) {
		if at != i {
			losses = append(losses, Loss{card.Pointer("evaluation", "results", itoa(i)), fmt.Sprintf(
				"the model-index has one entry for a task, data set, configuration, split and revision: the metrics stand under result %d, and its names, arguments and source are kept", at)})
		}
	}
	return losses
}
