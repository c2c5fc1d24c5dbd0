package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"

	"github.com/terragonlabs/modelcard-generator/internal/render"
)

// evalResultsTarget is what convert takes for the Hub's evaluation results.
// They are files of a folder, so they are no format that a request can ask for.
const evalResultsTarget = "eval-results"

// writeEvalResults writes the evaluation results of a document as
// .eval_results/*.yaml in a folder, which is that of a repository of the Hub.
func writeEvalResults(p *process, d *document, folder string) error {
	if folder == "" || folder == "-" {
		return errors.New("eval-results are several files; name the folder with --output")
	}
	files, losses := render.WriteEvalResults(d.Card)
	for _, loss := range losses {
		_, _ = fmt.Fprintf(p.stderr, "%s: %s: %s [loss]\n", d.name, loss.Pointer, loss.Detail)
	}
	if len(files) == 0 {
		return fmt.Errorf("%s has no evaluation results that the Hub has a place for", d.name)
	}
	for _, file := range files {
		path := filepath.Join(folder, filepath.FromSlash(file.Name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // rendered cards are for everybody
			return &codeError{exitDependency, err}
		}
		if err := renameio.WriteFile(path, file.Content, 0o644); err != nil { //nolint:gosec // the same
			return &codeError{exitDependency, err}
		}
		_, _ = fmt.Fprintln(p.stdout, path)
	}
	return nil
}
