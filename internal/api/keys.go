package api

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/terragonlabs/modelcard-generator/internal/auth"
	"github.com/terragonlabs/modelcard-generator/internal/store"
)

// maxSmallBody bounds the body of a request that is not a document, in bytes.
const maxSmallBody = 64 << 10

// Actions of the audit trail that concern keys.
const (
	actionKeyCreate = "key.create"
	actionKeyRevoke = "key.revoke"
)

// apiKey is a key without its secret, which nobody has but its holder.
type apiKey struct {
	ID         string     `json:"id"`
	Name       string     `json:"name"`
	Roles      []string   `json:"roles"`
	Namespaces []string   `json:"namespaces"`
	CreatedBy  string     `json:"created_by"`
	CreatedAt  time.Time  `json:"created_at"`
	ExpiresAt  *time.Time `json:"expires_at,omitempty"`
	RevokedAt  *time.Time `json:"revoked_at,omitempty"`
	LastUsedAt *time.Time `json:"last_used_at,omitempty"`
}

// KeyView is a key as every listing shows it, ready for JSON.
func KeyView(k store.APIKey) any { return apiKeyOf(k) }

func apiKeyOf(k store.APIKey) apiKey {
	return apiKey{k.ID, k.Name, k.Roles, k.Namespaces, k.CreatedBy, k.CreatedAt, k.ExpiresAt, k.RevokedAt, k.LastUsedAt}
}

// newAPIKey is the one answer that has the secret.
type newAPIKey struct {
	apiKey
	Key string `json:"key"`
}

// KeySpec is what a key is asked to be.
type KeySpec struct {
	Name string `json:"name"`
	// Roles default to the role user; Namespaces are patterns, none is every one.
	Roles      []string   `json:"roles"`
	Namespaces []string   `json:"namespaces"`
	ExpiresAt  *time.Time `json:"expires_at"`
}

// KeyMaker is who makes or revokes keys, for the audit trail.
type KeyMaker struct {
	Principal auth.Principal
	RequestID string
	Address   string
}

// Keys makes and revokes stored API keys: the API and the command line do it
// by the same code.
type Keys struct {
	Store store.Store
	Roles auth.Roles
	Now   func() time.Time
}

// Create makes a key, which can do no more than its maker, and its audit row
// in one transaction. It returns the record and the secret, which is kept
// nowhere. Errors: [*Problem] and those of store.Writer.
func (k Keys) Create(ctx context.Context, maker KeyMaker, spec KeySpec) (store.APIKey, string, error) {
	if !maker.Principal.Namespaces.All() {
		return store.APIKey{}, "", store.ErrForbidden
	}
	if err := k.check(maker, &spec); err != nil {
		return store.APIKey{}, "", err
	}
	made := auth.GenerateKey()
	key := store.APIKey{
		ID: made.ID, Name: spec.Name, Hash: made.Hash[:], Roles: spec.Roles, Namespaces: spec.Namespaces,
		CreatedBy: maker.Principal.ID(), ExpiresAt: spec.ExpiresAt,
	}
	err := k.Store.Update(ctx, store.AllNamespaces(), func(ctx context.Context, tx store.Tx) (err error) {
		if key, err = tx.CreateKey(ctx, key); err != nil {
			return err
		}
		return tx.AppendAudit(ctx, maker.event(actionKeyCreate, key.ID))
	})
	return key, made.Secret, err
}

