package auth

import "errors"

// Errors of authentication. What a client learns is the sentinel alone; Reason is for the log.
var (
	// ErrNoCredentials means the request carries none.
	ErrNoCredentials = errors.New("no credentials")
	// ErrUnauthenticated means the credentials are not accepted; why is the same to every client.
	ErrUnauthenticated = errors.New("credentials not accepted")
	// ErrUnavailable means nobody can tell at the moment: the key store does not answer. It is not the client's fault.
	ErrUnavailable = errors.New("credentials can't be checked at the moment")
)

// rejection is an ErrUnauthenticated that remembers why. Its text does not say.
type rejection struct {
	reason string
	cause  error
}

func (r *rejection) Error() string { return ErrUnauthenticated.Error() }

func (r *rejection) Unwrap() []error {
	if r.cause == nil {
		return []error{ErrUnauthenticated}
	}
	return []error{ErrUnauthenticated, r.cause}
}

func reject(reason string) error { return &rejection{reason: reason} }

func rejectBecause(reason string, cause error) error { return &rejection{reason: reason, cause: cause} }

// Reason says, for the log, why credentials were not accepted. It holds no secret and no part of a credential.
func Reason(err error) string {
	var r *rejection
	switch {
	case errors.As(err, &r):
		return r.reason
	case err != nil:
		return err.Error()
	default:
		return ""
	}
}
