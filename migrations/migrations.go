// Package migrations holds the schema of both engines as numbered SQL, embedded,
// and runs it with goose. A number stands for the same step in either folder;
// add the next one to both. River's tables come by its own migrations, which
// run inside numbered steps too.
package migrations

import (
	"cmp"
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"github.com/pressly/goose/v3"
)

//go:embed postgres/*.sql sqlite/*.sql
var files embed.FS

// Dialect chooses an engine's folder.
type Dialect string

// The engines.
const (
	Postgres Dialect = "postgres"
	SQLite   Dialect = "sqlite"
)

// ErrNone says that there is no migration to take back.
var ErrNone = errors.New("migrations: none applied")

// Files returns the SQL of an engine.
func Files(dialect Dialect) (fs.FS, error) {
	folder, err := fs.Sub(files, string(dialect))
	if err != nil {
		return nil, fmt.Errorf("migrations: %w", err)
	}
	return folder, nil
}

// Step is a migration that this program knows.
type Step struct {
	Version int64
	Name    string // file name
}

// Runner applies the steps of one engine. It is made for one run: take whatever
// lock keeps other processes out before calling it, or pass it to goose by opts.
type Runner struct {
	provider *goose.Provider
}

// NewRunner returns a runner over an open database, which stays the caller's.
func NewRunner(dialect Dialect, db *sql.DB, opts ...goose.ProviderOption) (*Runner, error) {
	folder, err := Files(dialect)
	if err != nil {
		return nil, err
	}
	name := goose.DialectPostgres
	if dialect == SQLite {
		name = goose.DialectSQLite3
	}
	river, err := riverMigrations(dialect)
	if err != nil {
		return nil, err
	}
	opts = append(opts, goose.WithDisableGlobalRegistry(true), goose.WithGoMigrations(river...))
	provider, err := goose.NewProvider(name, db, folder, opts...)
	if err != nil {
		return nil, fmt.Errorf("migrations: %w", err)
	}
	return &Runner{provider}, nil
}

// Up applies every step that is missing; each is a transaction of its own.
func (r *Runner) Up(ctx context.Context) error {
	if _, err := r.provider.Up(ctx); err != nil {
		return fmt.Errorf("migrations: up: %w", err)
	}
	return nil
}

// Down takes the latest step back. Errors: ErrNone.
func (r *Runner) Down(ctx context.Context) error {
	_, err := r.provider.Down(ctx)
	if errors.Is(err, goose.ErrNoNextVersion) {
		return ErrNone
	}
	if err != nil {
		return fmt.Errorf("migrations: down: %w", err)
	}
	return nil
}

// Steps lists the steps of an engine, oldest first.
func Steps(dialect Dialect) ([]Step, error) {
	entries, err := fs.ReadDir(files, string(dialect))
	if err != nil {
		return nil, fmt.Errorf("migrations: %w", err)
	}
	steps := make([]Step, 0, len(entries)+len(riverSteps))
	for _, entry := range entries {
		version, err := goose.NumericComponent(entry.Name())
		if err != nil {
			return nil, fmt.Errorf("migrations: %s: %w", path.Join(string(dialect), entry.Name()), err)
		}
		steps = append(steps, Step{version, entry.Name()})
	}
	for _, step := range riverSteps {
		steps = append(steps, Step{step.version, step.name})
	}
	slices.SortFunc(steps, func(a, b Step) int { return cmp.Compare(a.Version, b.Version) })
	return steps, nil
}

// Latest returns the version that the program was built for.
func Latest(dialect Dialect) (int64, error) {
	steps, err := Steps(dialect)
	if err != nil {
		return 0, err
	}
	return steps[len(steps)-1].Version, nil
}
