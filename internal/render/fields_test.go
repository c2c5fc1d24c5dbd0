package render

import (
	"reflect"
	"strings"
	"testing"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// cardField is a field of the schema with nothing below it that has a name of
// its own.
type cardField struct {
	pattern string // its pointer, with * for an index
	rules   string
	typ     reflect.Type
}

// cardFields lists the fields of a card in the order of the schema.
func cardFields() []cardField {
	fields := appendFields(nil, reflect.TypeFor[card.Card](), "")
	return fields[2:] // apiVersion and kind say nothing about a model
}

func appendFields(fields []cardField, t reflect.Type, at string) []cardField {
	for i := range t.NumField() {
		name, rules, ok := fieldOf(t, i)
		if !ok {
			continue
		}
		pattern, inner := at+"/"+name, t.Field(i).Type
		if inner.Kind() == reflect.Slice && inner.Elem().Kind() == reflect.Struct {
			pattern, inner = pattern+"/*", inner.Elem()
		}
		if below := structOf(inner); below != nil {
			fields = appendFields(fields, below, pattern)
			continue
		}
		fields = append(fields, cardField{pattern, rules, inner})
	}
	return fields
}

// structOf is the struct that a type is or points to, nil for what stands for
// one value.
func structOf(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || t == reflect.TypeFor[card.Map]() || t == reflect.TypeFor[card.OneOrMany]() {
		return nil
	}
	return t
}

// pointer is where cardWith puts the field.
func (f cardField) pointer() string { return strings.ReplaceAll(f.pattern, "*", "0") }

// samples are values of the field. Most have one, a text or number that stands
// nowhere else; where the value decides what becomes of it there are several.
func (f cardField) samples() []any {
	switch f.pattern {
	case "/model/id":
		return []any{"acme/zq-id"}
	case "/model/license":
		return []any{"apache-2.0", "zq-license"}
	case "/model/base_model_relation":
		return []any{"finetune", "adapter"}
	case "/training/datasets/*/split", "/evaluation/datasets/*/split":
		return []any{"test", "validation", "zq-split"}
	case "/evaluation/results/*/metrics/*/value":
		return []any{card.Number("0.987654321"), []any{"zq-value"}}
	}
	return []any{f.sample()}
}

func (f cardField) sample() any {
	word := "zq" + strings.NewReplacer("/*", "", "/", "-", "_", "-").Replace(f.pattern)
	for rule := range strings.SplitSeq(f.rules, ",") {
		if words, ok := strings.CutPrefix(rule, "enum="); ok {
			return words[strings.LastIndex(words, "|")+1:]
		}
		if rule == "image" {
			return "zqIMAGE="
		}
	}
	switch f.typ {
	case reflect.TypeFor[card.Number](), reflect.TypeFor[*card.Number]():
		return card.Number("98765.4321")
	case reflect.TypeFor[*bool]():
		return true
	}
	return word
}

// set puts a value in the field, with all above it.
func (f cardField) set(c *card.Card, value any) {
	v := reflect.ValueOf(c).Elem()
	for token := range strings.SplitSeq(f.pattern[1:], "/") {
		v = settled(v)
		if token == "*" {
			if v.Len() == 0 {
				v.Set(reflect.MakeSlice(v.Type(), 1, 1))
			}
			v = v.Index(0)
			continue
		}
		v = fieldNamed(v, token)
	}
	assign(v, value)
}

// settled follows a pointer, and makes what it should point to.
func settled(v reflect.Value) reflect.Value {
	if v.Kind() != reflect.Pointer {
		return v
	}
	if v.IsNil() {
		v.Set(reflect.New(v.Type().Elem()))
	}
	return v.Elem()
}

func fieldNamed(v reflect.Value, name string) reflect.Value {
	for i := range v.NumField() {
		if n, _, ok := fieldOf(v.Type(), i); ok && n == name {
			return v.Field(i)
		}
	}
	panic("no field " + name)
}

func assign(v reflect.Value, value any) {
	text, _ := value.(string)
	switch v.Interface().(type) {
	case *card.Map:
		v.Set(reflect.ValueOf(&card.Map{Entries: []card.Entry{{Key: "zq", Value: value}}}))
	case card.OneOrMany:
		v.Set(reflect.ValueOf(card.Many(text)))
	case []string:
		v.Set(reflect.ValueOf([]string{text}))
	default:
		if v.Kind() != reflect.Interface {
			v = settled(v)
		}
		v.Set(reflect.ValueOf(value).Convert(v.Type()))
	}
}

// fillRequired gives what a card has the fields that it cannot be without.
func fillRequired(v reflect.Value) {
	switch {
	case v.Kind() == reflect.Pointer && !v.IsNil() && structOf(v.Type()) != nil:
		fillRequired(v.Elem())
	case v.Kind() == reflect.Slice:
		for i := range v.Len() {
			fillRequired(v.Index(i))
		}
	case structOf(v.Type()) != nil && v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			_, rules, ok := fieldOf(v.Type(), i)
			if ok && isRequired(rules) && v.Field(i).IsZero() && v.Field(i).Kind() != reflect.Slice && v.Field(i).Kind() != reflect.Struct {
				assign(v.Field(i), plainSample(v.Type(), i))
			}
			if ok {
				fillRequired(v.Field(i))
			}
		}
	}
}

