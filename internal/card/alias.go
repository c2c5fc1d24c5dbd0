package card

import (
	"fmt"
	"slices"
	"strconv"

	"go.yaml.in/yaml/v4"
)

// expander replaces the aliases of a tree by copies of what they stand for, so
// that no two places share a node and everything after can change its own.
// What the copies add is counted while they are made.
type expander struct {
	aliases int
	nodes   int
	open    []*yaml.Node              // from the root to where the expander is
	origin  map[*yaml.Node]*yaml.Node // of each copy, what it is a copy of
}

func (e *expander) expand(n *yaml.Node) error {
	e.open = append(e.open, n)
	for i, item := range n.Content {
		if item.Kind == yaml.AliasNode {
			expanded, err := e.replace(item)
			if err != nil {
				return err
			}
			n.Content[i] = expanded
		} else if err := e.expand(item); err != nil {
			return err
		}
	}
	e.open = e.open[:len(e.open)-1]
	return nil
}

// replace is the copy for one alias, at the alias's own place. An anchor comes
// before its aliases, so what it names is expanded already.
func (e *expander) replace(alias *yaml.Node) (*yaml.Node, error) {
	if e.aliases++; e.aliases > maxAliases {
		return nil, unreadable(alias.Line, alias.Column, "over_limit", fmt.Sprintf("the document has more than %d aliases", maxAliases), "write the values out")
	}
	if slices.Contains(e.open, alias.Alias) {
		return nil, unreadable(alias.Line, alias.Column, "bad_alias", fmt.Sprintf("alias *%s stands inside what it names", alias.Value), "write the value out")
	}
	expanded := e.copyNode(alias.Alias)
	if e.nodes > maxNodes {
		return nil, unreadable(alias.Line, alias.Column, "over_limit", fmt.Sprintf("the document has more than %d values", maxNodes), "write the values out")
	}
	expanded.Line, expanded.Column = alias.Line, alias.Column
	return expanded, nil
}

func (e *expander) copyNode(n *yaml.Node) *yaml.Node {
	if first, ok := e.origin[n]; ok {
		n = first
	}
	clone := &yaml.Node{Kind: n.Kind, Style: n.Style, Tag: n.Tag, Value: n.Value, Line: n.Line, Column: n.Column}
	if e.nodes++; e.nodes > maxNodes {
		return clone // the caller gives up
	}
	e.origin[clone] = n
	clone.Content = make([]*yaml.Node, len(n.Content))
	for i, item := range n.Content {
		clone.Content[i] = e.copyNode(item)
	}
	return clone
}

// repeats finds the lists and mappings of a tree that stand in several places
// by aliases or merge keys. What is in one of them is not told again.
type repeats struct {
	origin map[*yaml.Node]*yaml.Node
	first  map[*yaml.Node]string // pointer of where it stands first
	path   []string
	found  []Alias
	skip   func(pointer string) bool
}

func (r *repeats) visit(n *yaml.Node) {
	if n.Kind != yaml.MappingNode && n.Kind != yaml.SequenceNode {
		return
	}
	original, ok := r.origin[n]
	if !ok {
		original = n
	}
	if here := Pointer(r.path...); !r.skip(here) {
		if first, again := r.first[original]; again {
			r.found = append(r.found, Alias{At: here, Of: first})
			return
		}
		r.first[original] = here
	}
	for i, item := range n.Content {
		token := strconv.Itoa(i)
		if n.Kind == yaml.MappingNode {
			if i%2 == 0 {
				continue
			}
			token = n.Content[i-1].Value
		}
		r.path = append(r.path, token)
		r.visit(item)
		r.path = r.path[:len(r.path)-1]
	}
}
