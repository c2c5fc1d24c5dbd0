package card

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"sync"
)

// schemaKeys is, for each object of the schema by its place (such as
// /$defs/Model), the keys that it knows.
var schemaKeys = sync.OnceValue(func() map[string][]string {
	var schema map[string]any
	if err := json.Unmarshal(readSchemaJSON, &schema); err != nil {
		panic("card: the embedded schema is not JSON: " + err.Error())
	}
	keys := map[string][]string{}
	collectKeys("", schema, keys)
	return keys
})

func collectKeys(place string, schema map[string]any, keys map[string][]string) {
	if properties, ok := schema["properties"].(map[string]any); ok {
		keys[place] = slices.Sorted(maps.Keys(properties))
	}
	for key, value := range schema {
		if below, ok := value.(map[string]any); ok {
			collectKeys(place+Pointer(key), below, keys)
		}
	}
}

// closestKey is the key that was probably meant by a misspelt one, or "".
func closestKey(schemaURL, key string) string {
	place := schemaURL[strings.IndexByte(schemaURL, '#')+1:]
	return Closest(key, schemaKeys()[place])
}

// Closest is the candidate nearest to a misspelt word, or "" if none is near.
func Closest(word string, candidates []string) string {
	best, bestDistance := "", len(word)/3+2
	folded := foldKey(word)
	for _, c := range candidates {
		d := editDistance(folded, foldKey(c))
		if d < bestDistance || d == bestDistance && best != "" && c < best {
			best, bestDistance = c, d
		}
	}
	return best
}

// foldKey makes licenseName and License-Name equal to license_name.
func foldKey(key string) string { return separators.Replace(strings.ToLower(key)) }

var separators = strings.NewReplacer("_", "", "-", "", " ", "")

// editDistance is the number of insertions, deletions, substitutions and
// swaps of neighbours between two words (optimal string alignment).
func editDistance(a, b string) int {
	if len(a) > 64 || len(b) > 64 {
		return 64
	}
	before, previous, current := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range previous {
		previous[j] = j
	}
	for i := 1; i <= len(a); i++ {
		current[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			current[j] = min(previous[j]+1, current[j-1]+1, previous[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				current[j] = min(current[j], before[j-2]+1)
			}
		}
		before, previous, current = previous, current, before
	}
	return previous[len(b)]
}
