package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"

	"github.com/terragonlabs/modelcard-generator/internal/render"
)

// toStdout tells whether an --output is standard output.
func toStdout(output string) bool { return output == "" || output == "-" }

// writeOutput writes to a file, whole or not at all; to standard output for ""
// and "-".
func writeOutput(p *process, output string, write func(io.Writer) error) error {
	if toStdout(output) {
		return write(p.stdout)
	}
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return err
	}
	return writeFile(output, b.Bytes())
}

// writeFile writes a file, whole or not at all.
func writeFile(name string, body []byte) error {
	if err := renameio.WriteFile(name, body, 0o644); err != nil { //nolint:gosec // what is written is for everybody who has the card
		return &codeError{exitDependency, err}
	}
	return nil
}

// writeBelow is writeFile that makes the folders that are not there.
func writeBelow(name string, body []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil { //nolint:gosec // rendered cards are for everybody
		return &codeError{exitDependency, err}
	}
	return writeFile(name, body)
}

// printLosses says what a conversion of a document had no place for.
func printLosses(w io.Writer, name string, losses []render.Loss) {
	for _, loss := range losses {
		_, _ = fmt.Fprintf(w, "%s: %s: %s [loss]\n", name, loss.Pointer, loss.Detail)
	}
}
