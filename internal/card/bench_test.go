package card

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"
)

// mirrorType is a type like the card's as the YAML library decodes it by
// itself: the same structs with yaml tags, and plain Go values where the card
// has types of its own.
func mirrorType(t reflect.Type) reflect.Type {
	switch t {
	case reflect.TypeFor[*Map]():
		return reflect.TypeFor[map[string]any]()
	case reflect.TypeFor[Number](), reflect.TypeFor[*Number](), reflect.TypeFor[OneOrMany](), reflect.TypeFor[*Emissions]():
		return reflect.TypeFor[any]()
	}
	switch t.Kind() {
	case reflect.Pointer:
		return reflect.PointerTo(mirrorType(t.Elem()))
	case reflect.Slice:
		return reflect.SliceOf(mirrorType(t.Elem()))
	case reflect.Struct:
		var fields []reflect.StructField
		for _, f := range fieldsOf(t) {
			from := t.Field(f.index)
			fields = append(fields, reflect.StructField{Name: from.Name, Type: mirrorType(from.Type), Tag: reflect.StructTag(`yaml:"` + f.name + `,omitempty"`)})
		}
		return reflect.StructOf(fields)
	}
	return t
}

// readings are three ways to read the example: the floor is the bare library,
// to a tree and from there to a struct.
func readings(tb testing.TB) (floor, decode, whole func()) {
	src := readExample(tb)
	// The example as the mirror can hold it, with no reason in place of a text.
	bare := []byte(strings.Replace(string(src), "downstream_use:\n    not_applicable: ", "downstream_use:\n    ", 1))
	mirror := mirrorType(reflect.TypeFor[Card]())
	must := func(err error) {
		if err != nil {
			tb.Fatal(err)
		}
	}
	floor = func() {
		var doc yaml.Node
		must(yaml.Load(bare, &doc))
		must(doc.Decode(reflect.New(mirror).Interface()))
	}
	decode = func() {
		root, err := parseYAML(src)
		must(err)
		doc, err := walk(root)
		must(err)
		decodeCard(root, doc.Card.NotApplicable)
	}
	whole = func() {
		_, err := ReadYAML(src)
		must(err)
	}
	return floor, decode, whole
}

func BenchmarkReadYAML(b *testing.B) {
	floor, decode, whole := readings(b)
	size := int64(len(readExample(b)))
	for _, way := range []struct {
		name string
		run  func()
	}{{"floor", floor}, {"decode", decode}, {"whole", whole}} {
		b.Run(way.name, func(b *testing.B) {
			b.SetBytes(size)
			b.ReportAllocs()
			for b.Loop() {
				way.run()
			}
		})
	}
}

func BenchmarkReadJSON(b *testing.B) {
	src := mustRead(b, ReadYAML, string(readExample(b))).Card.Canonical()
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ReadJSON(src); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCanonical(b *testing.B) {
	c := mustRead(b, ReadYAML, string(readExample(b))).Card
	b.ReportAllocs()
	for b.Loop() {
		c.Canonical()
	}
}

// BenchmarkReadYAMLRatio reports how much longer than the floor our reading
// takes, as the median of pairs measured in turns, so that a busy machine slows
// both.
func BenchmarkReadYAMLRatio(b *testing.B) {
	floor, decode, whole := readings(b)
	const pairs, batch = 9, 100
	var decodes, wholes []float64
	for b.Loop() {
		decodes, wholes = nil, nil
		for range pairs {
			base := timed(batch, floor)
			decodes = append(decodes, timed(batch, decode)/base)
			base = timed(batch, floor)
			wholes = append(wholes, timed(batch, whole)/base)
		}
	}
	slices.Sort(decodes)
	slices.Sort(wholes)
	b.ReportMetric(decodes[pairs/2], "decode/floor")
	b.ReportMetric(wholes[pairs/2], "whole/floor")
	b.Logf("decode/floor %.2f, whole/floor %.2f", decodes, wholes)
}

func timed(n int, run func()) float64 {
	start := time.Now()
	for range n {
		run()
	}
	return time.Since(start).Seconds()
}
