package telemetry

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"
)

func syslogTo(t *testing.T, address string) zerolog.Logger {
	t.Helper()
	return open(t, LogOptions{Name: "mcg server", Handlers: []LogHandler{{Kind: LogSyslog, Level: "debug", Format: FormatJSON, Address: address}}}).Logger
}

// packet reads one datagram, with the host and process that differ by machine replaced.
func packet(t *testing.T, conn net.PacketConn) string {
	t.Helper()
	if err := conn.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 4096)
	n, _, err := conn.ReadFrom(buf)
	if err != nil {
		t.Fatal(err)
	}
	return anonymous(t, string(buf[:n]))
}

func anonymous(t *testing.T, message string) string {
	t.Helper()
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Replace(message, fmt.Sprintf(" %s mcgserver %d ", host, os.Getpid()), " HOST mcgserver PID ", 1)
}

func TestSyslogByUDP(t *testing.T) {
	t.Parallel()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	log := syslogTo(t, "udp://"+conn.LocalAddr().String())
	log.Debug().Msg("one")
	log.Error().Msg("two\nlines")

	want := []string{
		`<31>1 2026-01-02T12:00:00.007Z HOST mcgserver PID - - {"level":"debug","time":"2026-01-02T12:00:00.007Z","message":"one"}`,
		`<27>1 2026-01-02T12:00:00.007Z HOST mcgserver PID - - {"level":"error","time":"2026-01-02T12:00:00.007Z","message":"two\nlines"}`,
	}
	if diff := cmp.Diff(want, []string{packet(t, conn), packet(t, conn)}); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestSyslogByUnixSocket(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "mcg") // short: a socket's path has 108 bytes at most
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "log")
	conn, err := net.ListenPacket("unixgram", path)
	if err != nil {
		t.Fatal(err)
	}
	log := syslogTo(t, "unix://"+path)
	log.Warn().Msg("one")
	if got := packet(t, conn); !strings.HasPrefix(got, "<28>1 ") {
		t.Errorf("message = %q, want severity 4 of facility 3", got)
	}

	// The daemon starts anew: the line after it arrives.
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	_ = os.Remove(path)
	if conn, err = net.ListenPacket("unixgram", path); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	log.Info().Msg("again")
	if got := packet(t, conn); !strings.Contains(got, "again") {
		t.Errorf("message = %q, want the line after the restart", got)
	}
}

func TestSyslogByTCPCountsOctets(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	log := syslogTo(t, "tcp://"+listener.Addr().String())
	conn, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	log.Info().Msg("ünicode")
	log.Info().Msg("two")
	if err := conn.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	in := bufio.NewReader(conn)
	for _, want := range []string{"ünicode", "two"} {
		var size int
		if _, err := fmt.Fscanf(in, "%d ", &size); err != nil {
			t.Fatal(err)
		}
		message := make([]byte, size)
		if _, err := io.ReadFull(in, message); err != nil {
			t.Fatal(err)
		}
		if got := string(message); !strings.HasPrefix(got, "<30>1 ") || !strings.HasSuffix(got, `"message":"`+want+`"}`) {
			t.Errorf("message = %q, want one of %q alone", got, want)
		}
	}
}

// TestSyslogAway: a daemon that is gone is not asked for every line, and is found again later.
func TestSyslogAway(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	now := noon()
	conn, err := dialSyslog("tcp://"+listener.Addr().String(), "mcg", func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	address := listener.Addr().String()
	_ = listener.Close()
	_ = conn.conn.Close() // the connection breaks
	if err := conn.send(zerolog.InfoLevel, []byte("lost")); err == nil || errors.Is(err, errSyslogAway) {
		t.Errorf("first line: %v, want the reason it is lost", err)
	}

	if listener, err = net.Listen("tcp", address); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	if err := conn.send(zerolog.InfoLevel, []byte("dropped")); !errors.Is(err, errSyslogAway) {
		t.Errorf("a moment later: %v, want it dropped", err)
	}
	now = now.Add(syslogBackoff)
	if err := conn.send(zerolog.InfoLevel, []byte("back")); err != nil {
		t.Errorf("after the pause: %v", err)
	}
}
