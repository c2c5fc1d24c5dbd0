// Package hub reads models of a Hugging Face Hub and publishes cards to it, by
// the HTTP API that huggingface_hub uses.
package hub

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/integration"
	"github.com/terragonlabs/modelcard-generator/internal/integration/remote"
	"github.com/terragonlabs/modelcard-generator/internal/outbound"
)

// Type is the type of sources that are read here.
const Type = "huggingface"

// Options are what a [Client] is built from.
type Options struct {
	Remote *remote.Client
	// ReadReadme reads a README.md as the card of a repository.
	ReadReadme func(src []byte, id string) (*card.Document, error)
}

// Client reads and writes one Hub. It is safe for concurrent use.
type Client struct {
	remote     *remote.Client
	readReadme func(src []byte, id string) (*card.Document, error)
}

// New is a client of a Hub.
func New(o Options) *Client { return &Client{o.Remote, o.ReadReadme} }

// repository is a model on the Hub, at a branch, tag or commit.
type repository struct{ id, revision string }

var (
	repoID   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,95}(?:/[A-Za-z0-9][A-Za-z0-9._-]{0,95})?$`)
	revision = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/-]{0,254}$`)
	commit   = regexp.MustCompile(`^[0-9a-f]{40}$`)
)

// parseRef reads NAMESPACE/NAME or NAMESPACE/NAME@REVISION.
func parseRef(ref string) (repository, error) {
	id, rev, found := strings.Cut(ref, "@")
	if !found {
		rev = "main"
	}
	if !repoID.MatchString(id) || !revision.MatchString(rev) || strings.Contains(rev, "..") {
		return repository{}, card.Invalidate("", "bad_reference", fmt.Sprintf("the Hub has no repository %.100q", ref), "write NAMESPACE/NAME, or NAMESPACE/NAME@REVISION")
	}
	return repository{id, rev}, nil
}

// file is the path of a file of the repository; the identifier has nothing to
// escape, and a revision may have slashes, which have to be.
func (r repository) file(name string) string {
	return "/" + r.id + "/resolve/" + url.PathEscape(r.revision) + "/" + name
}

func (r repository) api(verb string) string {
	return "/api/models/" + r.id + "/" + verb + "/" + url.PathEscape(r.revision)
}

// info is what the Hub says of a model.
type info struct {
	ID       string   `json:"id"`
	SHA      string   `json:"sha"`
	Tags     []string `json:"tags"`
	Task     string   `json:"pipeline_tag"`
	Library  string   `json:"library_name"`
	Siblings []struct {
		Name string `json:"rfilename"`
	} `json:"siblings"`
}

func (i *info) has(name string) bool {
	for _, s := range i.Siblings {
		if s.Name == name {
			return true
		}
	}
	return false
}

func (c *Client) info(ctx context.Context, r repository) (*info, error) {
	var answer info
	err := c.remote.JSON(ctx, remote.Request{Method: http.MethodGet, Path: r.api("revision")}, nil, &answer)
	if err == nil && !commit.MatchString(answer.SHA) {
		err = c.remote.Refuse(remote.ErrAnswer, "it names no commit for "+r.id, "whether the address is that of a Hub")
	}
	return &answer, err
}

// Fetch reads the README.md, the config.json, the header of the weights and
// the tags of a model, all of one commit. What the README says stands before
// what the others say.
func (c *Client) Fetch(ctx context.Context, ref string) (*integration.Reading, error) {
	repo, err := parseRef(ref)
	if err != nil {
		return nil, err
	}
	about, err := c.info(ctx, repo)
	if err != nil {
		return nil, err
	}
	repo.revision = about.SHA
	r := &integration.Reading{
		Source: card.Source{Type: Type, Ref: ref, Resolved: repo.id + "@" + about.SHA}, Kind: "Hugging Face model",
	}
	base, err := c.readme(ctx, repo, about, r)
	if err != nil {
		return nil, err
	}
	parts, err := c.parts(ctx, repo, about, r)
	if err != nil {
		return nil, err
	}
	merged, conflicts, err := integration.Merge(base, parts...)
	if err != nil {
		return nil, err
	}
	merged.Sources = nil
	r.Values, r.Notes = merged, append(r.Notes, conflicts...)
	return r, nil
}

// readme is the card of the repository's README, or one with the identifier
// alone.
func (c *Client) readme(ctx context.Context, repo repository, about *info, r *integration.Reading) (*card.Card, error) {
	bare := &card.Card{Model: card.Model{ID: repo.id}}
	if !about.has("README.md") {
		return bare, bare.Normalize()
	}
	answer, err := c.remote.Do(ctx, remote.Request{Method: http.MethodGet, Path: repo.file("README.md")})
	if err != nil {
		return nil, err
	}
	doc, err := c.readReadme(answer.Body, repo.id)
	if err != nil {
		r.AddNote("/README.md", err.Error())
		return bare, bare.Normalize()
	}
	doc.Card.Sources, doc.Card.Model.ID = nil, repo.id
	return doc.Card, doc.Card.Normalize()
}

