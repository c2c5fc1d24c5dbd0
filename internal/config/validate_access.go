package config

import (
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

const (
	minSecretKey = 32 // bytes: the output of SHA-256, RFC 7518 section 3.2
	minAPIKey    = 16 // bytes: below, a key is warned about
)

// Permissions returns what a role can be allowed, besides * for everything.
func Permissions() []string {
	return []string{"view", "validate", "generate", "delete", "publish", "admin"}
}

var (
	namespacePattern  = regexp.MustCompile(`^(\*|[A-Za-z0-9][A-Za-z0-9._-]{0,95}(/\*)?)$`)
	hostPattern       = regexp.MustCompile(`^(\*\.)?[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?(:[0-9]{1,5})?$`)
	headerNamePattern = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$")
)

// tokens checks who may issue tokens, and that a token can't be forged for want of a key, an issuer or an audience.
func (v *validator) tokens(s Security) {
	if n := len(s.SecretKey); n > 0 && n < minSecretKey {
		v.add("security.secret_key", "", fmt.Sprintf("has %d bytes, and HS256 is only as strong as its key", n),
			"use at least 32 random bytes, such as those of: openssl rand -base64 48")
	}
	if s.JWT.Issuer == "" {
		v.add("security.jwt.issuer", "", "is empty", "leave the key out, which makes it mcg, or name the issuer")
	}
	if s.JWT.Audience == "" {
		v.add("security.jwt.audience", "", "is empty", "leave the key out, which makes it mcg-api, or name the audience")
	}
	v.externalIssuer(s)
	if !headerNamePattern.MatchString(s.Providers.APIKey.HeaderName) {
		v.add("security.providers.api_key.header_name", s.Providers.APIKey.HeaderName, "is not the name of a header", "use X-API-Key")
	}
}

func (v *validator) externalIssuer(s Security) {
	const path = "security.providers.jwt"
	p := s.Providers.JWT
	if p.PublicKeyURL == "" {
		if p.Issuer != "" || p.Audience != "" {
			v.add(path+".public_key_url", "", "is empty, so no token of the issuer can be checked", "set it to the issuer's JWKS document, or leave issuer and audience out")
		}
		return
	}
	if p.Issuer == "" {
		v.add(path+".issuer", "", "is empty: a token of any issuer would do", "set it to the iss claim of the issuer's tokens")
	}
	if p.Audience == "" {
		v.add(path+".audience", "", "is empty: a token made for another service would do", "set it to the aud claim, such as mcg-api")
	}
	if p.RolesClaim == "" {
		v.add(path+".roles_claim", "", "is empty", "leave it out, or name a claim")
	}
	if p.Issuer != "" && p.Issuer == s.JWT.Issuer {
		v.add(path+".issuer", p.Issuer, "is the issuer of mcg's own tokens too, and a token's verifier is chosen by its issuer", "change security.jwt.issuer")
	}
	u, err := url.Parse(p.PublicKeyURL.Reveal())
	if err == nil && u.Scheme == "http" && !IsLoopback(u.Hostname()) {
		v.add(path+".public_key_url", "", "is fetched without TLS, so its keys can be replaced on the way", "use https://")
	}
	if err == nil && u.User != nil {
		v.add(path+".public_key_url", "", "has a user or password, and a set of public keys needs none", "leave them out")
	}
}

func (v *validator) roles(s Security) {
	allowed := append(Permissions(), "*")
	for _, role := range sortedKeys(s.RBAC.Roles) {
		for _, permission := range s.RBAC.Roles[role] {
			if !slices.Contains(allowed, permission) {
				v.add("security.rbac.roles."+role, permission, "is not a permission", "use "+strings.Join(allowed, ", "))
			}
		}
	}
	seen := map[Secret]int{}
	for i, k := range s.Providers.APIKey.ValidKeys {
		path := fmt.Sprintf("security.providers.api_key.valid_keys[%d]", i)
		if first, twice := seen[k.Key]; twice && k.Key != "" {
			v.add(path, "", fmt.Sprintf("is the same key as valid_keys[%d]", first), "keep one of them")
		}
		seen[k.Key] = i
		v.apiKey(path, k, s.RBAC)
	}
}

func (v *validator) apiKey(path string, k APIKey, rbac RBAC) {
	for _, role := range k.EffectiveRoles() {
		if _, ok := rbac.Roles[role]; !ok {
			v.add(path+".roles", role, "is not a role", "use one of security.rbac.roles: "+strings.Join(sortedKeys(rbac.Roles), ", "))
		}
	}
	for _, ns := range k.Namespaces {
		if !namespacePattern.MatchString(ns) {
			v.add(path+".namespaces", ns, "is not a namespace", "write acme or acme/*")
		}
	}
}

func sortedKeys(m map[string][]string) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (v *validator) network(s Security) {
	for _, host := range s.AllowedHosts {
		if !hostPattern.MatchString(host) {
			v.add("security.allowed_hosts", host, "is not a host name", "write mcg.example.com, without https:// and path")
		}
	}
	for _, origin := range s.CORSOrigins {
		if !isOrigin(origin) {
			v.add("security.cors_origins", origin, "is not an origin", "write https://portal.example.com, without a path")
		}
	}
	for _, proxy := range s.TrustedProxies {
		if !isNetwork(proxy) {
			v.add("security.trusted_proxies", proxy, "is neither an address nor a network", "write 10.0.0.7 or 10.0.0.0/8")
		}
	}
}

func isOrigin(s string) bool {
	u, err := url.Parse(s)
	return s == "*" || err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.Scheme+"://"+u.Host == s
}

func isNetwork(s string) bool {
	if _, err := netip.ParseAddr(s); err == nil {
		return true
	}
	_, err := netip.ParsePrefix(s)
	return err == nil
}
