package cache

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

func redisClient(t testing.TB, url string) *redis.Client {
	t.Helper()
	client, err := NewRedisClient(url, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client
}

func TestRedisURLIsNotQuoted(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"redis://user:s3cret/x@host:6379", "http://user:s3cret@host", "redis://:s3cret@ho st\x7f"} {
		_, err := New(Options{Redis: RedisOptions{URL: url}})
		if !errors.Is(err, ErrRedisURL) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("New with %q = %v, want ErrRedisURL and no password", url, err)
		}
	}
}

func TestRedisExpiresEntries(t *testing.T) {
	t.Parallel()
	url, key := sharedRedis(t), keyN(t, 1)
	c := open(t, Options{Redis: RedisOptions{URL: url, TTL: time.Minute, Timeout: time.Second}})
	mustFill(t, c, key)
	eventually(t, "the write", func() bool { return statsOf(c, TierRedis).Stored == 1 })
	left, err := redisClient(t, url).TTL(t.Context(), redisKey(hash(key).id)).Result()
	if err != nil || left <= 50*time.Second || left > time.Minute {
		t.Errorf("time to live = %v, %v; want a minute", left, err)
	}
}

func TestSharedClientStaysOpen(t *testing.T) {
	t.Parallel()
	client := redisClient(t, sharedRedis(t))
	c := open(t, Options{Redis: RedisOptions{Client: client, Timeout: time.Second}})
	mustFill(t, c, keyN(t, 1))
	closeCache(t, c)
	if err := client.Ping(t.Context()).Err(); err != nil {
		t.Errorf("the caller's client was closed: %v", err)
	}
}

// A thousand values that aren't what the key stands for: none may be served,
// and none may count as a failure of Redis itself.
func TestPoisonedRedisValuesAreNeverServed(t *testing.T) {
	t.Parallel()
	url := sharedRedis(t)
	client := redisClient(t, url)
	c := open(t, Options{Redis: RedisOptions{URL: url, Timeout: 2 * time.Second}})
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a test that can be repeated
	const values = 1000
	for n := range values {
		key := keyN(t, n)
		poison(t, client, redisKey(hash(key).id), poisonFor(random, key, keyN(t, n+values)))
		if tier := mustFill(t, c, key); tier != TierFill {
			t.Fatalf("value %d: served from %q", n, tier)
		}
	}
	s := statsOf(c, TierRedis)
	if s.Corrupt != values || s.Hits != 0 || s.Degraded {
		t.Errorf("stats = %+v, want %d corrupt, no hit, not degraded", s, values)
	}
}

// poisonFor makes one of: noise, a flipped bit, a cut, another key's value, an
// older layout, a value that never ends; nil stands for one of another type.
func poisonFor(random *rand.Rand, key, other Key) []byte {
	raw := encodeEnvelope(key.text(), entryN(key), time.Now())
	switch random.IntN(7) {
	case 0:
		return []byte("garbage that someone wrote")
	case 1:
		raw[random.IntN(len(raw))] ^= 1 << random.IntN(8)
		return raw
	case 2:
		return raw[:1+random.IntN(len(raw)-1)]
	case 3:
		return encodeEnvelope(other.text(), entryN(other), time.Now())
	case 4:
		raw[len(envelopeMagic)] = envelopeVersion - 1
		reseal(raw)
		return raw
	case 5:
		return append(raw, byte(random.IntN(256)))
	}
	return nil
}

