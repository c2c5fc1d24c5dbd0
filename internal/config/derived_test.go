package config

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestCacheLevels(t *testing.T) {
	t.Parallel()
	minute := Duration(time.Minute)
	tests := []struct {
		name, file string
		want       []CacheLevel
	}{
		{"default", "", []CacheLevel{{"memory", 100 << 20, 5 * minute}, {"disk", 10 << 30, 24 * 60 * minute}}},
		{"inherited", "redis: {host: h, ttl: 2m}\nstorage: {cache_ttl: 3m, max_cache_size: 1GB}", []CacheLevel{
			{"memory", 100 << 20, 5 * minute}, {"redis", 0, 2 * minute}, {"disk", 1 << 30, 3 * minute},
		}},
		{"own beats inherited", "redis: {host: h, ttl: 2m}\nstorage: {cache_ttl: 3m, max_cache_size: 1GB}\n" +
			"cache: {levels: [{name: disk, ttl: 7m, size: 2GB}, {name: redis, ttl: 8m}]}", []CacheLevel{
			{"redis", 0, 8 * minute}, {"disk", 2 << 30, 7 * minute},
		}},
		{"none", "cache: {levels: []}", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := load(t, tt.file).Config
			if diff := cmp.Diff(tt.want, c.CacheLevels()); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestEffectiveHandlers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, file string
		want       []LogHandler
	}{
		{"console", "", []LogHandler{{Type: "console", Level: "info", Format: "json"}}},
		{"console and file", "logging: {file: /a.log, level: ERROR, format: Console}", []LogHandler{
			{Type: "console", Level: "error", Format: "console"}, {Type: "file", Level: "error", Format: "console", File: "/a.log"},
		}},
		{"own", "logging: {file: /a.log, handlers: [{type: file, level: DEBUG}, {type: FILE, file: /b.log, format: console}]}", []LogHandler{
			{Type: "file", Level: "debug", Format: "json", File: "/a.log"}, {Type: "file", Level: "info", Format: "console", File: "/b.log"},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, load(t, tt.file).Config.Logging.EffectiveHandlers()); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestRedisURL(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"redis: {host: h}": "redis://h:6379/0",
		"redis: {host: '::1', port: 1, db: 2, password: 'p@'}": "redis://:p%40@[::1]:1/2",
		"redis: {host: h, url: 'redis://other/5'}":             "redis://other/5",
		"redis: {port: 1}": "",
	}
	for file, want := range tests {
		c := load(t, file).Config
		if got := c.RedisURL().Reveal(); got != want {
			t.Errorf("%s: %q, want %q", file, got, want)
		}
	}
}

func TestPlaces(t *testing.T) {
	t.Parallel()
	c := load(t, "storage: {data_dir: /data}").Config
	if got, want := c.DatabaseURL().Reveal(), "sqlite:/data/mcg.db"; got != want {
		t.Errorf("database = %q, want %q", got, want)
	}
	if got, want := c.CacheDir(), "/data/cache"; got != want {
		t.Errorf("cache = %q, want %q", got, want)
	}
	c = load(t, "storage: {cache_dir: /c}\nmonitoring: {metrics_host: 10.0.0.1}").Config
	if c.CacheDir() != "/c" || c.MetricsHost() != "10.0.0.1" {
		t.Errorf("cache = %q, metrics = %q", c.CacheDir(), c.MetricsHost())
	}
}
