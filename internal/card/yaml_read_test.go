package card

import (
	"fmt"
	"strings"
	"testing"
)

const (
	hintKeyless   = "an unrendered template placeholder such as {{ … }} reads like this; fill it in or quote it"
	hintSmallest  = "the smallest card is `model: {name: …}`"
	hintPlainText = "quote it if it is text"
)

func TestReadYAMLRefusesWhatIsNotYAML(t *testing.T) {
	t.Parallel()
	checkRefused(t, ReadYAML, []refused{
		{"empty", "", Unreadable, []Problem{{Line: 1, Column: 1, Code: "empty", Hint: hintSmallest}}},
		{"comments alone", "# nothing\n", Unreadable, []Problem{{Line: 1, Column: 1, Code: "empty", Hint: hintSmallest}}},
		{"byte order mark alone", "\uFEFF", Unreadable, []Problem{{Line: 1, Column: 1, Code: "empty", Hint: hintSmallest}}},
		{"open list", "model:\n  tags: [1", Unreadable, []Problem{{Line: 2, Column: 11, Code: "yaml"}}},
		{"nothing after a marker", "---", Invalid, []Problem{{Line: 1, Column: 4, Code: "wrong_type", Hint: "leave the key out, or give it a value"}}},
		{"nothing after a key", "model:", Invalid, []Problem{{Pointer: "/model", Line: 1, Column: 7, Code: "wrong_type", Hint: "leave the key out, or give it a value"}}},
		{"nothing in a list", "model:\n  tags:\n  -", Invalid, []Problem{
			{Pointer: "/model", Line: 2, Column: 3, Code: "required", Hint: "add model.name"},
			{Pointer: "/model/tags/0", Line: 3, Column: 4, Code: "wrong_type", Hint: "leave the key out, or give it a value"},
		}},
		{"open list before an end of line", "a: [1\n", Unreadable, []Problem{{Line: 2, Column: 1, Code: "yaml"}}},
		{"open quote", "model:\n  name: \"x\n", Unreadable, []Problem{{Line: 3, Column: 1, Code: "yaml"}}},
		{"colon in a text", "model:\n  name: a: b\n", Unreadable, []Problem{{Line: 2, Column: 10, Code: "yaml", Hint: "quote a text that has a colon in it"}}},
		{"tab as indentation", "model:\n\tname: x\n", Unreadable, []Problem{{Line: 2, Column: 1, Code: "yaml", Hint: "indent with spaces, and quote a text that begins with @, ` or %"}}},
		{"at sign", "model: {name: @x}\n", Unreadable, []Problem{{Line: 1, Column: 15, Code: "yaml", Hint: "indent with spaces, and quote a text that begins with @, ` or %"}}},
		{"unknown anchor", "model: {name: *x}\n", Unreadable, []Problem{{Line: 1, Column: 15, Code: "yaml", Hint: "quote a text that begins with *"}}},
		{"less indentation than before", "model:\n    name: x\n  tags: [a]\n", Unreadable, []Problem{{Line: 3, Column: 3, Code: "yaml"}}},
		{"column in characters", "model: {name: \"😀é\", title: @x}\n", Unreadable, []Problem{{Line: 1, Column: 28, Code: "yaml", Hint: "indent with spaces, and quote a text that begins with @, ` or %"}}},
		{"second document", "model: {name: x}\n---\nmodel: {name: y}\n", Unreadable, []Problem{{Line: 2, Column: 1, Code: "several_documents", Hint: "send one card at a time"}}},
		{"broken second document", "model: {name: x}\n---\n[", Unreadable, []Problem{{Line: 3, Column: 2, Code: "yaml"}}},
		{"Latin-1", "model:\n  name: Jos\xe9\n", Unreadable, []Problem{{Line: 2, Column: 12, Code: "not_utf8", Hint: "save it as UTF-8"}}},
		{"UTF-16", "\xff\xfem\x00o\x00", Unreadable, []Problem{{Line: 1, Column: 1, Code: "not_utf8", Hint: "save it as UTF-8"}}},
		{"UTF-16 without a mark", "m\x00o\x00", Unreadable, []Problem{{Line: 1, Column: 2, Code: "bad_text", Hint: "remove it"}}},
		{"NUL", "model:\n  name: \"é\x00\"\n", Unreadable, []Problem{{Line: 2, Column: 11, Code: "bad_text", Hint: "remove it"}}},
		{"next line of YAML 1.1", "model: {name: \"a\u0085b\"}", Unreadable, []Problem{{Line: 1, Column: 17, Code: "bad_text", Hint: "remove it"}}},
		{"line separator", "model: {name: x}\n# \u2028\n", Unreadable, []Problem{{Line: 2, Column: 3, Code: "bad_text", Hint: "remove it"}}},
		{"byte order mark inside", "model: {name: \uFEFFx}", Unreadable, []Problem{{Line: 1, Column: 15, Code: "bad_text", Hint: "remove it"}}},
		{"placeholder", "model:\n  name: {{ name }}\n", Unreadable, []Problem{{Pointer: "/model/name", Line: 2, Column: 10, Code: "bad_key", Hint: hintKeyless}}},
		{"list as a key", "? [a]\n: b\n", Unreadable, []Problem{{Line: 1, Column: 3, Code: "bad_key", Hint: hintKeyless}}},
		{"escaped control character", "model: {name: \"a\\0b\"}", Unreadable, []Problem{{Pointer: "/model/name", Line: 1, Column: 15, Code: "bad_text", Hint: "remove it"}}},
		{"control character in a key", "model: {name: x}\nmetadata: {\"\\a\": 1}", Unreadable, []Problem{{Pointer: "/metadata/\a", Line: 2, Column: 12, Code: "bad_text", Hint: "remove it"}}},
		{"noncharacter", "model: {name: \"\\uFFFE\"}", Unreadable, []Problem{{Pointer: "/model/name", Line: 1, Column: 15, Code: "bad_text", Hint: "remove it"}}},
		{"application tag", "model: {name: !Ref x}", Unreadable, []Problem{{Pointer: "/model/name", Line: 1, Column: 15, Code: "bad_tag", Hint: "leave it out, or quote a text that begins with !"}}},
		{"binary", "model: {name: !!binary eA==}", Unreadable, []Problem{{Pointer: "/model/name", Line: 1, Column: 15, Code: "bad_tag", Hint: "leave it out, or quote a text that begins with !"}}},
		{"tag that does not fit", "model: {name: x}\nmetadata: {a: !!int \"5\"}", Unreadable, []Problem{{Pointer: "/metadata/a", Line: 2, Column: 15, Code: "bad_tag", Hint: "leave it out, or quote a text that begins with !"}}},
		{"duplicate key", "model:\n  name: x\n  name: y\n", Unreadable, []Problem{{Pointer: "/model/name", Line: 3, Column: 3, Code: "duplicate_key", Hint: "keep one of them"}}},
		{"duplicate key in two spellings", "model: {name: x, \"n\\u0061me\": y}", Unreadable, []Problem{{Pointer: "/model/name", Line: 1, Column: 18, Code: "duplicate_key", Hint: "keep one of them"}}},
		{"several at once", "model: {name: x, name: y, name: z}", Unreadable, []Problem{
			{Pointer: "/model/name", Line: 1, Column: 18, Code: "duplicate_key", Hint: "keep one of them"},
			{Pointer: "/model/name", Line: 1, Column: 27, Code: "duplicate_key", Hint: "keep one of them"},
		}},
		{"merge of a text", "model: {<<: x, name: y}", Unreadable, []Problem{{Pointer: "/model", Line: 1, Column: 9, Code: "bad_merge", Hint: "write the keys out"}}},
		{"merge of a list of texts", "model: {<<: [x], name: y}", Unreadable, []Problem{{Pointer: "/model", Line: 1, Column: 9, Code: "bad_merge", Hint: "write the keys out"}}},
		{"duplicate key in what is merged", "model: {<<: {name: a, name: b}}", Unreadable, []Problem{{Pointer: "/model/name", Line: 1, Column: 23, Code: "duplicate_key", Hint: "keep one of them"}}},
		{"alias inside its anchor", "model: &a {name: [*a]}", Unreadable, []Problem{{Line: 1, Column: 19, Code: "bad_alias", Hint: "write the value out"}}},
	})
}

