package config

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Validate returns every mistake in c as an *InvalidError, or nil. It looks at values only: no file is opened and no
// host is asked. Load calls it, and adds where each value came from.
func (c *Config) Validate() error {
	return invalid(append(c.valueProblems(), c.serviceProblems()...))
}

// valueProblems are wrong in any command.
func (c *Config) valueProblems() []Problem {
	v := &validator{}
	v.tags("", reflect.ValueOf(c).Elem(), false)
	v.durations(c)
	v.addresses(c)
	v.database(c)
	v.logging(c.Logging)
	v.cache(c.Cache)
	v.templates(c.Templates)
	v.tokens(c.Security)
	v.roles(c.Security)
	v.network(c.Security)
	v.monitoring(c.Monitoring)
	return v.problems
}

// serviceProblems are wrong in a process that listens or works the queue.
func (c *Config) serviceProblems() []Problem {
	v := &validator{}
	if c.Worker.Mode {
		v.sharedDatabase(c)
	} else {
		v.exposure(c)
		v.ports(c)
	}
	return v.problems
}

// validator collects problems.
type validator struct {
	problems []Problem
}

// add notes a problem. value is echoed; it is empty for a secret.
func (v *validator) add(path, value, detail, hint string) {
	v.problems = append(v.problems, Problem{Key: path, Value: value, Detail: detail, Hint: hint})
}

// tags checks what the field tags promise: enum, min, max and required.
func (v *validator) tags(prefix string, s reflect.Value, inList bool) {
	for i := range s.NumField() {
		f, value := s.Type().Field(i), s.Field(i)
		path := join(prefix, f.Tag.Get("yaml"))
		switch {
		case value.Kind() == reflect.Struct:
			v.tags(path, value, inList)
		case value.Kind() == reflect.Slice && f.Type.Elem().Kind() == reflect.Struct:
			for i := range value.Len() {
				v.tags(path+"["+strconv.Itoa(i)+"]", value.Index(i), true)
			}
		case inList && value.IsZero():
			if f.Tag.Get("required") != "" {
				v.add(path, "", "is missing", "")
			}
		default:
			v.enum(path, f, value)
			v.limits(path, f, value)
		}
	}
}

func (v *validator) enum(path string, f reflect.StructField, value reflect.Value) {
	allowed := enumOf(f)
	if allowed == nil || slices.Contains(allowed, value.String()) {
		return
	}
	known := slices.DeleteFunc(slices.Clone(allowed), func(s string) bool { return s == "" })
	hint := "use " + strings.Join(known, ", ")
	if path == "security.jwt.algorithm" {
		hint += "; tokens of another issuer are described in security.providers.jwt"
	}
	v.add(path, value.String(), "is not known", hint)
}

func (v *validator) limits(path string, f reflect.StructField, value reflect.Value) {
	low, hasLow := f.Tag.Lookup("min")
	high, hasHigh := f.Tag.Lookup("max")
	if !hasLow && !hasHigh {
		return
	}
	number := value.Convert(reflect.TypeFor[float64]()).Float()
	if number < limit(low, number) || number > limit(high, number) {
		v.add(path, fmt.Sprint(value.Interface()), "is out of range", "use "+low+" to "+high)
	}
}

// limit reads a min or max tag; the fallback stands for one that is not there.
func limit(tag string, fallback float64) float64 {
	if n, err := strconv.ParseFloat(tag, 64); err == nil {
		return n
	}
	return fallback
}

func (v *validator) durations(c *Config) {
	jwt := c.Security.Providers.JWT
	for _, d := range []struct {
		path  string
		value Duration
	}{
		{"api.timeout", c.API.Timeout},
		{"api.shutdown_timeout", c.API.ShutdownTimeout},
		{"worker.job_timeout", c.Worker.JobTimeout},
		{"storage.cache_ttl", c.Storage.CacheTTL},
		{"redis.ttl", c.Redis.TTL},
		{"security.providers.jwt.refresh_interval", jwt.RefreshInterval},
		{"security.providers.jwt.max_stale", jwt.MaxStale},
	} {
		if d.value <= 0 {
			v.add(d.path, d.value.String(), "is not a positive length of time", "write seconds, or 30s, 24h, 7d")
		}
	}
	v.worker(c.Worker)
}

