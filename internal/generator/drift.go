package generator

import (
	"context"
	"errors"

	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/check/drift"
	"github.com/terragonlabs/modelcard-generator/internal/integration"
	"github.com/terragonlabs/modelcard-generator/internal/render"
	"github.com/terragonlabs/modelcard-generator/internal/store"
)

// DriftRequest holds a stored card against new evaluation results.
type DriftRequest struct {
	// Input is a flat evaluation file in JSON, or a card document.
	Input
	Options drift.Options
	Scope   store.Scope
	Card    store.ID
	// Update also stores the card with the new results as its next revision.
	// The fields below are for that alone.
	Update    bool
	Author    string
	Reason    string
	RequestID string
	// Expect is the revision the card must be at; 0 does not ask.
	Expect int64
}

// DriftOutcome is the report, and the revision that it is about.
type DriftOutcome struct {
	Report   drift.Report
	Compared int64
	// Updated is what became of the update; nil where none was asked for.
	Updated *Outcome
}

// Drift compares the latest revision of a card with new results, and stores
// the updated card where that is asked for.
//
// Errors: [*card.Error] of the results, [ErrPrecondition], and those of
// store.Reader and store.Writer.
func (g *Generator) Drift(ctx context.Context, r DriftRequest) (DriftOutcome, error) {
	rev, err := g.o.Store.Revision(ctx, r.Scope, r.Card, 0)
	if err != nil {
		return DriftOutcome{}, err
	}
	if r.Expect > 0 && r.Expect != rev.Number {
		return DriftOutcome{}, ErrPrecondition
	}
	before, after, err := g.readBoth(ctx, rev, r.Input)
	if err != nil {
		return DriftOutcome{}, err
	}
	out := DriftOutcome{Report: drift.Compare(before, after, r.Options), Compared: rev.Number}
	if !r.Update {
		return out, nil
	}
	updated, err := drift.Update(before, after, &out.Report)
	if err != nil {
		return DriftOutcome{}, err
	}
	// The report is about this revision, so the update is of no other.
	r.Expect = rev.Number
	stored, err := g.storeUpdated(ctx, r, updated)
	out.Updated = &stored
	return out, err
}

func (g *Generator) readBoth(ctx context.Context, rev store.Revision, in Input) (before, after *card.Card, err error) {
	leave, err := g.o.Enter(ctx)
	if err != nil {
		return nil, nil, err
	}
	defer leave()
	doc, err := card.ReadJSON(rev.Canonical)
	if err != nil {
		return nil, nil, err
	}
	after, err = in.ReadResults()
	return doc.Card, after, err
}

// ReadResults reads evaluation results: a flat evaluation file in JSON, or any
// document that is a card.
func (in Input) ReadResults() (*card.Card, error) {
	if in.MediaType == render.TypeJSON {
		c, err := integration.ReadResults(in.Source)
		if !errors.Is(err, integration.ErrNotEvaluation) {
			return c, err
		}
	}
	doc, _, err := in.Read()
	if err != nil {
		return nil, err
	}
	return doc.Card, nil
}

// storeUpdated stores a card that no one has submitted as a document: its
// source is the document that mcg writes of it.
func (g *Generator) storeUpdated(ctx context.Context, r DriftRequest, c *card.Card) (Outcome, error) {
	format, err := render.Lookup("yaml")
	if err != nil {
		return Outcome{}, err
	}
	source, _, err := g.render(ctx, c, format)
	if err != nil {
		return Outcome{}, err
	}
	return g.Generate(ctx, Request{
		Input: Input{Source: source, MediaType: render.TypeYAML, ID: r.Card.String()},
		Scope: r.Scope, Namespace: r.Card.Namespace, Author: r.Author, Reason: r.Reason, RequestID: r.RequestID, Expect: r.Expect,
	})
}
