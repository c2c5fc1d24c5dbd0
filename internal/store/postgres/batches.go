package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/terragonlabs/modelcard-generator/internal/store"
)

// batchColumns are what scanBatch reads.
const batchColumns = `b.id::text, b.owner, b.all_namespaces, b.namespaces, b.namespace, b.request_id, b.address,
	b.state, b.total, b.succeeded, b.failed, b.events, b.created_at, b.started_at, b.finished_at`

// itemColumns are what scanItem reads.
const itemColumns = `i.number, i.chunk, i.label, i.media_type, i.card_id, i.attempts, i.state,
	i.namespace, i.name, i.revision, i.outcome, i.problem, coalesce(i.event, 0), i.settled_at`

// Batch implements store.Batches.
func (s *Store) Batch(ctx context.Context, scope store.Scope, ref store.BatchRef) (batch store.Batch, err error) {
	err = s.read(ctx, func(ctx context.Context, conn *pgxpool.Conn) error {
		batch, err = seeBatch(ctx, conn, scope, ref, "")
		return err
	})
	return batch, err
}

// BatchItems implements store.Batches.
func (s *Store) BatchItems(ctx context.Context, scope store.Scope, ref store.BatchRef, filter store.ItemFilter) (store.Page[store.BatchItem], error) {
	plan, err := filter.Plan()
	if err != nil {
		return store.Page[store.BatchItem]{}, err
	}
	var found []store.BatchItem
	err = s.read(ctx, func(ctx context.Context, conn *pgxpool.Conn) error {
		if _, err := seeBatch(ctx, conn, scope, ref, ""); err != nil {
			return err
		}
		found, err = collect(ctx, conn, scanItem, `SELECT `+itemColumns+` FROM batch_items i
			WHERE i.batch_id = $1 AND i.number > $2 AND ($3 = '' OR i.state = $3) ORDER BY i.number LIMIT $4`,
			ref.ID, plan.After, string(plan.State), plan.Limit+1)
		return err
	})
	return plan.Page(found), err
}

// BatchEvents implements store.Batches.
func (s *Store) BatchEvents(ctx context.Context, scope store.Scope, ref store.BatchRef, after int64, limit int) (store.Batch, []store.BatchItem, error) {
	var batch store.Batch
	var found []store.BatchItem
	err := s.read(ctx, func(ctx context.Context, conn *pgxpool.Conn) (err error) {
		if batch, err = seeBatch(ctx, conn, scope, ref, ""); err != nil {
			return err
		}
		found, err = collect(ctx, conn, scanItem, `SELECT `+itemColumns+` FROM batch_items i
			WHERE i.batch_id = $1 AND i.event > $2 ORDER BY i.event LIMIT $3`, ref.ID, after, limit)
		return err
	})
	return batch, found, err
}

// queryRower is a connection or a transaction.
type queryRower interface {
	QueryRow(ctx context.Context, query string, args ...any) pgx.Row
}

// seeBatch reads a batch that the caller may see; lock is "" or " FOR UPDATE".
func seeBatch(ctx context.Context, db queryRower, scope store.Scope, ref store.BatchRef, lock string) (store.Batch, error) {
	if err := ref.Check(scope); err != nil {
		return store.Batch{}, err
	}
	batch, err := scanBatch(db.QueryRow(ctx, `SELECT `+batchColumns+` FROM batches b WHERE b.id = $1`+lock, ref.ID))
	if err != nil {
		return store.Batch{}, err
	}
	return batch, ref.See(scope, batch)
}

// CreateBatch implements store.BatchTx.
func (t *tx) CreateBatch(ctx context.Context, batch store.NewBatch) error {
	if err := batch.Check(); err != nil {
		return err
	}
	made, err := t.exec(ctx, `
		INSERT INTO batches (id, owner, all_namespaces, namespaces, namespace, request_id, address, state, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, 'receiving', $8) ON CONFLICT (id) DO NOTHING`,
		batch.ID, batch.Owner, t.scope.All(), store.Distinct(t.scope.List()), batch.Namespace, batch.RequestID, batch.Address, t.store.now())
	if err == nil && made == 0 {
		return store.ErrConflict
	}
	return t.result(ctx, err)
}

