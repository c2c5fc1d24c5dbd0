package sqlite_test

import (
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/terragonlabs/modelcard-generator/internal/store"
	"github.com/terragonlabs/modelcard-generator/internal/store/sqlite"
	"github.com/terragonlabs/modelcard-generator/internal/store/storetest"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

func TestContract(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, migrated bool) storetest.Database {
		path := filepath.Join(t.TempDir(), "mcg.db")
		if migrated {
			if err := open(t, path, time.Now).Migrate(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		return func(t *testing.T, clock func() time.Time) store.Store { return open(t, path, clock) }
	})
}

// open opens the file until the test ends.
func open(t *testing.T, path string, clock func() time.Time) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), sqlite.Options{Path: path, Clock: clock, Wait: 30 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}
