package card

import (
	"encoding/json"

	"go.yaml.in/yaml/v4"
)

// A free value of a card (metadata, hyperparameters, a metric's value) is nil,
// bool, string, [Number], []any of free values, or *[Map].

// Map is a mapping that keeps the order of its keys.
type Map struct {
	Entries []Entry
}

// Entry is one key of a [Map] with its value.
type Entry struct {
	Key   string
	Value any
}

// Get is the value of a key. It works on a nil map.
func (m *Map) Get(key string) (any, bool) {
	if m == nil {
		return nil, false
	}
	for i := range m.Entries {
		if m.Entries[i].Key == key {
			return m.Entries[i].Value, true
		}
	}
	return nil, false
}

// Set replaces the value of a key, or appends the key.
func (m *Map) Set(key string, value any) {
	for i := range m.Entries {
		if m.Entries[i].Key == key {
			m.Entries[i].Value = value
			return
		}
	}
	m.Entries = append(m.Entries, Entry{key, value})
}

// Len is the number of keys. It works on a nil map.
func (m *Map) Len() int {
	if m == nil {
		return 0
	}
	return len(m.Entries)
}

// MarshalJSON writes the map as an object in its own order.
func (m *Map) MarshalJSON() ([]byte, error) { return appendJSON(nil, m), nil }

func (m *Map) decodeNode(n *yaml.Node) {
	if v, ok := freeValue(n).(*Map); ok {
		*m = *v
	}
}

// OneOrMany is a list of texts that a document may also write as one text.
// Which of the two it was is kept, since front matter shows it.
type OneOrMany struct {
	Values []string
	// Single is true for one text that is not in a list.
	Single bool
}

// One is a single text that is not in a list.
func One(s string) OneOrMany { return OneOrMany{Values: []string{s}, Single: true} }

// Many is a list of texts.
func Many(s ...string) OneOrMany { return OneOrMany{Values: s} }

// IsZero tells encoding/json that there is nothing to write.
func (o OneOrMany) IsZero() bool { return len(o.Values) == 0 }

// MarshalJSON writes a text or a list of texts.
func (o OneOrMany) MarshalJSON() ([]byte, error) { return appendJSON(nil, o.tree()), nil }

func (o OneOrMany) tree() any {
	if o.Single {
		return o.Values[0]
	}
	return stringsTree(o.Values)
}

func (o *OneOrMany) decodeNode(n *yaml.Node) {
	if n.Kind == yaml.ScalarNode {
		*o = One(n.Value)
		return
	}
	for _, item := range n.Content {
		o.Values = append(o.Values, item.Value)
	}
}

// Emissions are emissions of greenhouse gases as the Hub's co2_eq_emissions
// has them: a number of grams, or a mapping with details.
type Emissions struct {
	// Emissions in grams of CO2 equivalent.
	Grams Number `json:"emissions,omitempty" schema:"min=0"`
	// Where the figure is from.
	Source string `json:"source,omitempty" schema:"line"`
	// Pre-training or fine-tuning.
	TrainingType string `json:"training_type,omitempty" schema:"line"`
	// Where the hardware was.
	Location string `json:"geographical_location,omitempty" schema:"line"`
	// Hardware that was used.
	Hardware string `json:"hardware_used,omitempty" schema:"line"`

	// Plain is true where the document has a number alone.
	Plain bool `json:"-"`
}

func (e *Emissions) decodeNode(n *yaml.Node) {
	if n.Kind == yaml.ScalarNode {
		e.Plain = true
		e.Grams.decodeNode(n)
		return
	}
	decodeStruct(n, e)
}

// Metadata keeps the free keys of a format's front matter in order. Its
// canonical form is a list of {key, value}, since readers of JSON may lose the
// order of an object.
type Metadata = Map

func metadataTree(m *Map) []any {
	list := make([]any, 0, m.Len())
	for _, e := range m.Entries {
		list = append(list, &Map{Entries: []Entry{{"key", e.Key}, {"value", e.Value}}})
	}
	return list
}

// AsNumber is a free value as a number, where it is one.
func AsNumber(v any) (Number, bool) {
	n, ok := v.(Number)
	return n, ok
}

// Text is a free value on one line: a text as it is, anything else as JSON.
func Text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case Number:
		return string(v)
	default:
		return string(appendJSON(nil, v))
	}
}

func stringsTree(values []string) []any {
	list := make([]any, len(values))
	for i, s := range values {
		list[i] = s
	}
	return list
}

var _ json.Marshaler = (*Map)(nil)
