package config

import (
	"fmt"
	"strconv"
	"strings"
)

// Layer is one of the places a value can come from.
type Layer string

// The layers, each beating those before it.
const (
	LayerDefault     Layer = "default"
	LayerFile        Layer = "file"
	LayerEnvironment Layer = "environment"
	LayerFlag        Layer = "flag"
)

// Source is where a value came from.
type Source struct {
	Layer Layer
	Name  string // the path of the file, the name of the variable or of the flag
	Line  int    // in the file, from 1; 0 elsewhere
	Col   int    // in the file, from 1; 0 where it is not known

	expanded bool // holds the value of some ${VAR}, so it must not be echoed
}

// String returns file:line:column, the variable, the flag, or default.
func (s Source) String() string {
	switch {
	case s.Name == "":
		return string(s.Layer)
	case s.Line == 0:
		return s.Name
	case s.Col == 0:
		return s.Name + ":" + strconv.Itoa(s.Line)
	default:
		return fmt.Sprintf("%s:%d:%d", s.Name, s.Line, s.Col)
	}
}

// Problem is one mistake in a configuration.
type Problem struct {
	Key    string // the path of the key, such as api.port; empty if it is about the whole file
	Source Source
	Value  string // what was given, empty for a secret
	Detail string // what is wrong with it
	Hint   string // what to do
}

// String returns the problem as one line.
func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(p.Key)
	switch {
	case p.Key == "":
		b.WriteString(p.Source.String())
	case p.Source.Layer != "":
		b.WriteString(" (" + p.Source.String() + ")")
	}
	b.WriteString(": ")
	if p.Value != "" {
		b.WriteString(quote(p.Value) + " ")
	}
	b.WriteString(p.Detail)
	if p.Hint != "" {
		b.WriteString("; " + p.Hint)
	}
	return b.String()
}

// quote keeps a line short and free of control characters.
func quote(s string) string {
	const limit = 60
	if runes := []rune(s); len(runes) > limit {
		s = string(runes[:limit]) + "…"
	}
	return strconv.Quote(s)
}

// InvalidError is every mistake of a configuration, one line each. A caller finds it with errors.As.
type InvalidError struct {
	Problems []Problem
}

// Error returns one line for each problem.
func (e *InvalidError) Error() string {
	lines := make([]string, 0, len(e.Problems)+1)
	lines = append(lines, "the configuration has mistakes:")
	for _, p := range e.Problems {
		lines = append(lines, "  "+p.String())
	}
	return strings.Join(lines, "\n")
}

func invalid(problems []Problem) error {
	if len(problems) == 0 {
		return nil
	}
	return &InvalidError{Problems: problems}
}
