package cache

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	redis.SetLogger(discard{}) // it writes a line to stderr for each refused connection
	goleak.VerifyTestMain(m)
}

type discard struct{}

func (discard) Printf(context.Context, string, ...any) {}

// open returns a cache that is closed when the test ends.
func open(t testing.TB, o Options) *Cache {
	t.Helper()
	c, err := New(o)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	t.Cleanup(func() { closeCache(t, c) })
	return c
}

func closeCache(t testing.TB, c *Cache) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := c.Close(ctx); err != nil {
		t.Errorf("Close: %v", err)
	}
}

// runs numbers the tests of this process, so that -count runs don't meet.
var runs struct {
	sync.Map
	last atomic.Int64
}

// keyN returns a key of this test alone: Redis is shared with other tests.
func keyN(t testing.TB, n int) Key {
	run, ok := runs.Load(t)
	if !ok {
		run, _ = runs.LoadOrStore(t, runs.last.Add(1))
	}
	return Key{
		Digest:   fmt.Sprintf("sha256:%s-%d-%d-%d", t.Name(), os.Getpid(), run, n),
		Format:   "huggingface",
		Renderer: "1",
	}
}

// entryN returns an entry that says whose it is.
func entryN(key Key) Entry {
	body := strings.Repeat("body of "+key.Digest+"\n", 20)
	return Entry{Body: []byte(body), MediaType: "text/markdown", Extra: []byte(`{"losses":[]}`)}
}

func fillWith(e Entry) FillFunc {
	return func(context.Context) (Entry, error) { return e, nil }
}

func mustFill(t testing.TB, c *Cache, key Key) Tier {
	t.Helper()
	want := entryN(key)
	got, tier, err := c.GetOrFill(context.Background(), key, fillWith(want))
	if err != nil {
		t.Fatalf("GetOrFill: %v", err)
	}
	if !bytes.Equal(got.Body, want.Body) {
		t.Fatalf("GetOrFill served wrong bytes from %s: %.60q", tier, got.Body)
	}
	return tier
}

// eventually waits for what happens in the background.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("gave up waiting: %s", what)
		}
	}
}

func statsOf(c *Cache, tier Tier) TierStats {
	for _, row := range c.Stats() {
		if row.Tier == tier {
			return row
		}
	}
	return TierStats{}
}

// clock is a clock that stands still until it is told to move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Now()} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// logBuffer is a logger's output.
type logBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *logBuffer) logger() zerolog.Logger { return zerolog.New(b) }

func (b *logBuffer) lines() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return strings.FieldsFunc(b.buf.String(), func(r rune) bool { return r == '\n' })
}

// sharedRedis returns the URL of the server that the test run started.
func sharedRedis(t testing.TB) string {
	t.Helper()
	url := os.Getenv("MCG_TEST_REDIS_URL")
	if url == "" {
		t.Fatal("MCG_TEST_REDIS_URL is not set: run make test, which starts a Redis for the tests")
	}
	return url
}

// redisProcess is a server that a test may stop and kill.
type redisProcess struct {
	t    testing.TB
	port string
	dir  string
	cmd  *exec.Cmd
}

func startRedis(t testing.TB) *redisProcess {
	t.Helper()
	p := &redisProcess{t: t, port: freePort(t), dir: t.TempDir()}
	p.start()
	t.Cleanup(p.kill)
	return p
}

func (p *redisProcess) url() string { return "redis://127.0.0.1:" + p.port }

func (p *redisProcess) start() {
	p.t.Helper()
	binary, err := exec.LookPath("redis-server")
	if err != nil {
		p.t.Fatal("redis-server is not installed: run make test, which sets up what the tests need")
	}
	p.cmd = exec.Command(binary, "--port", p.port, "--bind", "127.0.0.1", "--save", "", "--dir", p.dir)
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if strings.Contains(lines.Text(), "Ready to accept connections") {
			return
		}
	}
	p.t.Fatal("redis-server did not start")
}

func (p *redisProcess) signal(s syscall.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatalf("signal %v: %v", s, err)
	}
}

func (p *redisProcess) kill() {
	if p.cmd.ProcessState == nil {
		_ = p.cmd.Process.Kill()
		_ = p.cmd.Wait()
	}
}

func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// filesIn returns the paths of all regular files and links under dir.
func filesIn(t testing.TB, dir string) []string {
	t.Helper()
	var paths []string
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			paths = append(paths, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return paths
}