func TestReadYAMLMerges(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, src, want string }{
		{"one", "{<<: {a: 1}, b: 2}", `{"a":1,"b":2}`},
		{"own key wins", "{a: 0, <<: {a: 1, b: 2}}", `{"a":0,"b":2}`},
		{"own key after it wins", "{<<: {a: 1, b: 2}, a: 0}", `{"a":0,"b":2}`},
		{"list, the first wins", "{<<: [{a: 1}, {a: 2, b: 3}]}", `{"a":1,"b":3}`},
		{"two merge keys, the first wins", "{<<: {a: 1}, <<: {a: 2, b: 3}}", `{"a":1,"b":3}`},
		{"nested", "{<<: {<<: {a: 1, b: 1}, b: 2}, c: 3}", `{"a":1,"b":2,"c":3}`},
		{"nested in a list", "{<<: [{<<: [{a: 1}]}]}", `{"a":1}`},
		{"empty", "{<<: {}, a: 1}", `{"a":1}`},
		{"aliases", "{x: &x {a: 1}, y: &y {<<: *x, b: 2}, z: {<<: [*y, {c: 3}]}}", `{"x":{"a":1},"y":{"a":1,"b":2},"z":{"c":3,"a":1,"b":2}}`},
		{"quoted is a key", `{"<<": {a: 1}}`, `{"<<":{"a":1}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			doc := readYAML(t, "model: {name: x}\ntraining: {hyperparameters: "+tt.src+"}\n")
			if got := string(appendJSON(nil, doc.Card.Training.Hyperparameters)); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			if merges := strings.Contains(tt.src, " <<:") || strings.Contains(tt.src, "{<<:"); merges != (len(doc.Warnings) > 0) {
				t.Errorf("got warnings %v", doc.Warnings)
			}
		})
	}
}

func TestReadYAMLAliases(t *testing.T) {
	t.Parallel()
	doc := readYAML(t, `
model: &m {name: &n x, owners: [&o {name: A, contact: {not_applicable: none}}]}
contact: {authors: *n}
evaluation: {datasets: [{governance: {owners: [*o, *o]}}]}
metadata: {*n : *m}
`)
	want := `{"apiVersion":"mcg/v1","kind":"ModelCard","model":{"name":"x","owners":[{"name":"A","contact":{"not_applicable":"none"}}]},` +
		`"evaluation":{"datasets":[{"governance":{"owners":[{"name":"A","contact":{"not_applicable":"none"}},{"name":"A","contact":{"not_applicable":"none"}}]}}]},` +
		`"contact":{"authors":"x"},"metadata":[{"key":"x","value":{"name":"x","owners":[{"name":"A","contact":{"not_applicable":"none"}}]}}]}`
	if got := string(doc.Card.Canonical()); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if line, column := doc.Position("/contact/authors"); line != 3 || column != 20 {
		t.Errorf("an alias stands at %d:%d, want 3:20", line, column)
	}
}

func TestReadYAMLWarnsOfYAML11(t *testing.T) {
	t.Parallel()
	tests := []struct {
		plain string
		want  string // as JSON
		warns bool
	}{
		{"yes", `"yes"`, true}, {"No", `"No"`, true}, {"ON", `"ON"`, true}, {"off", `"off"`, true},
		{"y", `"y"`, false}, {"N", `"N"`, false}, {"none", `"none"`, false}, {"not", `"not"`, false},
		{"012", `"012"`, true}, {"-012", `"-012"`, true}, {"08", `"08"`, true}, {"00", `"00"`, true}, {"0", `0`, false},
		{"0o12", `10`, true}, {"0x1F", `31`, false}, {"0xffffffffffffffff", `18446744073709551615`, false},
		{"0b11", `"0b11"`, true}, {"1e5", `100000.0`, true}, {"1E5", `100000.0`, true}, {"1e+5", `100000.0`, true},
		{"1.5e5", `150000.0`, true}, {"1.5e+5", `150000.0`, false}, {".5e3", `500.0`, true}, {"1.5e-7", `1.5e-07`, false},
		{"1:30", `"1:30"`, true}, {"190:20:30.15", `"190:20:30.15"`, true}, {"1:99", `"1:99"`, false},
		{"1_000", `"1_000"`, true}, {"1_000.5", `"1_000.5"`, true}, {"_1", `"_1"`, false},
		{".inf", `".inf"`, true}, {"-.INF", `"-.INF"`, true}, {".NaN", `".NaN"`, true}, {"inf", `"inf"`, false},
		{"1e999999999", `"1e999999999"`, true}, {"1" + strings.Repeat("0", 100), `"1` + strings.Repeat("0", 100) + `"`, true},
		{strings.Repeat("9", 64), strings.Repeat("9", 64), false},
		{"1.0", `1.0`, false}, {"1.", `1.0`, false}, {".5", `0.5`, false}, {"-.5", `-0.5`, true}, {"+0x1F", `"+0x1F"`, true}, {"0x1_F", `"0x1_F"`, true}, {"0x10000000000000000", `"0x10000000000000000"`, true}, {"=", `"="`, true}, {"<<", `"<<"`, true}, {"2026-09-14 01:02:03", `"2026-09-14 01:02:03"`, false}, {"+1", `1`, false}, {"-0", `0`, false}, {"-0.0", `-0.0`, false},
		{"1.2.3", `"1.2.3"`, false}, {"2026-09-14", `"2026-09-14"`, false}, {"1 2", `"1 2"`, false}, {"+", `"+"`, false}, {".", `"."`, false},
		{"true", `true`, false}, {"TRUE", `true`, false}, {"tRUE", `"tRUE"`, false}, {"False", `false`, false},
		{"~", `null`, false}, {"", `null`, false}, {"NULL", `null`, false}, {"nULL", `"nULL"`, false},
		{"!!str 12", `"12"`, false}, {"!!str", `""`, false}, {"!!int 12", `12`, false}, {"!!float 1.5", `1.5`, false}, {"!!bool true", `true`, false}, {"!!null ~", `null`, false},
		{"'012'", `"012"`, false}, {`"yes"`, `"yes"`, false}, {"|-\n    on", `"on"`, false}, {">-\n    1e5", `"1e5"`, false},
	}
	for _, tt := range tests {
		t.Run(tt.plain, func(t *testing.T) {
			t.Parallel()
			doc := readYAML(t, "model: {name: x}\nmetadata:\n  k: "+tt.plain+"\n")
			v, _ := doc.Card.Metadata.Get("k")
			if got := string(appendJSON(nil, v)); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			var want []Problem
			if tt.warns {
				want = []Problem{{Pointer: "/metadata/k", Line: 3, Column: 6, Code: "yaml11", Hint: hintPlainText}}
			}
			checkProblems(t, want, doc.Warnings)
		})
	}
}

func TestReadYAMLWarnsOfKeys(t *testing.T) {
	t.Parallel()
	doc := readYAML(t, "model: {name: x}\nmetadata:\n  on: 1\n  'off': 2\n")
	checkProblems(t, []Problem{{Pointer: "/metadata/on", Line: 3, Column: 3, Code: "yaml11", Hint: hintPlainText}}, doc.Warnings)
}

func TestReadYAMLReadsLayouts(t *testing.T) {
	t.Parallel()
	want := readYAML(t, "model: {name: x, description: \"a\\nb\", tags: [a, b]}").Card.Digest()
	for _, src := range []string{
		"\uFEFFmodel: {name: x, description: \"a\\nb\", tags: [a, b]}",
		"---\nmodel:\n  name: x\n  description: |\n    a\n    b\n  tags:\n  - a\n  - b\n...\n",
		"# comment\nmodel:\r\n  tags: [a, # one\r\n    b]\r\n  description: |\r\n    a\r\n    b\r\n  name: 'x'\r\n",
		"# c\n\n%YAML 1.2 # c\n---\nmodel: {\"tags\": [\"a\",\"b\"], \"description\": \"\\na\\nb\\n\\n\", \"name\": \" x \"}",
		"kind: ModelCard\napiVersion: mcg/v1\nmodel: {? name : x, description: \"a\\r\\nb\", tags: !!seq [a, b]}\nmetadata: {}\ntraining: {hyperparameters: {}}\nsections: []\n",
		"model: {name: &x x, description: \"a\\rb\", tags: [a, b]}\ncontact: {}\n",
	} {
		if got := readYAML(t, src).Card.Digest(); got != want {
			t.Errorf("%q has digest %s, want %s", src, got, want)
		}
	}
}

func TestReadYAMLCountsCharacters(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("model:\n  name: x\nmetadata:\n")
	for i := range 5000 {
		switch i % 3 {
		case 0:
			b.WriteString("# comment 😀\t\n")
		case 1:
			b.WriteString("\t\n")
		default:
			b.WriteString("\n")
		}
	}
	line := 3 + 5000 + 1
	fmt.Fprintf(&b, "  \"😀é\"\t:\t[\"👩‍👩‍👧\",\tyes]\n")
	doc := readYAML(t, b.String())
	// Two spaces, the key's four, a tab, a colon, a tab, the list's bracket, seven for the
	// quoted family of five code points, a comma and a tab stand before it.
	checkProblems(t, []Problem{{Pointer: "/metadata/😀é/1", Line: line, Column: 20, Code: "yaml11", Hint: hintPlainText}}, doc.Warnings)
	for pointer, column := range map[string]int{"/metadata/😀é": 10, "/metadata/😀é/0": 11, "/metadata/😀é/1": 20} {
		if l, c := doc.Position(pointer); l != line || c != column {
			t.Errorf("%s stands at %d:%d, want %d:%d", pointer, l, c, line, column)
		}
	}
}
