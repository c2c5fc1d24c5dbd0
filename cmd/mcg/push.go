package main

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"

	"github.com/terragonlabs/modelcard-generator/api/client"
	"github.com/terragonlabs/modelcard-generator/internal/render"
	"github.com/terragonlabs/modelcard-generator/internal/store"
)

// pushBytes is how much goes into one batch, in bytes before it is compressed:
// what the service takes at most, with room for what packing adds.
const pushBytes = 56 << 20

type pushCommand struct {
	Paths []string `arg:"" name:"path" help:"Files, or folders of card documents."`
	remote
	Retry bool `help:"Try documents again that failed when the same files were pushed before."`
}

// Run sends the documents as batches and follows them. Interrupted and run
// again, it finds the batches that it has made and goes on: the key of each is
// made of what is in it.
func (c *pushCommand) Run(p *process) error {
	service, err := c.client(p)
	if err != nil {
		return err
	}
	files, err := pushed(c.Paths)
	if err != nil {
		return err
	}
	progress := newProgress(p.stderr, len(files), "stored")
	defer progress.finish()
	push := &pushing{p: p, service: service, progress: progress, retry: c.Retry}
	for _, part := range parts(files) {
		if _, err := push.part(part); err != nil {
			return err
		}
	}
	progress.finish()
	_, _ = fmt.Fprintf(p.stderr, "%d stored, %d failed\n", push.stored, push.failed)
	if push.failed > 0 {
		return errRefused
	}
	return nil
}

// pushFile is a document and what it is called in the archive.
type pushFile struct {
	path, name string
	size       int64
}

// pushed lists the documents of files and folders, in the order of the
// arguments and of their names.
func pushed(paths []string) ([]pushFile, error) {
	var files []pushFile
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		found, base := []string{path}, filepath.Dir(path)
		if info.IsDir() {
			base = path
			if found, err = documentsBelow(path); err != nil {
				return nil, err
			}
		} else if _, err := render.FileType(path); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		for _, file := range found {
			if info, err = os.Stat(file); err != nil {
				return nil, err
			}
			name, err := filepath.Rel(base, file)
			if err != nil {
				return nil, err
			}
			files = append(files, pushFile{file, filepath.ToSlash(name), info.Size()})
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("there are no documents in %v", paths)
	}
	return files, nil
}

// parts cuts the files into what one batch takes.
func parts(files []pushFile) [][]pushFile {
	var all [][]pushFile
	size := int64(pushBytes)
	for _, file := range files {
		last := len(all) - 1
		if size += file.size + 1024; last < 0 || size > pushBytes || len(all[last]) == store.MaxBatchItems {
			all, size = append(all, nil), file.size+1024
			last++
		}
		all[last] = append(all[last], file)
	}
	return all
}

// pushing is the state of one push.
type pushing struct {
	p              *process
	service        *client.Client
	progress       *progress
	retry          bool
	stored, failed int
}

// part sends one batch and follows it to its end.
func (c *pushing) part(files []pushFile) (client.Batch, error) {
	archive, key, err := pack(files)
	if err != nil {
		return client.Batch{}, err
	}
	defer func() {
		_ = archive.Close()
		_ = os.Remove(archive.Name())
	}()
	batch, err := askJSON[client.Batch](c.p.ctx, func() (*http.Response, error) {
		body := io.NewSectionReader(archive, 0, 1<<62)
		return c.service.CreateBatchWithBody(c.p.ctx, &client.CreateBatchParams{IdempotencyKey: &key}, "application/gzip", body)
	})
	if err == nil && c.retry && batch.Failed > 0 {
		batch, err = askJSON[client.Batch](c.p.ctx, func() (*http.Response, error) { return c.service.RetryBatch(c.p.ctx, batch.ID) })
	}
	if err != nil {
		return batch, err
	}
	end, err := (&follower{push: c, batch: batch.ID}).follow(c.p.ctx)
	if err != nil && c.p.ctx.Err() != nil {
		err = dependency(fmt.Errorf("interrupted; the service goes on with batch %s, and the same command follows it again: %w", batch.ID, context.Cause(c.p.ctx)))
	}
	return end, err
}

// settled counts an item and says why it failed.
func (c *pushing) settled(item client.BatchItem) {
	c.progress.step()
	if item.Status == client.BatchItemStatusDone {
		c.stored++
		return
	}
	c.failed++
	detail := string(item.Status)
	if item.Problem != nil && item.Problem.Detail != nil {
		detail = *item.Problem.Detail
	}
	_, _ = fmt.Fprintf(c.progress, "%s:%s\n", item.Label, spaced(detail))
}

// spaced puts a space before a message that doesn't begin with its place.
func spaced(detail string) string {
	if detail != "" && detail[0] >= '0' && detail[0] <= '9' {
		return detail
	}
	return " " + detail
}

// pack writes the files into a tar.gz, the same bytes for the same files, and
// returns a key that is made of them.
func pack(files []pushFile) (archive *os.File, key string, err error) {
	archive, err = os.CreateTemp("", "mcg-push-*")
	if err != nil {
		return nil, "", err
	}
	digest := sha256.New()
	packed := gzip.NewWriter(io.MultiWriter(archive, digest))
	entries := tar.NewWriter(packed)
	for _, file := range files {
		if err = packFile(entries, file); err != nil {
			break
		}
	}
	for _, closing := range []io.Closer{entries, packed} {
		if closeErr := closing.Close(); err == nil {
			err = closeErr
		}
	}
	if err != nil {
		_ = archive.Close()
		_ = os.Remove(archive.Name())
		return nil, "", err
	}
	return archive, "push-" + hex.EncodeToString(digest.Sum(nil)), nil
}

func packFile(entries *tar.Writer, file pushFile) error {
	text, err := os.ReadFile(file.path)
	if err != nil {
		return err
	}
	if !fs.ValidPath(file.name) {
		return fmt.Errorf("%s can't be named in an archive", file.path)
	}
	header := &tar.Header{Typeflag: tar.TypeReg, Name: file.name, Size: int64(len(text)), Mode: 0o644}
	if err := entries.WriteHeader(header); err != nil {
		return err
	}
	_, err = entries.Write(text)
	return err
}
