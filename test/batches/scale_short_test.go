//go:build e2e && !chaos

package batches

// The short runs: enough to see a promise broken.
const (
	postgresItems, postgresKills, postgresStops = 300, 10, 1
	sqliteItems, sqliteKills                    = 150, 6
)
