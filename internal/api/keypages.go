package api

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/terragonlabs/modelcard-generator/internal/portal"
)

// makeKeyPage makes a key of the form, as createKey does of JSON. Its answer is
// the one page that has the secret.
func (s *Server) makeKeyPage(w http.ResponseWriter, r *http.Request, v portal.Visitor) error {
	form := portal.KeyForm{
		Name: strings.TrimSpace(r.PostForm.Get("name")), Namespaces: r.PostForm.Get("namespaces"),
		Expires: r.PostForm.Get("expires"), Roles: r.PostForm["role"],
	}
	spec, err := specOf(form)
	if err == nil {
		form.Made, form.Secret, err = s.keys().Create(r.Context(), makerOf(r), spec)
	}
	var refused *Problem
	switch {
	case errors.As(err, &refused) && refused.Status < http.StatusInternalServerError:
		form.Failed = refused.Detail
		return s.portal.WriteKeys(w, r, v, refused.Status, form)
	case err != nil:
		return err
	}
	return s.portal.WriteKeys(w, r, v, http.StatusCreated, portal.KeyForm{Made: form.Made, Secret: form.Secret})
}

// specOf is what the form asks for. A key is good on the whole day that it
// expires on, in UTC.
func specOf(form portal.KeyForm) (KeySpec, error) {
	spec := KeySpec{Name: form.Name, Roles: form.Roles, Namespaces: strings.FieldsFunc(form.Namespaces, func(r rune) bool { return r == ',' || r == ' ' })}
	if len(spec.Roles) == 0 {
		return spec, problem(http.StatusUnprocessableEntity, "invalid_key", "a key has a role at least")
	}
	if form.Expires != "" {
		day, err := time.Parse(time.DateOnly, form.Expires)
		if err != nil {
			return spec, problem(http.StatusUnprocessableEntity, "invalid_key", "the last day of the key is not a date such as 2026-12-31")
		}
		end := day.AddDate(0, 0, 1)
		spec.ExpiresAt = &end
	}
	return spec, nil
}

func (s *Server) revokeKeyPage(w http.ResponseWriter, r *http.Request, _ portal.Visitor) error {
	if err := s.revoke(r, chi.URLParam(r, "id")); err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, "/keys", http.StatusSeeOther)
	return nil
}