// parts reads everything beside the README.
func (c *Client) parts(ctx context.Context, repo repository, about *info, r *integration.Reading) ([]*integration.Reading, error) {
	said := card.Model{PipelineTag: about.Task, LibraryName: about.Library, Tags: ownTags(about.Tags)}
	parts := []*integration.Reading{}
	for _, name := range []string{"config.json", "model.safetensors", "model.safetensors.index.json"} {
		if !about.has(name) || name == "model.safetensors.index.json" && about.has("model.safetensors") {
			continue
		}
		values, err := c.part(ctx, repo, name)
		if errors.Is(err, integration.ErrUnknown) || errors.Is(err, integration.ErrTooLarge) || errors.Is(err, outbound.ErrTooLarge) {
			r.AddNote("/"+name, err.Error())
			continue
		}
		if err != nil {
			return nil, err
		}
		parts = append(parts, &integration.Reading{Source: card.Source{Type: name}, Values: values})
	}
	return append(parts, &integration.Reading{Source: card.Source{Type: "model page"}, Values: &card.Card{Model: said}}), nil
}

func (c *Client) part(ctx context.Context, repo repository, name string) (*card.Card, error) {
	if name == "model.safetensors" {
		return c.weights(ctx, repo.file(name))
	}
	answer, err := c.remote.Do(ctx, remote.Request{Method: http.MethodGet, Path: repo.file(name)})
	if err != nil {
		return nil, err
	}
	r, err := integration.ReadFile(bytes.NewReader(answer.Body), integration.Evaluation)
	if err != nil {
		return nil, err
	}
	return r.Values, nil
}

// ownTags are the tags that the Hub has not made itself of other metadata.
func ownTags(tags []string) []string {
	kept := []string{}
	for _, tag := range tags {
		if !strings.Contains(tag, ":") && !slices.Contains([]string{"safetensors", "pytorch", "endpoints_compatible", "autotrain_compatible"}, tag) {
			kept = append(kept, tag)
		}
	}
	return kept
}

// firstRange is how much of the weights is asked for at first: the whole header
// of most models.
const firstRange = 64 << 10

// weights reads the header of safetensors by ranges, whatever the size of the
// file.
func (c *Client) weights(ctx context.Context, path string) (*card.Card, error) {
	start, err := c.span(ctx, path, 0, firstRange)
	if err != nil {
		return nil, err
	}
	size, err := integration.SafetensorsHeaderSize(start)
	if err != nil {
		return nil, err
	}
	header := start[8:]
	if int64(len(header)) < size {
		more, err := c.span(ctx, path, int64(len(start)), 8+size-int64(len(start)))
		if err != nil {
			return nil, err
		}
		header = append(bytes.Clone(header), more...)
	}
	if int64(len(header)) < size {
		return nil, c.remote.Refuse(remote.ErrAnswer, "the header of the weights ends too early", "whether the file was uploaded whole")
	}
	return integration.SafetensorsCard(header[:size])
}

// span asks for a part of a file. A server that does not know ranges answers
// with all of it, which the guarded client bounds.
func (c *Client) span(ctx context.Context, path string, from, length int64) ([]byte, error) {
	answer, err := c.remote.Do(ctx, remote.Request{
		Method: http.MethodGet, Path: path, Header: map[string]string{"Range": fmt.Sprintf("bytes=%d-%d", from, from+length-1)},
	})
	if err != nil {
		return nil, err
	}
	body := answer.Body
	if answer.Status == http.StatusOK {
		body = body[min(from, int64(len(body))):]
	}
	return body[:min(length, int64(len(body)))], nil
}

// Publish writes a card as the README.md of a repository, or proposes it. The
// commit is made on top of the one that was looked at, so what somebody else
// has written meanwhile is not lost: then the error wraps remote.ErrConflict.
func (c *Client) Publish(ctx context.Context, p integration.Publication) (integration.Published, error) {
	repo, err := parseRef(p.Target)
	if err != nil {
		return integration.Published{}, err
	}
	out := integration.Published{Where: repo.id}
	if err := c.validate(ctx, p.Readme, repo.id); err != nil {
		return out, err
	}
	about, err := c.info(ctx, repo)
	if err != nil {
		return out, err
	}
	if p.Parent != "" && p.Parent != about.SHA {
		return out, c.remote.Refuse(remote.ErrConflict, fmt.Sprintf("%s is at commit %s and not at %.40s", repo.id, about.SHA, p.Parent), "what has changed there, then try again")
	}
	same, err := c.isThere(ctx, repository{repo.id, about.SHA}, about, p.Readme)
	if err != nil {
		return out, err
	}
	if same {
		out.Version, out.Unchanged = about.SHA, true
		return out, nil
	}
	if err := c.preupload(ctx, repo, p); err != nil {
		return out, err
	}
	return c.commit(ctx, repo, about.SHA, p)
}

