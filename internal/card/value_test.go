package card

import (
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestMapKeepsOrder(t *testing.T) {
	t.Parallel()
	var absent *Map
	if _, ok := absent.Get("a"); ok || absent.Len() != 0 {
		t.Error("a nil map has no keys")
	}
	m := &Map{}
	m.Set("b", Int(1))
	m.Set("a", "x")
	m.Set("b", nil)
	got, err := json.Marshal(m)
	if err != nil || string(got) != `{"b":null,"a":"x"}` {
		t.Errorf("got %s, %v", got, err)
	}
	if v, ok := m.Get("b"); !ok || v != nil {
		t.Errorf("got %v, %t", v, ok)
	}
}

func TestParseNumber(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]Number{
		"0": "0", "-0": "0", "+7": "7", "007": "7", "-12": "-12", "18446744073709551616": "18446744073709551616",
		"1.0": "1.0", "1.": "1.0", ".5": "0.5", "-.5e1": "-5.0", "-0.0": "-0.0", "0.1": "0.1", "1.50": "1.5", "1e0": "1.0",
		"1e15": "1000000000000000.0", "1e16": "1e+16", "123456789012345680.0": "1.2345678901234568e+17",
		"0.0001": "0.0001", "0.00001": "1e-05", "1E-7": "1e-07", "1e22": "1e+22", "1e300": "1e+300", "5e-324": "5e-324", "1e-400": "0.0",
	} {
		if got, err := ParseNumber(s); err != nil || got != want {
			t.Errorf("ParseNumber(%q) = %q, %v; want %q", s, got, err, want)
		}
	}
	for _, s := range []string{
		"", "-", "+", ".", "e5", "1e", "1e+", "1.2.3", "--1", "+-1", "0x10", "0x1p-2", "1_000", "inf", "NaN", "Infinity", " 1", "1 ", "1e400", "-1e999999999", "١",
		"10000000000000000000000000000000000000000000000000000000000000000", // 65 digits
	} {
		if got, err := ParseNumber(s); !errors.Is(err, errNumber) {
			t.Errorf("ParseNumber(%q) = %q, %v; want an error", s, got, err)
		}
	}
}

// Python's json module and PyYAML write floats as repr does; so do we.
func TestFloat(t *testing.T) {
	t.Parallel()
	for f, want := range map[float64]Number{
		1: "1.0", 0.9: "0.9", 1e-5: "1e-05", 1e-4: "0.0001", 9999999999999998: "9999999999999998.0", 1e16: "1e+16",
		math.MaxFloat64: "1.7976931348623157e+308", math.SmallestNonzeroFloat64: "5e-324", math.Copysign(0, -1): "-0.0",
	} {
		if got := Float(f); got != want {
			t.Errorf("Float(%g) = %s, want %s", f, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.Float64().Draw(t, "f")
		if got, err := strconv.ParseFloat(string(Float(f)), 64); err != nil || got != f {
			t.Errorf("Float(%g) = %s reads as %g, %v", f, Float(f), got, err)
		}
		if again, err := ParseNumber(string(Float(f))); err != nil || again != Float(f) {
			t.Errorf("%s is read as %s, %v", Float(f), again, err)
		}
	})
	if got := Int(-5).Float64(); got != -5 {
		t.Errorf("got %g", got)
	}
	if !math.IsNaN(Number("x").Float64()) {
		t.Error("what is no number is NaN")
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	for want, v := range map[string]any{
		"a b": "a b", "1.5": Number("1.5"), "true": true, "null": nil, `["a"]`: []any{"a"}, `{"a":1}`: &Map{Entries: []Entry{{"a", Number("1")}}},
	} {
		if got := Text(v); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if n, ok := AsNumber(Int(3)); !ok || n != "3" {
		t.Errorf("got %s, %t", n, ok)
	}
	if _, ok := AsNumber("3"); ok {
		t.Error("a text is no number")
	}
}

func TestOneOrMany(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]OneOrMany{
		`en`: One("en"), `[en]`: Many("en"), `[en, de]`: Many("en", "de"), `[]`: {}, `""`: {}, `" en "`: One("en"), `[" en "]`: Many("en"),
	} {
		got := readYAML(t, "model: {name: x, language: "+src+"}").Card.Model.Language
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", src, diff)
		}
	}
	got, err := json.Marshal([]OneOrMany{One("a"), Many("a"), {}})
	if err != nil || string(got) != `["a",["a"],[]]` {
		t.Errorf("got %s, %v", got, err)
	}
}

// A JSON text is written with the fewest escapes and reads back as it was.
func TestAppendJSON(t *testing.T) {
	t.Parallel()
	if got, want := string(appendJSON(nil, "\"\\/\b\f\n\r\t\x00\x1f\x7fé\u2028😀<&>")), `"\"\\/\u0008\u000c\n\r\t\u0000\u001f`+"\x7fé\u2028😀<&>\""; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		var got string
		if err := json.Unmarshal(appendJSON(nil, s), &got); err != nil || got != s {
			t.Errorf("%q reads as %q, %v", s, got, err)
		}
	})
	if got := string(appendJSON(nil, (*Map)(nil))); got != "null" {
		t.Errorf("got %s", got)
	}
}

func TestReadTreeJSON(t *testing.T) {
	value, place, err := ReadTreeJSON([]byte("\uFEFF{\"a\":\n [1, {\"b/c\": \"x\"}]}"))
	if err != nil {
		t.Fatal(err)
	}
	if m, ok := value.(*Map); !ok || m.Len() != 1 {
		t.Errorf("got %v", value)
	}
	for pointer, want := range map[string]Place{"": {1, 1}, "/a/0": {2, 3}, "/a/1/b~1c": {2, 14}, "/a/1/none": {2, 6}} {
		if got := place(pointer); got != want {
			t.Errorf("%q is at %v, want %v", pointer, got, want)
		}
	}
	if _, _, err := ReadTreeJSON([]byte(`{"a": 1, "a": 2}`)); err == nil {
		t.Error("a key twice is read")
	}
}
