// Package store is the storage room's written contract: what a Store promises,
// which errors its calls return, and the small pure pieces that both engines
// (store/postgres, store/sqlite) share so that they can't drift apart: scopes,
// limits, search terms and cursors. It knows nothing of card documents; a
// card's canonical form and source are bytes here.
package store

import (
	"context"
	"time"
)

// Store keeps cards, their revisions, the audit trail, API keys and idempotency
// records.
// It is safe for concurrent use.
//
// Promises, the same in every engine and proved by store/storetest:
//   - What Update has returned nil for is durable: it survives kill -9 of this
//     process and of the database.
//   - What one Update wrote is seen whole or not at all.
//   - Revisions of a card are numbered 1, 2, 3 … without a gap, and neither a
//     revision nor an audit row ever changes; the database itself refuses it.
//   - Namespaces, names, tags and labels are compared byte for byte: case
//     matters.
//   - Times are UTC and exact to the microsecond.
//
// Every method may also return ErrUnavailable (the database can't be reached
// or can't write now; try again later), ErrSchema (migrations are missing),
// ErrNestedUpdate (the context comes from inside an Update of this Store) and
// context.Canceled. A nil error always comes with a usable result.
type Store interface {
	Reader
	Batches
	Scanner
	Writer
	Migrator
	Archive

	// Ping asks the database for a sign of life.
	Ping(ctx context.Context) error

	// Close ends the connections. Calls still running may fail with
	// ErrUnavailable.
	Close() error
}

// Reader is the reading half of a Store. A card outside the scope, a deleted
// card and a card that never was are the same thing here: ErrNotFound.
type Reader interface {
	// Head returns the card row. Errors: ErrNotFound.
	Head(ctx context.Context, scope Scope, id ID) (Head, error)

	// Revision returns one revision with its bytes; number 0 means the latest.
	// Errors: ErrNotFound.
	Revision(ctx context.Context, scope Scope, id ID, number int64) (Revision, error)

	// Revisions returns the history without the bytes, newest first.
	// Errors: ErrNotFound, ErrBadCursor, ErrInvalid.
	Revisions(ctx context.Context, scope Scope, id ID, page PageRequest) (Page[RevisionInfo], error)

	// List returns the cards of the scope that match the filter. A card that
	// nobody touches while the pages are read is on exactly one of them; one
	// that is updated meanwhile may move to the front, past the reader.
	// Errors: ErrBadCursor, ErrInvalid.
	List(ctx context.Context, scope Scope, filter Filter) (Page[Head], error)

	// Audit returns audit rows, newest first. Rows that belong to no namespace
	// are only seen with AllNamespaces. Errors: ErrBadCursor, ErrInvalid.
	Audit(ctx context.Context, scope Scope, filter AuditFilter) (Page[AuditEvent], error)

	// Key returns an API key, also one that is revoked or expired. Keys belong
	// to no namespace, so they need AllNamespaces. Errors: ErrNotFound,
	// ErrForbidden.
	Key(ctx context.Context, scope Scope, id string) (APIKey, error)

	// Keys returns all API keys, newest first. It needs AllNamespaces.
	// Errors: ErrForbidden, ErrBadCursor, ErrInvalid.
	Keys(ctx context.Context, scope Scope, page PageRequest) (Page[APIKey], error)
}

// Writer is the writing half of a Store, and the only way to write.
type Writer interface {
	// Update runs fn in one transaction and commits what it did if it returns
	// nil; otherwise nothing of it remains and fn's error is returned as it is.
	// If a call on Tx failed for a reason fn can't decide on (anything but
	// ErrNotFound, ErrForbidden, ErrConflict, ErrInvalid), nothing is committed
	// even if fn returns nil.
	//
	// fn may run more than once: the engine starts again, a bounded number of
	// times, when the database reports a deadlock or a serialisation failure.
	// So fn must change nothing outside the transaction that a second run would
	// not set again.
	//
	// fn must not call the Store: on SQLite it would wait for the connection it
	// holds itself. A Store call with fn's context fails at once with
	// ErrNestedUpdate.
	//
	// If the connection is lost during the commit, ErrUnavailable is returned
	// and the outcome is unknown; repeat under an idempotency key.
	Update(ctx context.Context, scope Scope, fn UpdateFunc) error

	// UpdateOnce is Update under an idempotency key: while one UpdateOnce holds
	// the key, another with the same key fails at once with ErrInFlight. Inside,
	// Tx.Recorded and Tx.Record read and write the key's record.
	//
	// Postgres holds the key by an advisory lock, among all processes. SQLite
	// has one writer at a time anyway, so a set in this process is enough;
	// another process on the same file waits its turn and finds the record.
	// Errors: ErrInFlight, ErrInvalid.
	UpdateOnce(ctx context.Context, scope Scope, key IdempotencyKey, fn UpdateFunc) error
}

