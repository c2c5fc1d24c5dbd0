package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"
)

func TestSecretsRedactThemselves(t *testing.T) {
	t.Parallel()
	values := map[string]any{
		"secret":  Secret("s3ntinel"),
		"address": URL("postgresql://u:s3ntinel@h:5432/d?sslpassword=s3ntinel&sslmode=disable"),
		"list":    []APIKey{{Key: "s3ntinel"}},
		"nested":  struct{ S *Secret }{new(Secret)},
	}
	*values["nested"].(struct{ S *Secret }).S = "s3ntinel"
	hex := fmt.Sprintf("%x", "s3ntinel")
	for name, v := range values {
		var printed bytes.Buffer
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%T"} {
			fmt.Fprintf(&printed, verb+"\n", v)
		}
		asJSON, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		asYAML, err := yaml.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if g, ok := v.(fmt.GoStringer); ok {
			printed.WriteString(g.GoString())
		}
		printed.Write(asJSON)
		printed.Write(asYAML)
		if s := printed.String(); strings.Contains(s, "s3ntinel") || strings.Contains(s, hex) {
			t.Errorf("%s tells:\n%s", name, s)
		}
		if name != "nested" && !strings.Contains(string(asJSON), redacted) {
			t.Errorf("%s as JSON = %s, want it to say %s", name, asJSON, redacted)
		}
	}
}

func TestURLRedactsByComponent(t *testing.T) {
	t.Parallel()
	for in, want := range map[URL]string{
		"":                               "",
		"sqlite:/var/lib/mcg.db":         "sqlite:/var/lib/mcg.db",
		"redis://h:6379/0":               "redis://h:6379/0",
		"postgresql://u@h/d":             "postgresql://u@h/d",
		"postgresql://u:p@h:5432/d":      "postgresql://u:[redacted]@h:5432/d",
		"redis://:p@h:6379/0":            "redis://:[redacted]@h:6379/0",
		"postgres://h/d?a=b&password=pw": "postgres://h/d?a=b&password=[redacted]",
		"postgres://h/d?pass%77ord=pw":   "postgres://h/d?pass%77ord=[redacted]",
		"postgres://u:p%zz@h/d":          "[redacted]",
		"user:pw@host":                   "[redacted]",
		"host=h password=pw":             "[redacted]",
	} {
		got := in.String()
		if got != want {
			t.Errorf("%q prints as %q, want %q", string(in), got, want)
		}
	}
}

func TestSize(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]Size{
		"0": 0, "512": 512, "1B": 1, "100MB": 100 << 20, "100 MiB": 100 << 20, "2gb": 2 << 30, "1.5k": 1536, "1TiB": 1 << 40, "10G": 10 << 30,
	} {
		var s Size
		if err := s.UnmarshalText([]byte(in)); err != nil || s != want {
			t.Errorf("%q = %d, %v; want %d", in, s, err, want)
		}
		var again Size
		if err := again.UnmarshalText([]byte(s.String())); err != nil || again != s {
			t.Errorf("%q prints as %q, which reads as %d, %v", in, s, again, err)
		}
	}
	for _, in := range []string{"", "MB", "-1", "1X", "1ib", "1e9", "9999999999TB", "1MBMB", "1,5MB", "NaN", "1.2.3"} {
		var s Size
		if err := s.UnmarshalText([]byte(in)); err == nil {
			t.Errorf("%q is taken as %d", in, s)
		}
	}
}

func TestDuration(t *testing.T) {
	t.Parallel()
	day := 24 * time.Hour
	for in, want := range map[string]time.Duration{
		"300": 5 * time.Minute, "0.5": 500 * time.Millisecond, "30s": 30 * time.Second, "24h": day, "7d": 7 * day, "1d12h": 36 * time.Hour,
		"1h30m": 90 * time.Minute, "250ms": 250 * time.Millisecond, "0": 0, "0d": 0,
	} {
		var d Duration
		if err := d.UnmarshalText([]byte(in)); err != nil || d.Std() != want {
			t.Errorf("%q = %v, %v; want %v", in, d.Std(), err, want)
		}
		var again Duration
		if err := again.UnmarshalText([]byte(d.String())); err != nil || again != d {
			t.Errorf("%q prints as %q, which reads as %v, %v", in, d, again.Std(), err)
		}
	}
	for _, in := range []string{"", "soon", "-1s", "d", "1.5d", "99999d9999999h", "65535d2540400h", "1d-1h", "5 minutes"} {
		var d Duration
		if err := d.UnmarshalText([]byte(in)); err == nil {
			t.Errorf("%q is taken as %v", in, d.Std())
		}
	}
}
