package card

import (
	"slices"

	"go.yaml.in/yaml/v4"
)

// isMerge tells whether a key is the merge key of YAML 1.1 (<<).
func isMerge(key *yaml.Node) bool { return key.Value == "<<" && isPlain(key) }

// mergeKeys puts the mappings of merge keys in their place. A key of the
// mapping itself wins over a merged one, and the first mapping over a later
// one, as https://yaml.org/type/merge.html has it. Merged keys come first, a
// later mapping's before an earlier one's: that is PyYAML's order, and the
// order of front matter shows.
func (w *walker) mergeKeys(n *yaml.Node) error {
	own := make([]*yaml.Node, 0, len(n.Content))
	var sources []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if !isMerge(key) {
			own = append(own, key, value)
			continue
		}
		w.warn(key, "yaml11", "merge keys (<<) are YAML 1.1", "write the keys out")
		merged := mergeSources(value)
		if merged == nil {
			w.refuse(key, "bad_merge", "a merge key (<<) stands before something that is not a mapping", "write the keys out")
		}
		sources = append(sources, merged...)
	}
	merged := merging{have: make(map[string]int, len(n.Content)/2)}
	for _, source := range slices.Backward(sources) {
		if err := w.checkMapping(source); err != nil {
			return err
		}
		merged.add(source.Content)
	}
	merged.add(own)
	n.Content = merged.content
	return nil
}

// merging collects the pairs of several mappings: a key stays where it was
// first, with the value that it had last.
type merging struct {
	content []*yaml.Node
	have    map[string]int // where the key is in content
}

func (m *merging) add(pairs []*yaml.Node) {
	for i := 0; i+1 < len(pairs); i += 2 {
		at, again := m.have[pairs[i].Value]
		if again {
			m.content[at], m.content[at+1] = pairs[i], pairs[i+1]
			continue
		}
		m.have[pairs[i].Value] = len(m.content)
		m.content = append(m.content, pairs[i], pairs[i+1])
	}
}

// mergeSources are the mappings that a merge key names: one, or a list.
func mergeSources(value *yaml.Node) []*yaml.Node {
	if value.Kind == yaml.MappingNode {
		return []*yaml.Node{value}
	}
	sources := make([]*yaml.Node, 0, len(value.Content))
	for _, item := range value.Content {
		if item.Kind != yaml.MappingNode {
			return nil
		}
		sources = append(sources, item)
	}
	if value.Kind != yaml.SequenceNode {
		return nil
	}
	return sources
}
