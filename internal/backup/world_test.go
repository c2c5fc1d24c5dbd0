package backup_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/terragonlabs/modelcard-generator/internal/backup"
	"github.com/terragonlabs/modelcard-generator/internal/store"
	"github.com/terragonlabs/modelcard-generator/internal/store/postgres/postgrestest"
	"github.com/terragonlabs/modelcard-generator/internal/store/sqlite"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var everywhere = store.AllNamespaces()

// openSQLite opens a migrated file until the test ends.
func openSQLite(t testing.TB, path string) store.Store {
	t.Helper()
	s, err := sqlite.Open(context.Background(), sqlite.Options{Path: path, Clock: time.Now, Wait: 30 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if err := s.Migrate(context.Background()); err != nil {
		t.Fatal(err)
	}
	return s
}

func newSQLite(t testing.TB) store.Store {
	t.Helper()
	return openSQLite(t, filepath.Join(t.TempDir(), "mcg.db"))
}

func newPostgres(t testing.TB) store.Store {
	t.Helper()
	return postgrestest.Open(t, postgrestest.MigratedURL(t), time.Now)
}

var engines = map[string]func(testing.TB) store.Store{"sqlite": newSQLite, "postgres": newPostgres}

// draft is a revision with a true digest.
func draft(text string) store.Draft {
	canonical := fmt.Appendf(nil, `{"model":{"name":%q}}`, text)
	sum := sha256.Sum256(canonical)
	return store.Draft{
		Labels: store.Labels{Title: text, License: "mit", Tags: []string{"b", "a"}}, Digest: "sha256:" + hex.EncodeToString(sum[:]),
		Canonical: canonical, Source: []byte("\xff\x00" + text), SourceType: "application/yaml", Author: "alice", Text: "words of " + text,
	}
}

// put makes a card, or its next revision, with its audit row.
func put(ctx context.Context, s store.Store, name, text string) (number int64, err error) {
	id := store.ID{Namespace: "acme", Name: name}
	err = s.Update(ctx, everywhere, func(ctx context.Context, tx store.Tx) error {
		made, err := tx.CreateCard(ctx, id, draft(text))
		if err != nil {
			made, err = tx.AppendRevision(ctx, id, draft(text))
		}
		if err != nil {
			return err
		}
		number = made.Number
		return tx.AppendAudit(ctx, store.AuditEvent{Principal: "alice", Action: "card.write", Namespace: "acme", Name: name, Revision: number})
	})
	return number, err
}

// fill gives a store some of everything.
func fill(t testing.TB, s store.Store) {
	t.Helper()
	ctx := context.Background()
	for i := range 30 {
		for range i%3 + 1 {
			if _, err := put(ctx, s, fmt.Sprintf("m-%02d", i), fmt.Sprintf("Modell %d 🤖 %s", i, time.Now())); err != nil {
				t.Fatal(err)
			}
		}
	}
	key := store.APIKey{ID: "k", Name: "CI", Hash: make([]byte, store.KeyHashSize), Roles: []string{"user"}, Namespaces: []string{}, CreatedBy: "alice"}
	once := store.IdempotencyKey{Principal: "alice", Route: "POST /v1/cards", Key: "one"}
	err := s.UpdateOnce(ctx, everywhere, once, func(ctx context.Context, tx store.Tx) error {
		if _, err := tx.CreateKey(ctx, key); err != nil {
			return err
		}
		if err := tx.Delete(ctx, store.ID{Namespace: "acme", Name: "m-07"}); err != nil {
			return err
		}
		return tx.Record(ctx, store.IdempotencyRecord{RequestHash: "h", Status: 201, Response: []byte("{}")})
	})
	if err != nil {
		t.Fatal(err)
	}
}

func newFolder(t testing.TB) *backup.Folder {
	t.Helper()
	folder, err := backup.NewFolder(filepath.Join(t.TempDir(), "backups"))
	if err != nil {
		t.Fatal(err)
	}
	return folder
}

// source is what a test backs up.
func source(s store.Store) backup.Source {
	return backup.Source{Store: s, Config: []byte("api.port: 8080\n"), Version: "test", Clock: time.Now}
}

func run(t testing.TB, from backup.Source, to backup.Place) backup.Result {
	t.Helper()
	result, err := backup.Run(context.Background(), from, to, 0)
	if err != nil {
		t.Fatalf("backup: %v", err)
	}
	return result
}

// fetch copies an archive to a file.
func fetch(t testing.TB, place backup.Place, name string) *os.File {
	t.Helper()
	archive, err := place.Open(context.Background(), name)
	if err != nil {
		t.Fatal(err)
	}
	file := archive.(*os.File)
	t.Cleanup(func() { _ = file.Close() })
	return file
}

func target(s store.Store) backup.Target {
	return backup.Target{Store: s, Words: func(canonical []byte) (string, error) { return "restored " + string(canonical), nil }}
}
