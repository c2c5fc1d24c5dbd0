package main

import (
	"bytes"
	"io"

	"github.com/google/renameio/v2"
)

// writeOutput writes to a file, whole or not at all; to standard output for ""
// and "-".
func writeOutput(p *process, output string, write func(io.Writer) error) error {
	if output == "" || output == "-" {
		return write(p.stdout)
	}
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return err
	}
	if err := renameio.WriteFile(output, b.Bytes(), 0o644); err != nil { //nolint:gosec // what is written is for everybody who has the card
		return &codeError{exitDependency, err}
	}
	return nil
}
