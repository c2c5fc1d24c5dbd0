package auth

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/maypok86/otter/v2"
)

const (
	maxKeyLength = 512
	touchEvery   = time.Minute
	cachedKeys   = 10_000
	storePause   = 500 * time.Millisecond // before a store that failed is asked again

	// DefaultKeyFresh is how long a stored key is used without asking the store: what a revocation elsewhere waits for.
	DefaultKeyFresh = time.Second
	// DefaultKeyMaxStale is how long it is used while the store does not answer.
	DefaultKeyMaxStale = 15 * time.Minute
)

// KeyOptions configure Keys.
type KeyOptions struct {
	// Static are the configuration's keys.
	Static []StaticKey
	// Store holds the others; nil if there are none.
	Store KeyStore
	// Roles gives principals their permissions.
	Roles Roles
	// Issuer names this service as the one that vouches for its keys; DefaultIssuer if empty. It is the Issuer of
	// SecretOptions, so that a key and the tokens issued for it are one principal.
	Issuer string
	// Fresh and MaxStale are described at their defaults.
	Fresh, MaxStale time.Duration
	// Now is the clock; time.Now if nil.
	Now func() time.Time
	// OnTouchError, if set, is told when recording the use of a key fails, which refuses nobody.
	OnTouchError func(keyID string, err error)
}

// Keys checks API keys. It is safe for concurrent use.
type Keys struct {
	opts    KeyOptions
	static  []staticKey
	records *otter.Cache[string, cachedKey]

	mu        sync.Mutex
	touched   map[string]time.Time
	awayUntil time.Time // until then the store, which failed, is not asked
}

type cachedKey struct {
	record KeyRecord
	read   time.Time
}

// NewKeys hashes the static keys and forgets them. All mistakes are reported at once, as ErrStaticKey, by position and without
// the key.
func NewKeys(opts KeyOptions) (*Keys, error) {
	k := &Keys{opts: opts.withDefaults(), touched: make(map[string]time.Time)}
	k.opts.Static = nil
	var mistakes []error
	for i, configured := range opts.Static {
		s, err := k.readStatic(configured)
		if err == nil && k.isStatic(s.hash) {
			err = errors.New("given twice")
		}
		if err != nil {
			mistakes = append(mistakes, fmt.Errorf("%w number %d: %w", ErrStaticKey, i+1, err))
		}
		k.static = append(k.static, s)
	}
	records, err := otter.New(&otter.Options[string, cachedKey]{MaximumSize: cachedKeys})
	k.records = records
	return k, errors.Join(append(mistakes, err)...)
}

