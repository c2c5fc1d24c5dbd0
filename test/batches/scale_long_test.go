//go:build chaos

package batches

// The long runs, as the promises have them.
const (
	postgresItems, postgresKills, postgresStops = 10_000, 200, 10
	sqliteItems, sqliteKills                    = 1_000, 50
)
