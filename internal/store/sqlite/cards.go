package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"github.com/terragonlabs/modelcard-generator/internal/store"
)

// headColumns are what scanHead reads.
const headColumns = `c.namespace, c.name, c.title, c.license, c.task, c.library, c.tags,
	c.revision, c.digest, c.owner, c.created_at, c.updated_at, c.deleted_at`

// Lock implements store.Tx. The transaction has the only write lock already.
func (t *tx) Lock(ctx context.Context, id store.ID) (store.Head, error) {
	if err := t.writable(id); err != nil {
		return store.Head{}, err
	}
	row := t.raw.QueryRowContext(ctx,
		`SELECT `+headColumns+` FROM cards c WHERE c.namespace = ? AND c.name = ?`, id.Namespace, id.Name)
	head, err := scanHead(row)
	return head, t.result(ctx, err)
}

// LockAll implements store.Tx.
func (t *tx) LockAll(ctx context.Context, ids []store.ID) (map[store.ID]store.Head, error) {
	heads := make(map[store.ID]store.Head, len(ids))
	for _, id := range ids {
		head, err := t.Lock(ctx, id)
		switch {
		case err == nil:
			heads[id] = head
		case !errors.Is(err, store.ErrNotFound):
			return nil, err
		}
	}
	return heads, nil
}

// CreateCard implements store.Tx.
func (t *tx) CreateCard(ctx context.Context, id store.ID, draft store.Draft) (store.Revision, error) {
	if err := t.writableDraft(id, draft); err != nil {
		return store.Revision{}, err
	}
	now := t.store.now()
	var card int64
	err := t.raw.QueryRowContext(ctx, `
		INSERT INTO cards (namespace, name, title, license, task, library, tags,
			revision, digest, owner, created_at, updated_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?)
		ON CONFLICT (namespace, name) DO NOTHING
		RETURNING id`,
		id.Namespace, id.Name, draft.Title, draft.License, draft.Task, draft.Library, tagsJSON(draft.Tags),
		draft.Digest, draft.Author, now.UnixMicro(), now.UnixMicro(),
	).Scan(&card)
	if errors.Is(err, sql.ErrNoRows) {
		return store.Revision{}, store.ErrConflict
	}
	if err != nil {
		return store.Revision{}, t.result(ctx, err)
	}
	return t.insertRevision(ctx, card, draft, draft.Info(id, 1, now))
}

// AppendRevision implements store.Tx.
func (t *tx) AppendRevision(ctx context.Context, id store.ID, draft store.Draft) (store.Revision, error) {
	if err := t.writableDraft(id, draft); err != nil {
		return store.Revision{}, err
	}
	now := t.store.now()
	var card, number int64
	err := t.raw.QueryRowContext(ctx, `
		UPDATE cards SET title = ?, license = ?, task = ?, library = ?, tags = ?,
			revision = revision + 1, digest = ?, updated_at = ?, deleted_at = NULL
		WHERE namespace = ? AND name = ?
		RETURNING id, revision`,
		draft.Title, draft.License, draft.Task, draft.Library, tagsJSON(draft.Tags),
		draft.Digest, now.UnixMicro(), id.Namespace, id.Name,
	).Scan(&card, &number)
	if err != nil {
		return store.Revision{}, t.result(ctx, err)
	}
	return t.insertRevision(ctx, card, draft, draft.Info(id, number, now))
}

// insertRevision stores the bytes and makes the card findable by them.
func (t *tx) insertRevision(ctx context.Context, card int64, draft store.Draft, info store.RevisionInfo) (store.Revision, error) {
	revision := store.Revision{RevisionInfo: info, Canonical: notNil(draft.Canonical), Source: notNil(draft.Source)}
	_, err := t.exec(ctx, `
		INSERT INTO revisions (card_id, number, digest, canonical, source, source_type,
			author, reason, request_id, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		card, info.Number, info.Digest, revision.Canonical, revision.Source, info.SourceType,
		info.Author, info.Reason, info.RequestID, info.CreatedAt.UnixMicro())
	if err == nil {
		err = t.index(ctx, card, draft, info.ID)
	}
	if err != nil {
		return store.Revision{}, t.result(ctx, err)
	}
	return revision, nil
}

// index replaces the tags and words that the card is found by.
func (t *tx) index(ctx context.Context, card int64, draft store.Draft, id store.ID) error {
	if _, err := t.exec(ctx, `DELETE FROM card_tags WHERE card_id = ?`, card); err != nil {
		return err
	}
	_, err := t.exec(ctx,
		`INSERT INTO card_tags (tag, card_id) SELECT value, ? FROM json_each(?)`, card, tagsJSON(draft.Tags))
	if err != nil {
		return err
	}
	words := draft.SearchText(id)
	_, err = t.exec(ctx, `INSERT OR REPLACE INTO card_words (rowid, identity, labels, body) VALUES (?, ?, ?, ?)`,
		card, words.Identity, words.Labels, words.Body)
	return err
}

// Delete implements store.Tx.
func (t *tx) Delete(ctx context.Context, id store.ID) error {
	if err := t.writable(id); err != nil {
		return err
	}
	now := t.store.now().UnixMicro()
	changed, err := t.exec(ctx, `
		UPDATE cards SET deleted_at = ?, updated_at = ?
		WHERE namespace = ? AND name = ? AND deleted_at IS NULL`,
		now, now, id.Namespace, id.Name)
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
	_, err = t.exec(ctx, `UPDATE cards SET deleted_at = NULL, updated_at = ? WHERE namespace = ? AND name = ?`,
		t.store.now().UnixMicro(), id.Namespace, id.Name)
	return t.result(ctx, err)
}

func (t *tx) writable(id store.ID) error {
	return t.scope.Writable(id)
}

func (t *tx) writableDraft(id store.ID, draft store.Draft) error {
	if err := t.writable(id); err != nil {
		return err
	}
	return draft.Check()
}

// scanner is a row, or the one that rows stand at.
type scanner interface{ Scan(dest ...any) error }

func scanHead(row scanner) (store.Head, error) { return scanHeadAnd(row) }

// scanHeadAnd reads headColumns and whatever follows them.
func scanHeadAnd(row scanner, more ...any) (store.Head, error) {
	var (
		head             store.Head
		tags             string
		created, updated int64
		deleted          sql.NullInt64
	)
	dest := []any{&head.Namespace, &head.Name, &head.Title, &head.License, &head.Task, &head.Library, &tags,
		&head.Revision, &head.Digest, &head.Owner, &created, &updated, &deleted}
	if err := row.Scan(append(dest, more...)...); err != nil {
		return store.Head{}, err
	}
	head.CreatedAt, head.UpdatedAt = fromMicro(created), fromMicro(updated)
	if deleted.Valid {
		at := fromMicro(deleted.Int64)
		head.DeletedAt = &at
	}
	return head, json.Unmarshal([]byte(tags), &head.Tags)
}

func tagsJSON(tags []string) string {
	raw, err := json.Marshal(store.Distinct(tags))
	if err != nil {
		panic(err) // strings always marshal
	}
	return string(raw)
}

func fromMicro(micro int64) time.Time {
	return time.UnixMicro(micro).UTC()
}

// notNil makes an empty value of nil: the driver would bind NULL, and reads
// empty values as nil.
func notNil(raw []byte) []byte {
	if raw == nil {
		return []byte{}
	}
	return raw
}
