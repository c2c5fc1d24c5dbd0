package card

import (
	"bytes"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"
)

const hintID = "write namespace/name; each begins with a letter or digit and has letters, digits, dots, hyphens and underscores, 96 at most"

func TestReadRefusesWhatIsNoCard(t *testing.T) {
	t.Parallel()
	one := func(name, src string, p Problem) refused { return refused{name, src, Invalid, []Problem{p}} }
	metric := func(s string) string { return "model: {name: x}\nevaluation: {results: [{metrics: [" + s + "]}]}" }
	const inMetric = "/evaluation/results/0/metrics/0"
	checkRefused(t, ReadYAML, []refused{
		one("list", "- a", Problem{Line: 1, Column: 1, Code: "wrong_type"}),
		one("text", "\n a\n", Problem{Line: 2, Column: 2, Code: "wrong_type"}),
		one("null", "---\n~\n", Problem{Line: 2, Column: 1, Code: "wrong_type", Hint: "leave the key out, or give it a value"}),
		one("no model", "\nkind: ModelCard", Problem{Line: 2, Column: 1, Code: "required", Hint: "add model"}),
		one("no name", "model: {}", Problem{Pointer: "/model", Line: 1, Column: 8, Code: "required", Hint: "add model.name"}),
		one("blank name", "model: {name: ' '}", Problem{Pointer: "/model", Line: 1, Column: 8, Code: "required", Hint: "add model.name, or name the card from outside"}),
		{"misspelt name", "model: {nme: x}", Invalid, []Problem{
			{Pointer: "/model", Line: 1, Column: 8, Code: "required", Hint: "add model.name"},
			{Pointer: "/model/nme", Line: 1, Column: 9, Code: "unknown_key", Hint: `did you mean "name"?`},
		}},
		{"several", "model: {name: x, licnse: mit, version: 1.0}\nfoo: 1\n", Invalid, []Problem{
			{Pointer: "/model/licnse", Line: 1, Column: 18, Code: "unknown_key", Hint: `did you mean "license"?`},
			{Pointer: "/model/version", Line: 1, Column: 40, Code: "wrong_type", Hint: `write it as text: "1.0"`},
			{Pointer: "/foo", Line: 2, Column: 1, Code: "unknown_key", Hint: "free keys have their place in metadata and sections"},
		}},
		one("camel case", "model: {name: x, licenseName: y}", Problem{Pointer: "/model/licenseName", Line: 1, Column: 18, Code: "unknown_key", Hint: `did you mean "license_name"?`}),
		one("key with a slash", "model: {name: x, a/b~c: y}", Problem{Pointer: "/model/a~1b~0c", Line: 1, Column: 18, Code: "unknown_key", Hint: "free keys have their place in metadata and sections"}),
		one("key in emissions", "model: {name: x}\nenvironment: {co2_eq_emissions: {emission: 1}}", Problem{Pointer: "/environment/co2_eq_emissions/emission", Line: 2, Column: 34, Code: "unknown_key", Hint: `did you mean "emissions"?`}),
		one("version of the format", "apiVersion: mcg/v2\nmodel: {name: x}", Problem{Pointer: "/apiVersion", Line: 1, Column: 13, Code: "not_allowed"}),
		one("kind", "kind: Card\nmodel: {name: x}", Problem{Pointer: "/kind", Line: 1, Column: 7, Code: "not_allowed"}),
		one("null for a text", "model: {name: x, license: }", Problem{Pointer: "/model/license", Line: 1, Column: 27, Code: "wrong_type", Hint: "leave the key out, or give it a value"}),
		one("boolean for a text", "model: {name: true}", Problem{Pointer: "/model/name", Line: 1, Column: 15, Code: "wrong_type", Hint: `write it as text: "true"`}),
		one("list for a text", "model: {name: [x]}", Problem{Pointer: "/model/name", Line: 1, Column: 15, Code: "wrong_type"}),
		one("text for a list", "model: {name: x, tags: a}", Problem{Pointer: "/model/tags", Line: 1, Column: 24, Code: "wrong_type"}),
		one("number in a list", "model: {name: x, tags: [a, 1]}", Problem{Pointer: "/model/tags/1", Line: 1, Column: 28, Code: "wrong_type", Hint: `write it as text: "1"`}),
		one("mapping for one or many", "model: {name: x, language: {a: b}}", Problem{Pointer: "/model/language", Line: 1, Column: 28, Code: "wrong_type"}),
		one("number in one or many", "model: {name: x, language: [1]}", Problem{Pointer: "/model/language/0", Line: 1, Column: 29, Code: "wrong_type", Hint: `write it as text: "1"`}),
		one("lines where one is wanted", "model: {name: x, license: \"a\\nb\"}", Problem{Pointer: "/model/license", Line: 1, Column: 27, Code: "not_one_line", Hint: "write it on one line"}),
		one("lines in one or many", "model: {name: x, language: \"a\\rb\"}", Problem{Pointer: "/model/language", Line: 1, Column: 28, Code: "not_one_line", Hint: "write it on one line"}),
		one("identifier", "model: {id: a b}", Problem{Pointer: "/model/id", Line: 1, Column: 13, Code: "bad_id", Hint: hintID}),
		one("identifier in three parts", "model: {id: a/b/c}", Problem{Pointer: "/model/id", Line: 1, Column: 13, Code: "bad_id", Hint: hintID}),
		one("number in quotes", "model: {name: x}\ntechnical: {parameters: '5'}", Problem{Pointer: "/technical/parameters", Line: 2, Column: 25, Code: "wrong_type", Hint: "write a number, without quotes and unit"}),
		one("less than nothing", "model: {name: x}\ntechnical: {parameters: -5}", Problem{Pointer: "/technical/parameters", Line: 2, Column: 25, Code: "out_of_range"}),
		one("text for emissions", "model: {name: x}\nenvironment: {co2_eq_emissions: much}", Problem{Pointer: "/environment/co2_eq_emissions", Line: 2, Column: 33, Code: "wrong_type", Hint: "write a number, without quotes and unit"}),
		one("negative emissions", "model: {name: x}\nenvironment: {co2_eq_emissions: -1.5}", Problem{Pointer: "/environment/co2_eq_emissions", Line: 2, Column: 33, Code: "out_of_range"}),
		one("text for yes or no", "model: {name: x}\ncompliance: {gdpr: {personal_data: no}}", Problem{Pointer: "/compliance/gdpr/personal_data", Line: 2, Column: 36, Code: "wrong_type"}),
		one("word that is not on the list", "model: {name: x}\ntechnical: {approach: magic}", Problem{Pointer: "/technical/approach", Line: 2, Column: 23, Code: "not_allowed"}),
		one("metric without a value", metric("{type: a}"), Problem{Pointer: inMetric, Line: 2, Column: 35, Code: "required", Hint: "add value"}),
		one("metric of nothing", metric("{}"), Problem{Pointer: inMetric, Line: 2, Column: 35, Code: "required", Hint: "add type, value"}),
		one("result without metrics", "model: {name: x}\nevaluation: {results: [{}]}", Problem{Pointer: "/evaluation/results/0", Line: 2, Column: 24, Code: "required", Hint: "add metrics"}),
		one("picture", "model: {name: x}\ntraining: {datasets: [{graphics: {collection: [{image: 'a-b'}]}}]}", Problem{Pointer: "/training/datasets/0/graphics/collection/0/image", Line: 2, Column: 56, Code: "bad_image", Hint: "embed it with base64 -w0"}),
		one("text for metadata", "model: {name: x}\nmetadata: a", Problem{Pointer: "/metadata", Line: 2, Column: 11, Code: "wrong_type"}),
		one("list of texts for metadata", "model: {name: x}\nmetadata: [a]", Problem{Pointer: "/metadata/0", Line: 2, Column: 12, Code: "wrong_type"}),
		one("pair without a key", "model: {name: x}\nmetadata: [{value: a}]", Problem{Pointer: "/metadata/0", Line: 2, Column: 12, Code: "required", Hint: "add key"}),
		{"pair twice", "model: {name: x}\nmetadata: [{key: a}, {key: a, value: 1}]", Unreadable, []Problem{{Pointer: "/metadata/a", Line: 2, Column: 28, Code: "duplicate_key", Hint: "keep one of them"}}},
		{"not applicable without a reason", "model: {name: x, license: {not_applicable: }}", Unreadable, []Problem{{Pointer: "/model/license", Line: 1, Column: 28, Code: "no_reason", Hint: "say in a sentence why the field does not apply"}}},
		{"not applicable: true", "model: {name: x, license: {not_applicable: true}}", Unreadable, []Problem{{Pointer: "/model/license", Line: 1, Column: 28, Code: "no_reason", Hint: "say in a sentence why the field does not apply"}}},
		{"not applicable with a list", "model: {name: x, license: {not_applicable: [a]}}", Unreadable, []Problem{{Pointer: "/model/license", Line: 1, Column: 28, Code: "no_reason", Hint: "say in a sentence why the field does not apply"}}},
		one("not applicable at an unknown key", "model: {name: x}\ntraining: {dta: {not_applicable: foo}}", Problem{Pointer: "/training/dta", Line: 2, Column: 17, Code: "unknown_key", Hint: "not_applicable stands in the place of a known field"}),
		one("not applicable name", "model: {id: x, name: {not_applicable: foo}}", Problem{Pointer: "/model/name", Line: 1, Column: 22, Code: "required", Hint: "leave it out instead"}),
		one("not applicable value of a metric", metric("{type: a, value: {not_applicable: r}}"), Problem{Pointer: inMetric, Line: 2, Column: 35, Code: "required", Hint: "add value"}),
		one("not applicable list entry", "model: {name: x, tags: [{not_applicable: r}]}", Problem{Pointer: "/model/tags/0", Line: 1, Column: 25, Code: "wrong_type"}),
	})
}