func (c *Client) isThere(ctx context.Context, repo repository, about *info, readme []byte) (bool, error) {
	if !about.has("README.md") {
		return false, nil
	}
	answer, err := c.remote.Do(ctx, remote.Request{Method: http.MethodGet, Path: repo.file("README.md")})
	if err != nil {
		return false, err
	}
	return bytes.Equal(answer.Body, readme), nil
}

// validate checks a README before anything is sent there: that it can be read,
// and what the Hub itself says of its metadata. A Hub without that route has
// nothing to say.
func (c *Client) validate(ctx context.Context, readme []byte, id string) error {
	if _, err := c.readReadme(readme, id); err != nil {
		return err
	}
	body, err := json.Marshal(map[string]string{"repoType": "model", "content": string(readme)})
	if err != nil {
		return err
	}
	_, err = c.remote.Do(ctx, remote.Request{
		Method: http.MethodPost, Path: "/api/validate-yaml", Body: body, ContentType: "application/json", Repeat: true,
	})
	var failed *remote.Error
	if errors.As(err, &failed) && failed.Status == http.StatusBadRequest {
		return card.Invalidate("", "hub_refuses", "the Hub refuses the metadata: "+failed.Detail, "mcg validate says which field")
	}
	if errors.Is(err, remote.ErrNotFound) {
		return nil
	}
	return err
}

func createPR(p integration.Publication) url.Values {
	if p.PullRequest {
		return url.Values{"create_pr": {"1"}}
	}
	return nil
}

// preupload asks how the file is to be sent: a card that the repository ignores
// or keeps as a large file cannot be a card.
func (c *Client) preupload(ctx context.Context, repo repository, p integration.Publication) error {
	const sample = 512
	var answer struct {
		Files []struct {
			Path   string `json:"path"`
			Mode   string `json:"uploadMode"`
			Ignore bool   `json:"shouldIgnore"`
		} `json:"files"`
	}
	body := map[string]any{"files": []map[string]any{{
		"path": "README.md", "size": len(p.Readme), "sample": base64.StdEncoding.EncodeToString(p.Readme[:min(len(p.Readme), sample)]),
	}}}
	request := remote.Request{Method: http.MethodPost, Path: repo.api("preupload"), Query: createPR(p), Repeat: true}
	if err := c.remote.JSON(ctx, request, body, &answer); err != nil {
		return err
	}
	if len(answer.Files) != 1 || answer.Files[0].Path != "README.md" || answer.Files[0].Mode != "regular" || answer.Files[0].Ignore {
		return c.remote.Refuse(remote.ErrAnswer, "it does not take README.md as a plain file", "the .gitattributes and .gitignore of "+repo.id)
	}
	return nil
}

func (c *Client) commit(ctx context.Context, repo repository, parent string, p integration.Publication) (integration.Published, error) {
	message := p.Message
	if message == "" {
		message = "Update model card"
	}
	var body bytes.Buffer
	lines := json.NewEncoder(&body)
	for _, line := range []any{
		map[string]any{"key": "header", "value": map[string]string{"summary": message, "description": "", "parentCommit": parent}},
		map[string]any{"key": "file", "value": map[string]string{
			"path": "README.md", "encoding": "base64", "content": base64.StdEncoding.EncodeToString(p.Readme),
		}},
	} {
		if err := lines.Encode(line); err != nil {
			return integration.Published{}, err
		}
	}
	// It is never sent twice: the first may have been heard.
	answer, err := c.remote.Do(ctx, remote.Request{
		Method: http.MethodPost, Path: repo.api("commit"), Query: createPR(p), Body: body.Bytes(), ContentType: "application/x-ndjson",
	})
	if err != nil {
		return integration.Published{}, err
	}
	var done struct {
		URL         string `json:"commitUrl"`
		OID         string `json:"commitOid"`
		PullRequest string `json:"pullRequestUrl"`
	}
	if err := json.Unmarshal(answer.Body, &done); err != nil || done.OID == "" {
		return integration.Published{}, c.remote.Refuse(remote.ErrAnswer, "it took the commit but does not name it", "the history of "+repo.id)
	}
	where := done.URL
	if done.PullRequest != "" {
		where = done.PullRequest
	}
	return integration.Published{Where: where, Version: done.OID}, nil
}
