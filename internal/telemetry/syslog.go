package telemetry

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"
)

const (
	syslogTimeout  = time.Second      // for connecting and for one message
	syslogBackoff  = 10 * time.Second // how long lines are dropped at once after the daemon failed
	maxSyslog      = 8 << 10          // bytes of a line; daemons cut longer ones, and datagrams have a limit
	facilityDaemon = 3                // RFC 5424 section 6.2.1
	localSyslog    = "/dev/log"
	nilValue       = "-" // RFC 5424: a header field without a value
)

// errSyslogAway says that a line was dropped because the daemon failed a moment ago.
var errSyslogAway = errors.New("telemetry: syslog: the daemon is away, and the line is dropped")

// syslogConn sends messages of RFC 5424 to a daemon. A daemon that went away is connected to again at once; one that
// does not come back, or hangs, costs one timeout every syslogBackoff, and the lines between are dropped.
type syslogConn struct {
	network, address string
	header           string // of each message, after its time
	now              func() time.Time

	mu      sync.Mutex
	conn    net.Conn
	retryAt time.Time // before it, a lost connection is not made again
}

func dialSyslog(address, name string, now func() time.Time) (*syslogConn, error) {
	s := &syslogConn{now: now}
	var err error
	if s.network, s.address, err = syslogPlace(address); err != nil {
		return nil, err
	}
	host, err := os.Hostname()
	if err != nil {
		host = nilValue
	}
	s.header = strings.Join([]string{headerField(host, 255), headerField(name, 48), strconv.Itoa(os.Getpid()), nilValue, nilValue}, " ")
	if s.conn, err = s.dial(); err != nil {
		return nil, err
	}
	return s, nil
}

// syslogPlace reads udp://host:port, tcp://host:port or unix:///path.
func syslogPlace(address string) (network, place string, err error) {
	if address == "" {
		return "unixgram", localSyslog, nil
	}
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return "", "", errors.New("the address is not a URL")
	case u.Scheme == "unix":
		return "unixgram", u.Path, nil
	case u.Scheme == "udp" || u.Scheme == "tcp":
		return u.Scheme, u.Host, nil
	default:
		return "", "", fmt.Errorf("the address %q begins with neither udp://, tcp:// nor unix://", address)
	}
}

func (s *syslogConn) dial() (net.Conn, error) {
	conn, err := net.DialTimeout(s.network, s.address, syslogTimeout)
	if err != nil && s.network == "unixgram" {
		return net.DialTimeout("unix", s.address, syslogTimeout) // some daemons listen on a stream
	}
	return conn, err
}

// send writes one message, over a new connection if the old one broke.
func (s *syslogConn) send(level zerolog.Level, text []byte) error {
	now := s.now()
	priority := facilityDaemon*8 + severity(level)
	message := fmt.Appendf(nil, "<%d>1 %s %s %s", priority, now.UTC().Format(timeLayout), s.header, text[:min(len(text), maxSyslog)])
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn != nil {
		err := s.write(message)
		if err == nil {
			return nil
		}
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return s.lost(now, err)
		}
		_ = s.conn.Close() // it failed already
		s.conn = nil
	}
	if now.Before(s.retryAt) {
		return errSyslogAway
	}
	var err error
	if s.conn, err = s.dial(); err == nil {
		err = s.write(message)
	}
	if err != nil {
		return s.lost(now, err)
	}
	return nil
}

// lost drops the connection for a while.
func (s *syslogConn) lost(now time.Time, err error) error {
	if s.conn != nil {
		_ = s.conn.Close() // it failed already
		s.conn = nil
	}
	s.retryAt = now.Add(syslogBackoff)
	return fmt.Errorf("telemetry: syslog: %w", err)
}

// write frames a message: a datagram is its own frame, a stream counts octets (RFC 6587 section 3.4.1).
func (s *syslogConn) write(message []byte) error {
	if err := s.conn.SetWriteDeadline(time.Now().Add(syslogTimeout)); err != nil {
		return err
	}
	switch s.conn.RemoteAddr().Network() {
	case "tcp", "unix":
		message = append(strconv.AppendInt(nil, int64(len(message)), 10), append([]byte{' '}, message...)...)
	}
	_, err := s.conn.Write(message)
	return err
}

// Close ends the connection.
func (s *syslogConn) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn == nil {
		return nil
	}
	err := s.conn.Close()
	s.conn = nil
	return err
}

// headerField keeps a header field to printable ASCII without spaces, as RFC 5424 section 6 has it.
func headerField(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' {
			return -1
		}
		return r
	}, s)
	if s == "" {
		return nilValue
	}
	return s[:min(len(s), limit)]
}

func severity(level zerolog.Level) int {
	switch level {
	case zerolog.PanicLevel, zerolog.FatalLevel:
		return 2 // critical
	case zerolog.ErrorLevel:
		return 3
	case zerolog.WarnLevel:
		return 4
	case zerolog.DebugLevel, zerolog.TraceLevel:
		return 7
	default:
		return 6 // informational
	}
}

// syslogLines hands each log line, in its format and without its newline, to syslog with its severity.
type syslogLines struct {
	conn   *syslogConn
	format string
}

// Write takes a line of no level.
func (w *syslogLines) Write(line []byte) (int, error) { return w.WriteLevel(zerolog.NoLevel, line) }

// WriteLevel takes a line of a level.
func (w *syslogLines) WriteLevel(level zerolog.Level, line []byte) (int, error) {
	var text bytes.Buffer
	if _, err := formatted(&text, w.format, false).Write(line); err != nil {
		return 0, err
	}
	if err := w.conn.send(level, bytes.TrimRight(text.Bytes(), "\n")); err != nil {
		return 0, err
	}
	return len(line), nil
}
