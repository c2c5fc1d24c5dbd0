package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/app"
	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/integration"
)

// sourceFlags are where values come from beside the card itself.
type sourceFlags struct {
	Eval     []string `placeholder:"FILE" help:"Evaluation results: JSON, YAML, CSV, or what lm-evaluation-harness, scikit-learn and transformers write."`
	Training []string `placeholder:"FILE" help:"Training logs, trainer states or parameters; config.json and safetensors."`
	Dataset  []string `placeholder:"FILE" help:"Statistics or description of the training data."`
	Fetch    bool     `help:"Read the sources of the card that have a ref: MLflow, Weights & Biases, the Hugging Face Hub."`
}

// given tells whether any file was named.
func (s *sourceFlags) given() bool { return len(s.Eval)+len(s.Training)+len(s.Dataset) > 0 }

// complete fills a card with what its sources say: the files of the flags, the
// files that the card names, and with --fetch the services that it names.
func (s *sourceFlags) complete(p *process, d *document) error {
	dir := filepath.Dir(d.name) // of standard input: the working directory
	readings, err := s.readFlags(dir)
	if err != nil {
		return err
	}
	own, err := readPaths(dir, d.Card.Sources)
	if err != nil {
		return err
	}
	readings = append(readings, own...)
	if s.Fetch {
		fetched, err := fetchSources(p, d.Card.Sources)
		if err != nil {
			return err
		}
		readings = append(readings, fetched...)
	}
	if len(readings) == 0 {
		return nil
	}
	return d.fill(p, readings)
}

// fill merges readings into the card and says what came from where.
func (d *document) fill(p *process, readings []*integration.Reading) error {
	merged, conflicts, err := integration.Merge(d.Card, readings...)
	if err != nil {
		return err
	}
	for i := range conflicts {
		conflicts[i].Line, conflicts[i].Column = d.Position(conflicts[i].Pointer)
	}
	d.Card, d.Warnings = merged, append(d.Warnings, conflicts...)
	for _, r := range readings {
		for _, note := range r.Notes {
			_, _ = fmt.Fprintf(p.stderr, "%s:%s [not read]\n", sourceName(r.Source), note)
		}
	}
	for _, s := range merged.Sources {
		if len(s.Fields) > 0 {
			_, _ = fmt.Fprintf(p.stderr, "%s: from %s: %s [source]\n", d.name, sourceName(s), strings.Join(s.Fields, " "))
		}
	}
	return nil
}

func sourceName(s card.Source) string {
	if s.Path != "" {
		return s.Path
	}
	name := s.Type + " " + s.Ref
	if s.Resolved != "" && s.Resolved != s.Ref {
		name += " (" + s.Resolved + ")"
	}
	return name
}

func (s *sourceFlags) readFlags(dir string) ([]*integration.Reading, error) {
	var readings []*integration.Reading
	for _, group := range []struct {
		role  integration.Role
		files []string
	}{{integration.Evaluation, s.Eval}, {integration.Training, s.Training}, {integration.Dataset, s.Dataset}} {
		for _, name := range group.files {
			f, err := os.Open(name) //nolint:gosec // the file that the user names
			if err != nil {
				return nil, err
			}
			r, err := readSourceFile(f, group.role)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			r.Source = card.Source{Type: string(group.role), Path: pathFrom(dir, name)}
			readings = append(readings, r)
		}
	}
	return readings, nil
}

func readSourceFile(f *os.File, role integration.Role) (*integration.Reading, error) {
	defer func() { _ = f.Close() }()
	return integration.ReadFile(f, role)
}

// pathFrom is a file as seen from the card's folder. Of a file elsewhere the
// card keeps the name alone: it is published, and the rest is about the machine.
func pathFrom(dir, name string) string {
	relative, err := filepath.Rel(dir, name)
	if err != nil || !filepath.IsLocal(relative) {
		return filepath.Base(name)
	}
	return filepath.ToSlash(relative)
}

// readPaths reads the files that a card names. They are below its folder: a
// card from elsewhere must not show what else is on the machine.
func readPaths(dir string, sources []card.Source) ([]*integration.Reading, error) {
	var readings []*integration.Reading
	for i, s := range sources {
		if s.Path == "" {
			continue
		}
		r, err := readPath(dir, s)
		if errors.Is(err, os.ErrNotExist) && len(s.Fields) > 0 {
			continue // its values are in the card already
		}
		if err != nil {
			return nil, &integration.SourceError{Index: i, Source: s, Err: err}
		}
		readings = append(readings, r)
	}
	return readings, nil
}

func readPath(dir string, s card.Source) (*integration.Reading, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }()
	f, err := root.Open(filepath.FromSlash(s.Path))
	if err != nil {
		return nil, err
	}
	r, err := readSourceFile(f, integration.Role(s.Type))
	if err != nil {
		return nil, err
	}
	r.Source = card.Source{Type: s.Type, Path: s.Path, Ref: s.Ref}
	return r, nil
}

func fetchSources(p *process, sources []card.Source) ([]*integration.Reading, error) {
	loaded, err := configFile{}.load(p, true)
	if err != nil {
		return nil, err
	}
	services, err := app.NewIntegrations(&loaded.Config, nil)
	if err != nil {
		return nil, err
	}
	readings, err := services.Fetchers.Read(p.ctx, sources)
	var refused *card.Error
	if err != nil && !errors.As(err, &refused) {
		return nil, &codeError{exitDependency, err}
	}
	return readings, err
}
