package telemetry

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"
)

// received is one request of an exporter.
type received struct {
	path, authorization string
	export              *collector.ExportTraceServiceRequest
	err                 error
}

// newCollector starts a receiver of OTLP over HTTP.
func newCollector(t *testing.T) (address string, requests <-chan received) {
	t.Helper()
	queue := make(chan received, 10)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		export, err := decodeExport(r)
		queue <- received{r.URL.Path, r.Header.Get("Authorization"), export, err}
		w.Header().Set("Content-Type", "application/x-protobuf")
	}))
	t.Cleanup(server.Close)
	return server.URL, queue
}

func decodeExport(r *http.Request) (*collector.ExportTraceServiceRequest, error) {
	body, err := gzip.NewReader(r.Body)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(body)
	if err != nil {
		return nil, err
	}
	export := new(collector.ExportTraceServiceRequest)
	return export, proto.Unmarshal(data, export)
}

func end(t *testing.T, tracing *Tracing) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := tracing.Shutdown(ctx); err != nil {
		t.Error(err)
	}
}

func TestSpansArrive(t *testing.T) {
	t.Parallel()
	address, requests := newCollector(t)
	tracing, err := NewTracing(t.Context(), TraceOptions{
		Enabled: true, Endpoint: strings.Replace(address, "http://", "http://user:pw@", 1), SampleRatio: 1,
		Service: "mcg", Version: "v1", Environment: "test",
	})
	if err != nil {
		t.Fatal(err)
	}
	_, span := tracing.Provider.Tracer("test").Start(t.Context(), "render card")
	span.End()
	end(t, tracing)

	r := <-requests
	if r.err != nil {
		t.Fatal(r.err)
	}
	if r.path != "/v1/traces" || r.authorization != "Basic dXNlcjpwdw==" {
		t.Errorf("path %q, authorization %q", r.path, r.authorization)
	}
	resource := r.export.GetResourceSpans()[0]
	got := map[string]string{"span": resource.GetScopeSpans()[0].GetSpans()[0].GetName()}
	for _, a := range resource.GetResource().GetAttributes() {
		got[a.GetKey()] = a.GetValue().GetStringValue()
	}
	want := map[string]string{"span": "render card", "service.name": "mcg", "service.version": "v1", "deployment.environment.name": "test"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestSampling(t *testing.T) {
	t.Parallel()
	address, _ := newCollector(t)
	tracing, err := NewTracing(t.Context(), TraceOptions{Enabled: true, Endpoint: address, SampleRatio: 0})
	if err != nil {
		t.Fatal(err)
	}
	defer end(t, tracing)
	tracer := tracing.Provider.Tracer("test")
	if _, span := tracer.Start(t.Context(), "own"); span.SpanContext().IsSampled() {
		t.Error("a new trace is recorded at ratio 0")
	}
	header := propagation.MapCarrier{"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
	ctx := tracing.Propagator.Extract(t.Context(), header)
	if _, span := tracer.Start(ctx, "continued"); !span.SpanContext().IsSampled() {
		t.Error("the caller's decision to record is not followed")
	}
}

func TestTracingOff(t *testing.T) { // not parallel: AllocsPerRun counts the whole process
	tracing, err := NewTracing(t.Context(), TraceOptions{Endpoint: "http://nowhere.invalid", SampleRatio: 1})
	if err != nil {
		t.Fatal(err)
	}
	tracer := tracing.Provider.Tracer("test")
	ctx := t.Context()
	if n := testing.AllocsPerRun(100, func() {
		_, span := tracer.Start(ctx, "nothing")
		span.End()
	}); n > 1 { // the context that Start returns
		t.Errorf("%v allocations for a span that nobody wants", n)
	}
	if _, span := tracer.Start(ctx, "nothing"); span.IsRecording() {
		t.Error("a span is recorded while tracing is off")
	}
	end(t, tracing)
}

func TestTraceEndpoint(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, otlp, jaeger, want string
		warned                   bool
	}{
		{"otlp", "http://c:4318", "", "http://c:4318/v1/traces", false},
		{"otlp with a path", "https://c/prefix/v1/traces", "", "https://c/prefix/v1/traces", false},
		{"jaeger", "", "http://jaeger:14268/api/traces", "http://jaeger:4318/v1/traces", true},
		{"jaeger without a port", "", "https://[::1]", "https://[::1]:4318/v1/traces", true},
		{"both", "http://c:1/", "http://jaeger:14268/api/traces", "http://c:1/v1/traces", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, warning, err := traceEndpoint(TraceOptions{Endpoint: tt.otlp, JaegerEndpoint: tt.jaeger})
			if err != nil {
				t.Fatal(err)
			}
			if got.String() != tt.want || (warning != "") != tt.warned {
				t.Errorf("endpoint %s, warning %q; want %s, warned %v", got, warning, tt.want, tt.warned)
			}
		})
	}
	for _, bad := range []string{"", "collector:4318", "grpc://c", "http://u:s3ntinel@%zz", "http://"} {
		_, err := NewTracing(t.Context(), TraceOptions{Enabled: true, Endpoint: bad})
		if err == nil || strings.Contains(err.Error(), "s3ntinel") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// TestCollectorAway: spans are lost and told of, and nothing else fails.
func TestCollectorAway(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest) // not retried
	}))
	defer server.Close()
	told := make(chan error, 1)
	tracing, err := NewTracing(t.Context(), TraceOptions{Enabled: true, Endpoint: server.URL, SampleRatio: 1, OnError: func(err error) { told <- err }})
	if err != nil {
		t.Fatal(err)
	}
	var span trace.Span
	_, span = tracing.Provider.Tracer("test").Start(t.Context(), "lost")
	span.End()
	end(t, tracing)
	select {
	case err := <-told:
		if !strings.Contains(err.Error(), "send 1 spans") || errors.Unwrap(err) == nil {
			t.Errorf("error = %v", err)
		}
	default:
		t.Error("nobody is told of the lost span")
	}
}
