package integration

import (
	"encoding/json"
	"strconv"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// identity lists, for the lists of a card that are merged item by item, the
// keys that tell items apart. Any other list is one value.
var identity = map[string][]string{
	"/evaluation/results":           {"task/type", "dataset/type", "dataset/name", "dataset/config", "dataset/split", "dataset/revision"},
	"/evaluation/results/*/metrics": {"type", "config", "slice", "args", "name"},
	"/training/datasets":            {"id", "name", "split"},
	"/evaluation/datasets":          {"id", "name", "split"},
	"/metadata":                     {"key"},
}

// keyed are the keys of items that must be equal, and not just compatible: an
// item that has none is another item.
var keyed = map[string]bool{"/metadata": true, "/training/datasets": true, "/evaluation/datasets": true}

// isLeaf tells whether a value is taken or left as a whole: free values, whose
// parts mean nothing alone.
func isLeaf(pattern string) bool {
	switch pattern {
	case "/training/hyperparameters/*", "/metadata/*", "/evaluation/results/*/metrics/*/value",
		"/evaluation/results/*/metrics/*/args", "/evaluation/results/*/dataset/args",
		"/evaluation/results/*/metrics/*/confidence_interval":
		return true
	}
	return false
}

// patternOf is the pattern of a child: items of lists and keys of free
// mappings are *.
func patternOf(pattern, key string) string {
	if pattern == "/training/hyperparameters" {
		key = "*"
	}
	return pattern + "/" + key
}

// same tells whether two items of a list are about one thing. What the item of
// the source leaves open does not tell them apart; exact says whether nothing
// was left open.
func same(pattern string, have, from any) (match, exact bool) {
	exact = true
	common := 0
	for _, key := range identity[pattern] {
		a, b := textAt(have, key), textAt(from, key)
		switch {
		case a == b:
			if a != "" {
				common++
			}
		case b == "" || a == "" && (key == "name" || key == "args"):
			exact = false
		default:
			return false, false
		}
	}
	if keyed[pattern] && common == 0 {
		return false, false
	}
	return true, exact
}

// textAt is a value below an item, by keys with slashes between them.
func textAt(item any, path string) string {
	m, ok := item.(*card.Map)
	for ok {
		key, rest, deeper := cutSlash(path)
		value, found := m.Get(key)
		if !found {
			return ""
		}
		if !deeper {
			return card.Text(value)
		}
		m, ok = value.(*card.Map)
		path = rest
	}
	return ""
}

// find is the index of the item that an item of the source is about, or -1. An
// item that fits several in part is about none of them.
func find(pattern string, have []any, from any) int {
	found := -1
	for i, item := range have {
		match, exact := same(pattern, item, from)
		if exact {
			return i
		}
		if match && found >= 0 {
			found = len(have) // ambiguous
		} else if match {
			found = i
		}
	}
	if found == len(have) {
		return -1
	}
	return found
}

// equal compares values; 1 and 1.0 are the same number.
func equal(a, b any) bool {
	x, isNumber := a.(card.Number)
	y, areNumbers := b.(card.Number)
	if isNumber && areNumbers {
		return x == y || x.Float64() == y.Float64() //nolint:gosec // both were parsed
	}
	return card.Text(a) == card.Text(b) && isNumber == areNumbers
}

// ofTree reads a card back from its tree.
func ofTree(tree *card.Map) (*card.Card, error) {
	text, err := json.Marshal(tree)
	if err != nil {
		return nil, err
	}
	doc, err := card.ReadJSON(text)
	if err != nil {
		return nil, err
	}
	return doc.Card, nil
}

func itoa(i int) string { return strconv.Itoa(i) }
