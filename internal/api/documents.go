package api

import (
	"fmt"
	"net/http"
	"net/url"

	spec "github.com/terragonlabs/modelcard-generator/api"
	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// renderDocument renders a document without storing it.
func (s *Server) renderDocument(w http.ResponseWriter, r *http.Request) {
	input, err := readInput(w, r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	want, err := s.wantedBy(r, s.o.DefaultFormat)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if want.format == resource {
		want.format = "mcg"
	}
	format, err := s.o.Formats.Lookup(want.format)
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
	if want.losses {
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

func (s *Server) getSchema(w http.ResponseWriter, _ *http.Request) {
	writeBytes(w, http.StatusOK, "application/schema+json", card.SchemaJSON())
}

func (s *Server) getOpenAPI(w http.ResponseWriter, _ *http.Request) {
	writeBytes(w, http.StatusOK, "application/yaml", spec.Spec())
}
