package telemetry

import (
	"errors"
	"io"
	"sync/atomic"

	"github.com/rs/zerolog"
)

// ErrHandlers says that levels are given for another number of handlers than
// there are.
var ErrHandlers = errors.New("telemetry: the log has other handlers")

// level is a log level that may change while lines are written.
type level struct{ value atomic.Int32 }

func (l *level) set(to zerolog.Level) { l.value.Store(int32(to)) }

func (l *level) allows(event zerolog.Level) bool { return event >= zerolog.Level(l.value.Load()) } //nolint:gosec // set stores levels alone

// Sample implements zerolog.Sampler, which is asked before an event is built:
// one that nobody wants costs one look at the level. The level of a
// zerolog.Logger would be copied into every logger made from it, and could not
// change any more.
func (l *level) Sample(event zerolog.Level) bool { return l.allows(event) }

// levelWriter is one handler and its level.
type levelWriter struct {
	zerolog.LevelWriter

	level level
}

// WriteLevel drops what is below the level.
func (w *levelWriter) WriteLevel(event zerolog.Level, line []byte) (int, error) {
	if !w.level.allows(event) {
		return len(line), nil
	}
	return w.LevelWriter.WriteLevel(event, line)
}

// SetLevels changes the level of each handler, in their order, for this logger
// and all made from it. Levels that are not known, and [ErrHandlers], change
// nothing.
func (l *Log) SetLevels(names []string) error {
	if len(names) != len(l.writers) {
		return ErrHandlers
	}
	levels := make([]zerolog.Level, len(names))
	for i, name := range names {
		var err error
		if levels[i], err = parseLevel(name); err != nil {
			return err
		}
	}
	l.setLevels(levels)
	return nil
}

func (l *Log) setLevels(levels []zerolog.Level) {
	lowest := zerolog.Disabled
	for i, to := range levels {
		l.writers[i].level.set(to)
		lowest = min(lowest, to)
	}
	l.lowest.set(lowest)
}

func (l *Log) ioWriters() []io.Writer {
	writers := make([]io.Writer, len(l.writers))
	for i, w := range l.writers {
		writers[i] = w
	}
	return writers
}
