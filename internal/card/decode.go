package card

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v4"
)

// field is one field of a struct of the card document.
type field struct {
	index int
	name  string // key in the document
	text  textKind
	must  bool // a document that has the struct has the field, even if it is empty
}

// textKind says how a text is normalised.
type textKind int

const (
	notText   textKind = iota
	lineText           // one line
	blockText          // Markdown, any number of lines
)

var fieldCache sync.Map // reflect.Type -> []field

// fieldsOf lists the fields of a struct type that stand in the document.
func fieldsOf(t reflect.Type) []field {
	if cached, ok := fieldCache.Load(t); ok {
		return cached.([]field)
	}
	var fields []field
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		if name == "" || name == "-" {
			continue
		}
		rules := t.Field(i).Tag.Get("schema")
		fields = append(fields, field{i, name, textKindOf(rules), isRequired(rules)})
	}
	fieldCache.Store(t, fields)
	return fields
}

func isRequired(schemaTag string) bool {
	return slices.Contains(strings.Split(schemaTag, ","), "required")
}

func textKindOf(schemaTag string) textKind {
	kind := notText
	for rule := range strings.SplitSeq(schemaTag, ",") {
		switch strings.TrimPrefix(rule, "items=") {
		case "line", "id":
			kind = lineText
		case "text":
			kind = blockText
		}
	}
	return kind
}

// nodeDecoder is a type that reads itself from a node that the schema allows.
type nodeDecoder interface{ decodeNode(n *yaml.Node) }

// decodeCard reads the card from a tree that has passed the schema, so a
// mismatch of types cannot happen and is passed over.
func decodeCard(root *yaml.Node, notApplicable map[string]string) *Card {
	c := &Card{NotApplicable: notApplicable}
	decodeStruct(root, c)
	return c
}

func decodeStruct(n *yaml.Node, target any) {
	decodeFields(n, reflect.ValueOf(target).Elem())
}

func decodeFields(n *yaml.Node, v reflect.Value) {
	fields := fieldsOf(v.Type())
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i].Value
		for _, f := range fields {
			if f.name == key {
				decodeValue(n.Content[i+1], v.Field(f.index))
				break
			}
		}
	}
}

var metadataType = reflect.TypeFor[*Map]()

func decodeValue(n *yaml.Node, v reflect.Value) {
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		if v.Type() == metadataType && n.Kind == yaml.SequenceNode {
			decodePairs(n, v.Interface().(*Map))
			return
		}
		v = v.Elem()
	}
	if d, ok := v.Addr().Interface().(nodeDecoder); ok {
		d.decodeNode(n)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		decodeFields(n, v)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content)))
		for i, item := range n.Content {
			decodeValue(item, v.Index(i))
		}
	case reflect.String:
		v.SetString(n.Value)
	case reflect.Bool:
		v.SetBool(scalarValue(n) == true)
	case reflect.Interface:
		if value := freeValue(n); value != nil {
			v.Set(reflect.ValueOf(value))
		}
	}
}

// checkPairs holds metadata in its canonical form to the limits of a mapping.
func checkPairs(root *yaml.Node) error {
	at, ok := lookup(root.Content, "metadata")
	if !ok || root.Content[at+1].Kind != yaml.SequenceNode {
		return nil
	}
	pairs := root.Content[at+1].Content
	w := walker{path: []string{"metadata"}}
	if len(pairs) > maxKeys {
		return w.refusal(w.overLimit(root.Content[at+1], fmt.Sprintf("more than %d keys in one mapping", maxKeys)))
	}
	keys := &yaml.Node{Kind: yaml.MappingNode}
	for _, pair := range pairs {
		i, _ := lookup(pair.Content, "key")
		keys.Content = append(keys.Content, pair.Content[i+1], pair)
	}
	if _, err := w.checkKeys(keys); err != nil || len(w.problems) > 0 {
		return w.refusal(err)
	}
	return nil
}

// decodePairs reads metadata in its canonical form, a list of {key, value}.
func decodePairs(n *yaml.Node, m *Map) {
	for _, item := range n.Content {
		pair, ok := freeValue(item).(*Map)
		if !ok {
			continue
		}
		key, _ := pair.Get("key")
		value, _ := pair.Get("value")
		if name, ok := key.(string); ok {
			m.Set(name, value)
		}
	}
}
