package mlflow

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/integration"
	"github.com/terragonlabs/modelcard-generator/internal/integration/remote"
	"github.com/terragonlabs/modelcard-generator/internal/outbound"
)

const id = "0123456789abcdef0123456789abcdef"

// dial is a client of a server that answers as a test says; the real server is
// in test/peers/mlflow.
func dial(t *testing.T, routes map[string]http.HandlerFunc) *Client {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if handler, ok := routes[strings.TrimPrefix(r.URL.Path, api)]; ok {
			handler(w, r)
			return
		}
		http.NotFound(w, r)
	}))
	t.Cleanup(server.Close)
	host, err := outbound.HostOf(server.URL, true)
	if err != nil {
		t.Fatal(err)
	}
	client, err := outbound.New(outbound.Options{Hosts: []outbound.Host{host}, Timeout: 2 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	asked, err := remote.New(remote.Options{Name: "MLflow", BaseURL: server.URL, HTTP: client, Breaker: outbound.NewBreaker(outbound.BreakerOptions{}), Backoff: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	return New(Options{Remote: asked, Experiment: "cards"})
}

func says(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) }
}

// TestNumbers reads numbers in every form that servers write them in.
func TestNumbers(t *testing.T) {
	t.Parallel()
	c := dial(t, map[string]http.HandlerFunc{
		"runs/get": says(`{"run": {"info": {"run_id": "` + id + `", "start_time": "1000", "end_time": 3500}, "data": {
			"params": [{"key": "lr", "value": "1e-3"}, {"key": "n", "value": "007"}, {"key": "opt", "value": "adam"}],
			"metrics": [{"key": "a", "value": 0.5, "step": "3"}, {"key": "b", "value": "0.25", "step": 0}, {"key": "c", "value": NaN}, {"key": "d", "value": "Infinity"},
				{"key": "e", "value": 1.7976931348623157E+308}, {"key": "f"}, {"key": "g", "value": [1]}]}}}`),
		"metrics/get-history": says(`{"metrics": [{"key": "a", "value": "0.75", "step": "0"}, {"key": "a", "value": 0.5, "step": 3}]}`),
	})
	r, err := c.Fetch(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range r.Values.Evaluation.Results[0].Metrics {
		got = append(got, strings.TrimSuffix(m.Type+"="+card.Text(m.Value)+" "+card.Text(m.Args), " null"))
	}
	for _, e := range r.Values.Training.Hyperparameters.Entries {
		got = append(got, fmt.Sprintf("%s=%v", e.Key, e.Value))
	}
	got = append(got, r.Values.Training.SpeedsSizesTimes, r.Notes[0].Pointer)
	want := []string{`a=0.5 {"step":3,"values":2,"min":0.5,"max":0.75}`, "b=0.25", "c=NaN", "d=Infinity", "e=Infinity", "f=0.0", "lr=0.001", "n=7", "opt=adam", "2.5 s", "/metrics/g"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestPages reads a history of several pages, and leaves one that has no end.
func TestPages(t *testing.T) {
	t.Parallel()
	run := says(`{"run": {"info": {"run_id": "` + id + `"}, "data": {"metrics": [{"key": "a", "value": 3, "step": 3}]}}}`)
	pages := map[string]string{
		"": `{"metrics": [{"value": 1}], "next_page_token": "p2"}`, "p2": `{"metrics": [{"value": 9}], "next_page_token": "p3"}`, "p3": `{"metrics": [{"value": 3}]}`,
	}
	c := dial(t, map[string]http.HandlerFunc{
		"runs/get": run, "metrics/get-history": func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, pages[r.URL.Query().Get("page_token")])
		},
	})
	r, err := c.Fetch(t.Context(), "runs:/"+id)
	if err != nil {
		t.Fatal(err)
	}
	if got := card.Text(r.Values.Evaluation.Results[0].Metrics[0].Args); got != `{"step":3,"values":3,"min":1,"max":9}` {
		t.Error(got)
	}
	c = dial(t, map[string]http.HandlerFunc{"runs/get": run, "metrics/get-history": says(`{"metrics": [{"value": 1}], "next_page_token": "again"}`)})
	if _, err := c.Fetch(t.Context(), id); !errors.Is(err, remote.ErrAnswer) || !strings.Contains(err.Error(), "no end") {
		t.Error(err)
	}
	asked := 0
	c = dial(t, map[string]http.HandlerFunc{"runs/get": run, "metrics/get-history": func(w http.ResponseWriter, _ *http.Request) {
		asked++
		_, _ = fmt.Fprintf(w, `{"metrics": [{"value": 1}], "next_page_token": "%d"}`, asked)
	}})
	if _, err := c.Fetch(t.Context(), id); err != nil || asked != historyPages {
		t.Errorf("%d pages, %v", asked, err)
	}
}

// TestLies asks servers that answer about something else.
func TestLies(t *testing.T) {
	t.Parallel()
	c := dial(t, map[string]http.HandlerFunc{
		"runs/get": says(`{"run": {"info": {"run_id": "another"}}}`), "model-versions/get": says(`{"model_version": {"name": "other", "version": 3}}`),
		"model-versions/search": says(`{}`), "experiments/get-by-name": says(`{"experiment": {"experiment_id": "1"}}`), "runs/search": says(`{"runs": [{"info": {"run_id": "../x"}}]}`),
	})
	for ref, want := range map[string]error{
		id: remote.ErrAnswer, "models:/m/3": remote.ErrAnswer, "models:/m": remote.ErrNotFound, "latest": remote.ErrNotFound, "models:/m@a": remote.ErrNotFound,
	} {
		if _, err := c.Fetch(t.Context(), ref); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", ref, err, want)
		}
	}
}

func TestBadReferences(t *testing.T) {
	t.Parallel()
	c := dial(t, nil)
	for _, ref := range []string{"", "models:/", "models:/m/x", "models:/a'b/1", "models:/@a", "runs:/../x", "run:", "run:a' OR 1=1", "http://x", "abc"} {
		_, err := c.Fetch(t.Context(), ref)
		var refused *card.Error
		if !errors.As(err, &refused) || !strings.Contains(err.Error(), "models:/NAME") {
			t.Errorf("%q: %v", ref, err)
		}
	}
}

// TestPublishBreaksOff checks the order: the digest is written last, so that
// what broke off is done again.
func TestPublishBreaksOff(t *testing.T) {
	t.Parallel()
	var writes []string
	version := modelVersion{Name: "m", Version: "1", RunID: id}
	fails := true
	note := func(w http.ResponseWriter, r *http.Request) {
		writes = append(writes, r.URL.Path)
		if fails && strings.HasSuffix(r.URL.Path, "update") {
			http.Error(w, "{}", http.StatusBadRequest)
			return
		}
		if strings.HasSuffix(r.URL.Path, "set-tag") {
			var tag pair
			_ = json.NewDecoder(r.Body).Decode(&tag)
			version.Tags = append(version.Tags, tag)
		}
		_, _ = io.WriteString(w, "{}")
	}
	c := dial(t, map[string]http.HandlerFunc{
		"model-versions/get": func(w http.ResponseWriter, _ *http.Request) {
			_ = json.NewEncoder(w).Encode(map[string]any{"model_version": version})
		},
		"model-versions/update": note, "model-versions/set-tag": note, "/ajax-api/2.0/mlflow/upload-artifact": note,
	})
	p := integration.Publication{Target: "models:/m/1", Readme: []byte("---\na: b\n---\n\n# M\n"), Digest: "sha256:1"}
	if _, err := c.Publish(t.Context(), p); err == nil || len(version.Tags) > 0 {
		t.Fatalf("%v, tags %v", err, version.Tags)
	}
	fails, writes = false, nil
	if out, err := c.Publish(t.Context(), p); err != nil || out.Unchanged || version.Tags.get(DigestTag) != "sha256:1" {
		t.Fatal(out, err)
	}
	if diff := cmp.Diff([]string{"/ajax-api/2.0/mlflow/upload-artifact", api + "model-versions/update", api + "model-versions/set-tag"}, writes); diff != "" {
		t.Error(diff)
	}
	if out, err := c.Publish(t.Context(), p); err != nil || !out.Unchanged || len(writes) != 3 {
		t.Error(out, err, writes)
	}
}

// FuzzRun feeds answers of a server.
func FuzzRun(f *testing.F) {
	f.Add([]byte(`{"info": {"run_id": "x", "start_time": "1"}, "data": {"metrics": [{"key": "a", "value": 1, "step": 1e3}], "tags": [{"key": "mlflow.log-model.history", "value": "[{}]"}]}}`))
	f.Add([]byte(`{"inputs": {"dataset_inputs": [{"dataset": {"source": "{}", "profile": "{\"a\": 1}"}}]}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var found run
		if json.Unmarshal(text, &found) != nil {
			return
		}
		r := &integration.Reading{Values: &card.Card{}}
		for i := range found.Data.Metrics {
			_, _, _ = cardMetric(&found.Data.Metrics[i])
		}
		readParams(found.Data.Params, r)
		readTags(found.Data.Tags, r)
		readInputs(&found, r)
		_ = found.modelFile()
		_ = overview(&found)
		_ = t
	})
}

// FuzzModelFile feeds MLmodel files.
func FuzzModelFile(f *testing.F) {
	f.Add([]byte("flavors: {sklearn: {sklearn_version: 1.9.1}}\nsignature: {inputs: '[{\"type\": \"tensor\", \"tensor-spec\": {\"dtype\": \"f\", \"shape\": [-1, 3]}}]'}\n"))
	f.Fuzz(func(_ *testing.T, text []byte) {
		value, err := card.ReadValueYAML(text)
		m, ok := value.(*card.Map)
		if err != nil || !ok {
			return
		}
		readModelMap(m, &integration.Reading{Values: &card.Card{}})
	})
}
