package integration

import (
	"fmt"
	"slices"
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// Merge fills what a card leaves open with what sources say, in their order.
// What the card says stands, and so does what an earlier source said; where a
// source says otherwise there is a problem with the code source_conflict, whose
// pointer is into the merged card. Values that the card has from an earlier
// reading of the same sources are read anew. The card itself is not changed.
//
// The error is a [*card.Error] where the values do not fit into a card.
func Merge(c *card.Card, readings ...*Reading) (*card.Card, []card.Problem, error) {
	tree := c.Tree()
	sources := cloneSources(c.Sources)
	forget(tree, sources, readings)
	m := merger{}
	for _, r := range readings {
		m.name, m.fields = nameOf(r.Source), nil
		m.mapping(tree, r.Values.Tree(), "", "", 0)
		source := r.Source
		source.Fields = m.fields
		sources = put(sources, source)
	}
	setSources(tree, sources)
	merged, err := ofTree(tree)
	if err != nil {
		return nil, nil, err
	}
	return merged, m.conflicts, nil
}

func cloneSources(sources []card.Source) []card.Source {
	sources = slices.Clone(sources)
	for i := range sources {
		sources[i].Fields = slices.Clone(sources[i].Fields)
	}
	return sources
}

// isSame tells whether two entries name one source.
func isSame(a, b card.Source) bool { return a.Type == b.Type && a.Path == b.Path && a.Ref == b.Ref }

// put replaces the entry of a source, or appends it.
func put(sources []card.Source, s card.Source) []card.Source {
	for i := range sources {
		if isSame(sources[i], s) {
			sources[i] = s
			return sources
		}
	}
	return append(sources, s)
}

func setSources(tree *card.Map, sources []card.Source) {
	tree.Entries = slices.DeleteFunc(tree.Entries, func(e card.Entry) bool { return e.Key == "sources" })
	if len(sources) > 0 {
		only := card.Card{Sources: sources}
		list, _ := only.Tree().Get("sources")
		tree.Set("sources", list)
	}
}

// nameOf is a source for people.
func nameOf(s card.Source) string {
	switch {
	case s.Path != "":
		return s.Path
	case s.Ref != "":
		return s.Type + " " + s.Ref
	}
	return s.Type
}

// merger merges one source after the other into a tree.
type merger struct {
	name      string   // of the source at hand
	fields    []string // pointers to what came from it
	conflicts []card.Problem
}

// mapping fills the keys that a mapping lacks. Sections and the model are
// always entered, so that a field says where it is from and not a section.
func (m *merger) mapping(have, from *card.Map, pointer, pattern string, depth int) {
	for _, e := range from.Entries {
		if depth == 0 && (e.Key == "apiVersion" || e.Key == "kind" || e.Key == "sources") {
			continue
		}
		at := pointer + card.Pointer(e.Key)
		below := patternOf(pattern, e.Key)
		mine, found := have.Get(e.Key)
		switch {
		case isEmpty(e.Value):
		case !found && isSection(e.Value, depth):
			section := &card.Map{}
			m.mapping(section, e.Value.(*card.Map), at, below, depth+1)
			have.Set(e.Key, section)
		case !found:
			have.Set(e.Key, m.taken(e.Value, at, below))
		default:
			have.Set(e.Key, m.value(mine, e.Value, at, below, depth+1))
		}
	}
}

func isSection(v any, depth int) bool {
	_, mapping := v.(*card.Map)
	return mapping && depth == 0
}

// isEmpty tells whether a value says nothing, as the mandatory fields of an
// incomplete card do.
func isEmpty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case card.Number:
		return v == ""
	case []any:
		return len(v) == 0
	case *card.Map:
		return v.Len() == 0
	}
	return false
}

// taken is a value that is taken whole; a list of items is noted item by item.
func (m *merger) taken(v any, at, pattern string) any {
	list, isList := v.([]any)
	if _, items := identity[pattern]; !isList || !items {
		m.fields = append(m.fields, at)
		return v
	}
	for i := range list {
		m.fields = append(m.fields, at+"/"+itoa(i))
	}
	return slices.Clone(list)
}

// value merges a value of the source into one that is there.
func (m *merger) value(mine, from any, at, pattern string, depth int) any {
	mapping, both := asMappings(mine, from)
	list, isList := mine.([]any)
	_, items := identity[pattern]
	switch {
	case both && !isLeaf(pattern) && !isNotApplicable(mapping):
		m.mapping(mapping, from.(*card.Map), at, pattern, depth)
	case isList && items:
		if theirs, ok := from.([]any); ok {
			return m.items(list, theirs, at, pattern, depth)
		}
	case !equal(mine, from):
		m.conflict(at, mine, from)
	}
	return mine
}

func asMappings(mine, from any) (*card.Map, bool) {
	a, isMapping := mine.(*card.Map)
	_, fromMapping := from.(*card.Map)
	return a, isMapping && fromMapping
}

// isNotApplicable tells whether the card says that a field does not apply.
func isNotApplicable(m *card.Map) bool {
	_, ok := m.Get("not_applicable")
	return ok && m.Len() == 1
}

// items merges a list whose items have an identity.
func (m *merger) items(mine, from []any, at, pattern string, depth int) []any {
	merged := slices.Clone(mine)
	for _, item := range from {
		i := find(pattern, mine, item)
		if i < 0 {
			m.fields = append(m.fields, at+"/"+itoa(len(merged)))
			merged = append(merged, item)
			continue
		}
		if !m.differs(merged[i], item, at+"/"+itoa(i), pattern) {
			merged[i] = m.value(merged[i], item, at+"/"+itoa(i), pattern+"/*", depth+1)
		}
	}
	return merged
}

// differs reports a metric or a key whose value is another. The rest of such an
// item belongs to that value, so it is left.
func (m *merger) differs(mine, from any, at, pattern string) bool {
	if !strings.HasSuffix(pattern, "/metrics") && pattern != "/metadata" {
		return false
	}
	have, _ := mine.(*card.Map)
	theirs, _ := from.(*card.Map)
	a, _ := have.Get("value")
	b, _ := theirs.Get("value")
	if equal(a, b) {
		return false
	}
	m.conflict(at+"/value", a, b)
	return true
}

func (m *merger) conflict(at string, mine, from any) {
	const most = 100
	if len(m.conflicts) < most {
		m.conflicts = append(m.conflicts, card.Problem{
			Pointer: at, Code: "source_conflict",
			Detail: fmt.Sprintf("%s says %s; the card says %s, which stands", m.name, clip(card.Text(from)), clip(card.Text(mine))),
			Hint:   "take the value out of the card to have it from the source, or correct the one that is wrong",
		})
	}
}

// clip shortens a value for a message.
func clip(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

func cutSlash(path string) (key, rest string, found bool) { return strings.Cut(path, "/") }
