package store

import (
	"fmt"
	"time"
)

// Sizes of an API key's record.
const (
	MaxKeyID    = 64  // bytes of an id
	KeyHashSize = 32  // bytes of a hash: SHA-256
	MaxKeyLists = 256 // roles, and namespaces, counted
)

// APIKey is what is kept of an API key. Of its secret only the SHA-256 is.
type APIKey struct {
	ID         string // the public part
	Name       string // what people call it
	Hash       []byte // SHA-256 of the whole key
	Roles      []string
	Namespaces []string // patterns as package auth reads them
	CreatedBy  string   // principal
	CreatedAt  time.Time
	ExpiresAt  *time.Time // nil: never
	RevokedAt  *time.Time // nil while it is good
	LastUsedAt *time.Time // nil before its first use; up to a minute old
}

// Check returns ErrInvalid if no engine may store the key.
func (k APIKey) Check() error {
	if k.ID == "" || k.CreatedBy == "" || len(k.Hash) != KeyHashSize {
		return fmt.Errorf("%w: an API key has an id, a maker and a hash of %d bytes", ErrInvalid, KeyHashSize)
	}
	if len(k.Roles) > MaxKeyLists || len(k.Namespaces) > MaxKeyLists {
		return fmt.Errorf("%w: over %d roles or namespaces", ErrInvalid, MaxKeyLists)
	}
	if err := checkTexts(MaxKeyID, text{"id", k.ID}); err != nil {
		return err
	}
	if err := checkTexts(MaxPrincipal, text{"created by", k.CreatedBy}); err != nil {
		return err
	}
	texts := []text{{"name", k.Name}}
	for _, role := range k.Roles {
		texts = append(texts, text{"role", role})
	}
	for _, namespace := range k.Namespaces {
		texts = append(texts, text{"namespace", namespace})
	}
	if err := checkTexts(MaxLabel, texts...); err != nil {
		return err
	}
	if k.ExpiresAt != nil {
		return checkTimes(*k.ExpiresAt)
	}
	return nil
}

// KeyMark is a place in the list of API keys.
type KeyMark struct {
	At int64  `json:"k"` // microseconds since 1970
	ID string `json:"i"`
}

// KeyPlan is a checked request for a page of API keys.
type KeyPlan struct {
	Limit int
	After *KeyMark
}

// Keys checks the request for an engine. Errors: ErrInvalid, ErrBadCursor.
func (p PageRequest) Keys() (KeyPlan, error) {
	limit, err := p.size()
	if err != nil {
		return KeyPlan{}, err
	}
	plan := KeyPlan{Limit: limit}
	if p.Cursor == "" {
		return plan, nil
	}
	plan.After = &KeyMark{}
	if err := decodeCursor(p.Cursor, plan.After); err != nil {
		return KeyPlan{}, err
	}
	if !validMicro(plan.After.At) || checkTexts(MaxKeyID, text{"id", plan.After.ID}) != nil {
		return KeyPlan{}, ErrBadCursor
	}
	return plan, nil
}

// Page cuts rows, of which an engine reads one more than the limit, to a page.
func (p KeyPlan) Page(rows []APIKey) Page[APIKey] {
	return cut(rows, p.Limit, func(last APIKey) any { return KeyMark{last.CreatedAt.UnixMicro(), last.ID} })
}

// CheckTime returns ErrInvalid for a time that no engine can keep.
func CheckTime(t time.Time) error { return checkTimes(t) }

// ValidText reports whether an engine can compare with the text at all.
// Postgres refuses a NUL byte and what is not UTF-8.
func ValidText(s string) bool { return checkTexts(len(s), text{"text", s}) == nil }
