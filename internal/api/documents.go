package api

import (
	"net/http"

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
	format, err := render.Lookup(name)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	body, _, _, err := s.o.Generator.Render(input, format)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	mediaType := format.MediaType
	if format.Stored {
		mediaType = input.MediaType
	}
	w.Header().Set("Cache-Control", "no-store")
	writeBytes(w, http.StatusOK, mediaType, body)
}

func (s *Server) getSchema(w http.ResponseWriter, _ *http.Request) {
	writeBytes(w, http.StatusOK, "application/schema+json", card.SchemaJSON())
}

func (s *Server) getOpenAPI(w http.ResponseWriter, _ *http.Request) {
	writeBytes(w, http.StatusOK, "application/yaml", spec.Spec())
}
