package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riversqlite"

	"github.com/terragonlabs/modelcard-generator/internal/store"
)

// RiverDriver is River's way to the database, for the workers. It uses the
// writing connection, as River's driver wants it, and must not be used after
// Close.
func (s *Store) RiverDriver() riverdriver.Driver[*sql.Tx] {
	return riversqlite.New(s.writes)
}

// Enqueue implements store.BatchTx.
func (t *tx) Enqueue(ctx context.Context, kind string, arguments ...any) error {
	jobs, err := store.Jobs(kind, arguments)
	if err != nil || len(jobs) == 0 {
		return err
	}
	params := make([]river.InsertManyParams, len(jobs))
	for i, job := range jobs {
		params[i].Args = job
	}
	_, err = t.store.inserter.InsertManyTx(ctx, t.raw, params)
	return t.result(ctx, err)
}

// ClaimItems implements store.BatchTx. The transaction has the only write lock
// already.
func (t *tx) ClaimItems(ctx context.Context, id string, chunk int64, limit int) (store.Batch, []store.BatchItem, error) {
	if limit < 1 || limit > store.MaxClaim {
		return store.Batch{}, nil, fmt.Errorf("%w: limit is not 1 to %d", store.ErrInvalid, store.MaxClaim)
	}
	batch, err := t.batch(ctx, store.BatchRef{ID: id})
	if err != nil || batch.State != store.BatchQueued {
		return batch, nil, err
	}
	items, err := collect(ctx, t.raw, func(row scanner) (store.BatchItem, error) {
		var document, canonical, facts []byte
		item, err := scanItemAnd(row, &document, &canonical, &facts)
		item.Document, item.Canonical, item.Facts = notNil(document), notNil(canonical), notNil(facts)
		return item, err
	}, `SELECT `+itemColumns+`, i.document, i.canonical, i.facts FROM batch_items i
		WHERE i.batch_id = ? AND i.chunk = ? AND i.state = 'pending' ORDER BY i.number LIMIT ?`, id, chunk, limit)
	return batch, items, t.result(ctx, err)
}

// BeginItem implements store.BatchTx.
func (t *tx) BeginItem(ctx context.Context, batch string, number int64) (attempts int, err error) {
	err = t.raw.QueryRowContext(ctx, `
		UPDATE batch_items SET attempts = attempts + 1 WHERE batch_id = ? AND number = ? AND state = 'pending'
		RETURNING attempts`, batch, number).Scan(&attempts)
	return attempts, t.result(ctx, err)
}

// SettleItems implements store.BatchTx.
func (t *tx) SettleItems(ctx context.Context, batch string, items []store.BatchItem) error {
	if len(items) == 0 {
		return nil
	}
	now := t.store.now().UnixMicro()
	event, err := t.countItems(ctx, batch, items, now)
	if err != nil {
		return err
	}
	for _, item := range items {
		settled, err := t.exec(ctx, `
			UPDATE batch_items SET state = ?3, namespace = ?4, name = ?5, revision = ?6, outcome = ?7, problem = ?8,
				event = ?9, settled_at = ?10, document = iif(?3 = 'done', x'', document),
				canonical = iif(?3 = 'done', x'', canonical), facts = iif(?3 = 'done', x'', facts)
			WHERE batch_id = ?1 AND number = ?2 AND state = 'pending'`,
			batch, item.Number, string(item.State), item.Card.Namespace, item.Card.Name, item.Revision, item.Outcome,
			notNil(item.Problem), event, now)
		if err == nil && settled == 0 {
			return t.fenced()
		}
		if err != nil {
			return t.result(ctx, err)
		}
		event++
	}
	return nil
}

// countItems counts settled items in their batch's row and returns the number
// of the first event.
func (t *tx) countItems(ctx context.Context, batch string, items []store.BatchItem, now int64) (first int64, err error) {
	failed := 0
	for _, item := range items {
		if item.State == store.ItemFailed {
			failed++
		}
	}
	all := len(items)
	err = t.raw.QueryRowContext(ctx, `
		UPDATE batches SET succeeded = succeeded + ?2, failed = failed + ?3, events = events + ?4,
			started_at = coalesce(started_at, ?5), finished_at = iif(succeeded + failed + ?4 = total, ?5, NULL)
		WHERE id = ?1 AND state = 'queued' RETURNING events - ?4 + 1`, batch, all-failed, failed, all, now).Scan(&first)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, t.fenced()
	}
	return first, t.result(ctx, err)
}

// fenced makes sure that nothing of the transaction is committed.
func (t *tx) fenced() error {
	t.failed = fmt.Errorf("%w: %w", store.ErrConflict, errFenced)
	return t.failed
}

// ScanRevisions implements store.Scanner.
func (s *Store) ScanRevisions(ctx context.Context, scope store.Scope, after store.ScanMark, limit int) ([]store.Revision, store.ScanMark, error) {
	if !scope.All() {
		return nil, after, store.ErrForbidden
	}
	if limit < 1 || limit > store.MaxLimit {
		return nil, after, fmt.Errorf("%w: limit is not 1 to %d", store.ErrInvalid, store.MaxLimit)
	}
	var found []store.Revision
	mark := after
	err := s.read(ctx, func(ctx context.Context, conn *sql.Conn) (err error) {
		found, err = collect(ctx, conn, func(row scanner) (store.Revision, error) {
			var r store.Revision
			var created int64
			err := row.Scan(&mark.Card, &r.Namespace, &r.Name, &r.Number, &r.Digest, &r.SourceType,
				&r.Author, &r.Reason, &r.RequestID, &created, &r.Canonical, &r.Source)
			r.CreatedAt, mark.Number = fromMicro(created), r.Number
			r.Canonical, r.Source = notNil(r.Canonical), notNil(r.Source)
			return r, err
		}, `SELECT c.id, c.namespace, c.name, `+infoColumns+`, r.canonical, r.source
			FROM revisions r JOIN cards c ON c.id = r.card_id
			WHERE (r.card_id, r.number) > (?, ?) ORDER BY r.card_id, r.number LIMIT ?`, after.Card, after.Number, limit)
		return err
	})
	return found, mark, err
}

// Queue implements store.Scanner.
func (s *Store) Queue(ctx context.Context) (queue store.Queue, err error) {
	err = s.read(ctx, func(ctx context.Context, conn *sql.Conn) error {
		var oldest float64
		err := conn.QueryRowContext(ctx, `
			SELECT count(*) FILTER (WHERE state IN ('available', 'retryable', 'pending')),
				count(*) FILTER (WHERE state = 'running'), count(*) FILTER (WHERE state = 'discarded'),
				coalesce((julianday('now') - julianday(min(scheduled_at) FILTER (WHERE state = 'available'))) * 86400, 0)
			FROM river_job WHERE state IN ('available', 'retryable', 'pending', 'running', 'discarded')`,
		).Scan(&queue.Waiting, &queue.Running, &queue.Discarded, &oldest)
		queue.Oldest = max(0, time.Duration(oldest*float64(time.Second)))
		return err
	})
	return queue, err
}

// newInserter makes the River client that only inserts. Jobs get many attempts,
// since each kill of a worker is one: what bounds the tries at an item of a
// batch is the item's own count.
func newInserter(db *sql.DB) (*river.Client[*sql.Tx], error) {
	client, err := river.NewClient(riversqlite.New(db), &river.Config{MaxAttempts: store.MaxJobAttempts, Logger: store.DiscardLog()})
	if err != nil {
		return nil, fmt.Errorf("sqlite: river: %w", err)
	}
	return client, nil
}
