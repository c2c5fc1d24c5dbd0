package portal

import (
	"net/http"
	"net/url"
	"time"

	"github.com/terragonlabs/modelcard-generator/internal/store"
)

// KeyForm is the form of a new API key, and what became of it.
type KeyForm struct {
	Name, Namespaces, Expires string
	Roles                     []string
	// Failed says why there is no key.
	Failed string
	// Made is the key that was made, and Secret what its holder needs, which no
	// page shows again.
	Made   store.APIKey
	Secret string
}

// Has tells whether the form asks for a role.
func (f KeyForm) Has(role string) bool {
	for _, r := range f.Roles {
		if r == role {
			return true
		}
	}
	return false
}

type keysPage struct {
	Form  KeyForm
	Roles []string
	Items []keyLine
	Next  string
}

type keyLine struct {
	store.APIKey
	State string // "good", "revoked" or "expired"
}

// Keys is the page of the API keys that are kept.
func (p *Portal) Keys(w http.ResponseWriter, r *http.Request, v Visitor) error {
	return p.WriteKeys(w, r, v, http.StatusOK, KeyForm{Roles: []string{"readonly"}})
}

// WriteKeys writes the page of the API keys with what became of its form.
func (p *Portal) WriteKeys(w http.ResponseWriter, r *http.Request, v Visitor, status int, form KeyForm) error {
	list, err := p.o.Store.Keys(r.Context(), v.Scope, store.PageRequest{Cursor: r.URL.Query().Get("cursor")})
	if err != nil {
		return err
	}
	page := keysPage{Form: form, Roles: p.o.Roles}
	for i := range list.Items {
		page.Items = append(page.Items, keyLine{list.Items[i], stateOf(&list.Items[i], p.o.Now())})
	}
	if list.Next != "" {
		page.Next = "/keys?cursor=" + url.QueryEscape(list.Next)
	}
	w.Header().Set("Cache-Control", "no-store")
	return p.write(w, r, v, status, "keys.html", "API keys", page)
}

func stateOf(k *store.APIKey, now time.Time) string {
	switch {
	case k.RevokedAt != nil:
		return "revoked"
	case k.ExpiresAt != nil && !k.ExpiresAt.After(now):
		return "expired"
	}
	return "good"
}
