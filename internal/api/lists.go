package api

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/store"
)

type list[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next_cursor,omitempty"`
}

func listOf[From, To any](page store.Page[From], to func(From) To) list[To] {
	items := make([]To, len(page.Items))
	for i, item := range page.Items {
		items[i] = to(item)
	}
	return list[To]{items, page.Next}
}

type cardSummary struct {
	ID        string    `json:"id"`
	Title     string    `json:"title"`
	Revision  int64     `json:"revision"`
	Digest    string    `json:"digest"`
	License   string    `json:"license,omitempty"`
	Task      string    `json:"task,omitempty"`
	Library   string    `json:"library,omitempty"`
	Tags      []string  `json:"tags,omitempty"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

func (s *Server) listCards(w http.ResponseWriter, r *http.Request) {
	filter, err := filterOf(queryOf(r))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	page, err := s.o.Store.List(r.Context(), scopeOf(r.Context()), filter)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, listOf(page, func(h store.Head) cardSummary {
		return cardSummary{h.ID.String(), h.Title, h.Revision, h.Digest, h.License, h.Task, h.Library, h.Tags, h.CreatedAt, h.UpdatedAt}
	}))
}

func filterOf(q url.Values) (store.Filter, error) {
	page, err := pageOf(q)
	if err != nil {
		return store.Filter{}, err
	}
	since, err := timeOf(q, "updated_since")
	return store.Filter{
		PageRequest: page, Query: q.Get("q"), Namespace: q.Get("namespace"), Tags: q["tag"], License: q.Get("license"),
		Task: q.Get("task"), Library: q.Get("library"), UpdatedSince: since, Sort: store.Sort(q.Get("sort")),
	}, err
}

func pageOf(q url.Values) (store.PageRequest, error) {
	page := store.PageRequest{Cursor: q.Get("cursor")}
	text := q.Get("limit")
	if text == "" {
		return page, nil
	}
	limit, err := strconv.Atoi(text)
	if err != nil || limit < 1 || limit > store.MaxLimit {
		return page, problem(http.StatusBadRequest, "invalid_request", "limit is not a number from 1 to "+strconv.Itoa(store.MaxLimit))
	}
	page.Limit = limit
	return page, nil
}

func timeOf(q url.Values, name string) (time.Time, error) {
	text := q.Get(name)
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, problem(http.StatusBadRequest, "invalid_request", name+" is not a time as RFC 3339 has it, such as 2026-01-31T12:00:00Z")
	}
	return t, nil
}

type revisionInfo struct {
	Revision   int64     `json:"revision"`
	Digest     string    `json:"digest"`
	Author     string    `json:"author"`
	Reason     string    `json:"reason,omitempty"`
	SourceType string    `json:"source_type"`
	RequestID  string    `json:"request_id,omitempty"`
	CreatedAt  time.Time `json:"created_at"`
}

func (s *Server) listRevisions(w http.ResponseWriter, r *http.Request) {
	request, err := pageOf(queryOf(r))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	page, err := s.o.Store.Revisions(r.Context(), scopeOf(r.Context()), idOf(r), request)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, listOf(page, func(i store.RevisionInfo) revisionInfo {
		return revisionInfo{i.Number, i.Digest, i.Author, i.Reason, i.SourceType, i.RequestID, i.CreatedAt}
	}))
}

type diff struct {
	ID      string        `json:"id"`
	From    int64         `json:"from"`
	To      int64         `json:"to"`
	Changes []card.Change `json:"changes"`
}

// diffRevisions compares two revisions; without to it is the latest, without
// from the one before.
func (s *Server) diffRevisions(w http.ResponseWriter, r *http.Request) {
	head, err := s.o.Store.Head(r.Context(), scopeOf(r.Context()), idOf(r))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	to, err := numberOf(queryOf(r), "to", head.Revision)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	from, err := numberOf(queryOf(r), "from", max(to-1, 1))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	changes, err := s.o.Generator.Diff(r.Context(), scopeOf(r.Context()), head.ID, from, to)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.writeDiff(w, r, diff{head.ID.String(), from, to, changes})
}

func numberOf(q url.Values, name string, fallback int64) (int64, error) {
	text := q.Get(name)
	if text == "" {
		return fallback, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 {
		return 0, problem(http.StatusBadRequest, "invalid_request", name+" is not the number of a revision")
	}
	return n, nil
}

type formatInfo struct {
	Name      string `json:"name"`
	Title     string `json:"title"`
	MediaType string `json:"media_type,omitempty"`
	Extension string `json:"extension,omitempty"`
}

func (s *Server) listFormats(w http.ResponseWriter, _ *http.Request) {
	formats := s.o.Formats.Formats()
	items := make([]formatInfo, len(formats))
	for i, f := range formats {
		items[i] = formatInfo{f.Name, f.Title, f.MediaType, f.Extension}
	}
	writeJSON(w, http.StatusOK, list[formatInfo]{Items: items})
}
