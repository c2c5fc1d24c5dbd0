package auth

import (
	"context"
	"crypto/sha256"
	"fmt"
	"sync"
	"time"

	"github.com/maypok86/otter/v2"
)

// DefaultCacheSize is how many verified tokens are remembered.
const DefaultCacheSize = 10_000

// verifiedFor is the longest that a verification is remembered: what a revocation elsewhere waits for at most.
const verifiedFor = 60 * time.Second

// TokenOptions configure Tokens.
type TokenOptions struct {
	// Verifiers, one for each issuer.
	Verifiers []*Verifier
	// Roles gives principals their permissions.
	Roles Roles
	// CacheSize bounds the remembered verifications; zero is DefaultCacheSize, below zero none is remembered.
	CacheSize int
	// Now is the clock; time.Now if nil.
	Now func() time.Time
}

// Tokens verifies JWTs of several issuers. It is safe for concurrent use.
type Tokens struct {
	verifiers map[string]*Verifier
	roles     Roles
	now       func() time.Time
	verified  *otter.Cache[tokenHash, verification] // nil if nothing is remembered
}

// tokenHash is a token's SHA-256: the cache holds no credential that could be used again.
type tokenHash [sha256.Size]byte

// verification is a remembered outcome. Failures are not remembered: they would let anyone fill the cache.
type verification struct {
	principal  Principal
	keys       keySource
	generation uint64
	until      time.Time
}

// NewTokens refuses two verifiers for one issuer, with ErrVerifier.
func NewTokens(opts TokenOptions) (*Tokens, error) {
	t := &Tokens{verifiers: make(map[string]*Verifier, len(opts.Verifiers)), roles: opts.Roles, now: opts.Now}
	if t.now == nil {
		t.now = time.Now
	}
	for _, v := range opts.Verifiers {
		if _, twice := t.verifiers[v.issuer]; twice {
			return nil, fmt.Errorf("%w: issuer %q is configured twice", ErrVerifier, v.issuer)
		}
		t.verifiers[v.issuer] = v
	}
	return t, t.makeCache(opts.CacheSize)
}

func (t *Tokens) makeCache(size int) error {
	if size < 0 {
		return nil
	}
	if size == 0 {
		size = DefaultCacheSize
	}
	var err error
	t.verified, err = otter.New(&otter.Options[tokenHash, verification]{MaximumSize: size})
	return err
}

// Run keeps the keys of external issuers fresh until the context ends. Without it keys are fetched on first need and a removed
// key is never noticed.
func (t *Tokens) Run(ctx context.Context) {
	var running sync.WaitGroup
	for _, v := range t.verifiers {
		if keys, ok := v.keys.(*keySet); ok {
			running.Go(func() { keys.run(ctx) })
		}
	}
	running.Wait()
}

// Verify gives the principal of a token, or ErrUnauthenticated.
func (t *Tokens) Verify(ctx context.Context, raw string) (Principal, error) {
	if len(raw) > maxTokenBytes { // before anything is computed from it
		return Principal{}, reject("token too long")
	}
	now := t.now()
	hash := tokenHash(sha256.Sum256([]byte(raw)))
	if known, ok := t.remembered(hash, now); ok {
		return known, nil
	}
	parsed, err := parseToken(raw)
	if err != nil {
		return Principal{}, err
	}
	verifier, ok := t.verifiers[parsed.issuer]
	if !ok {
		return Principal{}, reject("token of an unknown issuer")
	}
	// Taken before the check: keys that change while it runs make what is remembered void.
	generation := verifier.keys.generation()
	principal, err := verifier.verify(ctx, parsed, now)
	if err != nil {
		return Principal{}, err
	}
	principal = t.roles.Grant(principal)
	t.remember(hash, verification{principal: principal.clone(), keys: verifier.keys, generation: generation, until: now.Add(verifiedFor)})
	return principal, nil
}

func (t *Tokens) remembered(hash tokenHash, now time.Time) (Principal, bool) {
	if t.verified == nil {
		return Principal{}, false
	}
	v, ok := t.verified.GetIfPresent(hash)
	if !ok {
		return Principal{}, false
	}
	if !now.Before(v.until) || !now.Before(v.principal.Expires) || v.generation != v.keys.generation() {
		t.verified.Invalidate(hash)
		return Principal{}, false
	}
	return v.principal.clone(), true
}

func (t *Tokens) remember(hash tokenHash, v verification) {
	if t.verified != nil {
		t.verified.Set(hash, v)
	}
}
