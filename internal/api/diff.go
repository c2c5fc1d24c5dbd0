package api

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/card/difftext"
)

// diffTypes are what a comparison can be written as; the first is the answer to
// a request that does not care.
var diffTypes = []string{"application/json", "text/plain", "text/html"}

// diffTypeOf is the media type that Accept asks for.
func diffTypeOf(r *http.Request) (string, error) {
	accept := strings.Join(r.Header.Values("Accept"), ",")
	if strings.TrimSpace(accept) == "" {
		return diffTypes[0], nil
	}
	best, quality := "", 0.0
	for _, mediaType := range diffTypes {
		if q, _ := qualityOf(accept, mediaType); q > quality {
			best, quality = mediaType, q
		}
	}
	if best == "" {
		return "", problem(http.StatusNotAcceptable, "not_acceptable", "a comparison can be "+strings.Join(diffTypes, ", "))
	}
	return best, nil
}

// writeDiff writes a comparison as Accept asks.
func (s *Server) writeDiff(w http.ResponseWriter, r *http.Request, d diff) {
	mediaType, err := diffTypeOf(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Vary", "Accept, Authorization")
	if mediaType == diffTypes[0] {
		if d.Changes == nil {
			d.Changes = []card.Change{}
		}
		writeJSON(w, http.StatusOK, d)
		return
	}
	comparison := difftext.Comparison{
		From: fmt.Sprintf("%s revision %d", d.ID, d.From), To: fmt.Sprintf("%s revision %d", d.ID, d.To), Changes: d.Changes,
	}
	write := difftext.WriteText
	if mediaType == "text/html" {
		write = difftext.WriteHTML
	}
	var body bytes.Buffer
	if err := write(&body, comparison); err != nil {
		s.fail(w, r, err)
		return
	}
	writeBytes(w, http.StatusOK, mediaType+"; charset=utf-8", body.Bytes())
}
