package app

import (
	"context"
	"errors"
	"fmt"
	stdlog "log"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"github.com/exaring/otelpgx"
	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/extra/redisotel/v9"
	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"

	"github.com/terragonlabs/modelcard-generator/internal/auth"
	"github.com/terragonlabs/modelcard-generator/internal/cache"
	"github.com/terragonlabs/modelcard-generator/internal/config"
	"github.com/terragonlabs/modelcard-generator/internal/generator"
	"github.com/terragonlabs/modelcard-generator/internal/outbound"
	"github.com/terragonlabs/modelcard-generator/internal/render"
	"github.com/terragonlabs/modelcard-generator/internal/render/jinja"
	"github.com/terragonlabs/modelcard-generator/internal/store"
	"github.com/terragonlabs/modelcard-generator/internal/store/postgres"
	"github.com/terragonlabs/modelcard-generator/internal/store/sqlite"
	"github.com/terragonlabs/modelcard-generator/internal/telemetry"
)

func newLog(o Options) (*telemetry.Log, error) {
	logging := o.Config.Logging
	var handlers []telemetry.LogHandler
	for _, h := range logging.EffectiveHandlers() {
		handlers = append(handlers, telemetry.LogHandler{Kind: h.Type, Level: string(h.Level), Format: h.Format, File: h.File, Address: h.Address})
	}
	return telemetry.NewLog(telemetry.LogOptions{
		Handlers: handlers, MaxSize: logging.MaxSize.Bytes(), MaxBackups: logging.BackupCount,
		Console: o.Err, Now: time.Now, Name: "mcg",
	})
}

func newErrorLog(log zerolog.Logger) *stdlog.Logger {
	return stdlog.New(log.With().Str("level", "warn").Logger(), "", 0)
}

const sqliteScheme = "sqlite:"

// databaseKind is the engine of a configuration, for people.
func databaseKind(c *config.Config) string {
	if strings.HasPrefix(c.DatabaseURL().Reveal(), sqliteScheme) {
		return "sqlite"
	}
	return "postgresql"
}

// sqlitePath is the file of the embedded database.
func sqlitePath(c *config.Config) string {
	path := strings.TrimPrefix(c.DatabaseURL().Reveal(), sqliteScheme)
	return filepath.Clean(strings.TrimPrefix(path, "//"))
}

// openStore opens the engine that the database URL names. tracer is told of
// every query to Postgres and guard is around every call to it; nil for none.
// SQLite is in this process and needs no guard.
func openStore(ctx context.Context, c *config.Config, tracer pgx.QueryTracer, guard *databaseGuard) (store.Store, error) {
	if databaseKind(c) == "sqlite" {
		return sqlite.Open(ctx, sqlite.Options{Path: sqlitePath(c), Clock: time.Now, ReadConns: c.Database.MaxConnections})
	}
	options := postgres.Options{
		URL: c.DatabaseURL().Reveal(), Clock: time.Now, Tracer: tracer,
		MaxConns: int32(c.Database.MaxConnections), //nolint:gosec // the configuration bounds it to 1000
	}
	if guard != nil {
		options.Guard = guard.do
	}
	return postgres.Open(ctx, options)
}

// OpenStore opens the database of a configuration, for commands that work on
// it without serving.
func OpenStore(ctx context.Context, c *config.Config) (store.Store, error) {
	return openStore(ctx, c, nil, nil)
}

// newTracing builds the tracer provider; spans that cannot be sent are logged
// and lost.
func newTracing(ctx context.Context, o Options, log zerolog.Logger) (*telemetry.Tracing, error) {
	m := o.Config.Monitoring
	tracing, err := telemetry.NewTracing(ctx, telemetry.TraceOptions{
		Enabled: m.EnableTracing, Endpoint: m.OTLPEndpoint.Reveal(), JaegerEndpoint: m.JaegerEndpoint.Reveal(),
		SampleRatio: m.SampleRatio, Service: "mcg", Version: o.Version, Environment: o.Config.Environment,
		OnError: func(err error) { log.Warn().Err(err).Msg("traces are lost") },
	})
	if err != nil {
		return nil, err
	}
	for _, warning := range tracing.Warnings {
		log.Warn().Msg(warning)
	}
	return tracing, nil
}

// traced wraps a handler in a span a request; off costs nothing.
func traced(c *config.Config, tracing *telemetry.Tracing, h http.Handler) http.Handler {
	if !c.Monitoring.EnableTracing {
		return h
	}
	return otelhttp.NewHandler(h, "request", otelhttp.WithTracerProvider(tracing.Provider), otelhttp.WithPropagators(tracing.Propagator))
}

