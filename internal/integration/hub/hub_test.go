package hub_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/integration"
	"github.com/terragonlabs/modelcard-generator/internal/integration/hub"
	"github.com/terragonlabs/modelcard-generator/internal/integration/hub/hubtest"
	"github.com/terragonlabs/modelcard-generator/internal/integration/remote"
	"github.com/terragonlabs/modelcard-generator/internal/outbound"
	"github.com/terragonlabs/modelcard-generator/internal/render"
)

func dial(t *testing.T, address, token string) *hub.Client {
	t.Helper()
	host, err := outbound.HostOf(address, true)
	if err != nil {
		t.Fatal(err)
	}
	client, err := outbound.New(outbound.Options{Hosts: []outbound.Host{host}, Redirects: 3, Timeout: 2 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	asked, err := remote.New(remote.Options{
		Name: "the Hub", BaseURL: address, HTTP: client, Breaker: outbound.NewBreaker(outbound.BreakerOptions{}), Credentials: "MCG_HF_TOKEN", Backoff: time.Millisecond,
		Authorize: func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) },
	})
	if err != nil {
		t.Fatal(err)
	}
	return hub.New(hub.Options{Remote: asked, ReadReadme: func(src []byte, id string) (*card.Document, error) {
		doc, _, err := render.ReadHuggingFace(src, id)
		return doc, err
	}})
}

func start(t *testing.T) (*hubtest.Hub, *hub.Client) {
	t.Helper()
	h := hubtest.Start()
	t.Cleanup(h.Close)
	return h, dial(t, h.URL, hubtest.Token)
}

// weights is a safetensors file with a header of at least some size, and data
// after it.
func weights(padding int) []byte {
	header := `{"__metadata__":{"note":"` + strings.Repeat("x", padding) + `"},"a":{"dtype":"F32","shape":[10,20],"data_offsets":[0,800]}}`
	file := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(file, header...), make([]byte, 800)...)
}

const readme = "---\nlicense: mit\ntags:\n- reviews\n---\n\n# Model Card for Reviews\n\nRanks reviews.\n"

func TestFetch(t *testing.T) {
	for name, padding := range map[string]int{"small header": 0, "large header": 200_000} {
		t.Run(name, func(t *testing.T) {
			h, c := start(t)
			sha := h.Add("acme/reviews", map[string][]byte{
				"README.md": []byte(readme), "model.safetensors": weights(padding),
				"config.json": []byte(`{"architectures": ["BertForSequenceClassification"], "model_type": "bert", "transformers_version": "5", "max_position_embeddings": 512}`),
			}, "reviews", "license:mit", "safetensors")
			r, err := c.Fetch(t.Context(), "acme/reviews")
			if err != nil {
				t.Fatal(err)
			}
			m, tech := r.Values.Model, r.Values.Technical
			got := []string{m.ID, m.License, m.LibraryName, m.PipelineTag, m.Summary, strings.Join(m.Tags, " "), string(*tech.Parameters), string(*tech.ContextLength), r.Source.Resolved}
			want := []string{"acme/reviews", "mit", "transformers", "text-classification", "Ranks reviews.", "reviews", "200", "512", "acme/reviews@" + sha}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if len(r.Notes) > 0 || len(r.Values.Sources) > 0 {
				t.Errorf("notes %v, sources %v", r.Notes, r.Values.Sources)
			}
		})
	}
}

// TestFetchDoubtful reads models of which something is missing or broken: the
// rest is read.
func TestFetchDoubtful(t *testing.T) {
	h, c := start(t)
	h.Add("acme/bare", nil)
	h.Add("acme/broken", map[string][]byte{"README.md": []byte("---\n{{{\n---\n"), "config.json": []byte("{"), "model.safetensors": []byte("lie")})
	r, err := c.Fetch(t.Context(), "acme/bare")
	if err != nil || r.Values.Model.ID != "acme/bare" {
		t.Error(err)
	}
	r, err = c.Fetch(t.Context(), "acme/broken")
	if err != nil {
		t.Fatal(err)
	}
	var notes []string
	for _, n := range r.Notes {
		notes = append(notes, n.Pointer)
	}
	if diff := cmp.Diff([]string{"/README.md", "/config.json", "/model.safetensors"}, notes); diff != "" {
		t.Error(diff)
	}
}

func TestBadReferences(t *testing.T) {
	_, c := start(t)
	for _, ref := range []string{"", "a/b/c", "../x", "a/b@", "a/b@../../etc", "a b", "-a/b", "https://huggingface.co/a/b", "a/b@x?y"} {
		_, err := c.Fetch(t.Context(), ref)
		var refused *card.Error
		if !errors.As(err, &refused) {
			t.Errorf("%q: %v", ref, err)
		}
	}
	if _, err := c.Fetch(t.Context(), "acme/none"); !errors.Is(err, remote.ErrNotFound) {
		t.Error(err)
	}
}

