package store

import "slices"

// Scope says which namespaces a caller may see and touch. It is an argument of
// every call, so that it can't be forgotten; the zero value sees nothing.
type Scope struct {
	all        bool
	namespaces []string
}

// AllNamespaces is the scope of a caller bound to no namespace.
func AllNamespaces() Scope {
	return Scope{all: true}
}

// Namespaces is the scope of a caller bound to the given namespaces.
func Namespaces(names ...string) Scope {
	return Scope{namespaces: slices.Compact(slices.Sorted(slices.Values(names)))}
}

// Allows reports whether the namespace is in the scope. The empty namespace,
// which stands for the service itself, is only in AllNamespaces.
func (s Scope) Allows(namespace string) bool {
	return s.all || (namespace != "" && slices.Contains(s.namespaces, namespace))
}

// All reports whether the scope has no bounds.
func (s Scope) All() bool {
	return s.all
}

// List returns the namespaces of a bounded scope, sorted; nil for AllNamespaces
// and for the zero value, which All tells apart.
func (s Scope) List() []string {
	return slices.Clone(s.namespaces)
}
