package auth

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/terragonlabs/modelcard-generator/internal/outbound"
)

// Defaults for the zero values of KeySetOptions.
const (
	// DefaultRefresh leaves 10 s for a slow fetch, so that a removed key is refused within 60 s.
	DefaultRefresh = 50 * time.Second
	// DefaultUnknownKeyEvery is the least time between two fetches that unknown key ids may cause.
	DefaultUnknownKeyEvery = 10 * time.Second
	// DefaultMaxStale is how long known keys outlive their issuer's outage.
	DefaultMaxStale = 24 * time.Hour
	// DefaultFetchTimeout caps one fetch.
	DefaultFetchTimeout = 5 * time.Second
)

const maxKeySetBytes = 256 << 10

// KeySetOptions tune how an issuer's keys are fetched.
type KeySetOptions struct {
	// Refresh is the time between scheduled fetches, and so the longest that a rotation or removal goes unseen.
	Refresh time.Duration
	// UnknownKeyEvery is the least time between two fetches caused by tokens with an unknown key id, whoever sends how many.
	UnknownKeyEvery time.Duration
	// MaxStale is how long keys are used after the last fetch that succeeded.
	MaxStale time.Duration
	// FetchTimeout caps one fetch.
	FetchTimeout time.Duration
	// Now is the clock; time.Now if nil.
	Now func() time.Time
	// OnFetch, if set, is told the outcome of every fetch. It may be called from any goroutine.
	OnFetch func(issuer string, err error)
}

func (o KeySetOptions) withDefaults() KeySetOptions {
	for value, otherwise := range map[*time.Duration]time.Duration{
		&o.Refresh: DefaultRefresh, &o.UnknownKeyEvery: DefaultUnknownKeyEvery, &o.MaxStale: DefaultMaxStale, &o.FetchTimeout: DefaultFetchTimeout,
	} {
		if *value <= 0 {
			*value = otherwise
		}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.OnFetch == nil {
		o.OnFetch = func(string, error) {}
	}
	return o
}

// keySet holds an issuer's current keys. Reading them takes no lock; at most one fetch runs at a time, and no request pays for
// more than waiting on it.
type keySet struct {
	issuer    string
	algorithm string
	url       string
	client    *outbound.Client
	opts      KeySetOptions

	current atomic.Pointer[keySnapshot]

	mu             sync.Mutex
	fetching       chan struct{} // closed when the running fetch ends; nil if none runs
	nextForUnknown time.Time
}

// keySnapshot is never changed once it is published.
type keySnapshot struct {
	keys       map[string]publicKey
	fetched    time.Time
	generation uint64
}

func newKeySet(opts ExternalOptions) *keySet {
	s := &keySet{
		issuer:    opts.Issuer,
		algorithm: opts.Algorithm,
		url:       opts.KeysURL,
		client:    opts.Client,
		opts:      opts.KeySet.withDefaults(),
	}
	s.current.Store(&keySnapshot{})
	return s
}

// staleGeneration is the generation of keys that are too old to be used, so that what was remembered ends with them.
const staleGeneration = ^uint64(0)

func (s *keySet) generation() uint64 {
	snapshot := s.current.Load()
	if s.stale(snapshot) {
		return staleGeneration
	}
	return snapshot.generation
}

func (s *keySet) stale(snapshot *keySnapshot) bool {
	return s.opts.Now().Sub(snapshot.fetched) > s.opts.MaxStale
}

// find implements keySource. An unknown id may cause a fetch, within the limit.
func (s *keySet) find(ctx context.Context, keyID string) (any, error) {
	if key, ok := s.lookup(keyID); ok {
		return key, nil
	}
	if !s.fetchForUnknown(ctx) {
		return nil, reject("token signed by an unknown key; fetched too recently to ask again")
	}
	if key, ok := s.lookup(keyID); ok {
		return key, nil
	}
	return nil, reject("token signed by an unknown key")
}

func (s *keySet) lookup(keyID string) (publicKey, bool) {
	snapshot := s.current.Load()
	if s.stale(snapshot) {
		return nil, false
	}
	if keyID == "" && len(snapshot.keys) == 1 { // OpenID Connect Core 10.1: no kid only if there is nothing to choose
		for _, only := range snapshot.keys {
			return only, true
		}
	}
	key, ok := snapshot.keys[keyID]
	return key, ok && keyID != ""
}

// fetchForUnknown waits for a fetch that runs, or starts one if none was started for an unknown id lately.
func (s *keySet) fetchForUnknown(ctx context.Context) bool {
	s.mu.Lock()
	done := s.fetching
	if done == nil {
		now := s.opts.Now()
		if now.Before(s.nextForUnknown) {
			s.mu.Unlock()
			return false
		}
		s.nextForUnknown = now.Add(s.opts.UnknownKeyEvery)
		// Others may wait for the fetch too, so it does not end with the request that caused it.
		done = s.startFetch(context.WithoutCancel(ctx))
	}
	s.mu.Unlock()
	select {
	case <-done:
		return true
	case <-ctx.Done():
		return false
	}
}

// startFetch is called with the lock held.
func (s *keySet) startFetch(ctx context.Context) chan struct{} {
	done := make(chan struct{})
	s.fetching = done
	ctx, cancel := context.WithTimeout(ctx, s.opts.FetchTimeout)
	go func() {
		defer cancel()
		err := s.fetch(ctx)
		s.mu.Lock()
		s.fetching = nil
		s.mu.Unlock()
		close(done)
		s.opts.OnFetch(s.issuer, err)
	}()
	return done
}

// run fetches at once and then at every interval, until the context ends.
func (s *keySet) run(ctx context.Context) {
	ticker := time.NewTicker(s.opts.Refresh)
	defer ticker.Stop()
	for {
		s.fetchNow(ctx)
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

func (s *keySet) fetchNow(ctx context.Context) {
	s.mu.Lock()
	done := s.fetching
	if done == nil {
		done = s.startFetch(ctx)
	}
	s.mu.Unlock()
	<-done // bounded by FetchTimeout; waiting leaves nothing running behind
}

func (s *keySet) fetch(ctx context.Context) error {
	document, err := s.download(ctx)
	if err != nil {
		return err
	}
	keys, err := parseKeySet(document, s.algorithm)
	if err != nil {
		return err
	}
	s.publish(keys)
	return nil
}

func (s *keySet) download(ctx context.Context) ([]byte, error) {
	resp, err := s.client.Get(ctx, s.url)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%w: status %d", errKeySet, resp.StatusCode)
	}
	return io.ReadAll(io.LimitReader(resp.Body, maxKeySetBytes)) // a longer one is cut, and then no JSON
}

// publish replaces the keys. Only one fetch runs at a time, so nobody publishes in between.
func (s *keySet) publish(keys map[string]publicKey) {
	previous := s.current.Load()
	next := &keySnapshot{keys: keys, fetched: s.opts.Now(), generation: previous.generation}
	if !sameKeys(previous.keys, keys) {
		next.generation++
	}
	s.current.Store(next)
}

func sameKeys(a, b map[string]publicKey) bool {
	return maps.EqualFunc(a, b, func(x, y publicKey) bool { return x.Equal(y) })
}