func publication(h *hubtest.Hub) integration.Publication {
	h.Add("acme/reviews", map[string][]byte{"README.md": []byte("old"), "x": []byte("kept")})
	return integration.Publication{Target: "acme/reviews", Readme: []byte(readme), Message: "Say more"}
}

func TestPublish(t *testing.T) {
	h, c := start(t)
	p := publication(h)
	out, err := c.Publish(t.Context(), p)
	if err != nil || out.Unchanged || !strings.Contains(out.Where, "/acme/reviews/commit/"+out.Version) {
		t.Fatal(out, err)
	}
	if got := h.File("acme/reviews", "main", "README.md"); !bytes.Equal(got, []byte(readme)) || h.File("acme/reviews", "main", "x") == nil {
		t.Errorf("README.md is %q", got)
	}
	again, err := c.Publish(t.Context(), p)
	if err != nil || !again.Unchanged || again.Version != out.Version {
		t.Error("a second time:", again, err)
	}
}

func TestPublishAsPullRequest(t *testing.T) {
	h, c := start(t)
	p := publication(h)
	p.PullRequest = true
	out, err := c.Publish(t.Context(), p)
	if err != nil || !strings.HasSuffix(out.Where, "/discussions/1") {
		t.Fatal(out, err)
	}
	if string(h.File("acme/reviews", "main", "README.md")) != "old" || string(h.File("acme/reviews", "refs/pr/1", "README.md")) != readme {
		t.Error("the change is not in the pull request alone")
	}
}

// TestPublishOnTopOfAnother checks both guards: the parent that was asked for,
// and a commit between the look and ours.
func TestPublishOnTopOfAnother(t *testing.T) {
	h, c := start(t)
	p := publication(h)
	p.Parent = strings.Repeat("0", 40)
	if _, err := c.Publish(t.Context(), p); !errors.Is(err, remote.ErrConflict) || !strings.Contains(err.Error(), "is at commit") {
		t.Error(err)
	}
	p.Parent = ""
	between := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "/preupload/") {
			h.Add("acme/reviews", map[string][]byte{"README.md": []byte("another's")})
		}
		h.ServeHTTP(w, r)
	}))
	defer between.Close()
	_, err := dial(t, between.URL, hubtest.Token).Publish(t.Context(), p)
	if !errors.Is(err, remote.ErrConflict) || string(h.File("acme/reviews", "main", "README.md")) != "another's" {
		t.Errorf("%v, %s", err, h.File("acme/reviews", "main", "README.md"))
	}
}

// TestPublishIsCheckedFirst checks that nothing is written of a card that is
// refused, and that a wrong token is said.
func TestPublishIsCheckedFirst(t *testing.T) {
	h, c := start(t)
	p := publication(h)
	p.Readme = []byte("---\nlicense: nonsense\n---\n\n# Model Card for Reviews\n")
	_, err := c.Publish(t.Context(), p)
	var refused *card.Error
	if !errors.As(err, &refused) || !strings.Contains(err.Error(), `"license" must be one of`) {
		t.Error(err)
	}
	p.Readme = []byte("---\nlicense: [\n---\n")
	if _, err := c.Publish(t.Context(), p); !errors.As(err, &refused) {
		t.Error(err)
	}
	if slices.ContainsFunc(h.Calls(), func(call string) bool { return strings.Contains(call, "commit") }) {
		t.Error("something was sent")
	}
	_, err = dial(t, h.URL, "wrong").Publish(t.Context(), publication(h))
	if !errors.Is(err, remote.ErrDenied) || !strings.Contains(err.Error(), "MCG_HF_TOKEN") {
		t.Error(err)
	}
}

// TestWeightsWithoutRanges asks a server that sends everything whatever is asked.
func TestWeightsWithoutRanges(t *testing.T) {
	h, _ := start(t)
	h.Add("acme/big", map[string][]byte{"model.safetensors": weights(0)})
	h.Add("acme/huge", map[string][]byte{"model.safetensors": append(weights(0), make([]byte, 2<<20)...)})
	whole := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Del("Range")
		h.ServeHTTP(w, r)
	}))
	defer whole.Close()
	c := dial(t, whole.URL, "")
	r, err := c.Fetch(t.Context(), "acme/big")
	if err != nil || r.Values.Technical == nil || *r.Values.Technical.Parameters != "200" {
		t.Error(err)
	}
	r, err = c.Fetch(t.Context(), "acme/huge")
	if err != nil || len(r.Notes) != 1 || r.Values.Technical != nil {
		t.Errorf("%v %v", err, r)
	}
}

// TestNotAHub asks a server that answers anything with the same page.
func TestNotAHub(t *testing.T) {
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"sha": "main"}`) }))
	defer page.Close()
	if _, err := dial(t, page.URL, "").Fetch(t.Context(), "a/b"); !errors.Is(err, remote.ErrAnswer) {
		t.Error(err)
	}
}
