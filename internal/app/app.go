// Package app is the wiring, once: it builds the service from a configuration,
// runs it, and closes what it built in reverse order.
package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/terragonlabs/modelcard-generator/internal/api"
	"github.com/terragonlabs/modelcard-generator/internal/cache"
	"github.com/terragonlabs/modelcard-generator/internal/config"
	"github.com/terragonlabs/modelcard-generator/internal/generator"
	"github.com/terragonlabs/modelcard-generator/internal/jobs"
	"github.com/terragonlabs/modelcard-generator/internal/render"
	"github.com/terragonlabs/modelcard-generator/internal/store"
	"github.com/terragonlabs/modelcard-generator/internal/telemetry"
)

// Options are what a process gives the service beside its configuration.
type Options struct {
	Config   *config.Config
	Warnings []string
	Version  string
	// Reload reads the configuration again, for SIGHUP; nil leaves the signal alone.
	Reload func() (*config.Loaded, error)
	// Listening is told the address of the API once it listens; nil is not told.
	Listening func(url string)
	// Out is where people read that the service is up; Err is where logs go.
	Out, Err io.Writer
}

// cleanups are run in reverse order under one deadline.
type cleanups []func(ctx context.Context) error

func (c *cleanups) add(f func(ctx context.Context) error) { *c = append(*c, f) }

func (c cleanups) run(ctx context.Context) error {
	var errs []error
	for i := len(c) - 1; i >= 0; i-- {
		errs = append(errs, c[i](ctx))
	}
	return errors.Join(errs...)
}

// Serve runs the service until ctx ends, and then drains it.
func Serve(ctx context.Context, o Options) (err error) {
	var closing cleanups
	defer func() {
		// The listeners have drained already; this only releases what they used.
		closeCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), o.Config.API.ShutdownTimeout.Std())
		defer cancel()
		err = errors.Join(err, closing.run(closeCtx))
	}()
	service, err := build(ctx, o, &closing)
	if err != nil {
		return err
	}
	return service.run(ctx)
}

// service is what build makes: the handlers and what they are told by.
type service struct {
	options Options
	log     zerolog.Logger
	health  *api.Health
	handler http.Handler
	private http.Handler
	migrate func(ctx context.Context) error
	upkeep  []func(ctx context.Context)

	jobMetrics *telemetry.JobMetrics
	workers    *jobs.Workers // nil in a service that leaves the queue to others
	services   *Integrations
	span       telemetry.SpanFunc
}

func build(ctx context.Context, o Options, closing *cleanups) (*service, error) {
	formats, err := openFormats(ctx, o.Config)
	if err != nil {
		return nil, err
	}
	silenceRedis()
	log, err := newLog(o)
	if err != nil {
		return nil, err
	}
	closing.add(func(context.Context) error { return log.Close() })
	for _, warning := range o.Warnings {
		log.Logger.Warn().Msg(warning)
	}
	registry := prometheus.NewRegistry()
	metrics, err := telemetry.NewMetrics(registry, telemetry.Build{Version: o.Version, Revision: revision()})
	if err != nil {
		return nil, err
	}
	tracing, err := newTracing(ctx, o, log.Logger)
	if err != nil {
		return nil, err
	}
	closing.add(tracing.Shutdown)
	watching := watch{log.Logger, metrics}
	guard := newDatabaseGuard(watching)
	db, err := openStore(ctx, o.Config, queryTracer(o.Config, tracing), guard)
	if err != nil {
		return nil, err
	}
	closing.add(func(context.Context) error { return db.Close() })
	pages, err := openCache(o.Config, watching, tracing, closing)
	if err != nil {
		return nil, err
	}
	closing.add(pages.Close)
	services, err := NewIntegrations(o.Config, metrics.DependencyUp)
	if err != nil {
		return nil, err
	}
	age, err := telemetry.NewBackupAge(registry)
	if err != nil {
		return nil, err
	}
	s := &service{options: o, log: log.Logger, migrate: db.Migrate, services: services, span: tracing.Spans("generator")}
	s.health = &api.Health{Store: db, Version: o.Version, Now: time.Now, Parts: healthParts(o.Config, pages, services)}
	s.upkeep = append(s.upkeep, measureCache(pages, metrics), watchBackups(db, age, time.Now), guard.watch(db))
	if o.Reload != nil {
		s.upkeep = append(s.upkeep, reloadOnHangup(o.Reload, log, closing))
	}
	if usesRedis(o.Config) {
		s.upkeep = append(s.upkeep, compareRedis(o.Config, log.Logger))
	}
	if err := s.addRole(db, pages, formats, registry, watching, closing); err != nil {
		return nil, err
	}
	s.handler = traced(o.Config, tracing, s.handler)
	return s, nil
}

// addRole makes what the process is for: the API, the workers, or both.
func (s *service) addRole(db store.Store, pages *cache.Cache, formats render.Set, registry *prometheus.Registry, watching watch, closing *cleanups) (err error) {
	if s.jobMetrics, err = telemetry.NewJobMetrics(registry); err != nil {
		return err
	}
	s.upkeep = append(s.upkeep, measureQueue(db, s.jobMetrics))
	cards, err := s.newGenerator(db, pages, formats, watching.metrics)
	if err != nil {
		return err
	}
	if worksQueue(s.options.Config) {
		if err := s.newWorkers(db, cards, pages); err != nil {
			return err
		}
	}
	if s.options.Config.Worker.Mode {
		s.addProbes(registry, watching.metrics)
		return nil
	}
	return s.addAPI(db, cards, formats, registry, watching, closing)
}

