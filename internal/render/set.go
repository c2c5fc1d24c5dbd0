package render

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// TemplatePrefix is what the name of a team's own template begins with as the
// name of a format.
const TemplatePrefix = "template:"

// Set is the formats that a process has: the built-in ones and those of a
// team's own templates. The zero Set has the built-in ones.
type Set struct {
	own []Format
}

// NewSet is the built-in formats and a team's own.
func NewSet(own ...Format) Set { return Set{slices.Clone(own)} }

// Formats lists the formats in the order in which people are shown them.
func (s Set) Formats() []Format { return slices.Concat(formats, s.own) }

// Lookup finds a format by its name, or fails with an [*UnknownFormatError]. In
// the name of a built-in format, underscores and hyphens are the same.
func (s Set) Lookup(name string) (Format, error) {
	wanted := name
	if !strings.HasPrefix(name, TemplatePrefix) {
		wanted = strings.ReplaceAll(name, "_", "-")
	}
	for _, list := range [...][]Format{formats, s.own} {
		for _, f := range list {
			if f.Name == wanted {
				return f, nil
			}
		}
	}
	var known []string
	for _, f := range s.Formats() {
		known = append(known, f.Name)
	}
	return Format{}, &UnknownFormatError{Name: name, Known: known}
}

// Template is a team's own template as a format is made from it.
type Template struct {
	// Name is without [TemplatePrefix].
	Name      string
	MediaType string
	Extension string
	// Digest changes with everything that the template's output depends on
	// beside the card.
	Digest string
	// Render renders the template with the variables of a card. It fails with a
	// [*TemplateError] where the template is to blame.
	Render func(ctx context.Context, variables *card.Map) ([]byte, error)
}

// Format is the template as a format.
func (t Template) Format() Format {
	return Format{
		Name: TemplatePrefix + t.Name, Title: "own template " + t.Name, MediaType: t.MediaType, Extension: t.Extension,
		Digest: t.Digest, template: t.Render,
	}
}

// TemplateError says why a team's own template cannot be used, or cannot
// render a card.
type TemplateError struct {
	// File is the name of the template's file.
	File string
	// Line and Column count from 1; 0 is unknown.
	Line, Column int
	// Cause says what went wrong, and Hint what to do.
	Cause, Hint string
}

// Error is the error on one line, as a compiler would print it.
func (e *TemplateError) Error() string {
	place := e.File
	if e.Line > 0 {
		place += fmt.Sprintf(":%d", e.Line)
	}
	if e.Line > 0 && e.Column > 0 {
		place += fmt.Sprintf(":%d", e.Column)
	}
	text := place + ": " + e.Cause
	if e.Hint != "" {
		text += "; " + e.Hint
	}
	return text
}
