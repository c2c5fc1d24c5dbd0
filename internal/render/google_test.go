package render

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// googleSchema compiles a schema of the toolkit. The toolkit validates without
// a checker of formats, so that a date such as 2020/02/02 passes; so do we.
func googleSchema(t testing.TB, version string) *jsonschema.Schema {
	t.Helper()
	src, err := os.ReadFile(filepath.Join("testdata", "mct", "model_card.v"+version+".schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	resource, err := jsonschema.UnmarshalJSON(bytes.NewReader(src))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	for _, format := range []string{"date", "uri"} {
		c.RegisterFormat(&jsonschema.Format{Name: format, Validate: func(any) error { return nil }})
	}
	if err := c.AddResource("mct.json", resource); err != nil {
		t.Fatal(err)
	}
	return c.MustCompile("mct.json")
}

func validate(schema *jsonschema.Schema, src []byte) error {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(src))
	if err != nil {
		return err
	}
	return schema.Validate(value)
}

func TestGoogleGoldenIsValid(t *testing.T) {
	t.Parallel()
	golden, err := os.ReadFile(filepath.Join("testdata", "golden", "sentiment-google.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := validate(googleSchema(t, "0.0.2"), golden); err != nil {
		t.Error(err)
	}
	if err := validate(googleSchema(t, "0.0.1"), golden); err == nil {
		t.Error("schema 0.0.1 allows it too, so that the test shows nothing")
	}
}

func changedFields(from, to *card.Card) []string {
	var pointers []string
	for _, change := range card.Diff(from, to) {
		pointers = append(pointers, change.Pointer)
	}
	slices.Sort(pointers)
	return pointers
}

func pointersOf(losses []Loss) []string {
	var pointers []string
	for _, l := range losses {
		pointers = append(pointers, l.Pointer)
	}
	slices.Sort(pointers)
	return pointers
}

// What the toolkit has a place for comes back, whatever the losses say.
func TestGoogleCarries(t *testing.T) {
	t.Parallel()
	doc, err := card.ReadYAML([]byte(googleWhole))
	if err != nil {
		t.Fatal(err)
	}
	out, losses, err := writeGoogle(doc.Card)
	if err != nil || len(losses) > 0 {
		t.Errorf("losses %v, %v\n%s", losses, err, out)
	}
	back, _, err := ReadGoogle(out, "")
	if err != nil {
		t.Fatal(err)
	}
	if changes := card.Diff(doc.Card, back.Card); len(changes) > 0 {
		t.Errorf("changed: %v\n%s", changes, out)
	}
}

// googleWhole is a card with every field that the toolkit has a place for.
const googleWhole = `
model:
  name: Cats
  version: "1.0"
  date: 2026-11-24
  changes: first
  summary: sorts cats
  documentation: all about it
  owners: [{name: Ada, contact: ada@example.com}]
  license: apache-2.0
  license_text: and be kind
  references: [{url: "https://example.com"}]
  path: models/cats
intended_use: {users: [people], use_cases: [sorting]}
training:
  datasets:
    - {id: imdb, description: films, sensitive_data: [age], graphics: {description: d, collection: [{name: n, image: AAAA}]}}
    - {name: a test of training, link: "https://example.com/data"}
evaluation:
  datasets: [{id: acme/cats, name: Cats}, {name: held-out test}, {}]
  graphics: {collection: [{image: AAAA}]}
  results:
    - metrics:
        - {type: accuracy, value: 0.9, slice: all, confidence_interval: {lower_bound: 0.85, upper_bound: 0.95}}
        - {type: speed, value: fast}
considerations:
  limitations: [dogs]
  tradeoffs: [speed]
  ethical: [{name: unfair to dogs, mitigation: none}]
technical:
  architecture: CNN
  inputs: [{format: image/png}, {name: size, format: integer}]
  outputs: [{name: label, format: text}, {format: number}]
citation: {text: t, bibtex: "@misc{a}", apa: Ada, others: [{style: MLA, citation: m}]}
`

func TestReadGoogle(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, in string
		want     map[string]string // pointer -> text
		losses   []string
	}{
		{"licence of 0.0.1", `{"model_details":{"name":"A","license":"Apache-2.0"}}`, map[string]string{"/model/license": "apache-2.0"}, nil},
		{"licence of 0.0.1 in words", `{"model_details":{"name":"A","license":"ask us"}}`, map[string]string{"/model/license_text": "ask us", "/model/license": ""}, nil},
		{"no licence, reference and citation", `{"schema_version":"0.0.1","model_details":{"name":"A"}}`, map[string]string{"/model/name": "A"}, nil},
		{"what the toolkit makes of it", `{"model_details":{"name":"A","licenses":[{"custom_text":"MIT"}]}}`, map[string]string{"/model/license": "mit"}, nil},
		{"identifier that SPDX has not", `{"model_details":{"name":"A","licenses":[{"identifier":"proprietary"}]}}`, map[string]string{"/model/license": "proprietary"}, nil},
		{"two licences", `{"model_details":{"name":"A","licenses":[{"identifier":"MIT"},{"identifier":"ISC"}]}}`, map[string]string{"/model/license": "mit"}, []string{"/model_details/licenses/1/identifier"}},
		{"references of 0.0.1", `{"model_details":{"name":"A","references":["u"]}}`, map[string]string{"/model/references/0/url": "u"}, nil},
		{"citation of 0.0.1", `{"model_details":{"name":"A","citation":"c"}}`, map[string]string{"/citation/text": "c"}, nil},
		{"name that is an identifier", `{"model_details":{"name":"acme/a"}}`, map[string]string{"/model/id": "acme/a", "/model/name": ""}, nil},
		{
			"data of 0.0.1", `{"model_details":{"name":"A"},"model_parameters":{"data":{"eval":{},"train":{"name":"test logs"}}}}`,
			map[string]string{"/training/datasets/0/name": "test logs", "/evaluation/datasets/0/name": "Validation Set"},
			nil,
		},
		{
			"sensitive of 0.0.1", `{"model_details":{"name":"A"},"model_parameters":{"data":{"train":{"sensitive":true},"eval":{"sensitive":false}}}}`,
			map[string]string{"/training/datasets/0/sensitive_data/0": sensitiveUnnamed, "/evaluation/datasets/0/sensitive_data/not_applicable": notSensitive},
			nil,
		},
		{
			"numbers of 0.0.1",
			`{"model_details":{"name":"A"},"quantitative_analysis":{"performance_metrics":[{"type":"a","value":0.9,"threshold":0.5},{"type":"b","confidence_interval":{"lower_bound":1,"upper_bound":2.5}}]}}`,
			map[string]string{
				"/evaluation/results/0/metrics/0/value": "0.9", "/evaluation/results/0/metrics/0/threshold": "0.5",
				"/evaluation/results/0/metrics/1/value": "", "/evaluation/results/0/metrics/1/confidence_interval/upper_bound": "2.5",
			},
			nil,
		},
		{
			"texts of 0.0.2",
			`{"model_details":{"name":"A"},"quantitative_analysis":{"performance_metrics":[{"value":"0.9"},{"value":"012"},{"value":"90 %"},{"threshold":"high"},{"confidence_interval":{"lower_bound":"1","upper_bound":"?"}}]}}`,
			map[string]string{"/evaluation/results/0/metrics/0/value": "0.9", "/evaluation/results/0/metrics/1/value": "012", "/evaluation/results/0/metrics/2/value": "90 %"},
			[]string{
				"/quantitative_analysis/performance_metrics/3/threshold", "/quantitative_analysis/performance_metrics/4/confidence_interval/lower_bound",
				"/quantitative_analysis/performance_metrics/4/confidence_interval/upper_bound",
			},
		},
		{"lists of 0.0.1", `{"model_details":{"name":"A"},"considerations":{"users":["u"],"tradeoffs":[{"description":"t"}]}}`, map[string]string{"/intended_use/users/0": "u", "/considerations/tradeoffs/0": "t"}, nil},
		{
			"pictures", `{"model_details":{"name":"A"},"quantitative_analysis":{"graphics":{"collection":[{"image":"data:image/jpeg;base64, AAAA"},{"image":"{image_bytes}"}]}}}`,
			map[string]string{"/evaluation/graphics/collection/0/image": "AAAA", "/evaluation/graphics/collection/0/content_type": "image/jpeg"},
			[]string{"/quantitative_analysis/graphics/collection/1/image"},
		},
		{
			"keys of others", `{"model_details":{"name":"A","zebra":{"a":1},"owners":[{"role":"boss"}]},"considerations":{"a/b":[]}}`,
			map[string]string{"/model/name": "A"},
			[]string{"/considerations/a~1b", "/model_details/owners/0/role", "/model_details/zebra"},
		},
		{"null is nothing", `{"model_details":{"name":"A","owners":null,"version":null,"overview":null}}`, map[string]string{"/model/name": "A"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			doc, losses, err := ReadGoogle([]byte(tt.in), "")
			if err != nil {
				t.Fatal(err)
			}
			for pointer, want := range tt.want {
				if got := at(doc.Card.Tree(), pointer); got != want {
					t.Errorf("%s = %q, want %q", pointer, got, want)
				}
			}
			if diff := cmp.Diff(tt.losses, pointersOf(losses)); diff != "" {
				t.Errorf("losses (-want +got):\n%s", diff)
			}
		})
	}
}

