package config

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// addresses checks everything that is an URL. What was given is not echoed, since it may hold a password.
func (v *validator) addresses(c *Config) {
	web := []string{"http", "https"}
	v.address("integrations.mlflow.tracking_uri", c.Integrations.MLflow.TrackingURI, web)
	v.address("integrations.wandb.base_url", c.Integrations.WandB.BaseURL, web)
	v.address("integrations.huggingface.model_hub_url", c.Integrations.HuggingFace.ModelHubURL, web)
	v.address("security.providers.jwt.public_key_url", c.Security.Providers.JWT.PublicKeyURL, web)
	v.address("monitoring.otlp_endpoint", c.Monitoring.OTLPEndpoint, web)
	v.address("monitoring.jaeger_endpoint", c.Monitoring.JaegerEndpoint, web)
	v.address("redis.url", c.Redis.URL, []string{"redis", "rediss"})
}

func (v *validator) address(path string, address URL, schemes []string) {
	if address == "" {
		return
	}
	u, err := url.Parse(address.Reveal())
	if err != nil || u.Hostname() == "" || !slices.Contains(schemes, u.Scheme) {
		v.add(path, "", "is not an address that begins with "+strings.Join(schemes, ":// or ")+"://", "write "+schemes[0]+"://host:port")
	}
}

func (v *validator) database(c *Config) {
	scheme, rest, _ := strings.Cut(c.DatabaseURL().Reveal(), ":")
	u, err := url.Parse(c.DatabaseURL().Reveal())
	switch {
	case scheme == "sqlite" && rest != "":
	case c.SharedDatabase() && err == nil && strings.HasPrefix(rest, "//"):
		if strings.Trim(u.Path, "/") == "" && u.Query().Get("dbname") == "" {
			v.add("database.url", "", "names no database", "write postgresql://user:password@host/name")
		}
	default:
		v.add("database.url", "", "is neither a Postgres nor an SQLite database",
			"write postgresql://user:password@host/name (special characters of the password as %XX) or sqlite:path")
	}
}

func (v *validator) logging(l Logging) {
	if l.MaxSize <= 0 {
		v.add("logging.max_size", l.MaxSize.String(), "is not a size above 0", "use 100MB")
	}
	for i, h := range l.EffectiveHandlers() {
		path := fmt.Sprintf("logging.handlers[%d]", i)
		if h.Type == "file" && h.File == "" {
			v.add(path+".file", "", "is empty, so there is no file to write", "set it, or logging.file")
		}
		if h.Type == "syslog" && !isSyslogAddress(h.Address) {
			v.add(path+".address", h.Address, "is not the address of a syslog daemon", "use udp://host:514, tcp://host:514, unix:///dev/log, or leave it out")
		}
	}
}

func isSyslogAddress(s string) bool {
	if s == "" {
		return true
	}
	u, err := url.Parse(s)
	if err != nil {
		return false
	}
	if u.Scheme == "unix" {
		return u.Host == "" && u.Path != ""
	}
	return (u.Scheme == "udp" || u.Scheme == "tcp") && u.Hostname() != "" && u.Port() != ""
}

func (v *validator) cache(c Cache) {
	seen := map[string]int{}
	for i, level := range c.Levels {
		path := fmt.Sprintf("cache.levels[%d].name", i)
		if first, twice := seen[level.Name]; twice {
			v.add(path, level.Name, fmt.Sprintf("is the tier of cache.levels[%d] too", first), "keep one of them")
		}
		seen[level.Name] = i
	}
}

var formatPattern = regexp.MustCompile(`^(template:)?[A-Za-z0-9][A-Za-z0-9._-]{0,95}$`)

func (v *validator) templates(t Templates) {
	if !formatPattern.MatchString(t.DefaultFormat) {
		v.add("templates.default_format", t.DefaultFormat, "is not the name of a format", "use one that mcg lists at /v1/formats, such as huggingface")
	}
}
