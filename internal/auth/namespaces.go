package auth

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// ErrNamespace means that a namespace pattern can't be read.
var ErrNamespace = errors.New("namespace pattern")

// namespaceName is the grammar of a card's namespace, as on the Hugging Face Hub.
var namespaceName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,95}$`)

// Namespaces is the set of namespaces a principal is bound to. The zero value holds none.
type Namespaces struct {
	all   bool
	names []string // sorted, unique
}

// AllNamespaces holds every namespace.
func AllNamespaces() Namespaces { return Namespaces{all: true} }

// ParseNamespaces reads patterns: "acme" and "acme/*" both mean the namespace acme, "*" and "*/*" mean every one. All mistakes
// are reported at once, as ErrNamespace; the set then holds the patterns that were readable.
func ParseNamespaces(patterns []string) (Namespaces, error) {
	var n Namespaces
	var mistakes []error
	for _, pattern := range patterns {
		name := strings.TrimSuffix(pattern, "/*")
		switch {
		case name == wildcard:
			n.all = true
		case namespaceName.MatchString(name):
			n.names = append(n.names, name)
		default:
			mistakes = append(mistakes, fmt.Errorf(`%w: %q; write "acme/*", "acme" or "*"`, ErrNamespace, pattern))
		}
	}
	slices.Sort(n.names)
	n.names = slices.Compact(n.names)
	return n, errors.Join(mistakes...)
}

// All reports whether the set is not bounded.
func (n Namespaces) All() bool { return n.all }

// Contains reports whether the namespace is in the set. Names differ by case.
func (n Namespaces) Contains(namespace string) bool {
	if n.all {
		return namespace != ""
	}
	_, found := slices.BinarySearch(n.names, namespace)
	return found
}

// Names lists the namespaces, sorted; it is empty when All is true.
func (n Namespaces) Names() []string {
	if n.all {
		return nil
	}
	return slices.Clone(n.names)
}

// Only gives the namespace of a principal that is bound to exactly one, which is its default.
func (n Namespaces) Only() (string, bool) {
	if n.all || len(n.names) != 1 {
		return "", false
	}
	return n.names[0], true
}

// Patterns writes the set in the form ParseNamespaces reads.
func (n Namespaces) Patterns() []string {
	if n.all {
		return []string{wildcard}
	}
	patterns := make([]string, len(n.names))
	for i, name := range n.names {
		patterns[i] = name + "/*"
	}
	return patterns
}
