//go:build unix

// Command env runs another command with throw-away test services around it:
//
//	go run ./test/env [-fsync] -- COMMAND [ARGUMENT…]
//
// It finds PostgreSQL 14 or later and Redis on this machine (or installs them,
// as root on a Debian-like system), starts a private cluster and a private
// server on free loopback ports, tells COMMAND where by MCG_TEST_POSTGRES_URL
// and MCG_TEST_REDIS_URL, and takes everything down again. The exit code is
// COMMAND's. COMMAND has no standard input.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

// Exit codes of env itself; any other is COMMAND's.
const (
	exitUsage   = 2
	exitFailure = 125 // as timeout(1) and env-like tools have it
)

// startTime bounds how long a service may take to answer.
const startTime = time.Minute

func main() {
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr, signals))
}

// run parses the arguments and returns the exit code.
func run(args []string, stdout, stderr io.Writer, signals <-chan os.Signal) int {
	flags := flag.NewFlagSet("env", flag.ContinueOnError)
	flags.SetOutput(stderr)
	fsync := flags.Bool("fsync", false, "let Postgres wait for the disk, as in production (slower)")
	flags.Usage = func() {
		fmt.Fprintln(stderr, "usage: go run ./test/env [-fsync] -- COMMAND [ARGUMENT…]")
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return exitUsage
	}
	if flags.NArg() == 0 {
		flags.Usage()
		return exitUsage
	}
	code, err := serve(flags.Args(), *fsync, stdout, stderr, signals)
	if err != nil {
		fmt.Fprintln(stderr, "test/env:", err)
	}
	return code
}

// serve starts the services, runs the command and takes the services down.
func serve(command []string, fsync bool, stdout, stderr io.Writer, signals <-chan os.Signal) (code int, err error) {
	found, err := findOrInstall(stderr)
	if err != nil {
		return exitFailure, err
	}
	root, err := os.MkdirTemp("", "mcg-test-")
	if err != nil {
		return exitFailure, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(root)) }()
	if err := os.Chmod(root, 0o711); err != nil { // the postgres user passes through to its own folder
		return exitFailure, err
	}

	ctx, cancel := context.WithTimeout(context.Background(), startTime)
	defer cancel()
	starting, stopStarting := interruptible(ctx, signals)
	redis, err := startRedis(starting, found.redis, filepath.Join(root, "redis"))
	if err != nil {
		return exitFailure, err
	}
	defer redis.stop()
	postgres, err := startPostgres(starting, found.postgres, filepath.Join(root, "postgres"), fsync)
	if err != nil {
		return exitFailure, err
	}
	defer postgres.stop()
	stopStarting()

	return runCommand(command, stdout, stderr, signals,
		"MCG_TEST_POSTGRES_URL="+postgres.url, "MCG_TEST_REDIS_URL="+redis.url)
}

// interruptible returns a context that a signal ends, until stop is called.
func interruptible(ctx context.Context, signals <-chan os.Signal) (_ context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	done, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		select {
		case s := <-signals:
			cancel(fmt.Errorf("stopped by %v", s))
		case <-done:
		}
	}()
	return ctx, func() {
		close(done)
		<-stopped
	}
}
