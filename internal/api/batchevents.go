package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/terragonlabs/modelcard-generator/internal/store"
)

const (
	eventPoll      = 200 * time.Millisecond // how often the database is asked for events
	eventHeartbeat = 10 * time.Second       // how often a silent stream shows that it is alive
	eventLimit     = 500                    // events that are read at once
	eventWrite     = 30 * time.Second       // how long a client may take to read
	maxStreams     = 200                    // streams of one process
)

// endMark is what the identifier of a stream's last event ends in.
const endMark = ".end"

// batchNotFound says that it is a batch, not a card, that is not there, and
// that a batch which was cancelled stays so.
func batchNotFound(err error) error {
	switch {
	case errors.Is(err, store.ErrNotFound):
		return problem(http.StatusNotFound, "not_found", "there is no such batch")
	case errors.Is(err, store.ErrConflict):
		return problem(http.StatusConflict, "conflict", "the batch was cancelled")
	}
	return err
}

// streamBatch answers with server-sent events (HTML standard, section 9.2): an
// event for each item in the order in which they were settled, progress after
// them, and an end. The identifier of an event is its number, so Last-Event-ID
// resumes without a gap. A stream ends with the request's time, and when the
// process drains; clients then come again.
func (s *Server) streamBatch(w http.ResponseWriter, r *http.Request) {
	after, ended, err := lastEvent(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	batch, err := s.findBatch(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if ended && batch.FinishedAt != nil && batch.Events <= after {
		w.WriteHeader(http.StatusNoContent) // which tells a browser not to come again
		return
	}
	if s.streams.Add(1) > maxStreams {
		s.streams.Add(-1)
		s.fail(w, r, unavailable("too many event streams; ask for the batch itself, or try again"))
		return
	}
	defer s.streams.Add(-1)
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx would gather events
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodHead {
		return
	}
	stream := &eventStream{s: s, w: w, control: http.NewResponseController(w), ref: refOf(r), scope: scopeOf(r.Context()), after: after}
	stream.run(r.Context())
}

// lastEvent is the event that the client has seen last, and whether it was the
// end. A browser sends a header; the query is for clients that can't.
func lastEvent(r *http.Request) (after int64, ended bool, err error) {
	text := r.Header.Get("Last-Event-ID")
	if text == "" {
		text = r.URL.Query().Get("after")
	}
	if text == "" {
		return 0, false, nil
	}
	text, ended = strings.CutSuffix(text, endMark)
	after, err = strconv.ParseInt(text, 10, 64)
	if err != nil || after < 0 {
		return 0, false, problem(http.StatusBadRequest, "invalid_request", "Last-Event-ID is not one of this stream")
	}
	return after, ended, nil
}

// eventStream is one client's stream.
type eventStream struct {
	s       *Server
	w       io.Writer
	control *http.ResponseController
	ref     store.BatchRef
	scope   store.Scope
	after   int64
	wrote   time.Time
}

// run writes events until there are no more, or the client or the time is gone.
func (e *eventStream) run(ctx context.Context) {
	ticker := time.NewTicker(eventPoll)
	defer ticker.Stop()
	if e.write("retry: 1000\n\n") != nil {
		return
	}
	for {
		more, err := e.step(ctx)
		if err != nil || !more || e.s.o.Health.draining.Load() {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// step writes what is new and reports whether more may come.
func (e *eventStream) step(ctx context.Context) (more bool, err error) {
	for first := true; ; first = false {
		batch, items, err := e.s.o.Store.BatchEvents(ctx, e.scope, e.ref, e.after, eventLimit)
		if err != nil {
			return false, err
		}
		if len(items) > 0 || (first && e.wrote.IsZero()) {
			if err := e.items(batch, items); err != nil {
				return false, err
			}
		}
		if len(items) == eventLimit {
			continue
		}
		// The batch was read before the items, so all of its events are there. The
		// latest may be gone: an item that is tried again has none until it ends.
		if batch.FinishedAt != nil {
			e.after = max(e.after, batch.Events)
			return false, e.event(fmt.Sprintf("id: %d%s\nevent: end", e.after, endMark), e.s.batchOf(batch))
		}
		return true, e.heartbeat()
	}
}

// items writes settled items, and how far the batch is.
func (e *eventStream) items(batch store.Batch, items []store.BatchItem) error {
	for _, item := range items {
		if err := e.event(fmt.Sprintf("id: %d\nevent: item", item.Event), itemOf(batch, item)); err != nil {
			return err
		}
		e.after = item.Event
	}
	if err := e.event("event: progress", e.s.batchOf(batch)); err != nil {
		return err
	}
	e.wrote = e.s.o.Now()
	return e.control.Flush()
}

func (e *eventStream) heartbeat() error {
	if e.s.o.Now().Sub(e.wrote) < eventHeartbeat {
		return nil
	}
	e.wrote = e.s.o.Now()
	return e.write(": alive\n\n")
}

func (e *eventStream) event(head string, data any) error {
	body, err := json.Marshal(data)
	if err != nil {
		return err
	}
	e.allow()
	_, err = fmt.Fprintf(e.w, "%s\ndata: %s\n\n", head, body)
	return err
}

// allow gives the client time to read what is written next.
func (e *eventStream) allow() {
	_ = e.control.SetWriteDeadline(time.Now().Add(eventWrite)) // a recorder in a test has none
}

func (e *eventStream) write(text string) error {
	e.allow()
	if _, err := io.WriteString(e.w, text); err != nil {
		return err
	}
	return e.control.Flush()
}
