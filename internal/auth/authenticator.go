package auth

import (
	"context"
	"net/http"
	"strings"
)

// DefaultKeyHeader carries an API key unless configured otherwise.
const DefaultKeyHeader = "X-API-Key"

// Authenticator finds the credentials in a request's headers and checks them.
type Authenticator struct {
	tokens    *Tokens
	keys      *Keys
	keyHeader string
}

// NewAuthenticator checks tokens and keys; keyHeader is DefaultKeyHeader if empty.
func NewAuthenticator(tokens *Tokens, keys *Keys, keyHeader string) *Authenticator {
	if keyHeader == "" {
		keyHeader = DefaultKeyHeader
	}
	return &Authenticator{tokens: tokens, keys: keys, keyHeader: http.CanonicalHeaderKey(keyHeader)}
}

// Authenticate gives the principal of a request. It returns ErrNoCredentials if the headers hold none, ErrUnauthenticated if
// what they hold is not accepted (two credentials never are: which one counts would be a guess), and ErrUnavailable if that
// can't be told at the moment.
func (a *Authenticator) Authenticate(ctx context.Context, header http.Header) (Principal, error) {
	authorization, keys := header.Values("Authorization"), header.Values(a.keyHeader)
	switch {
	case len(authorization)+len(keys) == 0:
		return Principal{}, ErrNoCredentials
	case len(authorization)+len(keys) > 1:
		return Principal{}, reject("more than one credential")
	case len(keys) == 1:
		return a.keys.Verify(ctx, keys[0])
	}
	raw, ok := bearerToken(authorization[0])
	if !ok {
		return Principal{}, reject("authorization is not by bearer token")
	}
	principal, err := a.tokens.Verify(ctx, raw)
	if err == nil && principal.KeyID != "" { // revoking a key ends the tokens made with it
		err = a.keys.Alive(ctx, principal.KeyID)
	}
	if err != nil {
		return Principal{}, err
	}
	return principal, nil
}

// bearerToken reads "Bearer TOKEN" (RFC 6750; the scheme in any case).
func bearerToken(authorization string) (string, bool) {
	scheme, raw, ok := strings.Cut(authorization, " ")
	raw = strings.TrimLeft(raw, " ")
	return raw, ok && raw != "" && strings.EqualFold(scheme, "Bearer")
}

// Forget drops what is remembered of a stored key, so that a revocation in this process holds at once.
func (a *Authenticator) Forget(keyID string) { a.keys.Forget(keyID) }

// KeyHeader is the name of the header that carries an API key.
func (a *Authenticator) KeyHeader() string { return a.keyHeader }
