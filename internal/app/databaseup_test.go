package app

import (
	"strings"
	"testing"

	"github.com/terragonlabs/modelcard-generator/internal/config"
)

func TestDatabaseIsSeenInMetrics(t *testing.T) {
	t.Parallel()
	up := serve(t, nil)
	eventually(t, "the database is seen", func() bool {
		return strings.Contains(up.get(t, "/metrics"), `mcg_dependency_up{dependency="database"} 1`)
	})
	away := serveUnready(t, func(c *config.Config) { c.Database.URL = "postgresql://mcg@127.0.0.1:1/mcg" })
	eventually(t, "its absence is seen", func() bool {
		return strings.Contains(away.get(t, "/metrics"), `mcg_dependency_up{dependency="database"} 0`)
	})
}
