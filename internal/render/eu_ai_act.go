package render

import (
	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/card/regulation"
)

// writeEUAIAct writes the technical file of the AI Act: Annex IV and Art. 13
// for high-risk systems, Annexes XI and XII for general-purpose models, and
// what else the scope of the card asks for.
func writeEUAIAct(c *card.Card) ([]byte, []Loss, error) {
	f := technicalFile{act: regulation.AIAct, title: "EU AI Act technical file"}
	return f.appendTo(nil, c), f.losses(c), nil
}
