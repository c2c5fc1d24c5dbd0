package card

import (
	"crypto/sha256"
	"encoding/hex"
	"reflect"
	"slices"
	"strconv"
)

// Canonical is the card as JSON in the order of the schema, without white
// space and without what is absent. Equal cards have equal bytes. The card
// must be normalised, as every card that was read is.
func (c *Card) Canonical() []byte { return appendJSON(nil, c.tree()) }

// MarshalJSON is the canonical form.
func (c *Card) MarshalJSON() ([]byte, error) { return c.Canonical(), nil }

// Digest names the card by its content: sha256: and the SHA-256 (FIPS 180-4)
// of the canonical form in hexadecimal.
func (c *Card) Digest() string { return Digest(c.Canonical()) }

// Digest is the digest of a canonical form.
func Digest(canonical []byte) string {
	sum := sha256.Sum256(canonical)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// Tree is the card as a free value, in the order of the schema.
func (c *Card) Tree() *Map { return c.tree() }

func (c *Card) tree() *Map {
	t := treeBuilder{notApplicable: c.NotApplicable}
	return t.structTree(reflect.ValueOf(c).Elem(), "")
}

type treeBuilder struct{ notApplicable map[string]string }

func (t treeBuilder) structTree(v reflect.Value, pointer string) *Map {
	m := &Map{}
	for _, f := range fieldsOf(v.Type()) {
		at := pointer + "/" + f.name
		if reason, ok := t.notApplicable[at]; ok {
			m.Entries = append(m.Entries, Entry{f.name, notApplicableTree(reason)})
			continue
		}
		if value, present := t.valueTree(v.Field(f.index), at); present || f.must && !isNoNumber(value) {
			m.Entries = append(m.Entries, Entry{f.name, value})
		}
	}
	return m
}

// isNoNumber tells whether a value is a number that a program has left out,
// which has no form.
func isNoNumber(value any) bool { return value == Number("") }

func notApplicableTree(reason string) *Map {
	return &Map{Entries: []Entry{{"not_applicable", reason}}}
}

// valueTree is a field as a free value; present is false where the document
// says nothing.
func (t treeBuilder) valueTree(v reflect.Value, at string) (value any, present bool) {
	switch special := v.Interface().(type) {
	case *Map:
		return t.mapTree(special, at)
	case Number:
		return special, special != ""
	case OneOrMany:
		return special.tree(), !special.IsZero()
	case *Emissions:
		if special != nil && special.Plain {
			return special.Grams, true
		}
	}
	switch v.Kind() {
	case reflect.Pointer:
		return t.pointerTree(v, at)
	case reflect.Struct:
		m := t.structTree(v, at)
		return m, m.Len() > 0
	case reflect.Slice:
		return t.sliceTree(v, at)
	case reflect.String:
		return v.String(), v.String() != ""
	case reflect.Bool:
		return v.Bool(), true
	}
	return v.Interface(), !v.IsZero() // a free value
}

func (t treeBuilder) mapTree(m *Map, at string) (any, bool) {
	if at == "/metadata" {
		if m.Len() == 0 {
			return nil, false
		}
		return metadataTree(m), true
	}
	merged := &Map{}
	if m != nil {
		merged.Entries = slices.Clone(m.Entries)
	}
	for _, key := range t.notApplicableBelow(at) {
		merged.Set(key, notApplicableTree(t.notApplicable[at+Pointer(key)]))
	}
	return merged, merged.Len() > 0
}

// notApplicableBelow lists the keys of a mapping that are not applicable, in
// order.
func (t treeBuilder) notApplicableBelow(at string) []string {
	var keys []string
	for pointer := range t.notApplicable {
		if len(pointer) > len(at)+1 && pointer[:len(at)+1] == at+"/" {
			keys = append(keys, PointerTokens(pointer[len(at):])[0])
		}
	}
	slices.Sort(keys)
	return keys
}

func (t treeBuilder) pointerTree(v reflect.Value, at string) (any, bool) {
	elem := v.Type().Elem()
	if elem.Kind() != reflect.Struct {
		if v.IsNil() {
			return nil, false
		}
		return t.valueTree(v.Elem(), at)
	}
	if v.IsNil() {
		if len(t.notApplicableBelow(at)) == 0 {
			return nil, false
		}
		v = reflect.New(elem)
	}
	m := t.structTree(v.Elem(), at)
	return m, m.Len() > 0
}

func (t treeBuilder) sliceTree(v reflect.Value, at string) (any, bool) {
	list := make([]any, v.Len())
	for i := range list {
		value, present := t.valueTree(v.Index(i), at+"/"+strconv.Itoa(i))
		if !present && v.Index(i).Kind() == reflect.Struct {
			value = &Map{} // an empty entry keeps its place
		}
		list[i] = value
	}
	return list, len(list) > 0
}
