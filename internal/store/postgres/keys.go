package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/terragonlabs/modelcard-generator/internal/store"
)

// keyColumns are what scanKey reads.
const keyColumns = `id, name, hash, roles, namespaces, created_by, created_at, expires_at, revoked_at, last_used_at`

// Key implements store.Reader.
func (s *Store) Key(ctx context.Context, scope store.Scope, id string) (key store.APIKey, err error) {
	if !scope.All() {
		return key, store.ErrForbidden
	}
	if !store.ValidText(id) {
		return key, store.ErrNotFound
	}
	err = s.read(ctx, func(ctx context.Context, conn *pgxpool.Conn) error {
		key, err = scanKey(conn.QueryRow(ctx, `SELECT `+keyColumns+` FROM api_keys WHERE id = $1`, id))
		return err
	})
	return key, err
}

// Keys implements store.Reader.
func (s *Store) Keys(ctx context.Context, scope store.Scope, page store.PageRequest) (store.Page[store.APIKey], error) {
	if !scope.All() {
		return store.Page[store.APIKey]{}, store.ErrForbidden
	}
	plan, err := page.Keys()
	if err != nil {
		return store.Page[store.APIKey]{}, err
	}
	where := &conditions{}
	if plan.After != nil {
		where.add("(created_at, id) < (?, ?)", fromMicro(plan.After.At), plan.After.ID)
	}
	var found []store.APIKey
	err = s.read(ctx, func(ctx context.Context, conn *pgxpool.Conn) error {
		found, err = collect(ctx, conn, scanKey,
			`SELECT `+keyColumns+` FROM api_keys`+where.sql()+` ORDER BY created_at DESC, id DESC`+where.limit(plan.Limit+1), where.args...)
		return err
	})
	return plan.Page(found), err
}

// CreateKey implements store.Tx.
func (t *tx) CreateKey(ctx context.Context, key store.APIKey) (store.APIKey, error) {
	if !t.scope.All() {
		return store.APIKey{}, store.ErrForbidden
	}
	if err := key.Check(); err != nil {
		return store.APIKey{}, err
	}
	key.CreatedAt, key.RevokedAt, key.LastUsedAt = t.store.now(), nil, nil
	key.ExpiresAt = cutTime(key.ExpiresAt)
	made, err := t.exec(ctx, `
		INSERT INTO api_keys (id, name, hash, roles, namespaces, created_by, created_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO NOTHING`,
		key.ID, key.Name, key.Hash, append([]string{}, key.Roles...), append([]string{}, key.Namespaces...), key.CreatedBy, key.CreatedAt, key.ExpiresAt)
	if err == nil && made == 0 {
		return store.APIKey{}, store.ErrConflict
	}
	return key, t.result(ctx, err)
}

// RevokeKey implements store.Tx.
func (t *tx) RevokeKey(ctx context.Context, id string) error {
	if !t.scope.All() {
		return store.ErrForbidden
	}
	if !store.ValidText(id) {
		return store.ErrNotFound
	}
	changed, err := t.exec(ctx, `UPDATE api_keys SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL`, t.store.now(), id)
	if err == nil && changed == 0 {
		return store.ErrNotFound
	}
	return t.result(ctx, err)
}

// TouchKey implements store.Tx.
func (t *tx) TouchKey(ctx context.Context, id string, used time.Time) error {
	if !t.scope.All() {
		return store.ErrForbidden
	}
	if !store.ValidText(id) {
		return store.ErrNotFound
	}
	if err := store.CheckTime(used); err != nil {
		return err
	}
	changed, err := t.exec(ctx, `UPDATE api_keys SET last_used_at = greatest(last_used_at, $1) WHERE id = $2`, store.Time(used), id)
	if err == nil && changed == 0 {
		return store.ErrNotFound
	}
	return t.result(ctx, err)
}

func scanKey(row pgx.Row) (store.APIKey, error) {
	var key store.APIKey
	err := row.Scan(&key.ID, &key.Name, &key.Hash, &key.Roles, &key.Namespaces, &key.CreatedBy, &key.CreatedAt,
		&key.ExpiresAt, &key.RevokedAt, &key.LastUsedAt)
	key.CreatedAt = store.Time(key.CreatedAt)
	key.ExpiresAt, key.RevokedAt, key.LastUsedAt = cutTime(key.ExpiresAt), cutTime(key.RevokedAt), cutTime(key.LastUsedAt)
	return key, err
}

func cutTime(at *time.Time) *time.Time {
	if at == nil {
		return nil
	}
	cut := store.Time(*at)
	return &cut
}
