package regulation

import (
	"slices"
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// lookup is the value at a pointer of a tree, nil where there is none. No
// pointer of an item has an escape in it.
func lookup(v any, pointer string) any {
	for token := range strings.SplitSeq(pointer[1:], "/") {
		m, ok := v.(*card.Map)
		if !ok {
			return nil
		}
		v, _ = m.Get(token)
	}
	return v
}

// says tells whether a value says anything. True and false alone do not: an
// item asks for a description.
func says(v any) bool {
	switch v := v.(type) {
	case string:
		return strings.TrimSpace(v) != ""
	case card.Number:
		return v != ""
	case []any:
		return slices.ContainsFunc(v, says)
	case *card.Map:
		return slices.ContainsFunc(v.Entries, func(e card.Entry) bool { return says(e.Value) })
	}
	return false
}

// withoutPictures leaves out the pictures of data sets, which are too large to
// stand in a text.
func withoutPictures(v any) any {
	list, ok := v.([]any)
	if !ok {
		return v
	}
	kept := make([]any, len(list))
	for i, item := range list {
		kept[i] = item
		if m, ok := item.(*card.Map); ok {
			kept[i] = &card.Map{Entries: slices.DeleteFunc(slices.Clone(m.Entries), func(e card.Entry) bool { return e.Key == "graphics" })}
		}
	}
	return kept
}
