// Package mlflow reads runs and registered models of an MLflow tracking server
// by its REST API (versions 2 and 3), and writes cards back to a model version.
package mlflow

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/integration"
	"github.com/terragonlabs/modelcard-generator/internal/integration/remote"
)

// Type is the type of sources that are read here.
const Type = "mlflow"

// DigestTag is the tag of a model version that has a card of ours.
const DigestTag = "mcg.digest"

// Options are what a [Client] is built from.
type Options struct {
	Remote *remote.Client
	// Experiment is the name of the experiment in which runs are looked for.
	Experiment string
}

// Client reads and writes one tracking server. It is safe for concurrent use.
type Client struct {
	remote     *remote.Client
	experiment string
}

// New is a client of a tracking server.
func New(o Options) *Client { return &Client{o.Remote, o.Experiment} }

// reference is what a source's ref names.
type reference struct {
	model, version, alias string // models:/name/3, models:/name@alias, models:/name
	run                   string // runs:/id, or an id
	runName               string // run:name, in the configured experiment
	newest                bool   // latest: the newest finished run of the experiment
}

var runID = regexp.MustCompile(`^[0-9a-f]{32}$`)

// parseRef reads a reference in the form of MLflow's own URIs.
func parseRef(ref string) (reference, error) {
	if rest, ok := strings.CutPrefix(ref, "models:/"); ok {
		return parseModel(strings.Trim(rest, "/"), ref)
	}
	if rest, ok := strings.CutPrefix(ref, "runs:/"); ok {
		rest, _, _ = strings.Cut(strings.Trim(rest, "/"), "/")
		ref = rest
	}
	if name, ok := strings.CutPrefix(ref, "run:"); ok && name != "" && !strings.ContainsAny(name, "'\"`\\") {
		return reference{runName: name}, nil
	}
	switch {
	case ref == "latest":
		return reference{newest: true}, nil
	case runID.MatchString(ref):
		return reference{run: ref}, nil
	}
	return reference{}, badRef(ref)
}

func parseModel(name, ref string) (reference, error) {
	if before, alias, ok := strings.Cut(name, "@"); ok && before != "" && alias != "" {
		return reference{model: before, alias: alias}, nil
	}
	before, version, _ := strings.Cut(name, "/")
	if before == "" || strings.ContainsAny(before, "@'\"`\\") || strings.Trim(version, "0123456789") != "" && version != "latest" {
		return reference{}, badRef(ref)
	}
	return reference{model: before, version: strings.TrimSuffix(version, "latest")}, nil
}

func badRef(ref string) error {
	return card.Invalidate("", "bad_reference", "MLflow has no reference "+quote(ref),
		"write models:/NAME/VERSION, models:/NAME@ALIAS, models:/NAME, runs:/ID, run:NAME or latest")
}

func quote(s string) string {
	const most = 100
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return `"` + s + `"`
}

