package api

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"

	spec "github.com/terragonlabs/modelcard-generator/api"
	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/render"
)

// renderDocument renders a document without storing it.
func (s *Server) renderDocument(w http.ResponseWriter, r *http.Request) {
	input, err := readInput(w, r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	name, err := s.formatOf(r, s.o.DefaultFormat)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if name == resource {
		name = "mcg"
	}
	format, err := s.o.Formats.Lookup(name)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	body, _, losses, err := s.o.Generator.Render(r.Context(), input, format)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	if r.URL.Query().Get("losses") == "true" {
		report, err := renderedLosses(format.Name, losses)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		writeJSON(w, http.StatusOK, report)
		return
	}
	if len(losses) > 0 {
		// Nothing is stored that could be asked: the same document, posted there,
		// gives the report.
		w.Header().Set("Link", fmt.Sprintf(`</v1/render?format=%s&losses=true>; rel="describedby"; type="application/json"`, url.QueryEscape(format.Name)))
	}
	mediaType := format.MediaType
	if format.Stored {
		mediaType = input.MediaType
	}
	writeBytes(w, http.StatusOK, mediaType, body)
}

// report is the outcome of a validation.
type report struct {
	Valid    bool           `json:"valid"`
	Digest   string         `json:"digest,omitempty"`
	Problems []card.Problem `json:"problems"`
	Warnings []card.Problem `json:"warnings"`
	Losses   []render.Loss  `json:"losses"`
}

// validateDocument answers 200 with a report whether or not the card passes.
func (s *Server) validateDocument(w http.ResponseWriter, r *http.Request) {
	input, err := readInput(w, r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	out := report{Problems: []card.Problem{}, Warnings: []card.Problem{}, Losses: []render.Loss{}}
	doc, losses, err := input.Read()
	var refused *card.Error
	switch {
	case err == nil:
		out.Valid, out.Digest = true, doc.Card.Digest()
		out.Warnings = append(out.Warnings, doc.Warnings...)
		out.Losses = append(out.Losses, losses...)
	case errors.As(err, &refused) && refused.Kind != card.TooLarge:
		out.Problems = append(out.Problems, refused.Problems...)
	default:
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	writeJSON(w, http.StatusOK, out)
}

func (s *Server) getSchema(w http.ResponseWriter, _ *http.Request) {
	writeBytes(w, http.StatusOK, "application/schema+json", card.SchemaJSON())
}

func (s *Server) getOpenAPI(w http.ResponseWriter, _ *http.Request) {
	writeBytes(w, http.StatusOK, "application/yaml", spec.Spec())
}
