package sqlite

import (
	"context"
	"database/sql"

	"github.com/terragonlabs/modelcard-generator/internal/store"
)

// Export implements store.Archive: a reading transaction of WAL is one snapshot.
func (s *Store) Export(ctx context.Context, scope store.Scope, visit func(store.Entry) error) error {
	if !scope.All() {
		return store.ErrForbidden
	}
	var refused error // of visit; the engine must not translate it
	err := s.read(ctx, func(ctx context.Context, conn *sql.Conn) error {
		tx, err := conn.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		defer tx.Rollback() //nolint:errcheck // nothing was written
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
	tx    *sql.Tx
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
func (e *export) each(ctx context.Context, query string, row func(scanner) error) error {
	rows, err := e.tx.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close() // rows.Err tells
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
		func(row scanner) error {
			var revision store.ArchivedRevision
			var created int64
			head, err := scanHeadAnd(row, infoTargets(&revision.RevisionInfo, &created, &revision.Canonical, &revision.Source)...)
			if err != nil {
				return err
			}
			if head.ID != before {
				before = head.ID
				if err := e.visit(head); err != nil {
					return err
				}
			}
			revision.ID, revision.CreatedAt = head.ID, fromMicro(created)
			revision.Canonical, revision.Source = notNil(revision.Canonical), notNil(revision.Source)
			return e.visit(revision)
		})
}

func (e *export) audit(ctx context.Context) error {
	return e.each(ctx, `SELECT id, at, principal, action, namespace, name, object, revision, request_id, reason, address
		FROM audit ORDER BY id`, func(row scanner) error {
		event, err := scanAudit(row)
		if err != nil {
			return err
		}
		return e.visit(event)
	})
}

func (e *export) keys(ctx context.Context) error {
	return e.each(ctx, `SELECT `+keyColumns+` FROM api_keys ORDER BY id`, func(row scanner) error {
		key, err := scanKey(row)
		if err != nil {
			return err
		}
		return e.visit(key)
	})
}

func (e *export) answers(ctx context.Context) error {
	return e.each(ctx, `SELECT principal, route, key, request_hash, status, response, created_at
		FROM idempotency ORDER BY principal, route, key`, func(row scanner) error {
		var a store.ArchivedAnswer
		var created int64
		if err := row.Scan(&a.Principal, &a.Route, &a.Key, &a.RequestHash, &a.Status, &a.Response, &created); err != nil {
			return err
		}
		a.Response, a.CreatedAt = notNil(a.Response), fromMicro(created)
		return e.visit(a)
	})
}

// Import implements store.Archive. The transaction holds the only write lock.
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
		return load.order.Done()
	})
}

// load is one run of Import.
type load struct {
	tx    *tx
	order store.ImportOrder
	card  int64 // the row of the order's card
}

// begin looks whether there is anything.
func (l *load) begin(ctx context.Context) error {
	var filled bool
	err := l.tx.raw.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM cards) OR EXISTS (SELECT 1 FROM audit)
		OR EXISTS (SELECT 1 FROM api_keys) OR EXISTS (SELECT 1 FROM idempotency)`).Scan(&filled)
	if err == nil && filled {
		return store.ErrConflict
	}
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
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			e.ID, e.At.UnixMicro(), e.Principal, e.Action, e.Namespace, e.Name, e.Object, e.Revision, e.RequestID, e.Reason, e.Address)
	case store.APIKey:
		_, err = l.tx.exec(ctx, `INSERT INTO api_keys (`+keyColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			e.ID, e.Name, e.Hash, jsonList(e.Roles), jsonList(e.Namespaces), e.CreatedBy,
			e.CreatedAt.UnixMicro(), micros(e.ExpiresAt), micros(e.RevokedAt), micros(e.LastUsedAt))
	case store.ArchivedAnswer:
		_, err = l.tx.exec(ctx, `
			INSERT INTO idempotency (principal, route, key, request_hash, status, response, created_at)
			VALUES (?, ?, ?, ?, ?, ?, ?)`,
			e.Principal, e.Route, e.Key, e.RequestHash, e.Status, notNil(e.Response), e.CreatedAt.UnixMicro())
	}
	return l.tx.result(ctx, err)
}

func (l *load) head(ctx context.Context, h store.Head) error {
	return l.tx.raw.QueryRowContext(ctx, `
		INSERT INTO cards (namespace, name, title, license, task, library, tags,
			revision, digest, owner, created_at, updated_at, deleted_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
		h.Namespace, h.Name, h.Title, h.License, h.Task, h.Library, tagsJSON(h.Tags),
		h.Revision, h.Digest, h.Owner, h.CreatedAt.UnixMicro(), h.UpdatedAt.UnixMicro(), micros(h.DeletedAt),
	).Scan(&l.card)
}

// revision stores the bytes, and by the latest ones makes the card findable.
func (l *load) revision(ctx context.Context, r store.ArchivedRevision) error {
	_, err := l.tx.exec(ctx, `
		INSERT INTO revisions (card_id, number, digest, canonical, source, source_type,
			author, reason, request_id, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		l.card, r.Number, r.Digest, notNil(r.Canonical), notNil(r.Source), r.SourceType,
		r.Author, r.Reason, r.RequestID, r.CreatedAt.UnixMicro())
	if err != nil || !l.order.Latest(r) {
		return err
	}
	return l.tx.index(ctx, l.card, store.Draft{Labels: l.order.Card().Labels, Text: r.Text}, r.ID)
}
