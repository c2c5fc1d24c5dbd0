package sqlite

import (
	"context"
	"database/sql"

	"github.com/terragonlabs/modelcard-generator/internal/store"
)

// Head implements store.Reader.
func (s *Store) Head(ctx context.Context, scope store.Scope, id store.ID) (head store.Head, err error) {
	if err := scope.Readable(id); err != nil {
		return head, err
	}
	err = s.read(ctx, func(ctx context.Context, conn *sql.Conn) error {
		head, err = scanHead(conn.QueryRowContext(ctx, `SELECT `+headColumns+` FROM cards c
			WHERE c.namespace = ? AND c.name = ? AND c.deleted_at IS NULL`, id.Namespace, id.Name))
		return err
	})
	return head, err
}

// infoColumns are what scanInfo reads.
const infoColumns = `r.number, r.digest, r.source_type, r.author, r.reason, r.request_id, r.created_at`

// Revision implements store.Reader.
func (s *Store) Revision(ctx context.Context, scope store.Scope, id store.ID, number int64) (store.Revision, error) {
	if err := scope.Readable(id); err != nil {
		return store.Revision{}, err
	}
	var revision store.Revision
	err := s.read(ctx, func(ctx context.Context, conn *sql.Conn) error {
		row := conn.QueryRowContext(ctx, `SELECT `+infoColumns+`, r.canonical, r.source
			FROM cards c JOIN revisions r ON r.card_id = c.id AND r.number = iif(?3 = 0, c.revision, ?3)
			WHERE c.namespace = ?1 AND c.name = ?2 AND c.deleted_at IS NULL`, id.Namespace, id.Name, number)
		var err error
		revision.RevisionInfo, err = scanInfo(row, id, &revision.Canonical, &revision.Source)
		revision.Canonical, revision.Source = notNil(revision.Canonical), notNil(revision.Source)
		return err
	})
	return revision, err
}

// Revisions implements store.Reader.
func (s *Store) Revisions(ctx context.Context, scope store.Scope, id store.ID, page store.PageRequest) (store.Page[store.RevisionInfo], error) {
	plan, err := page.History()
	if err != nil {
		return store.Page[store.RevisionInfo]{}, err
	}
	if err := scope.Readable(id); err != nil {
		return store.Page[store.RevisionInfo]{}, err
	}
	var found []store.RevisionInfo
	err = s.read(ctx, func(ctx context.Context, conn *sql.Conn) error {
		var card int64
		err := conn.QueryRowContext(ctx,
			`SELECT id FROM cards WHERE namespace = ? AND name = ? AND deleted_at IS NULL`, id.Namespace, id.Name,
		).Scan(&card)
		if err != nil {
			return err
		}
		found, err = collect(ctx, conn, func(row scanner) (store.RevisionInfo, error) { return scanInfo(row, id) },
			`SELECT `+infoColumns+` FROM revisions r WHERE r.card_id = ? AND r.number < ? ORDER BY r.number DESC LIMIT ?`,
			card, plan.Before, plan.Limit+1)
		return err
	})
	return plan.Page(found), err
}

// Audit implements store.Reader.
func (s *Store) Audit(ctx context.Context, scope store.Scope, filter store.AuditFilter) (store.Page[store.AuditEvent], error) {
	plan, err := filter.Plan()
	if err != nil {
		return store.Page[store.AuditEvent]{}, err
	}
	where := auditConditions(scope, plan)
	var found []store.AuditEvent
	err = s.read(ctx, func(ctx context.Context, conn *sql.Conn) error {
		found, err = collect(ctx, conn, scanAudit, `
			SELECT id, at, principal, action, namespace, name, object, revision, request_id, reason, address
			FROM audit `+where.sql()+` ORDER BY at DESC, id DESC LIMIT ?`, where.with(plan.Limit+1)...)
		return err
	})
	return plan.Page(found), err
}

func auditConditions(scope store.Scope, plan store.AuditPlan) *conditions {
	where := &conditions{}
	where.scope(scope, "namespace")
	where.equal("namespace", plan.Namespace)
	where.equal("name", plan.Name)
	where.equal("principal", plan.Principal)
	where.equal("action", plan.Action)
	if !plan.Since.IsZero() {
		where.add("at >= ?", store.Time(plan.Since).UnixMicro())
	}
	if !plan.Until.IsZero() {
		where.add("at < ?", store.Time(plan.Until).UnixMicro())
	}
	if plan.After != nil {
		where.add("(at, id) < (?, ?)", plan.After.At, plan.After.ID)
	}
	return where
}

// scanInfo reads infoColumns and whatever follows them.
func scanInfo(row scanner, id store.ID, more ...any) (store.RevisionInfo, error) {
	info := store.RevisionInfo{ID: id}
	var created int64
	err := row.Scan(infoTargets(&info, &created, more...)...)
	info.CreatedAt = fromMicro(created)
	return info, err
}

// infoTargets are where infoColumns and whatever follows them go.
func infoTargets(info *store.RevisionInfo, created *int64, more ...any) []any {
	return append([]any{&info.Number, &info.Digest, &info.SourceType, &info.Author, &info.Reason, &info.RequestID, created}, more...)
}

func scanAudit(row scanner) (store.AuditEvent, error) {
	var (
		event store.AuditEvent
		at    int64
	)
	err := row.Scan(&event.ID, &at, &event.Principal, &event.Action, &event.Namespace, &event.Name,
		&event.Object, &event.Revision, &event.RequestID, &event.Reason, &event.Address)
	event.At = fromMicro(at)
	return event, err
}

// queryer is a connection or a transaction.
type queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// collect reads all rows of a query; none make an empty slice.
func collect[T any](ctx context.Context, conn queryer, scan func(scanner) (T, error), query string, args ...any) ([]T, error) {
	rows, err := conn.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close() // rows.Err tells
	found := []T{}
	for rows.Next() {
		item, err := scan(rows)
		if err != nil {
			return nil, err
		}
		found = append(found, item)
	}
	return found, rows.Err()
}
