package api

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"github.com/rs/zerolog"
	"go.opentelemetry.io/otel/trace"

	"github.com/terragonlabs/modelcard-generator/internal/auth"
	"github.com/terragonlabs/modelcard-generator/internal/cache"
	"github.com/terragonlabs/modelcard-generator/internal/render"
	"github.com/terragonlabs/modelcard-generator/internal/store"
)

type contextKey int

const requestKey contextKey = iota

// request is what is found out about a request on its way, and what its log
// line says. It is the one value in the context, since each costs a copy of
// the request.
type request struct {
	id        string
	address   string
	who       auth.Principal
	principal string // the identifier of who
	denied    string // why credentials were not accepted
	page      bool   // of a page for people, so errors are pages too
	session   bool   // the principal is known by a session cookie
	cause     error
	query     url.Values
}

func requestOf(ctx context.Context) *request {
	r, _ := ctx.Value(requestKey).(*request)
	if r == nil {
		return &request{}
	}
	return r
}

func requestID(ctx context.Context) string { return requestOf(ctx).id }

// note keeps the cause of a failure for the log line. What the client caused
// is in the answer already.
func note(ctx context.Context, err error, status int) {
	if status >= http.StatusInternalServerError {
		requestOf(ctx).cause = err
	}
}

// identify gives the request its identifier: the client's, if it is fit for a
// log, or a new one.
func (s *Server) identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get("X-Request-Id")
		if !validRequestID(id) {
			id = s.o.NewID()
		}
		w.Header().Set("X-Request-Id", id)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), requestKey, &request{id: id})))
	})
}

func validRequestID(id string) bool {
	return id != "" && len(id) <= 128 && strings.Trim(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == ""
}

// observe writes the log line and the metrics of a request. It is outside
// recoverPanic, so a panic has its line too.
func (s *Server) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := s.o.Now()
		done := s.o.Measure.HTTPStarted()
		defer done()
		ww := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
		defer func() { // also of an answer that is cut off by http.ErrAbortHandler
			took := s.o.Now().Sub(start)
			status := ww.Status()
			if status == 0 {
				status = http.StatusOK
			}
			pattern := chi.RouteContext(r.Context()).RoutePattern()
			s.o.Measure.HTTPAnswered(pattern, r.Method, status, took)
			trace.SpanFromContext(r.Context()).SetName(r.Method + " " + pattern)
			s.logRequest(r, pattern, status, ww.BytesWritten(), took)
		}()
		next.ServeHTTP(ww, r)
	})
}

func (s *Server) logRequest(r *http.Request, pattern string, status, bytes int, took time.Duration) {
	info := requestOf(r.Context())
	level := zerolog.InfoLevel
	if status >= http.StatusInternalServerError {
		level = zerolog.ErrorLevel
	}
	event := s.o.Logger.WithLevel(level)
	if info.cause != nil {
		event = event.Err(info.cause)
		var panicked *cache.PanicError
		if errors.As(info.cause, &panicked) {
			event = event.Str("panic", panicCause(panicked.Value)).Bytes("stack", panicked.Stack)
		}
	}
	if info.principal != "" {
		event = event.Str("principal", info.principal)
	}
	if info.denied != "" {
		event = event.Str("denied", info.denied)
	}
	if span := trace.SpanContextFromContext(r.Context()); span.IsValid() {
		event = event.Stringer("trace_id", span.TraceID())
	}
	event.Str("request_id", info.id).Str("method", r.Method).Str("path", r.URL.EscapedPath()).Str("route", pattern).
		Int("status", status).Int("bytes", bytes).Dur("took_ms", took).Str("remote", info.address).Msg("request")
}

func remoteHost(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

var errPanic = errors.New("api: panic")

// recoverPanic makes a 500 of a panic. The stack goes to the log without the
// request's body.
func (s *Server) recoverPanic(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			v := recover()
			if v == nil {
				return
			}
			if v == http.ErrAbortHandler { //nolint:errorlint // net/http compares it so
				panic(v)
			}
			s.o.Logger.Error().Str("request_id", requestID(r.Context())).Str("panic", panicCause(v)).Bytes("stack", debug.Stack()).Msg("panic in a handler")
			s.fail(w, r, errPanic)
		}()
		next.ServeHTTP(w, r)
	})
}

// panicCause is what a log may say of a panic: the message of the runtime's own
// errors. Any other value may quote the document; its type and the stack lead to
// the place.
func panicCause(v any) string {
	if err, ok := v.(runtime.Error); ok {
		return err.Error()
	}
	return fmt.Sprintf("%T", v)
}

