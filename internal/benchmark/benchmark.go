// Package benchmark measures a service from outside: latency and throughput of
// viewing, generating and validating a card. Beside each stands a floor of the
// same run: a bare handler in this process that takes the same bytes and
// returns the same bytes, asked by the same client. What lies between is the
// service's own.
package benchmark

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// rounds is how often an operation and its floor take turns, so that what else
// the machine does falls on both.
const rounds = 4

// warmUp is the requests before an operation is measured.
const warmUp = 50

// Options say what is measured, and how.
type Options struct {
	Server   string        // address of the service, without a path
	Header   http.Header   // of each request, such as credentials
	Card     string        // identifier of the card that is written, such as benchmark/card
	Document []byte        // the card, in YAML, with the marker Revision somewhere in it
	Clients  int           // how many requests are under way at once
	Duration time.Duration // for each operation, and again for its floor
	Now      func() time.Time
}

// Revision is replaced in the document by a number of its own for each request,
// so that each stores a revision.
const Revision = "@REVISION@"

// ErrServer says that the service does not answer as it has to before anything
// is measured.
var ErrServer = errors.New("benchmark: the service cannot be measured")

// Report is what was measured.
type Report struct {
	Server     string      `json:"server"`
	Clients    int         `json:"clients"`
	Seconds    float64     `json:"seconds"` // of each operation
	Operations []Operation `json:"operations"`
}

// Operation is one operation beside its floor.
type Operation struct {
	Name     string  `json:"name"`
	Measured Figures `json:"measured"`
	Floor    Figures `json:"floor"`
}

// Run measures view, generate and validate, one after the other. It writes one
// card, which it deletes at the end; the service keeps its revisions, as it
// does of every card. Errors: [ErrServer] and that of ctx. Requests that fail
// while it measures are counted, and are no error.
func Run(ctx context.Context, o Options) (Report, error) {
	transport := &http.Transport{MaxIdleConnsPerHost: o.Clients, DisableCompression: true}
	defer transport.CloseIdleConnections()
	r := &runner{o: o, client: &http.Client{Transport: transport, Timeout: time.Minute}}
	report := Report{Server: o.Server, Clients: o.Clients, Seconds: o.Duration.Seconds()}
	if _, err := r.once(ctx, r.generate()); err != nil {
		return report, fmt.Errorf("%w: %w", ErrServer, err)
	}
	defer r.remove(context.WithoutCancel(ctx))
	for _, op := range []operation{r.view(), r.generate(), r.validate()} {
		measured, err := r.compare(ctx, op)
		if err != nil {
			return report, err
		}
		report.Operations = append(report.Operations, measured)
	}
	return report, nil
}

// compare lets an operation and its floor take turns.
func (r *runner) compare(ctx context.Context, op operation) (Operation, error) {
	answer, err := r.once(ctx, op)
	if err != nil {
		return Operation{}, fmt.Errorf("%w: %s: %w", ErrServer, op.name, err)
	}
	floor, stop, err := startFloor(ctx, answer)
	if err != nil {
		return Operation{}, err
	}
	defer stop()
	bare := op
	bare.url = floor
	for range warmUp {
		_, _ = r.once(ctx, op) // a failure shows below
		_, _ = r.once(ctx, bare)
	}
	var measured, under samples
	for range rounds {
		under.add(r.load(ctx, bare, r.o.Duration/rounds))
		measured.add(r.load(ctx, op, r.o.Duration/rounds))
	}
	return Operation{Name: op.name, Measured: measured.figures(), Floor: under.figures()}, ctx.Err()
}
