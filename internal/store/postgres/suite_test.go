package postgres_test

import (
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/terragonlabs/modelcard-generator/internal/store"
	"github.com/terragonlabs/modelcard-generator/internal/store/postgres/postgrestest"
	"github.com/terragonlabs/modelcard-generator/internal/store/storetest"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

func TestContract(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, migrated bool) storetest.Database {
		url := postgrestest.EmptyURL
		if migrated {
			url = postgrestest.MigratedURL
		}
		database := url(t)
		return func(t *testing.T, clock func() time.Time) store.Store {
			return postgrestest.Open(t, database, clock)
		}
	})
}
