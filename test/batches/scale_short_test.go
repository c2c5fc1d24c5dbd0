//go:build e2e && !chaos

package batches

// The short runs: enough to see a promise broken. A batch takes as long as the
// kills are spread over, so that some of them meet work that is under way.
const (
	postgresItems, postgresKills, postgresStops = 4000, 10, 1
	sqliteItems, sqliteKills                    = 1500, 6
)
