package limit

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-chi/httprate"
	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var _ httprate.LimitCounter = (*Counter)(nil)

var start = time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC)

func counts(t *testing.T, c *Counter, key string, window time.Time) [2]int {
	t.Helper()
	current, previous, err := c.Get(key, window, window.Add(-time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	return [2]int{current, previous}
}

func TestWindows(t *testing.T) {
	t.Parallel()
	c := NewCounter(Options{})
	c.Config(10, time.Minute)
	for range 3 {
		_ = c.Increment("a", start)
	}
	_ = c.IncrementBy("b", start, 5)
	for i, step := range []struct {
		key    string
		window time.Time
		want   [2]int
	}{
		{"a", start, [2]int{3, 0}},
		{"b", start, [2]int{5, 0}},
		{"c", start, [2]int{0, 0}},
		{"a", start.Add(time.Minute), [2]int{0, 3}},
		{"a", start, [2]int{0, 3}}, // a late look does not turn back
		{"a", start.Add(3 * time.Minute), [2]int{0, 0}},
	} {
		if got := counts(t, c, step.key, step.window); got != step.want {
			t.Errorf("step %d: %v, want %v", i, got, step.want)
		}
	}
}

// TestMemoryIsBounded: made-up callers can't fill the memory, and lock nobody out either.
func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	c := NewCounter(Options{})
	for i := range MaxKeys + 1000 {
		_ = c.Increment(strconv.Itoa(i), start)
	}
	if len(c.current) != MaxKeys {
		t.Errorf("%d callers are counted, want %d", len(c.current), MaxKeys)
	}
	if got := counts(t, c, strconv.Itoa(MaxKeys+1), start); got != [2]int{} {
		t.Errorf("a caller beyond the bound has %v", got)
	}
	_ = c.Increment("1", start)
	if got := counts(t, c, "1", start); got != [2]int{2, 0} {
		t.Errorf("a caller within the bound has %v", got)
	}
}

func client(t *testing.T) *redis.Client {
	t.Helper()
	url := os.Getenv("MCG_TEST_REDIS_URL")
	if url == "" {
		t.Fatal("MCG_TEST_REDIS_URL is not set; run make test")
	}
	o, err := redis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	o.MaxRetries, o.DialTimeout = -1, time.Second
	r := redis.NewClient(o)
	t.Cleanup(func() { _ = r.Close() })
	return r
}

func run(t *testing.T, c *Counter) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	var group sync.WaitGroup
	group.Go(func() { c.Run(ctx) })
	t.Cleanup(func() { stop(); group.Wait() })
}

func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !condition(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal(what)
		}
	}
}

func TestReplicasShareTheirCounts(t *testing.T) {
	t.Parallel()
	name, redis := uuid.NewString(), client(t)
	a, b := NewCounter(Options{Name: name, Redis: redis}), NewCounter(Options{Name: name, Redis: redis})
	other := NewCounter(Options{Name: uuid.NewString(), Redis: redis})
	for _, c := range []*Counter{a, b, other} {
		run(t, c)
	}
	window := time.Now().Truncate(time.Minute)
	_ = a.IncrementBy("k", window, 7)
	_ = b.IncrementBy("k", window, 5)
	_ = other.IncrementBy("k", window, 1)
	for n := 1; counts(t, b, "k", window)[0] != 12+n-1; n++ { // a count is learned by adding to it
		if n > 40 {
			t.Fatalf("b knows %v", counts(t, b, "k", window))
		}
		_ = b.IncrementBy("k", window, 1)
		time.Sleep(Every + 50*time.Millisecond)
		if counts(t, b, "k", window)[0] == 12+n {
			break
		}
	}
	if got := counts(t, other, "k", window); got[0] != 1 {
		t.Errorf("a counter of another name has %v", got)
	}
	keys, err := redis.Keys(t.Context(), keyPrefix+name+":*").Result()
	if err != nil || len(keys) != 1 {
		t.Fatalf("keys in Redis: %v, %v", keys, err)
	}
	if left := redis.TTL(t.Context(), keys[0]).Val(); left <= 0 || left > 2*time.Minute {
		t.Errorf("the count stays for %s", left)
	}
}

// TestWithoutRedisTheLimitHolds: Redis away costs no request anything, and each process still limits by itself.
func TestWithoutRedisTheLimitHolds(t *testing.T) {
	t.Parallel()
	away := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1", MaxRetries: -1, DialTimeout: 100 * time.Millisecond, DialerRetries: 1})
	t.Cleanup(func() { _ = away.Close() })
	var failures atomic.Int64
	c := NewCounter(Options{Name: "x", Redis: away, OnShare: func(err error) {
		if err != nil {
			failures.Add(1)
		}
	}})
	run(t, c)
	limiter := httprate.NewRateLimiter(5, time.Hour, httprate.WithLimitCounter(c))
	passed := 0
	begun := time.Now()
	for range 20 {
		if !limiter.OnLimit(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", http.NoBody), "k") {
			passed++
		}
	}
	if took := time.Since(begun); took > 100*time.Millisecond {
		t.Errorf("20 requests took %s", took)
	}
	eventually(t, "no failure is told", func() bool { return failures.Load() > 1 })
	if got, _, _ := c.Get("k", time.Now().UTC().Truncate(time.Hour), time.Time{}); passed != 5 || got != 5 {
		t.Errorf("%d passed and %d are counted, want 5", passed, got)
	}
}

// TestSharedCountsAreNotLostOrDoubled: failing rounds give back what they took.
func TestSharedCountsAreNotLostOrDoubled(t *testing.T) {
	t.Parallel()
	c := NewCounter(Options{})
	_ = c.IncrementBy("k", start, 3)
	window, parts := c.take()
	_ = c.IncrementBy("k", start, 2)
	if got := counts(t, c, "k", start); got[0] != 5 {
		t.Errorf("while it is shared: %v", got)
	}
	c.giveBack(window, parts)
	if _, again := c.take(); len(again) != 1 || again[0].n != 5 {
		t.Errorf("after a failure %v is shared", again)
	}
	c.learn(start, []part{{"k", 5}}, []int64{40})
	if got := counts(t, c, "k", start); got[0] != 40 {
		t.Errorf("after learning: %v", got)
	}
	c.giveBack(start.Add(time.Minute), []part{{"gone", 1}}) // another window: nothing to give to
}
