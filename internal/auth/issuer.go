package auth

import (
	"errors"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// ErrIssue means that a token can't be issued for this principal or lifetime.
var ErrIssue = errors.New("token can't be issued")

// Issuer makes mcg's own tokens, which NewSecretVerifier with the same options accepts.
type Issuer struct {
	sign     func(*jwt.Token) (string, error)
	issuer   string
	audience string
	now      func() time.Time
	newID    func() string
}

// NewIssuer builds an issuer from a clock and a source of unique token ids. It refuses a short secret with ErrVerifier.
func NewIssuer(opts SecretOptions, now func() time.Time, newID func() string) (*Issuer, error) {
	opts, err := opts.withDefaults()
	if err != nil {
		return nil, err
	}
	return &Issuer{
		sign:     func(t *jwt.Token) (string, error) { return t.SignedString(opts.Secret) },
		issuer:   opts.Issuer,
		audience: opts.Audience,
		now:      now,
		newID:    newID,
	}, nil
}

// Issue makes a token for the principal that ends after ttl, or with the credential it proved itself by if that is sooner: a
// token must not outlive its key.
func (i *Issuer) Issue(p Principal, ttl time.Duration) (string, error) {
	now := i.now()
	expires := now.Add(ttl)
	if !p.Expires.IsZero() && p.Expires.Before(expires) {
		expires = p.Expires
	}
	if !validSubject(p.Subject) {
		return "", fmt.Errorf("%w: no usable subject", ErrIssue)
	}
	if expires.Unix() <= now.Unix() {
		return "", fmt.Errorf("%w: nothing left of its lifetime", ErrIssue)
	}
	claims := jwt.MapClaims{
		"iss":              i.issuer,
		"aud":              i.audience,
		"sub":              p.Subject,
		"exp":              expires.Unix(),
		"iat":              now.Unix(),
		"nbf":              now.Unix(),
		"jti":              i.newID(),
		ownRolesClaim:      append([]string{}, p.Roles...),
		ownNamespacesClaim: p.Namespaces.Patterns(),
	}
	if p.KeyID != "" {
		claims[ownKeyClaim] = p.KeyID
	}
	raw, err := i.sign(jwt.NewWithClaims(jwt.SigningMethodHS256, claims))
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrIssue, err)
	}
	if len(raw) > maxTokenBytes {
		return "", fmt.Errorf("%w: %d bytes, more than we accept ourselves", ErrIssue, len(raw))
	}
	return raw, nil
}
