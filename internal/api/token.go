package api

import (
	"mime"
	"net/http"
	"time"

	"github.com/terragonlabs/modelcard-generator/internal/auth"
)

// TokenIssuer makes tokens of the service's own.
type TokenIssuer interface {
	// Issue makes a token that ends after ttl, or with the principal's own
	// credential.
	Issue(p auth.Principal, ttl time.Duration) (string, error)
}

// token is an answer as RFC 6749, section 5.1, has it.
type token struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	ExpiresIn   int64  `json:"expires_in"` // seconds
}

// issueToken gives the holder of an API key a token that can do what the key
// can. A token buys no other token, or it could live for ever.
func (s *Server) issueToken(w http.ResponseWriter, r *http.Request) {
	principal := principalOf(r.Context())
	if principal.Kind != auth.KindAPIKey {
		s.fail(w, r, problem(http.StatusForbidden, "forbidden", "a token is given for an API key alone"))
		return
	}
	if s.o.Issuer == nil {
		s.fail(w, r, problem(http.StatusNotImplemented, "tokens_off", "this service issues no tokens; see security.secret_key"))
		return
	}
	lifetime := s.o.TokenLifetime
	if left := principal.Expires.Sub(s.o.Now()); !principal.Expires.IsZero() && left < lifetime {
		lifetime = left
	}
	raw, err := s.o.Issuer.Issue(principal, lifetime)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	writeJSON(w, http.StatusOK, token{raw, "Bearer", int64(lifetime / time.Second)})
}

func isJSON(contentType string) bool {
	mediaType, _, err := mime.ParseMediaType(contentType)
	return err == nil && mediaType == "application/json"
}
