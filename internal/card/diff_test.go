package card

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestDiff(t *testing.T) {
	t.Parallel()
	from := readYAML(t, `
model: {name: x, tags: [a, b, c], license: mit}
training: {hyperparameters: {lr: 1, "a/b": 2}}
contact: {authors: a}
metadata: {k: 1}
`).Card
	to := readYAML(t, `
model: {name: y, tags: [a, d], license: {not_applicable: r}, version: "1"}
training: {hyperparameters: {lr: 1.0, c: [x]}}
metadata: {k: {z: 1}}
sections: [{title: s}]
`).Card
	want := []Change{
		{"/model/name", "changed", "x", "y"},
		{"/model/license", "changed", "mit", notApplicableTree("r")},
		{"/model/tags/1", "changed", "b", "d"},
		{"/model/tags/2", "removed", "c", nil},
		{"/model/version", "added", nil, "1"},
		{"/training/hyperparameters/lr", "changed", Number("1"), Number("1.0")},
		{"/training/hyperparameters/a~1b", "removed", Number("2"), nil},
		{"/training/hyperparameters/c", "added", nil, []any{"x"}},
		{"/contact", "removed", &Map{[]Entry{{"authors", "a"}}}, nil},
		{"/metadata/0/value", "changed", Number("1"), &Map{[]Entry{{"z", Number("1")}}}},
		{"/sections", "added", nil, []any{&Map{[]Entry{{"title", "s"}}}}},
	}
	if diff := cmp.Diff(want, Diff(from, to)); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
}

// Two cards differ in nothing just when they have one digest.
func TestDiffIsEmptyForOneDigest(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawCard(t), drawCard(t)
		if a.Normalize() != nil || b.Normalize() != nil {
			t.Skip("not a card")
		}
		if len(Diff(a, a)) != 0 {
			t.Errorf("a card differs from itself: %v", Diff(a, a))
		}
		if equal := a.Digest() == b.Digest(); equal != (len(Diff(a, b)) == 0) {
			t.Errorf("digests equal: %t, changes: %v", equal, Diff(a, b))
		}
	})
}
