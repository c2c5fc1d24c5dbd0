package cache

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"
)

// Options configure a [Cache]. Each tier is optional; a cache without any
// still lets one fill run for each key at a time.
type Options struct {
	Memory MemoryOptions
	Redis  RedisOptions
	Disk   DiskOptions

	// FillTimeout bounds one resolve: the look into Redis and disk, and the
	// fill. Default 10 s.
	FillTimeout time.Duration
	// RetryAfter is how long a failing tier is skipped before it is tried
	// again, in the background. Default 2 s.
	RetryAfter time.Duration

	// Logger gets one line when a tier starts being skipped and one when it is
	// used again.
	Logger zerolog.Logger
	// Observer is told of every read and write, for metrics.
	Observer Observer
	// Span begins a span of a trace and returns what ends it with the outcome;
	// nil begins none. Only what memory did not have is traced.
	Span func(ctx context.Context, name string) (context.Context, func(error))
	// Now is the clock that entries age by. Default [time.Now].
	Now func() time.Time
}

// MemoryOptions configure the tier in this process.
type MemoryOptions struct {
	// MaxBytes bounds the tier; 0 leaves it out.
	MaxBytes int64
	// TTL is counted from the write. Default 5 minutes.
	TTL time.Duration
}

// RedisTimeout is what an operation in Redis may take, if nothing else is said.
const RedisTimeout = 75 * time.Millisecond

// RedisOptions configure the shared tier. It is left out when both Client and
// URL are empty.
type RedisOptions struct {
	// Client is used when set, and stays its owner's to close. It should be
	// made by [NewRedisClient] or have timeouts as short.
	Client redis.UniversalClient
	// URL is redis[s]://[user:password@]host:port[/db].
	URL string
	// TTL is counted from the write. Default 1 hour.
	TTL time.Duration
	// Timeout bounds each operation. Default [RedisTimeout].
	Timeout time.Duration
}

// DiskOptions configure the tier that survives a restart.
type DiskOptions struct {
	// Dir holds the files, and is made when it isn't there; empty leaves the
	// tier out.
	Dir string
	// MaxBytes bounds the disk space used. Default 10 GB.
	MaxBytes int64
	// MaxEntries bounds the number of files, and by that the memory of the
	// index, which takes about 150 bytes for each. Default 250,000.
	MaxEntries int
	// TTL is counted from the write. Default 24 hours.
	TTL time.Duration
}

func (o Options) withDefaults() Options {
	setDefault(&o.FillTimeout, 10*time.Second)
	setDefault(&o.RetryAfter, 2*time.Second)
	setDefault(&o.Memory.TTL, 5*time.Minute)
	setDefault(&o.Redis.TTL, time.Hour)
	setDefault(&o.Redis.Timeout, RedisTimeout)
	setDefault(&o.Disk.MaxBytes, 10e9)
	setDefault(&o.Disk.MaxEntries, 250_000)
	setDefault(&o.Disk.TTL, 24*time.Hour)
	if o.Now == nil {
		o.Now = time.Now
	}
	o.Observer = o.Observer.withDefaults()
	if o.Span == nil {
		o.Span = func(ctx context.Context, _ string) (context.Context, func(error)) { return ctx, func(error) {} }
	}
	return o
}

func setDefault[T int | int64 | time.Duration](option *T, value T) {
	if *option <= 0 {
		*option = value
	}
}

func (o RedisOptions) enabled() bool { return o.Client != nil || o.URL != "" }
