package render

import (
	"slices"
	"strconv"
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// topParts are the parts of the second level.
var topParts = childrenOf(nil)

// childrenOf lists the parts right below a part, or the topmost for nil.
func childrenOf(p *part) []*part {
	start, level := 0, 2
	if p != nil {
		start, level = p.index()+1, p.level+1
	}
	var children []*part
	for i := start; i < len(template) && (p == nil || template[i].level > p.level); i++ {
		if template[i].level == level {
			children = append(children, &template[i])
		}
	}
	return children
}

func (p *part) index() int {
	return slices.IndexFunc(template, func(other part) bool { return other.title == p.title && other.level == p.level })
}

func (p *part) children() []*part { return childrenOf(p) }

// parent is the part that a part of a deeper level is in.
func (p *part) parent() *part {
	for i := p.index() - 1; i >= 0; i-- {
		if template[i].level < p.level {
			return &template[i]
		}
	}
	return p
}

func findPart(parts []*part, title string) *part {
	for _, p := range parts {
		if normalTitle(p.title) == normalTitle(title) {
			return p
		}
	}
	return nil
}

// findAlias finds the part that other people's cards name otherwise and have
// at their top level. It holds for documents that do not follow the template.
func findAlias(title string, used map[*part]bool) *part {
	for i := range template {
		p := &template[i]
		if !used[p] && slices.ContainsFunc(p.aliases, func(alias string) bool { return normalTitle(alias) == normalTitle(title) }) {
			return p
		}
	}
	return nil
}

// normalTitle is a heading or label without what people change in it: case,
// "[optional]", and a colon at the end.
func normalTitle(title string) string {
	title = strings.ToLower(strings.TrimSpace(title))
	title = strings.TrimSpace(strings.TrimSuffix(title, ":"))
	return strings.TrimSpace(strings.TrimSuffix(title, "[optional]"))
}

func itoa(i int) string { return strconv.Itoa(i) }

// huggingFaceLosses lists what of a card the Hub's model card has no place for.
func huggingFaceLosses(c *card.Card) []Loss {
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
	if c.Training != nil {
		lose(hasDatasetDetails(c.Training.Datasets), "/training/datasets", "of data sets, the Hub's metadata has the identifier alone")
	}
	if c.Evaluation != nil {
		for i := range c.Evaluation.Results {
			lose(!indexable(&c.Evaluation.Results[i]), card.Pointer("evaluation", "results", itoa(i)),
				"the model-index needs task.type, dataset.type and dataset.name of a result; it stands in the table alone")
			lose(isSliced(&c.Evaluation.Results[i]), card.Pointer("evaluation", "results", itoa(i)),
				"the model-index has no place for slices, and the result has nothing else; it stands in the table alone")
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

// isSliced tells whether a result that could be in the model-index has metrics
// of slices alone.
func isSliced(r *card.Result) bool {
	return indexable(r) && len(r.Metrics) > 0 && len(indexedMetrics(r)) == 0
}

// carriesReason tells whether the template has a place for the reason why a
// field is not applicable.
func carriesReason(pointer string) bool {
	if pointer == "/citation/bibtex" || pointer == "/citation/apa" {
		return true
	}
	for i := range template {
		if template[i].pointer == pointer && !template[i].extra {
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

func hasDatasetDetails(datasets []card.Dataset) bool {
	return slices.ContainsFunc(datasets, func(d card.Dataset) bool {
		return d.Name != "" || d.Split != "" || d.Link != "" || d.Description != "" || d.Classification != "" ||
			len(d.SensitiveData) > 0 || d.Governance != nil || d.Graphics != nil || d.ID == ""
	})
}
