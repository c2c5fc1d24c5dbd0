-- +goose Up
-- What became of a batch is counted in its row, which whoever settles items
-- locks last: so events are numbered in the order in which they are seen.
CREATE TABLE batches (
    id             uuid PRIMARY KEY,
    owner          text COLLATE "C" NOT NULL,
    all_namespaces boolean NOT NULL,
    namespaces     text[] COLLATE "C" NOT NULL,
    namespace      text COLLATE "C" NOT NULL,
    request_id     text NOT NULL,
    address        text NOT NULL,
    state          text NOT NULL CHECK (state IN ('receiving', 'queued', 'cancelled')),
    total          bigint NOT NULL DEFAULT 0,
    succeeded      bigint NOT NULL DEFAULT 0,
    failed         bigint NOT NULL DEFAULT 0,
    events         bigint NOT NULL DEFAULT 0,
    created_at     timestamptz NOT NULL,
    started_at     timestamptz,
    finished_at    timestamptz
);

CREATE INDEX batches_by_age ON batches (created_at);

CREATE TABLE batch_items (
    batch_id   uuid NOT NULL REFERENCES batches (id) ON DELETE CASCADE,
    number     bigint NOT NULL CHECK (number > 0),
    chunk      bigint NOT NULL,
    label      text NOT NULL,
    media_type text NOT NULL,
    card_id    text NOT NULL,
    document   bytea NOT NULL,
    canonical  bytea NOT NULL,
    facts      bytea NOT NULL,
    state      text COLLATE "C" NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'done', 'failed')),
    attempts   integer NOT NULL DEFAULT 0,
    event      bigint,
    namespace  text NOT NULL DEFAULT '',
    name       text NOT NULL DEFAULT '',
    revision   bigint NOT NULL DEFAULT 0,
    outcome    text NOT NULL DEFAULT '',
    problem    bytea NOT NULL DEFAULT '',
    settled_at timestamptz,
    PRIMARY KEY (batch_id, number)
);

-- They go when the item is done: compressing them would be for nothing.
ALTER TABLE batch_items ALTER COLUMN document SET STORAGE EXTERNAL, ALTER COLUMN canonical SET STORAGE EXTERNAL;

CREATE INDEX batch_items_pending ON batch_items (batch_id, chunk, number) WHERE state = 'pending';
CREATE INDEX batch_items_failed ON batch_items (batch_id, number) WHERE state = 'failed';
CREATE INDEX batch_items_by_event ON batch_items (batch_id, event) WHERE event IS NOT NULL;

CREATE INDEX cards_deleted ON cards (deleted_at) WHERE deleted_at IS NOT NULL;

-- Revisions never change; they go with their card when it is purged, and whoever
-- does that says so in its transaction.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'revisions' AND TG_OP = 'DELETE' AND current_setting('mcg.purge', true) = 'on' THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;
-- +goose StatementEnd

-- +goose Down
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;
-- +goose StatementEnd
DROP INDEX cards_deleted;
DROP TABLE batch_items, batches;
