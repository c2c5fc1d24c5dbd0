package generator

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/integration"
	"github.com/terragonlabs/modelcard-generator/internal/render"
	"github.com/terragonlabs/modelcard-generator/internal/store"
)

// tracker is a service of one number, which can be moved, away, or hang.
type tracker struct {
	mu      sync.Mutex
	value   card.Number
	err     error
	hangs   chan struct{}
	entered chan struct{}
}

func (k *tracker) Fetch(ctx context.Context, ref string) (*integration.Reading, error) {
	if k.hangs != nil {
		close(k.entered)
		select {
		case <-k.hangs:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.err != nil {
		return nil, k.err
	}
	values := &card.Card{Evaluation: &card.Evaluation{Results: []card.Result{{Metrics: []card.Metric{{Type: "accuracy", Value: k.value}}}}}}
	return &integration.Reading{Source: card.Source{Resolved: "run " + ref}, Values: values}, nil
}

// shelf keeps what was published.
type shelf struct{ got []integration.Publication }

func (s *shelf) Publish(_ context.Context, p integration.Publication) (integration.Published, error) {
	s.got = append(s.got, p)
	return integration.Published{Where: p.Target}, nil
}

type passing struct{}

func (passing) Error() string   { return "Tracker at t:1: it answered 500; check its log" }
func (passing) Temporary() bool { return true }

const tracked = "model: {id: acme/m}\nsources: [{type: mlflow, ref: r1}]\n"

func request(text string, refresh bool) Request {
	return Request{Input: Input{Source: []byte(text), MediaType: render.TypeYAML}, Scope: store.AllNamespaces(), Author: "a", Refresh: refresh}
}

func accuracy(t *testing.T, rev store.Revision) string {
	t.Helper()
	_, rest, _ := strings.Cut(string(rev.Canonical), `"accuracy","value":`)
	value, _, _ := strings.Cut(rest, "}")
	return value
}

// TestRefresh stores a card with the values of its source, reads the source
// anew when it has changed, and makes no revision when it has not.
func TestRefresh(t *testing.T) {
	t.Parallel()
	k := &tracker{value: "0.9"}
	w := newWorld(t, func(o *Options) { o.Fetchers = integration.Fetchers{"mlflow": k, "wandb": nil} })
	plain, err := w.Generate(t.Context(), request(tracked, false))
	if err != nil || accuracy(t, plain.Revision) != "" {
		t.Fatalf("the service was asked unasked: %v %s", err, plain.Revision.Canonical)
	}
	out, err := w.Generate(t.Context(), request(tracked, true))
	if err != nil || out.Revision.Number != 2 || accuracy(t, out.Revision) != "0.9" || string(out.Revision.Source) != tracked {
		t.Fatalf("%v %+v", err, out.Revision)
	}
	change := Change{Scope: store.AllNamespaces(), ID: out.Revision.ID, Author: "job"}
	same, err := w.Refresh(t.Context(), change)
	if err != nil || !same.Unchanged || len(same.Changes) > 0 {
		t.Errorf("nothing has changed: %v %+v", err, same)
	}
	k.value = "0.5"
	moved, err := w.Refresh(t.Context(), change)
	if err != nil {
		t.Fatal(err)
	}
	want := []card.Change{{Kind: "changed", Pointer: "/evaluation/results/0/metrics/0/value", From: card.Number("0.9"), To: card.Number("0.5")}}
	if diff := cmp.Diff(want, moved.Changes); diff != "" || moved.Revision.Number != 3 || accuracy(t, moved.Revision) != "0.5" || string(moved.Revision.Source) != tracked {
		t.Errorf("revision %d (-want +got):\n%s", moved.Revision.Number, diff)
	}
	change.Expect = 2
	if _, err := w.Refresh(t.Context(), change); !errors.Is(err, ErrPrecondition) {
		t.Error(err)
	}
}

// TestRefreshWarns checks that a conflict reaches who asked, with its place.
func TestRefreshWarns(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *Options) { o.Fetchers = integration.Fetchers{"mlflow": &tracker{value: "0.9"}} })
	out, err := w.Generate(t.Context(), request(tracked+"evaluation:\n  results:\n    - metrics: [{type: accuracy, value: 0.95}]\n", true))
	if err != nil || len(out.Document.Warnings) != 1 || out.Document.Warnings[0].Line != 5 || out.Document.Warnings[0].Code != "source_conflict" {
		t.Errorf("%v %+v", err, out.Document.Warnings)
	}
	if accuracy(t, out.Revision) != "0.95" {
		t.Errorf("the card's value does not stand: %s", out.Revision.Canonical)
	}
}