func plainSample(t reflect.Type, i int) any {
	name, rules, _ := fieldOf(t, i)
	value := cardField{"/" + name, rules, t.Field(i).Type}.sample()
	if text, ok := value.(string); ok {
		return strings.TrimPrefix(text, "zq-")
	}
	return card.Number("1")
}

// companions are fields without which a field, or all below it, means nothing.
var companions = map[string][]string{
	"/model/base_model_relation": {"/model/base_model"},
	"/model/license_name":        {"/model/license"},
	"/model/license_link":        {"/model/license"},
	"/citation/others/":          {"/citation/others/*/style"},
	"/evaluation/results/": {
		"/evaluation/results/*/task/type", "/evaluation/results/*/dataset/type", "/evaluation/results/*/dataset/name",
		"/evaluation/results/*/metrics/*/type", "/evaluation/results/*/metrics/*/value",
	},
}

// cardWithout has what the field needs, and not the field.
func cardWithout(t testing.TB, f cardField) *card.Card {
	t.Helper()
	c := &card.Card{Model: card.Model{Name: "Model"}}
	for prefix, patterns := range companions {
		if !strings.HasPrefix(f.pattern, prefix) {
			continue
		}
		for _, other := range cardFields() {
			for _, pattern := range patterns {
				if pattern == other.pattern && pattern != f.pattern {
					other.set(c, plainCompanion(other))
				}
			}
		}
	}
	return normalized(t, c)
}

func plainCompanion(f cardField) any {
	if f.pattern == "/model/license" {
		return "other"
	}
	return strings.TrimPrefix(f.sample().(string), "zq-")
}

// cardWith has the field and what it needs.
func cardWith(t testing.TB, f cardField, value any) *card.Card {
	t.Helper()
	c := cardWithout(t, f)
	f.set(c, value)
	return normalized(t, c)
}

func normalized(t testing.TB, c *card.Card) *card.Card {
	t.Helper()
	fillRequired(reflect.ValueOf(c).Elem())
	if err := c.Normalize(); err != nil {
		t.Fatal(err)
	}
	if _, err := card.ReadJSON(c.Canonical()); err != nil {
		t.Fatalf("%v\n%s", err, c.Canonical())
	}
	return c
}

// wholeCard is a card with every field.
func wholeCard(t testing.TB) *card.Card {
	t.Helper()
	c := &card.Card{}
	for _, f := range cardFields() {
		f.set(c, f.samples()[0])
	}
	return normalized(t, c)
}
