package portal

import (
	"net/http"

	"github.com/terragonlabs/modelcard-generator/internal/card/difftext"
	"github.com/terragonlabs/modelcard-generator/internal/store"
)

const (
	maxFields = 500 // changed fields that one page shows
	maxLines  = 400 // lines of one field
)

type diffPage struct {
	ID             store.ID
	URL            string
	From, To, Last int64
	Fields         []changedField
	More           int // fields that are not shown
}

// changedField is one field with its two sides line by line.
type changedField struct {
	Pointer, Kind string
	Pairs         []pair
	More          int // lines that are not shown
}

// pair is one line of the two sides. Gap stands for equal lines left out.
type pair struct {
	Before, After       string
	HasBefore, HasAfter bool
	Same, Gap           bool
}

// Diff is the page of what differs between two revisions, side by side; without
// to it is the latest, without from the one before.
func (p *Portal) Diff(w http.ResponseWriter, r *http.Request, v Visitor) error {
	id := idOf(r)
	head, err := p.o.Store.Head(r.Context(), v.Scope, id)
	if err != nil {
		return err
	}
	to, err := numberOf(r, "to", head.Revision)
	if err != nil {
		return err
	}
	from, err := numberOf(r, "from", max(to-1, 1))
	if err != nil {
		return err
	}
	changes, err := p.o.Generator.Diff(r.Context(), v.Scope, id, from, to)
	if err != nil {
		return err
	}
	page := diffPage{ID: id, URL: pageURL(id, ""), From: from, To: to, Last: head.Revision}
	if page.More = len(changes) - maxFields; page.More > 0 {
		changes = changes[:maxFields]
	}
	for _, f := range difftext.Fields(changes) {
		page.Fields = append(page.Fields, sideBySide(f))
	}
	return p.write(w, r, v, http.StatusOK, "diff.html", "Changes of "+id.String(), page)
}

// sideBySide puts removed lines beside the added lines that follow them.
func sideBySide(f difftext.Field) changedField {
	shown := changedField{Pointer: f.Pointer, Kind: f.Kind}
	var removed []string
	for _, l := range f.Lines {
		switch l.Mark {
		case '-':
			removed = append(removed, l.Text)
			continue
		case '+':
			added := pair{After: l.Text, HasAfter: true}
			if len(removed) > 0 {
				added.Before, added.HasBefore, removed = removed[0], true, removed[1:]
			}
			shown.Pairs = append(shown.Pairs, added)
			continue
		}
		shown.Pairs = append(shown.Pairs, onlyBefore(removed)...)
		removed = nil
		shown.Pairs = append(shown.Pairs, pair{Before: l.Text, After: l.Text, HasBefore: true, HasAfter: true, Same: true, Gap: l.Mark == '@'})
	}
	shown.Pairs = append(shown.Pairs, onlyBefore(removed)...)
	if shown.More = len(shown.Pairs) - maxLines; shown.More > 0 {
		shown.Pairs = shown.Pairs[:maxLines]
	}
	return shown
}

func onlyBefore(lines []string) []pair {
	pairs := make([]pair, len(lines))
	for i, text := range lines {
		pairs[i] = pair{Before: text, HasBefore: true}
	}
	return pairs
}
