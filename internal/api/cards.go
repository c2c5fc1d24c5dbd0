package api

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/terragonlabs/modelcard-generator/internal/auth"
	"github.com/terragonlabs/modelcard-generator/internal/cache"
	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/generator"
	"github.com/terragonlabs/modelcard-generator/internal/render"
	"github.com/terragonlabs/modelcard-generator/internal/store"
)

// cardResource is a card with what the service knows of it.
type cardResource struct {
	ID         string          `json:"id"`
	Revision   int64           `json:"revision"`
	Digest     string          `json:"digest"`
	CreatedAt  time.Time       `json:"created_at"`
	Author     string          `json:"author"`
	Reason     string          `json:"reason,omitempty"`
	SourceType string          `json:"source_type"`
	URL        string          `json:"url"`
	Unchanged  bool            `json:"unchanged,omitempty"`
	Card       json.RawMessage `json:"card"`
	Warnings   []card.Problem  `json:"warnings,omitempty"`
	Losses     []render.Loss   `json:"losses,omitempty"`
}

func resourceOf(rev store.Revision) cardResource {
	return cardResource{
		ID: rev.ID.String(), Revision: rev.Number, Digest: rev.Digest, CreatedAt: rev.CreatedAt,
		Author: rev.Author, Reason: rev.Reason, SourceType: rev.SourceType, URL: cardURL(rev.ID), Card: rev.Canonical,
	}
}

func cardURL(id store.ID) string { return "/v1/cards/" + id.String() }

// readInput reads the document of a request.
func readInput(w http.ResponseWriter, r *http.Request) (generator.Input, error) {
	mediaType, err := render.DocumentType(r.Header.Get("Content-Type"))
	if err != nil {
		return generator.Input{}, err
	}
	body, err := readBody(w, r, documentLimit(mediaType))
	if err != nil {
		return generator.Input{}, err
	}
	return generator.Input{Source: body, MediaType: mediaType, ID: queryOf(r).Get("id")}, nil
}

