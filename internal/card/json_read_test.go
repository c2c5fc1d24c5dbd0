package card

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestReadJSONRefusesWhatIsNotJSON(t *testing.T) {
	t.Parallel()
	const smallest = `the smallest card is {"model": {"name": "…"}}`
	bad := func(name, src string, line, column int, hint string) refused {
		return refused{name, src, Unreadable, []Problem{{Line: line, Column: column, Code: "json", Hint: hint}}}
	}
	checkRefused(t, ReadJSON, []refused{
		{"empty", "", Unreadable, []Problem{{Line: 1, Column: 1, Code: "empty", Hint: smallest}}},
		{"white space alone", " \r\n\t", Unreadable, []Problem{{Line: 1, Column: 1, Code: "empty", Hint: smallest}}},
		bad("NUL", "\x00", 1, 1, ""),
		bad("open object", `{"model": {"name": "x"}`, 1, 24, ""),
		bad("open list", "[\n[1,\n2", 3, 2, ""),
		bad("open text", `{"a": "b`, 1, 9, ""),
		bad("open escape", `{"a": "\`, 1, 9, ""),
		bad("open unicode escape", `"\u00`, 1, 2, `write a backslash itself as \\`),
		bad("comma at the end", `{"a": [1,]}`, 1, 10, "look for a comma too many before it"),
		bad("comma at the end of an object", `{"a": 1,}`, 1, 9, "look for a comma too many before it"),
		bad("no comma", `{"a": 1 "b": 2}`, 1, 9, ""),
		bad("no colon", `{"a" 1}`, 1, 6, ""),
		bad("key without quotes", "{\n  a: 1}", 2, 3, ""),
		bad("single quotes", `{'a': 1}`, 1, 2, "JSON has texts in double quotes"),
		bad("comment", "{ // x\n}", 1, 3, "JSON has no comments"),
		bad("Python", `{"a": True}`, 1, 7, ""),
		bad("NaN", `{"a": NaN}`, 1, 7, ""),
		bad("Infinity", `{"a": -Infinity}`, 1, 7, "write it as text if it is a code"),
		bad("octal", `{"a": 012}`, 1, 7, "write it as text if it is a code"),
		bad("plus", `{"a": +1}`, 1, 7, ""),
		bad("point before digits", `{"a": .5}`, 1, 7, ""),
		bad("point without digits", `{"a": 1.}`, 1, 9, "look for a comma too many before it"),
		bad("exponent without digits", `{"a": 1e+}`, 1, 10, "look for a comma too many before it"),
		bad("unknown escape", `{"é": "a\x41"}`, 1, 9, `write a backslash itself as \\`),
		bad("escape of three digits", `{"a": "\u123g"}`, 1, 8, `write a backslash itself as \\`),
		bad("raw end of line in a text", "{\"a\": \"b\nc\"}", 1, 9, `write it as an escape such as \n`),
		bad("raw tab in a text", "{\"a\": \"b\tc\"}", 1, 9, `write it as an escape such as \n`),
		bad("column in characters", `{"😀é": x}`, 1, 8, ""),
		bad("byte order mark inside", "{\uFEFF}", 1, 2, ""),
		{"second value", "{\"model\": {\"name\": \"x\"}}\n{}", Unreadable, []Problem{{Line: 2, Column: 1, Code: "trailing_data", Hint: "send one card a request"}}},
		{"bracket after the end", `{"model": {"name": "x"}}}`, Unreadable, []Problem{{Line: 1, Column: 25, Code: "trailing_data", Hint: "send one card a request"}}},
		{"NUL after the end", "{\"model\": {\"name\": \"x\"}}\x00", Unreadable, []Problem{{Line: 1, Column: 25, Code: "trailing_data", Hint: "send one card a request"}}},
		{"Latin-1", "{\"a\":\n\"\xe9\"}", Unreadable, []Problem{{Line: 2, Column: 2, Code: "not_utf8", Hint: "save it as UTF-8"}}},
		{"high surrogate", `{"model": {"name": "\ud83d"}}`, Unreadable, []Problem{{Line: 1, Column: 21, Code: "bad_text", Hint: `write the character itself, or both halves (\ud83d\ude00)`}}},
		{"low surrogate", `{"model": {"name": "a\uDE00"}}`, Unreadable, []Problem{{Line: 1, Column: 22, Code: "bad_text", Hint: `write the character itself, or both halves (\ud83d\ude00)`}}},
		{"surrogates in the wrong order", `{"\uDE00\ud83d": 1}`, Unreadable, []Problem{{Line: 1, Column: 3, Code: "bad_text", Hint: `write the character itself, or both halves (\ud83d\ude00)`}}},
		{"number over the limit of float64", `{"model": {"name": "x"}, "metadata": {"a": 1e999999999}}`, Unreadable, []Problem{{Line: 1, Column: 44, Code: "bad_number", Hint: "a number in a card is a finite float64 or an integer of at most 64 digits"}}},
		{"integer of 100 digits", `{"a": 1` + strings.Repeat("0", 100) + `}`, Unreadable, []Problem{{Line: 1, Column: 7, Code: "bad_number", Hint: "a number in a card is a finite float64 or an integer of at most 64 digits"}}},
		{"duplicate key", "{\"model\": {\"name\": \"x\",\n\"n\\u0061me\": \"y\"}}", Unreadable, []Problem{{Pointer: "/model/name", Line: 2, Column: 1, Code: "duplicate_key", Hint: "keep one of them"}}},
		{"escaped NUL", `{"model": {"name": "\u0000"}}`, Unreadable, []Problem{{Pointer: "/model/name", Line: 1, Column: 20, Code: "bad_text", Hint: "remove it"}}},
		{"case of a key", `{"Model": {"name": "x"}}`, Invalid, []Problem{
			{Line: 1, Column: 1, Code: "required", Hint: "add model"},
			{Pointer: "/Model", Line: 1, Column: 2, Code: "unknown_key", Hint: `did you mean "model"?`},
		}},
	})
}

func TestReadJSONReadsTexts(t *testing.T) {
	t.Parallel()
	doc := readJSON(t, `{"model": {"name": "x"}, "metadata": {"a": "\"\\\/\t\n\r\u00e9\ud83d\ude00\uFFFD😀", "<<": {"b": 1}, "c": [1e5, -0, -0.0, 1E-7, true, false, null, [], {}]}}`)
	want := `[{"key":"a","value":"\"\\/\t\n\ré😀�😀"},{"key":"<<","value":{"b":1}},{"key":"c","value":[100000.0,0,-0.0,1e-07,true,false,null,[],{}]}]`
	if got := string(appendJSON(nil, metadataTree(doc.Card.Metadata))); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if len(doc.Warnings) > 0 {
		t.Errorf("JSON has no YAML 1.1 traps, got %v", doc.Warnings)
	}
}

// The standard library is the judge of what is JSON.
func TestParseJSONAgreesWithEncodingJSON(t *testing.T) {
	t.Parallel()
	token := rapid.SampledFrom([]string{
		"{", "}", "[", "]", ",", ":", `"a"`, `"b"`, `"\n"`, `"\u00e9"`, `"\q"`, `"`, "\t", "\n", " ", "1", "-", "0", "01", "1.5", "1.", "e5", "1e-5", "true", "nul", "null", "é", "\x01", `\`, "\x00",
	})
	rapid.Check(t, func(t *rapid.T) {
		src := []byte(strings.Join(rapid.SliceOfN(token, 0, 12).Draw(t, "tokens"), ""))
		checkAgainstEncodingJSON(t, src)
	})
}

func checkAgainstEncodingJSON(t interface {
	Helper()
	Errorf(string, ...any)
}, src []byte) {
	t.Helper()
	root, err := parseJSON(src)
	if valid := json.Valid(src); (err == nil) != valid {
		var e *Error
		if valid && err != nil {
			e = err.(*Error) //nolint:errorlint // parseJSON wraps nothing
			switch e.Problems[0].Code {
			case "bad_number", "bad_text", "over_limit", "not_utf8", "too_large":
				return // JSON that we refuse on purpose
			}
		}
		t.Errorf("%q: encoding/json says %t, we say %v", src, valid, err)
		return
	}
	if err != nil {
		return
	}
	var want, got any
	if err := json.Unmarshal(src, &want); err != nil {
		t.Errorf("%q: %v", src, err)
		return
	}
	ours := appendJSON(nil, freeValue(root))
	if err := json.Unmarshal(ours, &got); err != nil {
		t.Errorf("%q: written as %q: %v", src, ours, err)
		return
	}
	if !reflect.DeepEqual(want, got) {
		t.Errorf("%q: encoding/json reads %#v, we read %#v", src, want, got)
	}
}
