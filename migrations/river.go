package migrations

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"

	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
)

// riverStep is a numbered step that brings River's own tables from one of
// River's versions to another, so that there is one version to look at.
type riverStep struct {
	version  int64
	name     string
	from, to int
}

// riverSteps are two, because Postgres can't use a value that the same
// transaction has added to an enumeration: River's version 4 adds one, and
// version 6 uses it. A newer River adds a step; these never change.
var riverSteps = []riverStep{
	{3, "00003_river_4.go", 0, 4},
	{4, "00004_river_8.go", 4, 8},
}

// riverMigrations are the steps as goose runs them, each in its transaction.
func riverMigrations(dialect Dialect) ([]*goose.Migration, error) {
	migrator, err := newRiverMigrator(dialect)
	if err != nil {
		return nil, err
	}
	list := make([]*goose.Migration, len(riverSteps))
	for i, step := range riverSteps {
		list[i] = goose.NewGoMigration(step.version,
			&goose.GoFunc{RunTx: migrator.run(rivermigrate.DirectionUp, step.to)},
			&goose.GoFunc{RunTx: migrator.run(rivermigrate.DirectionDown, step.from)})
	}
	return list, nil
}

// riverMigrator is River's migrator over the transactions that goose opens.
type riverMigrator struct {
	*rivermigrate.Migrator[*sql.Tx]
}

func newRiverMigrator(dialect Dialect) (riverMigrator, error) {
	var driver riverdriver.Driver[*sql.Tx] = riverdatabasesql.New(nil)
	if dialect == SQLite {
		driver = riversqlite.New(nil)
	}
	m, err := rivermigrate.New(driver, &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return riverMigrator{}, fmt.Errorf("migrations: river: %w", err)
	}
	return riverMigrator{m}, nil
}

// run brings River's tables up or down to a version; 0 is none at all.
func (m riverMigrator) run(direction rivermigrate.Direction, version int) func(context.Context, *sql.Tx) error {
	if version == 0 {
		version = -1 // how River spells it
	}
	return func(ctx context.Context, tx *sql.Tx) error {
		//nolint:staticcheck // deprecated for runs that can't be one transaction; the steps are cut so that each can
		_, err := m.MigrateTx(ctx, tx, direction, &rivermigrate.MigrateOpts{TargetVersion: version})
		return err
	}
}
