// Package api is HTTP in and out: the chi router, the middleware, the handlers
// of api/openapi.yaml, and problem+json. What a request means is decided in
// package generator.
package api

import (
	"net/http"
	"time"

	"github.com/rs/zerolog"

	"github.com/terragonlabs/modelcard-generator/internal/auth"
	"github.com/terragonlabs/modelcard-generator/internal/generator"
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
	Formats       render.Set
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
	// NewID makes request identifiers.
	NewID func() string
	Now   func() time.Time
}

// Server answers the API.
type Server struct {
	o Options
}

// New is a server; its Handler is the whole router.
func New(o Options) *Server { return &Server{o} }
