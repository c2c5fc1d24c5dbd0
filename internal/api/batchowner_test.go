package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/terragonlabs/modelcard-generator/internal/store"
)

// guardedBatches is a server that asks for credentials and whose queue is
// worked.
func guardedBatches(t *testing.T) *guarded {
	t.Helper()
	g := newGuarded(t, func(o *Options) { o.SpoolDir = t.TempDir() })
	work(t, g.Server)
	return g
}

// batchBy posts a batch as the holder of a key.
func batchBy(t *testing.T, h http.Handler, key, body string) batchResource {
	t.Helper()
	answer := call{method: "POST", path: "/v1/batches", body: body}.as(key).do(t, h)
	var batch batchResource
	if text := bodyOf(t, answer); answer.StatusCode != http.StatusAccepted || json.Unmarshal([]byte(text), &batch) != nil {
		t.Fatalf("%d: %s", answer.StatusCode, text)
	}
	return batch
}

// endedBy waits until a batch of the holder of a key has ended.
func endedBy(t *testing.T, h http.Handler, key, id string) batchResource {
	t.Helper()
	as := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Set("X-API-Key", key)
		h.ServeHTTP(w, r)
	})
	return ended(t, as, id)
}

// batchRoutes are the routes about one batch.
var batchRoutes = []string{"GET ", "GET /items", "GET /events", "GET /result", "POST /retry", "DELETE "}

// A batch is its principal's own: to anybody else, an administrator too, it is
// as if it were not there, and nothing of an answer tells the difference.
func TestBatchBelongsToItsPrincipal(t *testing.T) {
	t.Parallel()
	g := guardedBatches(t)
	batch := endedBy(t, g.h, userKey, batchBy(t, g.h, userKey, "model: {id: acme/a}\n---\nmodel: {nane: x}\n").ID)
	if batch.Succeeded != 1 || batch.Failed != 1 {
		t.Fatalf("batch %+v", batch)
	}
	ask := func(key, route, id string) string {
		method, path, _ := strings.Cut(route, " ")
		answer := call{method: method, path: "/v1/batches/" + id + path, header: map[string]string{"X-Request-Id": "one"}}.as(key).do(t, g.h)
		text := bodyOf(t, answer)
		return fmt.Sprint(answer.StatusCode, " ", answer.Header.Get("Content-Type"), " ", text)
	}
	for _, key := range []string{bothKey, adminKey, acmeKey, otherKey} {
		for _, route := range batchRoutes {
			foreign, absent := ask(key, route, batch.ID), ask(key, route, noBatch)
			if foreign != absent || !strings.HasPrefix(foreign, "404 application/problem+json") {
				t.Errorf("%s of %s: %s; of no batch: %s", route, key, foreign, absent)
			}
		}
	}
	after := endedBy(t, g.h, userKey, batch.ID)
	if after.Status != batch.Status || after.Failed != 1 {
		t.Errorf("others changed it to %+v", after)
	}
	for _, route := range batchRoutes[:5] { // the control: its principal may do all of this
		if got := ask(userKey, route, batch.ID); !strings.HasPrefix(got, "20") {
			t.Errorf("%s of its principal: %s", route, got)
		}
	}
}

// A principal bound to a namespace writes nothing outside of it by a batch, and
// the same Idempotency-Key of another principal is another key.
func TestBatchStaysInItsNamespaces(t *testing.T) {
	t.Parallel()
	g := guardedBatches(t)
	batch := endedBy(t, g.h, acmeKey, batchBy(t, g.h, acmeKey, "model: {id: acme/a}\n---\nmodel: {id: other/a}\n---\nmodel: {name: Mine}\n").ID)
	if batch.Succeeded != 2 || batch.Failed != 1 {
		t.Fatalf("batch %+v", batch)
	}
	var page list[batchItem]
	if err := json.Unmarshal([]byte(bodyOf(t, call{method: "GET", path: batch.Items}.as(acmeKey).do(t, g.h))), &page); err != nil {
		t.Fatal(err)
	}
	if p := page.Items[1].Problem; p == nil || p.Status != http.StatusForbidden || page.Items[2].Card != "acme/mine" {
		t.Errorf("items %+v", page.Items)
	}
	if answer := (call{method: "GET", path: "/v1/cards/other/a"}).as(otherKey).do(t, g.h); answer.StatusCode != http.StatusNotFound {
		t.Errorf("the card of the other tenant: %d", answer.StatusCode)
	}
	once := func(key string) string {
		c := call{method: "POST", path: "/v1/batches", body: "model: {name: K}\n", header: map[string]string{"Idempotency-Key": "k"}}
		return c.as(key).do(t, g.h).Header.Get("Location")
	}
	if mine, theirs, again := once(acmeKey), once(otherKey), once(acmeKey); mine == theirs || mine != again || mine == "" {
		t.Errorf("one key of two principals: %s, %s, %s", mine, theirs, again)
	}
}

// What a batch has stored is in the audit trail with its principal, its request
// and the address that it came from, as if it had come by itself.
func TestBatchIsAudited(t *testing.T) {
	t.Parallel()
	g := guardedBatches(t)
	answer := call{method: "POST", path: "/v1/batches", body: "model: {id: acme/a}\n", header: map[string]string{"X-Request-Id": "the-batch"}}.as(userKey).do(t, g.h)
	endedBy(t, g.h, userKey, strings.TrimPrefix(answer.Header.Get("Location"), "/v1/batches/"))
	single := call{method: "POST", path: "/v1/cards", body: "model: {id: acme/b}\n", header: map[string]string{"X-Request-Id": "the-batch"}}.as(userKey).do(t, g.h)
	if single.StatusCode != http.StatusCreated {
		t.Fatal(single.StatusCode)
	}
	page, err := g.o.Store.Audit(t.Context(), store.AllNamespaces(), store.AuditFilter{Action: "card.create"})
	if err != nil || len(page.Items) != 2 {
		t.Fatalf("%+v, %v", page.Items, err)
	}
	one, batch := page.Items[0], page.Items[1]
	if batch.Address == "" || batch.Address != one.Address || batch.RequestID != "the-batch" || batch.Principal != one.Principal {
		t.Errorf("the row of a batch is %+v, of a card %+v", batch, one)
	}
}

// Where the service is strict, an item that fails the checks fails alone and
// says which.
func TestBatchIsHeldToTheChecks(t *testing.T) {
	t.Parallel()
	s := strictServer(t)
	h := s.Handler()
	key := "AKIA" + "Z3MPQ7R2T6W4N5YB" // the shape of one, made up
	batch := ended(t, h, postedBatch(t, h, "application/yaml", "model: {id: acme/a, description: 'with "+key+"'}\n---\nmodel: {id: acme/b, license: mit}\n").ID)
	items := batchItems(t, h, batch.Items)
	if len(items) != 2 || items[0].Problem == nil || items[0].Problem.Status != http.StatusUnprocessableEntity || len(items[0].Problem.Errors) == 0 || items[1].Status != "done" {
		t.Fatalf("items %+v", items)
	}
	if p := items[0].Problem; !strings.HasSuffix(p.Type, "#check_failed") || strings.Contains(p.Detail, key) {
		t.Errorf("problem %+v", p)
	}
}
