package app

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/terragonlabs/modelcard-generator/internal/cache"
	"github.com/terragonlabs/modelcard-generator/internal/config"
)

// buffer is a bytes.Buffer for several goroutines.
type buffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// running is a whole service in this process.
type running struct {
	url       string
	out, logs *buffer
	stop      func() error
}

var listens = regexp.MustCompile(`listens on (\S+)`)

func serve(t *testing.T, change func(*config.Config)) *running {
	t.Helper()
	return serveWith(t, Options{}, change)
}

// serveWith is serve with options of its own.
func serveWith(t *testing.T, o Options, change func(*config.Config)) *running {
	t.Helper()
	r := start(t, o, change)
	eventually(t, "the service is ready", func() bool { return r.status(t, "/ready") == http.StatusOK })
	return r
}

// serveUnready waits only until the service listens.
func serveUnready(t *testing.T, change func(*config.Config)) *running {
	t.Helper()
	return start(t, Options{}, change)
}

func start(t *testing.T, o Options, change func(*config.Config)) *running {
	t.Helper()
	c := config.Default()
	c.API.Port, c.Monitoring.MetricsPort, c.Storage.DataDir = 0, 0, filepath.Join(t.TempDir(), "data")
	if change != nil {
		change(&c)
	}
	r := &running{out: &buffer{}, logs: &buffer{}}
	o.Config, o.Version, o.Out, o.Err = &c, "test", r.out, r.logs
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- Serve(ctx, o) }()
	r.stop = sync.OnceValue(func() error { cancel(); return <-done })
	t.Cleanup(func() { _ = r.stop() })
	eventually(t, "the service listens", func() bool {
		if match := listens.FindStringSubmatch(r.out.String()); match != nil {
			r.url = match[1]
		}
		return r.url != ""
	})
	return r
}

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if is() {
			return
		}
	}
	t.Fatalf("it did not come true: %s", what)
}

func (r *running) status(t *testing.T, path string) int {
	t.Helper()
	answer, err := http.Get(r.url + path)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	return answer.StatusCode
}

func (r *running) get(t *testing.T, path string) string {
	t.Helper()
	answer, err := http.Get(r.url + path)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func (r *running) post(t *testing.T, source string) {
	t.Helper()
	answer, err := http.Post(r.url+"/v1/cards", "application/yaml", strings.NewReader(source))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusCreated {
		t.Fatalf("post: %d", answer.StatusCode)
	}
}

const card = "model: {id: acme/m, name: M, license: mit}\n"

func TestOutputFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := serve(t, func(c *config.Config) { c.Storage.OutputDir, c.Templates.DefaultFormat = dir, "html" })
	r.post(t, card)
	body, err := os.ReadFile(filepath.Join(dir, "acme", "m", "latest.html"))
	if err != nil || string(body) != r.get(t, "/v1/cards/acme/m?format=html") {
		t.Errorf("latest.html is not the page that is served: %v", err)
	}
}

func TestHealthAndMetricsShowTheParts(t *testing.T) {
	t.Parallel()
	r := serve(t, nil)
	r.post(t, card)
	r.get(t, "/v1/cards/acme/m?format=html")
	if health := r.get(t, "/health"); !strings.Contains(health, `"storage":{"status":"healthy"}`) || strings.Contains(health, "redis") {
		t.Errorf("health: %s", health)
	}
	if metrics := r.get(t, "/metrics"); !strings.Contains(metrics, `mcg_cache_bytes{tier="memory"}`) {
		t.Error("there is no mcg_cache_bytes of the memory tier")
	}
}

func TestStorageThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	if os.Geteuid() == 0 {
		// A mode does not hold root back; a folder that is gone does.
		dir := filepath.Join(t.TempDir(), "out")
		r := serve(t, func(c *config.Config) { c.Storage.OutputDir = dir })
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		if health := r.get(t, "/health"); !strings.Contains(health, `"status":"degraded"`) {
			t.Errorf("health: %s", health)
		}
		return
	}
	dir := t.TempDir()
	r := serve(t, func(c *config.Config) { c.Storage.OutputDir = dir })
	if err := os.Chmod(dir, 0o500); err != nil { //nolint:gosec // to be unwritable is the point
		t.Fatal(err)
	}
	if health := r.get(t, "/health"); !strings.Contains(health, `"status":"degraded"`) {
		t.Errorf("health: %s", health)
	}
}

func TestRedisThatIsSetOtherwise(t *testing.T) {
	t.Parallel()
	url := os.Getenv("MCG_TEST_REDIS_URL")
	if url == "" {
		t.Fatal("MCG_TEST_REDIS_URL is not set; run make test")
	}
	r := serve(t, func(c *config.Config) {
		c.Redis.URL, c.Redis.MaxMemory, c.Redis.EvictionPolicy = config.URL(url), 12345678, "volatile-ttl"
	})
	eventually(t, "both warnings", func() bool {
		logs := r.logs.String()
		return strings.Contains(logs, "redis.max_memory is 12345678 bytes") && strings.Contains(logs, "redis.eviction_policy is volatile-ttl")
	})
	if health := r.get(t, "/health"); !strings.Contains(health, `"redis":{"status":"healthy"}`) {
		t.Errorf("health: %s", health)
	}
}

func TestRedisDifferences(t *testing.T) {
	t.Parallel()
	want := config.Redis{MaxMemory: 100, EvictionPolicy: "allkeys-lru"}
	if found := redisDifferences(want, cache.RedisServer{MaxMemory: 100, Policy: "allkeys-lru"}); len(found) != 0 {
		t.Errorf("the same: %v", found)
	}
	if found := redisDifferences(config.Redis{}, cache.RedisServer{MaxMemory: 7, Policy: "noeviction"}); len(found) != 0 {
		t.Errorf("nothing asked: %v", found)
	}
	if found := redisDifferences(want, cache.RedisServer{Policy: "noeviction"}); len(found) != 2 {
		t.Errorf("both different: %v", found)
	}
}

func TestServeRefusesAnUnknownFormat(t *testing.T) {
	t.Parallel()
	c := config.Default()
	c.Templates.DefaultFormat, c.Storage.DataDir = "docx", t.TempDir()
	err := Serve(t.Context(), Options{Config: &c, Err: io.Discard})
	if err == nil || !strings.Contains(err.Error(), "templates.default_format") {
		t.Errorf("error %v", err)
	}
}
