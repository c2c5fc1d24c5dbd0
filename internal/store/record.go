package store

import (
	"crypto/sha256"
	"encoding/binary"
	"time"
)

// AuditEvent says who changed what, when. Namespace and Name are of the card,
// Object is anything else; an event about the service has no namespace.
type AuditEvent struct {
	ID        int64 // set by the store
	At        time.Time
	Principal string
	Action    string // such as "card.create"
	Namespace string
	Name      string
	Object    string // such as the id of an API key
	Revision  int64  // 0 where none was made
	RequestID string
	Reason    string
	Address   string // of the client; empty on the command line
}

// IdempotencyTTL is how long a recorded answer is replayed.
const IdempotencyTTL = 24 * time.Hour

// IdempotencyKey is a client's key, which means something for one principal on
// one route only.
type IdempotencyKey struct {
	Principal string
	Route     string
	Key       string
}

// Hash maps the key to the number that engines lock it by. Two keys with one
// hash would only keep each other waiting.
func (k IdempotencyKey) Hash() int64 {
	h := sha256.New()
	for _, part := range []string{k.Principal, k.Route, k.Key} {
		var size [8]byte
		binary.BigEndian.PutUint64(size[:], uint64(len(part)))
		h.Write(size[:])
		h.Write([]byte(part))
	}
	return int64(binary.BigEndian.Uint64(h.Sum(nil))) //nolint:gosec // any 64 bits do, the sign too
}

// IdempotencyRecord is the answer that a key's first request got.
type IdempotencyRecord struct {
	RequestHash string // tells a retry from another request under the same key
	Status      int    // HTTP status
	Response    []byte // whatever the caller needs to answer again
	CreatedAt   time.Time
}
