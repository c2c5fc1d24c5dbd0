package render

import (
	"slices"
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// huggingFaceLosses lists the fields in which a card differs from what a reader
// makes of its README, which is asked unless the card is plain: reading costs
// ten times as much as writing.
func huggingFaceLosses(c *card.Card, readme []byte) []Loss {
	unplaced := append(unplacedOnHub(c), datasetLosses(c)...)
	if isPlain(c, readme) {
		return unplaced
	}
	doc, _, err := ReadHuggingFace(readme, "")
	if err != nil {
		return allLost(c, "the README cannot be read back: "+err.Error())
	}
	losses := lossesBetween(c, doc.Card, "the Hub's model card")
	for i := range losses {
		losses[i].Detail = knownReason(unplaced, losses[i])
	}
	return losses
}

// knownReason is why a field is lost: what is known of it or of what it is in,
// or else of something in it, where a list is lost with all that it has.
func knownReason(known []Loss, lost Loss) string {
	above := slices.IndexFunc(known, func(l Loss) bool { return isAtOrUnder(lost.Pointer, l.Pointer) })
	if above >= 0 {
		return known[above].Detail
	}
	below := slices.IndexFunc(known, func(l Loss) bool { return isAtOrUnder(l.Pointer, lost.Pointer) })
	if below >= 0 {
		return known[below].Detail
	}
	return lost.Detail
}

// isAtOrUnder tells whether a pointer is another one or goes below it.
func isAtOrUnder(pointer, other string) bool {
	rest, ok := strings.CutPrefix(pointer, other)
	return ok && (rest == "" || rest[0] == '/')
}

func allLost(c *card.Card, detail string) []Loss {
	var losses []Loss
	for _, e := range c.Tree().Entries {
		if e.Key != "apiVersion" && e.Key != "kind" {
			losses = append(losses, Loss{card.Pointer(e.Key), detail})
		}
	}
	return losses
}

// unplacedOnHub lists what of a card the Hub's model card has no place for,
// whatever its value is.
func unplacedOnHub(c *card.Card) []Loss {
	var losses []Loss
	lose := func(has bool, pointer, detail string) {
		if has {
			losses = append(losses, Loss{pointer, detail})
		}
	}
	lose(c.Model.LicenseText != "", "/model/license_text", "the text of a licence has no place in the Hub's model card")
	lose(len(uniqueTags(anyList(c.Model.Tags)).([]any)) < len(c.Model.Tags), "/model/tags", "a tag that stands twice is written once")
	lose(c.Compliance != nil, "/compliance", "answers to regulation have no place in the Hub's model card")
	lose(len(c.Sources) > 0, "/sources", "sources have no place in the Hub's model card")
	if c.Evaluation != nil {
		for i := range c.Evaluation.Results {
			lose(!indexable(&c.Evaluation.Results[i]), card.Pointer("evaluation", "results", itoa(i)),
				"the model-index needs task.type, dataset.type and dataset.name of a result; it stands in the table alone")
			lose(indexable(&c.Evaluation.Results[i]) && !hasIndexed(&c.Evaluation.Results[i]), card.Pointer("evaluation", "results", itoa(i)),
				"the model-index has no place for slices and metrics without a type, and the result has nothing else; it stands in the table alone")
		}
		losses = append(losses, groupLosses(c.Evaluation.Results)...)
		lose(len(c.Evaluation.Datasets) > 0, "/evaluation/datasets", "data sets of the evaluation have no place in the Hub's model card")
		lose(c.Evaluation.Graphics != nil, "/evaluation/graphics", "pictures have no place in the Hub's model card")
	}
	if c.Environment != nil {
		lose(len(c.Environment.Energy) > 0, "/environment/energy", "energy by activity has no place in the Hub's model card")
	}
	if c.Technical != nil {
		lose(c.Technical.Task != "", "/technical/task", "the Hub's model card has the task in its metadata alone")
	}
	if c.Citation != nil {
		lose(len(c.Citation.Others) > 0, "/citation/others", "the Hub's model card has BibTeX and APA alone")
	}
	for pointer := range c.NotApplicable {
		lose(!carriesReason(pointer), pointer, "the reason why this is not applicable has no place in the Hub's model card")
	}
	losses = append(losses, aliasLosses(c)...)
	slices.SortStableFunc(losses, func(a, b Loss) int { return strings.Compare(a.Pointer, b.Pointer) })
	return losses
}

// isSliced tells whether a result has metrics of slices.
func isSliced(r *card.Result) bool {
	return slices.ContainsFunc(r.Metrics, func(m card.Metric) bool { return m.Slice != "" })
}

// carriesReason tells whether the template has a place for the reason why a
// field is not applicable.
func carriesReason(pointer string) bool {
	if pointer == "/citation/bibtex" || pointer == "/citation/apa" {
		return true
	}
	for i := range template {
		if template[i].pointer == pointer && template[i].text != nil {
			return true
		}
		for j := range template[i].bullets {
			if b := &template[i].bullets[j]; b.pointer == pointer {
				return true
			}
		}
	}
	return false
}

// datasetLosses are the details of data sets.
func datasetLosses(c *card.Card) []Loss {
	if c.Training == nil {
		return nil
	}
	var losses []Loss
	for i := range c.Training.Datasets {
		for _, field := range datasetDetails(&c.Training.Datasets[i]) {
			losses = append(losses, Loss{card.Pointer("training", "datasets", itoa(i), field), "of data sets, the Hub's metadata has the identifier alone"})
		}
	}
	return losses
}

// datasetDetails names what a data set has beside its identifier.
func datasetDetails(d *card.Dataset) []string {
	var names []string
	for _, field := range [...]struct {
		name string
		has  bool
	}{
		{"name", d.Name != ""}, {"split", d.Split != ""}, {"link", d.Link != ""}, {"description", d.Description != ""},
		{"classification", d.Classification != ""}, {"sensitive_data", len(d.SensitiveData) > 0},
		{"governance", d.Governance != nil}, {"graphics", d.Graphics != nil},
	} {
		if field.has {
			names = append(names, field.name)
		}
	}
	return names
}

func hasDatasetDetails(c *card.Card) bool {
	return c.Training != nil && slices.ContainsFunc(c.Training.Datasets, func(d card.Dataset) bool {
		return d.ID == "" || len(datasetDetails(&d)) > 0
	})
}
