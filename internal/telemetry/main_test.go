package telemetry

import (
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	// lumberjack never ends the goroutine that removes old files, not even on Close.
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("gopkg.in/natefinch/lumberjack%2ev2.(*Logger).millRun"))
}

// noon is the clock of the tests.
func noon() time.Time { return time.Date(2026, 1, 2, 12, 0, 0, 7e6, time.UTC) }
