package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/terragonlabs/modelcard-generator/internal/store"
)

// AppendAudit implements store.Tx.
func (t *tx) AppendAudit(ctx context.Context, events ...store.AuditEvent) error {
	batch := &pgx.Batch{}
	now := t.store.now()
	for _, event := range events {
		if !t.scope.Allows(event.Namespace) {
			return store.ErrForbidden
		}
		if err := event.Check(); err != nil {
			return err
		}
		batch.Queue(`
			INSERT INTO audit (at, principal, action, namespace, name, object, revision, request_id, reason, address)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			now, event.Principal, event.Action, event.Namespace, event.Name,
			event.Object, event.Revision, event.RequestID, event.Reason, event.Address)
	}
	return t.result(ctx, t.raw.SendBatch(ctx, batch).Close())
}

// Recorded implements store.Tx.
func (t *tx) Recorded(ctx context.Context) (store.IdempotencyRecord, error) {
	if t.key == nil {
		return store.IdempotencyRecord{}, errNoKey()
	}
	var record store.IdempotencyRecord
	err := t.raw.QueryRow(ctx, `
		SELECT request_hash, status, response, created_at FROM idempotency
		WHERE principal = $1 AND route = $2 AND key = $3 AND created_at > $4`,
		t.key.Principal, t.key.Route, t.key.Key, expiry(t.store.now()),
	).Scan(&record.RequestHash, &record.Status, &record.Response, &record.CreatedAt)
	record.CreatedAt = store.Time(record.CreatedAt)
	return record, t.result(ctx, err)
}

// Record implements store.Tx.
func (t *tx) Record(ctx context.Context, record store.IdempotencyRecord) error {
	if t.key == nil {
		return errNoKey()
	}
	if err := record.Check(); err != nil {
		return err
	}
	now := t.store.now()
	changed, err := t.exec(ctx, `
		INSERT INTO idempotency (principal, route, key, request_hash, status, response, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (principal, route, key) DO UPDATE
		SET request_hash = excluded.request_hash, status = excluded.status,
			response = excluded.response, created_at = excluded.created_at
		WHERE idempotency.created_at <= $8`,
		t.key.Principal, t.key.Route, t.key.Key, record.RequestHash, record.Status, notNil(record.Response),
		now, expiry(now))
	if err == nil && changed == 0 {
		return store.ErrConflict
	}
	return t.result(ctx, err)
}

// PurgeIdempotency implements store.Tx. Rows that another purge holds are left
// to it.
func (t *tx) PurgeIdempotency(ctx context.Context, limit int) (int64, error) {
	if !t.scope.All() {
		return 0, store.ErrForbidden
	}
	if limit < 1 || limit > store.MaxPurge {
		return 0, fmt.Errorf("%w: limit is not 1 to %d", store.ErrInvalid, store.MaxPurge)
	}
	removed, err := t.exec(ctx, `
		DELETE FROM idempotency WHERE ctid = ANY (ARRAY(
			SELECT ctid FROM idempotency WHERE created_at <= $1 ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED))`,
		expiry(t.store.now()), limit)
	return removed, t.result(ctx, err)
}

// expiry is the time at or before which a record was made that counts no more.
func expiry(now time.Time) time.Time {
	return now.Add(-store.IdempotencyTTL)
}

func errNoKey() error {
	return fmt.Errorf("%w: no idempotency key: use UpdateOnce", store.ErrInvalid)
}
