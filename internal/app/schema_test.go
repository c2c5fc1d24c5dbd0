package app

import (
	"database/sql"
	"net/http"
	"path/filepath"
	"testing"

	_ "modernc.org/sqlite" // the driver by which the test changes the schema's version

	"github.com/terragonlabs/modelcard-generator/internal/config"
)

// After a rollback a version finds the schema of a later one. Migrations only
// add, so it works, and has to say that it is ready.
func TestReadyOnANewerSchema(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	here := func(c *config.Config) { c.Storage.DataDir = dir }
	if err := serve(t, here).stop(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", filepath.Join(dir, "mcg.db"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, 1)"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	r := serve(t, here)
	r.post(t, card)
	if status := r.status(t, "/health"); status != http.StatusOK {
		t.Errorf("health: %d", status)
	}
}
