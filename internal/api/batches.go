package api

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"os"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/google/uuid"

	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/generator"
	"github.com/terragonlabs/modelcard-generator/internal/store"
)

// batchResource is a batch and how far it is.
type batchResource struct {
	ID         string     `json:"id"`
	Status     string     `json:"status"`
	Total      int64      `json:"total"`
	Succeeded  int64      `json:"succeeded"`
	Failed     int64      `json:"failed"`
	Pending    int64      `json:"pending"`
	Rate       float64    `json:"rate"` // items a second since the first one
	ETA        *float64   `json:"eta_seconds,omitempty"`
	CreatedAt  time.Time  `json:"created_at"`
	StartedAt  *time.Time `json:"started_at,omitempty"`
	FinishedAt *time.Time `json:"finished_at,omitempty"`
	Items      string     `json:"items_url"`
	Events     string     `json:"events_url"`
	Result     string     `json:"result_url"`
}

func (s *Server) batchOf(b store.Batch) batchResource {
	url := batchURL(b.ID)
	r := batchResource{
		ID: b.ID, Status: batchStatus(b), Total: b.Total, Succeeded: b.Succeeded, Failed: b.Failed, Pending: b.Pending(),
		CreatedAt: b.CreatedAt, StartedAt: b.StartedAt, FinishedAt: b.FinishedAt,
		Items: url + "/items", Events: url + "/events", Result: url + "/result",
	}
	if b.StartedAt == nil {
		return r
	}
	end := s.o.Now()
	if b.FinishedAt != nil {
		end = *b.FinishedAt
	}
	took := max(end.Sub(*b.StartedAt), time.Millisecond).Seconds()
	r.Rate = math.Round(float64(b.Succeeded+b.Failed)/took*10) / 10
	if r.Pending > 0 && r.Rate > 0 {
		eta := math.Ceil(float64(r.Pending) / r.Rate)
		r.ETA = &eta
	}
	return r
}

// batchStatus says in a word how far a batch is.
func batchStatus(b store.Batch) string {
	switch {
	case b.State == store.BatchCancelled:
		return "cancelled"
	case b.FinishedAt != nil && b.Failed > 0:
		return "completed_with_errors"
	case b.FinishedAt != nil:
		return "completed"
	case b.StartedAt != nil:
		return "running"
	}
	return "queued"
}

func batchURL(id string) string { return "/v1/batches/" + id }

// batchItem is what became of one document of a batch.
type batchItem struct {
	Number    int64      `json:"number"`
	Label     string     `json:"label"`
	Status    string     `json:"status"`
	Outcome   string     `json:"outcome,omitempty"`
	Card      string     `json:"card,omitempty"`
	Revision  int64      `json:"revision,omitempty"`
	URL       string     `json:"url,omitempty"`
	Problem   *Problem   `json:"problem,omitempty"`
	SettledAt *time.Time `json:"settled_at,omitempty"`
}

func itemOf(b store.Batch, i store.BatchItem) batchItem {
	item := batchItem{Number: i.Number, Label: i.Label, Status: string(i.State), Outcome: i.Outcome, SettledAt: i.At}
	switch {
	case i.State == store.ItemDone:
		item.Card, item.Revision = i.Card.String(), i.Revision
		item.URL = fmt.Sprintf("%s/revisions/%d", cardURL(i.Card), i.Revision)
	case i.State == store.ItemFailed:
		item.Problem = itemProblem(b, i)
	case b.State == store.BatchCancelled:
		item.Status = "cancelled"
	}
	return item
}

// itemProblem is the problem document that the item's own request would have
// had.
func itemProblem(b store.Batch, i store.BatchItem) *Problem {
	failure, err := generator.ParseFailure(i.Problem)
	if err != nil {
		failure = generator.Failure{Code: generator.FailureInternal}
	}
	status, ok := failureStatus[failure.Code]
	if !ok {
		status = http.StatusInternalServerError
	}
	p := problem(status, failure.Code, failure.Detail)
	p.RequestID, p.Errors = b.RequestID, failure.Errors
	return p
}

var failureStatus = map[string]int{
	generator.FailureInvalid:     http.StatusUnprocessableEntity,
	generator.FailureUnreadable:  http.StatusBadRequest,
	generator.FailureTooLarge:    http.StatusRequestEntityTooLarge,
	generator.FailureUnsupported: http.StatusUnsupportedMediaType,
	generator.FailureIDTaken:     http.StatusConflict,
	generator.FailureForbidden:   http.StatusForbidden,
	generator.FailureRefused:     http.StatusBadRequest,
	generator.FailureCheck:       http.StatusUnprocessableEntity,
	generator.FailureInternal:    http.StatusInternalServerError,
}

