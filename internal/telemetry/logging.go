// Package telemetry builds what the service is watched by: the logger, the metrics and the tracer. Each is a value that
// its caller hands down; nothing is global, so that one process can run two servers. Options are plain values of this
// package's own, and the program maps its configuration to them.
package telemetry

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/rs/zerolog"
	"gopkg.in/natefinch/lumberjack.v2"
)

// Kinds of LogHandler.
const (
	LogConsole = "console"
	LogFile    = "file"
	LogSyslog  = "syslog"
)

// Formats of a log line.
const (
	FormatJSON = "json"    // one object a line
	FormatText = "console" // text for people
)

// timeLayout is RFC 3339 in UTC with milliseconds.
const timeLayout = "2006-01-02T15:04:05.000Z07:00"

// LogHandler is one destination of log lines.
type LogHandler struct {
	Kind    string // LogConsole, LogFile or LogSyslog
	Level   string // trace, debug, info, warning, error or critical
	Format  string // FormatJSON or FormatText
	File    string // for LogFile: its path
	Address string // for LogSyslog: udp://host:port, tcp://host:port, unix:///path; empty is /dev/log
}

// LogOptions says where log lines go.
type LogOptions struct {
	Handlers   []LogHandler
	MaxSize    int64            // bytes at which a file is rotated, rounded up to whole MiB
	MaxBackups int              // rotated files that are kept; 0 keeps all
	Console    io.Writer        // where LogConsole writes
	Color      bool             // whether text on the console is coloured
	Now        func() time.Time // the clock
	Name       string           // the program, as syslog shows it
}

// Log is a logger and what it holds open.
type Log struct {
	Logger zerolog.Logger

	lowest  level          // of all handlers
	writers []*levelWriter // the handlers, in their order
	closers []io.Closer
}

// NewLog opens every destination. A file that can't be written, or a syslog daemon that can't be reached, is an error:
// it is better seen at the start than missed later. What breaks afterwards costs the lines, not the service.
func NewLog(o LogOptions) (*Log, error) {
	l := &Log{}
	levels := make([]zerolog.Level, 0, len(o.Handlers))
	for _, h := range o.Handlers {
		level, err := parseLevel(h.Level)
		if err != nil {
			return nil, errors.Join(err, l.Close())
		}
		w, err := l.open(o, h)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("telemetry: log to %s: %w", h.Kind, err), l.Close())
		}
		l.writers = append(l.writers, &levelWriter{LevelWriter: w})
		levels = append(levels, level)
	}
	l.setLevels(levels)
	l.Logger = zerolog.New(zerolog.MultiLevelWriter(l.ioWriters()...)).Sample(&l.lowest).Hook(clock(o.Now))
	return l, nil
}

// Close closes files and connections. The logger must not be used afterwards.
func (l *Log) Close() error {
	errs := make([]error, 0, len(l.closers))
	for _, c := range l.closers {
		errs = append(errs, c.Close())
	}
	l.closers = nil
	return errors.Join(errs...)
}

// open returns the writer of one handler.
func (l *Log) open(o LogOptions, h LogHandler) (zerolog.LevelWriter, error) {
	switch h.Kind {
	case LogConsole:
		return levelled(formatted(zerolog.SyncWriter(o.Console), h.Format, o.Color)), nil
	case LogFile:
		f, err := openFile(h.File, o.MaxSize, o.MaxBackups)
		if err != nil {
			return nil, err
		}
		l.closers = append(l.closers, f)
		return levelled(formatted(f, h.Format, false)), nil
	case LogSyslog:
		s, err := dialSyslog(h.Address, o.Name, o.Now)
		if err != nil {
			return nil, err
		}
		l.closers = append(l.closers, s)
		return &syslogLines{conn: s, format: h.Format}, nil
	default:
		return nil, fmt.Errorf("kind %q is not known", h.Kind)
	}
}

// openFile returns a file that is rotated by size. It is tried first, since lumberjack opens late, and would rename
// whatever it can't open out of its way.
func openFile(path string, maxSize int64, maxBackups int) (*lumberjack.Logger, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600) //nolint:gosec // the operator says which file
	if err != nil {
		return nil, err
	}
	if err := f.Close(); err != nil {
		return nil, err
	}
	const mib = 1 << 20
	return &lumberjack.Logger{Filename: path, MaxSize: int((maxSize + mib - 1) / mib), MaxBackups: maxBackups}, nil
}

// clock stamps each event. Zerolog's own stamp reads a global clock.
func clock(now func() time.Time) zerolog.Hook {
	return zerolog.HookFunc(func(e *zerolog.Event, _ zerolog.Level, _ string) {
		e.Str(zerolog.TimestampFieldName, now().UTC().Format(timeLayout))
	})
}

// parseLevel knows the names of the configuration, which are those of Python's logging, and zerolog's own.
func parseLevel(name string) (zerolog.Level, error) {
	switch name {
	case "warning":
		return zerolog.WarnLevel, nil
	case "critical":
		return zerolog.FatalLevel, nil
	}
	level, err := zerolog.ParseLevel(name)
	if err != nil || name == "" {
		return zerolog.NoLevel, fmt.Errorf("telemetry: log level %q is not known", name)
	}
	return level, nil
}

func levelled(w io.Writer) zerolog.LevelWriter { return zerolog.LevelWriterAdapter{Writer: w} }