// UpdateFunc is what Update runs. ctx is the context to use inside; tx is not
// safe for concurrent use and is dead after the function returns.
type UpdateFunc func(ctx context.Context, tx Tx) error

// Tx is one open transaction. It has transactional methods only, each bound to
// the scope given to Update: writing into a namespace outside of it is
// ErrForbidden, whether or not the card exists.
type Tx interface {
	BatchTx

	// Lock returns the card row and keeps other writers of the card out until
	// the transaction ends. A deleted card is returned too, with DeletedAt set:
	// what is posted next continues its numbers. Errors: ErrNotFound,
	// ErrForbidden.
	Lock(ctx context.Context, id ID) (Head, error)

	// LockAll is Lock for many cards in as few steps as one; cards that there are
	// not are left out. Errors: ErrForbidden.
	LockAll(ctx context.Context, ids []ID) (map[ID]Head, error)

	// CreateCard makes the card and its revision 1. Of two creators at once, one
	// creates; the other waits for it and gets ErrConflict, after which Lock
	// finds the card in the same transaction. A deleted card is a conflict too.
	// Errors: ErrConflict, ErrForbidden, ErrInvalid.
	CreateCard(ctx context.Context, id ID, draft Draft) (Revision, error)

	// AppendRevision stores the next revision and moves the card row to it. A
	// deleted card comes back by it. Equal digests are the caller's affair.
	// Errors: ErrNotFound, ErrForbidden, ErrInvalid.
	AppendRevision(ctx context.Context, id ID, draft Draft) (Revision, error)

	// Delete hides the card; its revisions stay. Errors: ErrNotFound (also when
	// it is deleted already), ErrForbidden.
	Delete(ctx context.Context, id ID) error

	// Restore shows a deleted card again. Restoring a card that is not deleted
	// changes nothing. Errors: ErrNotFound, ErrForbidden.
	Restore(ctx context.Context, id ID) error

	// AppendAudit adds rows to the audit trail; ID and At are set by the store.
	// A row without a namespace needs AllNamespaces. Errors: ErrForbidden,
	// ErrInvalid.
	AppendAudit(ctx context.Context, events ...AuditEvent) error

	// CreateKey stores an API key; CreatedAt is set by the store, and RevokedAt
	// and LastUsedAt are not looked at. It needs AllNamespaces, as the two below
	// do. Errors: ErrConflict (the id is taken), ErrForbidden, ErrInvalid.
	CreateKey(ctx context.Context, key APIKey) (APIKey, error)

	// RevokeKey ends an API key for good; its row stays. Errors: ErrNotFound
	// (also when it is revoked already), ErrForbidden.
	RevokeKey(ctx context.Context, id string) error

	// TouchKey records a use of the key. An earlier time than the recorded one
	// changes nothing. Errors: ErrNotFound, ErrForbidden, ErrInvalid.
	TouchKey(ctx context.Context, id string, used time.Time) error

	// Recorded returns what was recorded under the key of UpdateOnce in the
	// last IdempotencyTTL. Errors: ErrNotFound, ErrInvalid (no key: plain Update).
	Recorded(ctx context.Context) (IdempotencyRecord, error)

	// Record stores the answer under the key of UpdateOnce; an expired record
	// gives way. CreatedAt is set by the store. Errors: ErrConflict (a live
	// record exists), ErrInvalid.
	Record(ctx context.Context, record IdempotencyRecord) error

	// PurgeIdempotency removes expired records, at most limit of them, and says
	// how many went. It needs AllNamespaces. Errors: ErrForbidden, ErrInvalid.
	PurgeIdempotency(ctx context.Context, limit int) (int64, error)
}

// Migrator brings the database's schema up and down. Any number of processes
// may call Migrate at once: one does the work, the others wait for it.
type Migrator interface {
	// SchemaVersion returns the version the database has (0: none) and the one
	// this program was built for. It changes nothing.
	SchemaVersion(ctx context.Context) (current, want int64, err error)

	// Migrate applies every migration that is missing.
	Migrate(ctx context.Context) error

	// MigrateDown takes the latest migration back, with the data it holds. With
	// none applied it is ErrNotFound.
	MigrateDown(ctx context.Context) error

	// Migrations lists what this program knows, oldest first. It changes nothing.
	Migrations(ctx context.Context) ([]Migration, error)
}
