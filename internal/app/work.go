package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/terragonlabs/modelcard-generator/internal/api"
	"github.com/terragonlabs/modelcard-generator/internal/cache"
	"github.com/terragonlabs/modelcard-generator/internal/config"
	"github.com/terragonlabs/modelcard-generator/internal/generator"
	"github.com/terragonlabs/modelcard-generator/internal/jobs"
	"github.com/terragonlabs/modelcard-generator/internal/store"
	"github.com/terragonlabs/modelcard-generator/internal/store/postgres"
	"github.com/terragonlabs/modelcard-generator/internal/store/sqlite"
	"github.com/terragonlabs/modelcard-generator/internal/telemetry"
)

const (
	queueEvery = 5 * time.Second // how often the queue is measured
	queueWait  = 2 * time.Second
	startAgain = time.Second // between tries to start the workers
)

// errNotShared refuses worker mode. The configuration says the same with the
// key to set; this is for whoever builds one by hand.
var errNotShared = errors.New("a worker needs a database that processes can share: set MCG_DATABASE_URL to postgresql://…; on SQLite the service works its own queue")

// Work works the job queue until ctx ends, and then hands back what is not
// done. It answers health checks and metrics on the private listener.
func Work(ctx context.Context, o Options) (err error) {
	if !o.Config.SharedDatabase() {
		return errNotShared
	}
	var closing cleanups
	defer func() {
		closeCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), o.Config.API.ShutdownTimeout.Std())
		defer cancel()
		err = errors.Join(err, closing.run(closeCtx))
	}()
	service, err := build(ctx, o, &closing)
	if err != nil {
		return err
	}
	return service.work(ctx)
}

// work runs the workers until ctx ends.
func (s *service) work(ctx context.Context) error {
	running, stop := context.WithCancel(ctx)
	defer stop()
	for _, f := range s.upkeep {
		go f(running)
	}
	failed := make(chan error, 1)
	server := s.server(s.private)
	if private := s.listenPrivate(ctx); private != nil {
		go func() { failed <- server.Serve(private) }()
		s.log.Info().Str("address", private.Addr().String()).Msg("the private listener answers probes and metrics")
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.keepMigrating(running)
		s.keepWorking(running)
	}()
	if s.options.Out != nil {
		_, _ = fmt.Fprintf(s.options.Out, "mcg %s works the queue\n", s.options.Version)
	}
	var err error
	select {
	case err = <-failed:
	case <-ctx.Done():
	}
	s.health.Drain()
	s.log.Info().Msg("shutting down")
	stop()
	<-done // the workers have handed back what they had
	return errors.Join(err, s.shutDown(ctx, []*http.Server{server}))
}

// keepWorking starts the workers, trying again while the database is away, and
// stops them when ctx ends.
func (s *service) keepWorking(ctx context.Context) {
	for ctx.Err() == nil {
		err := s.workers.Start(ctx)
		if err == nil {
			break
		}
		s.log.Warn().Err(err).Msg("the workers cannot start; trying again")
		select {
		case <-ctx.Done():
			return
		case <-time.After(startAgain):
		}
	}
	<-ctx.Done()
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.options.Config.API.ShutdownTimeout.Std())
	defer cancel()
	if err := s.workers.Stop(stopping); err != nil {
		s.log.Warn().Err(err).Msg("jobs did not end in time; they are rescued later")
	}
}

// worksQueue tells whether the process works the queue: a worker, and the
// service where it is told to or is alone with its database.
func worksQueue(c *config.Config) bool {
	switch {
	case c.Worker.Mode:
		return true
	case c.Worker.Embedded != nil:
		return *c.Worker.Embedded
	}
	return !c.SharedDatabase()
}

