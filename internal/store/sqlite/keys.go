package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"github.com/terragonlabs/modelcard-generator/internal/store"
)

// keyColumns are what scanKey reads.
const keyColumns = `id, name, hash, roles, namespaces, created_by, created_at, expires_at, revoked_at, last_used_at`

// Key implements store.Reader.
func (s *Store) Key(ctx context.Context, scope store.Scope, id string) (key store.APIKey, err error) {
	if !scope.All() {
		return key, store.ErrForbidden
	}
	err = s.read(ctx, func(ctx context.Context, conn *sql.Conn) error {
		key, err = scanKey(conn.QueryRowContext(ctx, `SELECT `+keyColumns+` FROM api_keys WHERE id = ?`, id))
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
		where.add("(created_at, id) < (?, ?)", plan.After.At, plan.After.ID)
	}
	var found []store.APIKey
	err = s.read(ctx, func(ctx context.Context, conn *sql.Conn) error {
		found, err = collect(ctx, conn, scanKey,
			`SELECT `+keyColumns+` FROM api_keys`+where.sql()+` ORDER BY created_at DESC, id DESC LIMIT ?`, where.with(plan.Limit+1)...)
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
		VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
		key.ID, key.Name, key.Hash, jsonList(key.Roles), jsonList(key.Namespaces), key.CreatedBy, key.CreatedAt.UnixMicro(), micros(key.ExpiresAt))
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
	changed, err := t.exec(ctx, `UPDATE api_keys SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL`, t.store.now().UnixMicro(), id)
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
	if err := store.CheckTime(used); err != nil {
		return err
	}
	changed, err := t.exec(ctx, `UPDATE api_keys SET last_used_at = max(coalesce(last_used_at, ?1), ?1) WHERE id = ?2`, store.Time(used).UnixMicro(), id)
	if err == nil && changed == 0 {
		return store.ErrNotFound
	}
	return t.result(ctx, err)
}

func scanKey(row scanner) (store.APIKey, error) {
	var (
		key                     store.APIKey
		roles, namespaces       string
		created                 int64
		expires, revoked, touch sql.NullInt64
	)
	err := row.Scan(&key.ID, &key.Name, &key.Hash, &roles, &namespaces, &key.CreatedBy, &created, &expires, &revoked, &touch)
	if err != nil {
		return key, err
	}
	if err := json.Unmarshal([]byte(roles), &key.Roles); err != nil {
		return key, err
	}
	if err := json.Unmarshal([]byte(namespaces), &key.Namespaces); err != nil {
		return key, err
	}
	key.CreatedAt = fromMicro(created)
	key.ExpiresAt, key.RevokedAt, key.LastUsedAt = optional(expires), optional(revoked), optional(touch)
	return key, nil
}

func optional(micro sql.NullInt64) *time.Time {
	if !micro.Valid {
		return nil
	}
	at := fromMicro(micro.Int64)
	return &at
}

func micros(at *time.Time) sql.NullInt64 {
	if at == nil {
		return sql.NullInt64{}
	}
	return sql.NullInt64{Int64: at.UnixMicro(), Valid: true}
}

func cutTime(at *time.Time) *time.Time {
	if at == nil {
		return nil
	}
	cut := store.Time(*at)
	return &cut
}

func jsonList(list []string) string {
	text, err := json.Marshal(append([]string{}, list...))
	if err != nil {
		panic(err) // strings always marshal
	}
	return string(text)
}