func TestSchemaSuggestsEveryMisspelling(t *testing.T) {
	t.Parallel()
	for place, keys := range schemaKeys() {
		for _, key := range keys {
			if len(key) < 5 {
				continue
			}
			for _, wrong := range []string{strings.ToUpper(key), strings.ReplaceAll(key, "_", "-"), key + "s"} {
				if got := closestKey(SchemaID+"#"+place, wrong); got != key && !strings.HasSuffix(key, "s") {
					t.Errorf("%s: %q is meant by %q, we say %q", place, key, wrong, got)
				}
			}
		}
	}
}

var publishedSchema = sync.OnceValue(func() *jsonschema.Schema {
	resource, err := jsonschema.UnmarshalJSON(bytes.NewReader(SchemaJSON()))
	if err != nil {
		panic(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource(SchemaID, resource); err != nil {
		panic(err)
	}
	return c.MustCompile(SchemaID)
})

// validate holds a JSON document against the published schema.
func validate(src []byte) error {
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(src))
	if err != nil {
		return err
	}
	return publishedSchema().Validate(v)
}

// TestNotApplicable declares each field of the document not applicable, one
// after the other: the published schema and the reader must agree on it, and
// the reason must survive.
func TestNotApplicable(t *testing.T) {
	t.Parallel()
	accepted := 0
	for _, pointer := range fieldPointers(reflect.TypeFor[Card](), nil) {
		src := documentWith(pointer, `{"not_applicable": " not\nhere "}`)
		doc, err := ReadJSON([]byte(src))
		free := pointer[0] == "metadata" || pointer[len(pointer)-1] == "value" // to JSON Schema any mapping will do there
		if published := validate([]byte(src)); (published == nil) != (err == nil || free) {
			t.Errorf("%s: the published schema says %v, the reader says %v", Pointer(pointer...), published, err)
		}
		if err != nil {
			continue
		}
		accepted++
		if got := doc.Card.NotApplicable[Pointer(pointer...)]; got != "not here" {
			t.Errorf("%s: got reason %q", Pointer(pointer...), got)
		}
		again := readJSON(t, string(doc.Card.Canonical()))
		if got := again.Card.NotApplicable[Pointer(pointer...)]; got != "not here" || again.Card.Digest() != doc.Card.Digest() {
			t.Errorf("%s: the canonical form %s reads back with %v", Pointer(pointer...), doc.Card.Canonical(), again.Card.NotApplicable)
		}
	}
	if accepted < 150 {
		t.Errorf("only %d fields can be not applicable", accepted)
	}
}

// fieldPointers lists the fields of a type at any depth; lists are entered at
// their second entry.
func fieldPointers(t reflect.Type, at []string) [][]string {
	if t == reflect.TypeFor[*Map]() {
		if at[len(at)-1] != "answers" {
			return nil // free keys are the team's own
		}
		return [][]string{append(at[:len(at):len(at)], "annex.1/a~")}
	}
	var pointers [][]string
	switch t.Kind() {
	case reflect.Pointer:
		return fieldPointers(t.Elem(), at)
	case reflect.Slice:
		return fieldPointers(t.Elem(), append(at[:len(at):len(at)], "1"))
	case reflect.Struct:
		if t == reflect.TypeFor[OneOrMany]() {
			return nil
		}
		for _, f := range fieldsOf(t) {
			below := slices.Concat(at, []string{f.name})
			pointers = append(pointers, below)
			pointers = append(pointers, fieldPointers(t.Field(f.index).Type, below)...)
		}
	}
	return pointers
}

// documentWith is a document that has a value at a pointer, and what is
// required on the way to it.
func documentWith(pointer []string, value string) string {
	required := map[string]string{
		"results": `"metrics": []`, "metrics": `"type": "a", "value": 1`, "references": `"url": "a"`, "confidence_interval": `"lower_bound": 1, "upper_bound": 2`,
		"energy": `"activity": "training", "kwh": 1`, "providers": `"organization": "a", "source": "wind", "kwh": 1`, "others": `"citation": "a"`,
		"sections": `"title": "a"`, "sources": `"type": "a"`, "source": `"url": "a"`, "model": `"name": "x"`,
	}
	for i := len(pointer) - 1; i >= 0; i-- {
		key := pointer[i]
		var siblings string
		if i > 0 {
			siblings = required[pointer[i-1]]
			if pointer[i-1] == "1" && i > 1 {
				siblings = required[pointer[i-2]]
			}
		} else if key != "model" {
			siblings = `"model": {"name": "x"}`
		}
		switch {
		case key == "1":
			entry := required[pointer[i-1]]
			value = "[{" + entry + "}, " + value + "]"
			continue
		case strings.Contains(siblings, `"`+key+`":`):
			siblings = without(siblings, key)
		}
		if siblings != "" {
			siblings = ", " + siblings
		}
		value = "{" + string(appendString(nil, key)) + ": " + value + siblings + "}"
	}
	return value
}

func without(siblings, key string) string {
	var kept []string
	for s := range strings.SplitSeq(siblings, ", ") {
		if !strings.HasPrefix(s, `"`+key+`":`) {
			kept = append(kept, s)
		}
	}
	return strings.Join(kept, ", ")
}

// The schema and the types say the same of which fields there are.
func TestSchemaHasTheFieldsOfTheTypes(t *testing.T) {
	t.Parallel()
	keys := schemaKeys()
	seen := map[reflect.Type]bool{}
	var check func(typ reflect.Type, place string)
	check = func(typ reflect.Type, place string) {
		if typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice {
			check(typ.Elem(), place)
			return
		}
		if typ.Kind() != reflect.Struct || typ == reflect.TypeFor[Map]() || typ == reflect.TypeFor[OneOrMany]() || seen[typ] {
			return
		}
		seen[typ] = true
		var names []string
		for _, f := range fieldsOf(typ) {
			names = append(names, f.name)
			below := "/$defs/" + typ.Field(f.index).Type.Name()
			if ft := typ.Field(f.index).Type; ft.Kind() == reflect.Pointer || ft.Kind() == reflect.Slice {
				below = "/$defs/" + ft.Elem().Name()
			}
			if typ.Field(f.index).Type == reflect.TypeFor[*Emissions]() {
				below = place + "/properties/" + f.name
			}
			check(typ.Field(f.index).Type, below)
		}
		known := map[string]bool{}
		for _, k := range keys[place] {
			known[k] = true
		}
		for _, n := range names {
			if !known[n] {
				t.Errorf("%s: the schema does not know %s", typ, n)
			}
		}
		if len(names) != len(known) {
			t.Errorf("%s has %d fields, the schema at %s knows %d", typ, len(names), place, len(known))
		}
	}
	check(reflect.TypeFor[Card](), "")
	if len(seen) < 30 {
		t.Errorf("saw %d types", len(seen))
	}
}

func TestPatternsAgreeWithTheirRegularExpressions(t *testing.T) {
	t.Parallel()
	for pattern := range patterns {
		if !bytes.Contains(readSchemaJSON, appendString(nil, pattern)) {
			t.Errorf("the schema does not have the pattern %s", pattern)
		}
		want := regexp.MustCompile(pattern)
		got, err := compilePattern(pattern)
		if err != nil || got.String() != pattern {
			t.Fatalf("got %v, %v", got, err)
		}
		rapid.Check(t, func(t *rapid.T) {
			s := rapid.StringOfN(rapid.SampledFrom([]rune("aZ09+/=-_ \t\n\r\f\vé")), 0, 8, -1).Draw(t, "s")
			if got.MatchString(s) != want.MatchString(s) {
				t.Errorf("%s says %t of %q", pattern, !got.MatchString(s), s)
			}
		})
	}
}
