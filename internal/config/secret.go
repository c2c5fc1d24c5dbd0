package config

import (
	"fmt"
	"io"
	"net/url"
	"strings"
)

// redacted stands in for a secret wherever one would be printed.
const redacted = "[redacted]"

// Secret is a password, key or token. However it is printed or encoded, it comes out as [redacted], or empty if it is
// empty; Reveal gives the value to the one who needs it. One thing escapes it: fmt calls no methods of unexported fields,
// so a struct that keeps a Secret in one must not be printed.
type Secret string

// Reveal returns the secret itself.
func (s Secret) Reveal() string { return string(s) }

// String returns [redacted], or nothing for an empty secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return redacted
}

// GoString keeps %#v from showing the secret.
func (s Secret) GoString() string { return `config.Secret("` + s.String() + `")` }

// Format keeps every verb, %x and %d among them, from showing the secret.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// MarshalText keeps encoders from writing the secret; encoding/json and YAML writers use it too.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// MarshalYAML keeps YAML writers from writing the secret.
func (s Secret) MarshalYAML() (any, error) { return s.String(), nil }

// UnmarshalText takes the secret as it stands.
func (s *Secret) UnmarshalText(text []byte) error {
	*s = Secret(text)
	return nil
}

// URL is an address that may carry a password. Printed or encoded, its password is [redacted] and the rest is shown.
type URL string

// Reveal returns the address with its password.
func (u URL) Reveal() string { return string(u) }

// String returns the address with the password, and query values that hold one, replaced by [redacted]. An address
// that can't be parsed is replaced whole, since nobody can say where its password is.
func (u URL) String() string {
	if u == "" || strings.HasPrefix(string(u), "sqlite:") {
		return string(u)
	}
	parsed, err := url.Parse(string(u))
	if err != nil || parsed.Scheme == "" || parsed.Opaque != "" {
		return redacted
	}
	const mark = "mcg-redacted-mark"
	if _, has := parsed.User.Password(); has {
		parsed.User = url.UserPassword(parsed.User.Username(), mark)
	}
	parsed.RawQuery = redactQuery(parsed.RawQuery, mark)
	return strings.ReplaceAll(parsed.String(), mark, redacted)
}

// redactQuery replaces the values of parameters that hold secrets, such as libpq's password and sslpassword.
func redactQuery(raw, mark string) string {
	if raw == "" {
		return ""
	}
	parts := strings.Split(raw, "&")
	for i, part := range parts {
		name, _, found := strings.Cut(part, "=")
		if found && secretParameter(name) {
			parts[i] = name + "=" + mark
		}
	}
	return strings.Join(parts, "&")
}

func secretParameter(name string) bool {
	name = strings.ToLower(name)
	for _, word := range []string{"password", "passwd", "pwd", "secret", "token", "key", "%"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}

// GoString keeps %#v from showing the password.
func (u URL) GoString() string { return `config.URL("` + u.String() + `")` }

// Format keeps every verb from showing the password.
func (u URL) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, u.String()) }

// MarshalText keeps encoders from writing the password; encoding/json and YAML writers use it too.
func (u URL) MarshalText() ([]byte, error) { return []byte(u.String()), nil }

// MarshalYAML keeps YAML writers from writing the password.
func (u URL) MarshalYAML() (any, error) { return u.String(), nil }

// UnmarshalText takes the address as it stands; Config.Validate judges it.
func (u *URL) UnmarshalText(text []byte) error {
	*u = URL(text)
	return nil
}