func (k Keys) check(maker KeyMaker, spec *KeySpec) error {
	if spec.Name == "" || len(spec.Name) > store.MaxLabel {
		return problem(http.StatusUnprocessableEntity, "invalid_key", "a key has a name, of 256 bytes at most")
	}
	if len(spec.Roles) == 0 {
		spec.Roles = []string{"user"}
	}
	if len(spec.Namespaces) == 0 {
		spec.Namespaces = []string{"*"}
	}
	for _, role := range spec.Roles {
		if !k.Roles.Has(role) {
			return problem(http.StatusUnprocessableEntity, "invalid_key", "a role of the key is not in security.rbac.roles")
		}
	}
	namespaces, err := auth.ParseNamespaces(spec.Namespaces)
	if err != nil {
		return problem(http.StatusUnprocessableEntity, "invalid_key", `a namespace of the key can't be read; write "acme" or "acme/*"`)
	}
	spec.Namespaces = namespaces.Patterns()
	if spec.ExpiresAt != nil && !spec.ExpiresAt.After(k.Now()) {
		return problem(http.StatusUnprocessableEntity, "invalid_key", "expires_at is over already")
	}
	if !maker.Principal.Covers(k.Roles.Grant(auth.Principal{Roles: spec.Roles, Namespaces: namespaces})) {
		return store.ErrForbidden
	}
	return nil
}

// Revoke ends a key for good. Errors: store.ErrNotFound (also if it is revoked
// already) and those of store.Writer.
func (k Keys) Revoke(ctx context.Context, maker KeyMaker, id string) error {
	if !maker.Principal.Namespaces.All() {
		return store.ErrForbidden
	}
	return k.Store.Update(ctx, store.AllNamespaces(), func(ctx context.Context, tx store.Tx) error {
		if err := tx.RevokeKey(ctx, id); err != nil {
			return err
		}
		return tx.AppendAudit(ctx, maker.event(actionKeyRevoke, id))
	})
}

func (m KeyMaker) event(action, id string) store.AuditEvent {
	return store.AuditEvent{Principal: m.Principal.ID(), Action: action, Object: id, RequestID: m.RequestID, Address: m.Address}
}

func (s *Server) keys() Keys { return Keys{Store: s.o.Store, Roles: s.o.Roles, Now: s.o.Now} }

func makerOf(r *http.Request) KeyMaker {
	return KeyMaker{Principal: principalOf(r.Context()), RequestID: requestID(r.Context()), Address: addressOf(r.Context())}
}

func (s *Server) listKeys(w http.ResponseWriter, r *http.Request) {
	request, err := pageOf(queryOf(r))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	page, err := s.o.Store.Keys(r.Context(), scopeOf(r.Context()), request)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	writeJSON(w, http.StatusOK, listOf(page, apiKeyOf))
}

func (s *Server) createKey(w http.ResponseWriter, r *http.Request) {
	var spec KeySpec
	if err := readSmallJSON(w, r, &spec); err != nil {
		s.fail(w, r, err)
		return
	}
	key, secret, err := s.keys().Create(r.Context(), makerOf(r), spec)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Location", "/v1/keys/"+key.ID)
	writeJSON(w, http.StatusCreated, newAPIKey{apiKeyOf(key), secret})
}

func (s *Server) revokeKey(w http.ResponseWriter, r *http.Request) {
	if err := s.revoke(r, chi.URLParam(r, "id")); err != nil {
		s.fail(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// revoke ends a key, in this process at once.
func (s *Server) revoke(r *http.Request, id string) error {
	err := s.keys().Revoke(r.Context(), makerOf(r), id)
	if s.o.Authenticator != nil {
		s.o.Authenticator.Forget(id)
	}
	if errors.Is(err, store.ErrNotFound) {
		return problem(http.StatusNotFound, "not_found", "there is no such key, or it is revoked already")
	}
	return err
}

// readSmallJSON reads a JSON object, strictly: what is not known is refused.
func readSmallJSON(w http.ResponseWriter, r *http.Request, into any) error {
	if !isJSON(r.Header.Get("Content-Type")) {
		return problem(http.StatusUnsupportedMediaType, "unsupported_type", "send application/json")
	}
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxSmallBody))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(into)
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return err
	case err != nil:
		return problem(http.StatusBadRequest, "unreadable", "the body is not the JSON object that is asked for, or has a member that is not known")
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return problem(http.StatusBadRequest, "unreadable", "something follows the JSON object")
	}
	return nil
}
