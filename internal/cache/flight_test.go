package cache

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestHerdFillsOnce(t *testing.T) {
	t.Parallel()
	tests := map[string]Options{
		"all tiers":   {Memory: MemoryOptions{MaxBytes: 1 << 20}, Redis: RedisOptions{URL: sharedRedis(t)}, Disk: DiskOptions{Dir: t.TempDir()}},
		"memory only": {Memory: MemoryOptions{MaxBytes: 1 << 20}},
	}
	for name, o := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := open(t, o)
			for round := range 20 {
				if got := herd(t, c, keyN(t, round)); got != 1 {
					t.Errorf("round %d: %d fills for one cold key, want 1", round, got)
				}
			}
		})
	}
}

// herd lets a thousand callers ask for one key and returns how often it was filled.
func herd(t *testing.T, c *Cache, key Key) int32 {
	var fills atomic.Int32
	want := string(entryN(key).Body)
	start := make(chan struct{})
	var wg sync.WaitGroup
	for range 1000 {
		wg.Go(func() {
			<-start
			e, _, err := c.GetOrFill(t.Context(), key, func(context.Context) (Entry, error) {
				fills.Add(1)
				return entryN(key), nil
			})
			if err != nil || string(e.Body) != want {
				t.Errorf("GetOrFill = %.40q, %v", e.Body, err)
			}
		})
	}
	close(start)
	wg.Wait()
	return fills.Load()
}

// A caller may miss in memory just before a flight lands, and take off just
// after. That flight must find what the first one left.
func TestLateFlightLooksIntoMemoryAgain(t *testing.T) {
	t.Parallel()
	c, key := open(t, Options{Memory: MemoryOptions{MaxBytes: 1 << 20}}), keyN(t, 1)
	mustFill(t, c, key)
	_, tier, err := c.resolve(t.Context(), key, func(context.Context) (Entry, error) {
		return Entry{}, errors.New("filled twice")
	})
	if err != nil || tier != TierMemory {
		t.Errorf("resolve = %q, %v; want the entry in memory", tier, err)
	}
}

func TestCancelledLeaderDoesNotFailFollowers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := open(t, Options{})
		key, release := keyN(t, 1), make(chan struct{})
		ask := func(ctx context.Context, fill FillFunc) chan error {
			answer := make(chan error, 1)
			go func() {
				_, _, err := c.GetOrFill(ctx, key, fill)
				answer <- err
			}()
			synctest.Wait() // until the caller waits for the flight
			return answer
		}

		leaderCtx, cancelLeader := context.WithCancel(t.Context())
		leader := ask(leaderCtx, func(ctx context.Context) (Entry, error) {
			<-release
			return entryN(key), ctx.Err()
		})
		follower := ask(t.Context(), func(context.Context) (Entry, error) {
			return Entry{}, errors.New("the follower's fill must not run")
		})
		cancelLeader()
		if err := <-leader; !errors.Is(err, context.Canceled) {
			t.Errorf("the leader got %v, want its own cancellation at once", err)
		}
		close(release)
		if err := <-follower; err != nil {
			t.Errorf("the follower got %v, want the leader's entry", err)
		}
	})
}

func TestFlightKeepsValuesNotDeadline(t *testing.T) {
	t.Parallel()
	type traceKey struct{}
	c := open(t, Options{FillTimeout: time.Minute})
	ctx, cancel := context.WithTimeout(context.WithValue(t.Context(), traceKey{}, "trace"), 5*time.Second)
	defer cancel()
	_, _, err := c.GetOrFill(ctx, keyN(t, 1), func(ctx context.Context) (Entry, error) {
		if ctx.Value(traceKey{}) != "trace" {
			t.Error("the fill lost the values of its caller's context")
		}
		if at, ok := ctx.Deadline(); !ok || time.Until(at) < 30*time.Second {
			t.Errorf("the fill's deadline is in %v, want about a minute", time.Until(at))
		}
		return Entry{}, nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestFlightDeadline(t *testing.T) {
	t.Parallel()
	fills := map[string]func(context.Context) error{
		"fill that ignores its context": func(context.Context) error { time.Sleep(time.Hour); return nil },
		"fill that obeys":               func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() },
	}
	for name, fill := range fills {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				fs := flights{timeout: time.Second, running: make(map[Key]*flight)}
				start := time.Now()
				f, err := fs.join(t.Context(), Key{}, func(ctx context.Context) (Entry, Tier, error) {
					return Entry{}, TierNone, fill(ctx)
				})
				if err != nil {
					t.Fatal(err)
				}
				if _, _, err := f.wait(t.Context()); !errors.Is(err, ErrFillTimeout) {
					t.Errorf("wait = %v, want ErrFillTimeout", err)
				}
				if took := time.Since(start); took != time.Second {
					t.Errorf("waited %v, want 1s", took)
				}
				if next, _ := fs.join(t.Context(), Key{}, func(context.Context) (Entry, Tier, error) {
					return Entry{}, TierFill, nil
				}); next == f {
					t.Error("a flight that timed out is still joined")
				}
				fs.wg.Wait()
			})
		})
	}
}

func TestFillThatPanicsOrLeaves(t *testing.T) {
	t.Parallel()
	c := open(t, Options{})
	var panicked *PanicError
	_, _, err := c.GetOrFill(t.Context(), keyN(t, 1), func(context.Context) (Entry, error) { panic("boom") })
	if !errors.As(err, &panicked) || panicked.Value != "boom" || len(panicked.Stack) == 0 {
		t.Errorf("a panicking fill gives %v, want a PanicError with its stack", err)
	}
	_, _, err = c.GetOrFill(t.Context(), keyN(t, 2), func(context.Context) (Entry, error) {
		runtime.Goexit()
		return Entry{}, nil
	})
	if !errors.Is(err, errFillGone) {
		t.Errorf("a fill that ends its goroutine gives %v, want errFillGone", err)
	}
	if tier := mustFill(t, c, keyN(t, 1)); tier != TierFill {
		t.Errorf("after a panic the key comes from %q, want a new fill", tier)
	}
}

func TestErrorsAreNotKept(t *testing.T) {
	t.Parallel()
	c := open(t, Options{Memory: MemoryOptions{MaxBytes: 1 << 20}})
	refused := errors.New("refused")
	_, _, err := c.GetOrFill(t.Context(), keyN(t, 1), func(context.Context) (Entry, error) { return Entry{}, refused })
	if !errors.Is(err, refused) {
		t.Errorf("err = %v, want the fill's own", err)
	}
	if tier := mustFill(t, c, keyN(t, 1)); tier != TierFill {
		t.Errorf("tier = %q, want %q", tier, TierFill)
	}
}

func TestClosedCache(t *testing.T) {
	t.Parallel()
	c := open(t, Options{})
	closeCache(t, c)
	if _, _, err := c.GetOrFill(t.Context(), keyN(t, 1), fillWith(Entry{})); !errors.Is(err, ErrClosed) {
		t.Errorf("GetOrFill after Close = %v, want ErrClosed", err)
	}
}

func TestCloseGivesUpAtItsDeadline(t *testing.T) {
	t.Parallel()
	c, err := New(Options{FillTimeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	release, filling := make(chan struct{}), make(chan struct{})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _, _ = c.GetOrFill(context.Background(), keyN(t, 1), func(context.Context) (Entry, error) {
			close(filling)
			<-release
			return Entry{}, nil
		})
	}()
	<-filling
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := c.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Close = %v, want its deadline", err)
	}
	close(release)
	<-ended
}
