package portal

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/store"
)

// The size of an embedded card, in pixels.
const (
	embedWidth  = 600
	embedHeight = 200
)

// oembed is an answer of oEmbed 1.0 (oembed.com), of type rich.
type oembed struct {
	Version      string `json:"version"`
	Type         string `json:"type"`
	Title        string `json:"title"`
	AuthorName   string `json:"author_name,omitempty"`
	ProviderName string `json:"provider_name"`
	ProviderURL  string `json:"provider_url"`
	CacheAge     int    `json:"cache_age"` // seconds
	HTML         string `json:"html"`
	Width        int    `json:"width"`
	Height       int    `json:"height"`
}

// embedded is what the HTML of an answer shows.
type embedded struct {
	*sheet
	URL string
}

// OEmbed answers what another portal needs to show a card by its address.
func (p *Portal) OEmbed(w http.ResponseWriter, r *http.Request, v Visitor) error {
	q := r.URL.Query()
	if format := q.Get("format"); format != "" && format != "json" {
		http.Error(w, "the format can be json", http.StatusNotImplemented)
		return nil
	}
	id, number, err := cardAt(q.Get("url"), r.Host)
	if err != nil {
		return err
	}
	s, err := p.sheetOf(r.Context(), v.Scope, id, number)
	if err != nil {
		return err
	}
	answer := oembed{
		Version: "1.0", Type: "rich", Title: s.Title, AuthorName: who(s.Author), ProviderName: "mcg", ProviderURL: originOf(r, v) + "/", CacheAge: 300,
	}
	if answer.Width, err = atMost(q.Get("maxwidth"), embedWidth); err != nil {
		return err
	}
	if answer.Height, err = atMost(q.Get("maxheight"), embedHeight); err != nil {
		return err
	}
	var body bytes.Buffer
	if err := p.pages.ExecuteTemplate(&body, "oembed.html", embedded{s, originOf(r, v) + pageURL(id, "")}); err != nil {
		return err
	}
	answer.HTML = body.String()
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "private, max-age=300")
	return json.NewEncoder(w).Encode(answer)
}

// cardAt is the card, and the revision unless it is 0, that an address of this
// host is of. Anything else is not found.
func cardAt(address, host string) (store.ID, int64, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host != host || u.Scheme != "https" && u.Scheme != "http" {
		return store.ID{}, 0, store.ErrNotFound
	}
	parts := strings.Split(u.Path, "/")
	if len(parts) != 4 || parts[0] != "" || parts[1] != "cards" {
		return store.ID{}, 0, store.ErrNotFound
	}
	number, err := numberFrom(u.Query().Get("revision"), 0)
	return store.ID{Namespace: parts[2], Name: parts[3]}, number, err
}

// atMost is the size that a consumer has room for.
func atMost(text string, size int) (int, error) {
	if text == "" {
		return size, nil
	}
	limit, err := strconv.Atoi(text)
	if err != nil || limit < 1 {
		return 0, store.ErrInvalid
	}
	return min(limit, size), nil
}