// Both versions of one document give one card.
func TestReadGoogleVersionsAgree(t *testing.T) {
	t.Parallel()
	before := `{"schema_version":"0.0.1","model_details":{"name":"A","license":"MIT","references":["r"],"citation":"c"},
		"model_parameters":{"data":{"train":{"graphics":{}},"eval":{"link":"l"}}},
		"quantitative_analysis":{"performance_metrics":[{"type":"a","value":0.5,"threshold":0.5,"confidence_interval":{"lower_bound":0.25,"upper_bound":1}}]},
		"considerations":{"users":["u"],"use_cases":["c"],"limitations":["l"],"tradeoffs":["t"]}}`
	after := `{"schema_version":"0.0.2","model_details":{"name":"A","licenses":[{"custom_text":"MIT"}],"references":[{"reference":"r"}],"citations":[{"citation":"c"}]},
		"model_parameters":{"data":[{"name":"Training Set","graphics":{}},{"name":"Validation Set","link":"l"}]},
		"quantitative_analysis":{"performance_metrics":[{"type":"a","value":"0.5","threshold":"0.5","confidence_interval":{"lower_bound":"0.25","upper_bound":"1"}}]},
		"considerations":{"users":[{"description":"u"}],"use_cases":[{"description":"c"}],"limitations":[{"description":"l"}],"tradeoffs":[{"description":"t"}]}}`
	var cards []*card.Card
	for version, src := range map[string]string{"0.0.1": before, "0.0.2": after} {
		if err := validate(googleSchema(t, version), []byte(src)); err != nil {
			t.Fatal(err)
		}
		doc, losses, err := ReadGoogle([]byte(src), "")
		if err != nil || len(losses) > 0 {
			t.Fatal(err, losses)
		}
		cards = append(cards, doc.Card)
	}
	if changes := card.Diff(cards[0], cards[1]); len(changes) > 0 {
		t.Errorf("they differ: %v", changes)
	}
}

func TestReadGoogleRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, in, want string }{
		{"not JSON", "{\n  \"model_details\": {\"name\": 'A'}\n}", `2:29: JSON: '\'' where a value is wanted`},
		{"not an object", `[]`, "1:1: a list where an object is wanted"},
		{"wrong type", "{\"model_details\":\n  {\"name\": 5}}", "2:12: /model_details/name: a number where text is wanted"},
		{"wrong type in a list", "{\"model_details\": {\"name\": \"A\", \"owners\": [{}, true]}}", "1:48: /model_details/owners/1: true or false where an object is wanted"},
		{"no list", `{"considerations": {"users": "all"}}`, "1:30: /considerations/users: text where a list is wanted"},
		{"version", `{"schema_version": "0.0.4"}`, "1:20: /schema_version: the versions of the schema that can be read are 0.0.1 and 0.0.2"},
		{"unknown section", `{"model_details": {"name": "A"}, "fairness_analysis": {}}`, "1:55: /fairness_analysis: the Model Card Toolkit's schema has no such key"},
		{"nameless", `{"model_details": {}}`, "nothing in the document names the model"},
		{"key twice", `{"model_details": {}, "model_details": {}}`, `key "model_details" stands here a second time`},
		{"a card over the limits", "{\"model_details\": {\"name\": \"A\"},\n\"quantitative_analysis\": {\"performance_metrics\": [{}" + strings.Repeat(",{}", 5000) + "]}}", "the document has more than 20000 values"},
		{"threshold", `{"quantitative_analysis": {"performance_metrics": [{"threshold": []}]}}`, "/threshold: a list where a number is wanted"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, _, err := ReadGoogle([]byte(tt.in), "")
			var refused *card.Error
			if !errors.As(err, &refused) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

// Everything wrong is told at once, and a name from outside is enough.
func TestReadGoogleTellsAll(t *testing.T) {
	t.Parallel()
	_, _, err := ReadGoogle([]byte(`{"model_details": {"name": 1, "overview": 2}, "x": 3}`), "")
	var refused *card.Error
	if !errors.As(err, &refused) || len(refused.Problems) != 3 || refused.Kind != card.Invalid {
		t.Errorf("got %v", err)
	}
	doc, _, err := ReadGoogle([]byte(`{"model_details": {}}`), "acme/a")
	if err != nil || doc.Card.Model.ID != "acme/a" {
		t.Errorf("named from outside: %v", err)
	}
}

// A field of the card knows its line in the document.
func TestReadGoogleKnowsItsLines(t *testing.T) {
	t.Parallel()
	doc, _, err := ReadGoogle([]byte("{\"model_details\": {\n\"name\": \"A\",\n\"licenses\": [{\"identifier\":\n\"x\"}]},\n\"considerations\": {\"users\":\n[{\"description\": \"u\"}]}}"), "")
	if err != nil {
		t.Fatal(err)
	}
	for pointer, want := range map[string]int{"/model/name": 2, "/model/license": 4, "/intended_use/users/0": 6} {
		if line, _ := doc.Position(pointer); line != want {
			t.Errorf("%s is on line %d, want %d", pointer, line, want)
		}
	}
}

func TestReadGoogleCorpus(t *testing.T) {
	dir := os.Getenv(corpusVariable)
	if dir == "" {
		t.Skip(corpusVariable + " is not set: no documents of other people to read")
	}
	src, err := os.ReadFile(filepath.Join(dir, "mct", "full.json"))
	if err != nil {
		t.Fatal(err)
	}
	src = bytes.ReplaceAll(src, []byte("{image_bytes}"), []byte("AAAA")) // a placeholder is no picture
	doc, lost, err := Read(src, TypeJSON, "")
	if err != nil || len(lost) > 0 {
		t.Fatal(err, lost)
	}
	out, losses, err := writeGoogle(doc.Card)
	if err != nil || len(losses) > 0 {
		t.Errorf("losses %v, %v", losses, err)
	}
	if err := validate(googleSchema(t, "0.0.2"), out); err != nil {
		t.Error(err)
	}
	assertKept(t, src, out)
}

func FuzzReadGoogle(f *testing.F) {
	f.Add([]byte(`{"schema_version":"0.0.1","model_details":{"name":"A","license":"MIT","references":["r"],"citation":"c"},"model_parameters":{"data":{"train":{"sensitive":true},"eval":{}}}}`))
	f.Add([]byte(`{"model_details":{"name":"a/b","licenses":[{"identifier":"MIT"}],"citations":[{"style":"APA","citation":"c"}]},"quantitative_analysis":{"performance_metrics":[{"value":"0.9"}]}}`))
	f.Add([]byte(`{"model_parameters":{"data":[{"name":"x (evaluation)","link":"https://huggingface.co/datasets/imdb"}],"input_format":"a","input_format_map":[{"key":"k"}]}}`))
	f.Fuzz(func(t *testing.T, src []byte) {
		doc, _, err := ReadGoogle(src, "fuzz/card")
		if err != nil {
			var refused *card.Error
			if !errors.As(err, &refused) {
				t.Fatalf("an error of another kind: %v", err)
			}
			return
		}
		if _, err := card.ReadJSON(doc.Card.Canonical()); err != nil {
			t.Fatalf("the canonical form is refused: %v", err)
		}
		out, losses, err := writeGoogle(doc.Card)
		if err != nil {
			t.Fatal(err)
		}
		back, lost, err := ReadGoogle(out, "")
		if err != nil || len(lost) > 0 {
			t.Fatalf("written again it is refused: %v, %v\n%s", err, lost, out)
		}
		if diff := cmp.Diff(changedFields(doc.Card, back.Card), pointersOf(losses)); diff != "" {
			t.Fatalf("changed fields (-) and losses (+):\n%s", diff)
		}
	})
}
