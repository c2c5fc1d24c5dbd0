package auth

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/terragonlabs/modelcard-generator/internal/outbound"
)

// ErrVerifier means that an issuer's configuration can't be used; the service must not start with it.
var ErrVerifier = errors.New("token issuer configuration")

// MinSecretBytes is the shortest secret for HS256 (RFC 7518 section 3.2: at least as long as the hash).
const MinSecretBytes = 32

// Issuer and audience of the tokens that mcg issues itself, unless configured otherwise.
const (
	DefaultIssuer   = "mcg"
	DefaultAudience = "mcg-api"
)

const (
	maxLeeway            = 60 * time.Second
	ownRolesClaim        = "roles"
	ownNamespacesClaim   = "namespaces"
	ownKeyClaim          = "key" // the id of the stored API key that the token was made with
	algorithmHS256       = "HS256"
	algorithmRS256       = "RS256"
	algorithmES256       = "ES256"
	secretKeysGeneration = 0 // a secret never rotates within a process
)

// Verifier accepts the tokens of one issuer, by one algorithm.
type Verifier struct {
	issuer          string
	audience        string
	leeway          time.Duration
	method          jwt.SigningMethod
	rolesClaim      string
	namespacesClaim string
	keyClaim        string // empty for other issuers: they can't speak for our keys
	keys            keySource
}

// keySource gives the key that a token must be signed with.
type keySource interface {
	// find returns the key named keyID, or the only one if keyID is empty.
	find(ctx context.Context, keyID string) (any, error)
	// generation changes when a key is removed or replaced, which ends every verification made before.
	generation() uint64
}

// SecretOptions configure the verifier, and the issuer, of the tokens that mcg issues itself.
type SecretOptions struct {
	// Secret has at least MinSecretBytes.
	Secret []byte
	// Issuer and Audience default to DefaultIssuer and DefaultAudience.
	Issuer, Audience string
	// Leeway is the tolerated clock difference, at most 60 s.
	Leeway time.Duration
}

func (o SecretOptions) withDefaults() (SecretOptions, error) {
	if o.Issuer == "" {
		o.Issuer = DefaultIssuer
	}
	if o.Audience == "" {
		o.Audience = DefaultAudience
	}
	o.Secret = slices.Clone(o.Secret)
	if len(o.Secret) < MinSecretBytes {
		return o, fmt.Errorf("%w: the secret key has %d bytes, at least %d are needed", ErrVerifier, len(o.Secret), MinSecretBytes)
	}
	return o, checkIssuer(o.Issuer, o.Audience, o.Leeway)
}

// NewSecretVerifier accepts HS256 tokens of mcg's own. It refuses a short secret with ErrVerifier.
func NewSecretVerifier(opts SecretOptions) (*Verifier, error) {
	opts, err := opts.withDefaults()
	if err != nil {
		return nil, err
	}
	return &Verifier{
		issuer:          opts.Issuer,
		audience:        opts.Audience,
		leeway:          opts.Leeway,
		method:          jwt.SigningMethodHS256,
		rolesClaim:      ownRolesClaim,
		namespacesClaim: ownNamespacesClaim,
		keyClaim:        ownKeyClaim,
		keys:            secretKey(func() []byte { return opts.Secret }),
	}, nil
}

// secretKey keeps the secret behind a function, so that printing a Verifier can't show it.
type secretKey func() []byte

func (k secretKey) find(context.Context, string) (any, error) { return k(), nil }
func (secretKey) generation() uint64                          { return secretKeysGeneration }

// ExternalOptions configure the verifier of another issuer's tokens.
type ExternalOptions struct {
	// Issuer and Audience are what iss and aud must say. Both are mandatory: without them any customer of the same identity
	// provider would be let in.
	Issuer, Audience string
	// Algorithm is RS256 or ES256.
	Algorithm string
	// KeysURL is the issuer's JSON Web Key Set.
	KeysURL string
	// Client fetches it.
	Client *outbound.Client
	// RolesClaim is where the roles are: a name, or a path with dots. It defaults to "roles".
	RolesClaim string
	// NamespacesClaim is where the namespaces are. Without one the issuer's principals are bound to none in particular and
	// reach all; with one, a token that lacks it reaches nothing.
	NamespacesClaim string
	// Leeway is the tolerated clock difference, at most 60 s.
	Leeway time.Duration
	// KeySet tunes the fetching.
	KeySet KeySetOptions
}