// TestRefreshReplayed repeats a request whose source has changed since: the
// answer is the one of the first time.
func TestRefreshReplayed(t *testing.T) {
	t.Parallel()
	k := &tracker{value: "0.9"}
	w := newWorld(t, func(o *Options) { o.Fetchers = integration.Fetchers{"mlflow": k} })
	r := request(tracked, true)
	r.IdempotencyKey = "once"
	first, err := w.Generate(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	k.value = "0.1"
	again, err := w.Generate(t.Context(), r)
	if err != nil || again.Revision.Digest != first.Revision.Digest || accuracy(t, again.Revision) != "0.9" {
		t.Errorf("%v %s", err, again.Revision.Canonical)
	}
	r.Refresh = false
	if _, err := w.Generate(t.Context(), r); !errors.Is(err, ErrKeyReused) {
		t.Error(err)
	}
}

func TestRefreshFails(t *testing.T) {
	t.Parallel()
	k := &tracker{err: passing{}}
	w := newWorld(t, func(o *Options) { o.Fetchers = integration.Fetchers{"mlflow": k, "wandb": nil} })
	tests := []struct {
		name, card string
		temporary  bool
		says       string
	}{
		{"away", tracked, true, "/sources/0: Tracker at t:1: it answered 500; check its log"},
		{"not configured", "model: {id: acme/m}\nsources: [{type: file, path: x}, {type: wandb, ref: r1}]\n", false, "/sources/1: the integration is not configured"},
		{"unknown", "model: {id: acme/m}\nsources: [{type: neptune, ref: r1}]\n", false, "the sources with a reference are mlflow, wandb"},
	}
	for _, tt := range tests {
		_, err := w.Generate(t.Context(), request(tt.card, true))
		var failed *SourceError
		if !errors.As(err, &failed) || failed.Temporary != tt.temporary || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	if _, err := w.store.Revision(t.Context(), store.AllNamespaces(), store.ID{Namespace: "acme", Name: "m"}, 0); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a card was stored all the same: %v", err)
	}
}

// TestHangingServiceTakesNoPlace renders while a service hangs, with one place
// for all that is read and rendered.
func TestHangingServiceTakesNoPlace(t *testing.T) {
	t.Parallel()
	k := &tracker{value: "1", hangs: make(chan struct{}), entered: make(chan struct{})}
	place := make(chan struct{}, 1)
	w := newWorld(t, func(o *Options) {
		o.Fetchers = integration.Fetchers{"mlflow": k}
		o.Enter = func(ctx context.Context) (func(), error) {
			select {
			case place <- struct{}{}:
				return func() { <-place }, nil
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}
	})
	done := make(chan error, 1)
	go func() {
		_, err := w.Generate(t.Context(), request(tracked, true))
		done <- err
	}()
	<-k.entered
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	format, err := render.Lookup("mcg")
	if err != nil {
		t.Fatal(err)
	}
	for range 100 {
		if _, _, _, err := w.Render(ctx, Input{Source: []byte(tracked), MediaType: render.TypeYAML}, format); err != nil {
			t.Fatalf("rendering waits for the service: %v", err)
		}
	}
	close(k.hangs)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestPublish(t *testing.T) {
	t.Parallel()
	s := &shelf{}
	w := newWorld(t, func(o *Options) { o.Publishers = map[string]integration.Publisher{"huggingface": s} })
	out, err := w.Generate(t.Context(), request("model: {id: acme/m, summary: Says hello.}\n", false))
	if err != nil {
		t.Fatal(err)
	}
	r := PublishRequest{Scope: store.AllNamespaces(), ID: out.Revision.ID, To: "huggingface", PullRequest: true}
	if _, err := w.Publish(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	p := s.got[0]
	if p.Target != "acme/m" || p.Digest != out.Revision.Digest || !p.PullRequest || !strings.Contains(string(p.Readme), "Says hello.") {
		t.Errorf("%+v", p)
	}
	secret, err := w.Generate(t.Context(), request("model: {id: acme/s, summary: 'Read from postgres://mcg:hunter22@db.acme.com/reviews.'}\n", false))
	if err != nil {
		t.Fatal(err)
	}
	var refused *RefusedError
	if _, err := w.Publish(t.Context(), PublishRequest{Scope: store.AllNamespaces(), ID: secret.Revision.ID, To: "huggingface"}); !errors.As(err, &refused) || len(s.got) != 1 {
		t.Errorf("a card with a secret: %v", err)
	}
	r.To = "mlflow"
	if _, err := w.Publish(t.Context(), r); !errors.Is(err, integration.ErrNotConfigured) {
		t.Error(err)
	}
}
