package app

import (
	"context"
	"time"

	"github.com/terragonlabs/modelcard-generator/internal/store"
	"github.com/terragonlabs/modelcard-generator/internal/telemetry"
)

const (
	pingEvery = 10 * time.Second
	pingWait  = 3 * time.Second
)

// watchDatabase keeps the metric of whether the database answers. Requests tell
// it too, but a service without requests has to know as well.
func watchDatabase(db store.Store, metrics *telemetry.Metrics) func(context.Context) {
	return func(ctx context.Context) {
		every(ctx, pingEvery, func() bool {
			waiting, cancel := context.WithTimeout(ctx, pingWait)
			defer cancel()
			err := db.Ping(waiting)
			if ctx.Err() == nil {
				metrics.DependencyUp("database", err == nil)
			}
			return true
		})
	}
}
