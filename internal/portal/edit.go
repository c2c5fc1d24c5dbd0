package portal

import (
	"context"
	_ "embed"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/auth"
	"github.com/terragonlabs/modelcard-generator/internal/generator"
	"github.com/terragonlabs/modelcard-generator/internal/render"
	"github.com/terragonlabs/modelcard-generator/internal/store"
)

const (
	// maxEdited bounds a document in the editor, in bytes. Only pictures make
	// one larger, and they are nothing to edit.
	maxEdited = 1 << 20
	// MaxForm bounds the form of the editor, in which a byte takes three at
	// most, in bytes.
	MaxForm = 3*maxEdited + 64<<10
	// editPolicy also lets the editor's script run and post its form.
	editPolicy = Policy + "; script-src 'self'; connect-src 'self'"
)

// newCard is what a new card begins with.
//
//go:embed new.yaml
var newCard string

// editPage is the editor with what it has to say of the text.
type editPage struct {
	ID     store.ID // of the card that is edited; no name for a new one
	URL    string
	Action string
	Text   string
	Type   string // media type of the text
	Reason string
	Do     string // what the form asks for: check, preview or save
	// Expect is the revision that is edited, 0 for a new card.
	Expect int64
	// Large is true for a document that the editor does not take.
	Large     bool
	Unchanged bool
	Refused   *Trouble // why the text is not saved
	Conflict  *conflict
	Result    *judgement
	Preview   *sheet
}

// Kind is the text's media type for people.
func (p *editPage) Kind() string {
	switch p.Type {
	case render.TypeJSON:
		return "JSON"
	case render.TypeMarkdown:
		return "Markdown"
	}
	return "YAML"
}

// Failed says what did not come of the text.
func (p *editPage) Failed() string {
	switch p.Do {
	case "save":
		return "Not saved"
	case "preview":
		return "No preview"
	}
	return "Not checked"
}

// Edit is the editor: of a new card, or of the latest revision of one.
func (p *Portal) Edit(w http.ResponseWriter, r *http.Request, v Visitor) error {
	id := idOf(r)
	if id.Name == "" {
		return p.writeEdit(w, r, v, http.StatusOK, &editPage{Action: "/edit", Text: newCard, Type: render.TypeYAML})
	}
	if !v.Principal.Allowed(auth.Generate) {
		return store.ErrForbidden
	}
	rev, err := p.o.Store.Revision(r.Context(), v.Scope, id, 0)
	if err != nil {
		return err
	}
	page := editOf(id)
	page.Type, page.Expect, page.Large = rev.SourceType, rev.Number, len(rev.Source) > maxEdited
	if !page.Large {
		page.Text = string(rev.Source)
	}
	return p.writeEdit(w, r, v, http.StatusOK, page)
}

// Submit answers the form of the editor: it checks the text, shows it as a card
// or saves it, and has the text in its answer whatever becomes of it.
func (p *Portal) Submit(w http.ResponseWriter, r *http.Request, v Visitor) error {
	page, err := submitted(r)
	if err != nil {
		return err
	}
	if page.ID.Name != "" && !v.Principal.Allowed(auth.Generate) {
		return store.ErrForbidden
	}
	if err := p.mayEdit(r.Context(), v, page); err != nil {
		return p.writeEdit(w, r, v, p.refuse(r.Context(), page, err), page)
	}
	switch page.Do {
	case "save":
		return p.save(w, r, v, page)
	case "preview":
		err = p.preview(r.Context(), page)
	default:
		page.Result, err = p.judge(r.Context(), page)
	}
	status := http.StatusOK
	if err != nil {
		status = p.refuse(r.Context(), page, err)
	}
	return p.writeEdit(w, r, v, status, page)
}

func editOf(id store.ID) *editPage {
	return &editPage{ID: id, URL: pageURL(id, ""), Action: pageURL(id, "/edit")}
}

// submitted is the editor as its form says.
func submitted(r *http.Request) (*editPage, error) {
	page := &editPage{Action: "/edit"}
	if id := idOf(r); id.Name != "" {
		page = editOf(id)
	}
	var err error
	if page.Type, err = render.DocumentType(firstOf(r.PostForm.Get("type"), render.TypeYAML)); err != nil {
		return nil, err
	}
	// A form has the ends of lines as MIME has them.
	page.Text = strings.ReplaceAll(r.PostForm.Get("text"), "\r\n", "\n")
	page.Do = r.PostForm.Get("do")
	page.Reason = strings.TrimSpace(r.PostForm.Get("reason"))
	page.Expect, err = strconv.ParseInt(firstOf(r.PostForm.Get("over"), r.PostForm.Get("expect"), "0"), 10, 64)
	if err != nil || page.Expect < 0 || (page.Expect == 0) != (page.ID.Name == "") {
		return nil, store.ErrInvalid
	}
	return page, nil
}

func (p *editPage) input() generator.Input {
	in := generator.Input{Source: []byte(p.Text), MediaType: p.Type}
	if p.ID.Name != "" {
		in.ID = p.ID.String()
	}
	return in
}

func (p *editPage) request(v Visitor) generator.Request {
	expect := p.Expect
	if expect == 0 {
		expect = generator.NoCard
	}
	return generator.Request{
		Input: p.input(), Scope: v.Scope, Namespace: v.Home, Author: v.Principal.ID(), Reason: p.Reason,
		RequestID: v.RequestID, Address: v.Address, Expect: expect,
	}
}

// save stores the text as the card's next revision.
func (p *Portal) save(w http.ResponseWriter, r *http.Request, v Visitor, page *editPage) error {
	out, err := p.o.Generator.Generate(r.Context(), page.request(v))
	switch {
	case err == nil && out.Unchanged:
		page.Unchanged, page.URL = true, pageURL(out.Revision.ID, "")
		return p.writeEdit(w, r, v, http.StatusOK, page)
	case err == nil:
		http.Redirect(w, r, pageURL(out.Revision.ID, ""), http.StatusSeeOther)
		return nil
	case errors.Is(err, generator.ErrPrecondition) && page.Expect > 0:
		latest, problem := p.conflictOf(r.Context(), v.Scope, page)
		if problem == nil {
			page.Conflict = latest
		} else {
			err = problem
		}
	}
	return p.writeEdit(w, r, v, p.refuse(r.Context(), page, err), page)
}

// refuse says on the page why the text is not saved, with the lines where they
// are known.
func (p *Portal) refuse(ctx context.Context, page *editPage, err error) int {
	trouble := p.o.Explain(ctx, err)
	page.Refused = &trouble
	if errors.Is(err, generator.ErrPrecondition) && page.Expect == 0 {
		page.Refused.Detail = "there is a card with this identifier already; edit that one, or write another identifier"
	}
	if page.Result = judgementOf(err, page.Text); page.Result != nil {
		page.Refused.Detail = "what is wrong with the text is listed below it"
	}
	return trouble.Status
}

func (p *Portal) writeEdit(w http.ResponseWriter, r *http.Request, v Visitor, status int, page *editPage) error {
	w.Header().Set("Content-Security-Policy", editPolicy)
	title := "New card"
	if page.ID.Name != "" {
		title = "Edit " + page.ID.String()
	}
	return p.write(w, r, v, status, "edit.html", title, page)
}
