package main

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/terragonlabs/modelcard-generator/internal/render"
)

// evalResultsTarget is what convert takes for the Hub's evaluation results.
// They are files of a folder, so they are no format that a request can ask for.
const evalResultsTarget = "eval-results"

// writeEvalResults writes the evaluation results of a document as
// .eval_results/*.yaml in a folder, which is that of a repository of the Hub.
func writeEvalResults(p *process, d *document, folder string) error {
	if toStdout(folder) {
		return errors.New("eval-results are several files; name the folder with --output")
	}
	files, losses := render.WriteEvalResults(d.Card)
	printLosses(p.stderr, d.name, losses)
	if len(files) == 0 {
		return fmt.Errorf("%s has no evaluation results that the Hub has a place for", d.name)
	}
	for _, file := range files {
		path := filepath.Join(folder, filepath.FromSlash(file.Name))
		if err := writeBelow(path, file.Content); err != nil {
			return err
		}
		_, _ = fmt.Fprintln(p.stdout, path)
	}
	return nil
}
