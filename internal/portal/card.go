package portal

import (
	"net/http"
	"strconv"

	"github.com/terragonlabs/modelcard-generator/internal/render"
	"github.com/terragonlabs/modelcard-generator/internal/store"
)

// cardPage is the page of one revision of a card.
type cardPage struct {
	*sheet
	Latest    bool
	Downloads []download
	URL       string
}

type download struct{ Title, URL, File string }

// Card is the page of a card, of its latest revision or of ?revision=. With
// ?fragment=1 it is the card alone, for another portal to set into its own page.
func (p *Portal) Card(w http.ResponseWriter, r *http.Request, v Visitor) error {
	number, err := numberOf(r, "revision", 0)
	if err != nil {
		return err
	}
	s, err := p.sheetOf(r.Context(), v.Scope, idOf(r), number)
	if err != nil {
		return err
	}
	page := cardPage{sheet: s, Latest: number == 0, Downloads: p.downloads(s), URL: pageURL(s.ID, "")}
	name := "card.html"
	if r.URL.Query().Get("fragment") == "1" {
		name = "fragment.html"
	}
	return p.write(w, r, v, http.StatusOK, name, s.Title, page)
}

// downloads are the formats of a revision, by the API.
func (p *Portal) downloads(s *sheet) []download {
	formats := p.o.Formats.Formats()
	list := make([]download, len(formats))
	for i, f := range formats {
		list[i] = download{
			Title: f.Title, File: s.ID.Name + f.Extension,
			URL: "/v1" + pageURL(s.ID, "/revisions/"+strconv.FormatInt(s.Number, 10)) + "?format=" + f.Name,
		}
		if f.Name == render.Source {
			list[i].File = ""
		}
	}
	return list
}

// numberOf is a parameter that is the number of a revision. One that cannot be
// is a revision that there is not.
func numberOf(r *http.Request, name string, fallback int64) (int64, error) {
	return numberFrom(r.URL.Query().Get(name), fallback)
}

func numberFrom(text string, fallback int64) (int64, error) {
	if text == "" {
		return fallback, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 {
		return 0, store.ErrNotFound
	}
	return n, nil
}
