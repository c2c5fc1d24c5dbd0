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
	"strings"

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
	format, err := remoteFormat(c.Format)
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
	if extension == "" {
		extension = extensionOf(response.Header.Get("Content-Type"))
	}
	return writePulled(filepath.Join(c.Output, id.Namespace, id.Name+extension), response.Body)
}

// remoteFormat finds a format that a service has, before it is asked for
// anything. Which templates it has it knows itself.
func remoteFormat(name string) (render.Format, error) {
	if strings.HasPrefix(name, render.TemplatePrefix) {
		return render.Format{Name: name}, nil
	}
	return render.Lookup(name)
}

// extensionOf is the ending of a file whose format does not have one of its own:
// of a document as it was submitted, and of what a template makes.
func extensionOf(contentType string) string {
	mediaType, _, _ := strings.Cut(contentType, ";")
	switch known, _ := render.DocumentType(mediaType); {
	case known == render.TypeJSON:
		return ".json"
	case known == render.TypeMarkdown:
		return ".md"
	case mediaType == "text/html":
		return ".html"
	case mediaType == "text/plain":
		return ".txt"
	}
	return ".yaml"
}

func writePulled(name string, body io.Reader) error {
	text, err := readPulled(name, body)
	if err != nil {
		return err
	}
	return writeWhole(name, text)
}

func readPulled(name string, body io.Reader) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(body, maxPulled+1))
	if err != nil {
		return nil, dependency(err)
	}
	if len(text) > maxPulled {
		return nil, dependency(fmt.Errorf("%s is over the limit of %d bytes", name, maxPulled))
	}
	return text, nil
}

// writeWhole writes a file and the folders above it; the file appears whole or
// not at all.
func writeWhole(name string, text []byte) error {
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
	if _, err := remoteFormat(c.Format); err != nil {
		return err
	}
	files, err := pushed([]string{c.Config})
	if err != nil {
		return err
	}
	progress := newProgress(p.stderr, len(files), "stored")
	defer progress.finish()
	push := &pushing{p: p, service: service, progress: progress}
	fetched := &results{service: service, format: c.Format, output: c.Output}
	for _, part := range parts(files) {
		batch, err := push.part(part)
		if err != nil {
			return err
		}
		if err := fetched.fetch(p.ctx, batch.ID); err != nil {
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

// outcomesFile is the file of a result that lists every document.
const outcomesFile = "outcomes.ndjson"

// results are the results of several batches in one folder.
type results struct {
	service        *client.Client
	format, output string
	outcomes       []byte // of all of them
}

// fetch unpacks the result of a batch into the folder, out of which no path in
// it can lead. Its list of outcomes comes after those of the batches before.
func (r *results) fetch(ctx context.Context, batch string) error {
	response, err := ask(ctx, func() (*http.Response, error) {
		return r.service.GetBatchResult(ctx, batch, &client.GetBatchResultParams{Format: &r.format})
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
		if err := r.write(header.Name, files); err != nil {
			return err
		}
	}
}

func (r *results) write(name string, body io.Reader) error {
	path := filepath.Join(r.output, filepath.FromSlash(name))
	if name != outcomesFile {
		return writePulled(path, body)
	}
	list, err := readPulled(path, body)
	if err != nil {
		return err
	}
	r.outcomes = append(r.outcomes, list...)
	return writeWhole(path, r.outcomes)
}
