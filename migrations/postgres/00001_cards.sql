-- +goose Up
-- Names and labels compare byte for byte (COLLATE "C"), as they do in SQLite.
CREATE TABLE cards (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    namespace  text COLLATE "C" NOT NULL,
    name       text COLLATE "C" NOT NULL,
    title      text NOT NULL,
    license    text COLLATE "C" NOT NULL,
    task       text COLLATE "C" NOT NULL,
    library    text COLLATE "C" NOT NULL,
    tags       text[] COLLATE "C" NOT NULL,
    revision   bigint NOT NULL CHECK (revision > 0),
    digest     text NOT NULL,
    owner      text NOT NULL,
    search     tsvector NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    UNIQUE (namespace, name)
);

CREATE INDEX cards_by_update ON cards (updated_at DESC, namespace, name);
CREATE INDEX cards_by_namespace ON cards (namespace, updated_at DESC, name);
CREATE INDEX cards_by_license ON cards (license, updated_at DESC, namespace, name);
CREATE INDEX cards_by_task ON cards (task, updated_at DESC, namespace, name);
CREATE INDEX cards_by_library ON cards (library, updated_at DESC, namespace, name);
CREATE INDEX cards_by_tag ON cards USING gin (tags);
CREATE INDEX cards_by_word ON cards USING gin (search);

CREATE TABLE revisions (
    card_id     bigint NOT NULL REFERENCES cards (id),
    number      bigint NOT NULL CHECK (number > 0),
    digest      text NOT NULL,
    canonical   bytea NOT NULL,
    source      bytea NOT NULL,
    source_type text NOT NULL,
    author      text NOT NULL,
    reason      text NOT NULL,
    request_id  text NOT NULL,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (card_id, number)
);

-- The trail names cards by text, not by key: it outlives what it speaks of.
CREATE TABLE audit (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at         timestamptz NOT NULL,
    principal  text COLLATE "C" NOT NULL,
    action     text COLLATE "C" NOT NULL,
    namespace  text COLLATE "C" NOT NULL,
    name       text COLLATE "C" NOT NULL,
    object     text NOT NULL,
    revision   bigint NOT NULL,
    request_id text NOT NULL,
    reason     text NOT NULL
);

CREATE INDEX audit_by_time ON audit (at DESC, id DESC);
CREATE INDEX audit_by_card ON audit (namespace, name, at DESC, id DESC);
CREATE INDEX audit_by_principal ON audit (principal, at DESC, id DESC);

CREATE TABLE idempotency (
    principal    text COLLATE "C" NOT NULL,
    route        text COLLATE "C" NOT NULL,
    key          text COLLATE "C" NOT NULL,
    request_hash text NOT NULL,
    status       integer NOT NULL,
    response     bytea NOT NULL,
    created_at   timestamptz NOT NULL,
    PRIMARY KEY (principal, route, key)
);

CREATE INDEX idempotency_by_age ON idempotency (created_at);

-- +goose StatementBegin
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;
-- +goose StatementEnd

CREATE TRIGGER revisions_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON revisions
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- +goose Down
DROP TABLE idempotency, audit, revisions, cards;
DROP FUNCTION refuse_change;
