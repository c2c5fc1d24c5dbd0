package card

import (
	"errors"
	"testing"
)

// TestYAMLAndJSONAgree reads a value in both languages: they give the same
// card, or both refuse it with the same codes.
func TestYAMLAndJSONAgree(t *testing.T) {
	t.Parallel()
	values := [][2]string{ // YAML, JSON
		{"a", `"a"`}, {"'a'", `"a"`}, {`"a"`, `"a"`}, {"a b", `"a b"`}, {"''", `""`}, {`"\u0061"`, `"\u0061"`}, {`"\x61"`, `"a"`}, {`"\U0001F600"`, `"\ud83d\ude00"`},
		{`"\t\n\r"`, `"\t\n\r"`}, {`"\/"`, `"\/"`}, {`"\e"`, `"\u001b"`}, {`"\0"`, `"\u0000"`}, {`"\N"`, `"\u0085"`}, {`"\L"`, `"\u2028"`}, {`"\_"`, `"\u00a0"`},
		{"é", `"é"`}, {"'😀'", `"😀"`}, {"'it''s'", `"it's"`}, {"|-\n    a\n    b", `"a\nb"`}, {"|\n    a", `"a\n"`}, {">-\n    a\n    b", `"a b"`}, {"|+\n    a\n", `"a\n\n"`}, {"a\n    b", `"a b"`}, {"\"a\n\n    b\"", `"a\nb"`}, {"\"a\\\n    b\"", `"ab"`},
		{"yes", `"yes"`}, {"no", `"no"`}, {"Yes", `"Yes"`}, {"NO", `"NO"`}, {"on", `"on"`}, {"off", `"off"`}, {"y", `"y"`}, {"n", `"n"`},
		{"true", "true"}, {"True", "true"}, {"TRUE", "true"}, {"false", "false"}, {"False", "false"}, {"FALSE", "false"}, {"tRue", `"tRue"`}, {"'true'", `"true"`},
		{"null", "null"}, {"Null", "null"}, {"NULL", "null"}, {"~", "null"}, {"", "null"}, {"'null'", `"null"`}, {"'~'", `"~"`}, {"nil", `"nil"`}, {"None", `"None"`},
		{"0", "0"}, {"-0", "0"}, {"-0", "-0"}, {"+0", "0"}, {"1", "1"}, {"-1", "-1"}, {"+1", "1"}, {"007", `"007"`}, {"012", `"012"`}, {"08", `"08"`}, {"-012", `"-012"`}, {"0o17", "15"}, {"0O17", `"0O17"`}, {"0x1f", "31"}, {"0X1f", `"0X1f"`}, {"-0x1f", `"-0x1f"`}, {"0b1", `"0b1"`}, {"0x", `"0x"`}, {"0xg", `"0xg"`},
		{"0x1_0", `"0x1_0"`}, {"0x10000000000000000", `"0x10000000000000000"`},
		{"1.0", "1.0"}, {"1.", "1.0"}, {".5", "0.5"}, {"-.5", "-0.5"}, {"0.10", "0.1"}, {"00.5", "0.5"}, {"-0.0", "-0.0"}, {"1e5", "1e5"}, {"1E5", "100000.0"}, {"1e+5", "1E+05"}, {"1e-5", "0.00001"}, {"1.5e3", "1500.0"}, {"1e400", `"1e400"`}, {"1e-400", "0.0"}, {"e5", `"e5"`}, {"1e", `"1e"`}, {"1e5.5", `"1e5.5"`},
		{"9007199254740993", "9007199254740993"}, {"18446744073709551616", "18446744073709551616"}, {"9007199254740993.0", "9007199254740992.0"}, {"1.7976931348623157e+308", "1.7976931348623157e308"},
		{".inf", `".inf"`}, {"-.Inf", `"-.Inf"`}, {".nan", `".nan"`}, {"inf", `"inf"`}, {"NaN", `"NaN"`},
		{"1:30", `"1:30"`}, {"1:30:45.5", `"1:30:45.5"`}, {"1_000", `"1_000"`}, {"2026-09-14", `"2026-09-14"`}, {"2026-09-14T01:02:03Z", `"2026-09-14T01:02:03Z"`}, {"1.2.3", `"1.2.3"`}, {"1,000", `"1,000"`}, {"50%", `"50%"`}, {"$5", `"$5"`}, {"=", `"="`}, {"<", `"<"`}, {"!!str 5", `"5"`}, {"!!str", `""`}, {"!!str null", `"null"`}, {"!!int 5", "5"}, {"!!float 5.0", "5.0"}, {"!!null", "null"}, {"!!bool true", "true"}, {"!!seq []", "[]"}, {"!!map {}", "{}"},
		{"[]", "[]"}, {"{}", "{}"}, {"[a, b]", `["a", "b"]`}, {"[a, b,]", `["a", "b"]`}, {"\n    - a\n    - b", `["a", "b"]`}, {"\n    a: 1\n    b: 2", `{"a": 1, "b": 2}`}, {"{a: 1, b: 2}", `{"a": 1, "b": 2}`}, {"{a, b}", `{"a": null, "b": null}`}, {"[a: 1]", `[{"a": 1}]`}, {"{a: {b: {c: []}}}", `{"a": {"b": {"c": []}}}`}, {"{1: a}", `{"1": "a"}`}, {"{true: a}", `{"true": "a"}`}, {"{~: a}", `{"~": "a"}`}, {"{? a : b}", `{"a": "b"}`}, {"{'<<': a}", `{"<<": "a"}`}, {"{\"\": a}", `{"": "a"}`},
		{"&x a", `"a"`}, {"[&x a, *x]", `["a", "a"]`}, {"{a: &x {b: 1}, c: *x}", `{"a": {"b": 1}, "c": {"b": 1}}`}, {"{a: &x {b: 1}, c: {<<: *x, d: 2}}", `{"a": {"b": 1}, "c": {"b": 1, "d": 2}}`},
		{"{a: 1, a: 2}", `{"a": 1, "a": 2}`}, {"{a: 1, \"\\u0061\": 2}", `{"a": 1, "\u0061": 2}`}, {"{a: 1, A: 2}", `{"a": 1, "A": 2}`}, {"{1: a, '1': b}", `{"1": "a", "1": "b"}`}, {"{é: 1, e\u0301: 2}", "{\"é\": 1, \"e\u0301\": 2}"},
		{"{not_applicable: r}", `{"not_applicable": "r"}`}, {"[{not_applicable: r}]", `[{"not_applicable": "r"}]`},
		{"a # b", `"a"`}, {"a#b", `"a#b"`}, {"a: b", `{"a": "b"}`}, {"'a: b'", `"a: b"`}, {"- a", "[\"a\"]"}, {"\"\\uFFFE\"", `"\uFFFE"`}, {"\"\\x7f\"", `"\u007f"`}, {"\"\\uFEFF\"", `"\uFEFF"`},
	}
	for _, v := range values {
		// In front of a value of more lines, "k:" begins a block.
		fromYAML, errYAML := ReadYAML([]byte("model: {name: x}\nmetadata:\n  k: " + v[0] + "\n"))
		if v[0] == "a: b" || v[0] == "- a" { // no value on one line
			fromYAML, errYAML = ReadYAML([]byte("model: {name: x}\nmetadata:\n  k:\n    " + v[0] + "\n"))
		}
		fromJSON, errJSON := ReadJSON([]byte(`{"model": {"name": "x"}, "metadata": {"k": ` + v[1] + `}}`))
		if (errYAML == nil) != (errJSON == nil) {
			t.Errorf("YAML %q: %v; JSON %q: %v", v[0], errYAML, v[1], errJSON)
			continue
		}
		if errYAML != nil {
			var y, j *Error
			if !errors.As(errYAML, &y) || !errors.As(errJSON, &j) || codes(y.Problems) != codes(j.Problems) || y.Kind != j.Kind {
				t.Errorf("YAML %q: %v; JSON %q: %v", v[0], errYAML, v[1], errJSON)
			}
			continue
		}
		if y, j := string(fromYAML.Card.Canonical()), string(fromJSON.Card.Canonical()); y != j {
			t.Errorf("YAML %q: %s; JSON %q: %s", v[0], y, v[1], j)
		}
	}
	if len(values) < 150 {
		t.Errorf("only %d pairs", len(values))
	}
}

