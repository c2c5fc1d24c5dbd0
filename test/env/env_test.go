//go:build unix

package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestExitCodeIsTheCommands(t *testing.T) {
	t.Parallel()
	for script, want := range map[string]int{"exit 0": 0, "exit 7": 7, "kill -KILL $$": 128 + 9} {
		code, err := runCommand([]string{"sh", "-c", script}, io.Discard, io.Discard, nil)
		if code != want || err != nil {
			t.Errorf("%s: code %d, error %v", script, code, err)
		}
	}
	if code, err := runCommand([]string{"/no/such/program"}, io.Discard, io.Discard, nil); code != exitFailure || err == nil {
		t.Errorf("no program: code %d, error %v", code, err)
	}
}

func TestEnvironmentReachesTheCommand(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if _, err := runCommand([]string{"sh", "-c", `echo "$MCG_TEST_X"`}, &out, io.Discard, nil, "MCG_TEST_X=here"); err != nil {
		t.Fatal(err)
	}
	if out.String() != "here\n" {
		t.Errorf("got %q", out.String())
	}
}

// A test binary is a child of the command, and has to hear of Ctrl-C, too.
func TestSignalsReachTheGroup(t *testing.T) {
	t.Parallel()
	signals := make(chan os.Signal, 1)
	out := writer(func(line string) {
		if strings.Contains(line, "ready") {
			signals <- syscall.SIGTERM
		}
	})
	const script = `trap 'wait $child; exit 3' TERM; sh -c 'trap "exit 5" TERM; echo ready; while :; do sleep 0.1; done' & child=$!; wait $child; exit $?`
	start := time.Now()
	code, err := runCommand([]string{"sh", "-c", script}, out, io.Discard, signals)
	if code != 3 || err != nil {
		t.Errorf("code %d, error %v", code, err)
	}
	if took := time.Since(start); took > grace {
		t.Errorf("took %v: the child was killed, not told", took)
	}
}

type writer func(string)

func (w writer) Write(p []byte) (int, error) {
	w(string(p))
	return len(p), nil
}

func TestUsage(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{}, {"--"}, {"-fsync"}, {"-unknown"}} {
		var stderr bytes.Buffer
		if code := run(args, io.Discard, &stderr, nil); code != exitUsage || !strings.Contains(stderr.String(), "usage:") {
			t.Errorf("%v: code %d, %q", args, code, &stderr)
		}
	}
}

func TestMissingProgramsAreNamed(t *testing.T) {
	t.Parallel()
	packages := programs{}.missing()
	message := howToInstall(packages).Error()
	for _, want := range []string{"PostgreSQL 14", "redis-server", "sudo apt-get install postgresql redis-server"} {
		if !strings.Contains(message, want) {
			t.Errorf("%q is not in: %s", want, message)
		}
	}
	if packages := (programs{postgres: "/bin", redis: "/bin/redis-server"}).missing(); len(packages) != 0 {
		t.Errorf("missing %v", packages)
	}
}

func TestPostgresVersion(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]int{
		"postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)": 15, "postgres (PostgreSQL) 9.6.24": 9,
		"postgres (PostgreSQL) 18beta1": 18, "something else": 0,
	} {
		folder := t.TempDir()
		for _, name := range []string{"postgres", "initdb"} {
			script := "#!/bin/sh\necho '" + line + "'\n"
			if err := os.WriteFile(filepath.Join(folder, name), []byte(script), 0o700); err != nil {
				t.Fatal(err)
			}
		}
		if got := postgresVersion(folder); got != want {
			t.Errorf("%q is version %d, want %d", line, got, want)
		}
	}
	if got := postgresVersion(t.TempDir()); got != 0 {
		t.Errorf("an empty folder is version %d", got)
	}
}

// The whole of it: both services answer while the command runs, and nothing is
// left behind.
func TestServicesComeAndGo(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	if err := os.Chmod(temp, 0o755); err != nil { // the postgres account passes through
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Dir(temp), 0o755); err != nil {
		t.Fatal(err)
	}
	var out, stderr bytes.Buffer
	script := `echo "$MCG_TEST_POSTGRES_URL"; echo "$MCG_TEST_REDIS_URL"; exit 9`
	if code := run([]string{"--", "sh", "-c", script}, &out, &stderr, nil); code != 9 {
		t.Fatalf("code %d: %s", code, &stderr)
	}
	urls := strings.Fields(out.String())
	if len(urls) != 2 || !strings.HasPrefix(urls[0], "postgresql://mcg:") || !strings.HasPrefix(urls[1], "redis://127.0.0.1:") {
		t.Fatalf("URLs %q", urls)
	}
	address := strings.TrimSuffix(strings.TrimPrefix(urls[1], "redis://"), "/0")
	if conn, err := net.Dial("tcp", address); err == nil {
		_ = conn.Close()
		t.Error("redis still listens")
	}
	left, err := filepath.Glob(filepath.Join(temp, "mcg-test-*"))
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestServiceThatFailsTellsItsLog(t *testing.T) {
	t.Parallel()
	d := &daemon{cmd: exec.Command("sh", "-c", "echo the reason >&2; exit 1"), quit: syscall.SIGTERM}
	nobody := func(context.Context) error { return errors.New("nobody there") }
	err := d.start(t.Context(), filepath.Join(t.TempDir(), "log"), nobody)
	if err == nil || !strings.Contains(err.Error(), "the reason") {
		t.Errorf("error %v", err)
	}
}
