package api

import (
	"net/http"

	"github.com/go-chi/chi/v5/middleware"

	"github.com/terragonlabs/modelcard-generator/internal/auth"
	"github.com/terragonlabs/modelcard-generator/internal/portal"
)

// pages is every page for people with the permission it needs. They are no part
// of the contract in api/openapi.yaml: docs/portal.md has them, and a test holds
// the two together.
func (s *Server) pages() []route {
	return []route{
		{"GET", "/", auth.View, s.page(s.portal.List)},
		{"GET", "/cards/{namespace}/{name}", auth.View, s.page(s.portal.Card)},
		{"GET", "/cards/{namespace}/{name}/revisions", auth.View, s.page(s.portal.Revisions)},
		{"GET", "/cards/{namespace}/{name}/diff", auth.View, s.page(s.portal.Diff)},
		{"GET", "/cards/{namespace}/{name}/report", auth.View, s.page(s.portal.Report)},
		{"GET", "/badge/{namespace}/{name}", auth.View, s.page(s.portal.Badge)}, // the name ends in .svg
		{"GET", "/sign-in", public, s.page(s.signInPage)},
		{"POST", "/sign-in", public, s.page(s.signIn)},
		{"POST", "/sign-out", public, s.page(s.signOut)},
		{"GET", "/docs", public, s.page(s.portal.Docs)},
		{"GET", "/assets/{file}", public, s.page(s.portal.Asset)},
	}
}

// pageCompression is gzip's level for pages that are made for each visitor.
const pageCompression = 5

// page answers with a page of the portal.
func (s *Server) page(write portal.Page) http.HandlerFunc {
	compress := middleware.Compress(pageCompression, "text/html")
	return compress(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := write(w, r, s.visitorOf(r)); err != nil {
			s.fail(w, r, err)
		}
	})).ServeHTTP
}

// asPage marks a request as one for a page, whose policy, errors and credentials
// are those of pages.
func (s *Server) asPage(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requestOf(r.Context()).page = true
		w.Header().Set("Content-Security-Policy", portal.Policy)
		w.Header().Add("Vary", "Cookie, Authorization")
		next.ServeHTTP(w, r)
	})
}

func (s *Server) visitorOf(r *http.Request) portal.Visitor {
	return portal.Visitor{
		Principal: principalOf(r.Context()), Scope: scopeOf(r.Context()), RequestID: requestID(r.Context()),
		Session: requestOf(r.Context()).session, TLS: s.byTLS(r),
	}
}

// failPage tells a visitor of the portal what went wrong.
func (s *Server) failPage(w http.ResponseWriter, r *http.Request, p *Problem) {
	h := w.Header()
	h.Del("ETag")
	if p.retryAfter != "" {
		h.Set("Retry-After", p.retryAfter)
	}
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="mcg"`)
	}
	s.portal.WriteTrouble(w, r, s.visitorOf(r), portal.Trouble{Status: p.Status, Title: p.Title, Detail: p.Detail, RequestID: p.RequestID})
}
