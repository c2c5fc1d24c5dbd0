package render

import (
	"strconv"
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// isRebuilt tells whether huggingface_hub makes a value anew, so that it is
// nobody's alias: the list of tags, and all of the model-index.
func isRebuilt(pointer string) bool {
	return pointer == "/"+tagsKey || isUnder(pointer, modelIndexKey)
}

// isUnder tells whether a pointer is of a key or of something below it.
func isUnder(pointer, key string) bool {
	rest, ok := strings.CutPrefix(pointer, "/"+key)
	return ok && (rest == "" || rest[0] == '/')
}

// shareAliases makes one value of those that are written as aliases, where
// they are still equal. It works on a copy, since the values are the card's.
func shareAliases(m *card.Map, aliases []card.Alias) *card.Map {
	if len(aliases) == 0 {
		return m
	}
	m = copyMap(m)
	for _, a := range aliases {
		at, of, ok := places(m, a)
		if !ok {
			continue
		}
		if list, ok := (*of).([]any); ok && cap(list) == 0 {
			*of = make([]any, 0, 1) // of no size it would have no identity
		}
		*at = *of
	}
	return m
}

// places are the two places of an alias, if one value can stand in both.
func places(m *card.Map, a card.Alias) (at, of *any, ok bool) {
	at, of = findPlace(m, a.At), findPlace(m, a.Of)
	ok = at != nil && of != nil && at != of && !isRebuilt(a.At) && !isRebuilt(a.Of) && same(*at, *of)
	return at, of, ok
}

// aliasLosses are the aliases that the front matter of a card cannot have.
func aliasLosses(c *card.Card) []Loss {
	if len(c.MetadataAliases) == 0 {
		return nil
	}
	var losses []Loss
	m := frontMatter(c)
	for i, a := range c.MetadataAliases {
		if _, _, ok := places(m, a); !ok {
			losses = append(losses, Loss{card.Pointer("metadata_aliases", itoa(i)), "the front matter has not one value in both places"})
		}
	}
	return losses
}

func copyMap(m *card.Map) *card.Map {
	clone := &card.Map{Entries: make([]card.Entry, len(m.Entries))}
	for i, e := range m.Entries {
		clone.Entries[i] = card.Entry{Key: e.Key, Value: copyFree(e.Value)}
	}
	return clone
}

func copyFree(v any) any {
	switch v := v.(type) {
	case *card.Map:
		return copyMap(v)
	case []any:
		clone := make([]any, len(v))
		for i, item := range v {
			clone[i] = copyFree(item)
		}
		return clone
	}
	return v
}

// findPlace is where a value stands, or nil.
func findPlace(m *card.Map, pointer string) *any {
	var place *any
	var value any = m
	for _, token := range card.PointerTokens(pointer) {
		if place = childPlace(value, token); place == nil {
			return nil
		}
		value = *place
	}
	return place
}

func childPlace(v any, token string) *any {
	switch v := v.(type) {
	case *card.Map:
		for i := range v.Entries {
			if v.Entries[i].Key == token {
				return &v.Entries[i].Value
			}
		}
	case []any:
		if i, err := strconv.Atoi(token); err == nil && i >= 0 && i < len(v) {
			return &v[i]
		}
	}
	return nil
}