// queryTracer is nil where tracing is off.
func queryTracer(c *config.Config, tracing *telemetry.Tracing) pgx.QueryTracer {
	if !c.Monitoring.EnableTracing {
		return nil
	}
	return otelpgx.NewTracer(otelpgx.WithTracerProvider(tracing.Provider))
}

// newGenerator is the use cases over what was opened.
func (s *service) newGenerator(db store.Store, pages *cache.Cache, formats render.Set, metrics *telemetry.Metrics) (*generator.Generator, error) {
	c := s.options.Config
	export, err := formats.Lookup(c.Templates.DefaultFormat)
	if err != nil {
		return nil, fmt.Errorf("templates.default_format: %w", err)
	}
	options := generator.Options{
		Store: db, Cache: pages, Rendered: metrics.Rendered, Generated: metrics.CardGenerated, Strict: c.Templates.StrictValidation, Now: time.Now, Span: s.span,
		Enter: enter(outbound.NewBulkhead(c.API.Workers, c.API.QueueSize)), Export: export,
		Settled: settled(s.jobMetrics),
		Failed: func(job generator.ChunkJob, item int64, err error) {
			s.log.Error().Err(err).Str("batch", job.Batch).Int64("item", item).Msg("an item of a batch is given up")
		},
		Fetchers: s.services.Fetchers, Publishers: s.services.Publishers, EnterFetch: enter(outbound.NewBulkhead(fetchesAtOnce, fetchesWaiting)),
		Exported: func(id store.ID, err error) {
			if err != nil {
				s.log.Warn().Err(err).Str("card", id.String()).Msg("a card is stored, but not written to storage.output_dir")
			}
		},
	}
	if dir := c.Storage.OutputDir; dir != "" {
		if options.Folder, err = generator.NewFolder(dir); err != nil {
			return nil, err
		}
	}
	return generator.New(options), nil
}

// enter says in the generator's words that the bulkhead is full.
func enter(b *outbound.Bulkhead) func(context.Context) (func(), error) {
	return func(ctx context.Context) (func(), error) {
		leave, err := b.Enter(ctx)
		if errors.Is(err, outbound.ErrOverloaded) {
			return nil, generator.ErrOverloaded
		}
		return leave, err
	}
}

// openFormats reads and checks the team's own templates, and looks whether the
// default format is among the formats.
func openFormats(ctx context.Context, c *config.Config) (render.Set, error) {
	var formats render.Set
	if dir := c.Templates.CustomTemplatesDir; dir != "" {
		folder, err := jinja.Open(ctx, dir, jinja.Options{})
		if err != nil {
			return render.Set{}, fmt.Errorf("templates.custom_templates_dir: %w", err)
		}
		formats = render.NewSet(folder.Formats()...)
	}
	if _, err := formats.Lookup(c.Templates.DefaultFormat); err != nil {
		return render.Set{}, fmt.Errorf("templates.default_format: %w", err)
	}
	return formats, nil
}

func openCache(c *config.Config, watching watch, tracing *telemetry.Tracing, closing *cleanups) (*cache.Cache, error) {
	metrics := watching.metrics
	options := cache.Options{Logger: watching.log, Now: time.Now, Span: tracing.Spans("cache"), Observer: cache.Observer{
		Read:     func(t cache.Tier, r cache.Result) { metrics.CacheRequest(string(t), string(r)) },
		Degraded: func(t cache.Tier, degraded bool) { metrics.DependencyUp("cache_"+string(t), !degraded) },
		Breaker:  func(t cache.Tier, of string, open bool) { metrics.BreakerState("cache_"+string(t)+"_"+of, open) },
	}}
	for _, level := range c.CacheLevels() {
		switch level.Name {
		case "memory":
			options.Memory = cache.MemoryOptions{MaxBytes: level.Size.Bytes(), TTL: level.TTL.Std()}
		case "redis":
			client, err := tracedRedis(c, tracing)
			if err != nil {
				return nil, err
			}
			closing.add(func(context.Context) error { return client.Close() })
			options.Redis = cache.RedisOptions{Client: client, TTL: level.TTL.Std()}
		case "disk":
			options.Disk = cache.DiskOptions{Dir: c.CacheDir(), MaxBytes: level.Size.Bytes(), TTL: level.TTL.Std()}
		}
	}
	return cache.New(options)
}

