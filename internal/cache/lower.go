package cache

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"github.com/terragonlabs/modelcard-generator/internal/outbound"
)

// errMiss says that a store doesn't have the entry.
var errMiss = errors.New("cache: no such entry")

// store is a place outside this process that keeps envelopes. It knows nothing
// of what is in them.
type store interface {
	// get returns an envelope as it was found, errMiss, errCorrupt for what
	// can't be an envelope, or another error when the store itself failed.
	get(context.Context, id) ([]byte, error)
	put(context.Context, id, []byte) error
	// drop forgets a corrupt entry, if that is cheap.
	drop(id)
	// probeRead and probeWrite find out whether the store works again.
	probeRead(context.Context) error
	probeWrite(context.Context) error
	close() error
}

// lowerTier is a store with all that makes it harmless: breakers that skip it
// while it fails, the check of what comes out of it, and writes that nobody
// waits for. Reading and writing have a breaker each, because a full disk and
// a full Redis can still be read.
type lowerTier struct {
	counters
	store  store
	reads  *outbound.Breaker
	writes *outbound.Breaker
	queue  *queue
	ttl    time.Duration // 0 if the store keeps track of age itself
	limit  int64         // longest envelope stored
	now    func() time.Time
	retry  time.Duration
	log    zerolog.Logger

	mu       sync.Mutex
	broken   int   // breakers that are open
	degraded bool  // what was logged last
	cause    error // the latest failure
}

// lowerOptions are what differs between the lower tiers.
type lowerOptions struct {
	tier  Tier
	store store
	ttl   time.Duration
	limit int64
	// failures opens a breaker. Redis may lose a packet; a disk doesn't fail
	// by chance.
	failures uint
}

func newLowerTier(o Options, l lowerOptions) *lowerTier {
	t := &lowerTier{
		counters: counters{tier: l.tier, observer: o.Observer},
		store:    l.store,
		queue:    newQueue(),
		ttl:      l.ttl,
		limit:    l.limit,
		now:      o.Now,
		retry:    o.RetryAfter,
		log:      o.Logger,
	}
	breaker := func(of string) *outbound.Breaker {
		t.observer.Breaker(l.tier, of, false)
		return outbound.NewBreaker(outbound.BreakerOptions{
			Failures:  l.failures,
			Window:    2 * l.failures,
			Delay:     o.RetryAfter,
			IsFailure: isFailure,
			OnChange: func(open bool) {
				t.observer.Breaker(l.tier, of, open)
				t.changed(open)
			},
		})
	}
	t.reads, t.writes = breaker("read"), breaker("write")
	return t
}

func isFailure(err error) bool {
	return !errors.Is(err, errMiss) && !errors.Is(err, errCorrupt)
}

// lookup returns the entry and its envelope, for the tiers above. A tier that
// is being skipped costs nothing: trials are run in the background.
func (t *lowerTier) lookup(ctx context.Context, k hashedKey) (e Entry, raw []byte, ok bool) {
	if t.reads.Open() {
		t.read(ResultSkipped)
		return Entry{}, nil, false
	}
	err := t.guard(ctx, t.reads, func(ctx context.Context) (err error) {
		raw, err = t.store.get(ctx, k.id)
		return err
	})
	if err == nil {
		e, err = t.unwrap(raw, k)
	}
	result := readResult(err)
	if result == ResultCorrupt {
		t.store.drop(k.id)
	}
	t.read(result)
	return e, raw, err == nil
}

func readResult(err error) Result {
	switch {
	case err == nil:
		return ResultHit
	case errors.Is(err, errMiss):
		return ResultMiss
	case errors.Is(err, errCorrupt):
		return ResultCorrupt
	case errors.Is(err, outbound.ErrBreakerOpen):
		return ResultSkipped
	}
	return ResultError
}

// unwrap checks an envelope and its age.
func (t *lowerTier) unwrap(raw []byte, k hashedKey) (Entry, error) {
	e, written, err := decodeEnvelope(raw, k.text)
	if err != nil {
		return Entry{}, err
	}
	if t.ttl > 0 && t.now().Sub(written) >= t.ttl {
		t.store.drop(k.id)
		return Entry{}, errMiss
	}
	return e, nil
}

// enqueue hands an envelope to the background writer, or drops it.
func (t *lowerTier) enqueue(i id, raw []byte) {
	switch {
	case int64(len(raw)) > t.limit:
	case t.writes.Open():
		t.write(ResultSkipped)
	case !t.queue.offer(queued{id: i, raw: raw}):
		t.write(ResultDropped)
	}
}

// serve writes what is queued, and tries a failing store again, until quit is
// closed. Then it writes what is still queued, unless ctx ends first.
func (t *lowerTier) serve(ctx context.Context, quit <-chan struct{}) {
	ticker := time.NewTicker(t.retry)
	defer ticker.Stop()
	t.probe(ctx)
	for {
		select {
		case w := <-t.queue.writes:
			t.put(ctx, w)
		case <-ticker.C:
			t.retryFailing(ctx)
		case <-quit:
			t.drain(ctx)
			return
		}
	}
}

func (t *lowerTier) drain(ctx context.Context) {
	for {
		select {
		case w := <-t.queue.writes:
			if ctx.Err() != nil {
				t.queue.done(w)
				t.write(ResultDropped)
				continue
			}
			t.put(ctx, w)
		default:
			return
		}
	}
}

func (t *lowerTier) put(ctx context.Context, w queued) {
	defer t.queue.done(w)
	err := t.guard(ctx, t.writes, func(ctx context.Context) error {
		return t.store.put(ctx, w.id, w.raw)
	})
	switch {
	case err == nil:
		t.write(ResultStored)
	case errors.Is(err, outbound.ErrBreakerOpen):
		t.write(ResultSkipped)
	default:
		t.write(ResultError)
	}
}

// probe uses the store once before anybody needs it, so that one that can't be
// used is known, and logged, from the start.
func (t *lowerTier) probe(ctx context.Context) {
	_ = t.guard(ctx, t.reads, t.store.probeRead) // guard keeps the error for the log
	_ = t.guard(ctx, t.writes, t.store.probeWrite)
}

func (t *lowerTier) retryFailing(ctx context.Context) {
	if t.reads.Open() {
		_ = t.guard(ctx, t.reads, t.store.probeRead) // another failure changes nothing
	}
	if t.writes.Open() {
		_ = t.guard(ctx, t.writes, t.store.probeWrite)
	}
}

// guard runs fn behind a breaker and remembers what went wrong, for the line
// that the breaker may cause.
func (t *lowerTier) guard(ctx context.Context, b *outbound.Breaker, fn func(context.Context) error) error {
	return b.Do(ctx, func(ctx context.Context) error {
		err := fn(ctx)
		if err != nil && isFailure(err) {
			t.mu.Lock()
			t.cause = err
			t.mu.Unlock()
		}
		return err
	})
}

// changed turns what two breakers say into one line and one call.
func (t *lowerTier) changed(open bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if open {
		t.broken++
	} else {
		t.broken--
	}
	degraded := t.broken > 0
	if degraded == t.degraded {
		return
	}
	t.degraded = degraded
	if degraded {
		t.log.Warn().Str("tier", string(t.tier)).Err(t.cause).Msg("cache tier fails and is skipped")
	} else {
		t.log.Info().Str("tier", string(t.tier)).Msg("cache tier works again")
	}
	t.observer.Degraded(t.tier, degraded)
}

func (t *lowerTier) stats() TierStats {
	s := t.snapshot()
	t.mu.Lock()
	defer t.mu.Unlock()
	s.Degraded = t.degraded
	return s
}