func (s *service) addAPI(db store.Store, cards *generator.Generator, formats render.Set, registry *prometheus.Registry, watching watch, closing *cleanups) error {
	c := s.options.Config
	scrape := telemetry.MetricsHandler(registry)
	options := api.Options{
		Generator: cards, Timeout: c.API.Timeout.Std(),
		Store: db, Formats: formats, DefaultFormat: c.Templates.DefaultFormat, SpoolDir: s.spoolDir(),
		HealthPath: c.Monitoring.HealthCheckPath, ReadyPath: c.Monitoring.ReadyCheckPath,
		Measure: watching.metrics, Health: s.health, Logger: s.log, NewID: uuid.NewString, Now: time.Now,
	}
	upkeep, err := addAccess(c, &options, watching, closing)
	if err != nil {
		return err
	}
	s.upkeep = append(s.upkeep, upkeep...)
	if c.Monitoring.EnableMetrics && (c.Monitoring.MetricsOnAPI || config.IsLoopback(c.API.Host)) {
		options.Metrics = scrape
	}
	s.handler = api.New(options).Handler()
	if c.Monitoring.EnableMetrics {
		s.private = s.privateHandler(s.handler, scrape)
	}
	return nil
}

// run serves until ctx ends. SIGTERM makes the process not ready first, then
// stops taking connections, then waits for the requests in flight.
func (s *service) run(ctx context.Context) error {
	c := s.options.Config
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort(c.API.Host, strconv.Itoa(c.API.Port)))
	if err != nil {
		return fmt.Errorf("the API cannot listen: %w", err)
	}
	work, stop := context.WithCancel(ctx)
	defer stop()
	working := make(chan struct{})
	go func() {
		defer close(working)
		s.keepMigrating(work)
		if s.workers != nil {
			s.keepWorking(work)
		}
	}()
	for _, f := range s.upkeep {
		go f(work)
	}
	failed := make(chan error, 2)
	var servers []*http.Server
	start := func(handler http.Handler, on net.Listener) {
		server := s.server(handler)
		servers = append(servers, server)
		go func() { failed <- server.Serve(on) }()
	}
	start(s.handler, listener)
	if private := s.listenPrivate(ctx); private != nil {
		start(s.private, private)
	}
	s.announce(listener.Addr().String())
	select {
	case err = <-failed:
	case <-ctx.Done():
	}
	s.health.Drain()
	s.log.Info().Msg("shutting down")
	stop()
	err = errors.Join(err, s.shutDown(ctx, servers))
	<-working // the workers have handed back what they had
	return err
}

// listenPrivate opens the listener for metrics and probes. The service does
// not depend on it, so a port in use is a warning.
func (s *service) listenPrivate(ctx context.Context) net.Listener {
	if s.private == nil {
		return nil
	}
	c := s.options.Config
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort(c.MetricsHost(), strconv.Itoa(c.Monitoring.MetricsPort)))
	if err != nil {
		s.log.Warn().Err(err).Msg("the private listener for metrics cannot listen; set monitoring.metrics_port")
		return nil
	}
	return listener
}

func (s *service) shutDown(ctx context.Context, servers []*http.Server) error {
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.options.Config.API.ShutdownTimeout.Std())
	defer cancel()
	var errs []error
	for _, server := range servers {
		errs = append(errs, server.Shutdown(drain))
	}
	return errors.Join(errs...)
}

// server has all four clocks of net/http, so that no client can hold a
// connection for ever.
func (s *service) server(handler http.Handler) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      max(s.options.Config.API.Timeout.Std(), time.Second) + 30*time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          newErrorLog(s.log),
	}
}

// keepMigrating brings the schema up to date; while the database is away it
// tries again, so that a service that started first heals by itself. It says
// so once.
func (s *service) keepMigrating(ctx context.Context) {
	for attempt := 1; ; attempt++ {
		err := s.migrate(ctx)
		if ctx.Err() != nil {
			return
		}
		if err == nil {
			if attempt > 1 {
				s.log.Info().Msg("the database's schema is current")
			}
			return
		}
		if attempt == 1 {
			s.log.Warn().Err(err).Msg("the database's schema cannot be brought up to date; trying again every second")
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Second):
		}
	}
}

func (s *service) announce(address string) {
	s.log.Info().Str("address", address).Str("version", s.options.Version).Str("database", string(databaseKind(s.options.Config))).Msg("listening")
	url := "http://" + strings.Replace(address, "[::]", "127.0.0.1", 1)
	if s.options.Listening != nil {
		s.options.Listening(url)
	}
	if s.options.Out == nil {
		return
	}
	_, _ = fmt.Fprintf(s.options.Out, "mcg %s listens on %s\nopen: %s/\ntry:  curl -sS %s/v1/cards -H 'Content-Type: application/yaml' --data-binary @examples/sentiment.yaml\n", s.options.Version, url, url, url)
}

// silenceRedis stops go-redis from logging refused dials to stderr; the cache's
// own log line says it once. Its logger is one for the whole process.
var silenceRedis = sync.OnceFunc(func() { redis.SetLogger(silentRedis{}) })

type silentRedis struct{}

func (silentRedis) Printf(context.Context, string, ...any) {}
