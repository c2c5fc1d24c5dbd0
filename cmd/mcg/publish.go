package main

import (
	"errors"
	"fmt"

	"github.com/terragonlabs/modelcard-generator/internal/app"
	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/generator"
	"github.com/terragonlabs/modelcard-generator/internal/integration"
)

type publishCommand struct {
	File        string `arg:"" help:"The card document; - is standard input."`
	To          string `enum:"huggingface,mlflow" default:"huggingface" help:"Where to: huggingface or mlflow."`
	Target      string `help:"Repository (NAMESPACE/NAME or NAMESPACE/NAME@BRANCH), or models:/NAME/VERSION of MLflow. For the Hub, the card's own id if not given."`
	ID          string `name:"id" help:"Identifier for a document that has none, namespace/name."`
	Parent      string `help:"Commit that must be the newest one of the repository." placeholder:"COMMIT"`
	PullRequest bool   `name:"pull-request" help:"Propose the change instead of making it."`
	Message     string `help:"Message of the commit." default:"Update model card"`
	sourceFlags
	Service configFile `embed:"" prefix:"service-"`
}

// Run completes a card as generate does and writes it to a service.
func (c *publishCommand) Run(p *process) error {
	d, err := readFile(p, c.File, c.ID)
	if err == nil {
		err = c.complete(p, d)
	}
	if err != nil {
		return explain(p.stderr, c.File, err)
	}
	warn(p.stderr, d)
	loaded, err := c.Service.load(p, true)
	if err != nil {
		return err
	}
	services, err := app.NewIntegrations(&loaded.Config, nil)
	if err != nil {
		return err
	}
	publication := integration.Publication{Target: c.Target, Parent: c.Parent, PullRequest: c.PullRequest, Message: c.Message}
	out, err := generator.PublishCard(p.ctx, services.Publishers, c.To, d.Card, publication)
	var refused *card.Error
	var failed *generator.RefusedError
	switch {
	case errors.As(err, &failed):
		return c.explainRefusal(p, failed)
	case errors.As(err, &refused):
		return explain(p.stderr, c.File, err)
	case errors.Is(err, integration.ErrNotConfigured):
		return fmt.Errorf("%w; set integrations.%s in the configuration", err, c.To)
	case err != nil:
		return &codeError{exitDependency, err}
	}
	return c.say(p, out)
}

// explainRefusal prints what the checks found in the card.
func (c *publishCommand) explainRefusal(p *process, err *generator.RefusedError) error {
	_, _ = fmt.Fprintf(p.stderr, "%s: %v; mcg validate --rules secrets,huggingface has all of it\n", c.File, err)
	return errRefused
}

func (c *publishCommand) say(p *process, out integration.Published) error {
	state := "published"
	if out.Unchanged {
		state = "unchanged"
	}
	_, err := fmt.Fprintf(p.stdout, "%s: %s %s\n", state, out.Where, out.Version)
	return err
}
