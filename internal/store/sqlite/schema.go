package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/terragonlabs/modelcard-generator/internal/store"
	"github.com/terragonlabs/modelcard-generator/migrations"
)

// migrateWait is how long one process waits for another's migrations.
const migrateWait = 5 * time.Minute

// SchemaVersion implements store.Store.
func (s *Store) SchemaVersion(ctx context.Context) (current, want int64, err error) {
	if err := store.RefuseInside(ctx, s); err != nil {
		return 0, 0, err
	}
	current, want, err = s.versions(ctx)
	return current, want, s.translate(ctx, err)
}

// Migrate implements store.Store.
func (s *Store) Migrate(ctx context.Context) error {
	return s.migrate(ctx, (*migrations.Runner).Up)
}

// MigrateDown implements store.Store.
func (s *Store) MigrateDown(ctx context.Context) error {
	err := s.migrate(ctx, (*migrations.Runner).Down)
	if errors.Is(err, migrations.ErrNone) {
		return fmt.Errorf("%w: %w", store.ErrNotFound, err)
	}
	return err
}

// Migrations implements store.Store.
func (s *Store) Migrations(ctx context.Context) ([]store.Migration, error) {
	steps, err := migrations.Steps(migrations.SQLite)
	if err != nil {
		return nil, err
	}
	var applied map[int64]time.Time
	err = s.read(ctx, func(ctx context.Context, conn *sql.Conn) error {
		applied, err = appliedAt(ctx, conn)
		return err
	})
	if err != nil {
		return nil, err
	}
	list := make([]store.Migration, len(steps))
	for i, step := range steps {
		list[i] = store.Migration{Version: step.Version, Name: step.Name}
		if at, ok := applied[step.Version]; ok {
			list[i].AppliedAt = &at
		}
	}
	return list, nil
}

// migrate runs steps while no other process does.
func (s *Store) migrate(ctx context.Context, run func(*migrations.Runner, context.Context) error) error {
	if err := store.RefuseInside(ctx, s); err != nil {
		return err
	}
	unlock, err := s.lockMigrations(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	runner, err := migrations.NewRunner(migrations.SQLite, s.writes)
	if err != nil {
		return err
	}
	return s.translate(ctx, run(runner, ctx))
}

// lockMigrations holds the exclusive lock of an empty database beside ours.
// goose reads what is missing before it writes, outside of one transaction, so
// SQLite's lock on the file itself would come too late; this one also goes away
// with a process that dies. The file stays: removing it would race.
func (s *Store) lockMigrations(ctx context.Context) (unlock func(), err error) {
	pool, err := openPool(dsn(s.path+".migrate", migrateWait, url.Values{"_txlock": {"exclusive"}}), 1)
	if err != nil {
		return nil, s.translate(ctx, err)
	}
	if err := createFile(s.path + ".migrate"); err != nil {
		return nil, fmt.Errorf("%w: sqlite: %w", store.ErrUnavailable, err)
	}
	tx, err := pool.BeginTx(ctx, nil)
	if err != nil {
		return nil, errors.Join(s.translate(ctx, err), pool.Close())
	}
	return func() {
		_ = tx.Rollback() // nothing was written; closing releases the lock anyway
		_ = pool.Close()
	}, nil
}

// versions returns what the file has and what the program wants.
func (s *Store) versions(ctx context.Context) (current, want int64, err error) {
	want, err = migrations.Latest(migrations.SQLite)
	if err != nil {
		return 0, 0, err
	}
	conn, err := s.acquire(ctx, s.reads)
	if err != nil {
		return 0, 0, err
	}
	defer conn.Close() // it only goes back to the pool
	applied, err := appliedAt(ctx, conn)
	for version := range applied {
		current = max(current, version)
	}
	return current, want, err
}

// appliedAt reads goose's table, which a fresh file doesn't have. goose itself
// would make it, and asking for a version must not write.
func appliedAt(ctx context.Context, conn *sql.Conn) (map[int64]time.Time, error) {
	var tables int
	const exists = `SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'goose_db_version'`
	if err := conn.QueryRowContext(ctx, exists).Scan(&tables); err != nil || tables == 0 {
		return nil, err
	}
	rows, err := conn.QueryContext(ctx,
		`SELECT version_id, unixepoch(tstamp) FROM goose_db_version WHERE version_id > 0 AND is_applied`)
	if err != nil {
		return nil, err
	}
	defer rows.Close() // rows.Err tells
	applied := make(map[int64]time.Time)
	for rows.Next() {
		var version, at int64
		if err := rows.Scan(&version, &at); err != nil {
			return nil, err
		}
		applied[version] = time.Unix(at, 0).UTC()
	}
	return applied, rows.Err()
}
