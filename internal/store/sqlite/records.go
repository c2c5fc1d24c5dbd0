package sqlite

import (
	"context"
	"fmt"
	"time"

	"github.com/terragonlabs/modelcard-generator/internal/store"
)

// AppendAudit implements store.Tx.
func (t *tx) AppendAudit(ctx context.Context, events ...store.AuditEvent) error {
	for _, event := range events {
		if err := t.appendAudit(ctx, event); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) appendAudit(ctx context.Context, event store.AuditEvent) error {
	if !t.scope.Allows(event.Namespace) {
		return store.ErrForbidden
	}
	if err := event.Check(); err != nil {
		return err
	}
	_, err := t.exec(ctx, `
		INSERT INTO audit (at, principal, action, namespace, name, object, revision, request_id, reason, address)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		t.store.now().UnixMicro(), event.Principal, event.Action, event.Namespace, event.Name,
		event.Object, event.Revision, event.RequestID, event.Reason, event.Address)
	return t.result(ctx, err)
}

// Recorded implements store.Tx.
func (t *tx) Recorded(ctx context.Context) (store.IdempotencyRecord, error) {
	if t.key == nil {
		return store.IdempotencyRecord{}, errNoKey()
	}
	var (
		record  store.IdempotencyRecord
		created int64
	)
	err := t.raw.QueryRowContext(ctx, `
		SELECT request_hash, status, response, created_at FROM idempotency
		WHERE principal = ? AND route = ? AND key = ? AND created_at > ?`,
		t.key.Principal, t.key.Route, t.key.Key, expiry(t.store.now()),
	).Scan(&record.RequestHash, &record.Status, &record.Response, &created)
	record.Response, record.CreatedAt = notNil(record.Response), fromMicro(created)
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
		VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (principal, route, key) DO UPDATE
		SET request_hash = excluded.request_hash, status = excluded.status,
			response = excluded.response, created_at = excluded.created_at
		WHERE idempotency.created_at <= ?`,
		t.key.Principal, t.key.Route, t.key.Key, record.RequestHash, record.Status, notNil(record.Response),
		now.UnixMicro(), expiry(now))
	if err == nil && changed == 0 {
		return store.ErrConflict
	}
	return t.result(ctx, err)
}

// PurgeIdempotency implements store.Tx.
func (t *tx) PurgeIdempotency(ctx context.Context, limit int) (int64, error) {
	if !t.scope.All() {
		return 0, store.ErrForbidden
	}
	if limit < 1 || limit > store.MaxPurge {
		return 0, fmt.Errorf("%w: limit is not 1 to %d", store.ErrInvalid, store.MaxPurge)
	}
	removed, err := t.exec(ctx, `
		DELETE FROM idempotency WHERE (principal, route, key) IN (
			SELECT principal, route, key FROM idempotency WHERE created_at <= ? ORDER BY created_at LIMIT ?)`,
		expiry(t.store.now()), limit)
	return removed, t.result(ctx, err)
}

// expiry is the time at or before which a record was made that counts no more.
func expiry(now time.Time) int64 {
	return now.Add(-store.IdempotencyTTL).UnixMicro()
}

func errNoKey() error {
	return fmt.Errorf("%w: no idempotency key: use UpdateOnce", store.ErrInvalid)
}
