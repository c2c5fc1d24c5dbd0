package generator

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/check"
	"github.com/terragonlabs/modelcard-generator/internal/integration"
	"github.com/terragonlabs/modelcard-generator/internal/render"
	"github.com/terragonlabs/modelcard-generator/internal/store"
)

// SourceError says that a service that a card names could not be read or
// written to.
type SourceError struct {
	// Pointer is the source's in the card; "" for a publication.
	Pointer string
	// Detail says who was asked, what came back, and what to check.
	Detail string
	// Temporary is true where a later try may go well.
	Temporary bool

	cause error
}

// Error is the place and the detail.
func (e *SourceError) Error() string {
	if e.Pointer == "" {
		return e.Detail
	}
	return e.Pointer + ": " + e.Detail
}

// Unwrap is the integration's own error.
func (e *SourceError) Unwrap() error { return e.cause }

// sourceError puts an integration's error in the words of this package.
func sourceError(err error) error {
	out := &SourceError{Detail: err.Error(), Temporary: integration.IsTemporary(err), cause: err}
	var source *integration.SourceError
	if errors.As(err, &source) {
		out.Pointer, out.Detail = "/sources/"+strconv.Itoa(source.Index), source.Err.Error()
	}
	return out
}

// refresh reads the sources of a document anew and fills its card with them.
// The conflicts become warnings of the document.
func (g *Generator) refresh(ctx context.Context, doc *card.Document) (err error) {
	ctx, end := g.o.Span(ctx, "read sources")
	defer func() { end(err) }()
	leave, err := g.o.EnterFetch(ctx)
	if err != nil {
		return err
	}
	readings, err := g.o.Fetchers.Read(ctx, doc.Card.Sources)
	leave()
	if err != nil {
		return sourceError(err)
	}
	merged, conflicts, err := integration.Merge(doc.Card, readings...)
	if err != nil {
		return err
	}
	for i := range conflicts {
		conflicts[i].Line, conflicts[i].Column = doc.Position(conflicts[i].Pointer)
	}
	doc.Card, doc.Warnings = merged, append(doc.Warnings, conflicts...)
	return nil
}

// Refreshed is what reading the sources of a stored card anew has changed.
type Refreshed struct {
	Outcome
	// Changes are the fields in which the new revision differs from the one before.
	Changes []card.Change
}

// Refresh reads the sources of a card's latest revision anew and stores what
// has changed as its next revision; the document as submitted stays as it is.
// The revision must still be the latest when it is stored, or the error is
// [ErrPrecondition]. Errors are also [*SourceError] and those of store.Reader
// and store.Writer.
func (g *Generator) Refresh(ctx context.Context, ch Change) (Refreshed, error) {
	rev, err := g.o.Store.Revision(ctx, ch.Scope, ch.ID, 0)
	if err != nil {
		return Refreshed{}, err
	}
	if ch.Expect > 0 && ch.Expect != rev.Number {
		return Refreshed{}, ErrPrecondition
	}
	doc, err := card.ReadJSON(rev.Canonical)
	if err != nil {
		return Refreshed{}, err
	}
	before := doc.Card
	if err := g.refresh(ctx, doc); err != nil {
		return Refreshed{}, err
	}
	r := Request{
		Input: Input{Source: rev.Source, MediaType: rev.SourceType}, Scope: ch.Scope, Author: ch.Author,
		Reason: "sources were read anew", RequestID: ch.RequestID, Expect: rev.Number,
	}
	w := &writing{r: r, doc: doc, id: ch.ID, draft: draftOf(doc.Card, r)}
	if err := g.store(ctx, w); err != nil {
		return Refreshed{}, err
	}
	return Refreshed{w.out, card.Diff(before, doc.Card)}, nil
}

// PublishRequest asks to write a revision to a service.
type PublishRequest struct {
	Scope store.Scope
	ID    store.ID
	// Revision is its number; 0 is the latest.
	Revision int64
	// To is the service: a key of Options.Publishers.
	To          string
	Target      string
	Parent      string
	PullRequest bool
}

// Publish writes a stored revision to a service. It may be repeated: a service
// that has the card already is left as it is. Errors: those of [PublishCard] and
// of store.Reader.
func (g *Generator) Publish(ctx context.Context, r PublishRequest) (published integration.Published, err error) {
	ctx, end := g.o.Span(ctx, "publish card")
	defer func() { end(err) }()
	c, err := g.cardOf(ctx, r.Scope, r.ID, r.Revision)
	if err != nil {
		return integration.Published{}, err
	}
	leave, err := g.o.EnterFetch(ctx)
	if err != nil {
		return integration.Published{}, err
	}
	defer leave()
	p := integration.Publication{Target: r.Target, Parent: r.Parent, PullRequest: r.PullRequest}
	return PublishCard(ctx, g.o.Publishers, r.To, c, p)
}

// fitToPublish refuses a card with a secret in it, and for the Hub one whose
// metadata the Hub would refuse: what is published cannot be called back.
func fitToPublish(ctx context.Context, to string, c *card.Card) error {
	packs, err := check.SelectPacks("secrets", to)
	var none *check.UnknownPackError
	if errors.As(err, &none) { // the service has no rules of its own
		packs, err = check.SelectPacks("secrets")
	}
	if err != nil {
		return err
	}
	result, err := Judge(ctx, check.New(check.Options{Packs: packs}), "", card.NewDocument(c, nil, nil), nil)
	if err != nil || result.Valid {
		return err
	}
	return &RefusedError{Validation{Result: result, Losses: []render.Loss{}}}
}

// PublishCard holds a card to what may be published, renders it as a README and
// writes it to a service. The publication's target may be left out where the
// service is the Hub: then it is the card's own identifier. Errors:
// [*RefusedError], [*SourceError] and [*card.Error].
func PublishCard(ctx context.Context, publishers map[string]integration.Publisher, to string, c *card.Card, p integration.Publication) (integration.Published, error) {
	publisher, known := publishers[to]
	if !known || publisher == nil {
		return integration.Published{}, &SourceError{Detail: fmt.Sprintf("%s: %v", to, integration.ErrNotConfigured), cause: integration.ErrNotConfigured}
	}
	if err := fitToPublish(ctx, to, c); err != nil {
		return integration.Published{}, err
	}
	format, err := render.Lookup(render.Default)
	if err != nil {
		return integration.Published{}, err
	}
	if p.Readme, _, err = format.Render(c); err != nil {
		return integration.Published{}, err
	}
	p.Digest = c.Digest()
	if p.Target == "" {
		p.Target = c.Model.ID
	}
	out, err := publisher.Publish(ctx, p)
	var refused *card.Error
	if err != nil && !errors.As(err, &refused) {
		return out, sourceError(err)
	}
	return out, err
}
