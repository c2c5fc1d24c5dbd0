package cache

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"
)

// ErrFillTimeout says that a fill took longer than [Options.FillTimeout]. It
// is also a [context.DeadlineExceeded].
var ErrFillTimeout = fmt.Errorf("cache: fill took too long: %w", context.DeadlineExceeded)

// ErrClosed is returned by a cache that was closed.
var ErrClosed = errors.New("cache: closed")

// errFillGone says that a fill ended its goroutine instead of returning.
var errFillGone = errors.New("cache: fill did not return")

// PanicError is what waiters get for a fill that panicked. The fill runs in a
// goroutine of its own, where a panic would end the process.
type PanicError struct {
	Value any
	Stack []byte
}

// Error implements error. The stack is not in it, and neither is the value,
// which may quote the document.
func (*PanicError) Error() string { return "cache: fill panicked" }

// outcome is what a flight gives to all who wait for it.
type outcome struct {
	entry Entry
	tier  Tier
	err   error
}

// flight is one running resolve that any number of callers wait for.
type flight struct {
	done chan struct{} // closed when out is set
	out  outcome
	once sync.Once
}

func (f *flight) wait(ctx context.Context) (Entry, Tier, error) {
	select {
	case <-f.done:
		return f.out.entry, f.out.tier, f.out.err
	case <-ctx.Done():
		return Entry{}, TierNone, ctx.Err()
	}
}

// flights makes sure that a key is resolved by one goroutine at a time.
// golang.org/x/sync/singleflight does not fit: it runs under its first caller's
// context, without a deadline, and a panic there can't be caught.
type flights struct {
	timeout time.Duration

	mu      sync.Mutex
	running map[Key]*flight
	closed  bool
	wg      sync.WaitGroup
}

type resolveFunc func(context.Context) (Entry, Tier, error)

// join returns the flight for key, which it starts if there is none. The
// flight keeps the values of ctx, but neither its end nor its deadline.
func (fs *flights) join(ctx context.Context, key Key, resolve resolveFunc) (*flight, error) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if fs.closed {
		return nil, ErrClosed
	}
	if f, ok := fs.running[key]; ok {
		return f, nil
	}
	f := &flight{done: make(chan struct{})}
	fs.running[key] = f
	detached := context.WithoutCancel(ctx)
	fs.wg.Go(func() { fs.run(detached, key, f, resolve) })
	return f, nil
}

// run resolves and lands. When the deadline passes first, the flight lands
// with ErrFillTimeout: callers do not wait for a fill that ignores its context.
func (fs *flights) run(ctx context.Context, key Key, f *flight, resolve resolveFunc) {
	ctx, cancel := context.WithTimeout(ctx, fs.timeout)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { fs.land(key, f, outcome{err: ErrFillTimeout}) })
	defer stop()

	out := outcome{err: errFillGone}
	defer func() {
		if v := recover(); v != nil {
			out = outcome{err: &PanicError{Value: v, Stack: debug.Stack()}}
		}
		fs.land(key, f, out)
	}()
	entry, tier, err := resolve(ctx)
	if err != nil && ctx.Err() != nil {
		err = ErrFillTimeout
	}
	out = outcome{entry: entry, tier: tier, err: err}
}

// land publishes the first outcome and makes room for the next flight.
func (fs *flights) land(key Key, f *flight, out outcome) {
	f.once.Do(func() {
		f.out = out
		fs.mu.Lock()
		delete(fs.running, key)
		fs.mu.Unlock()
		close(f.done)
	})
}

// close refuses new flights and waits for those in the air, each of which ends
// by its own deadline unless its fill ignores that.
func (fs *flights) close(ctx context.Context) error {
	fs.mu.Lock()
	fs.closed = true
	fs.mu.Unlock()
	landed := make(chan struct{})
	go func() {
		defer close(landed)
		fs.wg.Wait()
	}()
	select {
	case <-landed:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("cache: fills still running: %w", ctx.Err())
	}
}
