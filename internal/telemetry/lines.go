package telemetry

import (
	"fmt"
	"io"
	"strconv"
	"unicode"
	"unicode/utf8"

	"github.com/rs/zerolog"
)

// formatted returns a writer that takes zerolog's JSON and writes lines of the format, with no control character in
// them but the newline at the end.
func formatted(out io.Writer, format string, color bool) io.Writer {
	if format != FormatText {
		return escapeWriter{out}
	}
	return zerolog.ConsoleWriter{
		Out:             escapeWriter{out},
		NoColor:         !color,
		FormatTimestamp: func(v any) string { return fmt.Sprint(v) },
		FormatMessage:   plain,
		FormatFieldName: func(v any) string { return plain(v) + "=" },
	}
}

// plain quotes a text that could break its line or drive a terminal.
func plain(v any) string {
	if v == nil {
		return ""
	}
	s := fmt.Sprint(v)
	for _, r := range s {
		if unicode.IsControl(r) {
			return strconv.Quote(s)
		}
	}
	return s
}

// escapeWriter escapes what JSON allows in a string and a terminal obeys or a log viewer takes for a line's end: DEL,
// the C1 controls, and U+2028 and U+2029.
type escapeWriter struct {
	out io.Writer
}

func (w escapeWriter) Write(line []byte) (int, error) {
	if _, err := w.out.Write(escapeControls(line)); err != nil {
		return 0, err
	}
	return len(line), nil
}

// escapeControls returns line itself where there is nothing to escape, as is nearly always so.
func escapeControls(line []byte) []byte {
	var escaped []byte
	copied := 0
	for i := 0; i < len(line); {
		if c := line[i]; c < utf8.RuneSelf && c != 0x7f {
			i++
			continue
		}
		r, size := utf8.DecodeRune(line[i:])
		if r == 0x7f || r >= 0x80 && r <= 0x9f || r == '\u2028' || r == '\u2029' {
			escaped = append(escaped, line[copied:i]...)
			escaped = fmt.Appendf(escaped, `\u%04x`, r)
			copied = i + size
		}
		i += size
	}
	if escaped == nil {
		return line
	}
	return append(escaped, line[copied:]...)
}
