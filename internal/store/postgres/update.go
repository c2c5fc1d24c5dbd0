package postgres

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/terragonlabs/modelcard-generator/internal/store"
)

// attempts is how often a transaction runs that keeps ending in a deadlock or a
// serialisation failure.
const attempts = 5

// readAttempts is how often a read runs whose connections keep breaking.
const readAttempts = 3

// rollbackWait is how long a transaction that is given up may take to say so;
// after it the connection is closed, which has the same effect.
const rollbackWait = time.Second

// Update implements store.Store. Transactions are READ COMMITTED; Lock and the
// writes themselves take row locks.
func (s *Store) Update(ctx context.Context, scope store.Scope, fn store.UpdateFunc) error {
	return s.update(ctx, scope, nil, fn)
}

// UpdateOnce implements store.Store.
func (s *Store) UpdateOnce(ctx context.Context, scope store.Scope, key store.IdempotencyKey, fn store.UpdateFunc) error {
	if err := key.Check(); err != nil {
		return err
	}
	return s.update(ctx, scope, &key, fn)
}

// update runs attempts with growing, jittered pauses between.
func (s *Store) update(ctx context.Context, scope store.Scope, key *store.IdempotencyKey, fn store.UpdateFunc) error {
	if err := store.RefuseInside(ctx, s); err != nil {
		return err
	}
	return s.guard(ctx, func(ctx context.Context) error {
		for attempt := 1; ; attempt++ {
			again, err := s.attempt(ctx, scope, key, fn)
			if !again || attempt == attempts || !pause(ctx, attempt) {
				return err
			}
		}
	})
}

// pause waits before the next attempt, for a time that grows and is different
// for each caller. It reports whether ctx lasts.
func pause(ctx context.Context, attempt int) bool {
	select {
	case <-time.After(rand.N(10 * time.Millisecond << attempt)): //nolint:gosec // jitter guards no secret
		return true
	case <-ctx.Done():
		return false
	}
}

// attempt runs fn in one transaction and reports whether to run it again.
func (s *Store) attempt(ctx context.Context, scope store.Scope, key *store.IdempotencyKey, fn store.UpdateFunc) (again bool, err error) {
	conn, err := s.acquire(ctx)
	if err != nil {
		return false, err
	}
	defer conn.Release()
	raw, err := conn.Begin(ctx)
	if err != nil {
		err = translate(ctx, conn.Conn(), err)
		if lost(err) { // before fn did anything
			s.pool.Reset()
			return true, err
		}
		return false, err
	}
	defer rollback(ctx, raw)
	tx := &tx{store: s, raw: raw, scope: scope, key: key}
	if err := tx.claim(ctx); err != nil {
		return false, err
	}
	err = fn(store.Inside(ctx, s), tx)
	if retryable(tx.failed) {
		return true, tx.failed
	}
	if err != nil {
		return false, err
	}
	if tx.failed != nil {
		return false, tx.failed
	}
	err = translate(ctx, conn.Conn(), raw.Commit(ctx))
	return retryable(err), err
}

// rollback ends a transaction that was not committed; after Commit it does
// nothing. The call's context may be over, so it gets a moment of its own.
func rollback(ctx context.Context, raw pgx.Tx) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackWait)
	defer cancel()
	_ = raw.Rollback(ctx) // the error that led here is the one to tell
}

// tx implements store.Tx.
type tx struct {
	store  *Store
	raw    pgx.Tx
	scope  store.Scope
	key    *store.IdempotencyKey
	failed error // why the transaction must not be committed
}

// claim holds the idempotency key until the transaction ends.
func (t *tx) claim(ctx context.Context) error {
	if t.key == nil {
		return nil
	}
	var held bool
	err := t.raw.QueryRow(ctx, `SELECT pg_try_advisory_xact_lock($1)`, t.key.Hash()).Scan(&held)
	if err != nil {
		return t.result(ctx, err)
	}
	if !held {
		return store.ErrInFlight
	}
	return nil
}

// result translates err, and remembers one after which rows may be half written.
func (t *tx) result(ctx context.Context, err error) error {
	err = translate(ctx, t.raw.Conn(), err)
	if err != nil && !store.Decidable(err) && t.failed == nil {
		t.failed = err
	}
	return err
}

// exec runs a statement and returns how many rows it changed.
func (t *tx) exec(ctx context.Context, query string, args ...any) (int64, error) {
	tag, err := t.raw.Exec(ctx, query, args...)
	return tag.RowsAffected(), err
}
