package app

import (
	"compress/gzip"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/terragonlabs/modelcard-generator/internal/config"
	"github.com/terragonlabs/modelcard-generator/internal/store/postgres/postgrestest"
)

// received is one span as the collector got it.
type received struct{ trace, id, parent, name string }

// receiver is a collector that speaks OTLP over HTTP, with the protocol's own
// types.
type receiver struct {
	*httptest.Server
	mu    sync.Mutex
	spans []received
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	c := &receiver{}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := inflated(r)
		var export collector.ExportTraceServiceRequest
		if err == nil {
			err = proto.Unmarshal(body, &export)
		}
		if err != nil {
			t.Error(err)
		}
		w.Header().Set("Content-Type", "application/x-protobuf")
		c.take(&export)
	}))
	t.Cleanup(c.Close)
	return c
}

func inflated(r *http.Request) ([]byte, error) {
	body, err := gzip.NewReader(r.Body)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(body)
}

func (c *receiver) take(export *collector.ExportTraceServiceRequest) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, resource := range export.ResourceSpans {
		for _, scope := range resource.ScopeSpans {
			for _, s := range scope.Spans {
				c.spans = append(c.spans, received{
					hex.EncodeToString(s.TraceId), hex.EncodeToString(s.SpanId), hex.EncodeToString(s.ParentSpanId), s.Name,
				})
			}
		}
	}
}

// paths returns the spans of a trace, each as the names from its root to it.
func (c *receiver) paths(trace string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	known := map[string]received{}
	for _, s := range c.spans {
		known[s.id] = s
	}
	var paths []string
	for _, s := range c.spans {
		if s.trace != trace {
			continue
		}
		path := s.name
		for up, ok := known[s.parent]; ok; up, ok = known[up.parent] {
			path = up.name + " > " + path
		}
		paths = append(paths, path)
	}
	slices.Sort(paths)
	return paths
}

// TestOneTraceFromRequestToRedis follows what a client's own trace becomes: the
// spans of the request, the use case, the cache, Redis and the database are one
// tree under it.
func TestOneTraceFromRequestToRedis(t *testing.T) {
	t.Parallel()
	spans := newReceiver(t)
	r := serve(t, func(c *config.Config) {
		c.Monitoring.EnableTracing, c.Monitoring.OTLPEndpoint = true, config.URL(spans.URL)
		c.Database.URL = config.URL(postgrestest.EmptyURL(t))
		c.Redis.URL = config.URL(os.Getenv("MCG_TEST_REDIS_URL"))
	})
	const write, view = "0af7651916cd43dd8448eb211c80319c", "1bf7651916cd43dd8448eb211c80319c"
	tracedRequest(t, write, http.MethodPost, r.url+"/v1/cards", card)
	tracedRequest(t, view, http.MethodGet, r.url+"/v1/cards/acme/m?format=html", "")
	if err := r.stop(); err != nil { // which sends what is waiting
		t.Fatal(err)
	}
	wantSpans(t, spans.paths(write), "POST /v1/cards", "POST /v1/cards > generate card", "POST /v1/cards > generate card > BEGIN", "POST /v1/cards > generate card > batch start > INSERT")
	const route = "GET /v1/cards/{namespace}/{name}"
	wantSpans(t, spans.paths(view), route, route+" > view card > cache", route+" > view card > cache > getrange", route+" > view card > cache > cache > render")
	for _, id := range []string{write, view} {
		if !strings.Contains(r.logs.String(), `"trace_id":"`+id+`"`) {
			t.Errorf("no log line has the trace %s", id)
		}
	}
}

// tracedRequest sends a request of the trace.
func tracedRequest(t *testing.T, trace, method, url, body string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Traceparent", "00-"+trace+"-b7ad6b7169203331-01")
	request.Header.Set("Content-Type", "application/yaml")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if text, err := io.ReadAll(answer.Body); err != nil || answer.StatusCode >= 300 {
		t.Fatalf("%s %s: %d %s, %v", method, url, answer.StatusCode, text, err)
	}
}

// wantSpans looks for paths.
func wantSpans(t *testing.T, got []string, want ...string) {
	t.Helper()
	for _, path := range want {
		if !slices.Contains(got, path) {
			t.Errorf("no span %q among\n%s", path, strings.Join(got, "\n"))
		}
	}
}