// tracedRedis is the cache's client; each of its commands is a span where
// tracing is on. Commands are not quoted in spans: their values are cards.
func tracedRedis(c *config.Config, tracing *telemetry.Tracing) (*redis.Client, error) {
	client, err := cache.NewRedisClient(c.RedisURL().Reveal(), cache.RedisTimeout)
	if err != nil || !c.Monitoring.EnableTracing {
		return client, err
	}
	err = redisotel.InstrumentTracing(client, redisotel.WithTracerProvider(tracing.Provider),
		redisotel.WithDBStatement(false), redisotel.WithCallerEnabled(false), redisotel.WithDialFilter(true))
	return client, err
}

// newAuthenticator is nil where authentication is off. The functions it
// returns run as long as the service does.
func newAuthenticator(c *config.Config, roles auth.Roles, stored auth.KeyStore, w watch) (*auth.Authenticator, []func(context.Context), error) {
	if !c.AuthEnabled() {
		return nil, nil, nil
	}
	verifiers, err := newVerifiers(c, w)
	if err != nil {
		return nil, nil, err
	}
	tokens, err := auth.NewTokens(auth.TokenOptions{Verifiers: verifiers, Roles: roles, Now: time.Now})
	if err != nil {
		return nil, nil, err
	}
	static := make([]auth.StaticKey, len(c.Security.Providers.APIKey.ValidKeys))
	for i, k := range c.Security.Providers.APIKey.ValidKeys {
		static[i] = auth.StaticKey{Key: k.Key.Reveal(), Roles: k.EffectiveRoles(), Namespaces: k.Namespaces}
	}
	keys, err := auth.NewKeys(auth.KeyOptions{Static: static, Store: stored, Roles: roles, Issuer: c.Security.JWT.Issuer, Now: time.Now})
	if err != nil {
		return nil, nil, err
	}
	run := func(ctx context.Context) { tokens.Run(ctx) }
	return auth.NewAuthenticator(tokens, keys, c.Security.Providers.APIKey.HeaderName), []func(context.Context){run}, nil
}

func newVerifiers(c *config.Config, w watch) ([]*auth.Verifier, error) {
	var verifiers []*auth.Verifier
	if secret := c.Security.SecretKey.Reveal(); secret != "" {
		own, err := auth.NewSecretVerifier(auth.SecretOptions{Secret: []byte(secret), Issuer: c.Security.JWT.Issuer, Audience: c.Security.JWT.Audience})
		if err != nil {
			return nil, err
		}
		verifiers = append(verifiers, own)
	}
	external := c.Security.Providers.JWT
	if external.PublicKeyURL == "" {
		return verifiers, nil
	}
	host, err := outbound.HostOf(external.PublicKeyURL.Reveal(), external.PrivateNetwork)
	if err != nil {
		return nil, err
	}
	client, err := outbound.New(outbound.Options{Hosts: []outbound.Host{host}})
	if err != nil {
		return nil, err
	}
	fetched := w.of("token_issuer", "the keys of the token issuer cannot be fetched; known ones are used for security.providers.jwt.max_stale")
	verifier, err := auth.NewExternalVerifier(auth.ExternalOptions{
		Issuer: external.Issuer, Audience: external.Audience, Algorithm: external.Algorithm, KeysURL: external.PublicKeyURL.Reveal(),
		Client: client, RolesClaim: external.RolesClaim, NamespacesClaim: external.NamespacesClaim,
		KeySet: auth.KeySetOptions{
			Refresh: external.RefreshInterval.Std(), MaxStale: external.MaxStale.Std(), Now: time.Now,
			OnFetch: func(_ string, err error) { fetched(err) },
		},
	})
	if err != nil {
		return nil, err
	}
	return append(verifiers, verifier), nil
}

// IssueToken makes a token of mcg's own, for the token command.
func IssueToken(c *config.Config, subject string, roles, namespaces []string, ttl time.Duration) (string, error) {
	granted, err := auth.NewRoles(c.Security.RBAC.Roles)
	if err != nil {
		return "", err
	}
	for _, role := range roles {
		if !granted.Has(role) {
			return "", fmt.Errorf("there is no role %q in security.rbac.roles", role)
		}
	}
	bound := auth.AllNamespaces()
	if len(namespaces) > 0 {
		if bound, err = auth.ParseNamespaces(namespaces); err != nil {
			return "", err
		}
	}
	issuer, err := newIssuer(c)
	if err != nil {
		return "", err
	}
	return issuer.Issue(auth.Principal{Subject: subject, Roles: roles, Namespaces: bound}, ttl)
}
