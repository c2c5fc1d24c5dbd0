package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/terragonlabs/modelcard-generator/internal/store"
)

// Head implements store.Reader.
func (s *Store) Head(ctx context.Context, scope store.Scope, id store.ID) (head store.Head, err error) {
	if err := scope.Readable(id); err != nil {
		return head, err
	}
	err = s.read(ctx, func(ctx context.Context, conn *pgxpool.Conn) error {
		head, err = scanHead(conn.QueryRow(ctx, `SELECT `+headColumns+` FROM cards c
			WHERE c.namespace = $1 AND c.name = $2 AND c.deleted_at IS NULL`, id.Namespace, id.Name))
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
	err := s.read(ctx, func(ctx context.Context, conn *pgxpool.Conn) error {
		row := conn.QueryRow(ctx, `SELECT `+infoColumns+`, r.canonical, r.source
			FROM cards c JOIN revisions r ON r.card_id = c.id
				AND r.number = CASE WHEN $3::bigint = 0 THEN c.revision ELSE $3 END
			WHERE c.namespace = $1 AND c.name = $2 AND c.deleted_at IS NULL`, id.Namespace, id.Name, number)
		var err error
		revision.RevisionInfo, err = scanInfo(row, id, &revision.Canonical, &revision.Source)
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
	err = s.read(ctx, func(ctx context.Context, conn *pgxpool.Conn) error {
		var card int64
		err := conn.QueryRow(ctx,
			`SELECT id FROM cards WHERE namespace = $1 AND name = $2 AND deleted_at IS NULL`, id.Namespace, id.Name,
		).Scan(&card)
		if err != nil {
			return err
		}
		found, err = collect(ctx, conn, func(row pgx.Row) (store.RevisionInfo, error) { return scanInfo(row, id) },
			`SELECT `+infoColumns+` FROM revisions r WHERE r.card_id = $1 AND r.number < $2 ORDER BY r.number DESC LIMIT $3`,
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
	err = s.read(ctx, func(ctx context.Context, conn *pgxpool.Conn) error {
		found, err = collect(ctx, conn, scanAudit, `
			SELECT id, at, principal, action, namespace, name, object, revision, request_id, reason, address
			FROM audit `+where.sql()+` ORDER BY at DESC, id DESC `+where.limit(plan.Limit+1), where.args...)
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
		where.add("at >= ?", store.Time(plan.Since))
	}
	if !plan.Until.IsZero() {
		where.add("at < ?", store.Time(plan.Until))
	}
	if plan.After != nil {
		where.add("(at, id) < (?, ?)", fromMicro(plan.After.At), plan.After.ID)
	}
	return where
}

// scanInfo reads infoColumns and whatever follows them.
func scanInfo(row pgx.Row, id store.ID, more ...any) (store.RevisionInfo, error) {
	info := store.RevisionInfo{ID: id}
	err := row.Scan(infoTargets(&info, more...)...)
	info.CreatedAt = store.Time(info.CreatedAt)
	return info, err
}

// infoTargets are where infoColumns and whatever follows them go.
func infoTargets(info *store.RevisionInfo, more ...any) []any {
	return append([]any{&info.Number, &info.Digest, &info.SourceType, &info.Author, &info.Reason, &info.RequestID, &info.CreatedAt}, more...)
}

func scanAudit(row pgx.Row) (store.AuditEvent, error) {
	var event store.AuditEvent
	err := row.Scan(&event.ID, &event.At, &event.Principal, &event.Action, &event.Namespace, &event.Name,
		&event.Object, &event.Revision, &event.RequestID, &event.Reason, &event.Address)
	event.At = store.Time(event.At)
	return event, err
}

// collect reads all rows of a query; none make an empty slice.
func collect[T any](ctx context.Context, conn *pgxpool.Conn, scan func(pgx.Row) (T, error), query string, args ...any) ([]T, error) {
	rows, err := conn.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (T, error) { return scan(row) })
}
