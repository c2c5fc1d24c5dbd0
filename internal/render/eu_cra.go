package render

import (
	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/card/regulation"
)

// writeEUCRA writes the technical file of the Cyber Resilience Act, Annex VII.
func writeEUCRA(c *card.Card) ([]byte, []Loss, error) {
	f := technicalFile{act: regulation.CRA, title: "EU Cyber Resilience Act technical file"}
	return f.appendTo(nil, c), f.losses(c), nil
}
