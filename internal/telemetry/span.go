package telemetry

import (
	"context"

	"go.opentelemetry.io/otel/codes"
)

// SpanFunc begins a span under that of ctx, and returns what ends it with the
// outcome. Names are of a fixed set.
type SpanFunc = func(ctx context.Context, name string) (context.Context, func(error))

// NoSpan begins nothing and allocates nothing.
func NoSpan(ctx context.Context, _ string) (context.Context, func(error)) { return ctx, endNothing }

func endNothing(error) {}

// Spans returns what begins spans of one part of the program. An error marks
// its span as failed; its text is in the log alone, which has the trace's
// identifier, since collectors are read by more people than logs.
func (t *Tracing) Spans(part string) SpanFunc {
	if !t.enabled {
		return NoSpan
	}
	tracer := t.Provider.Tracer("github.com/terragonlabs/modelcard-generator/internal/" + part)
	return func(ctx context.Context, name string) (context.Context, func(error)) {
		ctx, span := tracer.Start(ctx, name)
		return ctx, func(err error) {
			if err != nil {
				span.SetStatus(codes.Error, "")
			}
			span.End()
		}
	}
}
