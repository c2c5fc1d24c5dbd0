// Package limit counts requests for rate limits: in memory, and shared between
// replicas through Redis when there is one. No request waits for Redis. Each
// process counts for itself and every moment adds what is new to the common
// count, so a limit is exact in one process and up to that moment late among
// several; while Redis is away, each process holds its callers to the limit
// alone.
package limit

import (
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// Every is how often counts are shared.
	Every = 200 * time.Millisecond
	// MaxKeys is how many callers are counted in one window; those beyond are
	// not limited, since memory is.
	MaxKeys = 100_000

	shareTimeout = time.Second
	shareAtOnce  = 1000 // counts in one round trip
	keyPrefix    = "mcg:rate:"
)

// Options configure a Counter.
type Options struct {
	// Name tells the counters of one Redis apart.
	Name string
	// Redis shares the counts; nil keeps them in this process.
	Redis redis.UniversalClient
	// OnShare, if set, is told the outcome of each round of sharing.
	OnShare func(err error)
}

// Counter is a httprate.LimitCounter. It is safe for concurrent use.
type Counter struct {
	o Options

	mu       sync.Mutex
	length   time.Duration
	window   time.Time
	current  map[string]*count
	previous map[string]*count
}

// count is what is known of one caller in one window.
type count struct {
	here   int // counted here and not shared yet
	common int // by all, when counts were last shared
}

func (c *count) total() int {
	if c == nil {
		return 0
	}
	return c.here + c.common
}

// NewCounter returns a counter of nothing yet.
func NewCounter(o Options) *Counter {
	if o.OnShare == nil {
		o.OnShare = func(error) {}
	}
	return &Counter{o: o, length: time.Minute, current: map[string]*count{}, previous: map[string]*count{}}
}

// Config implements httprate.LimitCounter.
func (c *Counter) Config(_ int, windowLength time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.length = windowLength
}

// Increment implements httprate.LimitCounter.
func (c *Counter) Increment(key string, currentWindow time.Time) error {
	return c.IncrementBy(key, currentWindow, 1)
}

// IncrementBy implements httprate.LimitCounter. It never fails.
func (c *Counter) IncrementBy(key string, currentWindow time.Time, amount int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.turn(currentWindow)
	n := c.current[key]
	if n == nil {
		if len(c.current) >= MaxKeys {
			return nil
		}
		n = &count{}
		c.current[key] = n
	}
	n.here += amount
	return nil
}

// Get implements httprate.LimitCounter. It never fails.
func (c *Counter) Get(key string, currentWindow, _ time.Time) (current, previous int, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.turn(currentWindow)
	return c.current[key].total(), c.previous[key].total(), nil
}

// turn goes on to the window, if it is a later one.
func (c *Counter) turn(window time.Time) {
	if !window.After(c.window) {
		return
	}
	if window.Equal(c.window.Add(c.length)) {
		c.previous = c.current
	} else {
		c.previous = map[string]*count{}
	}
	c.window, c.current = window, map[string]*count{}
}

// Run shares counts until the context ends. It returns at once without Redis.
func (c *Counter) Run(ctx context.Context) {
	if c.o.Redis == nil {
		return
	}
	ticker := time.NewTicker(Every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			c.share(ctx)
		}
	}
}

// share adds what is new to the common counts, and learns those. What can't be
// shared is kept for the next round of the same window.
func (c *Counter) share(ctx context.Context) {
	window, fresh := c.take()
	for len(fresh) > 0 {
		batch := fresh[:min(len(fresh), shareAtOnce)]
		fresh = fresh[len(batch):]
		totals, err := c.add(ctx, window, batch)
		if err != nil {
			c.giveBack(window, append(batch, fresh...))
			c.o.OnShare(err)
			return
		}
		c.learn(window, batch, totals)
		c.o.OnShare(nil)
	}
}

// share of one caller.
type part struct {
	key string
	n   int
}

// take moves what is counted here to the common counts, as if it were shared.
func (c *Counter) take() (time.Time, []part) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var fresh []part
	for key, n := range c.current {
		if n.here > 0 {
			fresh = append(fresh, part{key, n.here})
			n.common += n.here
			n.here = 0
		}
	}
	return c.window, fresh
}

func (c *Counter) giveBack(window time.Time, parts []part) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !window.Equal(c.window) {
		return
	}
	for _, p := range parts {
		n := c.current[p.key]
		n.here += p.n
		n.common -= p.n
	}
}

func (c *Counter) learn(window time.Time, parts []part, totals []int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !window.Equal(c.window) {
		return
	}
	for i, p := range parts {
		n := c.current[p.key]
		n.common = max(n.common, int(totals[i])) // never below what was counted here, should Redis forget
	}
}

// add sends one batch and returns the common counts.
func (c *Counter) add(ctx context.Context, window time.Time, parts []part) ([]int64, error) {
	ctx, cancel := context.WithTimeout(ctx, shareTimeout)
	defer cancel()
	pipe := c.o.Redis.Pipeline()
	added := make([]*redis.IntCmd, len(parts))
	prefix := keyPrefix + c.o.Name + ":" + strconv.FormatInt(window.Unix(), 10) + ":"
	for i, p := range parts {
		added[i] = pipe.IncrBy(ctx, prefix+p.key, int64(p.n))
		pipe.Expire(ctx, prefix+p.key, 2*c.length)
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return nil, err
	}
	totals := make([]int64, len(parts))
	for i, cmd := range added {
		totals[i] = cmd.Val()
	}
	return totals, nil
}