// Fetch reads a run, or a model version with the run that made it.
func (c *Client) Fetch(ctx context.Context, ref string) (*integration.Reading, error) {
	parsed, err := parseRef(ref)
	if err != nil {
		return nil, err
	}
	r := &integration.Reading{
		Source: card.Source{Type: Type, Ref: ref}, Kind: "MLflow run", Values: &card.Card{},
	}
	if parsed.model != "" {
		r.Kind = "MLflow model version"
		return r, c.readVersion(ctx, parsed, r)
	}
	id, err := c.runID(ctx, parsed)
	if err != nil {
		return nil, err
	}
	r.Source.Resolved = "runs:/" + id
	run, err := c.run(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := c.readRun(ctx, run, r); err != nil {
		return nil, err
	}
	return r, c.readModelFile(ctx, run.modelFile(), r)
}

func (c *Client) readVersion(ctx context.Context, ref reference, r *integration.Reading) error {
	v, err := c.version(ctx, ref)
	if err != nil {
		return err
	}
	r.Source.Resolved = "models:/" + v.Name + "/" + v.Version
	m := &r.Values.Model
	m.Name, m.Version = v.Name, v.Version
	if !v.tags().has(DigestTag) { // else the description is a card that was written back
		m.Description = v.Description
	}
	if v.RunID != "" {
		run, err := c.run(ctx, v.RunID)
		if err != nil {
			return err
		}
		if err := c.readRun(ctx, run, r); err != nil {
			return err
		}
	} else if v.ModelID != "" {
		if err := c.readLoggedModel(ctx, v.ModelID, r); err != nil {
			return err
		}
	}
	readTags(v.tags(), r)
	return c.readModelFile(ctx, v.modelFile(), r)
}

const api = "/api/2.0/mlflow/"

func (c *Client) get(ctx context.Context, path string, query url.Values, into any) error {
	return c.remote.JSON(ctx, remote.Request{Method: http.MethodGet, Path: api + path, Query: query}, nil, into)
}

// read is a question that is asked by POST and changes nothing.
func (c *Client) read(ctx context.Context, path string, body, into any) error {
	return c.remote.JSON(ctx, remote.Request{Method: http.MethodPost, Path: api + path, Repeat: true}, body, into)
}

// version resolves a reference to a model version.
func (c *Client) version(ctx context.Context, ref reference) (modelVersion, error) {
	var answer struct {
		Version  modelVersion   `json:"model_version"`
		Versions []modelVersion `json:"model_versions"`
	}
	var err error
	switch {
	case ref.alias != "":
		err = c.get(ctx, "registered-models/alias", url.Values{"name": {ref.model}, "alias": {ref.alias}}, &answer)
	case ref.version != "":
		err = c.get(ctx, "model-versions/get", url.Values{"name": {ref.model}, "version": {ref.version}}, &answer)
	default:
		err = c.get(ctx, "model-versions/search", url.Values{
			"filter": {"name='" + ref.model + "'"}, "order_by": {"version_number DESC"}, "max_results": {"1"},
		}, &answer)
		if err == nil && len(answer.Versions) == 0 {
			err = c.remote.Refuse(remote.ErrNotFound, "it has no version of the model "+quote(ref.model), "the name of the registered model")
		}
		if len(answer.Versions) > 0 {
			answer.Version = answer.Versions[0]
		}
	}
	if err == nil && (answer.Version.Version == "" || answer.Version.Name != ref.model) {
		err = c.remote.Refuse(remote.ErrAnswer, "it answered with another model version than "+quote(ref.model), "whether the address is that of MLflow")
	}
	return answer.Version, err
}

// runID resolves a reference to a run.
func (c *Client) runID(ctx context.Context, ref reference) (string, error) {
	if ref.run != "" {
		return ref.run, nil
	}
	if c.experiment == "" {
		return "", card.Invalidate("", "bad_reference", "a run can only be looked for by name in an experiment",
			"set integrations.mlflow.experiment_name, or write runs:/ID")
	}
	var found struct {
		Experiment struct {
			ID string `json:"experiment_id"`
		} `json:"experiment"`
	}
	if err := c.get(ctx, "experiments/get-by-name", url.Values{"experiment_name": {c.experiment}}, &found); err != nil {
		return "", err
	}
	filter := "attributes.status = 'FINISHED'"
	if ref.runName != "" {
		filter = "attributes.run_name = '" + ref.runName + "'"
	}
	var runs struct {
		Runs []run `json:"runs"`
	}
	err := c.read(ctx, "runs/search", map[string]any{
		"experiment_ids": []string{found.Experiment.ID}, "filter": filter, "max_results": 1, "order_by": []string{"attributes.start_time DESC"},
	}, &runs)
	switch {
	case err != nil:
		return "", err
	case len(runs.Runs) == 0 || !runID.MatchString(runs.Runs[0].Info.RunID):
		return "", c.remote.Refuse(remote.ErrNotFound, "it has no such run in the experiment "+quote(c.experiment), "the name of the run and integrations.mlflow.experiment_name")
	}
	return runs.Runs[0].Info.RunID, nil
}
