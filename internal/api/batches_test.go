package api

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"

	"github.com/terragonlabs/modelcard-generator/internal/generator"
	"github.com/terragonlabs/modelcard-generator/internal/jobs"
	"github.com/terragonlabs/modelcard-generator/internal/store"
	"github.com/terragonlabs/modelcard-generator/internal/store/sqlite"
)

// batchServer is a server whose queue is worked.
func batchServer(t *testing.T) *Server {
	t.Helper()
	s := newServer(t, func(o *Options) { o.SpoolDir = t.TempDir() })
	work(t, s)
	return s
}

// strictServer is a batchServer that holds every card to the checks.
func strictServer(t *testing.T) *Server {
	t.Helper()
	s := newServer(t, func(o *Options) {
		o.SpoolDir = t.TempDir()
		o.Generator = generator.New(generator.Options{Store: o.Store, Strict: true})
	})
	work(t, s)
	return s
}

// work works the queue of a server until the test ends.
func work(t *testing.T, s *Server) {
	t.Helper()
	db, ok := s.o.Store.(*sqlite.Store)
	if !ok {
		t.Fatal("the store is not SQLite")
	}
	workers, err := jobs.New(db.RiverDriver(), jobs.Options{
		Store: db, Generator: s.o.Generator, Now: time.Now, Logger: zerolog.Nop(), Observe: func(string, jobs.Outcome, time.Duration) {},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := workers.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 20*time.Second)
		defer cancel()
		if err := workers.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
}

// packed is a tar.gz of files, by name and text.
func packed(t *testing.T, files ...string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for i := 0; i < len(files); i += 2 {
		h := &tar.Header{Typeflag: tar.TypeReg, Name: files[i], Size: int64(len(files[i+1])), Mode: 0o644}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, files[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// postedBatch posts a batch and returns it.
func postedBatch(t *testing.T, h http.Handler, mediaType, body string) batchResource {
	t.Helper()
	answer := call{method: "POST", path: "/v1/batches", body: body, header: map[string]string{"Content-Type": mediaType}}.do(t, h)
	text := bodyOf(t, answer)
	if answer.StatusCode != http.StatusAccepted {
		t.Fatalf("%d: %s", answer.StatusCode, text)
	}
	var batch batchResource
	if err := json.Unmarshal([]byte(text), &batch); err != nil {
		t.Fatal(err)
	}
	if answer.Header.Get("Location") != "/v1/batches/"+batch.ID {
		t.Errorf("Location %q", answer.Header.Get("Location"))
	}
	return batch
}

// ended waits until a batch has ended.
func ended(t *testing.T, h http.Handler, id string) batchResource {
	t.Helper()
	for range 1000 {
		var batch batchResource
		if err := json.Unmarshal([]byte(bodyOf(t, call{method: "GET", path: "/v1/batches/" + id}.do(t, h))), &batch); err != nil {
			t.Fatal(err)
		}
		if batch.FinishedAt != nil {
			return batch
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatal("the batch does not end")
	return batchResource{}
}

func batchItems(t *testing.T, h http.Handler, query string) []batchItem {
	t.Helper()
	var page list[batchItem]
	if err := json.Unmarshal([]byte(bodyOf(t, call{method: "GET", path: query}.do(t, h))), &page); err != nil {
		t.Fatal(err)
	}
	return page.Items
}

func TestBatchForms(t *testing.T) {
	t.Parallel()
	s := batchServer(t)
	h := s.Handler()
	readme := "---\nlicense: mit\n---\n# Model Card for Third\n"
	for name, form := range map[string]struct {
		mediaType, body string
		labels          []string
	}{
		"JSON array": {"application/json", ` [ {"model":{"id":"acme/a"}}, {"model":{"nane":"x"}} ,{"model":{"id":"acme/c"}}] `, []string{"item 1", "item 2", "item 3"}},
		"JSON lines": {"application/x-ndjson", "{\"model\":{\"id\":\"acme/a\"}}\n\n{\"model\":{\"nane\":\"x\"}}\r\n{\"model\":{\"id\":\"acme/c\"}}", []string{"line 1", "line 3", "line 4"}},
		"YAML":       {"application/yaml", "# first\nmodel: {id: acme/a}\n---\nmodel: {nane: x}\n...\n%YAML 1.2\n---\nmodel: {id: acme/c}\n---\n# nothing\n", []string{"line 1", "line 3", "line 6"}},
		"archive":    {"application/gzip", packed(t, "./a.yaml", "model: {id: acme/a}\n", "b/b.json", `{"model":{"nane":"x"}}`, "acme/c/README.md", readme, ".hidden.yaml", "x"), []string{"a.yaml", "b/b.json", "acme/c/README.md"}},
	} {
		t.Run(name, func(t *testing.T) {
			batch := ended(t, h, postedBatch(t, h, form.mediaType, form.body).ID)
			if batch.Status != "completed_with_errors" || batch.Total != 3 || batch.Succeeded != 2 || batch.Failed != 1 || batch.Pending != 0 {
				t.Fatalf("batch %+v", batch)
			}
			var labels, cards []string
			for _, item := range batchItems(t, h, batch.Items) {
				labels, cards = append(labels, item.Label), append(cards, item.Card)
				if (item.Status == "failed") != (item.Problem != nil && item.Problem.Status == http.StatusUnprocessableEntity && len(item.Problem.Errors) > 0) {
					t.Errorf("item %+v", item)
				}
			}
			if diff := cmp.Diff([][]string{form.labels, {"acme/a", "", "acme/c"}}, [][]string{labels, cards}); diff != "" {
				t.Error(diff)
			}
			if failed := batchItems(t, h, batch.Items+"?status=failed"); len(failed) != 1 || failed[0].Number != 2 {
				t.Errorf("failed items %+v", failed)
			}
		})
	}
}

func TestBatchesThatAreRefused(t *testing.T) {
	t.Parallel()
	h := batchServer(t).Handler()
	var link bytes.Buffer
	z := gzip.NewWriter(&link)
	w := tar.NewWriter(z)
	if err := errors.Join(w.WriteHeader(&tar.Header{Typeflag: tar.TypeSymlink, Name: "a.yaml", Linkname: "/etc/passwd"}), w.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	large := strings.Repeat(" ", maxDocument)
	for name, tt := range map[string]struct {
		mediaType, body string
		status          int
	}{
		"no such form":       {"text/csv", "a,b", http.StatusUnsupportedMediaType},
		"empty array":        {"application/json", "[]", http.StatusBadRequest},
		"empty lines":        {"application/x-ndjson", "\n\n", http.StatusBadRequest},
		"empty stream":       {"application/yaml", "# nothing\n---\n---\n...\n", http.StatusBadRequest},
		"empty archive":      {"application/gzip", packed(t), http.StatusBadRequest},
		"an object":          {"application/json", `{"model":{}}`, http.StatusBadRequest},
		"an open array":      {"application/json", `[{"model":{"id":"acme/open"}}`, http.StatusBadRequest},
		"more than an array": {"application/json", `[{"model":{"id":"acme/open"}}] 1`, http.StatusBadRequest},
		"broken in the end":  {"application/json", `[{"model":{"id":"acme/open"}}, {"model"`, http.StatusBadRequest},
		"no gzip":            {"application/gzip", "hello", http.StatusBadRequest},
		"a path out":         {"application/gzip", packed(t, "../../a.yaml", "model: {id: acme/open}"), http.StatusBadRequest},
		"an absolute path":   {"application/gzip", packed(t, "/a.yaml", "model: {id: acme/open}"), http.StatusBadRequest},
		"a link":             {"application/gzip", link.String(), http.StatusBadRequest},
		"a long JSON item":   {"application/json", `["` + large + large + `"]`, http.StatusRequestEntityTooLarge},
		"a long line":        {"application/x-ndjson", large + large, http.StatusRequestEntityTooLarge},
		"a long document":    {"application/yaml", strings.Repeat("# "+strings.Repeat("x", 1000)+"\n", 9000), http.StatusRequestEntityTooLarge},
		"a long file":        {"application/gzip", packed(t, "a.yaml", large+large), http.StatusRequestEntityTooLarge},
		"too many":           {"application/x-ndjson", strings.Repeat("{}\n", store.MaxBatchItems+1), http.StatusRequestEntityTooLarge},
		"a long body":        {"application/x-ndjson", strings.Repeat(strings.Repeat("x", 1<<20)+"\n", 65), http.StatusRequestEntityTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			answer := call{method: "POST", path: "/v1/batches", body: tt.body, header: map[string]string{"Content-Type": tt.mediaType}}.do(t, h)
			if answer.StatusCode != tt.status {
				t.Errorf("%d: %s", answer.StatusCode, bodyOf(t, answer))
			}
		})
	}
	if answer := (call{method: "GET", path: "/v1/cards/acme/open"}).do(t, h); answer.StatusCode != http.StatusNotFound {
		t.Errorf("a card of a refused batch was stored: %d", answer.StatusCode)
	}
}

func TestBatchIsReplayed(t *testing.T) {
	t.Parallel()
	h := batchServer(t).Handler()
	send := func(body string) *http.Response {
		return call{method: "POST", path: "/v1/batches", body: body, header: map[string]string{"Content-Type": "application/x-ndjson", "Idempotency-Key": "k"}}.do(t, h)
	}
	first, again := send(`{"model":{"id":"acme/a"}}`), send(`{"model":{"id":"acme/a"}}`)
	if first.StatusCode != http.StatusAccepted || first.Header.Get("Location") != again.Header.Get("Location") {
		t.Errorf("%d %s, again %d %s", first.StatusCode, first.Header.Get("Location"), again.StatusCode, again.Header.Get("Location"))
	}
	if other := send(`{"model":{"id":"acme/b"}}`); other.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("another body: %d", other.StatusCode)
	}
}

func TestCancelAndRetry(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(o *Options) { o.SpoolDir = t.TempDir() }) // nobody works its queue
	h := s.Handler()
	batch := postedBatch(t, h, "application/x-ndjson", `{"model":{"id":"acme/a"}}`)
	if batch.Status != "queued" || batch.Pending != 1 {
		t.Errorf("batch %+v", batch)
	}
	path := "/v1/batches/" + batch.ID
	if answer := (call{method: "GET", path: path + "/result"}).do(t, h); answer.StatusCode != http.StatusConflict {
		t.Errorf("the result of a batch that runs: %d", answer.StatusCode)
	}
	text := bodyOf(t, call{method: "DELETE", path: path}.do(t, h))
	if !strings.Contains(text, `"status":"cancelled"`) {
		t.Errorf("cancelled: %s", text)
	}
	if items := batchItems(t, h, path+"/items"); len(items) != 1 || items[0].Status != "cancelled" {
		t.Errorf("items %+v", items)
	}
	if answer := (call{method: "POST", path: path + "/retry"}).do(t, h); answer.StatusCode != http.StatusConflict {
		t.Errorf("retry: %d", answer.StatusCode)
	}
	for _, path := range []string{"/v1/batches/0190b3c2-0000-7000-8000-000000000009", "/v1/batches/nonsense"} {
		for _, suffix := range []string{"", "/items", "/events", "/result"} {
			if answer := (call{method: "GET", path: path + suffix}).do(t, h); answer.StatusCode != http.StatusNotFound {
				t.Errorf("%s: %d", path+suffix, answer.StatusCode)
			}
		}
	}
}

func TestBatchResult(t *testing.T) {
	t.Parallel()
	h := batchServer(t).Handler()
	batch := ended(t, h, postedBatch(t, h, "application/x-ndjson", "{\"model\":{\"id\":\"acme/a\"}}\n{\"model\":{\"id\":\"acme/a\",\"license\":\"mit\"}}\n{\"model\":{\"id\":\"acme/a\",\"license\":\"mit\"}}\n{}\n").ID)
	answer := call{method: "GET", path: batch.Result + "?format=yaml"}.do(t, h)
	z, err := gzip.NewReader(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	files := tar.NewReader(z)
	found := map[string]string{}
	for {
		header, err := files.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(files)
		if err != nil {
			t.Fatal(err)
		}
		if _, twice := found[header.Name]; twice {
			t.Errorf("%s is there twice", header.Name)
		}
		found[header.Name] = string(text)
	}
	if len(found) != 3 || !strings.Contains(found["acme/a/2.yaml"], "license: mit") || strings.Contains(found["acme/a/1.yaml"], "license") {
		t.Errorf("files %v", found)
	}
	if lines := strings.Split(strings.TrimSpace(found[outcomesFile]), "\n"); len(lines) != 4 || !strings.Contains(lines[2], `"outcome":"unchanged"`) ||
		!strings.Contains(lines[2], `"file":"acme/a/2.yaml"`) || !strings.Contains(lines[3], `"problem"`) {
		t.Errorf("outcomes %v", lines)
	}
	if answer := (call{method: "GET", path: batch.Result + "?format=docx"}).do(t, h); answer.StatusCode != http.StatusBadRequest {
		t.Errorf("an unknown format: %d", answer.StatusCode)
	}
}

// A client that loses its connection again and again, at any event, sees each
// event once.
func TestEventsResumeWithoutAGap(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(batchServer(t).Handler())
	defer server.Close()
	const count = 3*eventLimit + 1 // some connections see more than is read at once
	var body strings.Builder
	for n := range count {
		fmt.Fprintf(&body, "{\"model\":{\"id\":\"acme/m%d\"}}\n", n)
	}
	answer, err := http.Post(server.URL+"/v1/batches", "application/x-ndjson", strings.NewReader(body.String()))
	if err != nil {
		t.Fatal(err)
	}
	accepted := time.Now()
	defer answer.Body.Close()
	last, items, connections := "", []int64{}, 0
	seen := map[int64]bool{}
	var first time.Duration
	for !strings.HasSuffix(last, endMark) {
		connections++
		limit := 1 + connections%7
		if connections > 25 {
			limit = count * 2
		}
		for _, event := range readEvents(t, server.URL+answer.Header.Get("Location")+"/events", last, limit) {
			if event.id != "" {
				last = event.id
			}
			if event.name != "item" {
				continue
			}
			if first == 0 {
				first = time.Since(accepted)
			}
			var item batchItem
			if err := json.Unmarshal([]byte(event.data), &item); err != nil {
				t.Fatal(err)
			}
			id, err := strconv.ParseInt(event.id, 10, 64)
			if err != nil || id != int64(len(items)+1) || seen[item.Number] {
				t.Fatalf("event %s of item %d comes after %d events", event.id, item.Number, len(items))
			}
			items, seen[item.Number] = append(items, id), true
		}
	}
	if len(items) != count || connections < 20 {
		t.Errorf("%d events by %d connections", len(items), connections)
	}
	// How soon the first one has to come is measured by test/batches, without
	// the race detector.
	t.Logf("first result after %v, %d connections", first, connections)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+answer.Header.Get("Location")+"/events", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Last-Event-ID", last)
	done, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer done.Body.Close()
	if done.StatusCode != http.StatusNoContent {
		t.Errorf("after the end: %d", done.StatusCode)
	}
}

// A stream ends with its batch, also where the last event has been taken back: the
// batch was cancelled while an item was being tried again.
func TestEventsOfARetryThatWasCancelled(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(o *Options) { o.SpoolDir = t.TempDir() }) // worked by hand
	server := httptest.NewServer(s.Handler())
	defer server.Close()
	batch := postedBatch(t, s.Handler(), "application/yaml", "model: {id: acme/a}\n---\nmodel: {nane: x}\n")
	job := generator.ChunkJob{Version: generator.ChunkVersion, Batch: batch.ID}
	if done, err := s.o.Generator.WorkChunk(t.Context(), job, false, func() bool { return true }); err != nil || !done {
		t.Fatal(done, err)
	}
	for _, c := range []call{{method: "POST", path: "/v1/batches/" + batch.ID + "/retry"}, {method: "DELETE", path: "/v1/batches/" + batch.ID}} {
		if answer := c.do(t, s.Handler()); answer.StatusCode >= 300 {
			t.Fatalf("%s: %d", c.method, answer.StatusCode)
		}
	}
	events := readEvents(t, server.URL+batch.Events, "", 10)
	if last := events[len(events)-1]; last.name != "end" || last.id != "2"+endMark {
		t.Errorf("the last event is %+v", last)
	}
}

type sentEvent struct{ id, name, data string }

// readEvents reads some events and drops the connection.
func readEvents(t *testing.T, url, last string, limit int) (events []sentEvent) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if last != "" {
		request.Header.Set("Last-Event-ID", last)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if mediaType := answer.Header.Get("Content-Type"); mediaType != "text/event-stream" {
		t.Fatalf("%d as %s", answer.StatusCode, mediaType)
	}
	var event sentEvent
	for lines := bufio.NewScanner(answer.Body); len(events) < limit && lines.Scan(); {
		field, value, _ := strings.Cut(lines.Text(), ": ")
		switch field {
		case "":
			if event.name != "" {
				events = append(events, event)
			}
			event = sentEvent{}
		case "id":
			event.id = value
		case "event":
			event.name = value
		case "data":
			event.data = value
		}
	}
	return events
}

// FuzzBatchForms: whatever comes, what is read is bounded and nothing panics.
func FuzzBatchForms(f *testing.F) {
	for _, seed := range []string{"[]", "[1,{}]", "{}\n{}", "---\na: 1\n---\n", "...\n%YAML 1.2\n---\nx", "\x1f\x8b", "[[[[", "\ufeff---\nx\n--- y\n---z"} {
		for form := range 4 {
			f.Add(form, []byte(seed))
		}
	}
	forms := []func(io.Reader) documents{jsonArray, jsonLines, yamlStream, archive}
	f.Fuzz(func(t *testing.T, form int, body []byte) {
		total := 0
		for document, err := range forms[uint(form)%4](bytes.NewReader(body)) {
			if err != nil {
				if p := problemOf(err); p.Status >= 500 {
					t.Errorf("problem %+v of %v", p, err)
				}
				break
			}
			total += len(document.Source)
		}
		if uint(form)%4 < 3 && total > len(body) {
			t.Errorf("%d bytes of documents in a body of %d", total, len(body))
		}
	})
}
