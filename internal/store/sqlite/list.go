package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"strings"

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
	err = s.read(ctx, func(ctx context.Context, conn *sql.Conn) error {
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
	for _, tag := range plan.Tags {
		where.add("c.id IN (SELECT card_id FROM card_tags WHERE tag = ?)", tag)
	}
	if !plan.UpdatedSince.IsZero() {
		where.add("c.updated_at >= ?", store.Time(plan.UpdatedSince).UnixMicro())
	}
	if plan.Deleted {
		where.add("c.deleted_at IS NOT NULL")
	} else {
		where.add("c.deleted_at IS NULL")
	}
	if plan.Nothing {
		where.add("FALSE")
	}
	from, order := searchOrder(where, plan)
	return `SELECT ` + headColumns + ` FROM ` + from + where.sql() + ` ORDER BY ` + order + ` LIMIT ?`,
		where.with(plan.Limit + 1)
}

// searchOrder adds the query's words and the cursor to the conditions.
func searchOrder(where *conditions, plan store.ListPlan) (from, order string) {
	words := matchAll(plan.Terms)
	if plan.Sort == store.SortRelevance {
		where.add("card_words MATCH ?", words)
		return `card_words JOIN cards c ON c.id = card_words.rowid`,
			`bm25(card_words, 10.0, 4.0, 1.0), c.namespace, c.name`
	}
	if words != "" {
		where.add("c.id IN (SELECT rowid FROM card_words WHERE card_words MATCH ?)", words)
	}
	mark := plan.After
	if plan.Sort == store.SortName {
		if mark != nil {
			where.add("(c.namespace, c.name) > (?, ?)", mark.Namespace, mark.Name)
		}
		return `cards c`, `c.namespace, c.name`
	}
	if mark != nil {
		where.add("c.updated_at <= ? AND (c.updated_at < ? OR (c.namespace, c.name) > (?, ?))",
			mark.UpdatedAt, mark.UpdatedAt, mark.Namespace, mark.Name)
	}
	return `cards c`, `c.updated_at DESC, c.namespace, c.name`
}

// matchAll writes an FTS5 query for all terms. Terms have no quotes in them.
func matchAll(terms []string) string {
	if len(terms) == 0 {
		return ""
	}
	return `"` + strings.Join(terms, `" "`) + `"`
}

// conditions are the parts of a WHERE and their arguments.
type conditions struct {
	parts []string
	args  []any
}

func (c *conditions) add(part string, args ...any) {
	c.parts = append(c.parts, "("+part+")")
	c.args = append(c.args, args...)
}

// equal adds a comparison unless the value is empty, which means any.
func (c *conditions) equal(column, value string) {
	if value != "" {
		c.add(column+" = ?", value)
	}
}

func (c *conditions) scope(scope store.Scope, column string) {
	if scope.All() {
		return
	}
	names, err := json.Marshal(store.Distinct(scope.List()))
	if err != nil {
		panic(err) // strings always marshal
	}
	c.add(column+" IN (SELECT value FROM json_each(?)) AND "+column+" <> ''", string(names))
}

// sql returns the WHERE clause.
func (c *conditions) sql() string {
	if len(c.parts) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(c.parts, " AND ")
}

// with returns the arguments followed by one more.
func (c *conditions) with(last any) []any {
	return append(c.args, last)
}
