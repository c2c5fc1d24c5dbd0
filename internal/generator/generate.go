package generator

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/render"
	"github.com/terragonlabs/modelcard-generator/internal/store"
)

// Errors that callers of Generate decide on.
var (
	// ErrPrecondition says that the card is not at the revision that the caller
	// expects.
	ErrPrecondition = errors.New("generator: the card is at another revision")
	// ErrKeyReused says that the idempotency key was used with another request.
	ErrKeyReused = errors.New("generator: the idempotency key belongs to another request")
	// ErrIDTaken says that an identifier made from a name is another
	// principal's card.
	ErrIDTaken = errors.New("generator: the identifier made from the name is taken")
	// ErrOverloaded says that there is too much to do; later it may fit.
	ErrOverloaded = errors.New("generator: overloaded")
)

// Request is a document to be stored as a card's next revision.
type Request struct {
	Input
	Scope store.Scope
	// Namespace is where a card goes whose identifier has to be made.
	Namespace string
	Author    string
	Reason    string
	RequestID string
	// Address is where the request came from, for the audit trail.
	Address string
	// Expect is the revision the card must be at: 0 does not ask, -1 means that
	// there must be no card yet.
	Expect int64
	// IdempotencyKey is the client's, or "".
	IdempotencyKey string
	// Strict refuses a card that the default checks fail.
	Strict bool
	// Refresh asks to read the sources that the document has a reference to.
	Refresh bool
}

// NoCard is the Expect of a request that only creates.
const NoCard int64 = -1

// Outcome is what became of a request.
type Outcome struct {
	Revision store.Revision
	// Created is true for a card's first revision, Unchanged where the digest
	// was the latest one's already.
	Created, Unchanged bool
	Document           *card.Document
	Losses             []render.Loss
}

// Generate reads a document and stores it: the card's row, its revision, the
// audit row and the idempotency record in one transaction. The order of checks
// is replay, unchanged, precondition.
//
// Errors: [*card.Error], [*RefusedError], [ErrPrecondition], [ErrKeyReused], [ErrIDTaken], and
// those of store.Writer.
func (g *Generator) Generate(ctx context.Context, r Request) (out Outcome, err error) {
	ctx, end := g.o.Span(ctx, "generate card")
	defer func() { end(err) }()
	w, err := g.prepare(ctx, r)
	if err != nil {
		return Outcome{}, err
	}
	if err := g.store(ctx, w); err != nil {
		return Outcome{}, err
	}
	return w.out, nil
}

// store runs the transaction, and tells who has to know of a new revision.
func (g *Generator) store(ctx context.Context, w *writing) (err error) {
	if w.r.IdempotencyKey == "" {
		err = g.o.Store.Update(ctx, w.r.Scope, w.run)
	} else {
		key := store.IdempotencyKey{Principal: w.r.Author, Route: "POST /v1/cards", Key: w.r.IdempotencyKey}
		err = g.o.Store.UpdateOnce(ctx, w.r.Scope, key, w.runOnce)
	}
	if err != nil {
		g.latest.forget(w.id) // the outcome of a commit may be unknown
		return err
	}
	if w.replayed && w.r.Refresh { // what the sources say now is not what was stored then
		if w.out.Revision, err = g.o.Store.Revision(ctx, w.r.Scope, w.id, w.out.Revision.Number); err != nil {
			return err
		}
	}
	g.committed(ctx, w)
	return nil
}

// committed does what follows when a document has been written for good.
func (g *Generator) committed(ctx context.Context, w *writing) {
	w.out.Document, w.out.Losses = w.doc, w.losses
	if w.out.Unchanged || w.replayed {
		return
	}
	g.latest.wrote(w.id, w.out.Revision.Number, w.out.Revision.Digest)
	g.o.Generated()
	g.export(context.WithoutCancel(ctx), w)
}

// export writes a new revision to the output folder.
func (g *Generator) export(ctx context.Context, w *writing) {
	if g.o.Folder == nil {
		return
	}
	body, err := g.exported(ctx, w)
	if err == nil {
		err = g.o.Folder.Write(w.id, w.out.Revision.Number, g.o.Export.Extension, body)
	}
	g.o.Exported(w.id, err)
}

func (g *Generator) exported(ctx context.Context, w *writing) ([]byte, error) {
	doc := w.doc
	if doc == nil { // it was read when its batch was received
		var err error
		if doc, err = card.ReadJSON(w.draft.Canonical); err != nil {
			return nil, err
		}
	}
	body, _, err := g.render(ctx, doc.Card, g.o.Export)
	return body, err
}

