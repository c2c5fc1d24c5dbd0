package telemetry

import (
	"bytes"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rs/zerolog"
)

func TestLevelChangesWhileItRuns(t *testing.T) {
	t.Parallel()
	var console bytes.Buffer
	l := open(t, LogOptions{Console: &console, MaxSize: 1, Handlers: []LogHandler{
		{Kind: LogConsole, Level: "warning", Format: FormatJSON},
		{Kind: LogFile, Level: "error", Format: FormatJSON, File: filepath.Join(t.TempDir(), "app.log")},
	}})
	derived := l.Logger.With().Str("part", "cache").Logger() // made before the change
	derived.Debug().Msg("before")
	if err := l.SetLevels([]string{"debug", "error"}); err != nil {
		t.Fatal(err)
	}
	derived.Debug().Msg("while")
	if err := l.SetLevels([]string{"error", "error"}); err != nil {
		t.Fatal(err)
	}
	derived.Warn().Msg("after")
	if got := console.String(); !strings.Contains(got, `"while"`) || strings.Count(got, "\n") != 1 {
		t.Errorf("console: %q, want one line", got)
	}
}

func TestLevelsThatMakeNoSense(t *testing.T) {
	t.Parallel()
	l := open(t, LogOptions{Console: &bytes.Buffer{}, Handlers: []LogHandler{{Kind: LogConsole, Level: "info"}}})
	if err := l.SetLevels([]string{"debug", "debug"}); !errors.Is(err, ErrHandlers) {
		t.Errorf("two levels for one handler: %v", err)
	}
	if err := l.SetLevels([]string{"loud"}); err == nil {
		t.Error("an unknown level is taken")
	}
	if l.Logger.Debug().Enabled() || !l.Logger.Info().Enabled() {
		t.Error("what was refused has changed the level")
	}
}

func TestUnwantedEventsCostNothing(t *testing.T) { // not parallel: AllocsPerRun counts the whole process
	l := open(t, LogOptions{Console: &bytes.Buffer{}, Handlers: []LogHandler{{Kind: LogConsole, Level: "info"}}})
	logger := l.Logger.With().Str("part", "cache").Logger()
	if n := testing.AllocsPerRun(1000, func() { logger.Debug().Str("who", "a").Msg("unwanted") }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if !logger.WithLevel(zerolog.NoLevel).Enabled() {
		t.Error("an event without a level is dropped")
	}
}