// AppendItems implements store.BatchTx.
func (t *tx) AppendItems(ctx context.Context, batch string, items []store.BatchItem) error {
	for _, item := range items {
		if err := item.Check(); err != nil {
			return err
		}
	}
	if err := t.lockReceiving(ctx, batch); err != nil {
		return err
	}
	columns := []string{"batch_id", "number", "chunk", "label", "media_type", "card_id", "document", "canonical", "facts"}
	_, err := t.raw.CopyFrom(ctx, pgx.Identifier{"batch_items"}, columns,
		pgx.CopyFromSlice(len(items), func(n int) ([]any, error) {
			i := items[n]
			return []any{batch, i.Number, i.Chunk, i.Label, i.MediaType, i.CardID, notNil(i.Document), notNil(i.Canonical), notNil(i.Facts)}, nil
		}))
	return t.result(ctx, err)
}

// lockReceiving locks the batch if it is being received.
func (t *tx) lockReceiving(ctx context.Context, id string) error {
	batch, err := t.lockBatch(ctx, store.BatchRef{ID: id})
	if err == nil && batch.State != store.BatchReceiving {
		return store.ErrConflict
	}
	return err
}

// lockBatch reads a batch for changing it. Without an owner it is for whoever
// has received or worked it, under the batch's own scope.
func (t *tx) lockBatch(ctx context.Context, ref store.BatchRef) (store.Batch, error) {
	scope := t.scope
	if ref.Owner == "" {
		scope = store.AllNamespaces()
	}
	batch, err := seeBatch(ctx, t.raw, scope, ref, " FOR UPDATE")
	return batch, t.result(ctx, err)
}

// QueueBatch implements store.BatchTx.
func (t *tx) QueueBatch(ctx context.Context, batch string, total int64) error {
	if err := t.lockReceiving(ctx, batch); err != nil {
		return err
	}
	_, err := t.exec(ctx, `
		UPDATE batches SET state = 'queued', total = $2::bigint, finished_at = CASE WHEN $2::bigint = 0 THEN $3::timestamptz END
		WHERE id = $1`, batch, total, t.store.now())
	return t.result(ctx, err)
}

// DropBatch implements store.BatchTx.
func (t *tx) DropBatch(ctx context.Context, batch string) error {
	if err := (store.BatchRef{ID: batch}).Check(store.AllNamespaces()); err != nil {
		return err
	}
	removed, err := t.exec(ctx, `DELETE FROM batches WHERE id = $1 AND state = 'receiving'`, batch)
	if err == nil && removed == 0 {
		return store.ErrNotFound
	}
	return t.result(ctx, err)
}

// CancelBatch implements store.BatchTx. It leaves the items alone, so it never
// waits for a worker that holds them.
func (t *tx) CancelBatch(ctx context.Context, ref store.BatchRef) (store.Batch, error) {
	batch, err := t.lockBatch(ctx, ref)
	if err != nil || batch.FinishedAt != nil {
		return batch, err
	}
	now := t.store.now()
	_, err = t.exec(ctx, `UPDATE batches SET state = 'cancelled', finished_at = $2 WHERE id = $1`, ref.ID, now)
	batch.State, batch.FinishedAt = store.BatchCancelled, &now
	return batch, t.result(ctx, err)
}

// RetryItems implements store.BatchTx.
func (t *tx) RetryItems(ctx context.Context, ref store.BatchRef) ([]int64, error) {
	batch, err := t.lockBatch(ctx, ref)
	if err != nil {
		return nil, err
	}
	if batch.State != store.BatchQueued {
		return nil, store.ErrConflict
	}
	rows, err := t.raw.Query(ctx, `
		UPDATE batch_items SET state = 'pending', attempts = 0, event = NULL, problem = '', settled_at = NULL
		WHERE batch_id = $1 AND state = 'failed' RETURNING chunk`, ref.ID)
	if err != nil {
		return nil, t.result(ctx, err)
	}
	chunks, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil || len(chunks) == 0 {
		return nil, t.result(ctx, err)
	}
	_, err = t.exec(ctx, `UPDATE batches SET failed = failed - $2, finished_at = NULL WHERE id = $1`, ref.ID, len(chunks))
	return distinct(chunks), t.result(ctx, err)
}

