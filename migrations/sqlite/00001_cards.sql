-- +goose Up
-- Times are microseconds since 1970, UTC.
CREATE TABLE cards (
    id         INTEGER PRIMARY KEY,
    namespace  TEXT NOT NULL,
    name       TEXT NOT NULL,
    title      TEXT NOT NULL,
    license    TEXT NOT NULL,
    task       TEXT NOT NULL,
    library    TEXT NOT NULL,
    tags       TEXT NOT NULL, -- JSON array, in the card's order; card_tags is for finding
    revision   INTEGER NOT NULL CHECK (revision > 0),
    digest     TEXT NOT NULL,
    owner      TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    deleted_at INTEGER,
    UNIQUE (namespace, name)
) STRICT;

CREATE INDEX cards_by_update ON cards (updated_at DESC, namespace, name);
CREATE INDEX cards_by_namespace ON cards (namespace, updated_at DESC, name);
CREATE INDEX cards_by_license ON cards (license, updated_at DESC, namespace, name);
CREATE INDEX cards_by_task ON cards (task, updated_at DESC, namespace, name);
CREATE INDEX cards_by_library ON cards (library, updated_at DESC, namespace, name);

CREATE TABLE card_tags (
    tag     TEXT NOT NULL,
    card_id INTEGER NOT NULL REFERENCES cards (id),
    PRIMARY KEY (tag, card_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX card_tags_by_card ON card_tags (card_id);

-- The words come split and in lower case; the ascii tokenizer then separates at
-- the spaces and nowhere else. The rowid is the card's id.
CREATE VIRTUAL TABLE card_words USING fts5 (
    identity, labels, body, tokenize = 'ascii', content = '', contentless_delete = 1
);

CREATE TABLE revisions (
    card_id     INTEGER NOT NULL REFERENCES cards (id),
    number      INTEGER NOT NULL CHECK (number > 0),
    digest      TEXT NOT NULL,
    canonical   BLOB NOT NULL,
    source      BLOB NOT NULL,
    source_type TEXT NOT NULL,
    author      TEXT NOT NULL,
    reason      TEXT NOT NULL,
    request_id  TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    PRIMARY KEY (card_id, number)
) STRICT;

-- The trail names cards by text, not by key: it outlives what it speaks of.
CREATE TABLE audit (
    id         INTEGER PRIMARY KEY,
    at         INTEGER NOT NULL,
    principal  TEXT NOT NULL,
    action     TEXT NOT NULL,
    namespace  TEXT NOT NULL,
    name       TEXT NOT NULL,
    object     TEXT NOT NULL,
    revision   INTEGER NOT NULL,
    request_id TEXT NOT NULL,
    reason     TEXT NOT NULL
) STRICT;

CREATE INDEX audit_by_time ON audit (at DESC, id DESC);
CREATE INDEX audit_by_card ON audit (namespace, name, at DESC, id DESC);
CREATE INDEX audit_by_principal ON audit (principal, at DESC, id DESC);

CREATE TABLE idempotency (
    principal    TEXT NOT NULL,
    route        TEXT NOT NULL,
    key          TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    status       INTEGER NOT NULL,
    response     BLOB NOT NULL,
    created_at   INTEGER NOT NULL,
    PRIMARY KEY (principal, route, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_by_age ON idempotency (created_at);

-- +goose StatementBegin
CREATE TRIGGER revisions_no_update BEFORE UPDATE ON revisions BEGIN
    SELECT RAISE(ABORT, 'revisions is append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER revisions_no_delete BEFORE DELETE ON revisions BEGIN
    SELECT RAISE(ABORT, 'revisions is append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN
    SELECT RAISE(ABORT, 'audit is append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN
    SELECT RAISE(ABORT, 'audit is append-only');
END;
-- +goose StatementEnd

-- +goose Down
-- The append-only triggers would refuse the implicit DELETE of a DROP TABLE
-- under foreign keys.
DROP TRIGGER audit_no_delete;
DROP TRIGGER audit_no_update;
DROP TRIGGER revisions_no_delete;
DROP TRIGGER revisions_no_update;
DROP TABLE idempotency;
DROP TABLE audit;
DROP TABLE revisions;
DROP TABLE card_words;
DROP TABLE card_tags;
DROP TABLE cards;
