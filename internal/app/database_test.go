package app

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/rs/zerolog"

	"github.com/terragonlabs/modelcard-generator/internal/config"
	"github.com/terragonlabs/modelcard-generator/internal/store"
	"github.com/terragonlabs/modelcard-generator/internal/telemetry"
)

// fakeDatabase answers, fails or hangs as it is told.
type fakeDatabase struct {
	store.Store
	err   error
	hangs atomic.Bool
}

func (d *fakeDatabase) Ping(ctx context.Context) error { return d.call(ctx) }

func (d *fakeDatabase) call(ctx context.Context) error {
	if d.hangs.Load() {
		<-ctx.Done()
		return fmt.Errorf("%w: %w", store.ErrUnavailable, context.DeadlineExceeded)
	}
	return d.err
}

var errRefused = fmt.Errorf("%w: connection refused", store.ErrUnavailable)

type guarded struct {
	*databaseGuard
	log      *buffer
	registry *prometheus.Registry
}

func newGuarded(t *testing.T) guarded {
	t.Helper()
	g := guarded{log: &buffer{}, registry: prometheus.NewRegistry()}
	metrics, err := telemetry.NewMetrics(g.registry, telemetry.Build{})
	if err != nil {
		t.Fatal(err)
	}
	g.databaseGuard = newDatabaseGuard(watch{zerolog.New(g.log), metrics})
	return g
}

func (g guarded) state(t *testing.T, open string) {
	t.Helper()
	expected := "# HELP mcg_breaker_state Whether a circuit breaker refuses calls: 1 (open) or 0 (closed).\n# TYPE mcg_breaker_state gauge\nmcg_breaker_state{breaker=\"database\"} " + open + "\n"
	if err := testutil.GatherAndCompare(g.registry, strings.NewReader(expected), "mcg_breaker_state"); err != nil {
		t.Error(err)
	}
}

// A database that hangs is left alone after three calls, tried in the
// background, and used again when it answers, with a line for each change.
func TestDatabaseThatHangsIsLeftAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, db := newGuarded(t), &fakeDatabase{}
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		go g.watch(db)(ctx)
		g.state(t, "0")
		db.hangs.Store(true)
		begun := time.Now()
		for range databaseFailures {
			if err := g.do(ctx, db.call); !errors.Is(err, store.ErrUnavailable) {
				t.Fatalf("a call that hangs: %v", err)
			}
		}
		if took := time.Since(begun); took > databaseFailures*callTimeout {
			t.Errorf("left alone after %v", took)
		}
		g.state(t, "1")
		begun = time.Now()
		called := false
		err := g.do(ctx, func(context.Context) error { called = true; return nil })
		if !errors.Is(err, store.ErrUnavailable) || called || time.Since(begun) > 0 {
			t.Errorf("while it is left alone: %v, called %v, after %v", err, called, time.Since(begun))
		}
		time.Sleep(20 * time.Second)
		g.state(t, "1")
		db.hangs.Store(false)
		time.Sleep(pingTimeout + 2*trialEvery)
		if err := g.do(ctx, db.call); err != nil {
			t.Errorf("when it is back: %v", err)
		}
		g.state(t, "0")
		if lines := strings.Split(strings.TrimSpace(g.log.String()), "\n"); len(lines) != 2 || !strings.Contains(lines[0], "does not answer") || !strings.Contains(lines[1], "is back") {
			t.Errorf("log: %s", g.log)
		}
	})
}

// Nobody uses the database; that it went away is noticed all the same.
func TestDatabaseThatGoesAwayUnused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, db := newGuarded(t), &fakeDatabase{err: errRefused}
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		go g.watch(db)(ctx)
		time.Sleep((databaseFailures + 1) * pingEvery)
		g.state(t, "1")
	})
}

// What the database says itself, what it says to others meanwhile, and callers
// who go away do not speak against it.
func TestWhatDoesNotSpeakAgainstTheDatabase(t *testing.T) {
	t.Parallel()
	g, db := newGuarded(t), &fakeDatabase{}
	ctx := t.Context()
	gone, leave := context.WithCancel(ctx)
	leave()
	for range 4 * databaseFailures {
		_ = g.do(ctx, func(context.Context) error { return store.ErrConflict })
		_ = g.do(ctx, func(context.Context) error { // one connection broke while another answered
			_ = g.do(ctx, db.call)
			return errRefused
		})
		_ = g.do(gone, func(ctx context.Context) error { return ctx.Err() })
	}
	g.state(t, "0")
	for range databaseFailures { // the control: the same error, with nobody answered
		_ = g.do(ctx, func(context.Context) error { return errRefused })
	}
	for range 2 * databaseFailures {
		_ = g.do(ctx, func(context.Context) error { return errRefused })
	}
	g.state(t, "1")
}

func TestDatabaseIsSeenInMetrics(t *testing.T) {
	t.Parallel()
	up := serve(t, nil)
	eventually(t, "the database is seen", func() bool {
		return strings.Contains(up.get(t, "/metrics"), `mcg_dependency_up{dependency="database"} 1`)
	})
	away := serveUnready(t, func(c *config.Config) { c.Database.URL = "postgresql://mcg@127.0.0.1:1/mcg" })
	eventually(t, "its absence is seen", func() bool {
		return strings.Contains(away.get(t, "/metrics"), `mcg_dependency_up{dependency="database"} 0`)
	})
}
