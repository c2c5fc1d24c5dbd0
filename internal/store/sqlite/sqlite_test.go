package sqlite

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/terragonlabs/modelcard-generator/internal/store"
)

var (
	everywhere = store.AllNamespaces()
	card       = store.ID{Namespace: "acme", Name: "m"}
)

func openMigrated(t *testing.T, path string, wait time.Duration) *Store {
	t.Helper()
	s, err := Open(t.Context(), Options{Path: path, Clock: time.Now, Wait: wait})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

// write makes or revises the card, and an audit row.
func write(ctx context.Context, s *Store, source []byte) error {
	return s.Update(ctx, everywhere, func(ctx context.Context, tx store.Tx) error {
		draft := store.Draft{Digest: "d", Author: "alice", Source: source}
		_, err := tx.CreateCard(ctx, card, draft)
		if errors.Is(err, store.ErrConflict) {
			_, err = tx.AppendRevision(ctx, card, draft)
		}
		return errors.Join(err, tx.AppendAudit(ctx, store.AuditEvent{Principal: "alice", Action: "a", Namespace: "acme"}))
	})
}

// What "acknowledged means durable" rests on.
func TestPragmas(t *testing.T) {
	t.Parallel()
	s := openMigrated(t, filepath.Join(t.TempDir(), "mcg.db"), 0)
	for pragma, want := range map[string]string{
		"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "recursive_triggers": "1", "busy_timeout": "5000",
	} {
		var got string
		if err := s.writes.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %s, want %s; error %v", pragma, got, want, err)
		}
	}
	if _, err := s.reads.ExecContext(t.Context(), `DELETE FROM cards`); err == nil {
		t.Error("the reading pool can write")
	}
}

func TestFilesAreTheOwnersOnly(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "a", "b")
	s := openMigrated(t, filepath.Join(folder, "mcg.db"), 0)
	if err := write(t.Context(), s, nil); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(folder)
	if err != nil || len(entries) < 3 { // the file, its WAL and its index at least
		t.Fatalf("%v, %v", entries, err)
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v, error %v", entry.Name(), info.Mode(), err)
		}
	}
	if info, err := os.Stat(folder); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder has mode %v, error %v", info.Mode(), err)
	}
}

func TestOddPaths(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"a?b", "a#b", "a%41b", "a b&mode=memory", "é", ":memory: "} {
		path := filepath.Join(t.TempDir(), name)
		s := openMigrated(t, path, 0)
		if err := write(t.Context(), s, nil); err != nil {
			t.Error(err)
		}
		if info, err := os.Stat(path); err != nil || info.Size() == 0 {
			t.Errorf("%q: no data in the file; error %v", name, err)
		}
	}
	for _, options := range []Options{{Clock: time.Now}, {Path: ":memory:", Clock: time.Now}, {Path: filepath.Join(t.TempDir(), "x")}} {
		if _, err := Open(t.Context(), options); !errors.Is(err, store.ErrInvalid) {
			t.Errorf("Open(%q): error %v", options.Path, err)
		}
	}
	folder := t.TempDir()
	if _, err := Open(t.Context(), Options{Path: folder, Clock: time.Now}); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("a folder as the file: error %v", err)
	}
}

func TestAppendOnly(t *testing.T) {
	t.Parallel()
	s := openMigrated(t, filepath.Join(t.TempDir(), "mcg.db"), 0)
	if err := write(t.Context(), s, nil); err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{
		`UPDATE revisions SET digest = 'x'`, `DELETE FROM revisions`,
		`UPDATE audit SET principal = 'x'`, `DELETE FROM audit`,
		`INSERT OR REPLACE INTO revisions SELECT card_id, number, 'x', canonical, source, source_type,
			author, reason, request_id, created_at FROM revisions`,
		`INSERT OR REPLACE INTO audit SELECT id, at, 'x', action, namespace, name, object, revision,
			request_id, reason, address FROM audit`,
	} {
		_, err := s.writes.ExecContext(t.Context(), statement)
		var refused *sqlite.Error
		if !errors.As(err, &refused) || refused.Code() != sqlite3.SQLITE_CONSTRAINT_TRIGGER {
			t.Errorf("%s: error %v", statement, err)
		}
	}
}

func TestDiskFull(t *testing.T) {
	t.Parallel()
	s := openMigrated(t, filepath.Join(t.TempDir(), "mcg.db"), 0)
	if err := write(t.Context(), s, nil); err != nil {
		t.Fatal(err)
	}
	setPages := func(pages string) {
		if _, err := s.writes.ExecContext(t.Context(), "PRAGMA max_page_count = "+pages); err != nil {
			t.Fatal(err)
		}
	}
	setPages("1") // what there is already may stay
	if err := write(t.Context(), s, make([]byte, 1<<20)); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("write: error %v", err)
	}
	head, err := s.Head(t.Context(), everywhere, card)
	if err != nil || head.Revision != 1 {
		t.Errorf("after a failed write: %+v, %v", head, err)
	}
	setPages("1000000")
	if err := write(t.Context(), s, make([]byte, 1<<20)); err != nil {
		t.Errorf("with space again: %v", err)
	}
}

// Another process that writes keeps this one waiting for so long, not longer.
func TestLockedByAnother(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "mcg.db")
	s, other := openMigrated(t, path, 100*time.Millisecond), openMigrated(t, path, time.Minute)
	err := other.Update(t.Context(), everywhere, func(context.Context, store.Tx) error {
		start := time.Now()
		if err := write(t.Context(), s, nil); !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("write: error %v", err)
		}
		if waited := time.Since(start); waited > 10*time.Second {
			t.Errorf("waited %v", waited)
		}
		if err := s.Ping(t.Context()); err != nil { // readers are not kept
			t.Errorf("Ping: %v", err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := write(t.Context(), s, nil); err != nil {
		t.Errorf("write after: %v", err)
	}
}

// The writers of one process queue for the connection under the same bound.
func TestQueueIsBounded(t *testing.T) {
	t.Parallel()
	s := openMigrated(t, filepath.Join(t.TempDir(), "mcg.db"), 100*time.Millisecond)
	err := s.Update(t.Context(), everywhere, func(context.Context, store.Tx) error {
		if err := write(t.Context(), s, nil); !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("write: error %v", err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A file that another process migrates: ask again when it is done.
func TestMigrationLock(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "mcg.db")
	s, other := openMigrated(t, path, 0), openMigrated(t, path, 0)
	unlock, err := other.lockMigrations(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if err := s.Migrate(ctx); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("Migrate while another does: error %v", err)
	}
	unlock()
	if err := s.Migrate(t.Context()); err != nil {
		t.Errorf("Migrate after: %v", err)
	}
}
