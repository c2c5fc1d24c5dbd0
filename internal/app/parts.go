package app

import (
	"context"
	"fmt"
	stdlog "log"
	"path/filepath"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"github.com/terragonlabs/modelcard-generator/internal/auth"
	"github.com/terragonlabs/modelcard-generator/internal/cache"
	"github.com/terragonlabs/modelcard-generator/internal/config"
	"github.com/terragonlabs/modelcard-generator/internal/outbound"
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

// openStore opens the engine that the database URL names.
func openStore(ctx context.Context, c *config.Config) (store.Store, error) {
	url := c.DatabaseURL().Reveal()
	if path, ok := strings.CutPrefix(url, sqliteScheme); ok {
		return sqlite.Open(ctx, sqlite.Options{Path: filepath.Clean(strings.TrimPrefix(path, "//")), Clock: time.Now, ReadConns: c.Database.MaxConnections})
	}
	return postgres.Open(ctx, postgres.Options{URL: url, Clock: time.Now, MaxConns: int32(c.Database.MaxConnections)}) //nolint:gosec // the configuration bounds it to 1000
}

// OpenStore opens the database of a configuration, for commands that work on
// it without serving.
func OpenStore(ctx context.Context, c *config.Config) (store.Store, error) { return openStore(ctx, c) }

func openCache(c *config.Config, log zerolog.Logger, metrics *telemetry.Metrics) (*cache.Cache, error) {
	options := cache.Options{Logger: log, Now: time.Now, Observer: cache.Observer{
		Read:     func(t cache.Tier, r cache.Result) { metrics.CacheRequest(string(t), string(r)) },
		Degraded: func(t cache.Tier, degraded bool) { metrics.DependencyUp("cache_"+string(t), !degraded) },
	}}
	for _, level := range c.CacheLevels() {
		switch level.Name {
		case "memory":
			options.Memory = cache.MemoryOptions{MaxBytes: level.Size.Bytes(), TTL: level.TTL.Std()}
		case "redis":
			options.Redis = cache.RedisOptions{URL: c.RedisURL().Reveal(), TTL: level.TTL.Std()}
		case "disk":
			options.Disk = cache.DiskOptions{Dir: c.CacheDir(), MaxBytes: level.Size.Bytes(), TTL: level.TTL.Std()}
		}
	}
	return cache.New(options)
}

// newAuthenticator is nil where authentication is off. The functions it
// returns run as long as the service does.
func newAuthenticator(c *config.Config, stored auth.KeyStore, w watch) (*auth.Authenticator, []func(context.Context), error) {
	if !c.AuthEnabled() {
		return nil, nil, nil
	}
	roles, err := auth.NewRoles(c.Security.RBAC.Roles)
	if err != nil {
		return nil, nil, err
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
