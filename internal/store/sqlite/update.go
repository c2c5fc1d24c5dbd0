package sqlite

import (
	"context"
	"database/sql"
	"sync"

	"github.com/terragonlabs/modelcard-generator/internal/store"
)

// Update implements store.Store. The transaction begins with the write lock
// (BEGIN IMMEDIATE), so it can't lose a race later and fn runs once.
func (s *Store) Update(ctx context.Context, scope store.Scope, fn store.UpdateFunc) error {
	return s.update(ctx, scope, nil, fn)
}

// UpdateOnce implements store.Store.
func (s *Store) UpdateOnce(ctx context.Context, scope store.Scope, key store.IdempotencyKey, fn store.UpdateFunc) error {
	if err := store.RefuseInside(ctx, s); err != nil {
		return err
	}
	if err := key.Check(); err != nil {
		return err
	}
	if !s.claims.take(key) {
		return store.ErrInFlight
	}
	defer s.claims.release(key)
	return s.update(ctx, scope, &key, fn)
}

func (s *Store) update(ctx context.Context, scope store.Scope, key *store.IdempotencyKey, fn store.UpdateFunc) error {
	if err := store.RefuseInside(ctx, s); err != nil {
		return err
	}
	conn, err := s.acquire(ctx, s.writes)
	if err != nil {
		return err
	}
	defer conn.Close() // it only goes back to the pool
	raw, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return s.translate(ctx, err)
	}
	defer raw.Rollback() //nolint:errcheck // after Commit it does nothing, before it the error is known
	tx := &tx{store: s, raw: raw, scope: scope, key: key}
	if err := fn(store.Inside(ctx, s), tx); err != nil {
		return err
	}
	if tx.failed != nil {
		return tx.failed
	}
	return s.translate(ctx, raw.Commit())
}

// claims are the idempotency keys of updates that run in this process.
type claims struct {
	mu   sync.Mutex
	held map[store.IdempotencyKey]struct{}
}

func (c *claims) take(key store.IdempotencyKey) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, taken := c.held[key]
	c.held[key] = struct{}{}
	return !taken
}

func (c *claims) release(key store.IdempotencyKey) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.held, key)
}

// tx implements store.Tx.
type tx struct {
	store  *Store
	raw    *sql.Tx
	scope  store.Scope
	key    *store.IdempotencyKey
	failed error // why the transaction must not be committed
}

// result translates err, and remembers one after which rows may be half written.
func (t *tx) result(ctx context.Context, err error) error {
	err = t.store.translate(ctx, err)
	if err != nil && !store.Decidable(err) && t.failed == nil {
		t.failed = err
	}
	return err
}

// exec runs a statement and returns how many rows it changed.
func (t *tx) exec(ctx context.Context, query string, args ...any) (int64, error) {
	done, err := t.raw.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return done.RowsAffected()
}
