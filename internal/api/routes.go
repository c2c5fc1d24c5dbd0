package api

import (
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/terragonlabs/modelcard-generator/internal/auth"
)

// What a route can ask for beside a permission of a role. A route that asks
// for nothing at all lets nobody in.
const (
	public        auth.Permission = "public"        // no credentials
	authenticated auth.Permission = "authenticated" // any good credentials; the handler decides
)

// route is one line of the table of routes.
type route struct {
	method, path string
	permission   auth.Permission
	handler      http.HandlerFunc
}

// routes is every route of the API with the permission it needs. The pages for
// people are in pages; there is no other way to add one.
func (s *Server) routes() []route {
	return []route{
		{"POST", "/v1/cards", auth.Generate, s.postCard},
		{"GET", "/v1/cards", auth.View, s.listCards},
		{"GET", "/v1/cards/{namespace}/{name}", auth.View, s.getCard},
		{"DELETE", "/v1/cards/{namespace}/{name}", auth.Delete, s.deleteCard},
		{"POST", "/v1/cards/{namespace}/{name}/restore", auth.Delete, s.restoreCard},
		{"GET", "/v1/cards/{namespace}/{name}/revisions", auth.View, s.listRevisions},
		{"GET", "/v1/cards/{namespace}/{name}/revisions/{revision}", auth.View, s.getCard},
		{"GET", "/v1/cards/{namespace}/{name}/diff", auth.View, s.diffRevisions},
		{"POST", "/v1/cards/{namespace}/{name}/drift", auth.View, s.driftCard}, // and validate, which the handler asks for
		{"POST", "/v1/render", auth.Generate, s.renderDocument},
		{"POST", "/v1/validate", auth.Validate, s.validateDocument},
		{"POST", "/v1/batches", auth.Generate, s.postBatch},
		{"GET", "/v1/batches/{batch}", auth.Generate, s.getBatch},
		{"DELETE", "/v1/batches/{batch}", auth.Generate, s.cancelBatch},
		{"GET", "/v1/batches/{batch}/items", auth.Generate, s.listBatchItems},
		{"GET", "/v1/batches/{batch}/events", auth.Generate, s.streamBatch},
		{"GET", "/v1/batches/{batch}/result", auth.Generate, s.getBatchResult},
		{"POST", "/v1/batches/{batch}/retry", auth.Generate, s.retryBatch},
		{"POST", "/v1/auth/token", authenticated, s.issueToken},
		{"GET", "/v1/keys", auth.Admin, s.listKeys},
		{"POST", "/v1/keys", auth.Admin, s.createKey},
		{"DELETE", "/v1/keys/{id}", auth.Admin, s.revokeKey},
		{"GET", "/v1/audit", auth.Admin, s.listAudit},
		{"GET", "/v1/formats", public, s.listFormats},
		{"GET", "/v1/rules", public, s.listRules},
		{"GET", "/v1/schemas/card.json", public, s.getSchema},
		{"GET", "/openapi.yaml", public, s.getOpenAPI},
		{"GET", s.o.HealthPath, public, s.getHealth},
		{"GET", s.o.ReadyPath, public, s.getReady},
	}
}

// serve puts a route into the router, with HEAD beside GET.
func (r route) serve(on chi.Router, h http.Handler) {
	on.Method(r.method, r.path, h)
	if r.method == http.MethodGet {
		on.Method(http.MethodHead, r.path, h)
	}
}

// Handler is the router.
func (s *Server) Handler() http.Handler {
	r := chi.NewRouter()
	r.Use(s.identify, s.locate, s.observe, s.recoverPanic, s.secure, s.allowOrigins, s.limitAddress, s.deadline)
	r.NotFound(func(w http.ResponseWriter, r *http.Request) {
		s.fail(w, r, problem(http.StatusNotFound, "not_found", "there is nothing at this address"))
	})
	r.MethodNotAllowed(func(w http.ResponseWriter, r *http.Request) {
		s.fail(w, r, problem(http.StatusMethodNotAllowed, "method_not_allowed", "this address does not take "+r.Method))
	})
	for _, route := range s.routes() {
		route.serve(r, s.allow(route.permission, route.handler))
	}
	for _, page := range s.pages() {
		page.serve(r, s.asPage(s.allow(page.permission, page.handler)))
	}
	if s.o.Metrics != nil {
		r.Method(http.MethodGet, "/metrics", s.o.Metrics)
	}
	return r
}
