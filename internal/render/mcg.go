package render

import "github.com/terragonlabs/modelcard-generator/internal/card"

// writeMCG writes the canonical form (docs/card-document.md), with a line end.
func writeMCG(c *card.Card) ([]byte, []Loss, error) {
	return append(c.Canonical(), '\n'), nil, nil
}