// PurgeBatches implements store.BatchTx.
func (t *tx) PurgeBatches(ctx context.Context, stale, finished time.Time, limit int) (int64, error) {
	if err := t.purgeable(limit); err != nil {
		return 0, err
	}
	removed, err := t.exec(ctx, `
		DELETE FROM batches WHERE id = ANY (ARRAY(
			SELECT id FROM batches WHERE (state = 'receiving' AND created_at < $1) OR finished_at < $2
			ORDER BY created_at LIMIT $3 FOR UPDATE SKIP LOCKED))`,
		store.Time(stale), store.Time(finished), limit)
	return removed, t.result(ctx, err)
}

// PurgeCards implements store.BatchTx.
func (t *tx) PurgeCards(ctx context.Context, before time.Time, limit int) ([]store.ID, error) {
	if err := t.purgeable(limit); err != nil {
		return nil, err
	}
	rows, err := t.raw.Query(ctx, `
		SELECT id, namespace, name FROM cards WHERE deleted_at < $1 ORDER BY deleted_at LIMIT $2 FOR UPDATE SKIP LOCKED`,
		store.Time(before), limit)
	if err != nil {
		return nil, t.result(ctx, err)
	}
	var keys []int64
	var ids []store.ID
	var key int64
	var id store.ID
	if _, err := pgx.ForEachRow(rows, []any{&key, &id.Namespace, &id.Name}, func() error {
		keys, ids = append(keys, key), append(ids, id)
		return nil
	}); err != nil {
		return nil, t.result(ctx, err)
	}
	if len(keys) == 0 {
		return nil, nil // nothing is old enough
	}
	return ids, t.deleteCards(ctx, keys)
}

// deleteCards removes cards with their revisions, which the trigger allows
// while the transaction says that it purges.
func (t *tx) deleteCards(ctx context.Context, keys []int64) error {
	const purging = `SELECT set_config('mcg.purge', $1, true)`
	_, err := t.exec(ctx, purging, "on")
	for _, statement := range []string{`DELETE FROM revisions WHERE card_id = ANY ($1)`, `DELETE FROM cards WHERE id = ANY ($1)`} {
		if err == nil {
			_, err = t.exec(ctx, statement, keys)
		}
	}
	if err == nil {
		_, err = t.exec(ctx, purging, "")
	}
	return t.result(ctx, err)
}

// purgeable refuses a purge by who may not, or of too much at once.
func (t *tx) purgeable(limit int) error {
	if !t.scope.All() {
		return store.ErrForbidden
	}
	if limit < 1 || limit > store.MaxPurge {
		return fmt.Errorf("%w: limit is not 1 to %d", store.ErrInvalid, store.MaxPurge)
	}
	return nil
}

func scanBatch(row pgx.Row) (store.Batch, error) {
	var batch store.Batch
	var all bool
	var namespaces []string
	err := row.Scan(&batch.ID, &batch.Owner, &all, &namespaces, &batch.Namespace, &batch.RequestID, &batch.Address, &batch.State,
		&batch.Total, &batch.Succeeded, &batch.Failed, &batch.Events, &batch.CreatedAt, &batch.StartedAt, &batch.FinishedAt)
	if err != nil {
		return store.Batch{}, err
	}
	batch.Scope = store.Namespaces(namespaces...)
	if all {
		batch.Scope = store.AllNamespaces()
	}
	batch.CreatedAt = store.Time(batch.CreatedAt)
	batch.StartedAt, batch.FinishedAt = utc(batch.StartedAt), utc(batch.FinishedAt)
	return batch, nil
}

func scanItem(row pgx.Row) (store.BatchItem, error) {
	return scanItemAnd(row)
}

// scanItemAnd reads itemColumns and what comes after them.
func scanItemAnd(row pgx.Row, more ...any) (store.BatchItem, error) {
	var i store.BatchItem
	err := row.Scan(append([]any{&i.Number, &i.Chunk, &i.Label, &i.MediaType, &i.CardID, &i.Attempts, &i.State,
		&i.Card.Namespace, &i.Card.Name, &i.Revision, &i.Outcome, &i.Problem, &i.Event, &i.At}, more...)...)
	i.At = utc(i.At)
	return i, err
}

// utc is a time that may be missing, as the contract has it.
func utc(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	at := store.Time(*t)
	return &at
}

func distinct(numbers []int64) []int64 {
	seen := make(map[int64]bool)
	var list []int64
	for _, n := range numbers {
		if !seen[n] {
			seen[n] = true
			list = append(list, n)
		}
	}
	return list
}

// errFenced says that another worker was faster, or the batch was cancelled.
var errFenced = errors.New("postgres: the items are not pending any more")
