package telemetry

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"
)

// open builds a logger that the test closes.
func open(t *testing.T, o LogOptions) *Log {
	t.Helper()
	o.Now = noon
	l, err := NewLog(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

func TestHandlersHaveTheirOwnLevelAndFormat(t *testing.T) {
	t.Parallel()
	var console bytes.Buffer
	path := filepath.Join(t.TempDir(), "logs", "app.log")
	l := open(t, LogOptions{Console: &console, MaxSize: 1, Handlers: []LogHandler{
		{Kind: LogConsole, Level: "warning", Format: FormatText},
		{Kind: LogFile, Level: "info", Format: FormatJSON, File: path},
	}})
	l.Logger.Debug().Msg("hidden")
	l.Logger.Info().Int("n", 1).Msg("told")
	l.Logger.Warn().Err(errors.New("it broke")).Str("who", "a b").Msg("odd")

	want := "2026-01-02T12:00:00.007Z WRN odd error=\"it broke\" who=\"a b\"\n"
	if diff := cmp.Diff(want, console.String()); diff != "" {
		t.Errorf("console (-want +got):\n%s", diff)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want = `{"level":"info","n":1,"time":"2026-01-02T12:00:00.007Z","message":"told"}
{"level":"warn","error":"it broke","who":"a b","time":"2026-01-02T12:00:00.007Z","message":"odd"}
`
	if diff := cmp.Diff(want, string(file)); diff != "" {
		t.Errorf("file (-want +got):\n%s", diff)
	}
	if l.Logger.Debug().Enabled() || !l.Logger.Info().Enabled() {
		t.Error("events that nobody wants should cost nothing, and others be there")
	}
}

func TestLevels(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]zerolog.Level{
		"trace": zerolog.TraceLevel, "debug": zerolog.DebugLevel, "info": zerolog.InfoLevel, "warning": zerolog.WarnLevel,
		"error": zerolog.ErrorLevel, "critical": zerolog.FatalLevel,
	} {
		l := open(t, LogOptions{Console: &bytes.Buffer{}, Handlers: []LogHandler{{Kind: LogConsole, Level: name}}})
		for level := zerolog.TraceLevel; level <= zerolog.ErrorLevel; level++ {
			if got := l.Logger.WithLevel(level).Enabled(); got != (level >= want) {
				t.Errorf("%s: events of level %v are built: %v", name, level, got)
			}
		}
	}
}

func TestNewLogRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, h := range map[string]LogHandler{
		"level":             {Kind: LogConsole, Level: "loud"},
		"no level":          {Kind: LogConsole},
		"kind":              {Kind: "fax", Level: "info"},
		"file in a file":    {Kind: LogFile, Level: "info", File: dir},
		"syslog of nobody":  {Kind: LogSyslog, Level: "info", Address: "unix://" + dir + "/none"},
		"syslog by carrier": {Kind: LogSyslog, Level: "info", Address: "pigeon://loft"},
	} {
		o := LogOptions{Console: &bytes.Buffer{}, Now: noon, Handlers: []LogHandler{h}}
		if _, err := NewLog(o); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

// TestControlCharacters sends what would forge a line or drive a terminal through every place of an event.
func TestControlCharacters(t *testing.T) {
	t.Parallel()
	const hostile = "a\nb\r\x1b[31m\x00\x7f\u009b\u0085\u2028z"
	for _, format := range []string{FormatJSON, FormatText} {
		var out bytes.Buffer
		l := open(t, LogOptions{Console: &out, Handlers: []LogHandler{{Kind: LogConsole, Level: "info", Format: format}}})
		l.Logger.Info().Str(hostile, hostile).Strs("list", []string{hostile}).Err(errors.New(hostile)).Msg(hostile)
		line, found := strings.CutSuffix(out.String(), "\n")
		if !found {
			t.Errorf("%s: no newline at the end", format)
		}
		for _, r := range line {
			if r < ' ' || r >= 0x7f && r <= 0x9f || r == '\u2028' {
				t.Errorf("%s: %U is in the line %q", format, r, line)
			}
		}
		if format != FormatJSON {
			continue
		}
		var event map[string]any
		if err := json.Unmarshal([]byte(line), &event); err != nil {
			t.Fatal(err)
		}
		if event["message"] != hostile || event[hostile] != hostile {
			t.Errorf("the escaped text reads back as %q", event["message"])
		}
	}
}

func TestEscapeControlsLeavesTextAlone(t *testing.T) { // not parallel: AllocsPerRun counts the whole process
	text := []byte("naïve 🙂 العربية \xff\xc2")
	if got := escapeControls(text); &got[0] != &text[0] {
		t.Errorf("%q is copied to %q", text, got)
	}
	if n := testing.AllocsPerRun(100, func() { escapeControls(text) }); n != 0 {
		t.Errorf("%v allocations for a plain line", n)
	}
}

func TestRotation(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := open(t, LogOptions{MaxSize: 1, MaxBackups: 5, Handlers: []LogHandler{
		{Kind: LogFile, Level: "info", Format: FormatJSON, File: filepath.Join(dir, "app.log")},
	}})
	line := strings.Repeat("x", 1000)
	for range 1100 { // a little over one MiB, to which MaxSize is rounded up
		l.Logger.Info().Msg(line)
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != 2 {
		t.Errorf("%d files, want the log and one backup", len(files))
	}
	for _, f := range files {
		info, err := f.Info()
		if err != nil {
			t.Fatal(err)
		}
		if info.Size() > 1<<20 {
			t.Errorf("%s has %d bytes", f.Name(), info.Size())
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", f.Name(), info.Mode())
		}
	}
}
