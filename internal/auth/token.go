package auth

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
)

const (
	maxTokenBytes  = 8 << 10
	maxHeaderBytes = 1 << 10 // of the encoded header, which needs three short members
	maxKeyIDLength = 256
)

// token is a JWT taken apart, with nothing about it believed yet.
type token struct {
	signed    string // what the signature covers
	signature []byte
	algorithm string
	keyID     string // empty if the header names no key
	issuer    string
	members   map[string]json.RawMessage
}

// parseToken takes a compact JWS (RFC 7515) of bounded size apart. Its shape is looked at before anything is decoded, and each
// part has one spelling only, so that a token can't be varied without breaking it.
func parseToken(raw string) (*token, error) {
	if strings.Count(raw, ".") != 2 {
		return nil, reject("token has not three parts")
	}
	end := strings.LastIndexByte(raw, '.')
	header, payload, _ := strings.Cut(raw[:end], ".")
	t := &token{signed: raw[:end]}
	if err := t.readHeader(header); err != nil {
		return nil, err
	}
	if err := t.readPayload(payload); err != nil {
		return nil, err
	}
	var ok bool
	if t.signature, ok = decodeSegment(raw[end+1:]); !ok {
		return nil, reject("token signature is not base64url")
	}
	return t, nil
}

// decodeSegment reads canonical, unpadded base64url. The alphabet is checked first since encoding/base64 skips line breaks.
func decodeSegment(segment string) ([]byte, bool) {
	for i := range len(segment) {
		if !base64urlByte(segment[i]) {
			return nil, false
		}
	}
	data, err := base64.RawURLEncoding.Strict().DecodeString(segment)
	return data, err == nil && len(data) > 0
}

func base64urlByte(c byte) bool {
	return 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '_'
}

// unsupportedHeaders change what the signature covers or what the payload is (RFC 7515 crit, RFC 7797 b64, RFC 7516 enc and
// zip). Ignoring them would mean verifying something else than the sender signed. Headers that merely offer a key (jwk, jku,
// x5u, x5c) are not read at all.
var unsupportedHeaders = []string{"crit", "b64", "enc", "zip"}

// tokenTypes are the accepted values of typ. A logout token or a security event is a JWT too, but no credential.
var tokenTypes = []string{"jwt", "at+jwt", "application/at+jwt"}

func (t *token) readHeader(segment string) error {
	if len(segment) > maxHeaderBytes {
		return reject("token header too long")
	}
	data, ok := decodeSegment(segment)
	if !ok {
		return reject("token header is not base64url")
	}
	members, err := decodeObject(data, maxMembers)
	if err != nil {
		return rejectBecause("token header is not plain JSON", err)
	}
	for _, name := range unsupportedHeaders {
		if _, ok := members[name]; ok {
			return reject("token header has " + name)
		}
	}
	if value, given := members["typ"]; given {
		if typ, ok := stringOf(value); !ok || !slices.Contains(tokenTypes, strings.ToLower(typ)) {
			return reject("token of another type")
		}
	}
	if t.algorithm, ok = stringOf(members["alg"]); !ok {
		return reject("token header has no algorithm")
	}
	if value, given := members["kid"]; given {
		if t.keyID, ok = stringOf(value); !ok || t.keyID == "" || len(t.keyID) > maxKeyIDLength {
			return reject("token header has an unusable key id")
		}
	}
	return nil
}

func (t *token) readPayload(segment string) error {
	data, ok := decodeSegment(segment)
	if !ok {
		return reject("token payload is not base64url")
	}
	members, err := decodeObject(data, maxMembers)
	if err != nil {
		return rejectBecause("token payload is not plain JSON", err)
	}
	if t.issuer, ok = stringOf(members["iss"]); !ok {
		return reject("token has no issuer")
	}
	t.members = members
	return nil
}