func poison(t *testing.T, client *redis.Client, name string, value []byte) {
	t.Helper()
	ctx := context.Background()
	var err error
	if value == nil {
		err = client.LPush(ctx, name, "a list").Err()
	} else {
		err = client.Set(ctx, name, value, time.Minute).Err()
	}
	if err == nil {
		err = client.Expire(ctx, name, time.Minute).Err()
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestRedisValueWithoutEndIsNotRead(t *testing.T) {
	t.Parallel()
	const length = 4 * maxEntryBytes
	url, key := startRedis(t).url(), keyN(t, 1)
	client := redisClient(t, url)
	if err := client.SetRange(t.Context(), redisKey(hash(key).id), length, "end").Err(); err != nil {
		t.Fatal(err)
	}
	c := open(t, Options{Redis: RedisOptions{URL: url, Timeout: 5 * time.Second}})
	if tier := mustFill(t, c, key); tier != TierFill {
		t.Errorf("served from %q", tier)
	}
	if s := statsOf(c, TierRedis); s.Corrupt != 1 {
		t.Errorf("stats = %+v, want one corrupt value", s)
	}
	if sent := bytesSent(t, client); sent > length/2 {
		t.Errorf("Redis sent %d bytes, want little more than the %d that an entry may have", sent, maxEntryBytes)
	}
}

// bytesSent is what a server has sent to all its clients.
func bytesSent(t *testing.T, client *redis.Client) int {
	t.Helper()
	info, err := client.InfoMap(t.Context(), "stats").Result()
	if err != nil {
		t.Fatal(err)
	}
	sent, err := strconv.Atoi(info["Stats"]["total_net_output_bytes"])
	if err != nil {
		t.Fatal(err)
	}
	return sent
}

// The client's own retries and defaults would multiply what a hanging server
// costs.
func TestRedisClientGivesUpQuickly(t *testing.T) {
	t.Parallel()
	client, err := NewRedisClient("redis://127.0.0.1:1?max_retries=5&read_timeout=1m", 50*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Close() }()
	o := client.Options()
	if o.MaxRetries > 0 || o.DialerRetries != 1 || !o.ContextTimeoutEnabled {
		t.Errorf("retries %d, dial retries %d, context honoured %v; want 0, 1, true",
			o.MaxRetries, o.DialerRetries, o.ContextTimeoutEnabled)
	}
	for _, timeout := range []time.Duration{o.DialTimeout, o.ReadTimeout, o.WriteTimeout, o.PoolTimeout} {
		if timeout != 50*time.Millisecond {
			t.Errorf("a timeout is %v, want 50ms", timeout)
		}
	}
}

// Redis stops in one of two ways under load. Nobody may see an error; those
// who meet the dead server first wait one timeout; soon nobody waits; one line
// is logged for each change; and it is used again when it is back.
func TestRedisStopsUnderLoad(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name         string
		stop, resume func(*redisProcess)
	}{
		{"SIGSTOP", func(p *redisProcess) { p.signal(syscall.SIGSTOP) }, func(p *redisProcess) { p.signal(syscall.SIGCONT) }},
		{"SIGKILL", (*redisProcess).kill, (*redisProcess).start},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server := startRedis(t)
			t.Cleanup(func() { _ = server.cmd.Process.Signal(syscall.SIGCONT) })
			var log logBuffer
			var degradedAt atomic.Int64
			c := open(t, Options{
				Redis:      RedisOptions{URL: server.url()},
				RetryAfter: 300 * time.Millisecond,
				Logger:     log.logger(),
				Observer: Observer{Degraded: func(_ Tier, on bool) {
					if on {
						degradedAt.CompareAndSwap(0, time.Now().UnixNano())
					}
				}},
			})
			load := startLoad(t, c)
			eventually(t, "traffic", func() bool { return statsOf(c, TierRedis).Stored > 100 })
			load.reset()

			stopped := time.Now()
			tt.stop(server)
			eventually(t, "the breaker", func() bool { return statsOf(c, TierRedis).Degraded })
			if took := time.Unix(0, degradedAt.Load()).Sub(stopped); took > time.Second {
				t.Errorf("the breaker opened after %v, want at most 1s", took)
			}
			time.Sleep(100 * time.Millisecond) // for those already waiting
			first := load.reset()
			time.Sleep(time.Second)
			later := load.reset()
			tt.resume(server)
			eventually(t, "recovery", func() bool { return !statsOf(c, TierRedis).Degraded })
			load.stop()

			t.Logf("slowest answer: %v while the breaker was closed, %v after", first, later)
			if first > 250*time.Millisecond { // 75 ms, and a busy machine
				t.Errorf("an early answer took %v", first)
			}
			if later > 60*time.Millisecond { // less than the timeout: nobody waited for it
				t.Errorf("an answer took %v after the breaker was open", later)
			}
			if lines := log.lines(); len(lines) != 2 {
				t.Errorf("logged %d lines, want one for each of two changes: %q", len(lines), lines)
			}
		})
	}
}

// load is a crowd that keeps asking for new keys, and the slowest answer.
type load struct {
	quit chan struct{}
	wg   sync.WaitGroup

	mu      sync.Mutex
	slowest time.Duration
}

func startLoad(t *testing.T, c *Cache) *load {
	l := &load{quit: make(chan struct{})}
	var n atomic.Int64
	for range 8 {
		l.wg.Go(func() {
			for {
				select {
				case <-l.quit:
					return
				case <-time.After(4 * time.Millisecond):
				}
				l.ask(t, c, keyN(t, int(n.Add(1))))
			}
		})
	}
	return l
}

func (l *load) ask(t *testing.T, c *Cache, key Key) {
	want := entryN(key)
	start := time.Now()
	e, _, err := c.GetOrFill(context.Background(), key, fillWith(want))
	l.note(time.Since(start))
	if err != nil || !bytes.Equal(e.Body, want.Body) {
		t.Errorf("GetOrFill = %.40q, %v", e.Body, err)
	}
}

func (l *load) note(took time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.slowest = max(l.slowest, took)
}

// reset returns the slowest answer since the last reset.
func (l *load) reset() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	slowest := l.slowest
	l.slowest = 0
	return slowest
}

func (l *load) stop() {
	close(l.quit)
	l.wg.Wait()
}
