package cache

import (
	"bytes"
	"context"
	"testing"
	"time"
)

// benchEntry is of the size of the card that performance is measured with.
func benchEntry() Entry {
	return Entry{Body: bytes.Repeat([]byte("model card "), 550), MediaType: "text/markdown; charset=utf-8"}
}

func BenchmarkMemoryHit(b *testing.B) {
	c := open(b, Options{Memory: MemoryOptions{MaxBytes: 1 << 20}})
	key, e := keyN(b, 1), benchEntry()
	fill := func(context.Context) (Entry, error) { return e, nil }
	ctx := context.Background()
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := c.Variant(ctx, key.In(Zstd), fill); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDiskHit(b *testing.B) {
	c := open(b, Options{Disk: DiskOptions{Dir: b.TempDir()}})
	benchmarkLower(b, c)
}

func BenchmarkRedisHit(b *testing.B) {
	c := open(b, Options{Redis: RedisOptions{URL: sharedRedis(b), Timeout: time.Second}})
	benchmarkLower(b, c)
}

func benchmarkLower(b *testing.B, c *Cache) {
	key := keyN(b, 1)
	if err := c.Put(key, benchEntry()); err != nil {
		b.Fatal(err)
	}
	ctx := context.Background()
	eventually(b, "the write", func() bool { _, _, ok := c.Get(ctx, key); return ok })
	b.ReportAllocs()
	for b.Loop() {
		if _, _, ok := c.Get(ctx, key); !ok {
			b.Fatal("a miss")
		}
	}
}

// TestMemoryHitAllocations holds what the benchmark shows.
func TestMemoryHitAllocations(t *testing.T) {
	c := open(t, Options{Memory: MemoryOptions{MaxBytes: 1 << 20}})
	key := keyN(t, 1).In(Gzip)
	fill := fillWith(benchEntry())
	hit := func() { _, _, _ = c.Variant(context.Background(), key, fill) }
	hit()
	if got := testing.AllocsPerRun(100, hit); got > 2 {
		t.Errorf("a memory hit allocates %v times, want at most 2", got)
	}
}
