package telemetry

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/url"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
)

const (
	jaegerOTLPPort = "4318"       // where Jaeger speaks OTLP over HTTP
	tracesPath     = "/v1/traces" // OTLP 1.0, OTLP/HTTP request
	exportTimeout  = 10 * time.Second
)

// TraceOptions says where traces go.
type TraceOptions struct {
	Enabled        bool
	Endpoint       string  // http(s)://host:port, of a collector that speaks OTLP over HTTP; a user and password in it are sent as Basic
	JaegerEndpoint string  // the old address of a Jaeger collector, used where Endpoint is empty
	SampleRatio    float64 // the share of new traces that is recorded, 0 to 1
	Service        string
	Version        string
	Environment    string
	OnError        func(error) // told when spans could not be sent; they are lost, the service goes on
}

// Tracing is a tracer provider and what it holds open.
type Tracing struct {
	Provider   trace.TracerProvider
	Propagator propagation.TextMapPropagator // W3C trace context
	Warnings   []string                      // about the options, for the log

	enabled  bool
	shutdown func(context.Context) error
}

// NewTracing builds the provider. Where tracing is off, it is one that does nothing and costs nothing. The collector is
// not asked for here: it may come later than the service.
func NewTracing(ctx context.Context, o TraceOptions) (*Tracing, error) {
	t := &Tracing{
		Provider:   noop.NewTracerProvider(),
		Propagator: propagation.TraceContext{},
		shutdown:   func(context.Context) error { return nil },
	}
	if !o.Enabled {
		return t, nil
	}
	endpoint, warning, err := traceEndpoint(o)
	if err != nil {
		return nil, fmt.Errorf("telemetry: tracing: %w", err)
	}
	if warning != "" {
		t.Warnings = append(t.Warnings, warning)
	}
	exporter, err := otlptracehttp.New(ctx, exporterOptions(endpoint)...)
	if err != nil {
		return nil, fmt.Errorf("telemetry: tracing: %w", err)
	}
	provider := sdktrace.NewTracerProvider(
		sdktrace.WithBatcher(reportingExporter{exporter, o.OnError}),
		sdktrace.WithSampler(sdktrace.ParentBased(sdktrace.TraceIDRatioBased(o.SampleRatio))),
		sdktrace.WithResource(resource.NewSchemaless(
			attribute.String("service.name", o.Service),
			attribute.String("service.version", o.Version),
			attribute.String("deployment.environment.name", o.Environment),
		)),
	)
	t.enabled, t.Provider, t.shutdown = true, provider, provider.Shutdown
	return t, nil
}

// Shutdown sends what is waiting and ends the provider. It returns when ctx ends at the latest.
func (t *Tracing) Shutdown(ctx context.Context) error {
	if err := t.shutdown(ctx); err != nil {
		return fmt.Errorf("telemetry: end tracing: %w", err)
	}
	return nil
}

// traceEndpoint returns where OTLP goes, and a warning if the options name a protocol that is no longer spoken.
func traceEndpoint(o TraceOptions) (endpoint *url.URL, warning string, err error) {
	if o.Endpoint != "" {
		endpoint, err = parseEndpoint(o.Endpoint)
		return endpoint, "", err
	}
	jaeger, err := parseEndpoint(o.JaegerEndpoint)
	if err != nil {
		return nil, "", err
	}
	jaeger.Host, jaeger.Path = net.JoinHostPort(jaeger.Hostname(), jaegerOTLPPort), tracesPath
	shown := (&url.URL{Scheme: jaeger.Scheme, Host: jaeger.Host}).String()
	return jaeger, "jaeger_endpoint names Jaeger's old protocol; traces go to " + shown + " by OTLP: set otlp_endpoint to say so", nil
}

// parseEndpoint never shows the address in an error, since it may hold a password.
func parseEndpoint(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, errors.New("the endpoint is not an http:// or https:// address")
	}
	if u.Path == "" || u.Path == "/" {
		u.Path = tracesPath
	}
	return u, nil
}

func exporterOptions(endpoint *url.URL) []otlptracehttp.Option {
	options := []otlptracehttp.Option{
		otlptracehttp.WithEndpoint(endpoint.Host),
		otlptracehttp.WithURLPath(endpoint.Path),
		otlptracehttp.WithCompression(otlptracehttp.GzipCompression),
		otlptracehttp.WithTimeout(exportTimeout),
	}
	if endpoint.Scheme == "http" {
		options = append(options, otlptracehttp.WithInsecure())
	}
	if endpoint.User != nil {
		password, _ := endpoint.User.Password()
		basic := base64.StdEncoding.EncodeToString([]byte(endpoint.User.Username() + ":" + password))
		options = append(options, otlptracehttp.WithHeaders(map[string]string{"Authorization": "Basic " + basic}))
	}
	return options
}

// reportingExporter gives errors to a function instead of OpenTelemetry's global handler.
type reportingExporter struct {
	sdktrace.SpanExporter

	onError func(error)
}

// ExportSpans sends spans; it has told of an error when it returns.
func (e reportingExporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	if err := e.SpanExporter.ExportSpans(ctx, spans); err != nil && e.onError != nil {
		e.onError(fmt.Errorf("telemetry: send %d spans: %w", len(spans), err))
	}
	return nil
}
