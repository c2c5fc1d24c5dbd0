package app_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/terragonlabs/modelcard-generator/internal/app"
	"github.com/terragonlabs/modelcard-generator/internal/config"
)

// sentinels makes secrets that are nowhere else, and looks for them.
type sentinels struct{ made []string }

// next is one more: long enough for a signing key, and in need of no escape.
func (s *sentinels) next() string {
	secret := fmt.Sprintf("s3nt1nel%03dq7Zk2VbX9mLw4RtY8pNc6Hd", len(s.made))
	s.made = append(s.made, secret)
	return secret
}

// found lists the sentinels in a text, as they are or in base64.
func (s *sentinels) found(text string) []string {
	var found []string
	for _, secret := range s.made {
		coded := base64.StdEncoding.EncodeToString([]byte("user:" + secret))
		if strings.Contains(text, secret) || strings.Contains(text, coded) || strings.Contains(text, strings.ToUpper(secret)) {
			found = append(found, secret)
		}
	}
	return found
}

// secretKeys are all keys that hold a secret, or an address that may: %s is its place.
var secretKeys = map[string]string{
	"security.secret_key":                    "%s",
	"integrations.wandb.api_key":             "%s",
	"integrations.huggingface.token":         "%s",
	"redis.password":                         "%s",
	"redis.url":                              "redis://user:%s@127.0.0.1:1/0",
	"database.url":                           "postgresql://user:%s@127.0.0.1:1/db?sslpassword=%s",
	"integrations.mlflow.tracking_uri":       "https://user:%s@mlflow.example",
	"integrations.huggingface.model_hub_url": "https://user:%s@hub.example",
	"security.providers.jwt.public_key_url":  "https://127.0.0.1:1/jwks.json?token=%s",
	"monitoring.otlp_endpoint":               "http://user:%s@127.0.0.1:1",
	"monitoring.jaeger_endpoint":             "http://user:%s@127.0.0.1:1/api/traces",
	"security.providers.api_key.valid_keys":  `[{key: "%s", roles: [admin]}]`,
}

// plain are the settings of every run that are no secrets.
var plain = map[string]string{
	"api.port": "0", "monitoring.metrics_port": "0", "monitoring.metrics_on_api": "true", "security.enable_auth": "true",
	"security.providers.jwt.issuer": "https://issuer.example", "security.providers.jwt.audience": "mcg", "security.providers.jwt.private_network": "true",
	"logging.level": "trace", "monitoring.enable_tracing": "true",
}

func variable(key string) string {
	for name, short := range map[string]string{
		"api.port": "MCG_PORT", "monitoring.metrics_port": "MCG_METRICS_PORT", "security.secret_key": "MCG_SECRET_KEY", "logging.level": "MCG_LOG_LEVEL",
		"integrations.wandb.api_key": "MCG_WANDB_API_KEY", "integrations.huggingface.token": "MCG_HF_TOKEN",
		"integrations.mlflow.tracking_uri": "MCG_MLFLOW_TRACKING_URI",
	} {
		if key == name {
			return short
		}
	}
	return "MCG_" + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
}

// yamlOf writes keys as a file.
func yamlOf(values map[string]string) string {
	var b strings.Builder
	var write func(prefix string, depth int)
	write = func(prefix string, depth int) {
		seen := map[string]bool{}
		for key, value := range values {
			rest, ok := strings.CutPrefix(key, prefix)
			if !ok {
				continue
			}
			name, deeper, nested := strings.Cut(rest, ".")
			if seen[name] {
				continue
			}
			seen[name] = true
			b.WriteString(strings.Repeat("  ", depth) + name + ":")
			if nested && deeper != "" {
				b.WriteString("\n")
				write(prefix+name+".", depth+1)
				continue
			}
			b.WriteString(" " + quoted(value) + "\n")
		}
	}
	write("", 0)
	return b.String()
}

func quoted(value string) string {
	if strings.HasPrefix(value, "[") || value == "true" || value == "0" {
		return value
	}
	return `"` + value + `"`
}

// way is how secrets get in: it returns what Load reads.
type way func(t *testing.T, secrets map[string]string) config.LoadOptions

func environ(t *testing.T, values map[string]string) []string {
	list := []string{"MCG_DATA_DIR=" + t.TempDir(), "MCG_CONFIG_DIR=" + t.TempDir()}
	for key, value := range values {
		list = append(list, variable(key)+"="+value)
	}
	return list
}

func byFile(t *testing.T, secrets map[string]string) config.LoadOptions {
	path := filepath.Join(t.TempDir(), "config.yaml")
	write(t, path, yamlOf(secrets))
	return config.LoadOptions{File: path, Environ: environ(t, plain)}
}

func byEnvironment(t *testing.T, secrets map[string]string) config.LoadOptions {
	return config.LoadOptions{Environ: append(environ(t, plain), environ(t, secrets)...)}
}

