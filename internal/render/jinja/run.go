package jinja

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"

	"github.com/terragonlabs/modelcard-generator/internal/render"
)

// childArgument is what a child is started with, and nothing else.
const childArgument = "__mcg_template__"

// exitFailed is how a child ends that has answered why the template failed.
const exitFailed = 10

// request is what a child is told on its standard input. The answer is the
// rendered text on its standard output, or with [exitFailed] a failure.
type request struct {
	File      string            `json:"file"`
	Files     map[string]string `json:"files"`
	Variables json.RawMessage   `json:"variables,omitempty"`
	// Check parses the template and renders nothing.
	Check bool `json:"check,omitempty"`
	// Escape escapes for HTML what the card says.
	Escape bool `json:"escape,omitempty"`
}

// failure is why a template cannot be parsed or rendered.
type failure struct {
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
	Cause  string `json:"cause"`
	Hint   string `json:"hint,omitempty"`
}

// runner starts children, so many at a time.
type runner struct {
	program string
	timeout time.Duration
	slots   chan struct{}
}

func newRunner(o Options) (*runner, error) {
	if o.Program == "" {
		program, err := os.Executable()
		if err != nil {
			return nil, fmt.Errorf("jinja: find this program: %w", err)
		}
		o.Program = program
	}
	return &runner{program: o.Program, timeout: Patience, slots: make(chan struct{}, o.workers())}, nil
}

// run has a child work on a request. It waits for its turn until ctx ends.
// What the template did wrong is a [*render.TemplateError].
func (r *runner) run(ctx context.Context, q request) ([]byte, error) {
	input, err := json.Marshal(q)
	if err != nil {
		return nil, fmt.Errorf("jinja: encode the request: %w", err)
	}
	select {
	case r.slots <- struct{}{}:
		defer func() { <-r.slots }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	limited, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	out := &capped{limit: MaxOutput, stop: cancel}
	err = r.child(limited, input, out).Run()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if fault := r.faultOf(err, limited.Err(), out); fault != nil {
		return nil, &render.TemplateError{File: q.File, Line: fault.Line, Column: fault.Column, Cause: fault.Cause, Hint: fault.Hint}
	}
	if err != nil {
		return nil, fmt.Errorf("jinja: run the child: %w", err)
	}
	return out.Bytes(), nil
}

// child is a process without environment, in a process group of its own that
// is killed as a whole when ctx ends.
func (r *runner) child(ctx context.Context, input []byte, out *capped) *exec.Cmd {
	cmd := exec.CommandContext(ctx, r.program, childArgument) //nolint:gosec // this program itself
	cmd.Env = []string{}
	cmd.Dir = string(os.PathSeparator)
	cmd.Stdin, cmd.Stdout = bytes.NewReader(input), out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second
	return cmd
}

// faultOf is what the template did wrong, by how its child ended; nil where it
// did nothing wrong, or the child could not be started at all.
func (r *runner) faultOf(err, limit error, out *capped) *failure {
	var ended *exec.ExitError
	switch {
	case out.over:
		return &failure{Cause: fmt.Sprintf("the template writes more than %d bytes", MaxOutput), Hint: "look for a loop that does not end"}
	case errors.Is(limit, context.DeadlineExceeded):
		return r.timedOut()
	case !errors.As(err, &ended):
		return nil
	case ended.ExitCode() == exitFailed:
		var f failure
		if json.Unmarshal(out.Bytes(), &f) == nil {
			return &f
		}
	case ended.ExitCode() < 0 && killedByLimit(ended):
		return r.timedOut()
	}
	return &failure{
		Cause: fmt.Sprintf("the template used more than %d MiB of memory, or recursed without end", MaxMemory>>20),
		Hint:  "look for a macro that calls itself, a template that includes itself, or a text that grows in a loop",
	}
}

func (r *runner) timedOut() *failure {
	return &failure{
		Cause: fmt.Sprintf("the template timed out: it took more than %s of the processor, or %s on the clock", Timeout, r.timeout),
		Hint:  "look for a loop that does not end",
	}
}

// killedByLimit tells whether the kernel ended a child for its processor time.
func killedByLimit(ended *exec.ExitError) bool {
	status, ok := ended.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && (status.Signal() == syscall.SIGXCPU || ended.SystemTime()+ended.UserTime() >= Timeout)
}

// capped keeps what is written up to a limit; what is over it stops the writer.
type capped struct {
	bytes.Buffer
	limit int
	over  bool
	stop  func()
}

func (c *capped) Write(b []byte) (int, error) {
	if c.Len()+len(b) > c.limit {
		c.over = true
		c.stop()
		return 0, errors.New("jinja: the output is over its limit")
	}
	return c.Buffer.Write(b)
}
