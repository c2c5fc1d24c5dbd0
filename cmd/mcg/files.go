package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/integration"
	"github.com/terragonlabs/modelcard-generator/internal/render"
)

// document is a file that was read.
type document struct {
	*card.Document
	name   string
	source []byte
	losses []render.Loss
}

// readFile reads a card document, a README, or a flat evaluation file; "-" is
// standard input, which is YAML or JSON.
func readFile(p *process, name, id string) (*document, error) {
	source, mediaType, err := readSource(p, name)
	if err != nil {
		return nil, err
	}
	if mediaType == render.TypeJSON {
		c, err := integration.ReadEvaluation(source)
		if err == nil {
			return &document{Document: card.NewDocument(c, nil, nil), name: name, source: source}, nil
		}
		if !errors.Is(err, integration.ErrNotEvaluation) {
			return nil, err
		}
	}
	doc, losses, err := render.Read(source, mediaType, id)
	if err != nil {
		return nil, err
	}
	return &document{doc, name, source, losses}, nil
}

func readSource(p *process, name string) (source []byte, mediaType string, err error) {
	if name == "-" {
		source, err = io.ReadAll(io.LimitReader(p.in, card.MaxDocument+1))
		return source, render.TypeYAML, err
	}
	if mediaType, err = render.FileType(name); err != nil {
		return nil, "", err
	}
	info, err := os.Stat(name)
	if err != nil {
		return nil, "", err
	}
	if info.Size() > card.MaxDocument {
		return nil, "", fmt.Errorf("%s has %d bytes, the most is %d", name, info.Size(), card.MaxDocument)
	}
	source, err = os.ReadFile(name) //nolint:gosec // the file that the user names
	return source, mediaType, err
}

// explain prints what is wrong with a file as a compiler would, and says how
// the process should end. An error that says so itself is no fault of the file.
func explain(w io.Writer, name string, err error) error {
	var coded *codeError
	if errors.As(err, &coded) {
		return err
	}
	var refused *card.Error
	if !errors.As(err, &refused) {
		_, _ = fmt.Fprintf(w, "%s: %v\n", name, err)
		return &codeError{exitUsage, fmt.Errorf("%s cannot be read", name)}
	}
	for _, problem := range refused.Problems {
		_, _ = fmt.Fprintf(w, "%s:%s\n", name, problem)
	}
	if refused.Kind == card.Invalid {
		return errRefused
	}
	return &codeError{exitUsage, fmt.Errorf("%s cannot be read", name)}
}

func warn(w io.Writer, d *document) {
	for _, warning := range d.Warnings {
		_, _ = fmt.Fprintf(w, "%s:%s [warning]\n", d.name, warning)
	}
	printLosses(w, d.name, d.losses)
}

// renderTo renders a document to a file, or to standard output for "" and "-".
func renderTo(p *process, d *document, format render.Format, output string) error {
	body, losses := d.source, []render.Loss(nil)
	if !format.Stored {
		var err error
		if body, losses, err = format.RenderContext(p.ctx, d.Card); err != nil {
			return err
		}
	}
	printLosses(p.stderr, d.name, losses)
	if toStdout(output) {
		_, err := p.stdout.Write(body)
		return err
	}
	return writeBelow(output, body)
}

type generateCommand struct {
	Files  []string `arg:"" optional:"" help:"Card documents, READMEs or flat evaluation files; - is standard input."`
	Config string   `help:"The card document." placeholder:"CARD"`
	ID     string   `name:"id" help:"Identifier for a document that has none, namespace/name."`
	Format string   `default:"huggingface" help:"Output format; template:NAME is a template of your own."`
	templateFolder
	Output string `short:"o" help:"File to write; a folder for several cards. Standard output if not given."`
	sourceFlags

	alone bool // read no other files
}

func (c *generateCommand) Run(p *process) error {
	files := c.Files
	if c.Config != "" {
		files = append([]string{c.Config}, files...)
	}
	if len(files) == 0 && !c.given() {
		return errors.New("name a card document, --config CARD, or --eval FILE")
	}
	if len(files) > 1 && c.given() {
		return errors.New("--eval, --training and --dataset are about one card; name one")
	}
	format, err := c.format(p, c.Format)
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return c.generate(p, newDocument(c.ID), format, c.Output)
	}
	for _, name := range files {
		d, err := readFile(p, name, c.ID)
		if err != nil {
			return explain(p.stderr, name, err)
		}
		output := c.Output
		if output != "" && len(files) > 1 {
			output = filepath.Join(output, outputName(name, format))
		}
		if err := c.generate(p, d, format, output); err != nil {
			return err
		}
	}
	return nil
}

// newDocument is a card about which only files will say something.
func newDocument(id string) *document {
	c := &card.Card{Model: card.Model{ID: id}}
	return &document{Document: card.NewDocument(c, nil, nil), name: "card"}
}

func (c *generateCommand) generate(p *process, d *document, format render.Format, output string) error {
	if !c.alone {
		if err := c.complete(p, d); err != nil {
			return explain(p.stderr, d.name, err)
		}
	}
	warn(p.stderr, d)
	return renderTo(p, d, format, output)
}

// outputName is the name of a rendered file; a stored document keeps its own.
func outputName(name string, format render.Format) string {
	base := filepath.Base(name)
	if format.Stored {
		return base
	}
	return strings.TrimSuffix(base, filepath.Ext(base)) + format.Extension
}

type convertCommand struct {
	File string `arg:"" help:"The document; - is standard input."`
	To   string `required:"" help:"Output format, or eval-results for the Hub's .eval_results/*.yaml."`
	ID   string `name:"id" help:"Identifier for a document that has none."`
	templateFolder
	Output string `short:"o" help:"File to write, or the folder for eval-results. Standard output if not given."`
}

func (c *convertCommand) Run(p *process) error {
	if c.To == evalResultsTarget {
		d, err := readFile(p, c.File, c.ID)
		if err != nil {
			return explain(p.stderr, c.File, err)
		}
		warn(p.stderr, d)
		return writeEvalResults(p, d, c.Output)
	}
	generate := generateCommand{Files: []string{c.File}, Format: c.To, ID: c.ID, templateFolder: c.templateFolder, Output: c.Output, alone: true}
	return generate.Run(p)
}