// TestFieldsAgree reads the same wrong documents in both languages.
func TestFieldsAgree(t *testing.T) {
	t.Parallel()
	for _, v := range [][2]string{
		{"model: {Name: x}", `{"model": {"Name": "x"}}`},
		{"model: {name: x, version: 1.0}", `{"model": {"name": "x", "version": 1.0}}`},
		{"model: {name: no, license: yes}", `{"model": {"name": "no", "license": "yes"}}`},
		{"model: {name: x, tags: a}", `{"model": {"name": "x", "tags": "a"}}`},
		{"model: {name: x, license: }", `{"model": {"name": "x", "license": null}}`},
		{"model: {name: x}\ntechnical: {parameters: 1e3}", `{"model": {"name": "x"}, "technical": {"parameters": 1e3}}`},
		{"model: {name: x}\ntechnical: {parameters: .inf}", `{"model": {"name": "x"}, "technical": {"parameters": ".inf"}}`},
		{"model: {name: x}\ntechnical: {parameters: 1_000}", `{"model": {"name": "x"}, "technical": {"parameters": "1_000"}}`},
		{"model: {name: x}\ntechnical: {parameters: 010}", `{"model": {"name": "x"}, "technical": {"parameters": "010"}}`},
		{"model: {name: x}\ncompliance: {gdpr: {personal_data: yes}}", `{"model": {"name": "x"}, "compliance": {"gdpr": {"personal_data": "yes"}}}`},
		{"model: {name: x}\ncontact: {not_applicable: r}", `{"model": {"name": "x"}, "contact": {"not_applicable": "r"}}`},
		{"model: {name: x}\ncontact: {not_applicable: 5}", `{"model": {"name": "x"}, "contact": {"not_applicable": 5}}`},
		{"model: {name: x}\ncontact: {not_applicable: r, authors: a}", `{"model": {"name": "x"}, "contact": {"not_applicable": "r", "authors": "a"}}`},
		{"model: {name: x}\nmodel: {name: y}", `{"model": {"name": "x"}, "model": {"name": "y"}}`},
	} {
		fromYAML, errYAML := ReadYAML([]byte(v[0]))
		fromJSON, errJSON := ReadJSON([]byte(v[1]))
		if errYAML == nil && errJSON == nil {
			if fromYAML.Card.Digest() != fromJSON.Card.Digest() {
				t.Errorf("%s and %s have two digests", v[0], v[1])
			}
			continue
		}
		var y, j *Error
		if !errors.As(errYAML, &y) || !errors.As(errJSON, &j) || codes(y.Problems) != codes(j.Problems) {
			t.Errorf("YAML %q: %v; JSON %q: %v", v[0], errYAML, v[1], errJSON)
		}
	}
}

func TestPlainSafe(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]bool{
		"a": true, "a b": true, "1.2.3": true, "true": false, "yes": false, "Off": false, "1": false, "012": false, "1e5": false, "1:30": false, "": false, "~": false, "null": false,
		"2026-09-14": false, ".inf": false, ".NaN": false, "=": false, "y": false, "0b1": false, "1_0": false, "<": true,
	} {
		if got := PlainSafe(s); got != want {
			t.Errorf("PlainSafe(%q) = %t", s, got)
		}
	}
}
