package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/terragonlabs/modelcard-generator/internal/store"
)

// batchColumns are what scanBatch reads.
const batchColumns = `b.id, b.owner, b.all_namespaces, b.namespaces, b.namespace, b.request_id, b.address,
	b.state, b.total, b.succeeded, b.failed, b.events, b.created_at, b.started_at, b.finished_at`

// itemColumns are what scanItem reads.
const itemColumns = `i.number, i.chunk, i.label, i.media_type, i.card_id, i.attempts, i.state,
	i.namespace, i.name, i.revision, i.outcome, i.problem, coalesce(i.event, 0), i.settled_at`

// Batch implements store.Batches.
func (s *Store) Batch(ctx context.Context, scope store.Scope, ref store.BatchRef) (batch store.Batch, err error) {
	err = s.read(ctx, func(ctx context.Context, conn *sql.Conn) error {
		batch, err = seeBatch(ctx, conn, scope, ref)
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
	err = s.read(ctx, func(ctx context.Context, conn *sql.Conn) error {
		if _, err := seeBatch(ctx, conn, scope, ref); err != nil {
			return err
		}
		found, err = collect(ctx, conn, scanItem, `SELECT `+itemColumns+` FROM batch_items i
			WHERE i.batch_id = ?1 AND i.number > ?2 AND (?3 = '' OR i.state = ?3) ORDER BY i.number LIMIT ?4`,
			ref.ID, plan.After, string(plan.State), plan.Limit+1)
		return err
	})
	return plan.Page(found), err
}

// BatchEvents implements store.Batches.
func (s *Store) BatchEvents(ctx context.Context, scope store.Scope, ref store.BatchRef, after int64, limit int) (store.Batch, []store.BatchItem, error) {
	var batch store.Batch
	var found []store.BatchItem
	err := s.read(ctx, func(ctx context.Context, conn *sql.Conn) (err error) {
		if batch, err = seeBatch(ctx, conn, scope, ref); err != nil {
			return err
		}
		found, err = collect(ctx, conn, scanItem, `SELECT `+itemColumns+` FROM batch_items i
			WHERE i.batch_id = ? AND i.event > ? ORDER BY i.event LIMIT ?`, ref.ID, after, limit)
		return err
	})
	return batch, found, err
}

// queryRower is a connection or a transaction.
type queryRower interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// seeBatch reads a batch that the caller may see.
func seeBatch(ctx context.Context, db queryRower, scope store.Scope, ref store.BatchRef) (store.Batch, error) {
	if err := ref.Check(scope); err != nil {
		return store.Batch{}, err
	}
	batch, err := scanBatch(db.QueryRowContext(ctx, `SELECT `+batchColumns+` FROM batches b WHERE b.id = ?`, ref.ID))
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
	namespaces, err := json.Marshal(store.Distinct(t.scope.List()))
	if err != nil {
		return t.result(ctx, err)
	}
	made, err := t.exec(ctx, `
		INSERT INTO batches (id, owner, all_namespaces, namespaces, namespace, request_id, address, state, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, 'receiving', ?) ON CONFLICT (id) DO NOTHING`,
		batch.ID, batch.Owner, t.scope.All(), string(namespaces), batch.Namespace, batch.RequestID, batch.Address, t.store.now().UnixMicro())
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
	if err := t.receiving(ctx, batch); err != nil {
		return err
	}
	insert, err := t.raw.PrepareContext(ctx, `
		INSERT INTO batch_items (batch_id, number, chunk, label, media_type, card_id, document, canonical, facts)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`)
	if err != nil {
		return t.result(ctx, err)
	}
	defer insert.Close() // it ends with the transaction anyway
	for _, i := range items {
		if _, err := insert.ExecContext(ctx, batch, i.Number, i.Chunk, i.Label, i.MediaType, i.CardID,
			notNil(i.Document), notNil(i.Canonical), notNil(i.Facts)); err != nil {
			return t.result(ctx, err)
		}
	}
	return nil
}

// receiving returns ErrConflict for a batch that is not being received.
func (t *tx) receiving(ctx context.Context, id string) error {
	batch, err := t.batch(ctx, store.BatchRef{ID: id})
	if err == nil && batch.State != store.BatchReceiving {
		return store.ErrConflict
	}
	return err
}

// batch reads a batch for changing it. Without an owner it is for whoever has
// received or worked it, under the batch's own scope.
func (t *tx) batch(ctx context.Context, ref store.BatchRef) (store.Batch, error) {
	scope := t.scope
	if ref.Owner == "" {
		scope = store.AllNamespaces()
	}
	batch, err := seeBatch(ctx, t.raw, scope, ref)
	return batch, t.result(ctx, err)
}

// QueueBatch implements store.BatchTx.
func (t *tx) QueueBatch(ctx context.Context, batch string, total int64) error {
	if err := t.receiving(ctx, batch); err != nil {
		return err
	}
	_, err := t.exec(ctx, `UPDATE batches SET state = 'queued', total = ?2, finished_at = iif(?2 = 0, ?3, NULL) WHERE id = ?1`,
		batch, total, t.store.now().UnixMicro())
	return t.result(ctx, err)
}

// DropBatch implements store.BatchTx.
func (t *tx) DropBatch(ctx context.Context, batch string) error {
	removed, err := t.exec(ctx, `DELETE FROM batches WHERE id = ? AND state = 'receiving'`, batch)
	if err == nil && removed == 0 {
		return store.ErrNotFound
	}
	return t.result(ctx, err)
}

// CancelBatch implements store.BatchTx.
func (t *tx) CancelBatch(ctx context.Context, ref store.BatchRef) (store.Batch, error) {
	batch, err := t.batch(ctx, ref)
	if err != nil || batch.FinishedAt != nil {
		return batch, err
	}
	now := t.store.now()
	_, err = t.exec(ctx, `UPDATE batches SET state = 'cancelled', finished_at = ? WHERE id = ?`, now.UnixMicro(), ref.ID)
	batch.State, batch.FinishedAt = store.BatchCancelled, &now
	return batch, t.result(ctx, err)
}

// RetryItems implements store.BatchTx.
func (t *tx) RetryItems(ctx context.Context, ref store.BatchRef) ([]int64, error) {
	batch, err := t.batch(ctx, ref)
	if err != nil {
		return nil, err
	}
	if batch.State != store.BatchQueued {
		return nil, store.ErrConflict
	}
	chunks, err := collect(ctx, t.raw, scanNumber,
		`SELECT DISTINCT chunk FROM batch_items WHERE batch_id = ? AND state = 'failed' ORDER BY chunk`, ref.ID)
	if err != nil || len(chunks) == 0 {
		return nil, t.result(ctx, err)
	}
	failed, err := t.exec(ctx, `
		UPDATE batch_items SET state = 'pending', attempts = 0, event = NULL, problem = x'', settled_at = NULL
		WHERE batch_id = ? AND state = 'failed'`, ref.ID)
	if err != nil {
		return nil, t.result(ctx, err)
	}
	_, err = t.exec(ctx, `UPDATE batches SET failed = failed - ?, finished_at = NULL WHERE id = ?`, failed, ref.ID)
	return chunks, t.result(ctx, err)
}

// PurgeBatches implements store.BatchTx.
func (t *tx) PurgeBatches(ctx context.Context, stale, finished time.Time, limit int) (int64, error) {
	if err := t.purgeable(limit); err != nil {
		return 0, err
	}
	removed, err := t.exec(ctx, `
		DELETE FROM batches WHERE id IN (
			SELECT id FROM batches WHERE (state = 'receiving' AND created_at < ?) OR finished_at < ?
			ORDER BY created_at LIMIT ?)`,
		store.Time(stale).UnixMicro(), store.Time(finished).UnixMicro(), limit)
	return removed, t.result(ctx, err)
}

// PurgeCards implements store.BatchTx.
func (t *tx) PurgeCards(ctx context.Context, before time.Time, limit int) ([]store.ID, error) {
	if err := t.purgeable(limit); err != nil {
		return nil, err
	}
	if _, err := t.exec(ctx, `
		INSERT INTO purging SELECT id FROM cards WHERE deleted_at < ? ORDER BY deleted_at LIMIT ?`,
		store.Time(before).UnixMicro(), limit); err != nil {
		return nil, t.result(ctx, err)
	}
	ids, err := collect(ctx, t.raw, scanID,
		`SELECT namespace, name FROM cards WHERE id IN (SELECT card_id FROM purging) ORDER BY deleted_at`)
	if err != nil {
		return nil, t.result(ctx, err)
	}
	for _, statement := range []string{
		`DELETE FROM card_words WHERE rowid IN (SELECT card_id FROM purging)`,
		`DELETE FROM card_tags WHERE card_id IN (SELECT card_id FROM purging)`,
		`DELETE FROM revisions WHERE card_id IN (SELECT card_id FROM purging)`,
		`DELETE FROM cards WHERE id IN (SELECT card_id FROM purging)`,
		`DELETE FROM purging`,
	} {
		if _, err := t.exec(ctx, statement); err != nil {
			return nil, t.result(ctx, err)
		}
	}
	return ids, nil
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

func scanBatch(row scanner) (store.Batch, error) {
	var batch store.Batch
	var all bool
	var names string
	var created int64
	var started, finished *int64
	err := row.Scan(&batch.ID, &batch.Owner, &all, &names, &batch.Namespace, &batch.RequestID, &batch.Address, &batch.State,
		&batch.Total, &batch.Succeeded, &batch.Failed, &batch.Events, &created, &started, &finished)
	if err != nil {
		return store.Batch{}, err
	}
	batch.CreatedAt, batch.StartedAt, batch.FinishedAt = fromMicro(created), maybeTime(started), maybeTime(finished)
	if all {
		batch.Scope = store.AllNamespaces()
		return batch, nil
	}
	var namespaces []string
	err = json.Unmarshal([]byte(names), &namespaces)
	batch.Scope = store.Namespaces(namespaces...)
	return batch, err
}

func scanItem(row scanner) (store.BatchItem, error) {
	return scanItemAnd(row)
}

// scanItemAnd reads itemColumns and what comes after them.
func scanItemAnd(row scanner, more ...any) (store.BatchItem, error) {
	var i store.BatchItem
	var settled *int64
	err := row.Scan(append([]any{&i.Number, &i.Chunk, &i.Label, &i.MediaType, &i.CardID, &i.Attempts, &i.State,
		&i.Card.Namespace, &i.Card.Name, &i.Revision, &i.Outcome, &i.Problem, &i.Event, &settled}, more...)...)
	i.Problem, i.At = notNil(i.Problem), maybeTime(settled)
	return i, err
}

func scanNumber(row scanner) (n int64, err error) {
	err = row.Scan(&n)
	return n, err
}

func scanID(row scanner) (id store.ID, err error) {
	err = row.Scan(&id.Namespace, &id.Name)
	return id, err
}

// maybeTime reads a column of a time that may be missing.
func maybeTime(micro *int64) *time.Time {
	if micro == nil {
		return nil
	}
	at := fromMicro(*micro)
	return &at
}

// errFenced says that another worker was faster, or the batch was cancelled.
var errFenced = errors.New("sqlite: the items are not pending any more")
