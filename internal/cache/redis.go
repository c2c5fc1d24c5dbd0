package cache

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// ErrRedisURL says that a Redis URL can't be read. It does not quote the URL,
// which may hold a password.
var ErrRedisURL = errors.New("cache: Redis URL is not of the form redis[s]://[user:password@]host:port[/db]")

const (
	redisPrefix   = "mcg:cache:"
	redisProbeKey = redisPrefix + "probe"
	redisPoolSize = 10
)

// NewRedisClient returns a client that gives up quickly: no retries of its
// own, and timeout for each of dialling, writing and reading. A server that
// hangs then costs one timeout, not the product of retries and defaults. The
// only error is [ErrRedisURL]; no connection is made yet.
func NewRedisClient(url string, timeout time.Duration) (*redis.Client, error) {
	o, err := redis.ParseURL(url)
	if err != nil {
		return nil, ErrRedisURL
	}
	o.MaxRetries = -1
	o.DialerRetries = 1
	o.DialTimeout = timeout
	o.ReadTimeout = timeout
	o.WriteTimeout = timeout
	o.PoolTimeout = timeout
	o.ContextTimeoutEnabled = true
	o.PoolSize = redisPoolSize
	o.MaxActiveConns = redisPoolSize
	o.DisableIdentity = true
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	return redis.NewClient(o), nil
}

// redisStore keeps envelopes in Redis, which does the expiry.
type redisStore struct {
	client  redis.UniversalClient
	owned   bool // the client was made here, so it is closed here
	ttl     time.Duration
	timeout time.Duration
	limit   int64
}

func newRedisStore(o RedisOptions) (*redisStore, error) {
	s := &redisStore{client: o.Client, ttl: o.TTL, timeout: o.Timeout, limit: maxEntryBytes}
	if s.client != nil {
		return s, nil
	}
	client, err := NewRedisClient(o.URL, o.Timeout)
	if err != nil {
		return nil, err
	}
	s.client, s.owned = client, true
	return s, nil
}

// get reads at most one byte over the limit, by GETRANGE, since the value may
// be anything that someone put there. GETRANGE answers with an empty string
// for a key that isn't there.
func (s *redisStore) get(ctx context.Context, i id) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	raw, err := s.client.GetRange(ctx, redisKey(i), 0, s.limit).Bytes()
	switch {
	case redis.HasErrorPrefix(err, "WRONGTYPE"):
		return nil, errCorrupt
	case err != nil:
		return nil, fmt.Errorf("redis get: %w", err)
	case len(raw) == 0:
		return nil, errMiss
	case int64(len(raw)) > s.limit:
		return nil, errCorrupt
	}
	return raw, nil
}

func (s *redisStore) put(ctx context.Context, i id, raw []byte) error {
	return s.set(ctx, redisKey(i), raw, s.ttl)
}

func (s *redisStore) set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	if err := s.client.Set(ctx, key, value, ttl).Err(); err != nil {
		return fmt.Errorf("redis set: %w", err)
	}
	return nil
}

// drop leaves the bad value: the fill that follows a miss overwrites it, and
// another round trip now would be paid by a waiting reader.
func (*redisStore) drop(id) {}

func (s *redisStore) probeRead(ctx context.Context) error {
	if _, err := s.get(ctx, id{}); err != nil && !errors.Is(err, errMiss) && !errors.Is(err, errCorrupt) {
		return err
	}
	return nil
}

// probeWrite really writes, because a full server answers pings and reads.
func (s *redisStore) probeWrite(ctx context.Context) error {
	return s.set(ctx, redisProbeKey, []byte{1}, time.Second)
}

func (s *redisStore) close() error {
	if !s.owned {
		return nil
	}
	if err := s.client.Close(); err != nil {
		return fmt.Errorf("redis close: %w", err)
	}
	return nil
}

func redisKey(i id) string { return redisPrefix + i.String() }