func bySecretFiles(t *testing.T, secrets map[string]string) config.LoadOptions {
	o := config.LoadOptions{Environ: environ(t, plain)}
	dir := t.TempDir()
	for key, value := range secrets {
		path := filepath.Join(dir, key)
		write(t, path, value+"\n")
		o.Environ = append(o.Environ, variable(key)+"_FILE="+path)
	}
	return o
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// buffer is what a service writes to.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

var listens = regexp.MustCompile(`listens on (http://\S+)`)

// serve runs a service until the returned function ends it.
func serve(t *testing.T, loaded *config.Loaded, out *buffer) (url string, end func()) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- app.Serve(ctx, app.Options{Config: &loaded.Config, Warnings: loaded.Warnings, Version: "test", Out: out, Err: out})
	}()
	end = func() {
		stop()
		if err := <-done; err != nil {
			_, _ = fmt.Fprintln(out, err)
		}
	}
	for range 500 {
		if match := listens.FindStringSubmatch(out.String()); match != nil {
			return match[1], end
		}
		time.Sleep(10 * time.Millisecond)
	}
	end()
	t.Fatalf("the service does not listen:\n%s", out.String())
	return "", nil
}

// requests send secrets by every way a request has, and return all that is answered.
func (s *sentinels) requests(t *testing.T, url, key string) string {
	t.Helper()
	jwt := func(claims string) string {
		return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256","kid":"k"}`)) + "." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + "." + s.next()
	}
	good := http.Header{"X-Api-Key": {key}, "Content-Type": {"application/yaml"}}
	with := func(name, value string) http.Header {
		h := good.Clone()
		h.Set(name, value)
		return h
	}
	json := with("Content-Type", "application/json")
	calls := []struct {
		method, path string
		header       http.Header
		body         string
	}{
		{"GET", "/v1/cards", good, ""},
		{"GET", "/v1/cards", http.Header{"X-Api-Key": {s.next()}}, ""},
		{"GET", "/v1/cards", http.Header{"X-Api-Key": {"mcg_" + s.next()}}, ""},
		{"GET", "/v1/cards", http.Header{"Authorization": {"Bearer " + s.next()}}, ""},
		{"GET", "/v1/cards", http.Header{"Authorization": {"Bearer " + jwt(`{"iss":"mcg"}`)}}, ""},
		{"GET", "/v1/cards", http.Header{"Authorization": {"Bearer " + jwt(`{"iss":"`+s.next()+`"}`)}}, ""},
		{"GET", "/v1/cards", http.Header{"Authorization": {"Bearer " + jwt(`{"iss":"https://issuer.example","sub":"`+s.next()+`"}`)}}, ""},
		{"GET", "/v1/cards", http.Header{"Authorization": {"Basic " + base64.StdEncoding.EncodeToString([]byte("user:"+s.next()))}}, ""},
		{"GET", "/v1/cards", with("Cookie", "session="+s.next()), ""},
		{"GET", "/v1/cards", with("Proxy-Authorization", "Bearer "+s.next()), ""},
		{"GET", "/v1/cards?api_key=" + s.next(), good, ""},
		{"GET", "/v1/cards?cursor=" + s.next(), good, ""},
		{"GET", "/v1/cards?access_token=" + s.next() + "&format=" + s.next(), http.Header{}, ""},
		{"GET", "/v1/cards/a/b?token=" + s.next(), good, ""},
		{"POST", "/v1/cards?id=acme/m", with("Idempotency-Key", s.next()), "model: {name: M}"},
		{"POST", "/v1/cards?id=acme/n", with("Content-Type", "text/"+s.next()), "model: {name: M}"},
		{"POST", "/v1/cards", good, "model: {name: [" + s.next()},
		{"POST", "/v1/cards", good, "model: {id: a/b, license: {x: " + s.next() + "}}"},
		{"POST", "/v1/render", good, "model: &a {id: a/b, name: M, tags: " + s.next() + "}"},
		{"POST", "/v1/keys", json, `{"name":7,"secret":"` + s.next() + `"}`},
		{"POST", "/v1/keys", json, `{"name":"x","roles":["` + s.next() + `"]}`},
		{"POST", "/v1/auth/token", good, ""},
	}
	var answers strings.Builder
	for _, c := range calls {
		r, err := http.NewRequestWithContext(t.Context(), c.method, url+c.path, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header = c.header.Clone()
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		_, _ = fmt.Fprintln(&answers, answer.Status, answer.Header, string(body))
	}
	return answers.String()
}

// scrape reads what anybody can.
func scrape(t *testing.T, url string) string {
	t.Helper()
	var all strings.Builder
	for _, path := range []string{"/metrics", "/health", "/ready"} {
		r, err := http.Get(url + path) //nolint:noctx // a test's own server
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(&all, r.Body)
		_ = r.Body.Close()
	}
	return all.String()
}

// collector is where traces go.
func collector(t *testing.T) (url string, got *buffer) {
	t.Helper()
	got = &buffer{}
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		r.Header.Del("Authorization") // the collector's own, from its address
		_, _ = fmt.Fprintln(got, r.Header)
		body, err := gzip.NewReader(r.Body)
		if err != nil {
			t.Error(err)
			return
		}
		_, _ = io.Copy(got, body)
	}))
	t.Cleanup(server.Close)
	return server.URL, got
}

