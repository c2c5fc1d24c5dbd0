package api

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/klauspost/compress/gzip"

	"github.com/terragonlabs/modelcard-generator/internal/cache"
	"github.com/terragonlabs/modelcard-generator/internal/render"
	"github.com/terragonlabs/modelcard-generator/internal/store"
)

// outcomesFile is the file of a result that lists every item.
const outcomesFile = "outcomes.ndjson"

// getBatchResult answers with a tar.gz: namespace/name/revision.ext for each
// revision that the batch made or found, and the list of all outcomes. It is
// written while it is made; when that fails the connection breaks, so that no
// half archive looks like a whole one.
func (s *Server) getBatchResult(w http.ResponseWriter, r *http.Request) {
	batch, err := s.findBatch(r)
	if err == nil && batch.FinishedAt == nil {
		err = problem(http.StatusConflict, "not_finished", "the batch has not finished; its events say when it has")
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	format, err := s.resultFormat(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/gzip")
	h.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="batch-%s.tar.gz"`, batch.ID))
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodHead {
		return
	}
	packed := gzip.NewWriter(w)
	result := &resultWriter{s: s, batch: batch, format: format, files: tar.NewWriter(packed), seen: make(map[string]bool)}
	if err := errors.Join(result.write(r.Context(), refOf(r), scopeOf(r.Context())), result.files.Close(), packed.Close()); err != nil {
		s.o.Logger.Warn().Err(err).Str("request_id", requestID(r.Context())).Str("batch", batch.ID).Msg("the result of a batch broke off")
		panic(http.ErrAbortHandler)
	}
}

func (s *Server) resultFormat(r *http.Request) (render.Format, error) {
	name := s.o.DefaultFormat
	if asked := r.URL.Query().Get("format"); asked != "" {
		name = asked
	}
	format, err := s.o.Formats.Lookup(name)
	if err == nil && format.Stored {
		err = problem(http.StatusBadRequest, "unknown_format", "a result is of rendered files; read the source of a revision at its own address")
	}
	return format, err
}

// resultWriter writes one result.
type resultWriter struct {
	s        *Server
	batch    store.Batch
	format   render.Format
	files    *tar.Writer
	seen     map[string]bool // files that were written
	outcomes bytes.Buffer
}

func (w *resultWriter) write(ctx context.Context, ref store.BatchRef, scope store.Scope) error {
	filter := store.ItemFilter{PageRequest: store.PageRequest{Limit: store.MaxLimit}}
	for {
		page, err := w.s.o.Store.BatchItems(ctx, scope, ref, filter)
		if err != nil {
			return err
		}
		for _, item := range page.Items {
			if err := w.item(ctx, scope, item); err != nil {
				return err
			}
		}
		if filter.Cursor = page.Next; page.Next == "" {
			return w.file(outcomesFile, w.outcomes.Bytes())
		}
	}
}

// outcome is a line of the list.
type outcome struct {
	batchItem
	File string `json:"file,omitempty"`
}

// item writes an item's file and notes its outcome. A card that was deleted
// since has no file.
func (w *resultWriter) item(ctx context.Context, scope store.Scope, item store.BatchItem) error {
	line := outcome{batchItem: itemOf(w.batch, item)}
	if item.State == store.ItemDone {
		line.File = fmt.Sprintf("%s/%d%s", item.Card, item.Revision, w.format.Extension)
		err := w.revision(ctx, scope, line.File, item)
		if errors.Is(err, store.ErrNotFound) {
			line.File, err = "", nil
		}
		if err != nil {
			return err
		}
	}
	return json.NewEncoder(&w.outcomes).Encode(line)
}

func (w *resultWriter) revision(ctx context.Context, scope store.Scope, name string, item store.BatchItem) error {
	if w.seen[name] {
		return nil
	}
	rev, err := w.s.o.Store.Revision(ctx, scope, item.Card, item.Revision)
	if err != nil {
		return err
	}
	entry, err := w.s.o.Generator.View(ctx, rev, w.format, cache.Identity)
	if err != nil {
		return err
	}
	w.seen[name] = true
	return w.file(name, entry.Body)
}

func (w *resultWriter) file(name string, body []byte) error {
	header := &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: int64(len(body)), Mode: 0o644}
	if err := w.files.WriteHeader(header); err != nil {
		return err
	}
	_, err := w.files.Write(body)
	return err
}