// prepare reads a request's document and makes everything that can be made
// outside the transaction.
func (g *Generator) prepare(ctx context.Context, r Request) (*writing, error) {
	doc, losses, err := g.read(ctx, r.Input)
	if err == nil && r.Refresh {
		if err := g.refresh(ctx, doc); err != nil {
			return nil, err
		}
	}
	if r.Strict || g.o.Strict {
		err = g.strictly(ctx, doc, losses, err)
	}
	if err != nil {
		return nil, err
	}
	id, err := doc.Card.DeriveID(r.Namespace)
	if err != nil {
		return nil, doc.Locate(err)
	}
	w := &writing{r: r, doc: doc, losses: losses, id: store.ID(id), derived: doc.Card.Model.ID == ""}
	w.draft = draftOf(doc.Card, r)
	return w, nil
}

// read reads a document when there is a place to.
func (g *Generator) read(ctx context.Context, in Input) (*card.Document, []render.Loss, error) {
	leave, err := g.o.Enter(ctx)
	if err != nil {
		return nil, nil, err
	}
	defer leave()
	return in.Read()
}

// strictly holds a document that was read, or was not, to the checks, when there
// is a place to.
func (g *Generator) strictly(ctx context.Context, doc *card.Document, losses []render.Loss, err error) error {
	var refused *card.Error
	if err != nil && !errors.As(err, &refused) {
		return err
	}
	leave, full := g.o.Enter(ctx)
	if full != nil {
		return full
	}
	defer leave()
	return g.holdToChecks(ctx, doc, losses, err)
}

// draftOf is a card as the store keeps it.
func draftOf(c *card.Card, r Request) store.Draft {
	canonical := c.Canonical()
	title := c.Model.Name
	if title == "" {
		title = c.Model.ID
	}
	return store.Draft{
		Labels: store.Labels{
			Title: clip(title, store.MaxTitle), License: clip(c.Model.License, store.MaxLabel), Task: clip(c.Model.PipelineTag, store.MaxLabel),
			Library: clip(c.Model.LibraryName, store.MaxLabel), Tags: clipTags(c.Model.Tags),
		},
		Digest: card.Digest(canonical), Canonical: canonical,
		Source: r.Source, SourceType: r.MediaType,
		Author: r.Author, Reason: r.Reason, RequestID: r.RequestID,
		Text: words(riskClassOf(c), c.Model.Summary, c.Model.Description),
	}
}

// clip cuts a text for the columns that lists show; the card itself is whole.
func clip(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "")
}

func clipTags(tags []string) []string {
	clipped := make([]string, min(len(tags), store.MaxTags))
	for i := range clipped {
		clipped[i] = clip(tags[i], store.MaxLabel)
	}
	return clipped
}

// writing is one run of Generate's transaction.
type writing struct {
	r        Request
	doc      *card.Document
	losses   []render.Loss
	id       store.ID
	derived  bool // the identifier was made from the name
	draft    store.Draft
	out      Outcome
	replayed bool
	// held are the cards that the transaction has locked already; nil asks. event
	// takes the audit row of the change; nil writes it at once.
	held  map[store.ID]store.Head
	event func(store.AuditEvent)
}

// replay is what an idempotency record keeps of an outcome.
type replay struct {
	Namespace, Name string
	Revision        int64
	Unchanged       bool
}

func (w *writing) runOnce(ctx context.Context, tx store.Tx) error {
	record, err := tx.Recorded(ctx)
	if err == nil {
		return w.replay(ctx, tx, record)
	}
	if !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if err := w.run(ctx, tx); err != nil {
		return err
	}
	response, err := json.Marshal(replay{w.id.Namespace, w.id.Name, w.out.Revision.Number, w.out.Unchanged})
	if err != nil {
		return err
	}
	status := http.StatusOK
	if w.out.Created {
		status = http.StatusCreated
	}
	return tx.Record(ctx, store.IdempotencyRecord{RequestHash: w.requestHash(), Status: status, Response: response})
}

// requestHash tells a retry from another request under the same key.
func (w *writing) requestHash() string {
	h := sha256.New()
	parts := []string{w.r.ID, w.r.MediaType, string(w.r.Source)}
	if w.r.Refresh {
		parts = append(parts, "refresh")
	}
	for _, part := range parts {
		_, _ = h.Write([]byte(part))
		_, _ = h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil))
}

func (w *writing) replay(ctx context.Context, tx store.Tx, record store.IdempotencyRecord) error {
	if record.RequestHash != w.requestHash() {
		return ErrKeyReused
	}
	var was replay
	if err := json.Unmarshal(record.Response, &was); err != nil {
		return err
	}
	head, err := tx.Lock(ctx, store.ID{Namespace: was.Namespace, Name: was.Name})
	if err != nil {
		return err
	}
	w.replayed = true
	w.out = Outcome{Created: record.Status == http.StatusCreated, Unchanged: was.Unchanged}
	w.out.Revision = store.Revision{RevisionInfo: w.draft.Info(head.ID, was.Revision, record.CreatedAt), Canonical: w.draft.Canonical, Source: w.r.Source}
	return nil
}

