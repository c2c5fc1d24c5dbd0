package auth

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const (
	maxSubjectLength = 256
	maxListed        = 256             // roles or namespaces in one claim
	maxUnixTime      = 253_402_300_799 // the end of year 9999
)

// claims are the registered claims of a token whose signature holds. They implement jwt.Claims.
type claims struct {
	issuer    string
	subject   string
	audience  jwt.ClaimStrings
	expires   *jwt.NumericDate
	notBefore *jwt.NumericDate
	issuedAt  *jwt.NumericDate
}

func (c *claims) GetExpirationTime() (*jwt.NumericDate, error) { return c.expires, nil }
func (c *claims) GetNotBefore() (*jwt.NumericDate, error)      { return c.notBefore, nil }
func (c *claims) GetIssuedAt() (*jwt.NumericDate, error)       { return c.issuedAt, nil }
func (c *claims) GetAudience() (jwt.ClaimStrings, error)       { return c.audience, nil }
func (c *claims) GetIssuer() (string, error)                   { return c.issuer, nil }
func (c *claims) GetSubject() (string, error)                  { return c.subject, nil }

// readClaims reads the registered claims, each in its one type (RFC 7519): a claim of another type refuses the token.
func readClaims(t *token) (*claims, error) {
	for _, value := range t.members {
		if err := checkNested(value); err != nil {
			return nil, rejectBecause("token payload is not plain JSON", err)
		}
	}
	c := &claims{issuer: t.issuer}
	var ok bool
	if c.subject, ok = stringOf(t.members["sub"]); !ok || !validSubject(c.subject) {
		return nil, reject("token has no usable subject")
	}
	if c.audience, ok = audienceOf(t.members["aud"]); !ok {
		return nil, reject("token has no usable audience")
	}
	for name, date := range map[string]**jwt.NumericDate{"exp": &c.expires, "nbf": &c.notBefore, "iat": &c.issuedAt} {
		value, given := t.members[name]
		if !given {
			continue
		}
		if *date, ok = dateOf(value); !ok {
			return nil, reject("token has an unusable " + name)
		}
	}
	return c, nil
}

func validSubject(s string) bool {
	return s != "" && len(s) <= maxSubjectLength && printable(s)
}

func audienceOf(value json.RawMessage) ([]string, bool) {
	if one, ok := stringOf(value); ok {
		return []string{one}, one != ""
	}
	list, ok := stringsOf(value)
	return list, ok && len(list) > 0
}

// dateOf reads a NumericDate: seconds since 1970, possibly with a fraction, which is dropped.
func dateOf(value json.RawMessage) (*jwt.NumericDate, bool) {
	if len(value) == 0 || value[0] < '0' || value[0] > '9' { // no string, no null, nothing before 1970
		return nil, false
	}
	seconds, err := strconv.ParseFloat(string(value), 64)
	if err != nil || seconds > maxUnixTime {
		return nil, false
	}
	return jwt.NewNumericDate(time.Unix(int64(math.Floor(seconds)), 0)), true
}

// listClaim reads a list from the claim at path: a list of strings, or one string with spaces between. A claim of that very name
// goes before a path ("https://acme.example/roles" has dots too, "realm_access.roles" descends). ok is false if the claim is
// there and can't be read; an absent one is an empty list.
func listClaim(members map[string]json.RawMessage, path string) (list []string, ok bool) {
	value, given := findClaim(members, path)
	if !given {
		return nil, true
	}
	if s, isString := stringOf(value); isString {
		list, ok = strings.Fields(s), true
	} else {
		list, ok = stringsOf(value)
	}
	return list, ok && len(list) <= maxListed
}

func findClaim(members map[string]json.RawMessage, path string) (json.RawMessage, bool) {
	if value, ok := members[path]; ok {
		return value, true
	}
	head, rest, nested := strings.Cut(path, ".")
	if !nested {
		return nil, false
	}
	inner, err := decodeObject(members[head], maxNestedMembers)
	if err != nil {
		return nil, false
	}
	return findClaim(inner, rest)
}
