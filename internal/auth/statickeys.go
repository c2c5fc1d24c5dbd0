package auth

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
)

// ErrStaticKey means that a key of the configuration can't be used.
var ErrStaticKey = errors.New("static API key")

const (
	minStaticKeyLength = 8
	staticKeyRole      = "user"
)

// StaticKey is an API key of the configuration.
type StaticKey struct {
	// Key is the operator's own string, of at least 8 bytes.
	Key string
	// Roles defaults to the role user.
	Roles []string
	// Namespaces are patterns as ParseNamespaces reads them; none means every namespace.
	Namespaces []string
}

type staticKey struct {
	hash      KeyHash
	principal Principal
}

func (k *Keys) readStatic(configured StaticKey) (staticKey, error) {
	if len(configured.Key) < minStaticKeyLength || len(configured.Key) > maxKeyLength || !printable(configured.Key) {
		return staticKey{}, fmt.Errorf("it must have %d to %d bytes and no control characters", minStaticKeyLength, maxKeyLength)
	}
	if len(configured.Roles) == 0 {
		configured.Roles = []string{staticKeyRole}
	}
	if len(configured.Namespaces) == 0 {
		configured.Namespaces = []string{wildcard}
	}
	var mistakes []error
	for _, role := range configured.Roles {
		if !k.opts.Roles.Has(role) {
			mistakes = append(mistakes, fmt.Errorf("unknown role %q", role))
		}
	}
	namespaces, err := ParseNamespaces(configured.Namespaces)
	hash := hashKey(configured.Key)
	return staticKey{hash: hash, principal: k.opts.Roles.Grant(Principal{
		Subject:    "static:" + fingerprint(hash),
		Kind:       KindAPIKey,
		Issuer:     k.opts.Issuer,
		Roles:      slices.Clone(configured.Roles),
		Namespaces: namespaces,
	})}, errors.Join(append(mistakes, err)...)
}

// fingerprint names a static key in logs. It hashes the hash, since a short key could be guessed from its own hash.
func fingerprint(hash KeyHash) string {
	again := sha256.Sum256(hash[:])
	return hex.EncodeToString(again[:6])
}

func (k *Keys) isStatic(hash KeyHash) bool {
	_, ok := k.findStatic(hash)
	return ok
}

// findStatic compares with every key, so that the time taken does not tell which one is near.
func (k *Keys) findStatic(hash KeyHash) (Principal, bool) {
	found := -1
	for i := range k.static {
		if subtle.ConstantTimeCompare(k.static[i].hash[:], hash[:]) == 1 {
			found = i
		}
	}
	if found < 0 {
		return Principal{}, false
	}
	return k.static[found].principal.clone(), true
}
