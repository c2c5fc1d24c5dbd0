package api

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/rs/zerolog"

	"github.com/terragonlabs/modelcard-generator/internal/cache"
	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/generator"
	"github.com/terragonlabs/modelcard-generator/internal/integration"
)

type service func(ref string) (*integration.Reading, error)

func (s service) Fetch(_ context.Context, ref string) (*integration.Reading, error) { return s(ref) }

type away struct{}

func (away) Error() string {
	return "MLflow at mlflow:5000: it cannot be reached; check whether it is up"
}
func (away) Temporary() bool { return true }

// TestRefresh reads sources on POST when it is asked to, and says which service
// failed how.
func TestRefresh(t *testing.T) {
	fetch := service(func(ref string) (*integration.Reading, error) {
		if ref == "down" {
			return nil, away{}
		}
		return &integration.Reading{Values: &card.Card{Model: card.Model{License: "mit"}}}, nil
	})
	s := newServer(t, func(o *Options) {
		pages, err := cache.New(cache.Options{Memory: cache.MemoryOptions{MaxBytes: 1 << 20}, Logger: zerolog.Nop()})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = pages.Close(context.Background()) })
		o.Generator = generator.New(generator.Options{Store: o.Store, Cache: pages, Fetchers: integration.Fetchers{"mlflow": fetch, "wandb": nil}})
		o.NewID = uuid.NewString
	})
	document := func(kind, ref string) string {
		return "model: {id: acme/m}\nsources: [{type: " + kind + ", ref: " + ref + "}]\n"
	}
	tests := []struct {
		name, path, body string
		status           int
		says             []string
	}{
		{"unasked", "/v1/cards", document("mlflow", "down"), http.StatusCreated, []string{`"sources":[{"type":"mlflow","ref":"down"}]`}},
		{"asked", "/v1/cards?refresh=true", document("mlflow", "up"), http.StatusOK, []string{`"license":"mit"`, `"fields":["/model/license"]`}},
		{"away", "/v1/cards?refresh=true", document("mlflow", "down"), http.StatusServiceUnavailable, []string{"MLflow at mlflow:5000", "cannot be reached", "check whether"}},
		{"not configured", "/v1/cards?refresh=true", document("wandb", "x"), http.StatusUnprocessableEntity, []string{`"pointer":"/sources/0"`, "not configured"}},
		{"unknown", "/v1/cards?refresh=true", document("neptune", "x"), http.StatusUnprocessableEntity, []string{"there is no source", "mlflow, wandb"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := call{method: http.MethodPost, path: tt.path, body: tt.body}.do(t, s.Handler())
			body := bodyOf(t, r)
			if r.StatusCode != tt.status {
				t.Fatalf("%d, want %d: %s", r.StatusCode, tt.status, body)
			}
			for _, want := range tt.says {
				if !strings.Contains(body, want) {
					t.Errorf("%q is not in %s", want, body)
				}
			}
			if (tt.status == http.StatusServiceUnavailable) != (r.Header.Get("Retry-After") != "") {
				t.Error("Retry-After", r.Header.Get("Retry-After"))
			}
		})
	}
}
