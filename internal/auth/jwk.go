package auth

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"slices"

	"github.com/MicahParks/jwkset"
)

// errKeySet means that a document is no JSON Web Key Set, so the keys known before stay.
var errKeySet = errors.New("not a JSON Web Key Set")

const (
	maxKeys    = 100
	minRSABits = 2048
	maxRSABits = 8192 // verification cost grows with the square
)

// publicKey is a key of the set; Equal comes from the standard library's key types.
type publicKey interface {
	Equal(other crypto.PublicKey) bool
}

// parseKeySet reads a JSON Web Key Set (RFC 7517) and keeps the keys that verify the algorithm, by their id. Others are passed
// over: a set may hold encryption keys and kinds not invented yet. An empty list is a statement; a document without one is not.
func parseKeySet(document []byte, algorithm string) (map[string]publicKey, error) {
	var set struct {
		Keys *[]json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(document, &set); err != nil || set.Keys == nil || len(*set.Keys) > maxKeys {
		return nil, errKeySet
	}
	keys := make(map[string]publicKey)
	for _, raw := range *set.Keys {
		id, key, ok := parseKey(raw, algorithm)
		if _, twice := keys[id]; ok && !twice {
			keys[id] = key
		}
	}
	return keys, nil
}

func parseKey(raw json.RawMessage, algorithm string) (id string, key publicKey, ok bool) {
	var m jwkset.JWKMarshal
	if json.Unmarshal(raw, &m) != nil || !verifies(m, algorithm) {
		return "", nil, false
	}
	m.X5U, m.X5C, m.X5T, m.X5TS256 = "", nil, "", "" // certificates are not looked at: the set itself is what we trust
	jwk, err := jwkset.NewJWKFromMarshal(m, jwkset.JWKMarshalOptions{}, jwkset.JWKValidateOptions{})
	if err != nil {
		return "", nil, false
	}
	key, ok = usable(jwk.Key(), algorithm)
	return m.KID, key, ok
}

// verifies reports whether the key's own description allows verifying signatures by the algorithm.
func verifies(m jwkset.JWKMarshal, algorithm string) bool {
	return (m.USE == "" || m.USE == jwkset.UseSig) &&
		(m.ALG == "" || m.ALG.String() == algorithm) &&
		(len(m.KEYOPS) == 0 || slices.Contains(m.KEYOPS, jwkset.KeyOpsVerify))
}

func usable(key any, algorithm string) (publicKey, bool) {
	switch k := key.(type) {
	case *rsa.PublicKey:
		bits := k.N.BitLen()
		return k, algorithm == algorithmRS256 && bits >= minRSABits && bits <= maxRSABits && k.E%2 == 1 // jwkset refuses exponent 1
	case *ecdsa.PublicKey:
		return k, algorithm == algorithmES256 && k.Curve == elliptic.P256()
	default:
		return nil, false
	}
}
