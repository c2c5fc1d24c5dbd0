package config

import (
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// AuthEnabled says whether callers must say who they are: security.enable_auth if it is set, and otherwise always,
// except while the API listens on loopback only.
func (c *Config) AuthEnabled() bool {
	if c.Security.EnableAuth != nil {
		return *c.Security.EnableAuth
	}
	return !IsLoopback(c.API.Host)
}

// IsLoopback says whether a listening address can be reached from this machine only. A name is not resolved: only
// localhost is known to be loopback.
func IsLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	address, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && address.Unmap().IsLoopback()
}

// DatabaseURL returns the database in use: database.url, or SQLite in the data folder.
func (c *Config) DatabaseURL() URL {
	if c.Database.URL != "" {
		return c.Database.URL
	}
	return URL("sqlite:" + filepath.Join(c.Storage.DataDir, "mcg.db"))
}

// SharedDatabase says whether several processes, on several machines, may work on the database.
func (c *Config) SharedDatabase() bool {
	scheme, _, _ := strings.Cut(c.DatabaseURL().Reveal(), ":")
	return scheme == "postgres" || scheme == "postgresql"
}

// CacheDir returns the folder of the disk cache.
func (c *Config) CacheDir() string {
	if c.Storage.CacheDir != "" {
		return c.Storage.CacheDir
	}
	return filepath.Join(c.Storage.DataDir, "cache")
}

// MetricsHost returns the address of the private listener.
func (c *Config) MetricsHost() string {
	if c.Monitoring.MetricsHost != "" {
		return c.Monitoring.MetricsHost
	}
	return c.API.Host
}

// RedisURL returns the Redis server in use, or nothing. redis.url beats the single fields.
func (c *Config) RedisURL() URL {
	r := c.Redis
	if r.URL != "" || r.Host == "" {
		return r.URL
	}
	u := url.URL{
		Scheme: "redis",
		Host:   net.JoinHostPort(r.Host, strconv.Itoa(r.Port)),
		Path:   "/" + strconv.Itoa(r.DB),
	}
	if r.Username != "" || r.Password != "" {
		u.User = url.UserPassword(r.Username, r.Password.Reveal())
	}
	return URL(u.String())
}

// CacheLevels returns the cache tiers in use with their size and ttl, in the order in which they are asked: memory,
// redis, disk. What an entry of cache.levels leaves out comes from redis.ttl, storage.cache_ttl and
// storage.max_cache_size; the memory tier then has 100 MB and 5 minutes.
func (c *Config) CacheLevels() []CacheLevel {
	inherited := []CacheLevel{
		{Name: "memory", Size: 100 << 20, TTL: Duration(5 * time.Minute)},
		{Name: "redis", TTL: c.Redis.TTL},
		{Name: "disk", Size: c.Storage.MaxCacheSize, TTL: c.Storage.CacheTTL},
	}
	var list []CacheLevel
	for _, level := range inherited {
		own, listed := c.cacheLevel(level.Name)
		if !listed || level.Name == "redis" && c.RedisURL() == "" {
			continue
		}
		if own.Size != 0 {
			level.Size = own.Size
		}
		if own.TTL != 0 {
			level.TTL = own.TTL
		}
		list = append(list, level)
	}
	return list
}

func (c *Config) cacheLevel(name string) (CacheLevel, bool) {
	for _, level := range c.Cache.Levels {
		if level.Name == name {
			return level, true
		}
	}
	return CacheLevel{}, false
}

// EffectiveHandlers returns where log lines go, with every field filled in.
func (l Logging) EffectiveHandlers() []LogHandler {
	handlers := l.Handlers
	if len(handlers) == 0 {
		handlers = []LogHandler{{Type: "console"}}
		if l.File != "" {
			handlers = append(handlers, LogHandler{Type: "file"})
		}
	}
	list := make([]LogHandler, len(handlers))
	for i, h := range handlers {
		if h.Level == "" {
			h.Level = l.Level
		}
		if h.Format == "" {
			h.Format = l.Format
		}
		if h.Type == "file" && h.File == "" {
			h.File = l.File
		}
		list[i] = h
	}
	return list
}

// EffectiveRoles returns the roles of a key: those it lists, or user.
func (k APIKey) EffectiveRoles() []string {
	if len(k.Roles) == 0 {
		return []string{"user"}
	}
	return k.Roles
}
