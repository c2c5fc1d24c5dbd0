package integration

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// ErrNotConfigured says that a source is of a kind that is known, but that
// this process has no address or credentials for.
var ErrNotConfigured = errors.New("the integration is not configured")

// Fetcher reads what a service says of a model.
type Fetcher interface {
	// Fetch reads what a reference stands for. The reading's source has the
	// type and the reference as given, and what it was resolved to.
	Fetch(ctx context.Context, ref string) (*Reading, error)
}

// Fetchers are the services that can be read, by the type of their sources. A
// nil Fetcher is one that is not configured.
type Fetchers map[string]Fetcher

// Read reads the sources of a card that have a reference, in their order. A
// source with a path is a file beside the card, which only the command line
// reads, and is passed over.
func (f Fetchers) Read(ctx context.Context, sources []card.Source) ([]*Reading, error) {
	var readings []*Reading
	for i, s := range sources {
		if s.Ref == "" {
			continue
		}
		r, err := f.read(ctx, s)
		if err != nil {
			return nil, &SourceError{Index: i, Source: s, Err: err}
		}
		readings = append(readings, r)
	}
	return readings, nil
}

func (f Fetchers) read(ctx context.Context, s card.Source) (*Reading, error) {
	fetcher, known := f[s.Type]
	if !known {
		types := slices.Sorted(maps.Keys(f))
		return nil, card.Invalidate("", "unknown_source", fmt.Sprintf("there is no source %q", s.Type), "the sources with a reference are "+strings.Join(types, ", "))
	}
	if fetcher == nil {
		return nil, ErrNotConfigured
	}
	r, err := fetcher.Fetch(ctx, s.Ref)
	if err != nil {
		return nil, err
	}
	r.Source.Type, r.Source.Ref = s.Type, s.Ref
	return r, nil
}

// SourceError is the failure of one source of a card.
type SourceError struct {
	// Index is the place in the card's sources.
	Index  int
	Source card.Source
	Err    error
}

// Error names the source.
func (e *SourceError) Error() string {
	return fmt.Sprintf("/sources/%d (%s): %v", e.Index, nameOf(e.Source), e.Err)
}

// Unwrap is what went wrong.
func (e *SourceError) Unwrap() error { return e.Err }

// temporary is an error that says of itself whether a later try may go well.
type temporary interface{ Temporary() bool }

// IsTemporary tells whether a later try may go well.
func IsTemporary(err error) bool {
	var t temporary
	return errors.As(err, &t) && t.Temporary()
}
