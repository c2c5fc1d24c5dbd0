package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/check/drift"
	"github.com/terragonlabs/modelcard-generator/internal/generator"
	"github.com/terragonlabs/modelcard-generator/internal/render"
)

type checkDriftCommand struct {
	Card        string   `arg:"" help:"The card document, or a README."`
	Against     string   `required:"" placeholder:"FILE" help:"New results: a flat evaluation file in JSON, or a card document."`
	FailOnDrift bool     `help:"End with exit code 1 if a metric drifted."`
	Threshold   []string `placeholder:"METRIC=VALUE" help:"Change of a metric that is no drift yet; may be repeated."`
	Report      string   `enum:"text,json" default:"text" help:"Form of the report: text or json."`
	Output      string   `short:"o" placeholder:"FILE" help:"File for the report. Standard output if not given."`
	Update      bool     `help:"Write the card with the new results."`
	Reason      string   `help:"Why the card changes; with --update, kept in model.changes."`
}

// fileDrift is a report for machines.
type fileDrift struct {
	Card    string `json:"card"`
	Against string `json:"against"`
	drift.Report
}

// Run compares, reports, and writes the updated card where that is asked for.
func (c *checkDriftCommand) Run(p *process) error {
	thresholds, err := drift.ParseThresholds(c.Threshold)
	switch {
	case err != nil:
		return err
	case c.Reason != "" && !c.Update:
		return errors.New("--reason is for --update")
	case c.Update && c.Card == "-":
		return errors.New("--update writes to a file; standard input is none")
	}
	before, err := readFile(p, c.Card, "")
	if err != nil {
		return explain(p.stderr, c.Card, err)
	}
	after, err := readResults(p, c.Against)
	if err != nil {
		return explain(p.stderr, c.Against, err)
	}
	report := drift.Compare(before.Card, after, drift.Options{Thresholds: thresholds})
	err = writeOutput(p, c.Output, func(w io.Writer) error {
		if c.Report == "json" {
			return writeIndented(w, fileDrift{c.Card, c.Against, report})
		}
		return drift.WriteText(w, &report)
	})
	if err == nil && c.Update {
		err = c.update(p, before, after, &report)
	}
	if err == nil && c.FailOnDrift && report.Drift {
		err = errRefused
	}
	return err
}

// readResults reads new results; on standard input they are a card document or
// JSON.
func readResults(p *process, name string) (*card.Card, error) {
	source, mediaType, err := readSource(p, name)
	if err != nil {
		return nil, err
	}
	if name == "-" && looksLikeJSON(source) {
		mediaType = render.TypeJSON
	}
	return generator.Input{Source: source, MediaType: mediaType, ID: "results/new"}.ReadResults()
}

func looksLikeJSON(source []byte) bool {
	for _, b := range source {
		switch b {
		case ' ', '\t', '\r', '\n':
		default:
			return b == '{'
		}
	}
	return false
}

// update writes the card in the format that its file has.
func (c *checkDriftCommand) update(p *process, before *document, after *card.Card, report *drift.Report) error {
	updated, err := drift.Update(before.Card, after, report)
	if err != nil {
		return err
	}
	if c.Reason != "" {
		updated.Model.Changes = c.Reason
	}
	if updated.Digest() == before.Card.Digest() {
		_, err = fmt.Fprintf(p.stderr, "%s: nothing to update\n", c.Card)
		return err
	}
	name, err := formatOfFile(c.Card)
	if err != nil {
		return err
	}
	format, err := render.Lookup(name)
	if err != nil {
		return err
	}
	d := &document{Document: card.NewDocument(updated, nil, nil), name: c.Card}
	if err := renderTo(p, d, format, c.Card); err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.stderr, "%s: updated\n", c.Card)
	return err
}

// formatOfFile is the output format in which a file of its kind is written.
func formatOfFile(name string) (string, error) {
	mediaType, err := render.FileType(name)
	if err != nil {
		return "", err
	}
	return map[string]string{render.TypeYAML: "yaml", render.TypeJSON: "mcg", render.TypeMarkdown: "huggingface"}[mediaType], nil
}
