package api

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/terragonlabs/modelcard-generator/internal/store"
)

// checkTimeout bounds one look at the database.
const checkTimeout = 2 * time.Second

// Health is what a process knows of itself and its view of the world.
type Health struct {
	Store   store.Store
	Version string
	Now     func() time.Time
	// Parts are looked at beside the database: what is wrong with each, or nil.
	// A part that fails degrades the service.
	Parts map[string]func(ctx context.Context) error

	reached  atomic.Bool // the database has been reached, with a current schema
	draining atomic.Bool
}

// Drain makes the process not ready, so that no new requests are sent to it.
func (h *Health) Drain() { h.draining.Store(true) }

type healthCheck struct {
	Status string `json:"status"`
	Detail string `json:"detail,omitempty"`
}

type healthReport struct {
	Status    string                 `json:"status"`
	Checks    map[string]healthCheck `json:"checks"`
	Timestamp time.Time              `json:"timestamp"`
	Version   string                 `json:"version"`
}

// database looks at the database and its schema.
func (h *Health) database(ctx context.Context) healthCheck {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	current, want, err := h.Store.SchemaVersion(ctx)
	switch {
	case err != nil:
		return healthCheck{"unhealthy", "the database cannot be reached"}
	case current < want: // a newer one only adds, so that a version can be rolled back
		return healthCheck{"unhealthy", "the schema is not current; run mcg migrate up"}
	}
	h.reached.Store(true)
	return healthCheck{Status: "healthy"}
}

func (h *Health) report(ctx context.Context) healthReport {
	report := healthReport{Status: "healthy", Checks: map[string]healthCheck{"database": h.database(ctx)}, Timestamp: h.Now().UTC(), Version: h.Version}
	for name, look := range h.Parts {
		report.Checks[name] = healthCheck{Status: "healthy"}
		if err := look(ctx); err != nil {
			report.Checks[name] = healthCheck{"unhealthy", err.Error()}
		}
	}
	for _, c := range report.Checks {
		if c.Status != "healthy" {
			report.Status = "degraded"
		}
	}
	return report
}

// getHealth is always about this process: a database that is away degrades it,
// and restarting it would not help.
func (s *Server) getHealth(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	writeJSON(w, http.StatusOK, s.o.Health.report(r.Context()))
}

// getReady is 503 until the database was reached with a current schema, and
// while the process drains; later outages of the database are only degraded.
func (s *Server) getReady(w http.ResponseWriter, r *http.Request) {
	report := s.o.Health.report(r.Context())
	status := http.StatusOK
	if s.o.Health.draining.Load() || !s.o.Health.reached.Load() {
		status, report.Status = http.StatusServiceUnavailable, "unhealthy"
	}
	w.Header().Set("Cache-Control", "no-store")
	writeJSON(w, status, report)
}