// TestSecretsStayWhereTheyAre sends sentinels through every input and then looks for them in everything that leaves the process.
func TestSecretsStayWhereTheyAre(t *testing.T) {
	s := &sentinels{}
	for name, in := range map[string]way{"a file": byFile, "the environment": byEnvironment, "files of secrets": bySecretFiles} {
		for _, database := range []string{"postgres that is away", "sqlite"} {
			t.Run(name+", "+database, func(t *testing.T) { s.run(t, in, database == "sqlite") })
		}
	}
	if len(s.made) < 40 {
		t.Errorf("%d sentinels, want 40", len(s.made))
	}
	t.Logf("%d sentinels", len(s.made))
}

func (s *sentinels) run(t *testing.T, in way, sqlite bool) {
	secrets := map[string]string{}
	key := ""
	for path, form := range secretKeys {
		secret := s.next()
		if path == "security.providers.api_key.valid_keys" {
			key = secret
		}
		secrets[path] = strings.ReplaceAll(form, "%s", secret)
	}
	if sqlite { // the way on which requests go through, and traces arrive
		delete(secrets, "database.url")
		delete(secrets, "redis.url")
		url, traces := collector(t)
		secrets["monitoring.otlp_endpoint"] = strings.Replace(url, "//", "//user:"+s.next()+"@", 1)
		defer func() { s.nothingIn(t, "the traces", traces.String()) }()
	}
	loaded, err := config.Load(in(t, secrets))
	if err != nil {
		s.nothingIn(t, "a refusal", err.Error())
		t.Fatal("the configuration is refused: " + err.Error())
	}
	if !sqlite {
		loaded.Config.Redis.Host = ""
	}
	var dump strings.Builder
	if err := loaded.Write(&dump); err != nil {
		t.Fatal(err)
	}
	s.nothingIn(t, "the dump", dump.String()+fmt.Sprintf("%v %+v %#v", loaded.Config, loaded.Config, loaded.Config))
	out := &buffer{}
	url, end := serve(t, loaded, out)
	answers := s.requests(t, url, key)
	if strings.HasPrefix(answers, "401") {
		t.Error("the key of the configuration is not accepted, so little was tried")
	}
	s.nothingIn(t, "the answers", answers)
	s.nothingIn(t, "the metrics", scrape(t, url))
	end()
	s.nothingIn(t, "the log", out.String())
}

func (s *sentinels) nothingIn(t *testing.T, where, text string) {
	t.Helper()
	if found := s.found(text); len(found) > 0 {
		i := strings.Index(text, found[0])
		t.Errorf("%s has %d secrets; around the first: %q", where, len(found), text[max(0, i-150):min(len(text), max(i, 0)+60)])
	}
}

// TestRefusedConfigurationsTellNoSecret: mistakes are told by place.
func TestRefusedConfigurationsTellNoSecret(t *testing.T) {
	s := &sentinels{}
	for key := range secretKeys {
		for _, form := range []string{"redis://user:%s@ho st\x7f", "https://user:%s@issuer.example/jwks", "%s\x00", "://%s", "{a: %s}", "postgresql://user:%s@[::1", "[[%s]]", "!!binary %s", "&a [*b, %s]"} {
			value := fmt.Sprintf(form, s.next())
			for _, in := range []way{byFile, bySecretFiles, func(t *testing.T, v map[string]string) config.LoadOptions {
				for k, text := range v {
					return config.LoadOptions{Environ: append(environ(t, plain), variable(k)+"="+text)}
				}
				return config.LoadOptions{}
			}} {
				if _, err := config.Load(in(t, map[string]string{key: value})); err != nil {
					s.nothingIn(t, "the refusal of "+key+" as "+form, err.Error())
				}
			}
		}
	}
}

// TestASecretWouldBeSeen is the control: by the same eyes, a careless line is seen in each form.
func TestASecretWouldBeSeen(t *testing.T) {
	s := &sentinels{}
	secret := s.next()
	loaded, err := config.Load(config.LoadOptions{Environ: []string{"MCG_CONFIG_DIR=" + t.TempDir(), "MCG_SECRET_KEY=" + secret}})
	if err != nil {
		t.Fatal(err)
	}
	header := http.Header{"Authorization": {"Basic " + base64.StdEncoding.EncodeToString([]byte("user:"+secret))}}
	for _, careless := range []string{loaded.Config.Security.SecretKey.Reveal(), fmt.Sprint(header), fmt.Sprintf("%s", struct{ s string }{secret})} {
		if len(s.found("a line with "+careless)) != 1 {
			t.Errorf("%q is not seen", careless)
		}
	}
}
