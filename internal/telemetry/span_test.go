package telemetry

import (
	"errors"
	"testing"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

func TestSpans(t *testing.T) {
	t.Parallel()
	address, requests := newCollector(t)
	tracing, err := NewTracing(t.Context(), TraceOptions{Enabled: true, Endpoint: address, SampleRatio: 1})
	if err != nil {
		t.Fatal(err)
	}
	begin := tracing.Spans("generator")
	ctx, endOuter := begin(t.Context(), "outer")
	_, endInner := begin(ctx, "inner")
	endInner(errors.New("password=hunter2"))
	endOuter(nil)
	end(t, tracing)

	r := <-requests
	if r.err != nil {
		t.Fatal(r.err)
	}
	spans := r.export.GetResourceSpans()[0].GetScopeSpans()[0].GetSpans()
	if len(spans) != 2 || spans[0].GetName() != "inner" || string(spans[0].GetParentSpanId()) != string(spans[1].GetSpanId()) {
		t.Fatalf("spans: %v", spans)
	}
	if s := spans[0].GetStatus(); s.GetCode() != tracepb.Status_STATUS_CODE_ERROR || s.GetMessage() != "" {
		t.Errorf("the status of a failed span is %v", s)
	}
	if s := spans[1].GetStatus(); s.GetCode() != tracepb.Status_STATUS_CODE_UNSET {
		t.Errorf("the status of a good span is %v", s)
	}
}

func TestSpansOffCostNothing(t *testing.T) { // not parallel: AllocsPerRun counts the whole process
	tracing, err := NewTracing(t.Context(), TraceOptions{})
	if err != nil {
		t.Fatal(err)
	}
	begin, ctx := tracing.Spans("generator"), t.Context()
	if n := testing.AllocsPerRun(1000, func() {
		_, end := begin(ctx, "view card")
		end(nil)
	}); n != 0 {
		t.Errorf("%v allocations for a span while tracing is off", n)
	}
}
