package mlflow

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/terragonlabs/modelcard-generator/internal/integration"
	"github.com/terragonlabs/modelcard-generator/internal/integration/remote"
)

// artifact is where the whole card is among a run's artifacts.
const artifact = "model_card/README.md"

// maxDescription is what the registry's database has room for, in characters.
const maxDescription = 5000

// Publish writes a card back to a model version: the file among the artifacts
// of its run, the text as its description, and the digest as a tag, in this
// order, so that the tag is there when the rest is. All of it may be repeated.
// The target is models:/NAME/VERSION, models:/NAME@ALIAS or models:/NAME.
func (c *Client) Publish(ctx context.Context, p integration.Publication) (integration.Published, error) {
	ref, err := parseRef(p.Target)
	if err == nil && ref.model == "" {
		err = badRef(p.Target)
	}
	if err != nil {
		return integration.Published{}, err
	}
	v, err := c.version(ctx, ref)
	if err != nil {
		return integration.Published{}, err
	}
	out := integration.Published{Where: "models:/" + v.Name + "/" + v.Version, Version: v.Version}
	if v.Tags.get(DigestTag) == p.Digest {
		out.Unchanged = true
		return out, nil
	}
	if v.RunID != "" {
		if err := c.upload(ctx, v.RunID, p.Readme); err != nil {
			return out, err
		}
	}
	named := map[string]any{"name": v.Name, "version": v.Version}
	named["description"] = describe(p.Readme, v.RunID != "")
	if err := c.write(ctx, http.MethodPatch, "model-versions/update", named); err != nil {
		return out, err
	}
	tag := map[string]any{"name": v.Name, "version": v.Version, "key": DigestTag, "value": p.Digest}
	return out, c.write(ctx, http.MethodPost, "model-versions/set-tag", tag)
}

func (c *Client) write(ctx context.Context, method, path string, body any) error {
	return c.remote.JSON(ctx, remote.Request{Method: method, Path: api + path, Repeat: true}, body, nil)
}

// upload puts the file among a run's artifacts by the route that the web pages
// of MLflow use, which works for every store that the server itself reaches.
func (c *Client) upload(ctx context.Context, runID string, readme []byte) error {
	_, err := c.remote.Do(ctx, remote.Request{
		Method: http.MethodPost, Path: "/ajax-api/2.0/mlflow/upload-artifact",
		Query: url.Values{"run_uuid": {runID}, "path": {artifact}}, Body: readme, ContentType: "text/markdown", Repeat: true,
	})
	return err
}

// describe is a README as a description: without its front matter, and cut at a
// line where it is too long.
func describe(readme []byte, stored bool) string {
	text := string(readme)
	if rest, ok := strings.CutPrefix(text, "---\n"); ok {
		if _, body, found := strings.Cut(rest, "\n---\n"); found {
			text = strings.TrimLeft(body, "\n")
		}
	}
	if utf8.RuneCountInString(text) <= maxDescription {
		return text
	}
	rest := "\n\nThe card is longer than this text may be."
	if stored {
		rest = "\n\nThe whole card is the run's artifact `" + artifact + "`."
	}
	kept := string([]rune(text)[:maxDescription-len(rest)])
	if line := strings.LastIndexByte(kept, '\n'); line > 0 {
		kept = kept[:line]
	}
	return kept + rest
}
