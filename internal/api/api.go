// Package api is HTTP in and out: the chi router, the middleware, the handlers
// of api/openapi.yaml, and problem+json. What a request means is decided in
// package generator.
package api

import (
	"net/http"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"github.com/terragonlabs/modelcard-generator/internal/auth"
	"github.com/terragonlabs/modelcard-generator/internal/generator"
	"github.com/terragonlabs/modelcard-generator/internal/portal"
	"github.com/terragonlabs/modelcard-generator/internal/render"
	"github.com/terragonlabs/modelcard-generator/internal/store"
	"github.com/terragonlabs/modelcard-generator/internal/telemetry"
)

// Options are what a [Server] is built from.
type Options struct {
	Generator *generator.Generator
	Store     store.Store
	// Authenticator is nil on a loopback-only service without authentication.
	Authenticator *auth.Authenticator
	// AllowedHosts are the Host names that are answered; empty answers all, or
	// loopback names only while there is no Authenticator.
	AllowedHosts []string
	// Formats are the formats that a request may ask for.
	Formats render.Set
	// CORSOrigins are the web origins whose pages may read answers.
	CORSOrigins []string
	// TrustedProxies are the addresses and networks whose X-Forwarded-For and
	// X-Forwarded-Proto are believed.
	TrustedProxies []string
	// Limits hold while there is an Authenticator.
	Limits Limits
	// Roles are what keys can be given.
	Roles auth.Roles
	// Issuer makes tokens for API keys, good for TokenLifetime; nil makes none.
	Issuer        TokenIssuer
	TokenLifetime time.Duration
	DefaultFormat string
	HealthPath    string
	ReadyPath     string
	// Timeout bounds the work on one request; 0 does not.
	Timeout time.Duration
	// Metrics answers /metrics; nil leaves it to the private listener.
	Metrics http.Handler
	Measure *telemetry.Metrics
	Health  *Health
	Logger  zerolog.Logger
	// SpoolDir is where the bodies of batches are kept while they are read; empty
	// is the system's folder for temporary files.
	SpoolDir string
	// NewID makes request identifiers.
	NewID func() string
	Now   func() time.Time
}

// Server answers the API.
type Server struct {
	o       Options
	trusted []netip.Prefix
	foreign *http.CrossOriginProtection
	limits  *limits
	exports chan struct{}
	streams atomic.Int64 // event streams that are open
	portal  *portal.Portal
}

// New is a server; its Handler is the whole router.
func New(o Options) *Server {
	s := &Server{o: o, trusted: prefixesOf(o.TrustedProxies), limits: newLimits(o.Limits), exports: make(chan struct{}, maxExports)}
	s.foreign = s.crossOrigin()
	s.portal = portal.New(portal.Options{
		Generator: o.Generator, Store: o.Store, Formats: o.Formats, SignIn: o.Authenticator != nil, Roles: o.Roles.Names(), Explain: explain, Now: o.Now,
	})
	return s
}
