package postgres

import (
	"errors"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/terragonlabs/modelcard-generator/internal/store"
)

// Some failures are hard to stage, so their codes are fed in by hand.
func TestTranslateCode(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]error{
		"53100": store.ErrUnavailable, // disk full
		"53300": store.ErrUnavailable, // too many connections
		"57P01": store.ErrUnavailable, // admin shutdown
		"57P03": store.ErrUnavailable, // cannot connect now
		"08006": store.ErrUnavailable, // connection failure
		"58030": store.ErrUnavailable, // I/O error
		"25006": store.ErrUnavailable, // read-only transaction
		"40001": store.ErrUnavailable, // serialisation failure, after all retries
		"40P01": store.ErrUnavailable, // deadlock, after all retries
		"42P01": store.ErrSchema,      // undefined table
		"42703": store.ErrSchema,      // undefined column
		"23505": nil,                  // unique violation: a bug, so none of the contract
		"42601": nil,                  // syntax error: a bug
	} {
		err := translateCode(&pgconn.PgError{Code: code, Message: "m"})
		for _, sentinel := range []error{store.ErrUnavailable, store.ErrSchema, store.ErrConflict, store.ErrNotFound} {
			if got := errors.Is(err, sentinel); got != (sentinel == want) { //nolint:errorlint // both are bare sentinels

				t.Errorf("code %s is %v: %t", code, sentinel, got)
			}
		}
		var cause *pgconn.PgError
		if !errors.As(err, &cause) {
			t.Errorf("code %s: the cause is lost in %v", code, err)
		}
	}
}

func TestSilent(t *testing.T) {
	t.Parallel()
	code := func(code string) error { return translateCode(&pgconn.PgError{Code: code}) }
	for _, tt := range []struct {
		err  error
		want bool
	}{
		{nil, false}, {store.ErrNotFound, false}, {code("53100"), false}, {code("53300"), false}, {code("40P01"), false},
		{code("57P01"), true}, {code("57P03"), true}, {fmt.Errorf("%w: no connection", store.ErrUnavailable), true},
	} {
		if got := Silent(tt.err); got != tt.want {
			t.Errorf("%v: %v", tt.err, got)
		}
	}
}
