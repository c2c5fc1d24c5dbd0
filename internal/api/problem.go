package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"

	"github.com/terragonlabs/modelcard-generator/internal/auth"
	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/check"
	"github.com/terragonlabs/modelcard-generator/internal/generator"
	"github.com/terragonlabs/modelcard-generator/internal/render"
	"github.com/terragonlabs/modelcard-generator/internal/store"
)

// Problem is an error as RFC 9457 has it.
type Problem struct {
	// Type is a stable URI of the kind of problem.
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail,omitempty"`
	// RequestID names the request in the log.
	RequestID string         `json:"request_id,omitempty"`
	Errors    []card.Problem `json:"errors,omitempty"`
	// Report is the whole report on a card that a strict request refuses.
	Report *generator.Validation `json:"report,omitempty"`

	retryAfter string
}

// Error makes a problem an error that handlers return.
func (p *Problem) Error() string { return p.Title + ": " + p.Detail }

const problemTypes = "https://github.com/terragonlabs/modelcard-generator/blob/main/docs/api.md#"

func problem(status int, code, detail string) *Problem {
	return &Problem{Type: problemTypes + code, Title: http.StatusText(status), Status: status, Detail: detail}
}

// unavailable is a 503 that says when to come back, in seconds.
func unavailable(detail string) *Problem {
	p := problem(http.StatusServiceUnavailable, "unavailable", detail)
	p.retryAfter = "2"
	return p
}

// problemOf is the one place that turns errors into answers. An error that it
// does not know is a 500 that says nothing of its cause.
func problemOf(err error) *Problem {
	var known *Problem
	var refused *generator.RefusedError
	var document *card.Error
	var source *generator.SourceError
	var unsupported *render.UnsupportedTypeError
	var unknown *render.UnknownFormatError
	var template *render.TemplateError
	var noPack *check.UnknownPackError
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &refused):
		return refusedProblem(refused)
	case errors.As(err, &source):
		return sourceProblem(source)
	case errors.As(err, &document):
		return documentProblem(document)
	case errors.As(err, &unsupported):
		return problem(http.StatusUnsupportedMediaType, "unsupported_type", unsupported.Error())
	case errors.As(err, &unknown):
		return problem(http.StatusBadRequest, "unknown_format", unknown.Error())
	case errors.As(err, &template):
		return problem(http.StatusUnprocessableEntity, "template_failed", template.Error())
	case errors.As(err, &noPack):
		return problem(http.StatusBadRequest, "unknown_pack", noPack.Error())
	case errors.As(err, &tooLarge):
		return problem(http.StatusRequestEntityTooLarge, "too_large", fmt.Sprintf("the body is over the limit of %d bytes", tooLarge.Limit))
	}
	for _, row := range problemTable {
		if errors.Is(err, row.err) {
			return row.problem()
		}
	}
	return problem(http.StatusInternalServerError, "internal", "something went wrong here; the request id names it in the log")
}

// problemTable has a line for each sentinel error.
var problemTable = []struct {
	err     error
	problem func() *Problem
}{
	{generator.ErrPrecondition, plain(http.StatusPreconditionFailed, "precondition_failed", "the card is at another revision; read it again and repeat the change")},
	{generator.ErrKeyReused, plain(http.StatusUnprocessableEntity, "idempotency_key_reused", "this Idempotency-Key was used with another request")},
	{generator.ErrIDTaken, plain(http.StatusConflict, "id_taken", "the identifier made from the name is another owner's card; set model.id")},
	{generator.ErrOverloaded, func() *Problem { return unavailable("there is too much to do; try again in a moment") }},
	{generator.ErrNoItems, plain(http.StatusBadRequest, "no_items", "the batch has no documents")},
	{generator.ErrTooManyItems, plain(http.StatusRequestEntityTooLarge, "too_large", fmt.Sprintf("a batch has %d documents at most", store.MaxBatchItems))},
	{store.ErrNotFound, plain(http.StatusNotFound, "not_found", "there is no such card")},
	{store.ErrForbidden, plain(http.StatusForbidden, "forbidden", "you may not do this here")},
	{store.ErrConflict, plain(http.StatusConflict, "conflict", "it exists already")},
	{store.ErrInFlight, plain(http.StatusConflict, "in_flight", "a request with this Idempotency-Key is under way")},
	{store.ErrBadCursor, plain(http.StatusBadRequest, "bad_cursor", "the cursor is not one of this list; begin without a cursor")},
	{store.ErrInvalid, plain(http.StatusBadRequest, "invalid_request", "a value of the request is out of bounds")},
	{store.ErrUnavailable, func() *Problem { return unavailable("the database cannot be reached or cannot write now") }},
	{store.ErrSchema, func() *Problem { return unavailable("the database's schema is not current") }},
	{auth.ErrUnavailable, func() *Problem { return unavailable("credentials cannot be checked now") }},
	{auth.ErrNoCredentials, plain(http.StatusUnauthorized, "unauthenticated", "send a bearer token or an API key")},
	{auth.ErrUnauthenticated, plain(http.StatusUnauthorized, "unauthenticated", "the credentials are not accepted")},
	{context.DeadlineExceeded, func() *Problem { return unavailable("the request took too long") }},
	{os.ErrDeadlineExceeded, plain(http.StatusRequestTimeout, "request_timeout", "the body came too slowly")},
	{errBody, plain(http.StatusBadRequest, "incomplete_body", "the body broke off before its end, or its chunks are not HTTP's; send it again")},
	{context.Canceled, plain(499, "cancelled", "the client went away")},
}

func plain(status int, code, detail string) func() *Problem {
	return func() *Problem { return problem(status, code, detail) }
}

// sourceProblem is about a service that a card names: it cannot be asked now, or
// it does not have what the card says.
func sourceProblem(err *generator.SourceError) *Problem {
	if err.Temporary {
		return unavailable(err.Error())
	}
	p := problem(http.StatusUnprocessableEntity, "source_failed", err.Error())
	p.Errors = []card.Problem{{Pointer: err.Pointer, Code: "source_failed", Detail: err.Detail}}
	return p
}

func documentProblem(err *card.Error) *Problem {
	p := problem(http.StatusUnprocessableEntity, "invalid_card", err.Error())
	switch err.Kind {
	case card.Unreadable:
		p = problem(http.StatusBadRequest, "unreadable", err.Error())
	case card.TooLarge:
		p = problem(http.StatusRequestEntityTooLarge, "too_large", err.Error())
	case card.Invalid:
	}
	p.Errors = err.Problems
	return p
}

// fail writes an error as application/problem+json, or as a page to a visitor
// of the portal.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	p := *problemOf(err)
	p.RequestID = requestID(r.Context())
	note(r.Context(), err, p.Status)
	if requestOf(r.Context()).page {
		s.failPage(w, r, &p)
		return
	}
	h := w.Header()
	h.Del("ETag")
	h.Del("Last-Modified")
	h.Set("Content-Type", "application/problem+json")
	h.Set("Cache-Control", "no-store")
	if p.retryAfter != "" {
		h.Set("Retry-After", p.retryAfter)
	}
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="mcg"`)
	}
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(&p)
}
