package main

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"

	"github.com/terragonlabs/modelcard-generator/api/client"
	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/render"
)

// maxPulled bounds one file that a service sends, in bytes.
const maxPulled = 64 << 20

type pullCommand struct {
	IDs []string `arg:"" optional:"" name:"id" help:"Cards, as namespace/name; all that one may see if not given."`
	remote
	Namespace string `help:"Only the cards of a namespace."`
	Format    string `default:"huggingface" help:"Output format."`
	Output    string `short:"o" required:"" help:"Folder to write to: namespace/name and the format's ending."`
}

// Run writes the latest revision of each card. Files appear whole or not at all.
func (c *pullCommand) Run(p *process) error {
	format, err := render.Lookup(c.Format)
	if err != nil {
		return err
	}
	service, err := c.client(p)
	if err != nil {
		return err
	}
	ids := c.IDs
	if len(ids) == 0 {
		if ids, err = c.list(p.ctx, service); err != nil {
			return err
		}
	}
	progress := newProgress(p.stderr, len(ids), "written")
	defer progress.finish()
	for _, text := range ids {
		// What a service calls a card becomes a path here, so it is checked here.
		id, err := card.ParseID(text)
		if err != nil {
			return fmt.Errorf("%q: %w", text, err)
		}
		if err := c.pull(p.ctx, service, id, format); err != nil {
			return fmt.Errorf("%s: %w", id, err)
		}
		progress.step()
	}
	progress.finish()
	_, _ = fmt.Fprintf(p.stderr, "%d written\n", len(ids))
	return nil
}

// list asks for the identifiers of all cards.
func (c *pullCommand) list(ctx context.Context, service *client.Client) ([]string, error) {
	byName, limit := client.ListCardsParamsSort("name"), 200
	params := &client.ListCardsParams{Sort: &byName, Limit: &limit}
	if c.Namespace != "" {
		params.Namespace = &c.Namespace
	}
	var ids []string
	for {
		page, err := askJSON[client.CardList](ctx, func() (*http.Response, error) { return service.ListCards(ctx, params) })
		if err != nil {
			return nil, err
		}
		for _, found := range page.Items {
			ids = append(ids, found.ID)
		}
		if params.Cursor = page.NextCursor; params.Cursor == nil || *params.Cursor == "" {
			return ids, nil
		}
	}
}

func (c *pullCommand) pull(ctx context.Context, service *client.Client, id card.ID, format render.Format) error {
	response, err := ask(ctx, func() (*http.Response, error) {
		return service.GetCard(ctx, id.Namespace, id.Name, &client.GetCardParams{Format: &format.Name})
	})
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	extension := format.Extension
	if format.Stored {
		extension = sourceExtension(response.Header.Get("Content-Type"))
	}
	return writePulled(filepath.Join(c.Output, id.Namespace, id.Name+extension), response.Body)
}

// sourceExtension is the ending of a document as it was submitted.
func sourceExtension(mediaType string) string {
	switch known, _ := render.DocumentType(mediaType); known {
	case render.TypeJSON:
		return ".json"
	case render.TypeMarkdown:
		return ".md"
	}
	return ".yaml"
}

func writePulled(name string, body io.Reader) error {
	text, err := io.ReadAll(io.LimitReader(body, maxPulled+1))
	if err != nil {
		return dependency(err)
	}
	if len(text) > maxPulled {
		return dependency(fmt.Errorf("%s is over the limit of %d bytes", name, maxPulled))
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil { //nolint:gosec // the files are there to be read by others
		return err
	}
	return renameio.WriteFile(name, text, 0o644)
}

// remoteBatch has a service render a folder, and fetches what it made.
func (c *generateBatchCommand) remoteBatch(p *process) error {
	r := remote{Server: c.Server, KeyFile: c.KeyFile}
	service, err := r.client(p)
	if err != nil {
		return err
	}
	files, err := pushed([]string{c.Config})
	if err != nil {
		return err
	}
	progress := newProgress(p.stderr, len(files), "stored")
	defer progress.finish()
	push := &pushing{p: p, service: service, progress: progress}
	for _, part := range parts(files) {
		batch, err := push.part(part)
		if err != nil {
			return err
		}
		if err := fetchResult(p.ctx, service, batch.ID, c.Format, c.Output); err != nil {
			return err
		}
	}
	progress.finish()
	_, _ = fmt.Fprintf(p.stderr, "%d rendered, %d failed\n", push.stored, push.failed)
	if push.failed > 0 {
		return errRefused
	}
	return nil
}

// fetchResult unpacks the result of a batch into a folder, out of which no path
// in it can lead.
func fetchResult(ctx context.Context, service *client.Client, batch, format, output string) error {
	response, err := ask(ctx, func() (*http.Response, error) {
		return service.GetBatchResult(ctx, batch, &client.GetBatchResultParams{Format: &format})
	})
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	unpacked, err := gzip.NewReader(response.Body)
	if err != nil {
		return dependency(err)
	}
	files := tar.NewReader(unpacked)
	for {
		header, err := files.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return dependency(err)
		}
		if header.Typeflag != tar.TypeReg || !filepath.IsLocal(header.Name) {
			return dependency(fmt.Errorf("the result has an entry %q that leads out of the folder", header.Name))
		}
		if err := writePulled(filepath.Join(output, filepath.FromSlash(header.Name)), files); err != nil {
			return err
		}
	}
}
