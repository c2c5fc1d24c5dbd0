package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// environment is a set of variables, as os.Environ lists them.
type environment struct {
	values map[string]string
}

func newEnvironment(environ []string) *environment {
	e := &environment{values: make(map[string]string, len(environ))}
	for _, entry := range environ {
		if name, value, ok := strings.Cut(entry, "="); ok {
			e.values[name] = value
		}
	}
	return e
}

// get returns a variable of mcg's. An empty one counts as not set, since that is how Compose and CI pass "nothing".
func (e *environment) get(name string) (string, bool) {
	value := e.values[name]
	return value, value != ""
}

// expand replaces each ${NAME} by the variable's value, and each $${ by ${. A variable that does not exist is an error.
func (e *environment) expand(s string) (string, error) {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(s, "${")
		if !found {
			b.WriteString(s)
			return b.String(), nil
		}
		if strings.HasSuffix(before, "$") {
			b.WriteString(before + "{")
			s = after
			continue
		}
		name, rest, closed := strings.Cut(after, "}")
		if !closed || !isVariable(name) {
			return "", errors.New("${ is not followed by the name of a variable and }")
		}
		value, ok := e.values[name]
		if !ok {
			return "", fmt.Errorf("the variable %s is not set", name)
		}
		b.WriteString(before + value)
		s = rest
	}
}

func isVariable(name string) bool {
	for i, r := range name {
		letter := r == '_' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return name != "" && len(name) <= 256
}

// unknown returns a line for each MCG_ variable that nothing reads, in order of name.
func (e *environment) unknown(all []key) []string {
	known, byRule := map[string]bool{}, map[string]key{}
	names := make([]string, 0, len(all))
	for _, k := range all {
		known[k.variable] = true
		if k.secret {
			known[k.variable+"_FILE"] = true
		}
		byRule[variableOf(k.path)] = k
		names = append(names, k.variable)
	}
	var lines []string
	for name, value := range e.values {
		if !strings.HasPrefix(name, "MCG_") || known[name] || fromKubernetes(name, value) {
			continue
		}
		line := "the variable " + name + " is not read"
		if k, ok := byRule[name]; ok {
			line += ": " + k.path + " is set by " + k.variable
		} else if near := nearest(name, names); near != "" {
			line += ": did you mean " + near + "?"
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	return lines
}

// fromKubernetes says whether a variable is one that Kubernetes sets in every pod for a service named mcg-something.
func fromKubernetes(name, value string) bool {
	return strings.HasSuffix(name, "_SERVICE_HOST") || strings.Contains(name, "_SERVICE_PORT") ||
		strings.Contains(name, "_PORT_") || strings.HasPrefix(value, "tcp://") || strings.HasPrefix(value, "udp://")
}
