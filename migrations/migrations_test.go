package migrations

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The engines must never disagree on what version N is.
func TestSameStepsInBothEngines(t *testing.T) {
	t.Parallel()
	postgres, err := Steps(Postgres)
	if err != nil {
		t.Fatal(err)
	}
	sqlite, err := Steps(SQLite)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(postgres, sqlite); diff != "" {
		t.Errorf("steps differ (-postgres +sqlite):\n%s", diff)
	}
	for i, step := range postgres {
		if step.Version != int64(i+1) {
			t.Errorf("step %d is numbered %d", i+1, step.Version)
		}
	}
}
