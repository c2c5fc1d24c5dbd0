//go:build unix

package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// grace is how long the command may take to end after a signal.
const grace = 10 * time.Second

// runCommand runs the command in a process group of its own, hands signals on
// to the group (so to the processes that the command started, too) and returns
// the exit code.
func runCommand(command []string, stdout, stderr io.Writer, signals <-chan os.Signal, env ...string) (int, error) {
	cmd := exec.Command(command[0], command[1:]...) // running it is the purpose; signals end it
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdout, cmd.Stderr = stdout, stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return exitFailure, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()

	var deadline <-chan time.Time
	for {
		select {
		case s := <-signals:
			signalGroup(cmd.Process, s.(syscall.Signal)) // on unix every signal is one
			if deadline == nil {
				deadline = time.After(grace)
			}
		case <-deadline:
			signalGroup(cmd.Process, syscall.SIGKILL)
		case err := <-ended:
			return exitCode(err)
		}
	}
}

// exitCode is the command's, or 128 plus the signal that ended it, as in a shell.
func exitCode(err error) (int, error) {
	var failed *exec.ExitError
	if err == nil {
		return 0, nil
	}
	if !errors.As(err, &failed) {
		return exitFailure, fmt.Errorf("run the command: %w", err)
	}
	if status, ok := failed.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal()), nil
	}
	return failed.ExitCode(), nil
}

func signalGroup(process *os.Process, s syscall.Signal) {
	_ = syscall.Kill(-process.Pid, s) // it may have ended already
}
