//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// daemon is a running service.
type daemon struct {
	url   string
	cmd   *exec.Cmd
	quit  syscall.Signal // what ends it at once
	ended chan struct{}
}

// start runs a service that writes to the log file, in a process group of its
// own so that Ctrl-C in a terminal reaches the tests first, and waits until it
// answers.
func (d *daemon) start(ctx context.Context, logPath string, answers func(context.Context) error) error {
	log, err := os.Create(logPath) // in our own temporary folder
	if err != nil {
		return err
	}
	defer log.Close() // the service has its own handle
	d.cmd.Stdout, d.cmd.Stderr = log, log
	if d.cmd.SysProcAttr == nil {
		d.cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	d.cmd.SysProcAttr.Setpgid = true
	if err := d.cmd.Start(); err != nil {
		return err
	}
	d.ended = make(chan struct{})
	go func() {
		defer close(d.ended)
		_ = d.cmd.Wait() // how it ended is in its log
	}()
	if err := d.wait(ctx, answers); err != nil {
		d.stop()
		return fmt.Errorf("%s: %w\n%s", d.cmd.Path, err, tail(logPath))
	}
	return nil
}

// wait asks until there is an answer.
func (d *daemon) wait(ctx context.Context, answers func(context.Context) error) error {
	for {
		err := answers(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-d.ended:
			return errors.New("ended while starting")
		case <-ctx.Done():
			return fmt.Errorf("no answer: %w (%w)", context.Cause(ctx), err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// stop ends the service; what it had is thrown away.
func (d *daemon) stop() {
	_ = d.cmd.Process.Signal(d.quit) // it may have ended already
	select {
	case <-d.ended:
	case <-time.After(grace):
		signalGroup(d.cmd.Process, syscall.SIGKILL)
		<-d.ended
	}
}

// freePort asks the system for a loopback port that nobody listens on.
func freePort(ctx context.Context) (int, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return listener.Addr().(*net.TCPAddr).Port, listener.Close() // of a TCP listener
}

// tail returns the last lines of a log.
func tail(path string) string {
	raw, err := os.ReadFile(path) // in our own temporary folder
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(raw)), "\n")
	return strings.Join(lines[max(0, len(lines)-15):], "\n")
}
