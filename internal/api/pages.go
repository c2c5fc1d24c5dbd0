package api

import (
	"context"
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
		{"GET", "/oembed", auth.View, s.page(s.portal.OEmbed)},
		{"GET", "/edit", auth.Generate, s.page(s.portal.Edit)},
		{"POST", "/edit", auth.Generate, s.page(s.form(portal.MaxForm, s.portal.Submit))},
		{"GET", "/cards/{namespace}/{name}/edit", auth.View, s.page(s.portal.Edit)}, // and generate, which the page asks for
		{"POST", "/cards/{namespace}/{name}/edit", auth.View, s.page(s.form(portal.MaxForm, s.portal.Submit))},
		{"GET", "/badge/{namespace}/{name}", auth.View, s.page(s.portal.Badge)}, // the name ends in .svg
		{"GET", "/keys", auth.Admin, s.page(s.portal.Keys)},
		{"POST", "/keys", auth.Admin, s.page(s.form(maxSmallBody, s.makeKeyPage))},
		{"POST", "/keys/{id}/revoke", auth.Admin, s.page(s.form(maxSmallBody, s.revokeKeyPage))},
		{"GET", "/audit", auth.Admin, s.page(s.portal.Audit)},
		{"GET", "/sign-in", public, s.page(s.signInPage)},
		{"POST", "/sign-in", public, s.page(s.form(maxSmallBody, s.signIn))},
		{"POST", "/sign-out", public, s.page(s.form(maxSmallBody, s.signOut))},
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

// form answers a form of our own pages, of so many bytes at most.
func (s *Server) form(limit int64, next portal.Page) portal.Page {
	return func(w http.ResponseWriter, r *http.Request, v portal.Visitor) error {
		if err := s.ownForm(w, r, limit); err != nil {
			return err
		}
		return next(w, r, v)
	}
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
		Principal: principalOf(r.Context()), Scope: scopeOf(r.Context()), Home: homeOf(principalOf(r.Context())),
		RequestID: requestID(r.Context()), Address: addressOf(r.Context()), Session: requestOf(r.Context()).session, TLS: s.byTLS(r),
	}
}

// explain is an error for a page that goes on with it.
func explain(ctx context.Context, err error) portal.Trouble {
	p := problemOf(err)
	note(ctx, err, p.Status)
	return portal.Trouble{Status: p.Status, Title: p.Title, Detail: p.Detail, RequestID: requestID(ctx)}
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
		if r.Method == http.MethodPost {
			_ = s.ownForm(w, r, portal.MaxForm) // to give back its text; a foreign form is not read
		}
	}
	s.portal.WriteTrouble(w, r, s.visitorOf(r), portal.Trouble{Status: p.Status, Title: p.Title, Detail: p.Detail, RequestID: p.RequestID})
}
