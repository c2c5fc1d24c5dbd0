package integration

import (
	"slices"
	"strconv"
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// forget takes out of a tree what it has from sources that were read anew, and
// moves the pointers of the other sources where items of lists are gone.
func forget(tree *card.Map, sources []card.Source, readings []*Reading) {
	var old []string
	for i := range sources {
		if slices.ContainsFunc(readings, func(r *Reading) bool { return isSame(r.Source, sources[i]) }) {
			old = append(old, sources[i].Fields...)
			sources[i].Fields = nil
		}
	}
	// The last items of a list first: taking one out moves those after it.
	slices.SortFunc(old, func(a, b string) int { return comparePointers(b, a) })
	for _, pointer := range slices.Compact(old) {
		if !strings.HasPrefix(pointer, "/") || fromElsewhere(pointer, sources) || !remove(tree, tokensOf(pointer)) {
			continue
		}
		for i := range sources {
			movePointers(sources[i].Fields, pointer)
		}
	}
}

// fromElsewhere tells whether another source has filled something below a
// value; then the value stays, and what differs is a conflict.
func fromElsewhere(pointer string, sources []card.Source) bool {
	for i := range sources {
		for _, field := range sources[i].Fields {
			if field == pointer || strings.HasPrefix(field, pointer+"/") {
				return true
			}
		}
	}
	return false
}

// remove takes a value out of a tree, and the mappings that it leaves empty.
func remove(tree *card.Map, tokens []string) bool {
	if len(tokens) == 0 {
		return false
	}
	for i, e := range tree.Entries {
		if e.Key != tokens[0] {
			continue
		}
		value, ok := without(e.Value, tokens[1:])
		if !ok {
			return false
		}
		if isEmpty(value) {
			tree.Entries = slices.Delete(tree.Entries, i, i+1)
		} else {
			tree.Entries[i].Value = value
		}
		return true
	}
	return false
}

// without is a value without what is below it at tokens; nil is nothing left.
func without(v any, tokens []string) (any, bool) {
	if len(tokens) == 0 {
		return nil, true
	}
	switch v := v.(type) {
	case *card.Map:
		return v, remove(v, tokens)
	case []any:
		i, err := strconv.Atoi(tokens[0])
		if err != nil || i < 0 || i >= len(v) {
			return v, false
		}
		item, ok := without(v[i], tokens[1:])
		if !ok {
			return v, false
		}
		if isEmpty(item) {
			return slices.Delete(slices.Clone(v), i, i+1), true
		}
		v[i] = item
		return v, true
	}
	return v, false
}

// movePointers lowers the index in pointers to items after a removed one.
func movePointers(fields []string, removed string) {
	cut := strings.LastIndexByte(removed, '/')
	parent := removed[:cut+1]
	gone, err := strconv.Atoi(removed[cut+1:])
	if err != nil || len(identity[parentPattern(parent)]) == 0 {
		return
	}
	for i, field := range fields {
		rest, below := strings.CutPrefix(field, parent)
		if !below {
			continue
		}
		index, tail, _ := strings.Cut(rest, "/")
		if n, err := strconv.Atoi(index); err == nil && n > gone {
			fields[i] = strings.TrimSuffix(parent+itoa(n-1)+"/"+tail, "/")
		}
	}
}

// parentPattern is the pattern of the list that a pointer with a slash at its
// end is about.
func parentPattern(parent string) string {
	tokens := tokensOf(strings.TrimSuffix(parent, "/"))
	for i, t := range tokens {
		if _, err := strconv.Atoi(t); err == nil {
			tokens[i] = "*"
		}
	}
	return card.Pointer(tokens...)
}

// comparePointers orders pointers by their tokens, numbers by their value.
func comparePointers(a, b string) int {
	return slices.CompareFunc(tokensOf(a), tokensOf(b), func(x, y string) int {
		i, xErr := strconv.Atoi(x)
		j, yErr := strconv.Atoi(y)
		if xErr == nil && yErr == nil {
			return i - j
		}
		return strings.Compare(x, y)
	})
}

var unescaper = strings.NewReplacer("~1", "/", "~0", "~")

// tokensOf splits a JSON pointer (RFC 6901).
func tokensOf(pointer string) []string {
	tokens := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	for i, t := range tokens {
		tokens[i] = unescaper.Replace(t)
	}
	return tokens
}