// postBatch spools the body, so that no database waits for a slow client, and
// stores what it holds.
func (s *Server) postBatch(w http.ResponseWriter, r *http.Request) {
	form, err := batchForm(r.Header.Get("Content-Type"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	spool, err := s.spool(w, r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	defer spool.close()
	batch, err := s.o.Generator.ReceiveBatch(r.Context(), s.batchRequest(r, spool.hash), form(spool.file))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Location", batchURL(batch.ID))
	writeJSON(w, http.StatusAccepted, s.batchOf(batch))
}

func (s *Server) batchRequest(r *http.Request, hash string) generator.BatchRequest {
	principal := principalOf(r.Context())
	namespace, bound := principal.Namespaces.Only()
	if !bound {
		namespace = card.DefaultNamespace
	}
	return generator.BatchRequest{
		ID: uuid.Must(uuid.NewV7()).String(), Scope: scopeOf(r.Context()), Namespace: namespace, Author: principal.ID(),
		RequestID: requestID(r.Context()), Address: addressOf(r.Context()), IdempotencyKey: r.Header.Get("Idempotency-Key"), Hash: hash,
	}
}

// spooled is a request's body on disk.
type spooled struct {
	file *os.File
	hash string // of the body and its type
}

func (s *spooled) close() {
	_ = s.file.Close()
	_ = os.Remove(s.file.Name()) // a file that stays is the operating system's to clean up
}

// spool writes the body to a file. A large one may take longer than others to
// arrive: the deadline of the request bounds it.
func (s *Server) spool(w http.ResponseWriter, r *http.Request) (*spooled, error) {
	if deadline, ok := r.Context().Deadline(); ok {
		_ = http.NewResponseController(w).SetReadDeadline(deadline) // a recorder in a test has none
	}
	file, err := os.CreateTemp(s.o.SpoolDir, "mcg-batch-*")
	if err != nil {
		return nil, fmt.Errorf("api: spool: %w", err)
	}
	spool := &spooled{file: file}
	digest := sha256.New()
	_, _ = io.WriteString(digest, r.Header.Get("Content-Type")+"\x00")
	_, err = io.Copy(io.MultiWriter(file, digest), received{http.MaxBytesReader(w, r.Body, maxBatch)})
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		spool.close()
		return nil, err
	}
	spool.hash = hex.EncodeToString(digest.Sum(nil))
	return spool, nil
}

// received is a body whose errors are told from those of what it is written to.
type received struct{ io.Reader }

func (b received) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = fmt.Errorf("%w: %w", errBody, err)
	}
	return n, err //nolint:wrapcheck // io.EOF has to stay as it is
}

// refOf is the batch of the path, as the caller's own.
func refOf(r *http.Request) store.BatchRef {
	return store.BatchRef{ID: chi.URLParam(r, "batch"), Owner: principalOf(r.Context()).ID()}
}

// findBatch reads the batch of the path. One that is still being received is
// nobody's yet.
func (s *Server) findBatch(r *http.Request) (store.Batch, error) {
	batch, err := s.o.Store.Batch(r.Context(), scopeOf(r.Context()), refOf(r))
	if err == nil && batch.State == store.BatchReceiving {
		err = store.ErrNotFound
	}
	return batch, batchNotFound(err)
}

func (s *Server) getBatch(w http.ResponseWriter, r *http.Request) {
	batch, err := s.findBatch(r)
	s.answerBatch(w, r, http.StatusOK, batch, err)
}

func (s *Server) answerBatch(w http.ResponseWriter, r *http.Request, status int, batch store.Batch, err error) {
	if err != nil {
		s.fail(w, r, batchNotFound(err))
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	writeJSON(w, status, s.batchOf(batch))
}

func (s *Server) cancelBatch(w http.ResponseWriter, r *http.Request) {
	batch, err := s.o.Generator.CancelBatch(r.Context(), scopeOf(r.Context()), refOf(r))
	s.answerBatch(w, r, http.StatusOK, batch, err)
}

func (s *Server) retryBatch(w http.ResponseWriter, r *http.Request) {
	batch, err := s.o.Generator.RetryBatch(r.Context(), scopeOf(r.Context()), refOf(r))
	s.answerBatch(w, r, http.StatusAccepted, batch, err)
}

func (s *Server) listBatchItems(w http.ResponseWriter, r *http.Request) {
	batch, err := s.findBatch(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	request, err := pageOf(r.URL.Query())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	filter := store.ItemFilter{PageRequest: request, State: store.ItemState(r.URL.Query().Get("status"))}
	page, err := s.o.Store.BatchItems(r.Context(), scopeOf(r.Context()), refOf(r), filter)
	if err != nil {
		s.fail(w, r, batchNotFound(err))
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	writeJSON(w, http.StatusOK, listOf(page, func(i store.BatchItem) batchItem { return itemOf(batch, i) }))
}
