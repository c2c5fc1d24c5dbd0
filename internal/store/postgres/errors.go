package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/terragonlabs/modelcard-generator/internal/store"
)

// SQLSTATE codes, see appendix A of the PostgreSQL manual.
const (
	codeSerialization = "40001"
	codeDeadlock      = "40P01"
	codeReadOnly      = "25006" // the primary became a standby
	codeNoTable       = "42P01"
	codeAdminShutdown = "57P01" // the session was ended
	codeCrashShutdown = "57P02" // the server restarts
	codeCannotConnect = "57P03" // it starts, stops or recovers
	codeNoColumn      = "42703"
	codeNoFunction    = "42883"
)

// errLost says that a connection that there was has broken.
var errLost = errors.New("connection lost")

// lost reports whether the connection of a call broke, so that another one may
// work at once. A call that ran out of time is none of these.
func lost(err error) bool {
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		return refused.Code == codeAdminShutdown
	}
	return errors.Is(err, errLost)
}

// Silent reports whether err means that the server cannot be reached or does
// not answer. An error that the server itself gives, such as a full disk, is
// not silence, unless it says that it is starting or going down.
func Silent(err error) bool {
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		return refused.Code == codeAdminShutdown || refused.Code == codeCrashShutdown || refused.Code == codeCannotConnect
	}
	return errors.Is(err, store.ErrUnavailable)
}

// translate turns the driver's error on conn into one of the contract. Errors
// of the contract and those it can't name pass.
func translate(ctx context.Context, conn *pgx.Conn, err error) error {
	var refused *pgconn.PgError
	switch {
	case err == nil, store.Decidable(err):
		return err
	case errors.Is(err, pgx.ErrNoRows):
		return store.ErrNotFound
	case errors.Is(ctx.Err(), context.Canceled):
		return fmt.Errorf("postgres: %w", context.Canceled)
	case ctx.Err() != nil:
		return fmt.Errorf("%w: postgres: %w", store.ErrUnavailable, context.DeadlineExceeded)
	case errors.As(err, &refused):
		return translateCode(refused)
	case conn.IsClosed():
		return fmt.Errorf("%w: postgres: %w: %w", store.ErrUnavailable, errLost, err)
	default:
		return fmt.Errorf("postgres: %w", err)
	}
}

func translateCode(refused *pgconn.PgError) error {
	if retryable(refused) {
		return fmt.Errorf("%w: postgres: %w", store.ErrUnavailable, refused)
	}
	switch refused.Code {
	case codeReadOnly:
		return fmt.Errorf("%w: postgres: %w", store.ErrUnavailable, refused)
	case codeNoTable, codeNoColumn, codeNoFunction:
		return fmt.Errorf("%w: postgres: %w", store.ErrSchema, refused)
	}
	switch refused.Code[:2] {
	case "08", // connection
		"53", // out of memory, disk or connections
		"55", // object in use
		"57", // shut down, cancelled
		"58": // input or output failed
		return fmt.Errorf("%w: postgres: %w", store.ErrUnavailable, refused)
	}
	return fmt.Errorf("postgres: %w", refused)
}

// retryable reports whether the transaction may go through when run again.
func retryable(err error) bool {
	var refused *pgconn.PgError
	return errors.As(err, &refused) && (refused.Code == codeSerialization || refused.Code == codeDeadlock)
}
