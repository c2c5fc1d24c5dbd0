package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"github.com/terragonlabs/modelcard-generator/internal/store"
)

// RiverDriver is River's way to the database, for the workers. It uses the
// store's pool and must not be used after Close.
func (s *Store) RiverDriver() riverdriver.Driver[pgx.Tx] {
	return riverpgxv5.New(s.pool)
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
	_, err = t.store.inserter.InsertManyFastTx(ctx, t.raw, params)
	return t.result(ctx, err)
}

// ClaimItems implements store.BatchTx. A worker that is stopped inside the
// transaction must not hold the items for ever: the server ends it.
func (t *tx) ClaimItems(ctx context.Context, id string, chunk int64, limit int) (store.Batch, []store.BatchItem, error) {
	if limit < 1 || limit > store.MaxClaim {
		return store.Batch{}, nil, fmt.Errorf("%w: limit is not 1 to %d", store.ErrInvalid, store.MaxClaim)
	}
	batch, err := seeBatch(ctx, t.raw, store.AllNamespaces(), store.BatchRef{ID: id}, "")
	if err != nil || batch.State != store.BatchQueued {
		return batch, nil, t.result(ctx, err)
	}
	rows, err := t.raw.Query(ctx, `SELECT `+itemColumns+`, i.document, i.canonical, i.facts FROM batch_items i
		WHERE i.batch_id = $1 AND i.chunk = $2 AND i.state = 'pending'
			AND set_config('idle_in_transaction_session_timeout', '15s', true) <> ''
		ORDER BY i.number LIMIT $3 FOR UPDATE`, id, chunk, limit)
	if err != nil {
		return batch, nil, t.result(ctx, err)
	}
	items, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (store.BatchItem, error) {
		var document, canonical, facts []byte
		item, err := scanItemAnd(row, &document, &canonical, &facts)
		item.Document, item.Canonical, item.Facts = document, canonical, facts
		return item, err
	})
	return batch, items, t.result(ctx, err)
}

// BeginItem implements store.BatchTx.
func (t *tx) BeginItem(ctx context.Context, batch string, number int64) (attempts int, err error) {
	err = t.raw.QueryRow(ctx, `
		UPDATE batch_items SET attempts = attempts + 1 WHERE batch_id = $1 AND number = $2 AND state = 'pending'
		RETURNING attempts`, batch, number).Scan(&attempts)
	return attempts, t.result(ctx, err)
}

// SettleItems implements store.BatchTx.
func (t *tx) SettleItems(ctx context.Context, batch string, items []store.BatchItem) error {
	if len(items) == 0 {
		return nil
	}
	now := t.store.now()
	first, err := t.countItems(ctx, batch, items, now)
	if err != nil {
		return err
	}
	rows := newSettledRows(len(items))
	for n, item := range items {
		rows.add(item, first+int64(n))
	}
	settled, err := t.exec(ctx, `
		UPDATE batch_items i SET state = v.state, namespace = v.namespace, name = v.name, revision = v.revision,
			outcome = v.outcome, problem = v.problem, event = v.event, settled_at = $2,
			document = CASE WHEN v.state = 'done' THEN ''::bytea ELSE i.document END,
			canonical = CASE WHEN v.state = 'done' THEN ''::bytea ELSE i.canonical END,
			facts = CASE WHEN v.state = 'done' THEN ''::bytea ELSE i.facts END
		FROM unnest($3::bigint[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::text[], $9::bytea[], $10::bigint[])
			AS v (number, state, namespace, name, revision, outcome, problem, event)
		WHERE i.batch_id = $1 AND i.number = v.number AND i.state = 'pending'`,
		batch, now, rows.numbers, rows.states, rows.namespaces, rows.names, rows.revisions, rows.outcomes, rows.problems, rows.events)
	if err == nil && settled != int64(len(items)) {
		return t.fenced()
	}
	return t.result(ctx, err)
}

