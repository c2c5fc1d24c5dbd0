package card

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// refused is one document that must not be read, with all that is said of it.
type refused struct {
	name string
	src  string
	kind Refusal
	want []Problem // without Detail, whose words are free
}

func checkRefused(t *testing.T, read func([]byte) (*Document, error), tests []refused) {
	t.Helper()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := read([]byte(tt.src))
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("got %v, want an *Error", err)
			}
			if e.Kind != tt.kind {
				t.Errorf("got kind %d, want %d", e.Kind, tt.kind)
			}
			if diff := cmp.Diff(tt.want, e.Problems, cmpopts.IgnoreFields(Problem{}, "Detail")); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			for _, p := range e.Problems {
				if p.Detail == "" {
					t.Errorf("%+v has no detail", p)
				}
			}
		})
	}
}

func readYAML(t testing.TB, src string) *Document {
	t.Helper()
	return mustRead(t, ReadYAML, src)
}

func readJSON(t testing.TB, src string) *Document {
	t.Helper()
	return mustRead(t, ReadJSON, src)
}

func mustRead(t testing.TB, read func([]byte) (*Document, error), src string) *Document {
	t.Helper()
	doc, err := read([]byte(src))
	if err != nil {
		t.Fatalf("%s\n%v", clip(src), err)
	}
	return doc
}

func clip(s string) string {
	if len(s) > 2000 {
		return s[:2000] + "…"
	}
	return s
}

// readExample reads the example card of the repository.
func readExample(t testing.TB) []byte {
	t.Helper()
	src, err := os.ReadFile("../../examples/sentiment.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return src
}

func codes(problems []Problem) string {
	list := make([]string, len(problems))
	for i, p := range problems {
		list[i] = p.Code
	}
	return strings.Join(list, " ")
}

func checkProblems(t *testing.T, want, got []Problem) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(Problem{}, "Detail"), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}
