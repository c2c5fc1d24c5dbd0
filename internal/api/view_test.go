package api

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/terragonlabs/modelcard-generator/internal/generator"
)

// lossy is a card with a field that the Hub's card has no place for.
const lossy = "model: {id: acme/m, name: M, license_text: All rights reserved.}\n"

func TestLossesAreNamed(t *testing.T) {
	t.Parallel()
	h := newServer(t, nil).Handler()
	call{method: "POST", path: "/v1/cards", body: lossy}.do(t, h)
	for range 2 { // rendered, and from the cache
		answer := call{method: "GET", path: "/v1/cards/acme/m?format=huggingface"}.do(t, h)
		link := answer.Header.Get("Link")
		target, rest, _ := strings.Cut(strings.TrimPrefix(link, "<"), ">")
		if !strings.Contains(rest, `rel="describedby"`) {
			t.Fatalf("Link: %q", link)
		}
		report := bodyOf(t, call{method: "GET", path: target}.do(t, h))
		if !strings.Contains(report, `"pointer":"/model/license_text"`) {
			t.Errorf("the report that Link names: %s", report)
		}
	}
	if link := (call{method: "GET", path: "/v1/cards/acme/m?format=yaml"}).do(t, h).Header.Get("Link"); link != "" {
		t.Errorf("a format that loses nothing has Link: %s", link)
	}
	rendered := call{method: "POST", path: "/v1/render?format=huggingface", body: lossy}.do(t, h)
	if !strings.Contains(rendered.Header.Get("Link"), "losses=true") {
		t.Errorf("render: Link: %q", rendered.Header.Get("Link"))
	}
	report := bodyOf(t, call{method: "POST", path: "/v1/render?format=huggingface&losses=true", body: lossy}.do(t, h))
	if !strings.Contains(report, "/model/license_text") {
		t.Errorf("render: %s", report)
	}
}

// The report of losses is asked for as any other flag is set.
func TestLossesIsAFlag(t *testing.T) {
	t.Parallel()
	h := newServer(t, nil).Handler()
	call{method: "POST", path: "/v1/cards", body: lossy}.do(t, h)
	for _, base := range []call{
		{method: "GET", path: "/v1/cards/acme/m?format=huggingface&losses="},
		{method: "GET", path: "/v1/cards/acme/m/revisions/1?format=huggingface&losses="},
		{method: "POST", path: "/v1/render?format=huggingface&losses=", body: lossy},
	} {
		for value, want := range map[string]struct {
			status int
			report bool
		}{"true": {200, true}, "1": {200, true}, "false": {200, false}, "0": {200, false}, "": {200, false}, "perhaps": {400, false}} {
			asked := base
			asked.path += value
			answer := asked.do(t, h)
			body := bodyOf(t, answer)
			if answer.StatusCode != want.status || strings.Contains(body, `"losses":[{`) != want.report {
				t.Errorf("%s %s: %d\n%s", asked.method, asked.path, answer.StatusCode, body)
			}
		}
	}
}

func TestNotModifiedInEveryEncoding(t *testing.T) {
	t.Parallel()
	h := newServer(t, nil).Handler()
	call{method: "POST", path: "/v1/cards", body: small}.do(t, h)
	for _, encoding := range []string{"", "gzip", "zstd"} {
		first := call{method: "GET", path: "/v1/cards/acme/m?format=html", header: map[string]string{"Accept-Encoding": encoding}}.do(t, h)
		if first.Header.Get("Content-Encoding") != encoding {
			t.Errorf("%q: encoded as %q", encoding, first.Header.Get("Content-Encoding"))
		}
		again := call{method: "GET", path: "/v1/cards/acme/m?format=html",
			header: map[string]string{"Accept-Encoding": encoding, "If-None-Match": first.Header.Get("ETag")}}.do(t, h)
		if again.StatusCode != http.StatusNotModified || bodyOf(t, again) != "" {
			t.Errorf("%q: %d", encoding, again.StatusCode)
		}
		other := call{method: "GET", path: "/v1/cards/acme/m?format=yaml",
			header: map[string]string{"Accept-Encoding": encoding, "If-None-Match": first.Header.Get("ETag")}}.do(t, h)
		if other.StatusCode != http.StatusOK {
			t.Errorf("%q: the tag of another format answers %d", encoding, other.StatusCode)
		}
	}
}

func TestOverloadSheds(t *testing.T) {
	t.Parallel()
	h := newServer(t, func(o *Options) {
		o.Generator = generator.New(generator.Options{Store: o.Store, Enter: func(context.Context) (func(), error) {
			return nil, generator.ErrOverloaded
		}})
	}).Handler()
	for _, path := range []string{"/v1/cards", "/v1/render"} {
		answer := call{method: "POST", path: path, body: small}.do(t, h)
		if answer.StatusCode != http.StatusServiceUnavailable || answer.Header.Get("Retry-After") == "" {
			t.Errorf("%s: %d, Retry-After %q", path, answer.StatusCode, answer.Header.Get("Retry-After"))
		}
	}
}

func TestTimeoutEndsTheWork(t *testing.T) {
	t.Parallel()
	h := newServer(t, func(o *Options) {
		o.Timeout = 20 * time.Millisecond
		o.Generator = generator.New(generator.Options{Store: o.Store, Enter: func(ctx context.Context) (func(), error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}})
	}).Handler()
	answer := call{method: "POST", path: "/v1/render", body: small}.do(t, h)
	if answer.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("%d, want 503", answer.StatusCode)
	}
}

func TestHealthShowsItsParts(t *testing.T) {
	t.Parallel()
	var wrong error
	server := newServer(t, func(o *Options) {
		o.Health.Parts = map[string]func(context.Context) error{"storage": func(context.Context) error { return wrong }}
	})
	h := server.Handler()
	if body := bodyOf(t, call{method: "GET", path: "/health"}.do(t, h)); !strings.Contains(body, `"status":"healthy","checks":{"database":{"status":"healthy"},"storage":{"status":"healthy"}}`) {
		t.Errorf("well: %s", body)
	}
	wrong = errors.New("the disk is full")
	answer := call{method: "GET", path: "/health"}.do(t, h)
	if body := bodyOf(t, answer); answer.StatusCode != http.StatusOK || !strings.Contains(body, `"status":"degraded"`) || !strings.Contains(body, "the disk is full") {
		t.Errorf("a part that fails: %d %s", answer.StatusCode, body)
	}
	if answer := (call{method: "GET", path: "/ready"}).do(t, h); answer.StatusCode != http.StatusOK {
		t.Errorf("ready: %d, want 200 while degraded", answer.StatusCode)
	}
}
