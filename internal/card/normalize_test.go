package card

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNormalize(t *testing.T) {
	t.Parallel()
	c := &Card{
		Model: Model{
			ID: "x", Name: "  A \t b\n", Title: "default/x", Description: "\n \n  indented\r\nb \n\n", Tags: []string{" a ", ""},
			Language: One(" en "), BaseModel: One(" "), Owners: []Party{}, References: []Reference{{}},
		},
		IntendedUse:   &IntendedUse{Users: []string{}},
		Training:      &Training{Hyperparameters: &Map{}, Datasets: []Dataset{{Governance: &Governance{}, Graphics: &Graphics{Collection: []Graphic{}}}}},
		Evaluation:    &Evaluation{Results: []Result{{Dataset: ResultDataset{Args: &Map{}}, Metrics: []Metric{{Value: []any{"a\r\nb", &Map{[]Entry{{"k", "c\rd"}}}}, Args: &Map{}}, {Value: &Map{}}}}}},
		Environment:   &Environment{CO2: &Emissions{}},
		Sections:      []Section{{}, {Title: "a", Text: " "}, {}},
		Metadata:      &Map{},
		NotApplicable: map[string]string{"/model/license": " not\n here "},
	}
	if err := c.Normalize(); err != nil {
		t.Fatal(err)
	}
	want := &Card{
		APIVersion: APIVersion, Kind: Kind,
		Model: Model{
			ID: "default/x", Name: "A b", Title: "default/x", Description: "  indented\nb", Tags: []string{"a", ""},
			Language: One("en"), References: []Reference{{}},
		},
		Training:      &Training{Datasets: []Dataset{{}}},
		Evaluation:    &Evaluation{Results: []Result{{Metrics: []Metric{{Value: []any{"a\nb", &Map{[]Entry{{"k", "c\nd"}}}}}, {Value: &Map{}}}}}},
		Sections:      []Section{{Title: "a"}},
		NotApplicable: map[string]string{"/model/license": "not here"},
	}
	if diff := cmp.Diff(want, c); diff != "" {
		t.Errorf("card (-want +got):\n%s", diff)
	}
}

func TestNormalizeDropsANameThatRepeatsTheIdentifier(t *testing.T) {
	t.Parallel()
	c := &Card{Model: Model{ID: "a/b", Name: "a/b"}}
	if err := c.Normalize(); err != nil || c.Model.Name != "" {
		t.Errorf("got %q, %v", c.Model.Name, err)
	}
}

// A reason stays with its section when an empty one before it goes.
func TestNormalizeMovesReasonsOfSections(t *testing.T) {
	t.Parallel()
	doc := readYAML(t, `
model: {name: x}
sections:
  - {title: ""}
  - {title: a, text: {not_applicable: one}}
  - {title: " ", text: " "}
  - {title: "", text: {not_applicable: two}}
  - {title: b}
contact: {glossary: {not_applicable: three}}
`)
	want := map[string]string{"/sections/0/text": "one", "/sections/1/text": "two", "/contact/glossary": "three"}
	if diff := cmp.Diff(want, doc.Card.NotApplicable); diff != "" {
		t.Errorf("reasons (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]Section{{Title: "a"}, {}, {Title: "b"}}, doc.Card.Sections); diff != "" {
		t.Errorf("sections (-want +got):\n%s", diff)
	}
}

func TestNormalizeRefuses(t *testing.T) {
	t.Parallel()
	reason := func(pointer, text string) *Card {
		return &Card{Model: Model{Name: "x"}, NotApplicable: map[string]string{pointer: text}}
	}
	for name, tt := range map[string]struct {
		card *Card
		want Problem
	}{
		"no name":             {&Card{}, Problem{Pointer: "/model", Code: "required"}},
		"identifier":          {&Card{Model: Model{ID: "a b"}}, Problem{Pointer: "/model/id", Code: "bad_id"}},
		"unknown field":       {reason("/model/nme", "r"), Problem{Pointer: "/model/nme", Code: "unknown_key"}},
		"below a text":        {reason("/model/name/x", "r"), Problem{Pointer: "/model/name/x", Code: "unknown_key"}},
		"no index of a list":  {reason("/training/datasets/x/name", "r"), Problem{Pointer: "/training/datasets/x/name", Code: "unknown_key"}},
		"indispensable field": {reason("/model", "r"), Problem{Pointer: "/model", Code: "required"}},
		"no reason":           {reason("/contact", " \n"), Problem{Pointer: "/contact", Code: "no_reason"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var e *Error
			if err := tt.card.Normalize(); !errors.As(err, &e) || e.Kind != Invalid || len(e.Problems) != 1 {
				t.Fatalf("got %v", err)
			}
			got := Problem{Pointer: e.Problems[0].Pointer, Code: e.Problems[0].Code}
			if got != tt.want || e.Problems[0].Hint == "" || e.Problems[0].Detail == "" {
				t.Errorf("got %+v, want %+v", e.Problems[0], tt.want)
			}
		})
	}
	e := &Error{}
	c := reason("/b", "r")
	c.NotApplicable["/a"] = "r"
	if err := c.Normalize(); !errors.As(err, &e) || !strings.HasPrefix(e.Problems[0].Pointer, "/a") || len(e.Problems) != 2 {
		t.Errorf("problems are not in order: %v", err)
	}
}