// secure sets the headers that every answer has, and refuses what a page or a
// proxy on this machine could send to a service without authentication.
func (s *Server) secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		for name, value := range guardHeaders() {
			h[name] = value
		}
		if s.byTLS(r) {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		p := s.refuseHost(r)
		if p == nil {
			p = s.refuseCrossOrigin(r)
		}
		if p != nil {
			s.fail(w, r, p)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// deadline bounds the work on a request.
func (s *Server) deadline(next http.Handler) http.Handler {
	if s.o.Timeout <= 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), s.o.Timeout)
		defer cancel()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// guardHeaders are on every answer. The policy lets a page do nothing but show
// itself with its own style and the pictures of a card; a page that does more
// says so itself.
var guardHeaders = sync.OnceValue(func() http.Header {
	return http.Header{
		"Content-Security-Policy": {"default-src 'none'; style-src '" + render.PageStyleHash() +
			"'; img-src https: data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; sandbox"},
		"Cross-Origin-Opener-Policy":   {"same-origin"},
		"Cross-Origin-Resource-Policy": {"same-origin"},
		"Referrer-Policy":              {"no-referrer"},
		"X-Content-Type-Options":       {"nosniff"},
		"X-Frame-Options":              {"DENY"},
	}
})

// isProbe reports whether a request is a probe or a scrape.
func (s *Server) isProbe(r *http.Request) bool {
	return r.URL.Path == s.o.HealthPath || r.URL.Path == s.o.ReadyPath || r.URL.Path == "/metrics"
}

// hostName is a Host without its port, in lower case.
func hostName(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	return strings.ToLower(strings.Trim(host, "[]"))
}

// hostMatches compares a Host with an entry of security.allowed_hosts: a name,
// "*" for every one, "*.example.com" for names below one, any of them with a
// port that then has to match too.
func hostMatches(allowed, host string) bool {
	if _, port, err := net.SplitHostPort(allowed); err == nil && !strings.HasSuffix(host, ":"+port) {
		return false
	}
	allowed, host = hostName(allowed), hostName(host)
	if below, ok := strings.CutPrefix(allowed, "*"); ok {
		return below == "" || len(host) > len(below) && strings.HasSuffix(host, below)
	}
	return allowed == host
}

func (s *Server) refuseHost(r *http.Request) *Problem {
	if s.isProbe(r) {
		return nil // probes and scrapes come by address
	}
	host := hostName(r.Host)
	if len(s.o.AllowedHosts) > 0 {
		if slices.ContainsFunc(s.o.AllowedHosts, func(allowed string) bool { return hostMatches(allowed, r.Host) }) {
			return nil
		}
		return problem(http.StatusMisdirectedRequest, "host_not_allowed", "this service does not answer for this host name; see security.allowed_hosts")
	}
	if s.o.Authenticator != nil {
		return nil
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return problem(http.StatusMisdirectedRequest, "host_not_allowed", "without authentication, only loopback names are answered")
	}
	for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip"} {
		if r.Header.Get(name) != "" {
			return problem(http.StatusForbidden, "forwarded", "without authentication, forwarded requests are refused; turn on security.enable_auth")
		}
	}
	return nil
}

// allow lets a request through to a handler if its principal has the
// permission.
func (s *Server) allow(permission auth.Permission, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if permission == public {
			next.ServeHTTP(w, r)
			return
		}
		principal, err := s.authenticate(r)
		if err != nil {
			requestOf(r.Context()).denied = auth.Reason(err)
			s.fail(w, r, err)
			return
		}
		info := requestOf(r.Context())
		info.who, info.principal = principal, principal.ID()
		if err := s.limitPrincipal(info.principal); err != nil {
			s.fail(w, r, err)
			return
		}
		if permission != authenticated && !principal.Allowed(permission) {
			s.fail(w, r, store.ErrForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func principalOf(ctx context.Context) auth.Principal { return requestOf(ctx).who }

// queryOf is the query of a request, parsed once.
func queryOf(r *http.Request) url.Values {
	if r.URL.RawQuery == "" {
		return nil
	}
	info := requestOf(r.Context())
	if info.query == nil {
		info.query = r.URL.Query()
	}
	return info.query
}

// scopeOf is the namespaces that the principal of a request may touch.
func scopeOf(ctx context.Context) store.Scope {
	namespaces := principalOf(ctx).Namespaces
	if namespaces.All() {
		return store.AllNamespaces()
	}
	return store.Namespaces(namespaces.Names()...)
}
