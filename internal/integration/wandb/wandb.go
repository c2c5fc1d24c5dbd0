// Package wandb reads runs and artifacts of Weights & Biases by its GraphQL API.
package wandb

import (
	"context"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/integration"
	"github.com/terragonlabs/modelcard-generator/internal/integration/remote"
)

// Type is the type of sources that are read here.
const Type = "wandb"

// Options are what a [Client] is built from.
type Options struct {
	Remote *remote.Client
	// Entity and Project complete a reference that does not name them.
	Entity, Project string
}

// Client reads one account. It is safe for concurrent use.
type Client struct {
	remote          *remote.Client
	entity, project string
}

// New is a client of an account.
func New(o Options) *Client { return &Client{o.Remote, o.Entity, o.Project} }

// reference is a run, or an artifact with a colon in its name.
type reference struct{ entity, project, name string }

func (r reference) isArtifact() bool { return strings.Contains(r.name, ":") }

var part = regexp.MustCompile(`^[A-Za-z0-9_. -]{1,128}$`)

// parseRef reads [[ENTITY/]PROJECT/]RUN or [[ENTITY/]PROJECT/]ARTIFACT:ALIAS.
func (c *Client) parseRef(ref string) (reference, error) {
	parts := strings.Split(ref, "/")
	if len(parts) > 3 {
		return reference{}, badRef(ref)
	}
	r := reference{entity: c.entity, project: c.project, name: parts[len(parts)-1]}
	if len(parts) > 1 {
		r.project = parts[len(parts)-2]
	}
	if len(parts) > 2 {
		r.entity = parts[0]
	}
	name, alias, found := strings.Cut(r.name, ":")
	if !part.MatchString(name) || found && !part.MatchString(alias) {
		return reference{}, badRef(ref)
	}
	if !part.MatchString(r.entity) || !part.MatchString(r.project) {
		return reference{}, card.Invalidate("", "bad_reference", "the reference does not say in which project it is",
			"write ENTITY/PROJECT/RUN, or set integrations.wandb.entity and integrations.wandb.project")
	}
	return r, nil
}

func badRef(ref string) error {
	const most = 100
	if len(ref) > most {
		ref = strings.ToValidUTF8(ref[:most], "") + "…"
	}
	return card.Invalidate("", "bad_reference", `Weights & Biases has no reference "`+ref+`"`, "write ENTITY/PROJECT/RUN, or ENTITY/PROJECT/ARTIFACT:ALIAS")
}

// Fetch reads the config and the summary of a run, or the metadata of an
// artifact with the run that made it.
func (c *Client) Fetch(ctx context.Context, ref string) (*integration.Reading, error) {
	parsed, err := c.parseRef(ref)
	if err != nil {
		return nil, err
	}
	r := &integration.Reading{
		Source: card.Source{Type: Type, Ref: ref}, Kind: "Weights & Biases run", Values: &card.Card{},
	}
	if parsed.isArtifact() {
		r.Kind = "Weights & Biases artifact"
		return r, c.readArtifact(ctx, parsed, r)
	}
	found, err := c.run(ctx, parsed)
	if err != nil {
		return nil, err
	}
	r.Source.Resolved = parsed.entity + "/" + parsed.project + "/" + found.Name
	return r, c.readRun(found, r)
}

// query asks and decodes. GraphQL says its errors with status 200.
func (c *Client) query(ctx context.Context, query string, variables map[string]any, into any) error {
	answer := struct {
		Data   any `json:"data"`
		Errors []struct {
			Message string `json:"message"`
		} `json:"errors"`
	}{Data: into}
	request := remote.Request{Method: http.MethodPost, Path: "/graphql", Repeat: true}
	if err := c.remote.JSON(ctx, request, map[string]any{"query": query, "variables": variables}, &answer); err != nil {
		return err
	}
	if len(answer.Errors) > 0 {
		return c.remote.Refuse(remote.ErrAnswer, "it refused the query: "+answer.Errors[0].Message, "the reference, and what the key in integrations.wandb.api_key may see")
	}
	return nil
}

type run struct {
	Name        string   `json:"name"`
	DisplayName string   `json:"displayName"`
	State       string   `json:"state"`
	Config      string   `json:"config"`
	Summary     string   `json:"summaryMetrics"`
	Notes       string   `json:"notes"`
	Commit      string   `json:"commit"`
	Tags        []string `json:"tags"`
}

const runQuery = `query Run($entity: String!, $project: String!, $name: String!) {
  project(name: $project, entityName: $entity) {
    run(name: $name) { name displayName state config summaryMetrics notes commit tags }
  }
}`

func (c *Client) run(ctx context.Context, ref reference) (*run, error) {
	var answer struct {
		Project *struct {
			Run *run `json:"run"`
		} `json:"project"`
	}
	err := c.query(ctx, runQuery, map[string]any{"entity": ref.entity, "project": ref.project, "name": ref.name}, &answer)
	switch {
	case err != nil:
		return nil, err
	case answer.Project == nil:
		return nil, c.missing("project " + ref.entity + "/" + ref.project)
	case answer.Project.Run == nil:
		return nil, c.missing("run " + ref.name)
	}
	return answer.Project.Run, nil
}

