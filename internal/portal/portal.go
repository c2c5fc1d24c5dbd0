// Package portal is the pages for people: search, cards, revisions, comparisons,
// check reports, badges and sign-in, written on the server and read without
// JavaScript. Package api serves them: it decides who may see a page, and hands
// the visitor over as a value.
package portal

import (
	"bytes"
	"context"
	"embed"
	"html/template"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/terragonlabs/modelcard-generator/internal/auth"
	"github.com/terragonlabs/modelcard-generator/internal/generator"
	"github.com/terragonlabs/modelcard-generator/internal/render"
	"github.com/terragonlabs/modelcard-generator/internal/store"
)

// Options are what a [Portal] shows and by what.
type Options struct {
	Generator *generator.Generator
	Store     store.Reader
	// Formats are offered for download.
	Formats render.Set
	// SignIn is true where visitors have to prove who they are.
	SignIn bool
	// Roles are what keys can be given.
	Roles []string
	// Explain tells a visitor of an error, and the log where it is ours.
	Explain func(context.Context, error) Trouble
	Now     func() time.Time
}

// Portal writes the pages. It is safe for concurrent use.
type Portal struct {
	o        Options
	pages    *template.Template
	files    map[string]asset
	sheets   *sheets
	verdicts *verdicts
	figures  *figures
}

// New is a portal.
func New(o Options) *Portal {
	p := &Portal{o: o, files: assets(), sheets: newSheets(), verdicts: newVerdicts(), figures: newFigures()}
	p.pages = template.Must(template.New("").Funcs(p.functions()).ParseFS(templates, "templates/*.html"))
	return p
}

//go:embed templates
var templates embed.FS

// Visitor is who asks for a page, as the router found out.
type Visitor struct {
	Principal auth.Principal
	Scope     store.Scope
	// Home is the namespace of a card that names none.
	Home      string
	RequestID string
	// Address is where the request came from, for the audit trail.
	Address string
	// Session is true for a visitor who signed in with a browser.
	Session bool
	// TLS is true where the visitor's connection is encrypted.
	TLS bool
}

// Page answers a request for a page. An error is the router's to tell, by
// [Portal.WriteTrouble]; nothing has been written then.
type Page func(w http.ResponseWriter, r *http.Request, v Visitor) error

// Policy is the content security policy of the pages: their own style sheet,
// their own forms, and nothing else. A card's pictures are shown as links, so
// that a card can't make a reader's browser ask anybody for anything.
const Policy = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// frame is what every page has around what it shows.
type frame struct {
	Title   string
	Visitor Visitor
	// SignIn is true where visitors sign in.
	SignIn bool
	// Here is the page's own address, to come back to after signing in.
	Here  string
	Query string // of the search field
	Embed string // the address that tells how to embed the page, "" for most
	// Origin is how the visitor reached the service, for commands to copy.
	Origin string
	Page   any
}

// write writes a page whole, or returns the error that making it had.
func (p *Portal) write(w http.ResponseWriter, r *http.Request, v Visitor, status int, name, title string, page any) error {
	var body bytes.Buffer
	f := frame{Title: title, Visitor: v, SignIn: p.o.SignIn, Here: r.URL.RequestURI(), Origin: originOf(r, v), Page: page}
	switch page := page.(type) {
	case list:
		f.Query = page.Query
	case cardPage:
		f.Embed = f.Origin + "/oembed?" + url.Values{"format": {"json"}, "url": {f.Origin + f.Here}}.Encode()
	}
	if err := p.pages.ExecuteTemplate(&body, name, f); err != nil {
		return err
	}
	h := w.Header()
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "private, no-cache")
	}
	h.Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes())
	return nil
}

func originOf(r *http.Request, v Visitor) string {
	if v.TLS {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

func (p *Portal) functions() template.FuncMap {
	return template.FuncMap{
		"asset": func(name string) string { return p.files[name].path },
		"day":   func(t time.Time) string { return t.UTC().Format("2006-01-02") },
		"stamp": func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") },
		"iso":   func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"ago":   func(t time.Time) string { return ago(p.o.Now().Sub(t)) },
		"who":   who,
		"tabs":  func(f frame, url, at string) tabs { return tabs{url, at, f.Visitor.May("generate")} },
	}
}

// who is a principal without the issuer that vouches for it, for people.
func who(principal string) string {
	_, subject, ok := strings.Cut(principal, " ")
	if !ok {
		return principal
	}
	return subject
}

// ago is how long something is past, as people say it.
func ago(d time.Duration) string {
	const day = 24 * time.Hour
	for _, unit := range []struct {
		length time.Duration
		name   string
	}{{365 * day, "year"}, {30 * day, "month"}, {day, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}} {
		if n := int(d / unit.length); n > 0 {
			return counted(n, unit.name) + " ago"
		}
	}
	return "just now"
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

func idOf(r *http.Request) store.ID {
	return store.ID{Namespace: chi.URLParam(r, "namespace"), Name: chi.URLParam(r, "name")}
}

// tabs lead from one page of a card to the others.
type tabs struct {
	URL, At string
	Edit    bool // the visitor may edit it
}

// May tells the templates what the visitor may do.
func (v Visitor) May(permission string) bool { return v.Principal.Allowed(auth.Permission(permission)) }

// pageURL is the address of a page of a card.
func pageURL(id store.ID, page string) string {
	return "/cards/" + url.PathEscape(id.Namespace) + "/" + url.PathEscape(id.Name) + page
}
