package outbound

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/failsafe-go/failsafe-go/circuitbreaker"
)

// ErrBreakerOpen says that a call was not made because the dependency behind
// the breaker has been failing. Callers do without the dependency.
var ErrBreakerOpen = errors.New("outbound: circuit breaker is open")

// Defaults of [BreakerOptions].
const (
	DefaultBreakerFailures = 5
	DefaultBreakerWindow   = 10
	DefaultBreakerDelay    = 2 * time.Second
)

// BreakerOptions configure a [Breaker]. The zero value is usable.
type BreakerOptions struct {
	// Failures opens the breaker when that many of the last Window calls
	// failed. It counts calls and not seconds, so that a quiet dependency is
	// judged as a busy one is.
	Failures uint
	Window   uint
	// Delay is how long an open breaker refuses before it lets one trial call
	// through. The trial's outcome closes the breaker or opens it again.
	Delay time.Duration
	// IsFailure says which errors speak against the dependency; nil means all
	// of them. A caller who went away is never held against it.
	IsFailure func(error) bool
	// OnChange is told when the breaker leaves the closed state and when it
	// comes back to it, once each: trials that fail in between are not changes.
	OnChange func(open bool)
}

// Breaker is a circuit breaker: it stops calling a dependency that fails, and
// tries it again later, one call at a time. It is safe for concurrent use.
type Breaker struct {
	policy    circuitbreaker.CircuitBreaker[any]
	isFailure func(error) bool
	onChange  func(open bool)

	mu   sync.Mutex
	open bool // what onChange was told last
}

// NewBreaker returns a closed breaker.
func NewBreaker(o BreakerOptions) *Breaker {
	o = o.withDefaults()
	b := &Breaker{isFailure: o.IsFailure, onChange: o.OnChange}
	b.policy = circuitbreaker.NewBuilder[any]().
		WithFailureThresholdRatio(o.Failures, o.Window).
		WithSuccessThreshold(1).
		WithDelay(o.Delay).
		OnStateChanged(func(circuitbreaker.StateChangedEvent) { b.changed() }).
		Build()
	return b
}

func (o BreakerOptions) withDefaults() BreakerOptions {
	if o.Failures == 0 {
		o.Failures = DefaultBreakerFailures
		o.Window = max(o.Window, DefaultBreakerWindow)
	}
	o.Window = max(o.Window, o.Failures)
	if o.Delay <= 0 {
		o.Delay = DefaultBreakerDelay
	}
	if o.IsFailure == nil {
		o.IsFailure = func(error) bool { return true }
	}
	if o.OnChange == nil {
		o.OnChange = func(bool) {}
	}
	return o
}

// Do calls fn and records how it went, or returns [ErrBreakerOpen] without
// calling it. Every other error is fn's own. A panic counts as a failure and
// goes on to the caller.
func (b *Breaker) Do(ctx context.Context, fn func(context.Context) error) error {
	if !b.policy.TryAcquirePermit() {
		return ErrBreakerOpen
	}
	returned := false
	defer func() {
		if !returned {
			b.policy.RecordFailure()
		}
	}()
	err := fn(ctx)
	returned = true
	b.record(ctx, err)
	return err
}

// Open reports whether calls are being refused or only tried.
func (b *Breaker) Open() bool {
	return !b.policy.IsClosed()
}

func (b *Breaker) record(ctx context.Context, err error) {
	switch {
	case err == nil || !b.isFailure(err):
		b.policy.RecordSuccess()
	case errors.Is(ctx.Err(), context.Canceled):
		b.abandon()
	default:
		b.policy.RecordFailure()
	}
}

// abandon handles a call whose caller went away, which says nothing about the
// dependency. A trial must be recorded all the same, since its permit is only
// given back that way; as a failure it costs one more delay and no more.
func (b *Breaker) abandon() {
	if b.policy.IsHalfOpen() {
		b.policy.RecordFailure()
	}
}

// changed compares the state as it is now with what was last told, because
// the policy calls its listeners outside its lock and so in any order.
func (b *Breaker) changed() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if open := b.Open(); open != b.open {
		b.open = open
		b.onChange(open)
	}
}
