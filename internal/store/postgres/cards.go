package postgres

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/terragonlabs/modelcard-generator/internal/store"
)

// headColumns are what scanHead reads.
const headColumns = `c.namespace, c.name, c.title, c.license, c.task, c.library, c.tags,
	c.revision, c.digest, c.owner, c.created_at, c.updated_at, c.deleted_at`

// Lock implements store.Tx.
func (t *tx) Lock(ctx context.Context, id store.ID) (store.Head, error) {
	if err := t.scope.Writable(id); err != nil {
		return store.Head{}, err
	}
	row := t.raw.QueryRow(ctx,
		`SELECT `+headColumns+` FROM cards c WHERE c.namespace = $1 AND c.name = $2 FOR UPDATE`, id.Namespace, id.Name)
	head, err := scanHead(row)
	return head, t.result(ctx, err)
}

// LockAll implements store.Tx. Cards are locked in one order, so that two of
// these never wait for each other.
func (t *tx) LockAll(ctx context.Context, ids []store.ID) (map[store.ID]store.Head, error) {
	namespaces, names := make([]string, len(ids)), make([]string, len(ids))
	for i, id := range ids {
		if err := t.scope.Writable(id); err != nil {
			return nil, err
		}
		namespaces[i], names[i] = id.Namespace, id.Name
	}
	rows, err := t.raw.Query(ctx, `SELECT `+headColumns+` FROM cards c
		WHERE (c.namespace, c.name) IN (SELECT * FROM unnest($1::text[], $2::text[]))
		ORDER BY c.namespace, c.name FOR UPDATE`, namespaces, names)
	if err != nil {
		return nil, t.result(ctx, err)
	}
	found, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (store.Head, error) { return scanHead(row) })
	heads := make(map[store.ID]store.Head, len(found))
	for _, head := range found {
		heads[head.ID] = head
	}
	return heads, t.result(ctx, err)
}

// CreateCard implements store.Tx. ON CONFLICT waits for a creator that has not
// committed yet and leaves the transaction usable.
func (t *tx) CreateCard(ctx context.Context, id store.ID, draft store.Draft) (store.Revision, error) {
	if err := t.writableDraft(id, draft); err != nil {
		return store.Revision{}, err
	}
	now := t.store.now()
	info := draft.Info(id, 1, now)
	revision := store.Revision{RevisionInfo: info, Canonical: notNil(draft.Canonical), Source: notNil(draft.Source)}
	made, err := t.exec(ctx, `
		WITH card AS (
			INSERT INTO cards (namespace, name, title, license, task, library, tags,
				revision, digest, owner, search, created_at, updated_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8, $9, $10::text::tsvector, $11, $11)
			ON CONFLICT (namespace, name) DO NOTHING
			RETURNING id)
		INSERT INTO revisions (card_id, number, digest, canonical, source, source_type,
			author, reason, request_id, created_at)
		SELECT id, 1, $8, $12, $13, $14, $9, $15, $16, $11 FROM card`,
		id.Namespace, id.Name, draft.Title, draft.License, draft.Task, draft.Library, store.Distinct(draft.Tags),
		draft.Digest, draft.Author, vector(draft.SearchText(id)), now,
		revision.Canonical, revision.Source, info.SourceType, info.Reason, info.RequestID)
	if err == nil && made == 0 {
		return store.Revision{}, store.ErrConflict
	}
	return revision, t.result(ctx, err)
}

// AppendRevision implements store.Tx.
func (t *tx) AppendRevision(ctx context.Context, id store.ID, draft store.Draft) (store.Revision, error) {
	if err := t.writableDraft(id, draft); err != nil {
		return store.Revision{}, err
	}
	now := t.store.now()
	var card, number int64
	err := t.raw.QueryRow(ctx, `
		UPDATE cards SET title = $3, license = $4, task = $5, library = $6, tags = $7,
			revision = revision + 1, digest = $8, search = $9::text::tsvector, updated_at = $10, deleted_at = NULL
		WHERE namespace = $1 AND name = $2
		RETURNING id, revision`,
		id.Namespace, id.Name, draft.Title, draft.License, draft.Task, draft.Library, store.Distinct(draft.Tags),
		draft.Digest, vector(draft.SearchText(id)), now,
	).Scan(&card, &number)
	if err != nil {
		return store.Revision{}, t.result(ctx, err)
	}
	return t.insertRevision(ctx, card, draft, draft.Info(id, number, now))
}

