package app

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/terragonlabs/modelcard-generator/internal/outbound"
	"github.com/terragonlabs/modelcard-generator/internal/store"
	"github.com/terragonlabs/modelcard-generator/internal/store/postgres"
)

const (
	// callTimeout is how long one call to the database may take, with the wait
	// for a connection. A card is written in milliseconds; what takes this long
	// is not going to be answered.
	callTimeout = 3 * time.Second
	// databaseFailures opens the breaker. Few, since a failure only counts when
	// nobody else was answered meanwhile.
	databaseFailures = 3
	// trialEvery is how often a database that is left alone is asked whether it
	// is back.
	trialEvery = 500 * time.Millisecond
	// pingEvery is how often any database is asked for a sign of life, so that
	// one that goes away is noticed where nobody uses it.
	pingEvery = 5 * time.Second
	// pingTimeout bounds one such question.
	pingTimeout = 2 * time.Second
)

// databaseGuard refuses calls to a database that does not answer, at once and
// without a connection, and finds out by itself when it is back.
type databaseGuard struct {
	breaker *outbound.Breaker
	answers atomic.Uint64
	tell    func(error)
}

func newDatabaseGuard(w watch) *databaseGuard {
	g := &databaseGuard{}
	g.tell = w.of("database", "the database does not answer; cached cards are served, and what needs it is refused")
	const name = "database"
	w.metrics.BreakerState(name, false)
	g.breaker = outbound.NewBreaker(outbound.BreakerOptions{
		Failures: databaseFailures, Window: 2 * databaseFailures, Delay: trialEvery / 2,
		IsFailure: func(err error) bool { // of a caller who went away, the breaker asks the context
			return errors.Is(err, errSilence) || errors.Is(err, context.Canceled)
		},
		OnChange: func(open bool) {
			w.metrics.BreakerState(name, open)
			if open {
				g.tell(errSilence)
			} else {
				g.tell(nil)
			}
		},
	})
	return g
}

// errSilence is a failure that speaks against the database.
var errSilence = errors.New("the database does not answer")

// silence is errSilence with the error that the caller gets.
type silence struct{ error }

func (s silence) Unwrap() error        { return s.error }
func (s silence) Is(target error) bool { return target == errSilence } //nolint:errorlint // the sentinel itself

// do makes a call. While the breaker is open nobody waits for a trial: those
// are made by watch.
func (g *databaseGuard) do(ctx context.Context, call func(context.Context) error) error {
	if g.breaker.Open() {
		return fmt.Errorf("%w: %w", store.ErrUnavailable, outbound.ErrBreakerOpen)
	}
	err := g.try(ctx, callTimeout, call)
	if errors.Is(err, outbound.ErrBreakerOpen) {
		return fmt.Errorf("%w: %w", store.ErrUnavailable, err)
	}
	return err
}

// try makes a call behind the breaker. A call that gets no answer says nothing
// against a database that answered others while it ran: then it is the pool
// that is exhausted, a lock that is held, or one connection that broke.
func (g *databaseGuard) try(ctx context.Context, timeout time.Duration, call func(context.Context) error) error {
	return g.breaker.Do(ctx, func(ctx context.Context) error {
		before := g.answers.Load()
		ctx, cancel := context.WithTimeout(ctx, timeout)
		defer cancel()
		err := call(ctx)
		switch {
		case errors.Is(err, context.Canceled):
		case !postgres.Silent(err):
			g.answers.Add(1)
		case g.answers.Load() == before:
			return silence{err}
		}
		return err
	})
}

// watch asks the database for signs of life as long as the service runs.
func (g *databaseGuard) watch(db store.Store) func(context.Context) {
	return func(ctx context.Context) {
		var asked time.Time
		every(ctx, trialEvery, func() bool {
			if open := g.breaker.Open(); !open && time.Since(asked) < pingEvery {
				return true
			}
			asked = time.Now()
			if err := g.try(ctx, pingTimeout, db.Ping); err == nil && !g.breaker.Open() {
				g.tell(nil)
			}
			return true
		})
	}
}
