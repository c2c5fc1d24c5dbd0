// Package cache keeps rendered documents under everything that their bytes
// depend on, so that an entry never goes stale and nothing is invalidated.
// Three tiers are asked in turn: memory, Redis, disk. A tier that fails is
// skipped, and what a tier returns is served only if its checksum and the key
// inside it are right: the worst that the cache can do is to render again.
package cache

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// abortGrace is what an operation that was told to stop gets to do so.
const abortGrace = time.Second

// Cache is a content-addressed cache of rendered documents. It is safe for
// concurrent use and must be closed.
type Cache struct {
	memory  *memoryTier  // nil if left out
	lower   []*lowerTier // in the order in which they are asked
	disk    *diskStore   // nil if left out; also behind one of lower
	flights flights
	packer  *packer
	now     func() time.Time
	span    func(context.Context, string) (context.Context, func(error))

	halt   context.CancelFunc // ends the upkeep, and lets the writers drain
	abort  context.CancelFunc // makes the writers give up what is queued
	wg     sync.WaitGroup
	once   sync.Once
	closed error
}

// hashedKey is a key in the forms that the stores need.
type hashedKey struct {
	Key
	text []byte
	id   id
}

func hash(k Key) hashedKey {
	text := k.text()
	return hashedKey{Key: k, text: text, id: idOf(text)}
}

// New opens a cache. A tier that can't be reached is no error: it is logged,
// skipped, and tried again later. The errors are those of the options, such as
// [ErrRedisURL].
func New(o Options) (*Cache, error) {
	o = o.withDefaults()
	packer, err := newPacker()
	if err != nil {
		return nil, err
	}
	c := &Cache{
		flights: flights{timeout: o.FillTimeout, running: make(map[Key]*flight)},
		packer:  packer,
		now:     o.Now,
		span:    o.Span,
	}
	if err := c.addTiers(o); err != nil {
		return nil, err
	}
	c.start()
	return c, nil
}

func (c *Cache) addTiers(o Options) error {
	if o.Redis.enabled() {
		s, err := newRedisStore(o.Redis)
		if err != nil {
			return err
		}
		c.lower = append(c.lower, newLowerTier(o, lowerOptions{
			tier: TierRedis, store: s, limit: s.limit, failures: 3,
		}))
	}
	if o.Disk.Dir != "" {
		c.disk = newDiskStore(o.Disk, o.Now)
		c.lower = append(c.lower, newLowerTier(o, lowerOptions{
			tier: TierDisk, store: c.disk, ttl: o.Disk.TTL, limit: c.disk.limit, failures: 1,
		}))
	}
	if o.Memory.MaxBytes > 0 {
		m, err := newMemoryTier(o.Memory, o.Now, o.Observer)
		if err != nil {
			return err
		}
		c.memory = m
	}
	return nil
}

// start runs one writer for each lower tier, so that a slow one does not hold
// up the other, and the upkeep of the directory.
func (c *Cache) start() {
	running, halt := context.WithCancel(context.Background())
	writing, abort := context.WithCancel(context.Background())
	c.halt, c.abort = halt, abort
	for _, t := range c.lower {
		c.wg.Go(func() { t.serve(writing, running.Done()) })
	}
	if c.disk != nil {
		c.wg.Go(func() { c.disk.maintain(running) })
	}
}

// GetOrFill returns the entry for key from the first tier that has it, or the
// one that fill makes, and says where it is from. However many ask for a key
// at once, one of them looks and fills; the others wait for the same result,
// each until its own ctx ends. A caller who leaves stops nothing.
//
// Errors are ErrKey, ErrClosed, ErrFillTimeout, *PanicError, the error of ctx,
// and fill's own. No failure of a tier is among them, and errors are not kept.
func (c *Cache) GetOrFill(ctx context.Context, key Key, fill FillFunc) (Entry, Tier, error) {
	if e, ok := c.fromMemory(key); ok {
		return e, TierMemory, nil
	}
	if err := key.check(); err != nil {
		return Entry{}, TierNone, err
	}
	if err := ctx.Err(); err != nil {
		return Entry{}, TierNone, err
	}
	f, err := c.flights.join(ctx, key, func(ctx context.Context) (Entry, Tier, error) {
		return c.resolve(ctx, key, fill)
	})
	if err != nil {
		return Entry{}, TierNone, err
	}
	return f.wait(ctx)
}

