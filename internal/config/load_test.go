package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// write puts a file into a folder of its own and returns its path.
func write(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// load loads a file and variables that must be right.
func load(t *testing.T, file string, environ ...string) *Loaded {
	t.Helper()
	l, err := Load(LoadOptions{File: write(t, file), Environ: environ})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// mistakes loads what must be wrong and returns the lines of the error, with the file's folder cut off.
func mistakes(t *testing.T, file string, environ ...string) []string {
	t.Helper()
	path := write(t, file)
	l, err := Load(LoadOptions{File: path, Environ: environ})
	var invalid *InvalidError
	if !errors.As(err, &invalid) || l != nil {
		t.Fatalf("Load = %v, %v; want an InvalidError", l, err)
	}
	var lines []string
	for _, p := range invalid.Problems {
		lines = append(lines, strings.ReplaceAll(p.String(), filepath.Dir(path)+"/", ""))
	}
	return lines
}

func TestLayers(t *testing.T) {
	t.Parallel()
	const file = "api: {port: 1001, workers: 2, timeout: 60}\nlogging: {level: warning}\n"
	environ := []string{"MCG_PORT=1002", "MCG_MAX_WORKERS=8", "MCG_TIMEOUT_SECONDS=90", "MCG_LOG_LEVEL=ERROR"}
	steps := []struct {
		name    string
		options LoadOptions
		want    []string // port, workers, timeout, level
		from    string   // of the port
	}{
		{"default", LoadOptions{}, []string{"8080", "4", "5m", "info"}, "default"},
		{"file", LoadOptions{File: write(t, file)}, []string{"1001", "2", "1m", "warning"}, "config.yaml:1:13"},
		{"environment", LoadOptions{File: write(t, file), Environ: environ}, []string{"1002", "8", "1m30s", "error"}, "MCG_PORT"},
		{"flag", LoadOptions{File: write(t, file), Environ: environ, Flags: []Flag{{"--port", "api.port", "1003"}}}, []string{"1003", "8", "1m30s", "error"}, "--port"},
	}
	for _, s := range steps {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			l, err := Load(s.options)
			if err != nil {
				t.Fatal(err)
			}
			values, sources := map[string]string{}, map[string]string{}
			for _, setting := range l.Settings() {
				values[setting.Key], sources[setting.Key] = setting.Value, filepath.Base(setting.Source)
			}
			got := []string{values["api.port"], values["api.workers"], values["api.timeout"], values["logging.level"]}
			if diff := cmp.Diff(s.want, got); diff != "" {
				t.Errorf("values (-want +got):\n%s", diff)
			}
			if sources["api.port"] != s.from {
				t.Errorf("api.port comes from %q, want %q", sources["api.port"], s.from)
			}
		})
	}
}

// guide is the configuration file of the production guide, with its sections of authentication, Redis and cache.
const guide = `
api:
  host: "0.0.0.0"
  port: 8080
  workers: 4
  timeout: 300
logging:
  level: INFO
  format: json
  file: /var/log/mcg/app.log
  max_size: 100MB
  backup_count: 5
  handlers:
    - {type: console, level: INFO, format: console}
    - {type: file, level: INFO, format: json}
    - {type: syslog, level: WARNING, address: "udp://localhost:514"}
storage:
  output_dir: /var/lib/mcg/output
  cache_dir: /var/lib/mcg/cache
  max_cache_size: 10GB
  cache_ttl: 86400  # 24 hours
templates:
  default_format: huggingface
  custom_templates_dir: /usr/share/mcg/templates
  strict_validation: true
integrations:
  mlflow: {tracking_uri: "http://mlflow:5000", experiment_name: model-cards}
  wandb: {project: model-cards, entity: your-team}
  huggingface: {model_hub_url: "https://huggingface.co"}
security:
  enable_auth: true
  secret_key: ${MCG_SECRET_KEY}
  allowed_hosts: [mcg.yourdomain.com, localhost]
  cors_origins: [https://yourdomain.com]
  providers:
    jwt:
      algorithm: RS256
      public_key_url: https://auth.yourdomain.com/.well-known/jwks.json
      audience: mcg-api
      issuer: https://auth.yourdomain.com
    api_key:
      header_name: X-API-Key
      valid_keys: [key1, {key: key2, roles: [admin], namespaces: [acme/*]}]
  rbac:
    roles: {admin: ['*'], user: [generate, validate], readonly: [view]}
redis: {host: localhost, port: 6379, db: 0, ttl: 3600, max_memory: 2gb, eviction_policy: allkeys-lru}
cache:
  levels:
    - {name: memory, size: 100MB, ttl: 300}
    - {name: redis, size: 1GB, ttl: 3600}
    - {name: disk, size: 10GB, ttl: 86400}
monitoring:
  enable_metrics: true
  metrics_port: 9090
  health_check_path: /health
  ready_check_path: /ready
  enable_tracing: true
  jaeger_endpoint: http://jaeger:14268/api/traces
`

