package pyyaml

import (
	"fmt"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// identity tells lists and maps apart as Python's id does. The zero identity
// is of values that are never shared.
type identity struct {
	pointer any // *card.Map, or the *any of a list's first place
	length  int // of a list: a part of it is another one
}

func listIdentity(list []any) identity {
	if cap(list) == 0 {
		return identity{} // lists of no size share an address without being one
	}
	return identity{pointer: &list[:1][0], length: len(list)}
}

// anchor is the mark of a value that occurs more than once.
type anchor struct {
	name    string
	written bool
}

// anchors is every list and map of a document, with nil for one that occurs
// once.
type anchors struct {
	seen  map[identity]*anchor
	named int
}

// findAnchors is nil for a value that shares nothing, as nearly all do.
func findAnchors(v any) *anchors {
	a := &anchors{seen: make(map[identity]*anchor)}
	a.visit(v)
	if a.named == 0 {
		return nil
	}
	return a
}

// visit ports anchor_node: names are given in the order in which values are
// met for the second time.
func (a *anchors) visit(v any) {
	switch v := v.(type) {
	case []any:
		if a.first(listIdentity(v)) {
			for _, item := range v {
				a.visit(item)
			}
		}
	case *card.Map:
		if v != nil && a.first(identity{pointer: v}) {
			for i := range v.Entries {
				a.visit(v.Entries[i].Value)
			}
		}
	}
}

func (a *anchors) first(id identity) bool {
	if id == (identity{}) {
		return false
	}
	known, found := a.seen[id]
	if !found {
		a.seen[id] = nil
		return true
	}
	if known == nil {
		a.named++
		a.seen[id] = &anchor{name: fmt.Sprintf("id%03d", a.named)}
	}
	return false
}

// alias writes the anchor of a shared value, or its alias if the value was
// already written. It reports whether nothing is left to write.
func (e *emitter) alias(id identity) bool {
	if e.anchors == nil {
		return false
	}
	found := e.anchors.seen[id]
	if found == nil {
		return false
	}
	if found.written {
		e.writeIndicator("*"+found.name, true, false)
		return true
	}
	found.written = true
	e.writeIndicator("&"+found.name, true, false)
	return false
}
