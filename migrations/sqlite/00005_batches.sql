-- +goose Up
CREATE TABLE batches (
    id             TEXT PRIMARY KEY,
    owner          TEXT NOT NULL,
    all_namespaces INTEGER NOT NULL,
    namespaces     TEXT NOT NULL, -- JSON array
    namespace      TEXT NOT NULL,
    request_id     TEXT NOT NULL,
    address        TEXT NOT NULL,
    state          TEXT NOT NULL CHECK (state IN ('receiving', 'queued', 'cancelled')),
    total          INTEGER NOT NULL DEFAULT 0,
    succeeded      INTEGER NOT NULL DEFAULT 0,
    failed         INTEGER NOT NULL DEFAULT 0,
    events         INTEGER NOT NULL DEFAULT 0,
    created_at     INTEGER NOT NULL,
    started_at     INTEGER,
    finished_at    INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX batches_by_age ON batches (created_at);

CREATE TABLE batch_items (
    batch_id   TEXT NOT NULL REFERENCES batches (id) ON DELETE CASCADE,
    number     INTEGER NOT NULL CHECK (number > 0),
    chunk      INTEGER NOT NULL,
    label      TEXT NOT NULL,
    media_type TEXT NOT NULL,
    card_id    TEXT NOT NULL,
    document   BLOB NOT NULL,
    canonical  BLOB NOT NULL,
    facts      BLOB NOT NULL,
    state      TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'done', 'failed')),
    attempts   INTEGER NOT NULL DEFAULT 0,
    event      INTEGER,
    namespace  TEXT NOT NULL DEFAULT '',
    name       TEXT NOT NULL DEFAULT '',
    revision   INTEGER NOT NULL DEFAULT 0,
    outcome    TEXT NOT NULL DEFAULT '',
    problem    BLOB NOT NULL DEFAULT x'',
    settled_at INTEGER,
    PRIMARY KEY (batch_id, number)
) STRICT;

CREATE INDEX batch_items_pending ON batch_items (batch_id, chunk, number) WHERE state = 'pending';
CREATE INDEX batch_items_failed ON batch_items (batch_id, number) WHERE state = 'failed';
CREATE INDEX batch_items_by_event ON batch_items (batch_id, event) WHERE event IS NOT NULL;

CREATE INDEX cards_deleted ON cards (deleted_at) WHERE deleted_at IS NOT NULL;

-- Revisions never change; they go with their card when it is purged, and whoever
-- does that names the card here in its transaction.
CREATE TABLE purging (card_id INTEGER PRIMARY KEY) STRICT;

DROP TRIGGER revisions_no_delete;
-- +goose StatementBegin
CREATE TRIGGER revisions_no_delete BEFORE DELETE ON revisions
WHEN NOT EXISTS (SELECT 1 FROM purging WHERE card_id = OLD.card_id) BEGIN
    SELECT RAISE(ABORT, 'revisions is append-only');
END;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER revisions_no_delete;
-- +goose StatementBegin
CREATE TRIGGER revisions_no_delete BEFORE DELETE ON revisions BEGIN
    SELECT RAISE(ABORT, 'revisions is append-only');
END;
-- +goose StatementEnd
DROP TABLE purging;
DROP INDEX cards_deleted;
DROP TABLE batch_items;
DROP TABLE batches;
