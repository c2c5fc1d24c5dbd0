package postgres

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/terragonlabs/modelcard-generator/internal/store"
)

// List implements store.Reader.
func (s *Store) List(ctx context.Context, scope store.Scope, filter store.Filter) (store.Page[store.Head], error) {
	plan, err := filter.Plan()
	if err != nil {
		return store.Page[store.Head]{}, err
	}
	query, args := listQuery(scope, plan)
	var found []store.Head
	err = s.read(ctx, func(ctx context.Context, conn *pgxpool.Conn) error {
		found, err = collect(ctx, conn, scanHead, query, args...)
		return err
	})
	return plan.Page(found), err
}

// listQuery writes the SQL of a plan. Only fixed text goes into it; values are
// arguments.
func listQuery(scope store.Scope, plan store.ListPlan) (query string, args []any) {
	where := &conditions{}
	where.scope(scope, "c.namespace")
	where.equal("c.namespace", plan.Namespace)
	where.equal("c.license", plan.License)
	where.equal("c.task", plan.Task)
	where.equal("c.library", plan.Library)
	if len(plan.Tags) > 0 {
		where.add("c.tags @> ?::text[]", plan.Tags)
	}
	if !plan.UpdatedSince.IsZero() {
		where.add("c.updated_at >= ?", store.Time(plan.UpdatedSince))
	}
	if plan.Deleted {
		where.add("c.deleted_at IS NOT NULL")
	} else {
		where.add("c.deleted_at IS NULL")
	}
	if plan.Nothing {
		where.add("FALSE")
	}
	order := searchOrder(where, plan)
	query = `SELECT ` + headColumns + ` FROM cards c` + where.sql() + ` ORDER BY ` + order + where.limit(plan.Limit+1)
	return query, where.args
}

// searchOrder adds the query's words and the cursor to the conditions.
func searchOrder(where *conditions, plan store.ListPlan) (order string) {
	words := matchAll(plan.Terms)
	if words != "" {
		where.add("c.search @@ ?::text::tsquery", words)
	}
	mark := plan.After
	switch plan.Sort {
	case store.SortRelevance:
		return `ts_rank(c.search, ` + where.arg(words) + `::text::tsquery) DESC, c.namespace, c.name`
	case store.SortName:
		if mark != nil {
			where.add("(c.namespace, c.name) > (?, ?)", mark.Namespace, mark.Name)
		}
		return `c.namespace, c.name`
	default:
		if mark != nil {
			at := fromMicro(mark.UpdatedAt)
			where.add("c.updated_at <= ? AND (c.updated_at < ? OR (c.namespace, c.name) > (?, ?))",
				at, at, mark.Namespace, mark.Name)
		}
		return `c.updated_at DESC, c.namespace, c.name`
	}
}

// matchAll writes a tsquery for all terms. Terms have no quotes in them.
func matchAll(terms []string) string {
	if len(terms) == 0 {
		return ""
	}
	return `'` + strings.Join(terms, `' & '`) + `'`
}

// conditions are the parts of a WHERE and their arguments.
type conditions struct {
	parts []string
	args  []any
}

// add takes a condition with a ? for each argument.
func (c *conditions) add(part string, args ...any) {
	var b strings.Builder
	for _, arg := range args {
		before, after, _ := strings.Cut(part, "?")
		b.WriteString(before)
		b.WriteString(c.arg(arg))
		part = after
	}
	b.WriteString(part)
	c.parts = append(c.parts, "("+b.String()+")")
}

// arg adds an argument and returns its placeholder.
func (c *conditions) arg(value any) string {
	c.args = append(c.args, value)
	return "$" + strconv.Itoa(len(c.args))
}

// equal adds a comparison unless the value is empty, which means any.
func (c *conditions) equal(column, value string) {
	if value != "" {
		c.add(column+" = ?", value)
	}
}

func (c *conditions) scope(scope store.Scope, column string) {
	if !scope.All() {
		c.add(column+" = ANY (?::text[]) AND "+column+" <> ''", store.Distinct(scope.List()))
	}
}

// sql returns the WHERE clause.
func (c *conditions) sql() string {
	if len(c.parts) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(c.parts, " AND ")
}

// limit adds the last argument and returns its clause.
func (c *conditions) limit(rows int) string {
	return " LIMIT " + c.arg(rows)
}

func fromMicro(micro int64) time.Time {
	return time.UnixMicro(micro).UTC()
}
