package generator

import (
	"context"
	"errors"

	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/check"
	"github.com/terragonlabs/modelcard-generator/internal/render"
)

// Validation is what there is to say about a document.
type Validation struct {
	check.Result
	// Losses are what the document has and the card has no place for.
	Losses []render.Loss `json:"losses"`
}

// Validate reads a document and checks it. A document that can be read and is
// no card has a result too; one that cannot be read is a [*card.Error].
func (g *Generator) Validate(ctx context.Context, in Input, o check.Options) (v Validation, err error) {
	ctx, end := g.o.Span(ctx, "validate document")
	defer func() { end(err) }()
	leave, err := g.o.Enter(ctx)
	if err != nil {
		return Validation{}, err
	}
	defer leave()
	doc, losses, err := in.Read()
	result, err := Judge(ctx, check.New(o), "", doc, err)
	return Validation{Result: result, Losses: append([]render.Loss{}, losses...)}, err
}

// Judge is the result of a document that was read, or of the error that
// reading it had: [card.Invalid] documents have a result, any other error is
// the caller's.
func Judge(ctx context.Context, checker *check.Checker, file string, doc *card.Document, err error) (check.Result, error) {
	var refused *card.Error
	switch {
	case err == nil:
		return checker.Document(ctx, file, doc)
	case errors.As(err, &refused) && refused.Kind == card.Invalid:
		return checker.Refusal(file, refused), nil
	}
	return check.Result{}, err
}

// RefusedError refuses a card that does not pass the checks of a strict
// request.
type RefusedError struct{ Validation }

// Error is why the card fails.
func (e *RefusedError) Error() string {
	if len(e.Reasons) == 0 {
		return "the card does not pass the checks"
	}
	return "the card does not pass the checks: " + e.Reasons[0]
}

// Errors are the findings that fail the card, as problems of its document.
func (e *RefusedError) Errors() []card.Problem {
	var problems []card.Problem
	for i := range e.Findings {
		if f := &e.Findings[i]; f.Severity == check.Error {
			problems = append(problems, card.Problem{Pointer: f.Pointer, Line: f.Line, Column: f.Column, Code: f.Rule, Detail: f.Message, Hint: f.Hint})
		}
	}
	return problems
}

// holdToChecks refuses a document that the default packs fail, which is what
// a validation without parameters tells of it.
func (g *Generator) holdToChecks(ctx context.Context, doc *card.Document, losses []render.Loss, err error) error {
	packs, unknown := check.SelectPacks()
	if unknown != nil {
		return unknown // cannot happen: none was named
	}
	result, err := Judge(ctx, check.New(check.Options{Packs: packs}), "", doc, err)
	if err != nil || result.Valid {
		return err
	}
	return &RefusedError{Validation{Result: result, Losses: append([]render.Loss{}, losses...)}}
}
