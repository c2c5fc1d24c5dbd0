package portal

import (
	"context"
	"errors"

	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/card/difftext"
	"github.com/terragonlabs/modelcard-generator/internal/check"
	"github.com/terragonlabs/modelcard-generator/internal/generator"
	"github.com/terragonlabs/modelcard-generator/internal/render"
	"github.com/terragonlabs/modelcard-generator/internal/store"
)

// judgement is what the checks say of a text in the editor.
type judgement struct {
	Verdict verdict
	Groups  []findings
	More    int // findings that are not shown
}

// judge checks the text. One that cannot be read at all is judged by why.
func (p *Portal) judge(ctx context.Context, page *editPage) (*judgement, error) {
	packs, err := packsOf()
	if err != nil {
		return nil, err
	}
	out, err := p.o.Generator.Validate(ctx, page.input(), check.Options{Packs: packs})
	if err != nil {
		if refused := judgementOf(err, page.Text); refused != nil {
			return refused, nil
		}
		return nil, err
	}
	return judged(out.Result, page.Text), nil
}

func judged(r check.Result, text string) *judgement {
	j := &judgement{Verdict: verdictOf(r)}
	j.Groups, j.More = groupFindings(r.Findings, text)
	return j
}

// judgementOf is what a refusal says of the text, nil if it is not about that.
func judgementOf(err error, text string) *judgement {
	var document *card.Error
	var strict *generator.RefusedError
	switch {
	case errors.As(err, &strict):
		return judged(strict.Result, text)
	case errors.As(err, &document):
		return judged(check.New(check.Options{}).Refusal("", document), text)
	}
	return nil
}

// mayEdit refuses what is no card of the visitor's, and the text of another
// card, which would be stored as this one.
func (p *Portal) mayEdit(ctx context.Context, v Visitor, page *editPage) error {
	if page.ID.Name == "" {
		return nil
	}
	if _, err := p.o.Store.Head(ctx, v.Scope, page.ID); err != nil {
		return err
	}
	doc, err := p.read(ctx, generator.Input{Source: []byte(page.Text), MediaType: page.Type})
	if err != nil || doc.Card.Model.ID == "" || doc.Card.Model.ID == page.ID.String() {
		return nil //nolint:nilerr // what can't be read is refused where it is asked for
	}
	return doc.Locate(&card.Error{Kind: card.Invalid, Problems: []card.Problem{{
		Pointer: "/model/id", Code: "other_card", Detail: "this is the text of " + doc.Card.Model.ID,
		Hint: "write " + page.ID.String() + ", or make it a new card",
	}}})
}

// read reads a text within the bounds of the generator, and renders nothing.
func (p *Portal) read(ctx context.Context, in generator.Input) (*card.Document, error) {
	source, err := render.Lookup(render.Source)
	if err != nil {
		return nil, err
	}
	_, doc, _, err := p.o.Generator.Render(ctx, in, source)
	return doc, err
}

// preview makes the card that the text is, as its page would show it.
func (p *Portal) preview(ctx context.Context, page *editPage) error {
	doc, err := p.read(ctx, page.input())
	if err != nil {
		return err
	}
	page.Preview, err = shownOf(doc.Card)
	return err
}

// conflict is a card that has changed since its text came into the editor.
type conflict struct {
	store.RevisionInfo
	Lines changedField
}

// conflictOf compares the text with the latest revision, line by line.
func (p *Portal) conflictOf(ctx context.Context, scope store.Scope, page *editPage) (*conflict, error) {
	rev, err := p.o.Store.Revision(ctx, scope, page.ID, 0)
	if err != nil {
		return nil, err
	}
	c := &conflict{RevisionInfo: rev.RevisionInfo}
	for _, f := range difftext.Fields([]card.Change{{Kind: "changed", From: string(rev.Source), To: page.Text}}) {
		c.Lines = sideBySide(f)
	}
	return c, nil
}