// countItems counts settled items in their batch's row and returns the number
// of the first event. The row stays locked, so events are seen in their order.
func (t *tx) countItems(ctx context.Context, batch string, items []store.BatchItem, now time.Time) (first int64, err error) {
	var failed int64
	for _, item := range items {
		if item.State == store.ItemFailed {
			failed++
		}
	}
	all := int64(len(items))
	rows, err := t.raw.Query(ctx, `
		UPDATE batches SET succeeded = succeeded + $2, failed = failed + $3, events = events + $4,
			started_at = coalesce(started_at, $5),
			finished_at = CASE WHEN succeeded + failed + $4 = total THEN $5::timestamptz END
		WHERE id = $1 AND state = 'queued' RETURNING events - $4 + 1`, batch, all-failed, failed, all, now)
	if err != nil {
		return 0, t.result(ctx, err)
	}
	numbers, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	switch {
	case err != nil:
		return 0, t.result(ctx, err)
	case len(numbers) == 0:
		return 0, t.fenced()
	}
	return numbers[0], nil
}

// fenced makes sure that nothing of the transaction is committed.
func (t *tx) fenced() error {
	t.failed = fmt.Errorf("%w: %w", store.ErrConflict, errFenced)
	return t.failed
}

// settledRows are items as columns.
type settledRows struct {
	numbers, revisions, events          []int64
	states, namespaces, names, outcomes []string
	problems                            [][]byte
}

func newSettledRows(size int) *settledRows {
	number, word := func() []int64 { return make([]int64, 0, size) }, func() []string { return make([]string, 0, size) }
	return &settledRows{number(), number(), number(), word(), word(), word(), word(), make([][]byte, 0, size)}
}

func (r *settledRows) add(item store.BatchItem, event int64) {
	r.numbers, r.revisions, r.events = append(r.numbers, item.Number), append(r.revisions, item.Revision), append(r.events, event)
	r.states, r.outcomes = append(r.states, string(item.State)), append(r.outcomes, item.Outcome)
	r.namespaces, r.names = append(r.namespaces, item.Card.Namespace), append(r.names, item.Card.Name)
	r.problems = append(r.problems, notNil(item.Problem))
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
	err := s.read(ctx, func(ctx context.Context, conn *pgxpool.Conn) error {
		found, mark = nil, after // the connection before this one may have broken on the way
		rows, err := conn.Query(ctx, `
			SELECT c.id, c.namespace, c.name, `+infoColumns+`, r.canonical, r.source
			FROM revisions r JOIN cards c ON c.id = r.card_id
			WHERE (r.card_id, r.number) > ($1, $2) ORDER BY r.card_id, r.number LIMIT $3`, after.Card, after.Number, limit)
		if err != nil {
			return err
		}
		var r store.Revision
		_, err = pgx.ForEachRow(rows, []any{&mark.Card, &r.Namespace, &r.Name, &r.Number, &r.Digest, &r.SourceType,
			&r.Author, &r.Reason, &r.RequestID, &r.CreatedAt, &r.Canonical, &r.Source}, func() error {
			mark.Number, r.CreatedAt = r.Number, store.Time(r.CreatedAt)
			found = append(found, r)
			r.Canonical, r.Source = nil, nil // the next row gets bytes of its own
			return nil
		})
		return err
	})
	return found, mark, err
}

// Queue implements store.Scanner.
func (s *Store) Queue(ctx context.Context) (queue store.Queue, err error) {
	err = s.read(ctx, func(ctx context.Context, conn *pgxpool.Conn) error {
		var oldest float64
		err := conn.QueryRow(ctx, `
			SELECT count(*) FILTER (WHERE state IN ('available', 'retryable', 'pending')),
				count(*) FILTER (WHERE state = 'running'), count(*) FILTER (WHERE state = 'discarded'),
				coalesce(extract(epoch FROM now() - min(scheduled_at) FILTER (WHERE state = 'available')), 0)
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
func newInserter(pool *pgxpool.Pool) (*river.Client[pgx.Tx], error) {
	client, err := river.NewClient(riverpgxv5.New(pool), &river.Config{MaxAttempts: store.MaxJobAttempts, Logger: store.DiscardLog()})
	if err != nil {
		return nil, fmt.Errorf("postgres: river: %w", err)
	}
	return client, nil
}
