package app

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/go-chi/httprate"
	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/terragonlabs/modelcard-generator/internal/api"
	"github.com/terragonlabs/modelcard-generator/internal/auth"
	"github.com/terragonlabs/modelcard-generator/internal/cache"
	"github.com/terragonlabs/modelcard-generator/internal/config"
	"github.com/terragonlabs/modelcard-generator/internal/limit"
	"github.com/terragonlabs/modelcard-generator/internal/store"
	"github.com/terragonlabs/modelcard-generator/internal/telemetry"
)

// limitTimeout bounds one exchange with Redis about counts, which nobody waits
// for.
const limitTimeout = time.Second

// watch tells of dependencies by a metric, and by a log line when one goes away
// or comes back.
type watch struct {
	log     zerolog.Logger
	metrics *telemetry.Metrics
}

// of is a function to tell the outcomes of one dependency.
func (w watch) of(name, consequence string) func(err error) {
	var away atomic.Bool
	return func(err error) {
		if errors.Is(err, context.Canceled) {
			return // the process ends
		}
		w.metrics.DependencyUp(name, err == nil)
		if away.Swap(err != nil) == (err != nil) {
			return
		}
		if err != nil {
			w.log.Warn().Err(err).Str("dependency", name).Msg(consequence)
			return
		}
		w.log.Info().Str("dependency", name).Msg("the dependency is back")
	}
}

// addAccess sets who may do what, and how often. The functions it returns run
// as long as the service does.
func addAccess(c *config.Config, o *api.Options, w watch, closing *cleanups) ([]func(context.Context), error) {
	o.AllowedHosts, o.CORSOrigins, o.TrustedProxies = c.Security.AllowedHosts, c.Security.CORSOrigins, c.Security.TrustedProxies
	roles, err := auth.NewRoles(c.Security.RBAC.Roles)
	if err != nil {
		return nil, err
	}
	o.Roles, o.TokenLifetime = roles, time.Duration(c.Security.JWT.ExpireMinutes)*time.Minute
	if secret := c.Security.SecretKey.Reveal(); secret != "" {
		if o.Issuer, err = newIssuer(c); err != nil {
			return nil, err
		}
	}
	stored := api.NewKeyStore(o.Store)
	authenticator, upkeep, err := newAuthenticator(c, roles, stored, w)
	if err != nil || authenticator == nil {
		return nil, err
	}
	o.Authenticator = authenticator
	limits, share, err := newLimits(c, w, closing)
	if err != nil {
		return nil, err
	}
	o.Limits = limits
	return append(append(upkeep, stored.Run), share...), nil
}

// newLimits builds the rate limits; what it returns beside them shares their
// counts through Redis, if there is one.
func newLimits(c *config.Config, w watch, closing *cleanups) (api.Limits, []func(context.Context), error) {
	rates := c.Security.RateLimit
	var shared redis.UniversalClient
	if url := c.RedisURL().Reveal(); url != "" {
		client, err := cache.NewRedisClient(url, limitTimeout)
		if err != nil {
			return api.Limits{}, nil, err
		}
		closing.add(func(context.Context) error { return client.Close() })
		shared = client
	}
	var share []func(context.Context)
	counters := map[string]*limit.Counter{}
	told := w.of("rate_limits", "rate limits are not shared with other replicas; each holds its callers to them alone")
	for _, name := range api.LimitNames() {
		counters[name] = limit.NewCounter(limit.Options{Name: name, Redis: shared, OnShare: told})
		share = append(share, counters[name].Run)
	}
	return api.Limits{
		PerPrincipal: rates.PerPrincipal, PerAddress: rates.PerAddress, FailedLogins: rates.FailedLogins,
		Counter: func(name string) httprate.LimitCounter { return counters[name] },
	}, share, nil
}

func newIssuer(c *config.Config) (*auth.Issuer, error) {
	return auth.NewIssuer(auth.SecretOptions{
		Secret: []byte(c.Security.SecretKey.Reveal()), Issuer: c.Security.JWT.Issuer, Audience: c.Security.JWT.Audience,
	}, time.Now, uuid.NewString)
}

// OpenKeys gives the API keys of a configuration's database to the command
// line, whose user is the operator: who can read the configuration may do
// everything. The caller closes the store.
func OpenKeys(ctx context.Context, c *config.Config) (api.Keys, store.Store, error) {
	roles, err := auth.NewRoles(c.Security.RBAC.Roles)
	if err != nil {
		return api.Keys{}, nil, err
	}
	db, err := openStore(ctx, c, nil, nil)
	if err != nil {
		return api.Keys{}, nil, err
	}
	if current, want, err := db.SchemaVersion(ctx); err != nil || current < want {
		if err == nil {
			err = store.ErrSchema
		}
		return api.Keys{}, nil, errors.Join(fmt.Errorf("the database: %w", err), db.Close())
	}
	return api.Keys{Store: db, Roles: roles, Now: time.Now}, db, nil
}

// Operator is the maker of keys on the command line.
func Operator() api.KeyMaker {
	p := auth.Loopback()
	p.Subject = "command-line"
	return api.KeyMaker{Principal: p}
}
