package auth

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Permission is one thing a role may allow.
type Permission string

// The permissions, as written in configuration.
const (
	Generate Permission = "generate"
	Validate Permission = "validate"
	View     Permission = "view"
	Delete   Permission = "delete"
	Publish  Permission = "publish"
	Admin    Permission = "admin"
)

// wildcard in a role's list grants every permission.
const wildcard = "*"

// ErrRoles means that the configured roles can't be used.
var ErrRoles = errors.New("role configuration")

// permissions is a set of Permission, one bit each.
type permissions uint8

const everything = permissions(1<<6 - 1)

var permissionBits = map[Permission]permissions{
	Generate: 1 << 0, Validate: 1 << 1, View: 1 << 2, Delete: 1 << 3, Publish: 1 << 4, Admin: 1 << 5,
}

func (s permissions) has(p Permission) bool {
	bit := permissionBits[p]
	return bit != 0 && s&bit != 0
}

// Permissions lists the known names, sorted.
func Permissions() []Permission {
	return slices.Sorted(maps.Keys(permissionBits))
}

// Roles says what each role may do.
type Roles struct {
	granted map[string]permissions
}

// DefaultRoles is the documented default of the configuration.
func DefaultRoles() map[string][]string {
	return map[string][]string{
		"admin":    {wildcard},
		"user":     {string(Generate), string(Validate)},
		"readonly": {string(View)},
	}
}

// NewRoles reads the configuration's map from role to permission names. All mistakes are reported at once, as ErrRoles.
func NewRoles(configured map[string][]string) (Roles, error) {
	roles := Roles{granted: make(map[string]permissions, len(configured))}
	var mistakes []error
	for _, role := range slices.Sorted(maps.Keys(configured)) {
		if !validRole(role) {
			mistakes = append(mistakes, fmt.Errorf("%w: %q can't be the name of a role", ErrRoles, role))
		}
		granted, err := parsePermissions(role, configured[role])
		mistakes = append(mistakes, err)
		roles.granted[role] = granted
	}
	return roles, errors.Join(mistakes...)
}

func parsePermissions(role string, names []string) (permissions, error) {
	var granted permissions
	var mistakes []error
	for _, name := range names {
		bit := permissionBits[Permission(name)]
		if name == wildcard {
			bit = everything
		}
		if bit == 0 {
			mistakes = append(mistakes, fmt.Errorf("%w: role %q: unknown permission %q; known are %s", ErrRoles, role, name, knownPermissions()))
		}
		granted |= bit
	}
	return granted, errors.Join(mistakes...)
}

func knownPermissions() string {
	var b strings.Builder
	for _, p := range Permissions() {
		b.WriteString(string(p) + ", ")
	}
	return b.String() + `"*"`
}

// Has reports whether the configuration knows the role.
func (r Roles) Has(role string) bool {
	_, ok := r.granted[role]
	return ok
}

// Names are the roles that the configuration knows, in order.
func (r Roles) Names() []string { return slices.Sorted(maps.Keys(r.granted)) }

// Grant adds what the principal's roles allow.
func (r Roles) Grant(p Principal) Principal {
	for _, role := range p.Roles {
		p.granted |= r.granted[role]
	}
	return p
}

const maxRoleLength = 128

// validRole keeps out what a space-separated claim could not carry and a log line should not.
func validRole(name string) bool {
	return name != "" && len(name) <= maxRoleLength && printable(name) && !strings.Contains(name, " ")
}

// printable reports whether s is free of control and invalid characters.
func printable(s string) bool {
	for _, r := range s {
		if r < ' ' || r == 0x7f || r == '\ufffd' || r >= 0x80 && r < 0xa0 || r == '\u2028' || r == '\u2029' {
			return false
		}
	}
	return true
}