// worker checks the times of jobs. One that counts as lost while it still runs
// would be run twice at once.
func (v *validator) worker(w Worker) {
	if w.RescueAfter <= w.JobTimeout {
		v.add("worker.rescue_after", w.RescueAfter.String(), "is not more than worker.job_timeout, so a job would be rescued while it runs",
			"set it a few seconds above worker.job_timeout")
	}
	for path, keep := range map[string]Duration{
		"worker.keep_deleted": w.KeepDeleted, "worker.keep_batches": w.KeepBatches, "worker.check_digests": w.CheckDigests,
	} {
		if keep < 0 {
			v.add(path, keep.String(), "is less than nothing", "write 0 for never, or 24h, 30d")
		}
	}
}

func (v *validator) sharedDatabase(c *Config) {
	if !c.SharedDatabase() {
		v.add("database.url", "", "worker mode needs a database that processes can share: a SQLite file has one process and one machine, so a worker would find an empty queue",
			"set database.url (MCG_DATABASE_URL) to postgresql://user:password@host/name, or leave worker.mode (MCG_WORKER_MODE) out")
	}
}

// exposure refuses an API that strangers can reach and nothing guards.
func (v *validator) exposure(c *Config) {
	s := c.Security
	switch {
	case IsLoopback(c.API.Host):
	case !c.AuthEnabled():
		v.add("security.enable_auth", "", fmt.Sprintf("authentication is off, but api.host %q can be reached from other machines", c.API.Host),
			"set security.enable_auth (MCG_SECURITY_ENABLE_AUTH) to true, or api.host (MCG_HOST) to 127.0.0.1")
	case s.EnableAuth == nil && s.SecretKey == "" && len(s.Providers.APIKey.ValidKeys) == 0 && s.Providers.JWT.PublicKeyURL == "":
		v.add("api.host", c.API.Host, "can be reached from other machines, so callers must authenticate, and nothing says how",
			"set MCG_SECRET_KEY (32 bytes or more), security.providers.api_key.valid_keys or security.providers.jwt.public_key_url; "+
				"or security.enable_auth (MCG_SECURITY_ENABLE_AUTH) to true if all keys are in the database; or MCG_HOST to 127.0.0.1")
	}
}

func (v *validator) ports(c *Config) {
	if c.API.Port != 0 && c.API.Port == c.Monitoring.MetricsPort {
		v.add("monitoring.metrics_port", strconv.Itoa(c.API.Port), "is the API's port too", "give the private listener a port of its own (MCG_METRICS_PORT)")
	}
}

func (v *validator) monitoring(m Monitoring) {
	v.probePath("monitoring.health_check_path", m.HealthCheckPath)
	v.probePath("monitoring.ready_check_path", m.ReadyCheckPath)
	if m.HealthCheckPath == m.ReadyCheckPath {
		v.add("monitoring.ready_check_path", m.ReadyCheckPath, "is the path of the health check too", "the two answer differently: give each its own")
	}
	if m.EnableTracing && m.OTLPEndpoint == "" && m.JaegerEndpoint == "" {
		v.add("monitoring.enable_tracing", "", "tracing is on, but nothing says where traces go", "set monitoring.otlp_endpoint, such as http://collector:4318")
	}
}

func (v *validator) probePath(path, value string) {
	if !strings.HasPrefix(value, "/") || len(value) < 2 || strings.ContainsAny(value, "{}*?# ") ||
		value == "/metrics" || strings.HasPrefix(value, "/v1/") {
		v.add(path, value, "is not a free path", "use a path such as /health, outside /v1 and not /metrics")
	}
}

// warnings are odd but no mistake.
func (c *Config) warnings() []string {
	var lines []string
	for i, k := range c.Security.Providers.APIKey.ValidKeys {
		if len(k.Key) < minAPIKey {
			lines = append(lines, fmt.Sprintf("security.providers.api_key.valid_keys[%d]: is shorter than %d bytes and can be guessed", i, minAPIKey))
		}
	}
	if c.Monitoring.JaegerEndpoint != "" && c.Monitoring.OTLPEndpoint != "" {
		lines = append(lines, "monitoring.jaeger_endpoint: is not used, since monitoring.otlp_endpoint is set")
	}
	return lines
}