func (s *Server) postCard(w http.ResponseWriter, r *http.Request) {
	want, err := s.wantedBy(r, resource)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	request, err := s.generateRequest(w, r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	out, err := s.o.Generator.Generate(r.Context(), request)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	status := http.StatusOK
	if out.Created {
		status = http.StatusCreated
	}
	w.Header().Set("Location", cardURL(out.Revision.ID))
	if want.format != resource {
		s.writeRendered(w, r, out.Revision, want, status)
		return
	}
	body := resourceOf(out.Revision)
	body.Unchanged, body.Losses, body.Warnings = out.Unchanged, out.Losses, out.Document.Warnings
	w.Header().Set("ETag", etagOf(out.Revision.Number, resource, cache.Identity))
	writeJSON(w, status, body)
}

func (s *Server) generateRequest(w http.ResponseWriter, r *http.Request) (generator.Request, error) {
	input, err := readInput(w, r)
	if err != nil {
		return generator.Request{}, err
	}
	expect, err := expectedRevision(r)
	if err != nil {
		return generator.Request{}, err
	}
	strict, err := boolParam(r, "strict")
	if err != nil {
		return generator.Request{}, err
	}
	refresh, err := boolParam(r, "refresh")
	if err != nil {
		return generator.Request{}, err
	}
	principal := principalOf(r.Context())
	return generator.Request{
		Input: input, Scope: scopeOf(r.Context()), Namespace: homeOf(principal), Author: principal.ID(),
		RequestID: requestID(r.Context()), Address: addressOf(r.Context()), Expect: expect, IdempotencyKey: r.Header.Get("Idempotency-Key"),
		Strict: strict, Refresh: refresh,
	}, nil
}

// homeOf is the namespace of a principal's cards that name none.
func homeOf(principal auth.Principal) string {
	if namespace, bound := principal.Namespaces.Only(); bound {
		return namespace
	}
	return card.DefaultNamespace
}

// expectedRevision is what If-Match or If-None-Match ask for.
func expectedRevision(r *http.Request) (int64, error) {
	if r.Header.Get("If-None-Match") == "*" {
		return generator.NoCard, nil
	}
	match := r.Header.Get("If-Match")
	if match == "" || match == "*" {
		return 0, nil
	}
	revision, ok := revisionOfETag(match)
	if !ok {
		return 0, problem(http.StatusPreconditionFailed, "precondition_failed", "If-Match is not an entity tag of a card")
	}
	return revision, nil
}

func idOf(r *http.Request) store.ID {
	return store.ID{Namespace: chi.URLParam(r, "namespace"), Name: chi.URLParam(r, "name")}
}

// getCard answers the latest revision, or the one in the path.
func (s *Server) getCard(w http.ResponseWriter, r *http.Request) {
	number, err := revisionParam(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	want, err := s.wantedBy(r, s.o.DefaultFormat)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	rev, err := s.findRevision(w, r, number, want.format)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header()["Cache-Control"] = cacheControl(number, want.format)
	s.writeRendered(w, r, rev, want, http.StatusOK)
}

// findRevision is the revision that a request asks for. For the latest one in a
// format that is rendered, what identifies it is enough, and the database is
// asked at most once a second.
func (s *Server) findRevision(w http.ResponseWriter, r *http.Request, number int64, format string) (store.Revision, error) {
	scope, id := scopeOf(r.Context()), idOf(r)
	if number > 0 || format == resource || format == render.Source {
		return s.o.Store.Revision(r.Context(), scope, id, number)
	}
	latest, err := s.o.Generator.Latest(r.Context(), scope, id, pastCaches(r))
	if err != nil {
		return store.Revision{}, err
	}
	if latest.Age > 0 {
		w.Header().Set("Age", strconv.Itoa(int(latest.Age.Seconds())))
	}
	info := store.RevisionInfo{ID: latest.ID, Number: latest.Number, Digest: latest.Digest}
	return store.Revision{RevisionInfo: info, Canonical: latest.Canonical}, nil
}

// pastCaches tells whether the client wants the answer as it is now (RFC 9111,
// section 5.2.1.4).
func pastCaches(r *http.Request) bool {
	return strings.Contains(strings.ToLower(r.Header.Get("Cache-Control")), "no-cache")
}

func revisionParam(r *http.Request) (int64, error) {
	text := chi.URLParam(r, "revision")
	if text == "" {
		return 0, nil
	}
	number, err := strconv.ParseInt(text, 10, 64)
	if err != nil || number < 1 {
		return 0, store.ErrNotFound
	}
	return number, nil
}

// cacheControl lets a client keep a revision; a better renderer may change all
// formats but two.
func cacheControl(number int64, format string) []string {
	switch {
	case number == 0:
		return cacheLatest()
	case format == render.Source || format == "mcg":
		return cacheForever()
	}
	return cacheShortly()
}

// Header values that are the same for every answer are made once.
var (
	cacheLatest  = once("private, no-cache")
	cacheForever = once("private, max-age=31536000, immutable")
	cacheShortly = once("private, max-age=300")
	varyOfCards  = once("Accept, Accept-Encoding, Authorization")
)

func once(value string) func() []string {
	values := []string{value}
	return func() []string { return values[:1:1] }
}

// writeRendered writes a revision in a format, or what the format has no place
// for.
func (s *Server) writeRendered(w http.ResponseWriter, r *http.Request, rev store.Revision, want wanted, status int) {
	h, name := w.Header(), want.format
	h["Vary"] = varyOfCards()
	if name == resource || name == render.Source {
		h.Set("ETag", etagOf(rev.Number, name, cache.Identity))
		if status == http.StatusOK && notModified(w, r, h.Get("ETag")) {
			return
		}
		s.writeStored(w, rev, name, status)
		return
	}
	format, err := s.o.Formats.Lookup(name)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	encoding := encodingOf(r)
	conditional := status == http.StatusOK && r.Method != http.MethodPost && r.Header.Get("If-None-Match") != ""
	if conditional && notModified(w, r, etagOf(rev.Number, tagOf(format), encoding)) {
		return // without the body that the client has
	}
	entry, err := s.o.Generator.View(r.Context(), rev, format, encoding)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if want.losses {
		writeJSON(w, status, lossesOf(name, entry.Extra))
		return
	}
	if len(entry.Extra) > 0 {
		h.Set("Link", lossesLink(rev, name))
	}
	h.Set("ETag", etagOf(rev.Number, tagOf(format), entry.Encoding))
	if conditional && notModified(w, r, h.Get("ETag")) {
		return
	}
	if entry.Encoding != cache.Identity {
		h.Set("Content-Encoding", string(entry.Encoding))
	}
	writeBytes(w, status, entry.MediaType, entry.Body)
}

func (s *Server) writeStored(w http.ResponseWriter, rev store.Revision, name string, status int) {
	if name == resource {
		writeJSON(w, status, resourceOf(rev))
		return
	}
	w.Header().Set("Content-Disposition", "attachment")
	writeBytes(w, status, rev.SourceType, rev.Source)
}

func (s *Server) deleteCard(w http.ResponseWriter, r *http.Request) {
	change, err := s.changeOf(r)
	if err == nil {
		err = s.o.Generator.Delete(r.Context(), change)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (s *Server) restoreCard(w http.ResponseWriter, r *http.Request) {
	change, err := s.changeOf(r)
	if err == nil {
		err = s.o.Generator.Restore(r.Context(), change)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	rev, err := s.o.Store.Revision(r.Context(), change.Scope, change.ID, 0)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("ETag", etagOf(rev.Number, resource, cache.Identity))
	writeJSON(w, http.StatusOK, resourceOf(rev))
}

func (s *Server) changeOf(r *http.Request) (generator.Change, error) {
	expect, err := expectedRevision(r)
	return generator.Change{
		Scope: scopeOf(r.Context()), ID: idOf(r), Author: principalOf(r.Context()).ID(),
		RequestID: requestID(r.Context()), Address: addressOf(r.Context()), Expect: max(expect, 0),
	}, err
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err) // answers are plain structs; the recoverer makes a 500 of it
	}
	writeBytes(w, status, "application/json", append(body, '\n'))
}

func writeBytes(w http.ResponseWriter, status int, mediaType string, body []byte) {
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) //nolint:gosec // HTML was sanitised when it was rendered; the rest is sent as what it is, with nosniff
}
