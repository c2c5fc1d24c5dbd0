package auth

import (
	"context"
	"errors"
	"time"
)

// ErrUnknownKey is what a KeyStore returns for an id it does not hold.
var ErrUnknownKey = errors.New("unknown API key")

// KeyRecord is a stored API key.
type KeyRecord struct {
	// ID is the public id.
	ID string
	// Hash is the SHA-256 of the whole key.
	Hash KeyHash
	// Subject is whom the key stands for; empty for the key itself.
	Subject string
	// Roles and Namespaces are what it may do, and where.
	Roles      []string
	Namespaces Namespaces
	// Expires, Revoked and LastUsed are zero if there is no such time.
	Expires, Revoked, LastUsed time.Time
}

// KeyStore holds API keys made at run time. Implementations are safe for concurrent use.
type KeyStore interface {
	// FindKey returns the key with this public id, revoked and expired ones too. It returns ErrUnknownKey if there is none; any
	// other error means that the store can't tell.
	FindKey(ctx context.Context, id string) (KeyRecord, error)
	// TouchKey records that the key was used. An earlier time than the recorded one changes nothing.
	TouchKey(ctx context.Context, id string, used time.Time) error
}
