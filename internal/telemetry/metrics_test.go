package telemetry

import (
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

func scrape(t *testing.T, reg *prometheus.Registry) string {
	t.Helper()
	rec := httptest.NewRecorder()
	MetricsHandler(reg).ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/metrics", http.NoBody))
	if rec.Code != http.StatusOK {
		t.Fatalf("status %d", rec.Code)
	}
	return rec.Body.String()
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	reg, other := prometheus.NewRegistry(), prometheus.NewRegistry()
	m, err := NewMetrics(reg, Build{Version: "v1.2.3", Revision: "abc"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewMetrics(other, Build{}); err != nil {
		t.Fatalf("a second server: %v", err)
	}
	done := m.HTTPStarted()
	m.HTTPStarted()()
	m.HTTPAnswered("/v1/cards/{namespace}/{name}", "GET", 304, 3*time.Millisecond)
	m.HTTPAnswered("", "EVIL\n", 999, time.Minute)
	m.HTTPAnswered("/health", "GET", 0, 0)
	m.Rendered("html", 50*time.Microsecond)
	m.CardGenerated()
	m.CacheRequest("memory", CacheHit)
	m.CacheBytes("disk", 42)
	m.DependencyUp("database", true)
	m.DependencyUp("redis", false)

	got := scrape(t, reg)
	for _, want := range []string{
		`mcg_http_response_time_seconds_bucket{method="GET",route="/v1/cards/{namespace}/{name}",status="3xx",le="0.0025"} 0`,
		`mcg_http_response_time_seconds_bucket{method="GET",route="/v1/cards/{namespace}/{name}",status="3xx",le="0.005"} 1`,
		`mcg_http_response_time_seconds_count{method="other",route="unmatched",status="other"} 1`,
		`mcg_http_response_time_seconds_count{method="GET",route="/health",status="2xx"} 1`,
		`mcg_http_in_flight 1`,
		`mcg_render_seconds_count{format="html"} 1`,
		`mcg_cards_generated_total 1`,
		`mcg_cache_requests_total{result="hit",tier="memory"} 1`,
		`mcg_cache_bytes{tier="disk"} 42`,
		`mcg_dependency_up{dependency="database"} 1`,
		`mcg_dependency_up{dependency="redis"} 0`,
		`mcg_build_info{go_version="` + runtime.Version() + `",revision="abc",version="v1.2.3"} 1`,
		`go_goroutines `,
		`process_start_time_seconds `,
	} {
		if !strings.Contains(got, "\n"+want) {
			t.Errorf("there is no line %q", want)
		}
	}
	done()
	if !strings.Contains(scrape(t, reg), "\nmcg_http_in_flight 0\n") {
		t.Error("the answered request is still in flight")
	}
	if strings.Contains(scrape(t, other), "mcg_cards_generated_total 1") {
		t.Error("the two servers share their metrics")
	}
	if _, err := NewMetrics(reg, Build{}); err == nil {
		t.Error("one registry takes two servers")
	}
}

func TestHTTPMetricsCostLittle(t *testing.T) { // not parallel: AllocsPerRun counts the whole process
	m, err := NewMetrics(prometheus.NewRegistry(), Build{})
	if err != nil {
		t.Fatal(err)
	}
	for _, status := range []int{200, 304, 404} {
		m.HTTPAnswered("/r", "GET", status, 0)
		if n := testing.AllocsPerRun(100, func() { m.HTTPAnswered("/r", "GET", status, time.Millisecond) }); n > 1 {
			t.Errorf("%d: %v allocations for a request", status, n)
		}
	}
}
