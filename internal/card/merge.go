package card

import "go.yaml.in/yaml/v4"

// isMerge tells whether a key is the merge key of YAML 1.1 (<<).
func isMerge(key *yaml.Node) bool { return key.Value == "<<" && isPlain(key) }

// mergeKeys puts the mappings of merge keys in their place. A key of the
// mapping itself wins over a merged one, and the first mapping over a later
// one, as https://yaml.org/type/merge.html has it.
func (w *walker) mergeKeys(n *yaml.Node) error {
	own := make([]*yaml.Node, 0, len(n.Content))
	have := make(map[string]bool, len(n.Content)/2)
	var sources []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if !isMerge(key) {
			own = append(own, key, value)
			have[key.Value] = true
			continue
		}
		w.warn(key, "yaml11", "merge keys (<<) are YAML 1.1", "write the keys out")
		merged := mergeSources(value)
		if merged == nil {
			w.refuse(key, "bad_merge", "a merge key (<<) stands before something that is not a mapping", "write the keys out")
		}
		sources = append(sources, merged...)
	}
	n.Content = own
	for _, source := range sources {
		if err := w.checkMapping(source); err != nil {
			return err
		}
		n.Content = addMissing(n.Content, source.Content, have)
	}
	return nil
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

func addMissing(content, from []*yaml.Node, have map[string]bool) []*yaml.Node {
	for i := 0; i+1 < len(from); i += 2 {
		if key := from[i].Value; !have[key] {
			have[key] = true
			content = append(content, from[i], from[i+1])
		}
	}
	return content
}