// resolve looks at memory again, for the caller who missed it just before the
// last flight landed and joined just after.
func (c *Cache) resolve(ctx context.Context, key Key, fill FillFunc) (Entry, Tier, error) {
	if c.memory != nil {
		if e, ok := c.memory.entries.GetIfPresent(key); ok {
			return e, TierMemory, nil
		}
	}
	ctx, end := c.span(ctx, "cache")
	e, tier, err := c.findOrFill(ctx, hash(key), fill)
	end(err)
	return e, tier, err
}

func (c *Cache) findOrFill(ctx context.Context, k hashedKey, fill FillFunc) (Entry, Tier, error) {
	if e, tier, ok := c.fromLower(ctx, k); ok {
		return e, tier, nil
	}
	e, err := fill(ctx)
	if err != nil {
		return Entry{}, TierNone, err
	}
	c.store(k, e)
	return e, TierFill, nil
}

// Get returns the entry for key if a tier has it.
func (c *Cache) Get(ctx context.Context, key Key) (Entry, Tier, bool) {
	if e, ok := c.fromMemory(key); ok {
		return e, TierMemory, true
	}
	if key.check() != nil {
		return Entry{}, TierNone, false
	}
	return c.fromLower(ctx, hash(key))
}

// Put stores an entry in memory at once and in the other tiers soon after. The
// only error is [ErrKey].
func (c *Cache) Put(key Key, e Entry) error {
	if err := key.check(); err != nil {
		return err
	}
	c.store(hash(key), e)
	return nil
}

func (c *Cache) fromMemory(key Key) (Entry, bool) {
	if c.memory == nil {
		return Entry{}, false
	}
	return c.memory.get(key)
}

// fromLower asks Redis and disk, and hands what it finds to the tiers above.
func (c *Cache) fromLower(ctx context.Context, k hashedKey) (Entry, Tier, bool) {
	for n, t := range c.lower {
		e, raw, ok := t.lookup(ctx, k)
		if !ok {
			continue
		}
		if c.memory != nil {
			c.memory.put(k.Key, e)
		}
		for _, above := range c.lower[:n] {
			above.enqueue(k.id, raw)
		}
		return e, t.tier, true
	}
	return Entry{}, TierNone, false
}

func (c *Cache) store(k hashedKey, e Entry) {
	if c.memory != nil {
		c.memory.put(k.Key, e)
	}
	if len(c.lower) == 0 || e.size() > maxEntryBytes {
		return
	}
	raw := encodeEnvelope(k.text, e, c.now())
	for _, t := range c.lower {
		t.enqueue(k.id, raw)
	}
}

// Stats counts what happened so far, a row for each tier in use.
func (c *Cache) Stats() []TierStats {
	var rows []TierStats
	if c.memory != nil {
		rows = append(rows, c.memory.stats())
	}
	for _, t := range c.lower {
		row := t.stats()
		if t.tier == TierDisk {
			row.Entries, row.Bytes = c.disk.index.totals()
			row.MaxBytes = c.disk.index.maxBytes
		}
		rows = append(rows, row)
	}
	return rows
}

// Clean removes the disk tier's entries written longer than olderThan ago. The
// other tiers forget much sooner by themselves.
func (c *Cache) Clean(ctx context.Context, olderThan time.Duration) (CleanStats, error) {
	if c.disk == nil {
		return CleanStats{}, nil
	}
	return c.disk.clean(ctx, olderThan)
}

// Close waits for the fills and writes under way and releases everything. When
// ctx ends first it gives up what is left and returns an error. Calls after
// the first do nothing and return the same.
func (c *Cache) Close(ctx context.Context) error {
	c.once.Do(func() { c.closed = c.shutDown(ctx) })
	return c.closed
}

func (c *Cache) shutDown(ctx context.Context) error {
	errs := []error{c.flights.close(ctx), c.drain(ctx)}
	for _, t := range c.lower {
		errs = append(errs, t.store.close())
	}
	if c.memory != nil {
		c.memory.close()
	}
	return errors.Join(errs...)
}

// drain waits for the writers. When ctx ends they give up, and get a moment to
// come back from the operation they are in.
func (c *Cache) drain(ctx context.Context) error {
	defer c.abort()
	c.halt()
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		c.wg.Wait()
	}()
	select {
	case <-drained:
		return nil
	case <-ctx.Done():
	}
	c.abort()
	select {
	case <-drained:
	case <-time.After(abortGrace):
	}
	return fmt.Errorf("cache: writes given up: %w", ctx.Err())
}
