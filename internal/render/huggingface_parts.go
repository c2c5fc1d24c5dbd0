package render

import (
	"slices"
	"strconv"
	"strings"
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
