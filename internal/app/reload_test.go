//go:build unix

package app

import (
	"errors"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/terragonlabs/modelcard-generator/internal/config"
)

// setting is the configuration that the next SIGHUP finds.
type setting struct {
	mu    sync.Mutex
	level config.LogLevel
	err   error
}

func (s *setting) set(level config.LogLevel, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.level, s.err = level, err
}

func (s *setting) load() (*config.Loaded, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	loaded := &config.Loaded{Config: config.Default()}
	loaded.Config.Logging.Level = s.level
	return loaded, s.err
}

// Not parallel: a signal reaches the whole process.
func TestHangupChangesTheLogLevel(t *testing.T) {
	now := &setting{level: "error"}
	r := serveWith(t, Options{Reload: now.load}, func(c *config.Config) { c.Logging.Level = "error" })
	hangup := func(line string) {
		t.Helper()
		seen := strings.Count(r.logs.String(), line)
		if err := syscall.Kill(syscall.Getpid(), syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		eventually(t, line, func() bool { return strings.Count(r.logs.String(), line) == seen+1 })
	}
	const applied = "log levels are those of the configuration"
	requests := func() int { return strings.Count(r.logs.String(), `"route":"/v1/formats"`) }

	r.get(t, "/v1/formats")
	if requests() != 0 {
		t.Fatal("requests are logged at level error")
	}
	now.set("info", nil)
	hangup(applied)
	r.get(t, "/v1/formats")
	eventually(t, "a request is logged at level info", func() bool { return requests() == 1 })
	now.set("error", errors.New("line 3 is wrong"))
	hangup("the configuration is read again and refused")
	r.get(t, "/v1/formats")
	eventually(t, "the level is as it was", func() bool { return requests() == 2 })
	now.set("error", nil)
	hangup(applied)
	r.get(t, "/v1/formats")
	if requests() != 2 {
		t.Error("requests are logged at level error again")
	}
}
