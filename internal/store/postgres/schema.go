package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"github.com/terragonlabs/modelcard-generator/internal/store"
	"github.com/terragonlabs/modelcard-generator/migrations"
)

// SchemaVersion implements store.Store.
func (s *Store) SchemaVersion(ctx context.Context) (current, want int64, err error) {
	want, err = migrations.Latest(migrations.Postgres)
	if err != nil {
		return 0, 0, err
	}
	applied, err := s.appliedAt(ctx)
	for version := range applied {
		current = max(current, version)
	}
	return current, want, err
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
	steps, err := migrations.Steps(migrations.Postgres)
	if err != nil {
		return nil, err
	}
	applied, err := s.appliedAt(ctx)
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

// migrate runs steps under a session's advisory lock, which other processes
// wait for up to five minutes.
func (s *Store) migrate(ctx context.Context, run func(*migrations.Runner, context.Context) error) error {
	if err := s.Ping(ctx); err != nil { // names what is wrong better than goose does
		return err
	}
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300))
	if err != nil {
		return fmt.Errorf("postgres: %w", err)
	}
	db := stdlib.OpenDBFromPool(s.pool)
	defer db.Close() // it holds no connection of its own
	runner, err := migrations.NewRunner(migrations.Postgres, db, goose.WithSessionLocker(locker))
	if err != nil {
		return err
	}
	return run(runner, ctx)
}

// appliedAt reads goose's table, which a fresh database doesn't have. goose
// itself would make it, and asking for a version must not write.
func (s *Store) appliedAt(ctx context.Context) (map[int64]time.Time, error) {
	applied := make(map[int64]time.Time)
	err := s.read(ctx, func(ctx context.Context, conn *pgxpool.Conn) error {
		var exists bool
		err := conn.QueryRow(ctx, `SELECT to_regclass('goose_db_version') IS NOT NULL`).Scan(&exists)
		if err != nil || !exists {
			return err
		}
		rows, err := conn.Query(ctx, `SELECT version_id, tstamp AT TIME ZONE current_setting('TimeZone')
			FROM goose_db_version WHERE version_id > 0 AND is_applied`)
		if err != nil {
			return err
		}
		var version int64
		var at time.Time
		_, err = pgx.ForEachRow(rows, []any{&version, &at}, func() error {
			applied[version] = store.Time(at)
			return nil
		})
		return err
	})
	return applied, err
}