// NewExternalVerifier accepts RS256 or ES256 tokens of another issuer. Options that would let in more than that issuer's tokens
// for us are refused with ErrVerifier. Tokens.Run keeps its keys fresh.
func NewExternalVerifier(opts ExternalOptions) (*Verifier, error) {
	if err := checkIssuer(opts.Issuer, opts.Audience, opts.Leeway); err != nil {
		return nil, err
	}
	method, err := asymmetricMethod(opts.Algorithm)
	if err != nil {
		return nil, fmt.Errorf("issuer %q: %w", opts.Issuer, err)
	}
	if opts.Client == nil {
		return nil, fmt.Errorf("%w: issuer %q: no client to fetch keys with", ErrVerifier, opts.Issuer)
	}
	if _, err := outbound.HostOf(opts.KeysURL, false); err != nil {
		return nil, fmt.Errorf("%w: issuer %q: URL of its keys: %w", ErrVerifier, opts.Issuer, err)
	}
	if opts.RolesClaim == "" {
		opts.RolesClaim = ownRolesClaim
	}
	return &Verifier{
		issuer:          opts.Issuer,
		audience:        opts.Audience,
		leeway:          opts.Leeway,
		method:          method,
		rolesClaim:      opts.RolesClaim,
		namespacesClaim: opts.NamespacesClaim,
		keys:            newKeySet(opts),
	}, nil
}

func asymmetricMethod(algorithm string) (jwt.SigningMethod, error) {
	switch algorithm {
	case algorithmRS256:
		return jwt.SigningMethodRS256, nil
	case algorithmES256:
		return jwt.SigningMethodES256, nil
	default:
		return nil, fmt.Errorf("%w: algorithm %q; RS256 and ES256 are supported", ErrVerifier, algorithm)
	}
}

func checkIssuer(issuer, audience string, leeway time.Duration) error {
	if issuer == "" || strings.ContainsAny(issuer, " \t\r\n") || !printable(issuer) {
		return fmt.Errorf("%w: issuer %q; it must be set, without spaces", ErrVerifier, issuer)
	}
	if audience == "" {
		return fmt.Errorf("%w: issuer %q: the audience must be set", ErrVerifier, issuer)
	}
	if leeway < 0 || leeway > maxLeeway {
		return fmt.Errorf("%w: issuer %q: leeway %s; at most %s", ErrVerifier, issuer, leeway, maxLeeway)
	}
	return nil
}

// verify checks signature and claims and gives the principal, without permissions yet.
func (v *Verifier) verify(ctx context.Context, t *token, now time.Time) (Principal, error) {
	if t.algorithm != v.method.Alg() { // compared, never followed
		return Principal{}, reject("token of another algorithm than its issuer's")
	}
	key, err := v.keys.find(ctx, t.keyID)
	if err != nil {
		return Principal{}, err
	}
	if err := v.method.Verify(t.signed, t.signature, key); err != nil {
		return Principal{}, rejectBecause("token signature does not hold", err)
	}
	c, err := readClaims(t)
	if err != nil {
		return Principal{}, err
	}
	if err := v.validator(now).Validate(c); err != nil {
		return Principal{}, rejectBecause("token claims: "+claimFault(err), err)
	}
	return v.principal(t, c)
}

func (v *Verifier) validator(now time.Time) *jwt.Validator {
	return jwt.NewValidator(
		jwt.WithIssuer(v.issuer),
		jwt.WithAudience(v.audience),
		jwt.WithExpirationRequired(),
		jwt.WithIssuedAt(),
		jwt.WithLeeway(v.leeway),
		jwt.WithTimeFunc(func() time.Time { return now }),
	)
}

// claimFault names the first fault for the log.
func claimFault(err error) string {
	for _, fault := range []error{
		jwt.ErrTokenExpired, jwt.ErrTokenNotValidYet, jwt.ErrTokenUsedBeforeIssued, jwt.ErrTokenInvalidAudience,
		jwt.ErrTokenInvalidIssuer, jwt.ErrTokenRequiredClaimMissing,
	} {
		if errors.Is(err, fault) {
			return fault.Error()
		}
	}
	return "not valid"
}

func (v *Verifier) principal(t *token, c *claims) (Principal, error) {
	roles, ok := listClaim(t.members, v.rolesClaim)
	if !ok {
		return Principal{}, reject("token has an unusable roles claim")
	}
	namespaces, err := v.namespaces(t)
	if err != nil {
		return Principal{}, err
	}
	keyID, ok := v.keyID(t)
	if !ok {
		return Principal{}, reject("token has an unusable key claim")
	}
	return Principal{
		Subject:    c.subject,
		Kind:       KindJWT,
		Issuer:     v.issuer,
		KeyID:      keyID,
		Roles:      slices.DeleteFunc(roles, func(role string) bool { return !validRole(role) }),
		Namespaces: namespaces,
		Expires:    c.expires.Time,
	}, nil
}

// keyID reads the key that a token of our own was made with, if any.
func (v *Verifier) keyID(t *token) (string, bool) {
	value, given := t.members[v.keyClaim]
	if !given || v.keyClaim == "" {
		return "", true
	}
	id, ok := stringOf(value)
	return id, ok && id != ""
}

func (v *Verifier) namespaces(t *token) (Namespaces, error) {
	if v.namespacesClaim == "" {
		return AllNamespaces(), nil
	}
	patterns, ok := listClaim(t.members, v.namespacesClaim)
	if !ok {
		return Namespaces{}, reject("token has an unusable namespaces claim")
	}
	// A claim of groups holds names that are no namespaces; they grant nothing.
	namespaces, _ := ParseNamespaces(patterns)
	return namespaces, nil
}