func TestProductionGuide(t *testing.T) {
	t.Parallel()
	const secret = "0123456789abcdef0123456789abcdef"
	c := load(t, guide, "MCG_SECRET_KEY="+secret, "MCG_JWT_ALGORITHM=HS256", "MCG_JWT_EXPIRE_MINUTES=1440", "MCG_ENVIRONMENT=production",
		"MCG_DEBUG=false", "MCG_QUEUE_SIZE=100", "MCG_HF_TOKEN=hf", "MCG_WANDB_API_KEY=wb", "MCG_DATABASE_URL=postgresql://user:pass@localhost/mcg").Config

	if got := c.Security.SecretKey.Reveal(); got != secret {
		t.Errorf("secret key = %q", got)
	}
	want := []APIKey{{Key: "key1"}, {Key: "key2", Roles: []string{"admin"}, Namespaces: []string{"acme/*"}}}
	if got := c.Security.Providers.APIKey.ValidKeys; !cmp.Equal(want, got) {
		t.Errorf("valid keys differ")
	}
	type summary struct {
		Max, Memory Size
		TTL         Duration
		Expire      int
		Redis       string
		Auth        bool
		Roles       []string
	}
	got := summary{c.Storage.MaxCacheSize, c.Redis.MaxMemory, c.Storage.CacheTTL, c.Security.JWT.ExpireMinutes,
		c.RedisURL().Reveal(), c.AuthEnabled(), c.Security.RBAC.Roles["user"]}
	if diff := cmp.Diff(summary{10 << 30, 2 << 30, Duration(24 * 3600e9), 1440, "redis://localhost:6379/0", true, []string{"generate", "validate"}}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestMistakesOfTheFile(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, file string
		want       []string
	}{
		{"all at once", "api:\n  port: 70000\n  wrokers: 2\n  timeout: soon\nloging: {level: loud}\nlogging: {level: loud}\n", []string{
			`api.wrokers (config.yaml:3:3): there is no such key; did you mean workers?`,
			`api.timeout (config.yaml:4:12): "soon" is not a length of time: write seconds or a number with ms, s, m, h or d, such as 90s, 24h or 7d`,
			`loging (config.yaml:5:1): there is no such key; did you mean logging?`,
			`api.port (config.yaml:2:9): "70000" is out of range; use 0 to 65535`,
			`logging.level (config.yaml:6:18): "loud" is not known; use trace, debug, info, warning, error, critical`,
		}},
		{"key of another section", "metrics_port: 1\n", []string{`metrics_port (config.yaml:1:1): there is no such key; did you mean monitoring.metrics_port?`}},
		{"key like nothing", "cache: {levels: [{kind_of_tier: disk}]}\n", []string{
			`cache.levels[0].kind_of_tier (config.yaml:1:19): there is no such key; known here: name, size, ttl`,
			`cache.levels[0].name (config.yaml:1:17): is missing`,
		}},
		{"twice", "api:\n  port: 1\n  port: 2\n", []string{`api.port (config.yaml:3:3): is already set in line 2; keep one of them`}},
		{"section twice", "api: {port: 1}\napi: {port: 2}\n", []string{`api (config.yaml:2:1): is already set in line 1; keep one of them`}},
		{"syntax", "api:\n  port: [1\n", []string{`config.yaml:3:1: is not YAML: did not find expected ',' or ']'`}},
		{"two documents", "api: {}\n---\napi: {}\n", []string{`config.yaml:2:1: a second document begins here, and only one is read`}},
		{"no map", "- api\n", []string{`config.yaml:1:1: is no map of keys to values; begin with a section such as api:`}},
		{"alias", "api: &a {port: 1}\nredis: *a\n", []string{
			`api (config.yaml:1:6): anchors and aliases are not read here; write the value out`,
			`redis (config.yaml:2:8): anchors and aliases are not read here; write the value out`,
		}},
		{"tag", "api: {port: !!int 1}\n", []string{`api.port (config.yaml:1:13): tags are not read here; leave "!!int" out`}},
		{"shape", "api: [1]\nsecurity: {allowed_hosts: a}\n", []string{
			`api (config.yaml:1:6): has the wrong shape; it is a map`,
			`security.allowed_hosts (config.yaml:2:27): "a" has the wrong shape: it is a list`,
		}},
		{"itself", "config_dir: /x\n", []string{`config_dir (config.yaml:1:1): can't be set in the file, which is found by it; use MCG_CONFIG_DIR`}},
		{"unset variable", "api: {host: \"${MCG_NOWHERE}\"}\n", []string{`api.host (config.yaml:1:13): the variable MCG_NOWHERE is not set; set the variable, or write $${ for a plain ${`}},
		{"both forms", "security: {secret_key: x, secret_key_file: y}\n", []string{
			`security.secret_key (config.yaml:1:27): is set both by value and by file; keep one of secret_key and secret_key_file`,
			`security.secret_key (config.yaml:1:24): has 1 bytes, and HS256 is only as strong as its key; use at least 32 random bytes, such as those of: openssl rand -base64 48`,
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, mistakes(t, tt.file)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestMistakesOfTheEnvironment(t *testing.T) {
	t.Parallel()
	got := mistakes(t, "", "MCG_PORT=tcp://10.0.0.1:80", "MCG_DEBUG=maybe", "MCG_SECURITY_RBAC_ROLES={a: [", "MCG_SECRET_KEY=a", "MCG_SECRET_KEY_FILE=b",
		"MCG_HF_TOKEN_FILE=/nowhere/at/all")
	want := []string{
		`debug (MCG_DEBUG): "maybe" is neither true nor false`,
		`api.port (MCG_PORT): "tcp://10.0.0.1:80" is not a whole number; Kubernetes sets such variables for a service of this name: rename it, or set enableServiceLinks: false`,
		`integrations.huggingface.token (MCG_HF_TOKEN_FILE): its file can't be read: open /nowhere/at/all: no such file or directory`,
		`security.secret_key (MCG_SECRET_KEY): is set both by value and by file; keep one of MCG_SECRET_KEY and MCG_SECRET_KEY_FILE`,
		`security.rbac.roles (MCG_SECURITY_RBAC_ROLES): is not well-formed YAML or JSON; write a map such as {name: [a, b]}`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestVariablesOfEveryShape(t *testing.T) {
	t.Parallel()
	c := load(t, "security: {cors_origins: [https://a.example]}\ntemplates: {default_format: html}",
		"MCG_SECURITY_ALLOWED_HOSTS=a.example, b.example,",
		`MCG_SECURITY_CORS_ORIGINS=["https://b.example"]`,
		`MCG_SECURITY_RBAC_ROLES={"user": ["view"], "boss": ["*"]}`,
		"MCG_SECURITY_PROVIDERS_API_KEY_VALID_KEYS=one-long-enough-key,another-long-key",
		"MCG_CACHE_LEVELS=[{name: disk, size: 1MB}]",
		"MCG_SECURITY_ENABLE_AUTH=off",
		"MCG_TEMPLATES_DEFAULT_FORMAT=", // empty: not set
		"MCG_MONITORING_SAMPLE_RATIO=0.25",
	).Config
	off := false
	want := Default()
	want.File = c.File
	want.Templates.DefaultFormat = "html"
	want.Security.AllowedHosts = []string{"a.example", "b.example"}
	want.Security.CORSOrigins = []string{"https://b.example"}
	want.Security.RBAC.Roles = map[string][]string{"user": {"view"}, "boss": {"*"}}
	want.Security.Providers.APIKey.ValidKeys = []APIKey{{Key: "one-long-enough-key"}, {Key: "another-long-key"}}
	want.Cache.Levels = []CacheLevel{{Name: "disk", Size: 1 << 20}}
	want.Security.EnableAuth = &off
	want.Monitoring.SampleRatio = 0.25
	if diff := cmp.Diff(want, c); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestExpansionKeepsStructure(t *testing.T) {
	t.Parallel()
	const hostile = "a: b # c\n  admin: ['*']\n"
	c := load(t, "redis:\n  password: ${P}\n  username: \"pre-${U}-$${X}-$y\"\n", "P="+hostile, "U=").Config
	if got := c.Redis.Password.Reveal(); got != hostile {
		t.Errorf("password = %q, want %q", got, hostile)
	}
	if got, want := c.Redis.Username, "pre--${X}-$y"; got != want {
		t.Errorf("username = %q, want %q", got, want)
	}
}

func TestUnsetVariableOfABeatenKey(t *testing.T) {
	t.Parallel()
	secret := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(secret, []byte(strings.Repeat("k", 32)+"\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := load(t, "security: {secret_key: \"${MCG_SECRET_KEY}\"}", "MCG_SECRET_KEY_FILE="+secret).Config
	if got, want := c.Security.SecretKey.Reveal(), strings.Repeat("k", 32); got != want {
		t.Errorf("secret key = %q, want %q", got, want)
	}
}

func TestFileFormInTheFile(t *testing.T) {
	t.Parallel()
	secret := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(secret, []byte("sixteen-bytes-ok\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	l := load(t, "database: {url_file: \"${F}\"}\nsecurity:\n  providers: {api_key: {valid_keys: [{key_file: \""+secret+"\"}]}}\n",
		"F="+write(t, "postgresql://u:pw@h/d"))
	if got, want := l.Config.Security.Providers.APIKey.ValidKeys[0].Key.Reveal(), "sixteen-bytes-ok"; got != want {
		t.Errorf("key = %q, want %q", got, want)
	}
	if got, want := l.Config.DatabaseURL().Reveal(), "postgresql://u:pw@h/d"; got != want {
		t.Errorf("database = %q, want %q", got, want)
	}
}

func TestWhichFile(t *testing.T) {
	t.Parallel()
	a, b, dir := write(t, "api: {port: 1}"), write(t, "api: {port: 2}"), filepath.Dir(write(t, "api: {port: 3}"))
	tests := []struct {
		name    string
		options LoadOptions
		port    int
	}{
		{"flag", LoadOptions{File: a, Environ: []string{"MCG_CONFIG=" + b}}, 1},
		{"variable", LoadOptions{Environ: []string{"MCG_CONFIG=" + b, "MCG_CONFIG_DIR=" + dir}}, 2},
		{"folder", LoadOptions{Environ: []string{"MCG_CONFIG_DIR=" + dir}}, 3},
		{"folder without a file", LoadOptions{Environ: []string{"MCG_CONFIG_DIR=" + t.TempDir()}}, 8080},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l, err := Load(tt.options)
			if err != nil {
				t.Fatal(err)
			}
			if l.Config.API.Port != tt.port {
				t.Errorf("port = %d, want %d", l.Config.API.Port, tt.port)
			}
			if tt.options.File != "" && l.Config.File != tt.options.File {
				t.Errorf("file = %q, want the one that was read, %q", l.Config.File, tt.options.File)
			}
		})
	}
	if _, err := Load(LoadOptions{Environ: []string{"MCG_CONFIG=/nowhere/at/all"}}); err == nil {
		t.Error("a named file that does not exist is accepted")
	}
	if _, err := Load(LoadOptions{File: write(t, strings.Repeat("#", maxFile+1))}); err == nil || !strings.Contains(err.Error(), "larger than 1MB") {
		t.Errorf("a file over the limit: %v", err)
	}
}

func TestDebug(t *testing.T) {
	t.Parallel()
	for want, environ := range map[LogLevel][]string{
		"info":    {"MCG_DEBUG=false"},
		"debug":   {"MCG_DEBUG=true"},
		"warning": {"MCG_DEBUG=true", "MCG_LOG_LEVEL=warn"},
	} {
		if got := load(t, "", environ...).Config.Logging.Level; got != want {
			t.Errorf("%v: level = %q, want %q", environ, got, want)
		}
	}
}

func TestUnknownVariablesAreWarnedAbout(t *testing.T) {
	t.Parallel()
	got := load(t, "", "MCG_LOGGING_LEVEL=debug", "MCG_PRT=1", "MCG_SERVICE_PORT=tcp://10.0.0.1:80", "MCG_SERVICE_SERVICE_HOST=10.0.0.1", "HOME=/").Warnings
	want := []string{
		"the variable MCG_LOGGING_LEVEL is not read: logging.level is set by MCG_LOG_LEVEL",
		"the variable MCG_PRT is not read: did you mean MCG_PORT?",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestUnknownFlag(t *testing.T) {
	t.Parallel()
	if _, err := Load(LoadOptions{Flags: []Flag{{"--prot", "api.prot", "1"}}}); err == nil {
		t.Error("a flag of no key is accepted")
	}
}

func FuzzLoad(f *testing.F) {
	f.Add(guide)
	f.Add("api: {port: 1, port: 2}\n---\n")
	f.Add("security: {providers: {api_key: {valid_keys: [a, {key: b}, ~, [c]]}}, rbac: {roles: {? [a] : b}}}")
	f.Add("a: &a [*a]\nredis: {<<: *a, url: '${X', url_file: ${Y}}")
	f.Add("cache: {levels: [{name: disk, size: 1e999GB, ttl: 99999999d}]}")
	f.Fuzz(func(t *testing.T, text string) {
		l := &loader{env: newEnvironment([]string{"MCG_SECRET_KEY=s"}), origins: map[string]Source{}, config: Default()}
		l.keys = keys(&l.config)
		l.decodeFile("config.yaml", []byte(text))
		l.validate()
		for _, p := range l.problems {
			if line := p.String(); line == "" || strings.ContainsAny(p.Source.String(), "\n") {
				t.Errorf("a problem is no line: %q", line)
			}
		}
	})
}
