package render

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/piprate/json-gold/ld"
	"pgregory.net/rapid"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// noNetwork refuses every document that a processor wants to load.
type noNetwork struct{}

func (noNetwork) LoadDocument(u string) (*ld.RemoteDocument, error) {
	return nil, errors.New("the document needs the network: " + u)
}

func ldOptions() *ld.JsonLdOptions {
	o := ld.NewJsonLdOptions("")
	o.DocumentLoader = noNetwork{}
	return o
}

func writtenJSONLD(t testing.TB, c *card.Card) (document map[string]any, losses []Loss) {
	t.Helper()
	out, losses, err := writeJSONLD(c)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(out, &document); err != nil {
		t.Fatal(err)
	}
	return document, losses
}

func TestJSONLDExpands(t *testing.T) {
	t.Parallel()
	document, _ := writtenJSONLD(t, example(t))
	expanded, err := ld.NewJsonLdProcessor().Expand(document, ldOptions())
	if err != nil || len(expanded) != 1 {
		t.Fatalf("%d nodes, %v", len(expanded), err)
	}
	model := expanded[0].(map[string]any)
	want := map[string]string{
		"@type":                                          `["https://w3id.org/fair4ml#MLModel"]`,
		"http://schema.org/name":                         `[{"@value":"Acme Sentiment"}]`,
		"http://schema.org/identifier":                   `[{"@value":"acme/sentiment"}]`,
		"http://schema.org/codeRepository":               `[{"@id":"https://example.com/acme/sentiment"}]`,
		"http://schema.org/inLanguage":                   `[{"@value":"en"}]`,
		"https://w3id.org/fair4ml#sharedBy":              `[{"http://schema.org/name":[{"@value":"Acme Open Models"}]}]`,
		"https://w3id.org/fair4ml#mlTask":                `[{"@value":"text-classification"}]`,
		"https://w3id.org/fair4ml#fineTunedFrom":         `[{"@type":["https://w3id.org/fair4ml#MLModel"],"http://schema.org/identifier":[{"@value":"distilbert/distilbert-base-uncased"}]}]`,
		"https://w3id.org/codemeta/referencePublication": `[{"@id":"https://example.com/papers/acme-sentiment.pdf"}]`,
	}
	for iri, value := range want {
		got, err := json.Marshal(model[iri])
		if err != nil || string(got) != value {
			t.Errorf("%s is %s, want %s", iri, got, value)
		}
	}
	for iri := range model {
		if !strings.HasPrefix(iri, "http") && iri != "@type" {
			t.Errorf("the property %s has no IRI", iri)
		}
	}
}

// Nothing is dropped on the way: what a processor expands, and compacts by the
// same context, is the document again.
func TestJSONLDDropsNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		out, _, err := writeJSONLD(drawCard(t))
		if err != nil {
			t.Fatal(err)
		}
		var document map[string]any
		if err := json.Unmarshal(out, &document); err != nil {
			t.Fatal(err)
		}
		expanded, err := ld.NewJsonLdProcessor().Expand(document, ldOptions())
		if err != nil {
			t.Fatal(err)
		}
		compacted, err := ld.NewJsonLdProcessor().Compact(expanded, map[string]any{"@context": document["@context"]}, ldOptions())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(withoutSingleLists(document), withoutSingleLists(compacted)); diff != "" {
			t.Fatalf("dropped (-) or added (+):\n%s\n%s", diff, out)
		}
	})
}

// withoutSingleLists has single values in place of lists of one: to JSON-LD
// they are the same.
func withoutSingleLists(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key := range v {
			v[key] = withoutSingleLists(v[key])
		}
	case []any:
		for i := range v {
			v[i] = withoutSingleLists(v[i])
		}
		if len(v) == 1 {
			return v[0]
		}
	}
	return v
}

// A file name is no address, and a reference to it would be taken for one.
func TestJSONLDLink(t *testing.T) {
	t.Parallel()
	for in, reference := range map[string]bool{
		"https://example.com/a": true, "http://example.com": true,
		"LICENSE": false, "example.com/a": false, "ftp://example.com": false, "https://": false, "https://example.com/a b": false, "": false,
	} {
		if _, got := jsonldLink(in).(*card.Map); got != reference {
			t.Errorf("%q is a reference: %v", in, got)
		}
	}
}

func TestJSONLDLosses(t *testing.T) {
	t.Parallel()
	doc, err := card.ReadYAML([]byte(`
model: {name: A, base_model: a/b, base_model_relation: adapter, license: mit, summary: {not_applicable: short}}
intended_use: {users: {not_applicable: nobody}, overview: x}
training: {procedure: p, regime: r}
evaluation:
  datasets: [{name: d, split: dev, graphics: {description: g}}]
  results: [{dataset: {type: d, config: c}, metrics: [{type: t, value: [1], threshold: 1}]}]
considerations: {fairness: [{}]}
sections: [{title: t}]
`))
	if err != nil {
		t.Fatal(err)
	}
	_, losses := writtenJSONLD(t, doc.Card)
	want := []string{
		"/evaluation/datasets/0/graphics", "/evaluation/datasets/0/split", "/evaluation/results/0/dataset/config",
		"/evaluation/results/0/metrics/0/threshold", "/evaluation/results/0/metrics/0/value", "/intended_use/users",
		"/model/base_model_relation", "/model/summary", "/sections", "/training",
	}
	if diff := cmp.Diff(want, pointersOf(losses)); diff != "" {
		t.Errorf("losses (-want +got):\n%s", diff)
	}
}

// Every term of the context is used by some card, so that the context is no
// longer than it has to be.
func TestJSONLDContext(t *testing.T) {
	t.Parallel()
	document, _ := writtenJSONLD(t, example(t))
	context := document["@context"].(map[string]any)
	if len(context) != len(fair4mlTerms)+3 {
		t.Errorf("the context has %d terms: %v", len(context), slices.Sorted(maps.Keys(context)))
	}
	source := new(bytes.Buffer)
	for _, f := range cardFields() {
		for _, value := range f.samples() {
			_, body, _ := bytes.Cut(mustRender(t, "jsonld", cardWith(t, f, value)), []byte(`"@type"`))
			source.Write(body)
		}
	}
	for _, term := range fair4mlTerms {
		if !strings.Contains(source.String(), `"`+term+`"`) {
			t.Errorf("no card uses %s", term)
		}
	}
}