// newWorkers builds the workers over the engine in use.
func (s *service) newWorkers(db store.Store, cards *generator.Generator, pages *cache.Cache) error {
	c := s.options.Config
	o := jobs.Options{
		Store: db, Generator: cards, Workers: c.API.Workers,
		Timeout: c.Worker.JobTimeout.Std(), RescueAfter: c.Worker.RescueAfter.Std(),
		StopWait: c.API.ShutdownTimeout.Std() / 2, Logger: s.log, Now: time.Now,
		Observe: func(kind string, outcome jobs.Outcome, took time.Duration) {
			s.jobMetrics.JobEnded(kind, string(outcome), took)
		},
		Periodic: jobs.Periodic{
			KeepDeleted: c.Worker.KeepDeleted.Std(), KeepBatches: c.Worker.KeepBatches.Std(), CheckDigests: c.Worker.CheckDigests.Std(),
			SweepCache: sweepCache(c, pages), Corrupt: func(store.RevisionInfo) { s.jobMetrics.Corrupt() },
		},
	}
	var err error
	switch db := db.(type) {
	case *postgres.Store:
		s.workers, err = jobs.New(db.RiverDriver(), o)
	case *sqlite.Store:
		s.workers, err = jobs.New(db.RiverDriver(), o)
	default:
		err = fmt.Errorf("there are no workers for %T", db)
	}
	return err
}

// sweepCache removes what is too old from the disk cache; nil where there is
// none.
func sweepCache(c *config.Config, pages *cache.Cache) func(context.Context) error {
	for _, level := range c.CacheLevels() {
		if level.Name == "disk" {
			return func(ctx context.Context) error {
				_, err := pages.Clean(ctx, level.TTL.Std())
				return err
			}
		}
	}
	return nil
}

// settled counts what became of items of batches.
func settled(metrics *telemetry.JobMetrics) func([]store.BatchItem) {
	return func(items []store.BatchItem) {
		for _, item := range items {
			if item.State == store.ItemFailed {
				metrics.ItemSettled("failed")
				continue
			}
			metrics.ItemSettled(item.Outcome)
		}
	}
}

// measureQueue keeps the metrics of the queue, by which workers are scaled.
func measureQueue(db store.Store, metrics *telemetry.JobMetrics) func(context.Context) {
	return func(ctx context.Context) {
		every(ctx, queueEvery, func() bool {
			ctx, cancel := context.WithTimeout(ctx, queueWait)
			defer cancel()
			if queue, err := db.Queue(ctx); err == nil { // a database that is away shows elsewhere
				metrics.Queue(queue.Waiting, queue.Running, queue.Discarded, queue.Oldest)
			}
			return true
		})
	}
}

// spoolDir is where the bodies of batches wait: with the data, since a system's
// folder for temporary files is often memory. Where it can't be made, that one
// has to do.
func (s *service) spoolDir() string {
	dir := filepath.Join(s.options.Config.Storage.DataDir, "spool")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		s.log.Warn().Err(err).Msg("batches are spooled in the system's folder for temporary files; set storage.data_dir to a folder that can be written")
		return ""
	}
	return dir
}

// addProbes makes the private listener of a worker, which has no API.
func (s *service) addProbes(registry *prometheus.Registry, metrics *telemetry.Metrics) {
	c := s.options.Config
	s.private = s.privateHandler(api.New(api.Options{
		HealthPath: c.Monitoring.HealthCheckPath, ReadyPath: c.Monitoring.ReadyCheckPath,
		Measure: metrics, Health: s.health, Logger: s.log, NewID: uuid.NewString, Now: time.Now,
	}).Handler(), telemetry.MetricsHandler(registry))
}

// privateHandler answers metrics and probes, and nothing else.
func (s *service) privateHandler(probes, scrape http.Handler) http.Handler {
	m := s.options.Config.Monitoring
	mux := http.NewServeMux()
	if m.EnableMetrics {
		mux.Handle("GET /metrics", scrape)
	}
	mux.Handle("GET "+m.HealthCheckPath, probes)
	if m.ReadyCheckPath != m.HealthCheckPath {
		mux.Handle("GET "+m.ReadyCheckPath, probes)
	}
	return mux
}
