// Package generator holds the use cases that have several steps, each once:
// generate a card, render it, validate it, view it, compare revisions. The
// API, the worker and the command line call these.
package generator

import (
	"context"
	"encoding/json"
	"time"

	"github.com/terragonlabs/modelcard-generator/internal/cache"
	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/integration"
	"github.com/terragonlabs/modelcard-generator/internal/render"
	"github.com/terragonlabs/modelcard-generator/internal/store"
)

// Options are what a [Generator] works with.
type Options struct {
	Store store.Store
	Cache *cache.Cache
	// Rendered is told how long each rendering took.
	Rendered func(format string, took time.Duration)
	// Generated is told of each new revision.
	Generated func()
	// Folder gets each new revision in the format Export; nil keeps no files.
	Folder *Folder
	Export render.Format
	// Exported is told how the writing of a file ended. The card is stored
	// whatever becomes of the file.
	Exported func(store.ID, error)
	// Failed is told of an item of a batch that is given up for a reason that is
	// not the document's.
	Failed func(job ChunkJob, item int64, err error)
	// Settled is told of items of a batch that were stored, or found to be wrong.
	Settled func(items []store.BatchItem)
	// Enter waits for a place to read or render a document, and returns what
	// gives it back. It may refuse when there is too much to do.
	Enter func(ctx context.Context) (leave func(), err error)
	// Strict holds every card to the default checks.
	Strict bool
	// Fetchers are the services that sources of a card are read from, and
	// Publishers those that cards are published to.
	Fetchers   integration.Fetchers
	Publishers map[string]integration.Publisher
	// EnterFetch is Enter for questions to those services: they wait on others,
	// and must not take the places of what only computes.
	EnterFetch func(ctx context.Context) (leave func(), err error)
	// Span begins a span of a trace for a use case or a step of one, and returns
	// what ends it with the outcome; nil begins none.
	Span func(ctx context.Context, name string) (context.Context, func(error))
	// Now is the clock.
	Now func() time.Time
}

// Generator runs the use cases. It is safe for concurrent use.
type Generator struct {
	o      Options
	latest *pointers
}

// New is a generator over a store and a cache.
func New(o Options) *Generator {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Rendered == nil {
		o.Rendered = func(string, time.Duration) {}
	}
	if o.Generated == nil {
		o.Generated = func() {}
	}
	if o.Exported == nil {
		o.Exported = func(store.ID, error) {}
	}
	if o.Failed == nil {
		o.Failed = func(ChunkJob, int64, error) {}
	}
	if o.Settled == nil {
		o.Settled = func([]store.BatchItem) {}
	}
	if o.Enter == nil {
		o.Enter = func(context.Context) (func(), error) { return func() {}, nil }
	}
	if o.EnterFetch == nil {
		o.EnterFetch = func(context.Context) (func(), error) { return func() {}, nil }
	}
	if o.Span == nil {
		o.Span = func(ctx context.Context, _ string) (context.Context, func(error)) { return ctx, func(error) {} }
	}
	return &Generator{o: o, latest: newPointers(o.Store, o.Now)}
}

// Input is a document as it was submitted.
type Input struct {
	Source    []byte
	MediaType string // as render.DocumentType gives it
	// ID names a document without an identifier of its own, or overrides it.
	ID string
}

// Read reads a document. Errors of the document are [*card.Error].
func (in Input) Read() (*card.Document, []render.Loss, error) {
	return render.Read(in.Source, in.MediaType, in.ID)
}

// Render reads a document and writes it in a format; nothing is stored.
func (g *Generator) Render(ctx context.Context, in Input, format render.Format) ([]byte, *card.Document, []render.Loss, error) {
	leave, err := g.o.Enter(ctx)
	if err != nil {
		return nil, nil, nil, err
	}
	defer leave()
	doc, losses, err := in.Read()
	if err != nil {
		return nil, nil, nil, err
	}
	if format.Stored {
		return in.Source, doc, losses, nil
	}
	body, lost, err := g.render(ctx, doc.Card, format)
	return body, doc, append(losses, lost...), err
}

func (g *Generator) render(ctx context.Context, c *card.Card, format render.Format) ([]byte, []render.Loss, error) {
	ctx, end := g.o.Span(ctx, "render")
	start := g.o.Now()
	body, losses, err := format.RenderContext(ctx, c)
	end(err)
	g.o.Rendered(format.Name, g.o.Now().Sub(start))
	return body, losses, err
}

// View is a stored revision in a format and an encoding, from the cache where
// it has it. The format must be one that is rendered, not stored. Only the
// revision's identity is needed; where its canonical form is missing it is read
// if it must be. The entry's Extra is what the rendering lost, as a JSON list,
// or empty.
func (g *Generator) View(ctx context.Context, rev store.Revision, format render.Format, encoding cache.Encoding) (cache.Entry, error) {
	key := cache.Key{Digest: rev.Digest, Format: format.Name, Renderer: render.Version, Template: format.Digest, Encoding: encoding}
	ctx, end := g.o.Span(ctx, "view card")
	entry, _, err := g.o.Cache.Variant(ctx, key, func(ctx context.Context) (cache.Entry, error) { return g.fill(ctx, rev, format) })
	end(err)
	return entry, err
}

func (g *Generator) fill(ctx context.Context, rev store.Revision, format render.Format) (cache.Entry, error) {
	if rev.Canonical == nil {
		var err error
		// Whoever asks may read the card; the scope was checked for its name.
		if rev, err = g.o.Store.Revision(ctx, store.AllNamespaces(), rev.ID, rev.Number); err != nil {
			return cache.Entry{}, err
		}
	}
	leave, err := g.o.Enter(ctx)
	if err != nil {
		return cache.Entry{}, err
	}
	defer leave()
	doc, err := card.ReadJSON(rev.Canonical)
	if err != nil {
		return cache.Entry{}, err
	}
	body, losses, err := g.render(ctx, doc.Card, format)
	if err != nil {
		return cache.Entry{}, err
	}
	entry := cache.Entry{Body: body, MediaType: format.MediaType}
	if len(losses) > 0 {
		entry.Extra, err = json.Marshal(losses)
	}
	return entry, err
}

// Diff compares two revisions of a card field by field.
func (g *Generator) Diff(ctx context.Context, scope store.Scope, id store.ID, from, to int64) ([]card.Change, error) {
	a, err := g.cardOf(ctx, scope, id, from)
	if err != nil {
		return nil, err
	}
	b, err := g.cardOf(ctx, scope, id, to)
	if err != nil {
		return nil, err
	}
	return card.Diff(a, b), nil
}

func (g *Generator) cardOf(ctx context.Context, scope store.Scope, id store.ID, number int64) (*card.Card, error) {
	rev, err := g.o.Store.Revision(ctx, scope, id, number)
	if err != nil {
		return nil, err
	}
	doc, err := card.ReadJSON(rev.Canonical)
	if err != nil {
		return nil, err
	}
	return doc.Card, nil
}
