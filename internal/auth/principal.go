// Package auth turns a request's credentials, a JWT or an API key, into a Principal and says what that principal may do and in
// which namespaces. Everything is denied unless granted. It reads no configuration and stores nothing: secrets, keys, clock and
// the key store are handed in.
package auth

import (
	"slices"
	"time"
)

// Kind is how a principal proved itself.
type Kind string

// The kinds of principal.
const (
	KindJWT      Kind = "jwt"
	KindAPIKey   Kind = "api_key"
	KindLoopback Kind = "anonymous-loopback"
)

// Principal is who asks. The zero value may do nothing anywhere.
type Principal struct {
	// Subject names the principal within its issuer.
	Subject string
	// Kind is how it proved itself.
	Kind Kind
	// Issuer vouches for the subject: a token's iss, or the service's own name for API keys.
	Issuer string
	// KeyID is the public part of the stored API key that the principal proved itself by, or that its token was issued for; it
	// may be logged.
	KeyID string
	// Roles are the names it holds; unknown ones grant nothing.
	Roles []string
	// Namespaces bounds what it may touch.
	Namespaces Namespaces
	// Expires is when the credential ends; zero if it does not.
	Expires time.Time

	granted permissions
}

// ID names the principal across issuers, for ownership, audit and rate limits. An API key and the tokens issued for it share one.
func (p Principal) ID() string {
	return p.Issuer + " " + p.Subject // an issuer holds no space, so two pairs never make one ID
}

// Allowed reports whether one of the principal's roles grants the permission.
func (p Principal) Allowed(permission Permission) bool {
	return p.granted.has(permission)
}

// Covers reports whether the principal may do all that the other may, everywhere the other may do it: the bound of what it can
// hand on.
func (p Principal) Covers(other Principal) bool {
	if other.granted&^p.granted != 0 {
		return false
	}
	if p.Namespaces.All() {
		return true
	}
	return !other.Namespaces.All() && !slices.ContainsFunc(other.Namespaces.names, func(n string) bool { return !p.Namespaces.Contains(n) })
}

// InNamespace reports whether the principal may touch cards of the namespace.
func (p Principal) InNamespace(namespace string) bool {
	return p.Namespaces.Contains(namespace)
}

// Loopback is the principal of a service that runs without authentication, which it does on loopback only: it may do everything.
func Loopback() Principal {
	return Principal{
		Subject:    "loopback",
		Kind:       KindLoopback,
		Issuer:     "local",
		Namespaces: AllNamespaces(),
		granted:    everything,
	}
}

// clone gives a principal whose slices the caller may change without reaching a cached one.
func (p Principal) clone() Principal {
	p.Roles = slices.Clone(p.Roles)
	return p
}
