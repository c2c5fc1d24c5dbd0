package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/check"
	"github.com/terragonlabs/modelcard-generator/internal/render"
)

type validateCommand struct {
	Files     []string `arg:"" help:"Documents to check; - is standard input."`
	Rules     []string `placeholder:"PACK,…" help:"Packs of rules, or all; docs/rules.md lists them. The default ones if not given."`
	RulesFile string   `placeholder:"FILE" help:"Rules of your own, in YAML."`
	Format    string   `enum:"text,json,sarif,junit,github," default:"" help:"Form of the report: text, json, sarif, junit or github. Text if not given, and GitHub annotations under GitHub Actions."`
	Report    string   `enum:"text,json,sarif,junit,github," default:"" help:"The same as --format."`
	Output    string   `short:"o" placeholder:"FILE" help:"File for the report. Standard output if not given."`
	FailOn    string   `enum:"error,warning,info,never" default:"error" help:"Least severity that fails a document: error, warning, info or never."`
	MinScore  float64  `default:"0" placeholder:"0…1" help:"Least score that every pack must reach."`
	Fix       bool     `help:"Repair what is mechanical, and leave every other byte of the file as it is."`
	ID        string   `name:"id" help:"Identifier for a document that has none, namespace/name."`
}

// Run checks all files. One that cannot be read does not keep the others from
// being checked; the exit code is then 2, and 1 where a card fails.
func (c *validateCommand) Run(p *process) error {
	options, err := c.options(p)
	if err != nil {
		return err
	}
	if c.Fix && slices.Contains(c.Files, "-") {
		return errors.New("--fix writes to files; standard input is none")
	}
	v := &validation{process: p, checker: check.New(options), id: c.ID, fix: c.Fix}
	report := check.Report{Tool: "mcg", Version: version, Packs: options.Packs, Custom: options.Custom, Policy: options.Policy}
	for _, name := range c.Files {
		result, err := v.file(name)
		if err != nil {
			return err
		}
		report.Results = append(report.Results, result)
	}
	if err := c.write(p, &report); err != nil {
		return &codeError{exitDependency, err}
	}
	switch {
	case v.unreadable != "":
		return &codeError{exitUsage, fmt.Errorf("%s cannot be read", v.unreadable)}
	case !report.Valid():
		return errRefused
	}
	return nil
}

func (c *validateCommand) options(p *process) (check.Options, error) {
	packs, err := check.SelectPacks(c.Rules...)
	if err != nil {
		return check.Options{}, err
	}
	o := check.Options{Packs: packs, Policy: check.Policy{FailOn: check.Severity(c.FailOn), MinScore: c.MinScore}}
	if err := o.Policy.Validate(); err != nil {
		return check.Options{}, err
	}
	if c.RulesFile == "" {
		return o, nil
	}
	source, err := os.ReadFile(c.RulesFile)
	if err != nil {
		return check.Options{}, err
	}
	if o.Custom, err = check.ReadRules(source); err != nil {
		_ = explain(p.stderr, c.RulesFile, err)
		return check.Options{}, &codeError{exitUsage, fmt.Errorf("%s has mistakes", c.RulesFile)}
	}
	return o, nil
}

// write writes the report. Under GitHub Actions findings are annotations too,
// unless standard output has a report for machines.
func (c *validateCommand) write(p *process, report *check.Report) error {
	format, underActions := c.Format, slices.Contains(p.environ, "GITHUB_ACTIONS=true")
	if c.Report != "" {
		format = c.Report
	}
	toFile := !toStdout(c.Output)
	if format == "" {
		format = "text"
		if underActions && !toFile {
			format = "github"
		}
	}
	if err := writeOutput(p, c.Output, func(w io.Writer) error { return report.Write(w, format) }); err != nil {
		return err
	}
	if toFile && underActions {
		return report.Write(p.stdout, "github")
	}
	return nil
}

// validation is one run over several files.
type validation struct {
	*process
	checker    *check.Checker
	id         string
	fix        bool
	unreadable string // the first file that cannot be read
}

// file checks one file. The error is that of a file that cannot be written, or
// of the context.
func (v *validation) file(name string) (check.Result, error) {
	d, err := readFile(v.process, name, v.id)
	if err != nil && isNameless(err) {
		// On the Hub the repository names the model, so a README need not.
		d, err = readFile(v.process, name, repositoryOf(name))
	}
	if err != nil {
		return v.refusal(name, err), nil
	}
	result, err := v.checker.Document(v.ctx, name, d.Document)
	if err != nil || !v.fix {
		return result, err
	}
	return v.repair(d, result)
}

// isNameless tells whether all that keeps a document from being a card is that
// nothing names it.
func isNameless(err error) bool {
	var refused *card.Error
	return errors.As(err, &refused) && refused.Kind == card.Invalid && len(refused.Problems) == 1 &&
		refused.Problems[0].Code == "required" && refused.Problems[0].Pointer == "/model"
}

// repositoryOf is an identifier for a README after the folder that it is in;
// it is "" for other documents, which name themselves.
func repositoryOf(file string) string {
	if mediaType, err := render.FileType(file); err != nil || mediaType != render.TypeMarkdown {
		return ""
	}
	path, err := filepath.Abs(file)
	if err != nil {
		return ""
	}
	id, err := (&card.Card{Model: card.Model{Name: filepath.Base(filepath.Dir(path))}}).DeriveID(card.DefaultNamespace)
	if err != nil {
		return ""
	}
	return id.String()
}

// refusal is the result of a file without a card.
func (v *validation) refusal(name string, err error) check.Result {
	var refused *card.Error
	if !errors.As(err, &refused) {
		refused = &card.Error{Kind: card.Unreadable, Problems: []card.Problem{{Code: "unreadable", Detail: err.Error()}}}
	}
	if refused.Kind != card.Invalid && v.unreadable == "" {
		v.unreadable = name
	}
	return v.checker.Refusal(name, refused)
}
