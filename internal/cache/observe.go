package cache

import "sync/atomic"

// Tier names a place where an entry was found.
type Tier string

// The tiers, in the order in which they are asked. TierFill stands for a fill,
// TierNone for an entry that was not found.
const (
	TierNone   Tier = ""
	TierMemory Tier = "memory"
	TierRedis  Tier = "redis"
	TierDisk   Tier = "disk"
	TierFill   Tier = "fill"
)

// Result is how a read from a tier, or a write to it, ended.
type Result string

// Results of reads are hit, miss, error, corrupt and skipped; of writes stored,
// error, skipped and dropped. Skipped means that the tier's breaker was open,
// dropped that the queue of writes was full.
const (
	ResultHit     Result = "hit"
	ResultMiss    Result = "miss"
	ResultError   Result = "error"
	ResultCorrupt Result = "corrupt"
	ResultSkipped Result = "skipped"
	ResultStored  Result = "stored"
	ResultDropped Result = "dropped"
)

// Observer is told what the cache does, for metrics. Its functions are called
// from many goroutines and must be quick. Each may be nil.
type Observer struct {
	// Read is told of each tier that was asked for an entry.
	Read func(Tier, Result)
	// Write is told of each entry that was to be written to Redis or disk.
	Write func(Tier, Result)
	// Degraded is told when a tier starts being skipped, and when it is used again.
	Degraded func(tier Tier, degraded bool)
	// Breaker is told when the breaker of a tier's reads or writes opens and
	// closes, and once at the start that it is closed.
	Breaker func(tier Tier, of string, open bool)
}

func (o Observer) withDefaults() Observer {
	if o.Read == nil {
		o.Read = func(Tier, Result) {}
	}
	if o.Write == nil {
		o.Write = func(Tier, Result) {}
	}
	if o.Degraded == nil {
		o.Degraded = func(Tier, bool) {}
	}
	if o.Breaker == nil {
		o.Breaker = func(Tier, string, bool) {}
	}
	return o
}

// TierStats counts what happened to one tier since the cache was opened.
type TierStats struct {
	Tier     Tier
	Hits     uint64
	Misses   uint64
	Errors   uint64 // failed reads and writes
	Corrupt  uint64 // entries that were found damaged, and not served
	Skipped  uint64 // reads and writes not tried because the tier was failing
	Stored   uint64 // background writes done
	Dropped  uint64 // background writes given up because the queue was full
	Entries  int64  // entries held now; 0 for Redis, which others use too
	Bytes    int64  // bytes held now; 0 for Redis
	MaxBytes int64  // the bound of Bytes; 0 for Redis, which has its own
	Degraded bool   // the tier is being skipped
}

// counters count the results of one tier and pass them on to the observer.
type counters struct {
	tier     Tier
	observer Observer

	hits, misses, errors, corrupt, skipped, stored, dropped atomic.Uint64
}

func (c *counters) read(r Result) {
	c.add(r)
	c.observer.Read(c.tier, r)
}

func (c *counters) write(r Result) {
	c.add(r)
	c.observer.Write(c.tier, r)
}

func (c *counters) add(r Result) {
	switch r {
	case ResultHit:
		c.hits.Add(1)
	case ResultMiss:
		c.misses.Add(1)
	case ResultError:
		c.errors.Add(1)
	case ResultCorrupt:
		c.corrupt.Add(1)
	case ResultSkipped:
		c.skipped.Add(1)
	case ResultStored:
		c.stored.Add(1)
	case ResultDropped:
		c.dropped.Add(1)
	}
}

func (c *counters) snapshot() TierStats {
	return TierStats{
		Tier:    c.tier,
		Hits:    c.hits.Load(),
		Misses:  c.misses.Load(),
		Errors:  c.errors.Load(),
		Corrupt: c.corrupt.Load(),
		Skipped: c.skipped.Load(),
		Stored:  c.stored.Load(),
		Dropped: c.dropped.Load(),
	}
}
