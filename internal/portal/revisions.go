package portal

import (
	"fmt"
	"net/http"
	"net/url"

	"github.com/terragonlabs/modelcard-generator/internal/store"
)

type revisionsPage struct {
	ID    store.ID
	URL   string
	Items []revisionLine
	Next  string
	// History is the metrics over the revisions of the first page.
	History []series
}

type revisionLine struct {
	store.RevisionInfo
	URL      string
	Compared string // address of the comparison with the one before, "" for the first
}

// Revisions is the page of who changed a card, when and why.
func (p *Portal) Revisions(w http.ResponseWriter, r *http.Request, v Visitor) error {
	id := idOf(r)
	page, err := p.o.Store.Revisions(r.Context(), v.Scope, id, store.PageRequest{Cursor: r.URL.Query().Get("cursor")})
	if err != nil {
		return err
	}
	shown := revisionsPage{ID: id, URL: pageURL(id, "")}
	for _, info := range page.Items {
		line := revisionLine{RevisionInfo: info, URL: fmt.Sprintf("%s?revision=%d", shown.URL, info.Number)}
		if info.Number > 1 {
			line.Compared = fmt.Sprintf("%s/diff?from=%d&to=%d", shown.URL, info.Number-1, info.Number)
		}
		shown.Items = append(shown.Items, line)
	}
	if r.URL.Query().Get("cursor") == "" {
		if shown.History, err = p.history(r.Context(), v.Scope, page.Items); err != nil {
			return err
		}
	}
	if page.Next != "" {
		shown.Next = shown.URL + "/revisions?cursor=" + url.QueryEscape(page.Next)
	}
	return p.write(w, r, v, http.StatusOK, "revisions.html", "Revisions of "+id.String(), shown)
}
