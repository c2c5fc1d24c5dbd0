// Package sqlite is the embedded store: one file in WAL mode with
// synchronous=FULL, one connection for writing and a pool for reading. Several
// processes may share the file; SQLite's own lock lets one write at a time.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/riverqueue/river"
	"modernc.org/sqlite"

	"github.com/terragonlabs/modelcard-generator/internal/store"
)

// Options are what Open needs. Path and Clock are required.
type Options struct {
	// Path of the database file. It and its folder are made if missing, for the
	// owner's eyes only.
	Path string
	// Clock gives the time that rows are stamped with.
	Clock func() time.Time
	// ReadConns is the size of the reading pool; 4 if zero.
	ReadConns int
	// Wait is how long a call waits for a connection, and for the lock that
	// another process holds, before it is ErrUnavailable; 5 s if zero.
	Wait time.Duration
}

// Store is the SQLite engine of store.Store.
type Store struct {
	path     string
	clock    func() time.Time
	wait     time.Duration
	reads    *sql.DB
	writes   *sql.DB
	inserter *river.Client[*sql.Tx]
	claims   claims
	closed   atomic.Bool
}

var _ store.Store = (*Store)(nil)

// Open opens the database file, making it if missing. It doesn't migrate.
// Errors: store.ErrUnavailable, store.ErrInvalid.
func Open(ctx context.Context, options Options) (*Store, error) {
	if options.Path == "" || options.Path == ":memory:" {
		return nil, fmt.Errorf("%w: sqlite needs the path of a file", store.ErrInvalid)
	}
	if options.Clock == nil {
		return nil, fmt.Errorf("%w: sqlite needs a clock", store.ErrInvalid)
	}
	if options.ReadConns == 0 {
		options.ReadConns = 4
	}
	if options.Wait == 0 {
		options.Wait = 5 * time.Second
	}
	if err := createFile(options.Path); err != nil {
		return nil, fmt.Errorf("%w: sqlite: %w", store.ErrUnavailable, err)
	}
	s := &Store{path: options.Path, clock: options.Clock, wait: options.Wait}
	s.claims.held = make(map[store.IdempotencyKey]struct{})
	if err := s.connect(ctx, options.ReadConns); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	var err error
	if s.inserter, err = newInserter(s.writes); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// createFile makes the file before SQLite does, because SQLite would give it the
// umask's mode; the WAL files take theirs from it.
func createFile(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600) //nolint:gosec // the path is the operator's choice
	if err != nil {
		return err
	}
	return file.Close()
}

// connect opens both pools. The writer goes first: it turns WAL mode on.
func (s *Store) connect(ctx context.Context, readConns int) error {
	var err error
	if s.writes, err = openPool(dsn(s.path, s.wait, url.Values{
		"_journal_mode": {"WAL"}, "_synchronous": {"FULL"}, "_foreign_keys": {"1"}, "_txlock": {"immediate"},
		// So that REPLACE can't slip past the append-only triggers.
		"_pragma": {"recursive_triggers(1)"},
	}), 1); err != nil {
		return s.translate(ctx, err)
	}
	if err := s.writes.PingContext(ctx); err != nil {
		return s.translate(ctx, err)
	}
	s.reads, err = openPool(dsn(s.path, s.wait, url.Values{"_query_only": {"1"}}), readConns)
	return s.translate(ctx, err)
}

func openPool(dsn string, size int) (*sql.DB, error) {
	connector, err := sqlite.NewConnector(dsn)
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(size)
	db.SetMaxIdleConns(size)
	return db, nil
}

// dsn names the file as a URI, so that ?, # and % in a path mean themselves.
func dsn(path string, wait time.Duration, params url.Values) string {
	params.Set("_busy_timeout", strconv.FormatInt(wait.Milliseconds(), 10))
	params.Set("_dqs", "0")
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + params.Encode()
}

// Close implements store.Store. The last connection to go folds the WAL back
// into the file.
func (s *Store) Close() error {
	s.closed.Store(true)
	var errs []error
	for _, pool := range []*sql.DB{s.reads, s.writes} {
		if pool != nil {
			errs = append(errs, pool.Close())
		}
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("sqlite: close: %w", err)
	}
	return nil
}

// Ping implements store.Store. It reads the file's header, not just a handle.
func (s *Store) Ping(ctx context.Context) error {
	return s.read(ctx, func(ctx context.Context, conn *sql.Conn) error {
		var version int
		return conn.QueryRowContext(ctx, `PRAGMA schema_version`).Scan(&version)
	})
}

// read runs fn on a reading connection and translates its error.
func (s *Store) read(ctx context.Context, fn func(ctx context.Context, conn *sql.Conn) error) error {
	if err := store.RefuseInside(ctx, s); err != nil {
		return err
	}
	conn, err := s.acquire(ctx, s.reads)
	if err != nil {
		return err
	}
	defer conn.Close() // it only goes back to the pool
	return s.translate(ctx, fn(ctx, conn))
}

// acquire takes a connection, waiting no longer than s.wait.
func (s *Store) acquire(ctx context.Context, pool *sql.DB) (*sql.Conn, error) {
	waiting, cancel := context.WithTimeout(ctx, s.wait)
	defer cancel()
	conn, err := pool.Conn(waiting)
	if err != nil {
		return nil, s.translate(waiting, err)
	}
	return conn, nil
}

// now is the time to stamp rows with.
func (s *Store) now() time.Time {
	return store.Time(s.clock())
}
