package cache

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestHitFillsTheTiersAbove(t *testing.T) {
	t.Parallel()
	url, dir, key := sharedRedis(t), t.TempDir(), keyN(t, 1)
	diskOnly := open(t, Options{Disk: DiskOptions{Dir: dir}})
	if tier := mustFill(t, diskOnly, key); tier != TierFill {
		t.Fatalf("first answer is from %q, want a fill", tier)
	}
	closeCache(t, diskOnly) // drains

	all := open(t, Options{
		Memory: MemoryOptions{MaxBytes: 1 << 20},
		Redis:  RedisOptions{URL: url, Timeout: time.Second},
		Disk:   DiskOptions{Dir: dir},
	})
	if tier := mustFill(t, all, key); tier != TierDisk {
		t.Errorf("with the entry on disk, the answer is from %q", tier)
	}
	if tier := mustFill(t, all, key); tier != TierMemory {
		t.Errorf("after a hit on disk, the answer is from %q", tier)
	}
	closeCache(t, all)

	other := open(t, Options{Memory: MemoryOptions{MaxBytes: 1 << 20}, Redis: RedisOptions{URL: url, Timeout: time.Second}})
	if tier := mustFill(t, other, key); tier != TierRedis {
		t.Errorf("in another process, the answer is from %q", tier)
	}
	if tier := mustFill(t, other, key); tier != TierMemory {
		t.Errorf("after a hit in Redis, the answer is from %q", tier)
	}
}

func TestEntryComesBackWhole(t *testing.T) {
	t.Parallel()
	key := keyN(t, 1).In(Zstd)
	want := Entry{Body: []byte{0, 1, 2}, MediaType: "text/html; charset=utf-8", Encoding: Zstd, Extra: []byte("losses")}
	tests := map[Tier]Options{
		TierMemory: {Memory: MemoryOptions{MaxBytes: 1 << 20}},
		TierRedis:  {Redis: RedisOptions{URL: sharedRedis(t), Timeout: time.Second}},
		TierDisk:   {Disk: DiskOptions{Dir: t.TempDir()}},
	}
	for tier, o := range tests {
		t.Run(string(tier), func(t *testing.T) {
			t.Parallel()
			c := open(t, o)
			if err := c.Put(key, want); err != nil {
				t.Fatal(err)
			}
			eventually(t, "the background write", func() bool { _, _, ok := c.Get(t.Context(), key); return ok })
			got, from, _ := c.Get(t.Context(), key)
			if diff := cmp.Diff(want, got); diff != "" || from != tier {
				t.Errorf("from %q (-want +got):\n%s", from, diff)
			}
		})
	}
}

func TestTimeToLive(t *testing.T) {
	t.Parallel()
	tests := map[Tier]Options{
		TierMemory: {Memory: MemoryOptions{MaxBytes: 1 << 20, TTL: time.Minute}},
		TierDisk:   {Disk: DiskOptions{Dir: t.TempDir(), TTL: time.Minute}},
	}
	for tier, o := range tests {
		t.Run(string(tier), func(t *testing.T) {
			t.Parallel()
			clock := newClock()
			o.Now = clock.Now
			c, key := open(t, o), keyN(t, 1)
			mustFill(t, c, key)
			eventually(t, "the write", func() bool { _, _, ok := c.Get(t.Context(), key); return ok })

			clock.Advance(59 * time.Second)
			if got := mustFill(t, c, key); got != tier {
				t.Errorf("just before its end the entry is from %q", got)
			}
			clock.Advance(2 * time.Second) // since the write, not since the read
			if got := mustFill(t, c, key); got != TierFill {
				t.Errorf("after its end the entry is from %q", got)
			}
		})
	}
}

func TestMemoryStaysInItsBytes(t *testing.T) {
	t.Parallel()
	const maxBytes = 1 << 20
	c := open(t, Options{Memory: MemoryOptions{MaxBytes: maxBytes}})
	body := bytes.Repeat([]byte("x"), 8<<10)
	for n := range 1000 {
		if err := c.Put(keyN(t, n), Entry{Body: body}); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "eviction", func() bool { return statsOf(c, TierMemory).Bytes <= maxBytes })
	s := statsOf(c, TierMemory)
	if s.Bytes < maxBytes/2 || s.Entries < 50 {
		t.Errorf("the tier holds %d entries, %d bytes: most of its room is unused", s.Entries, s.Bytes)
	}
}