func (c *Client) missing(what string) error {
	return c.remote.Refuse(remote.ErrNotFound, "it has no "+what, "the reference, and whether the key in integrations.wandb.api_key may see it")
}

// readRun reads what the service keeps as JSON within texts.
func (c *Client) readRun(found *run, r *integration.Reading) error {
	config, err := c.mapping(found.Config, "config")
	if err != nil {
		return err
	}
	for _, e := range config.Entries {
		if strings.HasPrefix(e.Key, "_") || e.Key == "wandb_version" {
			continue // the service's own
		}
		value := e.Value
		if described, ok := value.(*card.Map); ok {
			if inner, has := described.Get("value"); has {
				value = inner
			}
		}
		r.AddParameter(e.Key, value)
	}
	summary, err := c.mapping(found.Summary, "summaryMetrics")
	if err != nil {
		return err
	}
	r.AddHistory(withoutInternal(summary))
	t := r.Values.Training
	if t == nil {
		t = &card.Training{}
		r.Values.Training = t
	}
	t.Overview = overview(found)
	t.Procedure = found.Notes
	return nil
}

// withoutInternal drops what the service keeps beside the metrics.
func withoutInternal(m *card.Map) *card.Map {
	return &card.Map{Entries: slices.DeleteFunc(slices.Clone(m.Entries), func(e card.Entry) bool {
		return strings.HasPrefix(e.Key, "_")
	})}
}

func overview(found *run) string {
	plain := strings.NewReplacer("`", " ", "\n", " ", "\r", " ")
	text := "Weights & Biases run `" + plain.Replace(found.Name) + "`"
	if found.DisplayName != "" {
		text += " (`" + plain.Replace(found.DisplayName) + "`)"
	}
	if found.Commit != "" {
		text += " of commit `" + plain.Replace(found.Commit) + "`"
	}
	return text + "."
}

// mapping reads a mapping that is JSON in a text; none is an empty one.
func (c *Client) mapping(text, what string) (*card.Map, error) {
	if text == "" || text == "null" {
		return &card.Map{}, nil
	}
	value, err := integration.ParseJSON([]byte(text))
	m, ok := value.(*card.Map)
	if err != nil || !ok {
		return nil, c.remote.Refuse(remote.ErrAnswer, "its "+what+" is no mapping in JSON", "the version of the service")
	}
	return m, nil
}

const artifactQuery = `query Artifact($entity: String!, $project: String!, $name: String!) {
  project(name: $project, entityName: $entity) {
    artifact(name: $name) {
      digest versionIndex description metadata
      artifactSequence { name }
      createdBy { ... on Run { name } }
    }
  }
}`

func (c *Client) readArtifact(ctx context.Context, ref reference, r *integration.Reading) error {
	var answer struct {
		Project *struct {
			Artifact *struct {
				Digest      string `json:"digest"`
				Version     *int   `json:"versionIndex"`
				Description string `json:"description"`
				Metadata    string `json:"metadata"`
				Sequence    struct {
					Name string `json:"name"`
				} `json:"artifactSequence"`
				CreatedBy struct {
					Name string `json:"name"`
				} `json:"createdBy"`
			} `json:"artifact"`
		} `json:"project"`
	}
	if err := c.query(ctx, artifactQuery, map[string]any{"entity": ref.entity, "project": ref.project, "name": ref.name}, &answer); err != nil {
		return err
	}
	if answer.Project == nil || answer.Project.Artifact == nil {
		return c.missing("artifact " + ref.name)
	}
	a := answer.Project.Artifact
	r.Source.Resolved = ref.entity + "/" + ref.project + "/" + a.Sequence.Name + "@" + a.Digest
	r.Values.Model.Name, r.Values.Model.Description = a.Sequence.Name, a.Description
	if a.Version != nil {
		r.Values.Model.Version = "v" + string(card.Int(int64(*a.Version)))
	}
	metadata, err := c.mapping(a.Metadata, "metadata")
	if err != nil {
		return err
	}
	if a.CreatedBy.Name != "" {
		found, err := c.run(ctx, reference{ref.entity, ref.project, a.CreatedBy.Name})
		if err != nil {
			return err
		}
		if err := c.readRun(found, r); err != nil {
			return err
		}
	}
	return readMetadata(metadata, r)
}

// readMetadata takes the metadata of an artifact as a file of metrics: numbers
// are metrics, known words are facts.
func readMetadata(metadata *card.Map, r *integration.Reading) error {
	more := integration.MetricsOf(metadata)
	r.Notes = append(r.Notes, more.Notes...)
	named := *r.Values
	named.Model.Name = firstOf(named.Model.Name, "artifact")
	merged, _, err := integration.Merge(&named, more)
	if err != nil {
		return err
	}
	merged.Sources = nil
	r.Values = merged
	return nil
}

func firstOf(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
