package main

import (
	"encoding/json"
	"io"

	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/card/difftext"
)

type diffCommand struct {
	From   string `arg:"" help:"The document before."`
	To     string `arg:"" help:"The document after."`
	Format string `enum:"text,json,html" default:"text" help:"Form of the comparison: text, json or html."`
	Output string `short:"o" placeholder:"FILE" help:"File to write. Standard output if not given."`
}

// fileDiff is a comparison for machines.
type fileDiff struct {
	From    string        `json:"from"`
	To      string        `json:"to"`
	Changes []card.Change `json:"changes"`
}

// Run writes the changes by field; as with diff(1), a difference is exit code 1.
func (c *diffCommand) Run(p *process) error {
	from, err := readFile(p, c.From, "")
	if err != nil {
		return explain(p.stderr, c.From, err)
	}
	to, err := readFile(p, c.To, "")
	if err != nil {
		return explain(p.stderr, c.To, err)
	}
	changes := card.Diff(from.Card, to.Card)
	err = writeOutput(p, c.Output, func(w io.Writer) error { return c.write(w, changes) })
	if err == nil && len(changes) > 0 {
		err = errRefused
	}
	return err
}

func (c *diffCommand) write(w io.Writer, changes []card.Change) error {
	comparison := difftext.Comparison{From: c.From, To: c.To, Changes: changes}
	switch c.Format {
	case "html":
		return difftext.WriteHTML(w, comparison)
	case "json":
		return writeIndented(w, fileDiff{c.From, c.To, append([]card.Change{}, changes...)})
	}
	return difftext.WriteText(w, comparison)
}

func writeIndented(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(v)
}
