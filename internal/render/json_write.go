package render

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// member is one member of a JSON object that is being built.
type member struct {
	key   string
	value any
}

// objectOf is a JSON object of those members that have a value, in their
// order; nil where none has.
func objectOf(members ...member) *card.Map {
	var m *card.Map
	for _, e := range members {
		if isEmpty(e.value) {
			continue
		}
		if m == nil {
			m = &card.Map{}
		}
		m.Entries = append(m.Entries, card.Entry{Key: e.key, Value: e.value})
	}
	return m
}

func isEmpty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	case *card.Map:
		return v.Len() == 0
	}
	return false
}

// itemsOf is a JSON array with one item for each of a list. An item that says
// nothing keeps its place, as an empty object.
func itemsOf[T any](items []T, item func(T) *card.Map) []any {
	list := make([]any, len(items))
	for i := range items {
		if m := item(items[i]); m != nil {
			list[i] = m
		} else {
			list[i] = &card.Map{}
		}
	}
	return list
}

// textsOf is a JSON array of texts.
func textsOf(texts ...string) []any {
	list := make([]any, len(texts))
	for i, s := range texts {
		list[i] = s
	}
	return list
}

// indentJSON is a value as people read it: two spaces a level, and a line end.
func indentJSON(v *card.Map) ([]byte, error) {
	compact, err := v.MarshalJSON()
	if err != nil {
		return nil, fmt.Errorf("render: write JSON: %w", err)
	}
	var dst bytes.Buffer
	dst.Grow(2 * len(compact))
	if err := json.Indent(&dst, compact, "", "  "); err != nil {
		return nil, fmt.Errorf("render: write JSON: %w", err)
	}
	dst.WriteByte('\n')
	return dst.Bytes(), nil
}
