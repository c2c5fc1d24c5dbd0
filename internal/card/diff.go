package card

import (
	"reflect"
	"strconv"
)

// Change is one field in which two cards differ.
type Change struct {
	// Pointer is the JSON pointer (RFC 6901) of the field.
	Pointer string `json:"pointer"`
	// Kind is added, removed or changed.
	Kind string `json:"kind"`
	// From and To are free values; the one that is missing is nil.
	From any `json:"from,omitempty"`
	To   any `json:"to,omitempty"`
}

// Diff lists the fields in which two cards differ, in the order of the schema.
// Lists are compared entry by entry at the same index.
func Diff(from, to *Card) []Change {
	var changes []Change
	diffValue("", from.tree(), to.tree(), &changes)
	return changes
}

func diffValue(pointer string, from, to any, changes *[]Change) {
	switch from := from.(type) {
	case *Map:
		if to, ok := to.(*Map); ok {
			diffMap(pointer, from, to, changes)
			return
		}
	case []any:
		if to, ok := to.([]any); ok {
			diffList(pointer, from, to, changes)
			return
		}
	}
	if !reflect.DeepEqual(from, to) {
		*changes = append(*changes, Change{pointer, "changed", from, to})
	}
}

func diffMap(pointer string, from, to *Map, changes *[]Change) {
	for _, e := range from.Entries {
		at := pointer + Pointer(e.Key)
		if value, ok := to.Get(e.Key); ok {
			diffValue(at, e.Value, value, changes)
		} else {
			*changes = append(*changes, Change{at, "removed", e.Value, nil})
		}
	}
	for _, e := range to.Entries {
		if _, ok := from.Get(e.Key); !ok {
			*changes = append(*changes, Change{pointer + Pointer(e.Key), "added", nil, e.Value})
		}
	}
}

func diffList(pointer string, from, to []any, changes *[]Change) {
	for i := range min(len(from), len(to)) {
		diffValue(pointer+"/"+strconv.Itoa(i), from[i], to[i], changes)
	}
	for i := len(to); i < len(from); i++ {
		*changes = append(*changes, Change{pointer + "/" + strconv.Itoa(i), "removed", from[i], nil})
	}
	for i := len(from); i < len(to); i++ {
		*changes = append(*changes, Change{pointer + "/" + strconv.Itoa(i), "added", nil, to[i]})
	}
}
