package api

import (
	"net/http"
	"slices"

	"github.com/go-chi/cors"
)

// corsMaxAge is how long a browser may remember a preflight's answer, in
// seconds.
const corsMaxAge = 600

// allowOrigins lets pages of the configured origins read answers. Credentials
// of the browser's own are never asked for: a page sends a token or a key.
func (s *Server) allowOrigins(next http.Handler) http.Handler {
	if len(s.o.CORSOrigins) == 0 {
		return next
	}
	headers := []string{"Accept", "Authorization", "Content-Type", "If-Match", "If-None-Match", "Idempotency-Key", "X-Request-Id", "Traceparent"}
	if s.o.Authenticator != nil {
		headers = append(headers, s.o.Authenticator.KeyHeader())
	}
	return cors.Handler(cors.Options{
		AllowedOrigins: s.o.CORSOrigins,
		AllowedMethods: []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodDelete},
		AllowedHeaders: headers,
		ExposedHeaders: []string{"ETag", "Link", "Location", "Retry-After", "X-Request-Id"},
		MaxAge:         corsMaxAge,
	})(next)
}

// crossOrigin recognises what a page of a foreign origin makes a browser send.
// Without authentication that alone would be a permission.
func (s *Server) crossOrigin() *http.CrossOriginProtection {
	protection := http.NewCrossOriginProtection()
	for _, origin := range s.o.CORSOrigins {
		_ = protection.AddTrustedOrigin(origin) // "*" is none, and stays foreign
	}
	return protection
}

// refuseCrossOrigin refuses writes from pages of foreign origins, unless every
// origin is welcome and has to bring credentials.
func (s *Server) refuseCrossOrigin(r *http.Request) *Problem {
	if s.o.Authenticator != nil && slices.Contains(s.o.CORSOrigins, "*") {
		return nil
	}
	if s.foreign.Check(r) != nil {
		return problem(http.StatusForbidden, "cross_origin", "a page of this origin may not write here; see security.cors_origins")
	}
	return nil
}
