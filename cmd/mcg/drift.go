package main

import (
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

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
	body, err := edited(before, updated)
	if err != nil {
		return err
	}
	if body == nil {
		_, _ = fmt.Fprintf(p.stderr, "%s: the new results have no place in the file as it is; it is written anew\n", c.Card)
		if body, err = rewritten(c.Card, updated); err != nil {
			return err
		}
	}
	if err := writeOutput(p, c.Card, func(w io.Writer) error { _, err := w.Write(body); return err }); err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.stderr, "%s: updated\n", c.Card)
	return err
}

// edited is the text of a document with only those fields changed in which the
// updated card differs; nil where its text cannot be edited to be that card.
func edited(d *document, updated *card.Card) ([]byte, error) {
	mediaType, err := render.FileType(d.name)
	if err != nil {
		return nil, err
	}
	set, remove := card.SetField, card.DeleteField
	if mediaType == render.TypeMarkdown {
		set, remove = card.SetMetadata, card.DeleteMetadata
	}
	text := d.source
	changes := card.Diff(d.Card, updated)
	slices.SortStableFunc(changes, func(a, b card.Change) int { return order(a) - order(b) })
	for _, change := range changes {
		pointer := sourceOf(d, change.Pointer, mediaType)
		if change.Kind == "removed" {
			text, err = remove(text, pointer)
		} else {
			text, err = set(text, pointer, change.To)
		}
		if err != nil {
			return nil, nil //nolint:nilerr // the file is written anew instead
		}
	}
	again, _, err := render.Read(text, mediaType, "")
	if err != nil || again.Card.Digest() != updated.Digest() {
		return nil, nil //nolint:nilerr // the same
	}
	return text, nil
}

// order puts removals last, so that no pointer moves under the others.
func order(c card.Change) int {
	if c.Kind == "removed" {
		return 1
	}
	return 0
}

// sourceOf is the pointer in the text of a value of the card. In a card
// document they are the same, but for values that the text writes otherwise.
func sourceOf(d *document, pointer, mediaType string) string {
	if source, ok := d.SourcePointer(pointer); ok {
		return source
	}
	if mediaType != render.TypeMarkdown {
		return pointer
	}
	parent, key := path.Split(pointer)
	if source, ok := d.SourcePointer(strings.TrimSuffix(parent, "/")); ok {
		return source + "/" + key
	}
	return pointer
}

// rewritten is the card in the format that its file has.
func rewritten(name string, updated *card.Card) ([]byte, error) {
	mediaType, err := render.FileType(name)
	if err != nil {
		return nil, err
	}
	format, err := render.Lookup(map[string]string{render.TypeYAML: "yaml", render.TypeJSON: "mcg", render.TypeMarkdown: render.Default}[mediaType])
	if err != nil {
		return nil, err
	}
	body, _, err := format.Render(updated)
	return body, err
}
