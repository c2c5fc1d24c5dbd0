package api

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/terragonlabs/modelcard-generator/internal/store"
)

const auditRows = 450 // more than two pages of an export

// fillAudit writes rows of a few principals, actions and cards.
func fillAudit(t *testing.T, s store.Store) {
	t.Helper()
	err := s.Update(context.Background(), store.AllNamespaces(), func(ctx context.Context, tx store.Tx) error {
		for i := range auditRows {
			event := store.AuditEvent{
				Principal: "p" + strconv.Itoa(i%3), Action: []string{"card.create", "card.revise"}[i%2], Namespace: []string{"acme", "other"}[i%2],
				Name: "m" + strconv.Itoa(i%5), Revision: int64(i + 1), RequestID: strconv.Itoa(i), Address: "192.0.2.1",
			}
			if err := tx.AppendAudit(ctx, event); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// exported reads the lines of an export.
func exported(t *testing.T, h http.Handler, query, key string) []auditEvent {
	t.Helper()
	r := call{method: "GET", path: "/v1/audit" + query, header: map[string]string{"Accept": "application/x-ndjson"}}.as(key).do(t, h)
	if r.StatusCode != 200 || r.Header.Get("Content-Type") != ndjson {
		t.Fatalf("%s: %d %s", query, r.StatusCode, bodyOf(t, r))
	}
	var events []auditEvent
	for lines := bufio.NewScanner(r.Body); lines.Scan(); {
		var event auditEvent
		if err := json.Unmarshal(lines.Bytes(), &event); err != nil {
			t.Fatalf("%q: %v", lines.Text(), err)
		}
		events = append(events, event)
	}
	return events
}

func TestAuditFiltersAndExport(t *testing.T) {
	t.Parallel()
	g := newGuarded(t, nil)
	fillAudit(t, g.o.Store)
	all := exported(t, g.h, "", adminKey)
	if len(all) != auditRows || all[0].RequestID != strconv.Itoa(auditRows-1) || all[0].Address != "192.0.2.1" {
		t.Fatalf("%d rows, the first is %+v", len(all), all[0])
	}
	middle := url.QueryEscape(all[200].At.Format(time.RFC3339Nano))
	tests := map[string]func(e auditEvent, i int) bool{
		"":                              func(auditEvent, int) bool { return true },
		"?principal=p1":                 func(e auditEvent, _ int) bool { return e.Principal == "p1" },
		"?action=card.revise":           func(e auditEvent, _ int) bool { return e.Action == "card.revise" },
		"?namespace=acme&name=m2":       func(e auditEvent, _ int) bool { return e.Namespace == "acme" && e.Name == "m2" },
		"?since=" + middle:              func(e auditEvent, _ int) bool { return !e.At.Before(all[200].At) },
		"?until=" + middle:              func(e auditEvent, _ int) bool { return e.At.Before(all[200].At) },
		"?principal=p2&until=" + middle: func(e auditEvent, _ int) bool { return e.Principal == "p2" && e.At.Before(all[200].At) },
		"?principal=nobody":             func(auditEvent, int) bool { return false },
	}
	for query, matches := range tests {
		want := 0
		for i, e := range all {
			if matches(e, i) {
				want++
			}
		}
		if got := len(exported(t, g.h, query, adminKey)); got != want {
			t.Errorf("export %s: %d rows, want %d", query, got, want)
		}
		if got := countPages(t, g.h, query); got != want {
			t.Errorf("pages %s: %d rows, want %d", query, got, want)
		}
	}
	for _, e := range exported(t, g.h, "", otherKey) {
		if e.Namespace != "other" {
			t.Fatalf("another tenant sees %+v", e)
		}
	}
	for query, want := range map[string]int{"?since=yesterday": 400, "?cursor=zzz": 400, "?limit=0": 400} {
		for _, accept := range []string{"application/json", ndjson} {
			if r := (call{method: "GET", path: "/v1/audit" + query, header: map[string]string{"Accept": accept}}).as(adminKey).do(t, g.h); r.StatusCode != want {
				t.Errorf("%s as %s: %d, want %d", query, accept, r.StatusCode, want)
			}
		}
	}
}

// countPages reads a listing page by page.
func countPages(t *testing.T, h http.Handler, query string) (rows int) {
	t.Helper()
	if query == "" {
		query = "?"
	}
	for cursor := ""; ; {
		r := call{method: "GET", path: "/v1/audit" + query + "&limit=100&cursor=" + cursor}.as(adminKey).do(t, h)
		var page list[auditEvent]
		if err := json.NewDecoder(r.Body).Decode(&page); err != nil {
			t.Fatal(err)
		}
		rows += len(page.Items)
		if cursor = page.Next; cursor == "" {
			return rows
		}
	}
}

// failingAudit is a store that fails from the second page on.
type failingAudit struct {
	store.Store
	pages int
}

func (f *failingAudit) Audit(ctx context.Context, scope store.Scope, filter store.AuditFilter) (store.Page[store.AuditEvent], error) {
	if f.pages++; f.pages > 1 {
		return store.Page[store.AuditEvent]{}, store.ErrUnavailable
	}
	return f.Store.Audit(ctx, scope, filter)
}

// TestExportThatFailsIsSeenToFail: over a real connection, an export without its end is an error to the client.
func TestExportThatFailsIsSeenToFail(t *testing.T) {
	t.Parallel()
	for name, fails := range map[string]bool{"whole": false, "failing": true} {
		g := newGuarded(t, func(o *Options) {
			fillAudit(t, o.Store)
			if fails {
				o.Store = &failingAudit{Store: o.Store}
			}
		})
		server := httptest.NewServer(g.h)
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/v1/audit", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept", ndjson)
		r.Header.Set("X-API-Key", adminKey)
		answer, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		server.Close()
		if errors.Is(err, io.ErrUnexpectedEOF) != fails {
			t.Errorf("%s: %d lines, %v", name, strings.Count(string(body), "\n"), err)
		}
		if fails && !strings.Contains(g.log.String(), "database unavailable") {
			t.Errorf("the failure is not in the log: %.300s", g.log.String())
		}
	}
}

func TestExportsAreFewAtOnce(t *testing.T) {
	t.Parallel()
	g := newGuarded(t, nil)
	for range maxExports {
		g.exports <- struct{}{}
	}
	r := call{method: "GET", path: "/v1/audit", header: map[string]string{"Accept": ndjson}}.as(adminKey).do(t, g.h)
	if r.StatusCode != 503 || r.Header.Get("Retry-After") == "" {
		t.Errorf("one more: %d", r.StatusCode)
	}
}
