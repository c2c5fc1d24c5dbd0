package telemetry

import (
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Build says what program is running.
type Build struct {
	Version  string
	Revision string // of the source
}

// Metrics are the measurements of one server or worker. No label takes a value from a request as it came: routes are
// templates, methods and statuses are of a fixed set.
type Metrics struct {
	httpTime      *prometheus.HistogramVec
	httpInFlight  prometheus.Gauge
	render        *prometheus.HistogramVec
	cards         prometheus.Counter
	cacheRequests *prometheus.CounterVec
	cacheBytes    *prometheus.GaugeVec
	dependencyUp  *prometheus.GaugeVec
	breakerState  *prometheus.GaugeVec
	rateLimited   *prometheus.CounterVec
}

// NewMetrics makes the metrics and registers them, with those of the Go runtime and the process. It fails if the
// registry has them already.
func NewMetrics(reg prometheus.Registerer, build Build) (*Metrics, error) {
	m := &Metrics{
		httpTime: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "mcg_http_response_time_seconds",
			Help:    "Time from a request's headers to the last byte of its answer.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"route", "method", "status"}),
		httpInFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "mcg_http_in_flight",
			Help: "Requests that are being answered.",
		}),
		render: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "mcg_render_seconds",
			Help:    "Time to render one card in a format; cached answers are not in it.",
			Buckets: prometheus.ExponentialBuckets(.00001, 4, 10), // 10 µs to 2.6 s
		}, []string{"format"}),
		cards: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "mcg_cards_generated_total",
			Help: "Card revisions that were stored.",
		}),
		cacheRequests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "mcg_cache_requests_total",
			Help: "Look-ups in a cache tier by result: hit, miss, error, corrupt or skipped.",
		}, []string{"tier", "result"}),
		cacheBytes: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "mcg_cache_bytes",
			Help: "Bytes that a cache tier holds.",
		}, []string{"tier"}),
		dependencyUp: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "mcg_dependency_up",
			Help: "Whether a dependency answered when it was last asked: 1 or 0.",
		}, []string{"dependency"}),
		breakerState: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "mcg_breaker_state",
			Help: "Whether a circuit breaker refuses calls: 1 (open) or 0 (closed).",
		}, []string{"breaker"}),
		rateLimited: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "mcg_rate_limited_total",
			Help: "Requests refused with 429 by limit: principal, address or failed.",
		}, []string{"limit"}),
	}
	if err := m.register(reg, build); err != nil {
		return nil, fmt.Errorf("telemetry: register metrics: %w", err)
	}
	return m, nil
}

func (m *Metrics) register(reg prometheus.Registerer, build Build) error {
	info := prometheus.NewGauge(prometheus.GaugeOpts{
		Name:        "mcg_build_info",
		Help:        "Always 1; its labels say what is running.",
		ConstLabels: prometheus.Labels{"version": build.Version, "revision": build.Revision, "go_version": runtime.Version()},
	})
	info.Set(1)
	var errs []error
	for _, c := range []prometheus.Collector{
		m.httpTime, m.httpInFlight, m.render, m.cards, m.cacheRequests, m.cacheBytes, m.dependencyUp, m.breakerState, m.rateLimited, info,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	} {
		errs = append(errs, reg.Register(c))
	}
	return errors.Join(errs...)
}

// HTTPStarted counts a request in, and returns what counts it out again.
func (m *Metrics) HTTPStarted() (done func()) {
	m.httpInFlight.Inc()
	return m.httpInFlight.Dec
}

// HTTPAnswered records an answer. route is the template of the route, such as /v1/cards/{namespace}/{name}; it is empty
// for a request that no route matched.
func (m *Metrics) HTTPAnswered(route, method string, status int, took time.Duration) {
	if route == "" {
		route = "unmatched"
	}
	m.httpTime.WithLabelValues(route, methodLabel(method), statusClass(status)).Observe(took.Seconds())
}

// Rendered records one rendering.
func (m *Metrics) Rendered(format string, took time.Duration) {
	m.render.WithLabelValues(format).Observe(took.Seconds())
}

// CardGenerated counts one stored revision.
func (m *Metrics) CardGenerated() { m.cards.Inc() }

// Results of a look-up in a cache tier.
const (
	CacheHit   = "hit"
	CacheMiss  = "miss"
	CacheError = "error"
)

// CacheRequest counts one look-up in a tier.
func (m *Metrics) CacheRequest(tier, result string) {
	m.cacheRequests.WithLabelValues(tier, result).Inc()
}

// CacheBytes records what a tier holds.
func (m *Metrics) CacheBytes(tier string, bytes int64) {
	m.cacheBytes.WithLabelValues(tier).Set(float64(bytes))
}

// DependencyUp records whether a dependency answered.
func (m *Metrics) DependencyUp(dependency string, up bool) {
	value := 0.0
	if up {
		value = 1
	}
	m.dependencyUp.WithLabelValues(dependency).Set(value)
}

// BreakerState records whether a circuit breaker refuses calls.
func (m *Metrics) BreakerState(breaker string, open bool) {
	value := 0.0
	if open {
		value = 1
	}
	m.breakerState.WithLabelValues(breaker).Set(value)
}

// RateLimited counts a request that a limit refused.
func (m *Metrics) RateLimited(limit string) { m.rateLimited.WithLabelValues(limit).Inc() }

// methodLabel keeps methods that a client makes up out of the metrics.
func methodLabel(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	default:
		return "other"
	}
}

// statusClass is 1xx to 5xx. A handler that set no status answered 200.
func statusClass(status int) string {
	switch {
	case status == 0:
		return "2xx"
	case status < 100 || status > 599:
		return "other"
	default:
		return [...]string{"1xx", "2xx", "3xx", "4xx", "5xx"}[status/100-1]
	}
}

// MetricsHandler serves what the registry gathers. One slow scraper can't hold more than its share: at most four are
// served at once, for ten seconds each.
func MetricsHandler(reg *prometheus.Registry) http.Handler {
	return promhttp.HandlerFor(reg, promhttp.HandlerOpts{
		MaxRequestsInFlight: 4,
		Timeout:             10 * time.Second,
		EnableOpenMetrics:   true,
	})
}
