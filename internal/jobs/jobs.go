// Package jobs is the work that outlives a request: River's workers over the
// database that holds the cards, the chunks of batches, and what is done from
// time to time. What the work means is in package generator; here it is given
// its time, its retries and its place in the log.
package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivertype"
	"github.com/rs/zerolog"

	"github.com/terragonlabs/modelcard-generator/internal/generator"
	"github.com/terragonlabs/modelcard-generator/internal/store"
)

// Options are what [New] needs. Store, Generator, Now and Observe are required.
type Options struct {
	Store     store.Store
	Generator *generator.Generator
	// Workers is how many jobs run at once; 4 if zero.
	Workers int
	// Timeout bounds a job; 15 s if zero. A chunk of a batch stops by itself
	// after two thirds of it and goes on in a new run.
	Timeout time.Duration
	// RescueAfter is when the job of a worker that died is tried again; 20 s if
	// zero, and longer than Timeout. River looks for such jobs every 30 s.
	RescueAfter time.Duration
	// StopWait is how long jobs may go on after Stop before they are cancelled;
	// 10 s if zero. A chunk of a batch only ends its group.
	StopWait time.Duration
	// Periodic says what is done from time to time.
	Periodic Periodic
	// Observe is told how each job ended.
	Observe func(kind string, outcome Outcome, took time.Duration)
	Logger  zerolog.Logger
	Now     func() time.Time
}

// Outcome is how a job ended.
type Outcome string

// The outcomes of a job.
const (
	Done     Outcome = "done"
	Returned Outcome = "returned" // to the queue, unfinished: its time was up, or the worker stops
	Failed   Outcome = "failed"   // to be tried again
)

func (o *Options) setDefaults() {
	if o.Workers == 0 {
		o.Workers = 4
	}
	if o.Timeout == 0 {
		o.Timeout = 15 * time.Second
	}
	if o.RescueAfter == 0 {
		o.RescueAfter = 20 * time.Second
	}
	if o.StopWait == 0 {
		o.StopWait = 10 * time.Second
	}
}

// fetchCooldown is how soon after a fetch the next may be. A chunk takes a few
// hundredths of a second, and River's own tenth would have workers wait.
const fetchCooldown = 10 * time.Millisecond

// client is River's client without the type of its transactions.
type client interface {
	Start(ctx context.Context) error
	Stop(ctx context.Context) error
}

// Workers work the queue of one database.
type Workers struct {
	o        Options
	client   client
	stopping atomic.Bool
}

// New makes workers over an engine's driver. It connects to nothing.
func New[T any](driver riverdriver.Driver[T], o Options) (*Workers, error) {
	o.setDefaults()
	w := &Workers{o: o}
	bundle := river.NewWorkers()
	if err := w.register(bundle); err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
	}
	made, err := river.NewClient(driver, &river.Config{
		Queues:               map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: o.Workers}},
		Workers:              bundle,
		FetchOnlyKnownKinds:  true, // what a newer version has queued waits for a newer worker
		FetchCooldown:        fetchCooldown,
		JobTimeout:           o.Timeout,
		RescueStuckJobsAfter: o.RescueAfter,
		SoftStopTimeout:      o.StopWait,
		PeriodicJobs:         o.Periodic.jobs(),
		Middleware:           []rivertype.Middleware{&observer{o: &w.o}},
		ErrorHandler:         &errorLog{o.Logger},
		Logger:               slog.New(zerolog.NewSlogHandler(o.Logger.Level(max(o.Logger.GetLevel(), zerolog.WarnLevel)))),
	})
	if err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
	}
	w.client = made
	return w, nil
}

// register adds a worker for every kind of job.
func (w *Workers) register(bundle *river.Workers) error {
	adds := []func() error{
		func() error { return river.AddWorkerSafely(bundle, &chunkWorker{w: w}) },
		func() error { return river.AddWorkerSafely(bundle, &expiredWorker{w: w}) },
		func() error { return river.AddWorkerSafely(bundle, &cardsWorker{w: w}) },
		func() error { return river.AddWorkerSafely(bundle, &cacheWorker{w: w}) },
		func() error { return river.AddWorkerSafely(bundle, &digestWorker{w: w}) },
	}
	for _, add := range adds {
		if err := add(); err != nil {
			return err
		}
	}
	return nil
}

// Start begins to work. It fails if the database can't be reached; it may then
// be called again. The schema has to be current.
func (w *Workers) Start(ctx context.Context) error {
	if err := w.client.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("%w: jobs: %w", store.ErrUnavailable, err)
	}
	return nil
}

// Stop takes no more jobs, lets those that run come to a good place, and hands
// what is left of them back to the queue. It returns when no job runs; ctx
// bounds the wait.
func (w *Workers) Stop(ctx context.Context) error {
	w.stopping.Store(true)
	if err := w.client.Stop(ctx); err != nil {
		return fmt.Errorf("jobs: stop: %w", err)
	}
	return nil
}

// goOn says whether a job that began at a time may take up more work.
func (w *Workers) goOn() func() bool {
	end := w.o.Now().Add(w.o.Timeout * 2 / 3)
	return func() bool { return !w.stopping.Load() && w.o.Now().Before(end) }
}

// retryAt is when a job is tried again that has failed, or whose worker died.
// The waits are short: what fails is the world, and it comes back.
func (w *Workers) retryAt(attempt int) time.Time {
	wait := time.Second << min(max(attempt-1, 0), 5)
	return w.o.Now().Add(min(wait, 30*time.Second))
}
