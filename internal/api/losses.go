package api

import (
	"encoding/json"
	"fmt"
	"net/url"

	"github.com/terragonlabs/modelcard-generator/internal/render"
	"github.com/terragonlabs/modelcard-generator/internal/store"
)

// lossReport says what of a card a format has no place for.
type lossReport struct {
	Format string          `json:"format"`
	Losses json.RawMessage `json:"losses"`
}

// lossesOf is the report of a list that is kept as JSON.
func lossesOf(format string, list []byte) lossReport {
	if len(list) == 0 {
		list = []byte("[]")
	}
	return lossReport{format, list}
}

// lossesLink names the report of what a rendering lost, for an answer that has
// no place for it (RFC 8288; describedby is of the IANA registry).
func lossesLink(rev store.Revision, format string) string {
	return fmt.Sprintf(`<%s/revisions/%d?format=%s&losses=true>; rel="describedby"; type="application/json"`,
		cardURL(rev.ID), rev.Number, url.QueryEscape(format))
}

// renderedLosses is the report of a document that was rendered and not stored.
func renderedLosses(format string, losses []render.Loss) (lossReport, error) {
	if losses == nil {
		losses = []render.Loss{}
	}
	list, err := json.Marshal(losses)
	return lossesOf(format, list), err
}
