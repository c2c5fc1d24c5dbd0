package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/terragonlabs/modelcard-generator/internal/store"
)

// Export implements store.Archive: REPEATABLE READ is one snapshot.
func (s *Store) Export(ctx context.Context, scope store.Scope, visit func(store.Entry) error) error {
	if !scope.All() {
		return store.ErrForbidden
	}
	var refused error // of visit; the engine must not translate it
	err := s.read(ctx, func(ctx context.Context, conn *pgxpool.Conn) error {
		tx, err := conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
		if err != nil {
			return err
		}
		defer rollback(ctx, tx)
		export := &export{tx: tx, visit: func(e store.Entry) error {
			refused = visit(e)
			return refused
		}}
		return export.all(ctx)
	})
	if refused != nil {
		return refused
	}
	return err
}

// export is one run of Export.
type export struct {
	tx    pgx.Tx
	visit func(store.Entry) error
}

func (e *export) all(ctx context.Context) error {
	for _, step := range []func(context.Context) error{e.cards, e.audit, e.keys, e.answers} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// each reads the rows of a query one at a time.
func (e *export) each(ctx context.Context, query string, row func(pgx.Row) error) error {
	rows, err := e.tx.Query(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (e *export) cards(ctx context.Context) error {
	var before store.ID
	return e.each(ctx, `SELECT `+headColumns+`, `+infoColumns+`, r.canonical, r.source
		FROM cards c JOIN revisions r ON r.card_id = c.id ORDER BY c.namespace, c.name, r.number`,
		func(row pgx.Row) error {
			var revision store.ArchivedRevision
			head, err := scanHeadAnd(row, infoTargets(&revision.RevisionInfo, &revision.Canonical, &revision.Source)...)
			if err != nil {
				return err
			}
			if head.ID != before {
				before = head.ID
				if err := e.visit(head); err != nil {
					return err
				}
			}
			revision.ID, revision.CreatedAt = head.ID, store.Time(revision.CreatedAt)
			return e.visit(revision)
		})
}

func (e *export) audit(ctx context.Context) error {
	return e.each(ctx, `SELECT id, at, principal, action, namespace, name, object, revision, request_id, reason, address
		FROM audit ORDER BY id`, func(row pgx.Row) error {
		event, err := scanAudit(row)
		if err != nil {
			return err
		}
		return e.visit(event)
	})
}

func (e *export) keys(ctx context.Context) error {
	return e.each(ctx, `SELECT `+keyColumns+` FROM api_keys ORDER BY id`, func(row pgx.Row) error {
		key, err := scanKey(row)
		if err != nil {
			return err
		}
		return e.visit(key)
	})
}

func (e *export) answers(ctx context.Context) error {
	return e.each(ctx, `SELECT principal, route, key, request_hash, status, response, created_at
		FROM idempotency ORDER BY principal, route, key`, func(row pgx.Row) error {
		var a store.ArchivedAnswer
		err := row.Scan(&a.Principal, &a.Route, &a.Key, &a.RequestHash, &a.Status, &a.Response, &a.CreatedAt)
		if err != nil {
			return err
		}
		a.CreatedAt = store.Time(a.CreatedAt)
		return e.visit(a)
	})
}

// Import implements store.Archive.
func (s *Store) Import(ctx context.Context, scope store.Scope, fill func(ctx context.Context, put func(store.Entry) error) error) error {
	if !scope.All() {
		return store.ErrForbidden
	}
	return s.Update(ctx, scope, func(ctx context.Context, opened store.Tx) error {
		load := &load{tx: opened.(*tx)}
		if err := load.begin(ctx); err != nil {
			return err
		}
		if err := fill(ctx, func(e store.Entry) error { return load.put(ctx, e) }); err != nil {
			return err
		}
		return load.end(ctx)
	})
}

// load is one run of Import.
type load struct {
	tx    *tx
	order store.ImportOrder
	card  int64 // the row of the order's card
}

// begin keeps other writers out and looks whether there is anything.
func (l *load) begin(ctx context.Context) error {
	_, err := l.tx.exec(ctx, `LOCK TABLE cards, revisions, audit, api_keys, idempotency IN EXCLUSIVE MODE`)
	if err != nil {
		return l.tx.result(ctx, err)
	}
	var filled bool
	err = l.tx.raw.QueryRow(ctx, `SELECT EXISTS (SELECT FROM cards) OR EXISTS (SELECT FROM audit)
		OR EXISTS (SELECT FROM api_keys) OR EXISTS (SELECT FROM idempotency)`).Scan(&filled)
	if err == nil && filled {
		return store.ErrConflict
	}
	return l.tx.result(ctx, err)
}

// end moves the audit trail's counter behind the rows that brought their ids.
func (l *load) end(ctx context.Context) error {
	if err := l.order.Done(); err != nil {
		return err
	}
	_, err := l.tx.exec(ctx, `SELECT setval(pg_get_serial_sequence('audit', 'id'), max(id)) FROM audit HAVING max(id) IS NOT NULL`)
	return l.tx.result(ctx, err)
}

func (l *load) put(ctx context.Context, entry store.Entry) error {
	if err := l.order.Check(entry); err != nil {
		return err
	}
	var err error
	switch e := entry.(type) {
	case store.Head:
		err = l.head(ctx, e)
	case store.ArchivedRevision:
		err = l.revision(ctx, e)
	case store.AuditEvent:
		_, err = l.tx.exec(ctx, `
			INSERT INTO audit (id, at, principal, action, namespace, name, object, revision, request_id, reason, address)
			OVERRIDING SYSTEM VALUE VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
			e.ID, store.Time(e.At), e.Principal, e.Action, e.Namespace, e.Name, e.Object, e.Revision, e.RequestID, e.Reason, e.Address)
	case store.APIKey:
		_, err = l.tx.exec(ctx, `INSERT INTO api_keys (`+keyColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			e.ID, e.Name, e.Hash, append([]string{}, e.Roles...), append([]string{}, e.Namespaces...), e.CreatedBy,
			store.Time(e.CreatedAt), cutTime(e.ExpiresAt), cutTime(e.RevokedAt), cutTime(e.LastUsedAt))
	case store.ArchivedAnswer:
		_, err = l.tx.exec(ctx, `
			INSERT INTO idempotency (principal, route, key, request_hash, status, response, created_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			e.Principal, e.Route, e.Key, e.RequestHash, e.Status, notNil(e.Response), store.Time(e.CreatedAt))
	}
	return l.tx.result(ctx, err)
}

func (l *load) head(ctx context.Context, h store.Head) error {
	return l.tx.raw.QueryRow(ctx, `
		INSERT INTO cards (namespace, name, title, license, task, library, tags,
			revision, digest, owner, search, created_at, updated_at, deleted_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, '', $11, $12, $13) RETURNING id`,
		h.Namespace, h.Name, h.Title, h.License, h.Task, h.Library, store.Distinct(h.Tags),
		h.Revision, h.Digest, h.Owner, store.Time(h.CreatedAt), store.Time(h.UpdatedAt), cutTime(h.DeletedAt),
	).Scan(&l.card)
}

// revision stores the bytes, and by the latest ones makes the card findable.
func (l *load) revision(ctx context.Context, r store.ArchivedRevision) error {
	_, err := l.tx.exec(ctx, `
		INSERT INTO revisions (card_id, number, digest, canonical, source, source_type,
			author, reason, request_id, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		l.card, r.Number, r.Digest, notNil(r.Canonical), notNil(r.Source), r.SourceType,
		r.Author, r.Reason, r.RequestID, store.Time(r.CreatedAt))
	if err != nil || !l.order.Latest(r) {
		return err
	}
	words := store.Draft{Labels: l.order.Card().Labels, Text: r.Text}.SearchText(r.ID)
	_, err = l.tx.exec(ctx, `UPDATE cards SET search = $2::text::tsvector WHERE id = $1`, l.card, vector(words))
	return err
}
