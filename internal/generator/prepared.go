package generator

import (
	"context"
	"encoding/json"
	"fmt"

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
func (p *Prepared) Committed(ctx context.Context) { p.g.committed(ctx, p.w) }

// Abandoned forgets what is known of the card, whose outcome may be unknown.
func (p *Prepared) Abandoned() { p.g.latest.forget(p.w.id) }

// facts are what is read of a document beside its canonical form, so that it is
// read once: when its batch is received.
type facts struct {
	ID      store.ID
	Derived bool
	Labels  store.Labels
	Digest  string
	Text    string
}

// facts are what was read, as a batch's item keeps them.
func (p *Prepared) facts() []byte {
	raw, err := json.Marshal(facts{p.w.id, p.w.derived, p.w.draft.Labels, p.w.draft.Digest, p.w.draft.Text})
	if err != nil {
		panic(err) // it is plain text
	}
	return raw
}

// restore is Prepare for a document that was read before.
func (g *Generator) restore(r Request, canonical, known []byte) (*Prepared, error) {
	var f facts
	if err := json.Unmarshal(known, &f); err != nil {
		return nil, fmt.Errorf("generator: facts of an item: %w", err)
	}
	return &Prepared{g, &writing{r: r, id: f.ID, derived: f.Derived, draft: store.Draft{
		Labels: f.Labels, Digest: f.Digest, Canonical: canonical, Text: f.Text,
		Source: r.Source, SourceType: r.MediaType, Author: r.Author, Reason: r.Reason, RequestID: r.RequestID,
	}}}, nil
}
