package outbound_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terragonlabs/modelcard-generator/internal/outbound"
)

var (
	errDown  = errors.New("down")
	errOther = errors.New("refused for a good reason")
)

func fail(context.Context) error    { return errDown }
func succeed(context.Context) error { return nil }

func TestBreakerOpensAndComesBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var changes []bool
		b := outbound.NewBreaker(outbound.BreakerOptions{
			Failures: 3,
			Delay:    time.Second,
			OnChange: func(open bool) { changes = append(changes, open) },
		})
		do := func(fn func(context.Context) error, want error) {
			t.Helper()
			if err := b.Do(t.Context(), fn); !errors.Is(err, want) {
				t.Fatalf("Do = %v, want %v", err, want)
			}
		}
		for range 3 {
			do(fail, errDown)
		}
		do(succeed, outbound.ErrBreakerOpen)

		time.Sleep(time.Second) // a trial that fails opens it again, silently
		do(fail, errDown)
		do(succeed, outbound.ErrBreakerOpen)

		time.Sleep(time.Second)
		do(succeed, nil)
		do(succeed, nil)
		if diff := cmp.Diff([]bool{true, false}, changes); diff != "" {
			t.Errorf("changes told (-want +got):\n%s", diff)
		}
		if b.Open() {
			t.Error("breaker is still open after a good trial")
		}
	})
}

func TestBreakerCountsWithinWindow(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		outcomes string // f fails, s succeeds
		open     bool
	}{
		{"scattered failures are tolerated", "fssssfssssfssssf", false},
		{"half of the window is not", "fsfsf", true},
		{"a run of failures is not", "fff", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := outbound.NewBreaker(outbound.BreakerOptions{Failures: 3, Window: 6, Delay: time.Hour})
			for _, o := range tt.outcomes {
				fn := succeed
				if o == 'f' {
					fn = fail
				}
				_ = b.Do(t.Context(), fn)
			}
			if got := b.Open(); got != tt.open {
				t.Errorf("after %q open = %v, want %v", tt.outcomes, got, tt.open)
			}
		})
	}
}

func TestBreakerIgnoresWhatIsNotTheDependencysFault(t *testing.T) {
	t.Parallel()
	b := outbound.NewBreaker(outbound.BreakerOptions{
		Failures:  1,
		Delay:     time.Hour,
		IsFailure: func(err error) bool { return errors.Is(err, errDown) },
	})
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := b.Do(gone, fail); !errors.Is(err, errDown) {
		t.Errorf("Do with a caller gone = %v, want the call's own error", err)
	}
	if err := b.Do(t.Context(), func(context.Context) error { return errOther }); !errors.Is(err, errOther) {
		t.Errorf("Do = %v, want %v", err, errOther)
	}
	if b.Open() {
		t.Error("breaker opened without a failure of the dependency")
	}
}

// A trial call whose caller goes away, or which panics, must give its permit
// back: otherwise nothing would ever be let through again.
func TestBreakerTrialAlwaysEnds(t *testing.T) {
	t.Parallel()
	trials := map[string]func(*outbound.Breaker){
		"caller gone": func(b *outbound.Breaker) {
			gone, cancel := context.WithCancel(context.Background())
			cancel()
			_ = b.Do(gone, fail)
		},
		"panic": func(b *outbound.Breaker) {
			defer func() { _ = recover() }()
			_ = b.Do(context.Background(), func(context.Context) error { panic("boom") })
		},
	}
	for name, trial := range trials {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := outbound.NewBreaker(outbound.BreakerOptions{Failures: 1, Delay: time.Second})
				_ = b.Do(t.Context(), fail)
				time.Sleep(time.Second)
				trial(b)
				time.Sleep(time.Second)
				if err := b.Do(t.Context(), succeed); err != nil {
					t.Errorf("Do after an unfinished trial = %v, want nil", err)
				}
			})
		})
	}
}

func TestBreakerHalfOpenLetsOneThrough(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := outbound.NewBreaker(outbound.BreakerOptions{Failures: 1, Delay: time.Second})
		_ = b.Do(t.Context(), fail)
		time.Sleep(time.Second)

		var tried atomic.Int32
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				_ = b.Do(t.Context(), func(context.Context) error {
					tried.Add(1)
					time.Sleep(time.Millisecond)
					return errDown
				})
			})
		}
		wg.Wait()
		if got := tried.Load(); got != 1 {
			t.Errorf("%d calls reached the dependency during the trial, want 1", got)
		}
	})
}
