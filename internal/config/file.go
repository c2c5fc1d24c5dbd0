package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"go.yaml.in/yaml/v4"
)

const (
	maxFile       = 1 << 20  // bytes of a configuration file
	maxSecretFile = 64 << 10 // bytes of a file that holds a secret
	defaultFile   = "config.yaml"
)

// readBounded reads a file that must not be larger than limit bytes.
func readBounded(name string, limit int64) ([]byte, error) {
	f, err := os.Open(name) //nolint:gosec // the operator says which file
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // nothing was written
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("%s is larger than %s", name, Size(limit))
	}
	return data, nil
}

// syntaxProblem is why a text is no YAML document, and where.
type syntaxProblem struct {
	line, col int
	detail    string
}

// parseYAML returns the root of the one document in data, or nil if there is none.
func parseYAML(data []byte) (*yaml.Node, *syntaxProblem) {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc, next yaml.Node
	err := dec.Decode(&doc)
	if errors.Is(err, io.EOF) {
		return nil, nil
	}
	if err != nil {
		return nil, syntaxOf(err)
	}
	switch err := dec.Decode(&next); {
	case err == nil:
		return nil, &syntaxProblem{line: next.Line, col: next.Column, detail: "a second document begins here, and only one is read"}
	case !errors.Is(err, io.EOF):
		return nil, syntaxOf(err)
	}
	if doc.Kind != yaml.DocumentNode || len(doc.Content) != 1 {
		return nil, nil
	}
	return doc.Content[0], nil
}

func syntaxOf(err error) *syntaxProblem {
	var load *yaml.LoadError
	if errors.As(err, &load) {
		return &syntaxProblem{line: load.Mark.Line, col: load.Mark.Column, detail: "is not YAML: " + load.Message}
	}
	return &syntaxProblem{detail: "is not YAML: " + err.Error()}
}
