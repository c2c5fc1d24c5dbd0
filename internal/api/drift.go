package api

import (
	"net/http"
	"strconv"

	"github.com/terragonlabs/modelcard-generator/internal/auth"
	"github.com/terragonlabs/modelcard-generator/internal/cache"
	"github.com/terragonlabs/modelcard-generator/internal/check/drift"
	"github.com/terragonlabs/modelcard-generator/internal/generator"
	"github.com/terragonlabs/modelcard-generator/internal/store"
)

// driftReport is a card against new results.
type driftReport struct {
	ID string `json:"id"`
	// Revision is the one that was compared.
	Revision int64 `json:"revision"`
	drift.Report
	Updated *cardResource `json:"updated,omitempty"`
}

// driftCard holds the latest revision against new evaluation results; with
// ?update=true it also stores the card with them.
func (s *Server) driftCard(w http.ResponseWriter, r *http.Request) {
	request, err := s.driftRequest(w, r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	out, err := s.o.Generator.Drift(r.Context(), request)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	answer := driftReport{ID: request.Card.String(), Revision: out.Compared, Report: out.Report}
	if out.Updated != nil {
		updated := resourceOf(out.Updated.Revision)
		updated.Unchanged = out.Updated.Unchanged
		answer.Updated = &updated
		w.Header().Set("ETag", etagOf(updated.Revision, resource, cache.Identity))
	}
	w.Header().Set("Cache-Control", "no-store")
	writeJSON(w, http.StatusOK, answer)
}

func (s *Server) driftRequest(w http.ResponseWriter, r *http.Request) (generator.DriftRequest, error) {
	query := queryOf(r)
	principal := principalOf(r.Context())
	if !principal.Allowed(auth.Validate) {
		return generator.DriftRequest{}, store.ErrForbidden
	}
	update, err := flagOf(query.Get("update"), "update")
	if err != nil {
		return generator.DriftRequest{}, err
	}
	if update && !principal.Allowed(auth.Generate) {
		return generator.DriftRequest{}, store.ErrForbidden
	}
	if update && r.Header.Get("If-Match") == "" {
		return generator.DriftRequest{}, problem(http.StatusPreconditionRequired, "precondition_required", "update=true needs If-Match with the ETag of the card that the results are for")
	}
	expect, err := expectedRevision(r)
	if err != nil {
		return generator.DriftRequest{}, err
	}
	thresholds, err := drift.ParseThresholds(query["threshold"])
	if err != nil {
		return generator.DriftRequest{}, problem(http.StatusBadRequest, "invalid_request", err.Error())
	}
	input, err := readInput(w, r)
	if err != nil {
		return generator.DriftRequest{}, err
	}
	id := idOf(r)
	input.ID = id.String() // what the results say of their model does not matter
	return generator.DriftRequest{
		Input: input, Options: drift.Options{Thresholds: thresholds}, Scope: scopeOf(r.Context()), Card: id,
		Update: update, Author: principal.ID(), Reason: query.Get("reason"), RequestID: requestID(r.Context()), Expect: max(expect, 0),
	}, nil
}

func flagOf(text, name string) (bool, error) {
	if text == "" {
		return false, nil
	}
	on, err := strconv.ParseBool(text)
	if err != nil {
		return false, problem(http.StatusBadRequest, "invalid_request", name+" is neither true nor false")
	}
	return on, nil
}
