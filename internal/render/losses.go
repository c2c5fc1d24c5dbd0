package render

import (
	"fmt"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// lossesBetween lists the fields in which a card differs from what the reader
// of a format makes of the document that was written. So it is exact: what is
// no loss is read back as it was, and what is not read back as it was is a loss.
func lossesBetween(c, back *card.Card, format string) []Loss {
	changes := card.Diff(c, back)
	losses := make([]Loss, len(changes))
	for i, change := range changes {
		losses[i] = Loss{change.Pointer, lossDetail(change, format)}
	}
	return losses
}

const maxLossText = 60

func lossDetail(change card.Change, format string) string {
	if change.To == nil {
		return format + " has no place for it"
	}
	text := card.Text(change.To)
	switch {
	case len(text) > maxLossText && change.From == nil:
		return format + " has something here that the card has elsewhere"
	case len(text) > maxLossText:
		return format + " has it in another form"
	case change.From == nil:
		return fmt.Sprintf("%s has %q here, which the card has elsewhere", format, text)
	}
	return fmt.Sprintf("%s has it as %q", format, text)
}
