package config

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	goodSecret = "0123456789abcdef0123456789abcdef"
	goodKey    = "an-api-key-of-enough-bytes"
)

// invalidKeys returns the keys that Validate finds something wrong with.
func invalidKeys(c Config) []string {
	var invalid *InvalidError
	if !errors.As(c.Validate(), &invalid) {
		return nil
	}
	var list []string
	for _, p := range invalid.Problems {
		list = append(list, p.Key)
	}
	return list
}

func TestDefaultIsValid(t *testing.T) {
	t.Parallel()
	c := Default()
	if err := c.Validate(); err != nil {
		t.Error(err)
	}
}

func TestExposure(t *testing.T) {
	t.Parallel()
	on, off := true, false
	tests := []struct {
		name string
		edit func(*Config)
		want []string
	}{
		{"loopback", func(*Config) {}, nil},
		{"loopback by name", func(c *Config) { c.API.Host = "localhost" }, nil},
		{"loopback of version 6", func(c *Config) { c.API.Host = "::1" }, nil},
		{"loopback, mapped", func(c *Config) { c.API.Host = "::ffff:127.0.0.2" }, nil},
		{"everywhere", func(c *Config) { c.API.Host = "0.0.0.0" }, []string{"api.host"}},
		{"everywhere, unnamed", func(c *Config) { c.API.Host = "" }, []string{"api.host"}},
		{"a name that may be anywhere", func(c *Config) { c.API.Host = "mcg.example" }, []string{"api.host"}},
		{"everywhere, authentication off", func(c *Config) {
			c.API.Host, c.Security.EnableAuth, c.Security.SecretKey = "0.0.0.0", &off, goodSecret
		}, []string{"security.enable_auth"}},
		{"everywhere, keys in the database", func(c *Config) { c.API.Host, c.Security.EnableAuth = "0.0.0.0", &on }, nil},
		{"everywhere, secret", func(c *Config) { c.API.Host, c.Security.SecretKey = "0.0.0.0", goodSecret }, nil},
		{"everywhere, key", func(c *Config) {
			c.API.Host, c.Security.Providers.APIKey.ValidKeys = "0.0.0.0", []APIKey{{Key: goodKey}}
		}, nil},
		{"everywhere, but a worker", func(c *Config) {
			c.API.Host, c.Worker.Mode, c.Database.URL = "0.0.0.0", true, "postgresql://u@h/d"
		}, nil},
		{"worker on the default database", func(c *Config) { c.Worker.Mode = true }, []string{"database.url"}},
		{"worker on SQLite", func(c *Config) { c.Worker.Mode, c.Database.URL = true, "sqlite:/shared/mcg.db" }, []string{"database.url"}},
		{"one port for two", func(c *Config) { c.API.Port = c.Monitoring.MetricsPort }, []string{"monitoring.metrics_port"}},
		{"two free ports", func(c *Config) { c.API.Port, c.Monitoring.MetricsPort = 0, 0 }, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := Default()
			tt.edit(&c)
			if diff := cmp.Diff(tt.want, invalidKeys(c)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestForFilesSkipsWhatConcernsAService(t *testing.T) {
	t.Parallel()
	environ := []string{"MCG_HOST=0.0.0.0", "MCG_CONFIG_DIR=" + t.TempDir()}
	if _, err := Load(LoadOptions{Environ: environ, ForFiles: true}); err != nil {
		t.Errorf("for files: %v", err)
	}
	if _, err := Load(LoadOptions{Environ: environ}); err == nil {
		t.Error("a service is loaded without authentication")
	}
}

// TestValues breaks one value at a time in a valid configuration, and expects exactly that key to be named.
func TestValues(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		edit func(*Config)
		want string
	}{
		"port":                    {func(c *Config) { c.API.Port = -1 }, "api.port"},
		"workers":                 {func(c *Config) { c.API.Workers = 0 }, "api.workers"},
		"timeout":                 {func(c *Config) { c.API.Timeout = 0 }, "api.timeout"},
		"level":                   {func(c *Config) { c.Logging.Level = "loud" }, "logging.level"},
		"format":                  {func(c *Config) { c.Logging.Format = "" }, "logging.format"},
		"max size":                {func(c *Config) { c.Logging.MaxSize = 0 }, "logging.max_size"},
		"handler type":            {func(c *Config) { c.Logging.Handlers = []LogHandler{{Type: "fax"}} }, "logging.handlers[0].type"},
		"handler without type":    {func(c *Config) { c.Logging.Handlers = []LogHandler{{}} }, "logging.handlers[0].type"},
		"handler without file":    {func(c *Config) { c.Logging.Handlers = []LogHandler{{Type: "file"}} }, "logging.handlers[0].file"},
		"handler address":         {func(c *Config) { c.Logging.Handlers = []LogHandler{{Type: "syslog", Address: "h:514"}} }, "logging.handlers[0].address"},
		"database scheme":         {func(c *Config) { c.Database.URL = "mysql://h/d" }, "database.url"},
		"database without name":   {func(c *Config) { c.Database.URL = "postgresql://h" }, "database.url"},
		"database beyond parsing": {func(c *Config) { c.Database.URL = "postgresql://u:p%zz@h/d" }, "database.url"},
		"sqlite without path":     {func(c *Config) { c.Database.URL = "sqlite:" }, "database.url"},
		"redis scheme":            {func(c *Config) { c.Redis.URL = "http://h" }, "redis.url"},
		"redis policy":            {func(c *Config) { c.Redis.EvictionPolicy = "lru" }, "redis.eviction_policy"},
		"mlflow address":          {func(c *Config) { c.Integrations.MLflow.TrackingURI = "mlflow:5000" }, "integrations.mlflow.tracking_uri"},
		"tier":                    {func(c *Config) { c.Cache.Levels = []CacheLevel{{Name: "tape"}} }, "cache.levels[0].name"},
		"tier twice":              {func(c *Config) { c.Cache.Levels = []CacheLevel{{Name: "disk"}, {Name: "disk"}} }, "cache.levels[1].name"},
		"short secret":            {func(c *Config) { c.Security.SecretKey = Secret(goodSecret[1:]) }, "security.secret_key"},
		"own algorithm":           {func(c *Config) { c.Security.JWT.Algorithm = "none" }, "security.jwt.algorithm"},
		"own issuer":              {func(c *Config) { c.Security.JWT.Issuer = "" }, "security.jwt.issuer"},
		"external algorithm":      {func(c *Config) { external(c).Algorithm = "HS256" }, "security.providers.jwt.algorithm"},
		"external issuer":         {func(c *Config) { external(c).Issuer = "" }, "security.providers.jwt.issuer"},
		"external audience":       {func(c *Config) { external(c).Audience = "" }, "security.providers.jwt.audience"},
		"external without TLS":    {func(c *Config) { external(c).PublicKeyURL = "http://idp.example/jwks" }, "security.providers.jwt.public_key_url"},
		"external without keys":   {func(c *Config) { external(c).PublicKeyURL = "" }, "security.providers.jwt.public_key_url"},
		"external as itself":      {func(c *Config) { external(c).Issuer = "mcg" }, "security.providers.jwt.issuer"},
		"header":                  {func(c *Config) { c.Security.Providers.APIKey.HeaderName = "X Key" }, "security.providers.api_key.header_name"},
		"role of a key":           {func(c *Config) { validKeys(c, APIKey{Key: goodKey, Roles: []string{"boss"}}) }, "security.providers.api_key.valid_keys[0].roles"},
		"namespace of a key":      {func(c *Config) { validKeys(c, APIKey{Key: goodKey, Namespaces: []string{"a/b/c"}}) }, "security.providers.api_key.valid_keys[0].namespaces"},
		"key twice":               {func(c *Config) { validKeys(c, APIKey{Key: goodKey}, APIKey{Key: goodKey}) }, "security.providers.api_key.valid_keys[1]"},
		"empty key":               {func(c *Config) { validKeys(c, APIKey{}) }, "security.providers.api_key.valid_keys[0].key"},
		"permission":              {func(c *Config) { c.Security.RBAC.Roles["user"] = []string{"fly"} }, "security.rbac.roles.user"},
		"host":                    {func(c *Config) { c.Security.AllowedHosts = []string{"https://a"} }, "security.allowed_hosts"},
		"origin":                  {func(c *Config) { c.Security.CORSOrigins = []string{"https://a/b"} }, "security.cors_origins"},
		"proxy":                   {func(c *Config) { c.Security.TrustedProxies = []string{"10.0.0.0/40"} }, "security.trusted_proxies"},
		"rate":                    {func(c *Config) { c.Security.RateLimit.PerAddress = -1 }, "security.rate_limit.per_address"},
		"health path":             {func(c *Config) { c.Monitoring.HealthCheckPath = "health" }, "monitoring.health_check_path"},
		"one path for two":        {func(c *Config) { c.Monitoring.ReadyCheckPath = "/health" }, "monitoring.ready_check_path"},
		"path of metrics":         {func(c *Config) { c.Monitoring.HealthCheckPath = "/metrics" }, "monitoring.health_check_path"},
		"ratio":                   {func(c *Config) { c.Monitoring.SampleRatio = 1.5 }, "monitoring.sample_ratio"},
		"tracing to nowhere":      {func(c *Config) { c.Monitoring.EnableTracing = true }, "monitoring.enable_tracing"},
		"default format":          {func(c *Config) { c.Templates.DefaultFormat = "../x" }, "templates.default_format"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := Default()
			tt.edit(&c)
			if diff := cmp.Diff([]string{tt.want}, invalidKeys(c)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
	c := Default()
	external(&c)
	validKeys(&c, APIKey{Key: goodKey, Roles: []string{"admin"}, Namespaces: []string{"acme", "b.c/*", "*"}})
	c.Redis.URL = "rediss://:pw@h:6380/1"
	c.Database.URL = "postgres:///mcg?host=/run/postgresql"
	c.Security.TrustedProxies = []string{"10.0.0.0/8", "::1"}
	c.Security.CORSOrigins = []string{"https://a.example:8443", "*"}
	c.Logging.Handlers = []LogHandler{{Type: "syslog"}, {Type: "syslog", Address: "unix:///dev/log"}, {Type: "file", File: "/x", Level: "error"}}
	if err := c.Validate(); err != nil {
		t.Errorf("the good values: %v", err)
	}
}

// external sets a valid external issuer, for a test to break.
func external(c *Config) *ExternalJWT {
	p := &c.Security.Providers.JWT
	p.PublicKeyURL, p.Issuer, p.Audience = "https://idp.example/jwks", "https://idp.example", "mcg-api"
	return p
}

func validKeys(c *Config, keys ...APIKey) { c.Security.Providers.APIKey.ValidKeys = keys }

func TestShortAPIKeyIsWarnedAbout(t *testing.T) {
	t.Parallel()
	got := load(t, "security: {providers: {api_key: {valid_keys: [key1, "+goodKey+"]}}}").Warnings
	want := []string{"security.providers.api_key.valid_keys[0]: is shorter than 16 bytes and can be guessed"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestProblemsKeepSecrets gives every kind of secret in a place where it is wrong.
func TestProblemsKeepSecrets(t *testing.T) {
	t.Parallel()
	const sentinel = "s3ntinel"
	lines := mistakes(t, `
api: {port: "${MCG_TEST_SENTINEL}"}
logging: {level: "${MCG_TEST_SENTINEL}"}
database: {url: "mysql://u:s3ntinel@h/d"}
redis: {url: "redis://u:s3ntinel@%zz"}
monitoring: {otlp_endpoint: "s3ntinel"}
security:
  secret_key: s3ntinel
  providers: {api_key: {valid_keys: [s3ntinel, s3ntinel, {key: [s3ntinel]}]}}
`, "MCG_TEST_SENTINEL="+sentinel, "MCG_SECURITY_PROVIDERS_API_KEY_VALID_KEYS_FILE="+write(t, "[s3ntinel"))
	if len(lines) < 8 {
		t.Errorf("only %d mistakes: %q", len(lines), lines)
	}
	if all := strings.Join(lines, "\n"); strings.Contains(all, sentinel) {
		t.Errorf("a secret is told:\n%s", all)
	}
}
