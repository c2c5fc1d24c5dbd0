package cache

import (
	"fmt"
	"math"
	"time"

	"github.com/maypok86/otter/v2"
)

// memoryTier keeps entries in this process, bounded by their bytes.
type memoryTier struct {
	counters
	entries  *otter.Cache[Key, Entry]
	maxBytes int64
	limit    int64 // largest entry kept
}

func newMemoryTier(o MemoryOptions, now func() time.Time, observer Observer) (*memoryTier, error) {
	entries, err := otter.New(&otter.Options[Key, Entry]{
		MaximumWeight:    uint64(o.MaxBytes), //nolint:gosec // withDefaults made it positive
		Weigher:          memoryWeight,
		ExpiryCalculator: otter.ExpiryWriting[Key, Entry](o.TTL),
		Clock:            otterClock{now},
	})
	if err != nil {
		return nil, fmt.Errorf("cache: memory tier: %w", err)
	}
	return &memoryTier{
		counters: counters{tier: TierMemory, observer: observer},
		entries:  entries,
		maxBytes: o.MaxBytes,
		limit:    entryLimit(o.MaxBytes),
	}, nil
}

func memoryWeight(k Key, e Entry) uint32 {
	return uint32(min(e.size()+int64(k.size()), math.MaxUint32)) //nolint:gosec // bounded in this line
}

func (m *memoryTier) get(key Key) (Entry, bool) {
	e, ok := m.entries.GetIfPresent(key)
	if ok {
		m.read(ResultHit)
	} else {
		m.read(ResultMiss)
	}
	return e, ok
}

func (m *memoryTier) put(key Key, e Entry) {
	if e.size() <= m.limit {
		m.entries.Set(key, e)
	}
}

func (m *memoryTier) stats() TierStats {
	s := m.snapshot()
	s.Entries = int64(m.entries.EstimatedSize())
	s.Bytes = int64(m.entries.WeightedSize()) //nolint:gosec // bounded by maxBytes
	s.MaxBytes = m.maxBytes
	return s
}

func (m *memoryTier) close() {
	m.entries.StopAllGoroutines()
}

// otterClock lets entries age by the clock that the cache was given.
type otterClock struct {
	now func() time.Time
}

// NowNano implements otter.Clock.
func (c otterClock) NowNano() int64 { return c.now().UnixNano() }

// Tick implements otter.Clock: clean-ups run in real time on any clock.
func (c otterClock) Tick(d time.Duration) <-chan time.Time { return time.Tick(d) }
