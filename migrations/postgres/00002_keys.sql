-- +goose Up
-- The secret of a key is nowhere: only its SHA-256.
CREATE TABLE api_keys (
    id           text COLLATE "C" PRIMARY KEY,
    name         text NOT NULL,
    hash         bytea NOT NULL CHECK (length(hash) = 32),
    roles        text[] COLLATE "C" NOT NULL,
    namespaces   text[] COLLATE "C" NOT NULL,
    created_by   text COLLATE "C" NOT NULL,
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz,
    revoked_at   timestamptz,
    last_used_at timestamptz
);

CREATE INDEX api_keys_by_age ON api_keys (created_at DESC, id DESC);

ALTER TABLE audit ADD COLUMN address text NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE audit DROP COLUMN address;
DROP TABLE api_keys;
