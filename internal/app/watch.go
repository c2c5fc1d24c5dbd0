package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/rs/zerolog"

	"github.com/terragonlabs/modelcard-generator/internal/cache"
	"github.com/terragonlabs/modelcard-generator/internal/config"
	"github.com/terragonlabs/modelcard-generator/internal/telemetry"
)

const (
	bytesEvery   = 10 * time.Second       // how often the tiers' sizes are measured
	inspectEvery = 30 * time.Second       // until Redis has been reached once
	inspectWait  = 500 * time.Millisecond // for each step of asking it
)

// measureCache keeps the metric of what the cache tiers hold.
func measureCache(pages *cache.Cache, metrics *telemetry.Metrics) func(context.Context) {
	return func(ctx context.Context) {
		every(ctx, bytesEvery, func() bool {
			for _, tier := range pages.Stats() {
				if tier.Tier != cache.TierRedis { // others use it too
					metrics.CacheBytes(string(tier.Tier), tier.Bytes)
				}
			}
			return true
		})
	}
}

// compareRedis warns, once, where the server is set otherwise than the
// configuration says.
func compareRedis(c *config.Config, log zerolog.Logger) func(context.Context) {
	return func(ctx context.Context) {
		every(ctx, inspectEvery, func() bool {
			server, err := cache.InspectRedis(ctx, c.RedisURL().Reveal(), inspectWait)
			if err != nil {
				return true // the cache says that Redis is away
			}
			for _, warning := range redisDifferences(c.Redis, server) {
				log.Warn().Msg(warning)
			}
			return false
		})
	}
}

func redisDifferences(want config.Redis, got cache.RedisServer) []string {
	var found []string
	if want.MaxMemory > 0 && want.MaxMemory.Bytes() != got.MaxMemory {
		found = append(found, fmt.Sprintf("redis.max_memory is %d bytes, but the server's maxmemory is %d", want.MaxMemory.Bytes(), got.MaxMemory))
	}
	if want.EvictionPolicy != "" && want.EvictionPolicy != got.Policy {
		found = append(found, fmt.Sprintf("redis.eviction_policy is %s, but the server's maxmemory-policy is %s", want.EvictionPolicy, got.Policy))
	}
	return found
}

// every runs a step now and then again after each interval, until it says that
// it is done or ctx ends.
func every(ctx context.Context, interval time.Duration, step func() (again bool)) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for step() {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// healthParts are what /health looks at beside the database.
func healthParts(c *config.Config, pages *cache.Cache, services *Integrations) map[string]func(context.Context) error {
	parts := map[string]func(context.Context) error{
		"storage": func(context.Context) error { return checkStorage(c, pages) },
	}
	parts["integrations"] = func(context.Context) error { return services.failing() }
	if usesRedis(c) {
		parts["redis"] = func(context.Context) error {
			if degraded(pages, cache.TierRedis) {
				return errors.New("no answer from Redis; the cache goes on without it")
			}
			return nil
		}
	}
	return parts
}

func usesRedis(c *config.Config) bool {
	for _, level := range c.CacheLevels() {
		if level.Name == string(cache.TierRedis) {
			return true
		}
	}
	return false
}

func degraded(pages *cache.Cache, tier cache.Tier) bool {
	for _, row := range pages.Stats() {
		if row.Tier == tier {
			return row.Degraded
		}
	}
	return false
}

// checkStorage really writes, since a full or read-only disk still lists.
func checkStorage(c *config.Config, pages *cache.Cache) error {
	if degraded(pages, cache.TierDisk) {
		return errors.New("the disk cache cannot be used; the cache goes on without it")
	}
	for _, dir := range []string{dataDir(c), c.Storage.OutputDir} {
		if dir == "" {
			continue
		}
		f, err := os.CreateTemp(dir, ".health-*")
		if err != nil {
			return errors.New("a folder of storage cannot be written")
		}
		_ = f.Close()
		if err := os.Remove(f.Name()); err != nil {
			return errors.New("a folder of storage cannot be written")
		}
	}
	return nil
}

// dataDir is where the embedded database is, or "" where there is none.
func dataDir(c *config.Config) string {
	if databaseKind(c) != "sqlite" {
		return ""
	}
	return filepath.Dir(sqlitePath(c))
}