func TestLargeEntriesAreNotKept(t *testing.T) {
	t.Parallel()
	c := open(t, Options{
		Memory: MemoryOptions{MaxBytes: 1 << 20},
		Disk:   DiskOptions{Dir: t.TempDir(), MaxBytes: 1 << 20},
		Redis:  RedisOptions{URL: sharedRedis(t)},
	})
	key := keyN(t, 1)
	huge := Entry{Body: make([]byte, maxEntryBytes+1)}
	if _, _, err := c.GetOrFill(t.Context(), key, fillWith(huge)); err != nil {
		t.Fatal(err)
	}
	if err := c.Put(keyN(t, 2), Entry{Body: make([]byte, 1<<18)}); err != nil { // fits Redis alone
		t.Fatal(err)
	}
	eventually(t, "the write to Redis", func() bool { return statsOf(c, TierRedis).Stored == 1 })
	for _, tier := range []Tier{TierMemory, TierDisk} {
		if s := statsOf(c, tier); s.Entries != 0 {
			t.Errorf("%s keeps %d entries that are larger than an eighth of it", tier, s.Entries)
		}
	}
	if _, tier, ok := c.Get(t.Context(), key); ok {
		t.Errorf("an entry over the limit of all tiers is served from %s", tier)
	}
}

func TestObserverSeesEveryRead(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	seen := map[string]int{}
	note := func(what string) func(Tier, Result) {
		return func(tier Tier, r Result) {
			mu.Lock()
			defer mu.Unlock()
			seen[fmt.Sprintf("%s %s %s", what, tier, r)]++
		}
	}
	c := open(t, Options{
		Memory:   MemoryOptions{MaxBytes: 1 << 20},
		Disk:     DiskOptions{Dir: t.TempDir()},
		Observer: Observer{Read: note("read"), Write: note("write")},
	})
	mustFill(t, c, keyN(t, 1))
	mustFill(t, c, keyN(t, 1))
	closeCache(t, c)
	want := map[string]int{"read memory miss": 1, "read memory hit": 1, "read disk miss": 1, "write disk stored": 1}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("observed (-want +got):\n%s", diff)
	}
}

// A queue that nobody empties takes what it may hold and drops the rest.
func TestQueueIsBounded(t *testing.T) {
	t.Parallel()
	t.Run("number", func(t *testing.T) {
		t.Parallel()
		q, taken := newQueue(), 0
		for n := range 2 * queueEntries {
			if q.offer(queued{id: hash(keyN(t, n)).id, raw: []byte("x")}) {
				taken++
			}
		}
		if taken != queueEntries {
			t.Errorf("took %d writes, want %d", taken, queueEntries)
		}
	})
	t.Run("bytes", func(t *testing.T) {
		t.Parallel()
		q, raw := newQueue(), make([]byte, maxEntryBytes)
		taken := 0
		for n := range 10 {
			if q.offer(queued{id: hash(keyN(t, n)).id, raw: raw}) {
				taken++
			}
		}
		if taken != queueBytes/maxEntryBytes {
			t.Errorf("took %d writes of %d bytes, want %d", taken, maxEntryBytes, queueBytes/maxEntryBytes)
		}
		q.done(<-q.writes)
		if !q.offer(queued{id: hash(keyN(t, 0)).id, raw: raw}) {
			t.Error("the room of a finished write is not given back")
		}
	})
	t.Run("once", func(t *testing.T) {
		t.Parallel()
		q, w := newQueue(), queued{id: hash(keyN(t, 0)).id, raw: []byte("x")}
		first, second := q.offer(w), q.offer(w)
		if !first || !second || len(q.writes) != 1 {
			t.Errorf("a page that is on its way was queued %d times", len(q.writes))
		}
		q.done(<-q.writes)
		if !q.offer(w) || len(q.writes) != 1 {
			t.Error("a page that has been written is not queued again")
		}
	})
}

// slowStore takes its time for every write; only its end ends it.
type slowStore struct{ store }

func (slowStore) put(ctx context.Context, _ id, _ []byte) error { <-ctx.Done(); return ctx.Err() }

func TestWritesDoNotDelayTheAnswer(t *testing.T) {
	t.Parallel()
	c, err := New(Options{Memory: MemoryOptions{MaxBytes: 1 << 20}, Disk: DiskOptions{Dir: t.TempDir()}})
	if err != nil {
		t.Fatal(err)
	}
	slow := newLowerTier(Options{Now: time.Now, RetryAfter: time.Second, Observer: Observer{}.withDefaults()},
		lowerOptions{tier: TierRedis, store: slowStore{c.disk}, limit: maxEntryBytes, failures: 3})
	c.lower = append(c.lower, slow)
	for n := range queueEntries + 5 {
		mustFill(t, c, keyN(t, n))
	}
	if got := slow.snapshot().Dropped; got != 5 {
		t.Errorf("%d writes dropped, want 5", got)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	slow.drain(ended)
	if got := slow.snapshot().Dropped; got != queueEntries+5 {
		t.Errorf("%d writes dropped after the end, want all %d", got, queueEntries+5)
	}
	c.lower = c.lower[:1]
	closeCache(t, c)
}

func TestCloseDrains(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := open(t, Options{Disk: DiskOptions{Dir: dir}})
	const entries = 200
	for n := range entries {
		if err := c.Put(keyN(t, n), entryN(keyN(t, n))); err != nil {
			t.Fatal(err)
		}
	}
	closeCache(t, c)
	if got := len(filesIn(t, dir)); got != entries {
		t.Errorf("%d entries on disk after Close, want %d", got, entries)
	}
}