func (w *writing) run(ctx context.Context, tx store.Tx) error {
	w.out = Outcome{}
	head, err := w.lock(ctx, tx)
	if errors.Is(err, store.ErrNotFound) {
		if err = w.create(ctx, tx); !errors.Is(err, store.ErrConflict) {
			return err
		}
		head, err = tx.Lock(ctx, w.id) // another request has just created it
	}
	if err != nil {
		return err
	}
	return w.append(ctx, tx, head)
}

func (w *writing) lock(ctx context.Context, tx store.Tx) (store.Head, error) {
	if w.held == nil {
		return tx.Lock(ctx, w.id)
	}
	head, ok := w.held[w.id]
	if !ok {
		return head, store.ErrNotFound
	}
	return head, nil
}

func (w *writing) create(ctx context.Context, tx store.Tx) error {
	if w.r.Expect > 0 {
		return ErrPrecondition
	}
	rev, err := tx.CreateCard(ctx, w.id, w.draft)
	if err != nil {
		return err
	}
	w.out = Outcome{Revision: rev, Created: true}
	return w.audit(ctx, tx, "card.create")
}

func (w *writing) append(ctx context.Context, tx store.Tx, head store.Head) error {
	if w.derived && head.Owner != w.r.Author {
		return ErrIDTaken
	}
	if head.DeletedAt == nil && head.Digest == w.draft.Digest {
		w.out = Outcome{Unchanged: true}
		info := w.draft.Info(head.ID, head.Revision, head.UpdatedAt)
		w.out.Revision = store.Revision{RevisionInfo: info, Canonical: w.draft.Canonical, Source: w.r.Source}
		return nil
	}
	if err := w.expected(head); err != nil {
		return err
	}
	rev, err := tx.AppendRevision(ctx, w.id, w.draft)
	if err != nil {
		return err
	}
	w.out = Outcome{Revision: rev}
	return w.audit(ctx, tx, "card.revise")
}

// expected checks the precondition against a card that exists. A deleted card
// is none to its readers, so it may be created again.
func (w *writing) expected(head store.Head) error {
	switch {
	case w.r.Expect == NoCard && head.DeletedAt == nil,
		w.r.Expect > 0 && (head.DeletedAt != nil || w.r.Expect != head.Revision):
		return ErrPrecondition
	}
	return nil
}

func (w *writing) audit(ctx context.Context, tx store.Tx, action string) error {
	event := store.AuditEvent{
		Principal: w.r.Author, Action: action, Namespace: w.id.Namespace, Name: w.id.Name,
		Revision: w.out.Revision.Number, RequestID: w.r.RequestID, Reason: w.r.Reason, Address: w.r.Address,
	}
	if w.event != nil {
		w.event(event)
		return nil
	}
	return tx.AppendAudit(ctx, event)
}

// Change is a deletion or restoration of a card.
type Change struct {
	Scope     store.Scope
	ID        store.ID
	Author    string
	RequestID string
	Address   string
	// Expect is the revision the card must be at; 0 does not ask.
	Expect int64
}

// Delete hides a card; its revisions stay. Errors: [ErrPrecondition] and those
// of store.Writer.
func (g *Generator) Delete(ctx context.Context, ch Change) error {
	return g.change(ctx, ch, "card.delete", func(ctx context.Context, tx store.Tx) error { return tx.Delete(ctx, ch.ID) })
}

// Restore shows a deleted card again.
func (g *Generator) Restore(ctx context.Context, ch Change) error {
	return g.change(ctx, ch, "card.restore", func(ctx context.Context, tx store.Tx) error { return tx.Restore(ctx, ch.ID) })
}

func (g *Generator) change(ctx context.Context, ch Change, action string, act store.UpdateFunc) error {
	defer g.latest.forget(ch.ID)
	return g.o.Store.Update(ctx, ch.Scope, func(ctx context.Context, tx store.Tx) error {
		head, err := tx.Lock(ctx, ch.ID)
		if err != nil {
			return err
		}
		if ch.Expect > 0 && ch.Expect != head.Revision {
			return ErrPrecondition
		}
		if err := act(ctx, tx); err != nil {
			return err
		}
		return tx.AppendAudit(ctx, store.AuditEvent{
			Principal: ch.Author, Action: action, Namespace: ch.ID.Namespace, Name: ch.ID.Name,
			Revision: head.Revision, RequestID: ch.RequestID, Address: ch.Address,
		})
	})
}