// insertRevision stores the bytes.
func (t *tx) insertRevision(ctx context.Context, card int64, draft store.Draft, info store.RevisionInfo) (store.Revision, error) {
	revision := store.Revision{RevisionInfo: info, Canonical: notNil(draft.Canonical), Source: notNil(draft.Source)}
	_, err := t.exec(ctx, `
		INSERT INTO revisions (card_id, number, digest, canonical, source, source_type,
			author, reason, request_id, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		card, info.Number, info.Digest, revision.Canonical, revision.Source, info.SourceType,
		info.Author, info.Reason, info.RequestID, info.CreatedAt)
	if err != nil {
		return store.Revision{}, t.result(ctx, err)
	}
	return revision, nil
}

// Delete implements store.Tx.
func (t *tx) Delete(ctx context.Context, id store.ID) error {
	if err := t.scope.Writable(id); err != nil {
		return err
	}
	changed, err := t.exec(ctx, `
		UPDATE cards SET deleted_at = $3, updated_at = $3
		WHERE namespace = $1 AND name = $2 AND deleted_at IS NULL`,
		id.Namespace, id.Name, t.store.now())
	if err == nil && changed == 0 {
		return store.ErrNotFound
	}
	return t.result(ctx, err)
}

// Restore implements store.Tx.
func (t *tx) Restore(ctx context.Context, id store.ID) error {
	head, err := t.Lock(ctx, id)
	if err != nil || head.DeletedAt == nil {
		return err
	}
	_, err = t.exec(ctx, `UPDATE cards SET deleted_at = NULL, updated_at = $3 WHERE namespace = $1 AND name = $2`,
		id.Namespace, id.Name, t.store.now())
	return t.result(ctx, err)
}

func (t *tx) writableDraft(id store.ID, draft store.Draft) error {
	if err := t.scope.Writable(id); err != nil {
		return err
	}
	return draft.Check()
}

func scanHead(row pgx.Row) (store.Head, error) { return scanHeadAnd(row) }

// scanHeadAnd reads headColumns and whatever follows them.
func scanHeadAnd(row pgx.Row, more ...any) (store.Head, error) {
	var head store.Head
	dest := []any{&head.Namespace, &head.Name, &head.Title, &head.License, &head.Task, &head.Library, &head.Tags,
		&head.Revision, &head.Digest, &head.Owner, &head.CreatedAt, &head.UpdatedAt, &head.DeletedAt}
	if err := row.Scan(append(dest, more...)...); err != nil {
		return store.Head{}, err
	}
	head.CreatedAt, head.UpdatedAt = store.Time(head.CreatedAt), store.Time(head.UpdatedAt)
	if head.DeletedAt != nil {
		at := store.Time(*head.DeletedAt)
		head.DeletedAt = &at
	}
	return head, nil
}

// vector writes the words as a tsvector: each with its place and its weight. No
// text search configuration has a say in it, and words have no quotes in them.
func vector(text store.SearchText) string {
	var b strings.Builder
	place := 0
	for _, part := range []struct {
		words  string
		weight byte
	}{{text.Identity, 'A'}, {text.Labels, 'B'}, {text.Body, 'D'}} {
		for word := range strings.FieldsSeq(part.words) {
			place++
			fmt.Fprintf(&b, "'%s':%d%c ", word, place, part.weight)
		}
	}
	return b.String()
}

// notNil gives the driver an empty value where it would write NULL.
func notNil(raw []byte) []byte {
	if raw == nil {
		return []byte{}
	}
	return raw
}
