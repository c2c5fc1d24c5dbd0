package wandb

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/integration/remote"
	"github.com/terragonlabs/modelcard-generator/internal/outbound"
)

// dial is a client of a server that answers queries as a test says. The real
// service cannot be run here; the shapes are those that we know of its API.
func dial(t *testing.T, answer func(query string, variables map[string]string) string) *Client {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body struct {
			Query     string
			Variables map[string]string
		}
		if user, key, _ := r.BasicAuth(); r.URL.Path != "/graphql" || user != "api" || key != "k" || json.NewDecoder(r.Body).Decode(&body) != nil {
			http.Error(w, "{}", http.StatusUnauthorized)
			return
		}
		_, _ = io.WriteString(w, answer(body.Query, body.Variables))
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
	asked, err := remote.New(remote.Options{
		Name: "Weights & Biases", BaseURL: server.URL, HTTP: client, Breaker: outbound.NewBreaker(outbound.BreakerOptions{}), Backoff: time.Millisecond,
		Authorize: func(r *http.Request) { r.SetBasicAuth("api", "k") },
	})
	if err != nil {
		t.Fatal(err)
	}
	return New(Options{Remote: asked, Entity: "acme", Project: "cards"})
}

const runAnswer = `{"data": {"project": {"run": {"name": "abc123", "displayName": "brave-fox-1", "state": "finished", "notes": "A *good* one.", "commit": "c0ffee",
	"config": "{\"lr\": {\"value\": 0.001, \"desc\": null}, \"layers\": {\"value\": [1, 2]}, \"_wandb\": {\"value\": {}}, \"opt\": \"adam\"}",
	"summaryMetrics": "{\"loss\": NaN, \"val/acc\": 0.9, \"_step\": 10, \"_runtime\": 5, \"epoch\": 3, \"media\": {\"_type\": \"image-file\"}}"}}}}`

func TestRun(t *testing.T) {
	t.Parallel()
	var asked map[string]string
	c := dial(t, func(_ string, variables map[string]string) string {
		asked = variables
		return runAnswer
	})
	r, err := c.Fetch(t.Context(), "other/abc123")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"entity": "acme", "project": "other", "name": "abc123"}, asked); diff != "" {
		t.Error(diff)
	}
	r.Values.Model.Name = "m"
	if err := r.Values.Normalize(); err != nil {
		t.Fatal(err)
	}
	want := `{"apiVersion":"mcg/v1","kind":"ModelCard","model":{"name":"m"},"training":{"overview":"Weights & Biases run ` + "`abc123` (`brave-fox-1`) of commit `c0ffee`" + `.","procedure":"A *good* one.","hyperparameters":{"lr":0.001,"layers":[1,2],"opt":"adam"},"speeds_sizes_times":"last epoch 3"},` +
		`"evaluation":{"results":[{"metrics":[{"type":"loss","value":"NaN"}]},{"dataset":{"split":"validation"},"metrics":[{"type":"acc","value":0.9}]}]}}`
	if got := string(r.Values.Canonical()); got != want || r.Source.Resolved != "acme/other/abc123" {
		t.Errorf("%s: %s", r.Source.Resolved, cmp.Diff(want, got))
	}
}

func TestArtifact(t *testing.T) {
	t.Parallel()
	c := dial(t, func(query string, _ map[string]string) string {
		if strings.Contains(query, "artifact(name") {
			return `{"data": {"project": {"artifact": {"digest": "d1g", "versionIndex": 0, "description": "Best.", "metadata": "{\"accuracy\": 0.91, \"license\": \"mit\"}",
				"artifactSequence": {"name": "reviews"}, "createdBy": {"name": "abc123"}}}}}`
		}
		return runAnswer
	})
	r, err := c.Fetch(t.Context(), "reviews:latest")
	if err != nil {
		t.Fatal(err)
	}
	m := r.Values.Model
	lr, _ := r.Values.Training.Hyperparameters.Get("lr")
	got := []string{m.Name, m.Version, m.Description, m.License, card.Text(lr), r.Source.Resolved}
	if diff := cmp.Diff([]string{"reviews", "v0", "Best.", "mit", "0.001", "acme/cards/reviews@d1g"}, got); diff != "" {
		t.Error(diff)
	}
	if text := string(r.Values.Canonical()); !strings.Contains(text, `{"type":"accuracy","value":0.91}`) {
		t.Error(text)
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]error{
		`{"errors": [{"message": "permission denied"}]}`:                          remote.ErrAnswer,
		`{"data": {"project": null}}`:                                             remote.ErrNotFound,
		`{"data": {"project": {"run": null}}}`:                                    remote.ErrNotFound,
		`{"data": {"project": {"run": {"config": "[1]"}}}}`:                       remote.ErrAnswer,
		`{"data": {"project": {"run": {"config": "{", "summaryMetrics": "{}"}}}}`: remote.ErrAnswer,
		`<html>`: remote.ErrAnswer,
	} {
		c := dial(t, func(string, map[string]string) string { return answer })
		if _, err := c.Fetch(t.Context(), "abc"); !errors.Is(err, want) {
			t.Errorf("%s: %v", answer, err)
		}
	}
	c := dial(t, func(string, map[string]string) string { return "{}" })
	for _, ref := range []string{"", "a/b/c/d", "a/b/", "x\ny", `a"b`, "a:b:c"} {
		_, err := c.Fetch(t.Context(), ref)
		var refused *card.Error
		if !errors.As(err, &refused) {
			t.Errorf("%q: %v", ref, err)
		}
	}
	c.entity = ""
	if _, err := c.Fetch(t.Context(), "abc"); err == nil || !strings.Contains(err.Error(), "integrations.wandb.entity") {
		t.Error(err)
	}
}
