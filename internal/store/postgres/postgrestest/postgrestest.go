// Package postgrestest gives tests PostgreSQL databases of their own, on the
// server that MCG_TEST_POSTGRES_URL names (`make test` starts one).
package postgrestest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/terragonlabs/modelcard-generator/internal/store/postgres"
	"github.com/terragonlabs/modelcard-generator/migrations"
)

// templateLock is the advisory lock of whoever makes the template.
const templateLock = 6_236_103 // "mcg" on a telephone's keys, roughly

// EmptyURL returns the URL of a new, empty database, which goes away with the
// test.
func EmptyURL(t testing.TB) string {
	t.Helper()
	return newDatabase(t, connect(t), "template1")
}

// MigratedURL is EmptyURL with the schema in place. It is copied from a
// template that the first test makes, which is quicker than migrating.
func MigratedURL(t testing.TB) string {
	t.Helper()
	admin := connect(t)
	return newDatabase(t, admin, template(t, admin))
}

// Open opens a Store on the URL until the test ends. It waits for connections
// longer than production does, because tests run many at once on few cores.
func Open(t testing.TB, url string, clock func() time.Time) *postgres.Store {
	t.Helper()
	s, err := postgres.Open(t.Context(), postgres.Options{
		URL: url, Clock: clock, ConnectTimeout: 30 * time.Second, Wait: 30 * time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// connect returns a connection that may make databases. Without a server the
// test fails: a skip would look as if Postgres had been tested.
func connect(t testing.TB) *pgx.Conn {
	t.Helper()
	server := os.Getenv("MCG_TEST_POSTGRES_URL")
	if server == "" {
		t.Fatal("MCG_TEST_POSTGRES_URL is not set: run make test, which starts the services that tests need")
	}
	conn, err := pgx.Connect(t.Context(), server)
	if err != nil {
		t.Fatalf("the server of MCG_TEST_POSTGRES_URL doesn't answer: %v", err)
	}
	t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
	return conn
}

// newDatabase copies a database and returns the copy's URL.
func newDatabase(t testing.TB, admin *pgx.Conn, from string) string {
	t.Helper()
	name := "mcg_test_" + strings.ToLower(rand.Text())
	execute(t, admin, fmt.Sprintf("CREATE DATABASE %s TEMPLATE %s", name, from))
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context())
		if _, err := admin.Exec(ctx, fmt.Sprintf("DROP DATABASE %s WITH (FORCE)", name)); err != nil {
			t.Errorf("drop %s: %v", name, err)
		}
	})
	return databaseURL(t, name)
}

// template returns the name of the migrated database, making it if missing. It
// bears the digest of the migrations, so a server that lives longer than one
// run never gives an old schema.
func template(t testing.TB, admin *pgx.Conn) string {
	t.Helper()
	name := "mcg_template_" + schemaDigest(t)
	execute(t, admin, fmt.Sprintf("SELECT pg_advisory_lock(%d)", templateLock))
	defer execute(t, admin, fmt.Sprintf("SELECT pg_advisory_unlock(%d)", templateLock))
	var exists bool
	const query = "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)"
	if err := admin.QueryRow(t.Context(), query, name).Scan(&exists); err != nil {
		t.Fatal(err)
	}
	if exists {
		return name
	}
	building := name + "_building" // renamed when it is whole
	execute(t, admin, "DROP DATABASE IF EXISTS "+building+" WITH (FORCE)")
	execute(t, admin, "CREATE DATABASE "+building)
	s := Open(t, databaseURL(t, building), time.Now)
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	execute(t, admin, fmt.Sprintf("ALTER DATABASE %s RENAME TO %s", building, name))
	return name
}

func schemaDigest(t testing.TB) string {
	t.Helper()
	files, err := migrations.Files(migrations.Postgres)
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.New()
	steps, err := migrations.Steps(migrations.Postgres)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(digest, steps) // those that are not files, too
	err = fs.WalkDir(files, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		raw, err := fs.ReadFile(files, path)
		fmt.Fprintf(digest, "%s %d\n%s", path, len(raw), raw)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(digest.Sum(nil)[:8])
}

// databaseURL is the server's URL with another database.
func databaseURL(t testing.TB, name string) string {
	t.Helper()
	u, err := url.Parse(os.Getenv("MCG_TEST_POSTGRES_URL"))
	if err != nil {
		t.Fatal("MCG_TEST_POSTGRES_URL is not a URL")
	}
	u.Path = "/" + name
	return u.String()
}

func execute(t testing.TB, conn *pgx.Conn, statement string) {
	t.Helper()
	if _, err := conn.Exec(t.Context(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}
