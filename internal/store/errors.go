package store

import "errors"

// Errors that callers decide on. Engines wrap them with the cause; compare with
// errors.Is.
var (
	// ErrNotFound says that there is no such thing in the caller's scope.
	ErrNotFound = errors.New("store: not found")
	// ErrForbidden says that a write goes outside the caller's scope.
	ErrForbidden = errors.New("store: outside the scope")
	// ErrConflict says that what should be created exists already.
	ErrConflict = errors.New("store: exists already")
	// ErrInFlight says that a running update holds the same idempotency key.
	ErrInFlight = errors.New("store: idempotency key is in use")
	// ErrInvalid says that a value can't be stored or asked for: a NUL byte,
	// invalid UTF-8, a malformed id, or a size or count out of bounds.
	ErrInvalid = errors.New("store: invalid value")
	// ErrBadCursor says that a cursor was not made by this store for this order.
	ErrBadCursor = errors.New("store: bad cursor")
	// ErrNestedUpdate says that the Store was called from inside its own Update.
	ErrNestedUpdate = errors.New("store: called inside its own update")
	// ErrUnavailable says that the database can't be reached, is out of
	// connections, space or time. The same call may succeed later.
	ErrUnavailable = errors.New("store: database unavailable")
	// ErrSchema says that the database's schema is not the one this program
	// needs; run the migrations.
	ErrSchema = errors.New("store: schema is not current, run the migrations")
)

// Decidable reports whether err is one that the function in an Update can
// decide on and go on after. After any other, engines refuse to commit.
func Decidable(err error) bool {
	for _, target := range []error{ErrNotFound, ErrForbidden, ErrConflict, ErrInvalid} {
		if errors.Is(err, target) {
			return true
		}
	}
	return false
}
