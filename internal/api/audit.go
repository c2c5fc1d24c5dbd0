package api

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/terragonlabs/modelcard-generator/internal/store"
)

const (
	ndjson         = "application/x-ndjson"
	maxExports     = 2 // at once
	exportPageTime = 30 * time.Second
)

type auditEvent struct {
	At        time.Time `json:"at"`
	Principal string    `json:"principal"`
	Action    string    `json:"action"`
	Namespace string    `json:"namespace,omitempty"`
	Name      string    `json:"name,omitempty"`
	Object    string    `json:"object,omitempty"`
	Revision  int64     `json:"revision,omitempty"`
	RequestID string    `json:"request_id,omitempty"`
	Reason    string    `json:"reason,omitempty"`
	Address   string    `json:"address,omitempty"`
}

func (s *Server) listAudit(w http.ResponseWriter, r *http.Request) {
	filter, err := auditFilterOf(queryOf(r))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Vary", "Accept, Authorization")
	if q, exact := qualityOf(strings.Join(r.Header.Values("Accept"), ","), ndjson); exact && q > 0 {
		s.exportAudit(w, r, filter)
		return
	}
	page, err := s.o.Store.Audit(r.Context(), scopeOf(r.Context()), filter)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	writeJSON(w, http.StatusOK, listOf(page, auditEventOf))
}

// exportAudit writes every row that matches, one JSON object a line, page by
// page. An export that fails midway is cut off, so that a client sees it.
func (s *Server) exportAudit(w http.ResponseWriter, r *http.Request, filter store.AuditFilter) {
	select {
	case s.exports <- struct{}{}:
		defer func() { <-s.exports }()
	default:
		s.fail(w, r, unavailable("other exports are under way"))
		return
	}
	filter.Limit = store.MaxLimit
	page, err := s.o.Store.Audit(r.Context(), scopeOf(r.Context()), filter)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", ndjson)
	w.Header().Set("Cache-Control", "no-store")
	encoder, control := json.NewEncoder(w), http.NewResponseController(w)
	for {
		_ = control.SetWriteDeadline(s.o.Now().Add(exportPageTime)) // a recorder has none
		for _, event := range page.Items {
			if encoder.Encode(auditEventOf(event)) != nil {
				return // the client went away
			}
		}
		if filter.Cursor = page.Next; page.Next == "" {
			return
		}
		_ = control.Flush()
		if page, err = s.o.Store.Audit(r.Context(), scopeOf(r.Context()), filter); err != nil {
			note(r.Context(), err, http.StatusInternalServerError)
			panic(http.ErrAbortHandler)
		}
	}
}

func auditEventOf(e store.AuditEvent) auditEvent {
	return auditEvent{e.At, e.Principal, e.Action, e.Namespace, e.Name, e.Object, e.Revision, e.RequestID, e.Reason, e.Address}
}

func auditFilterOf(q url.Values) (store.AuditFilter, error) {
	page, err := pageOf(q)
	if err != nil {
		return store.AuditFilter{}, err
	}
	since, err := timeOf(q, "since")
	if err != nil {
		return store.AuditFilter{}, err
	}
	until, err := timeOf(q, "until")
	return store.AuditFilter{
		PageRequest: page, Namespace: q.Get("namespace"), Name: q.Get("name"), Principal: q.Get("principal"),
		Action: q.Get("action"), Since: since, Until: until,
	}, err
}
