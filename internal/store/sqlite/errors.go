package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/terragonlabs/modelcard-generator/internal/store"
)

// translate turns the driver's error into one of the contract. Errors of the
// contract and those it can't name pass.
func (s *Store) translate(ctx context.Context, err error) error {
	var failure *sqlite.Error
	switch {
	case err == nil, store.Decidable(err):
		return err
	case errors.Is(err, sql.ErrNoRows):
		return store.ErrNotFound
	case errors.Is(ctx.Err(), context.Canceled), errors.Is(err, context.Canceled):
		return fmt.Errorf("sqlite: %w", context.Canceled)
	case ctx.Err() != nil, errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%w: sqlite: %w", store.ErrUnavailable, context.DeadlineExceeded)
	case s.closed.Load():
		return fmt.Errorf("%w: sqlite: closed", store.ErrUnavailable)
	case errors.As(err, &failure):
		return s.translateCode(ctx, failure)
	default:
		return fmt.Errorf("sqlite: %w", err)
	}
}

// translateCode decides by SQLite's result code, whose low byte is the class.
func (s *Store) translateCode(ctx context.Context, failure *sqlite.Error) error {
	switch failure.Code() & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_FULL,
		sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_NOMEM:
		return fmt.Errorf("%w: sqlite: %w", store.ErrUnavailable, failure)
	case sqlite3.SQLITE_ERROR:
		// SQLite has no code for a missing table; the version tells.
		if current, want, err := s.versions(ctx); err == nil && current != want {
			return fmt.Errorf("%w: sqlite: %w", store.ErrSchema, failure)
		}
	}
	return fmt.Errorf("sqlite: %w", failure)
}
