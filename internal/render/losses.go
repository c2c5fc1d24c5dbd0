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

// carriage says of fields, by pointers with * for an index, that a format
// carries them, and all that is below them; a condition, where there is one,
// decides by the card and the value.
type carriage map[string]func(c *card.Card, value any) bool

// losses lists what is not carried, each thing once: a section of which nothing
// is carried is one loss. Reasons why a field does not apply are never carried.
func (f carriage) losses(c *card.Card, detail string) []Loss {
	w := lossWalk{f, c, detail}
	var losses []Loss
	for _, e := range c.Tree().Entries {
		if e.Key != "apiVersion" && e.Key != "kind" {
			below, _ := w.visit(card.Pointer(e.Key), card.Pointer(e.Key), e.Value, false)
			losses = append(losses, below...)
		}
	}
	return losses
}

type lossWalk struct {
	carriage carriage
	card     *card.Card
	detail   string
}

// visit lists what is lost at a pointer and below; kept tells whether anything
// is carried.
func (w lossWalk) visit(pointer, pattern string, v any, carried bool) (losses []Loss, kept bool) {
	if _, declined := w.card.NotApplicable[pointer]; declined {
		return []Loss{{pointer, w.detail}}, false
	}
	if condition, known := w.carriage[pattern]; known {
		carried = carried || condition == nil || condition(w.card, v)
	}
	switch children := v.(type) {
	case *card.Map:
		for _, e := range children.Entries {
			below, some := w.visit(pointer+card.Pointer(e.Key), pattern+card.Pointer(e.Key), e.Value, carried)
			losses, kept = append(losses, below...), kept || some
		}
	case []any:
		for i, item := range children {
			below, some := w.visit(pointer+"/"+itoa(i), pattern+"/*", item, carried)
			losses, kept = append(losses, below...), kept || some
		}
	default:
		if carried {
			return nil, true
		}
		return []Loss{{pointer, w.detail}}, false
	}
	if !kept && len(losses) > 0 { // an empty list says nothing
		return []Loss{{pointer, w.detail}}, false
	}
	return losses, kept
}

// omissions are fields that a format leaves out, by pointers with * for an
// index: always, or where the object has a certain other key, which is shown in
// their place.
type omissions map[string]string

const always = ""

// losses are the omissions of a card, without details.
func (o omissions) losses(c *card.Card) []Loss { return o.visit("", "", c.Tree()) }

func (o omissions) visit(pointer, pattern string, v any) []Loss {
	var losses []Loss
	switch children := v.(type) {
	case *card.Map:
		for _, e := range children.Entries {
			at, below := pointer+card.Pointer(e.Key), pattern+card.Pointer(e.Key)
			if o.omits(below, children) {
				losses = append(losses, Loss{Pointer: at})
			} else {
				losses = append(losses, o.visit(at, below, e.Value)...)
			}
		}
	case []any:
		for i, item := range children {
			losses = append(losses, o.visit(pointer+"/"+itoa(i), pattern+"/*", item)...)
		}
	}
	return losses
}

func (o omissions) omits(pattern string, siblings *card.Map) bool {
	instead, known := o[pattern]
	if !known || instead == always {
		return known
	}
	_, has := siblings.Get(instead)
	return has
}