func (o KeyOptions) withDefaults() KeyOptions {
	if o.Issuer == "" {
		o.Issuer = DefaultIssuer
	}
	if o.Fresh <= 0 {
		o.Fresh = DefaultKeyFresh
	}
	if o.MaxStale <= 0 {
		o.MaxStale = DefaultKeyMaxStale
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.OnTouchError == nil {
		o.OnTouchError = func(string, error) {}
	}
	return o
}

// Verify gives the principal of an API key, ErrUnauthenticated, or ErrUnavailable if the store can't tell.
func (k *Keys) Verify(ctx context.Context, key string) (Principal, error) {
	if key == "" || len(key) > maxKeyLength {
		return Principal{}, reject("API key empty or too long")
	}
	hash := hashKey(key)
	if principal, ok := k.findStatic(hash); ok {
		return principal, nil
	}
	id, ok := KeyID(key)
	if !ok || k.opts.Store == nil {
		return Principal{}, reject("API key is none of ours")
	}
	return k.verifyStored(ctx, id, hash)
}

func (k *Keys) verifyStored(ctx context.Context, id string, hash KeyHash) (Principal, error) {
	now := k.opts.Now()
	record, err := k.find(ctx, id, now)
	if err != nil {
		return Principal{}, err
	}
	if subtle.ConstantTimeCompare(record.Hash[:], hash[:]) != 1 {
		return Principal{}, reject("API key does not match its id")
	}
	if err := usableAt(record, now); err != nil {
		return Principal{}, err
	}
	k.touch(ctx, record, now)
	return k.opts.Roles.Grant(k.principalOf(record)), nil
}

func (k *Keys) principalOf(record KeyRecord) Principal {
	p := Principal{
		Subject:    record.Subject,
		Kind:       KindAPIKey,
		Issuer:     k.opts.Issuer,
		KeyID:      record.ID,
		Roles:      slices.Clone(record.Roles),
		Namespaces: record.Namespaces,
		Expires:    record.Expires,
	}
	if p.Subject == "" {
		p.Subject = "key:" + record.ID
	}
	return p
}

// find reads a key from the store, or from memory if it was read just now or the store is away. An unknown key is never
// remembered: made-up ids would push out real ones. A store that failed is not asked again for a moment, so that a slow one
// slows down one request and not all.
func (k *Keys) find(ctx context.Context, id string, now time.Time) (KeyRecord, error) {
	cached, known := k.records.GetIfPresent(id)
	if known && now.Sub(cached.read) < k.opts.Fresh {
		return cached.record, nil
	}
	record, err := k.ask(ctx, id, now)
	switch {
	case err == nil:
		k.records.Set(id, cachedKey{record: record, read: now})
		return record, nil
	case errors.Is(err, ErrUnknownKey):
		k.records.Invalidate(id)
		return KeyRecord{}, rejectBecause("API key is unknown", err)
	case known && now.Sub(cached.read) < k.opts.MaxStale:
		return cached.record, nil
	default:
		return KeyRecord{}, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
}

var errStoreAway = errors.New("the key store failed just now")

// ask reads a key from the store unless that failed just now. A request that its client gave up says nothing of the store.
func (k *Keys) ask(ctx context.Context, id string, now time.Time) (KeyRecord, error) {
	k.mu.Lock()
	away := now.Before(k.awayUntil)
	k.mu.Unlock()
	if away {
		return KeyRecord{}, errStoreAway
	}
	record, err := k.opts.Store.FindKey(ctx, id)
	if err != nil && !errors.Is(err, ErrUnknownKey) && ctx.Err() == nil {
		k.mu.Lock()
		k.awayUntil = now.Add(storePause)
		k.mu.Unlock()
	}
	return record, err
}

// Alive reports whether a stored key could still be used, for tokens that were issued for it: nil, ErrUnauthenticated, or
// ErrUnavailable.
func (k *Keys) Alive(ctx context.Context, id string) error {
	if k.opts.Store == nil {
		return reject("token of an API key, and no keys are stored")
	}
	now := k.opts.Now()
	record, err := k.find(ctx, id, now)
	if err != nil {
		return err
	}
	return usableAt(record, now)
}

// usableAt refuses a revoked or expired key.
func usableAt(record KeyRecord, now time.Time) error {
	if !record.Revoked.IsZero() {
		return reject("API key is revoked")
	}
	if !record.Expires.IsZero() && !now.Before(record.Expires) {
		return reject("API key has expired")
	}
	return nil
}

// Forget drops what is remembered of a key: to be called by whoever revokes or changes it in this process.
func (k *Keys) Forget(id string) { k.records.Invalidate(id) }

// touch records the use of a key, at most once a minute for each.
func (k *Keys) touch(ctx context.Context, record KeyRecord, now time.Time) {
	if now.Sub(record.LastUsed) < touchEvery || !k.claimTouch(record.ID, now) {
		return
	}
	if err := k.opts.Store.TouchKey(ctx, record.ID, now); err != nil {
		k.opts.OnTouchError(record.ID, err)
	}
}

func (k *Keys) claimTouch(id string, now time.Time) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if last, ok := k.touched[id]; ok && now.Sub(last) < touchEvery {
		return false
	}
	if len(k.touched) >= cachedKeys {
		clear(k.touched) // costs one early touch for each key
	}
	k.touched[id] = now
	return true
}
