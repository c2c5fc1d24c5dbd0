package card

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"
	"pgregory.net/rapid"
)

func TestExampleHasOneDigest(t *testing.T) {
	t.Parallel()
	src := readExample(t)
	doc := mustRead(t, ReadYAML, string(src))
	if len(doc.Warnings) > 0 {
		t.Errorf("the example has warnings: %v", doc.Warnings)
	}
	want := doc.Card.Digest()
	root, err := parseYAML(src)
	if err != nil {
		t.Fatal(err)
	}
	asJSON := appendJSON(nil, freeValue(root))
	if got := readJSON(t, string(asJSON)).Card.Digest(); got != want {
		t.Errorf("as JSON its digest is %s, not %s", got, want)
	}
	if err := validate(asJSON); err != nil {
		t.Errorf("the published schema refuses the example: %v", err)
	}
	if got := readJSON(t, string(doc.Card.Canonical())).Card.Digest(); got != want {
		t.Errorf("its canonical form has the digest %s, not %s", got, want)
	}
	if got := Digest(doc.Card.Canonical()); got != want || len(got) != len("sha256:")+64 {
		t.Errorf("got %s", got)
	}
	if got := readYAML(t, "# more\n"+strings.ReplaceAll(string(src), "\n", "\r\n")+"# end").Card.Digest(); got != want {
		t.Errorf("with other line ends its digest is %s, not %s", got, want)
	}
}

func TestDigestSeesWhatIsShown(t *testing.T) {
	t.Parallel()
	digest := func(src string) string { return readYAML(t, "model: {name: x, tags: [a, b]}\n"+src).Card.Digest() }
	same := [][2]string{
		{"contact: {authors: a, contact: b}", "contact: {contact: b, authors: a}"},
		{"contact: {authors: a}\ncitation: {text: b}", "citation: {text: b}\ncontact: {authors: a}"},
		{"metadata: {a: 1, b: 2}", "metadata: [{key: a, value: 1}, {value: 2, key: b}]"},
		{"metadata: {a: }", "metadata: [{key: a}]"},
		{"contact: {authors: a}", "contact: {authors: \"a \\r\\n\", glossary: ''} # comment"},
		{"technical: {parameters: 1e3}", "technical: {parameters: 1000.0}"},
		{"technical: {parameters: 0x10}", "technical: {parameters: 16}"},
		{"compliance: {gdpr: {answers: {a: {not_applicable: r}, b: {not_applicable: r}, c: {not_applicable: r}, d: {not_applicable: r}}}}", "compliance: {gdpr: {answers: {d: {not_applicable: r}, c: {not_applicable: r}, b: {not_applicable: r}, a: {not_applicable: r}}}}"},
		{"compliance: {eu_cra: {answers: {a: {not_applicable: r}, b: x}}}", "compliance: {eu_cra: {answers: {b: x, a: {not_applicable: ' r '}}}}"},
	}
	for _, pair := range same {
		if a, b := digest(pair[0]), digest(pair[1]); a != b {
			t.Errorf("%s and %s have two digests", pair[0], pair[1])
		}
	}
	different := [][2]string{
		{"metadata: {a: 1, b: 2}", "metadata: {b: 2, a: 1}"},
		{"metadata: {a: {x: 1, y: 2}}", "metadata: {a: {y: 2, x: 1}}"},
		{"metadata: {a: 1}", "metadata: {a: 1.0}"},
		{"metadata: {a: 1}", "metadata: {a: '1'}"},
		{"metadata: {a: }", "metadata: {a: ''}"},
		{"metadata: {a: {}}", "metadata: {a: []}"},
		{"training: {hyperparameters: {a: 1, b: 2}}", "training: {hyperparameters: {b: 2, a: 1}}"},
		{"contact: {authors: a}", "contact: {authors: {not_applicable: a}}"},
		{"contact: {authors: {not_applicable: a}}", "contact: {authors: {not_applicable: b}}"},
		{"contact: {authors: {not_applicable: a}}", "contact: {not_applicable: a}"},
		{"compliance: {gdpr: {personal_data: false}}", ""},
		{"environment: {co2_eq_emissions: 1}", "environment: {co2_eq_emissions: {emissions: 1}}"},
		{"sections: [{title: a}, {title: b}]", "sections: [{title: b}, {title: a}]"},
	}
	for _, pair := range different {
		if a, b := digest(pair[0]), digest(pair[1]); a == b {
			t.Errorf("%s and %s have one digest", pair[0], pair[1])
		}
	}
}

// A canonical form is read, whatever a card leaves empty.
func TestCanonicalKeepsWhatIsRequired(t *testing.T) {
	t.Parallel()
	src := `{"apiVersion":"mcg/v1","kind":"ModelCard","model":{"name":"x","references":[{"url":""}]},` +
		`"evaluation":{"results":[{"metrics":[]},{"metrics":[{"type":"","value":""},{"type":"a","value":{}},{"type":"a","value":[]},{"type":"a","value":{"b":[]}}]}]},` +
		`"sections":[{"title":"","text":"a"}],"sources":[{"type":""}]}`
	if got := string(readJSON(t, src).Card.Canonical()); got != src {
		t.Errorf("got  %s\nwant %s", got, src)
	}
}

// Any card that a program makes has one digest: its own, that of its canonical
// form, and that of the same in YAML.
func TestCanonicalRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := drawCard(t)
		if err := c.Normalize(); err != nil {
			t.Fatalf("%v", err)
		}
		canonical := c.Canonical()
		if err := c.Normalize(); err != nil || string(c.Canonical()) != string(canonical) {
			t.Fatalf("normalised again (%v):\n%s\nbefore:\n%s", err, c.Canonical(), canonical)
		}
		if err := validate(canonical); err != nil {
			t.Fatalf("the published schema refuses %s: %v", canonical, err)
		}
		fromJSON, err := ReadJSON(canonical)
		if err != nil {
			t.Fatalf("%s: %v", canonical, err)
		}
		if diff := cmp.Diff(string(canonical), string(fromJSON.Card.Canonical())); diff != "" {
			t.Fatalf("JSON (-want +got):\n%s", diff)
		}
		asYAML, err := yaml.Dump(yamlNode(c.Tree()))
		if err != nil {
			t.Fatalf("%v", err)
		}
		fromYAML, err := ReadYAML(asYAML)
		if err != nil {
			t.Fatalf("%s\n%v", asYAML, err)
		}
		if diff := cmp.Diff(string(canonical), string(fromYAML.Card.Canonical())); diff != "" {
			t.Fatalf("YAML %s (-want +got):\n%s", asYAML, diff)
		}
	})
}

// yamlNode is a free value as a tree for the YAML library to print, with every
// text in quotes.
func yamlNode(v any) *yaml.Node {
	switch v := v.(type) {
	case *Map:
		n := &yaml.Node{Kind: yaml.MappingNode}
		for _, e := range v.Entries {
			n.Content = append(n.Content, yamlNode(e.Key), yamlNode(e.Value))
		}
		return n
	case []any:
		n := &yaml.Node{Kind: yaml.SequenceNode}
		for _, item := range v {
			n.Content = append(n.Content, yamlNode(item))
		}
		return n
	case string:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Style: yaml.DoubleQuotedStyle, Value: v}
	case Number:
		return &yaml.Node{Kind: yaml.ScalarNode, Value: string(v)}
	case nil:
		return &yaml.Node{Kind: yaml.ScalarNode, Value: "null"}
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Value: fmt.Sprint(v)}
}
