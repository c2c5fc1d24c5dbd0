package generator

import (
	"context"

	"github.com/terragonlabs/modelcard-generator/internal/store"
)

// Prepared is a document that was read and waits to be written, for callers
// that write more in the same transaction. It is not safe for concurrent use.
type Prepared struct {
	g *Generator
	w *writing
}

// Prepare reads a request's document. The idempotency key is not looked at:
// whoever opens the transaction sees to it that the work is done once.
func (g *Generator) Prepare(ctx context.Context, r Request) (*Prepared, error) {
	w, err := g.prepare(ctx, r)
	if err != nil {
		return nil, err
	}
	return &Prepared{g, w}, nil
}

// ID is the card that the document is of.
func (p *Prepared) ID() store.ID { return p.w.id }

// Write writes the document as Generate does, in a transaction of the request's
// scope. It may run again in another one. When the transaction has ended, call
// Committed or Abandoned. Errors: [ErrPrecondition], [ErrIDTaken], and those of
// store.Tx.
func (p *Prepared) Write(ctx context.Context, tx store.Tx) (Outcome, error) {
	err := p.w.run(ctx, tx)
	return p.w.out, err
}

// Committed does what follows a commit: the process knows the new revision, it
// is counted, and its file is written.
func (p *Prepared) Committed() { p.g.committed(p.w) }

// Abandoned forgets what is known of the card, whose outcome may be unknown.
func (p *Prepared) Abandoned() { p.g.latest.forget(p.w.id) }
