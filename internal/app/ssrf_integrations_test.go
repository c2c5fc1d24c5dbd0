package app

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/terragonlabs/modelcard-generator/internal/config"
	"github.com/terragonlabs/modelcard-generator/internal/integration"
	"github.com/terragonlabs/modelcard-generator/internal/outbound/outboundtest"
)

// addressFields set the address of one service each.
var addressFields = map[string]func(*config.Config, config.URL){
	"mlflow":      func(c *config.Config, u config.URL) { c.Integrations.MLflow.TrackingURI = u },
	"wandb":       func(c *config.Config, u config.URL) { c.Integrations.WandB.BaseURL = u },
	"huggingface": func(c *config.Config, u config.URL) { c.Integrations.HuggingFace.ModelHubURL = u },
}

// goodRef is a reference of each service that it asks for.
var goodRef = map[string]string{"mlflow": "models:/m/1", "wandb": "e/p/r", "huggingface": "o/m"}

// refs are references of each service; %s is where a form goes.
var refs = map[string][]string{
	"mlflow":      {"%s", "runs:/%s", "models:/%s/1", "models:/m/%s", "models:/m@%s"},
	"wandb":       {"%s", "%s/p/r", "e/p/%s", "e/p/a:%s"},
	"huggingface": {"%s", "o/%s", "o/m@%s"},
}

// fetchFrom asks one service, at an address, for a reference.
func fetchFrom(ctx context.Context, kind, address, ref string) error {
	c := config.Default()
	c.Integrations.WandB.APIKey = "k"
	addressFields[kind](&c, config.URL(address))
	services, err := NewIntegrations(&c, nil)
	if err != nil {
		return err // refused before anything is sent
	}
	if services.Fetchers[kind] == nil {
		return integration.ErrNotConfigured
	}
	_, err = services.Fetchers[kind].Fetch(ctx, ref)
	return err
}

// namesThisMachine tells whether a URL says plainly, in the form that everyone
// reads the same way, that it means this machine. An operator who writes that
// has configured it: a tracking server beside mcg is usual.
func namesThisMachine(form string) bool {
	u, err := url.Parse(form)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" {
		return false
	}
	host := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback() && !addr.Is4In6() && addr.Zone() == ""
}

// TestAddressesOfServicesReachOnlyWhatTheyName: the address of each service, by
// every form. Only a form that names this machine may reach it.
func TestAddressesOfServicesReachOnlyWhatTheyName(t *testing.T) {
	t.Parallel()
	var disguised, named []string
	port, hits := canary(t)
	for _, form := range withoutNames(outboundtest.Forms(port)) {
		if namesThisMachine(form) {
			named = append(named, form)
		} else {
			disguised = append(disguised, form)
		}
	}
	if len(disguised) < 120 || len(named) == 0 {
		t.Fatalf("%d forms in disguise and %d plain ones", len(disguised), len(named))
	}
	ctx, stop := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer stop()
	var group sync.WaitGroup
	for kind := range addressFields {
		for _, form := range disguised {
			group.Go(func() { _ = fetchFrom(ctx, kind, form, "models:/e/p") })
		}
	}
	group.Wait()
	if hits.Load() != 0 {
		t.Errorf("%d connections reached the canary", hits.Load())
	}
	for _, form := range []string{"http://127.0.0.1:" + port, "https://localhost:" + port} { // the control
		before := hits.Load()
		_ = fetchFrom(t.Context(), "mlflow", form, "models:/m/1")
		if hits.Load() == before {
			t.Errorf("%s is named and was not reached", form)
		}
	}
}

// TestReferencesStayAtTheirService: what a card may write, the reference of a
// source, by every form, in every part of a reference.
func TestReferencesStayAtTheirService(t *testing.T) {
	t.Parallel()
	port, hits := canary(t)
	var asked atomic.Int64
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		http.Error(w, "{}", http.StatusNotFound)
	}))
	defer service.Close()
	forms := outboundtest.Forms(port)
	for kind, patterns := range refs {
		c := config.Default()
		c.Integrations.WandB.APIKey = "k"
		addressFields[kind](&c, config.URL(service.URL))
		services, err := NewIntegrations(&c, nil)
		if err != nil {
			t.Fatal(err)
		}
		before := asked.Load()
		if _, err := services.Fetchers[kind].Fetch(t.Context(), goodRef[kind]); err == nil || asked.Load() == before { // the control
			t.Errorf("%s: %q was not asked for: %v", kind, goodRef[kind], err)
		}
		for _, form := range forms {
			for _, pattern := range patterns {
				if _, err := services.Fetchers[kind].Fetch(t.Context(), strings.Replace(pattern, "%s", form, 1)); err == nil {
					t.Errorf("%s: %q in %q was found", kind, form, pattern)
				}
			}
		}
	}
	if hits.Load() != 0 {
		t.Errorf("%d connections reached the canary", hits.Load())
	}
}

// TestServicesLeadNowhereElse: a service that answers with a redirect, or with
// a next page, by every form.
func TestServicesLeadNowhereElse(t *testing.T) {
	t.Parallel()
	port, hits := canary(t)
	var group errgroup.Group
	group.SetLimit(32)
	for _, form := range withoutNames(outboundtest.Forms(port)) {
		for kind, ref := range goodRef {
			group.Go(func() error {
				service := httptest.NewServer(leadingTo(strings.NewReplacer("\r", "", "\n", "").Replace(form)))
				defer service.Close()
				if err := fetchFrom(t.Context(), kind, service.URL, ref); err == nil {
					t.Errorf("%s followed %q", kind, form)
				}
				return nil
			})
		}
	}
	_ = group.Wait()
	if hits.Load() != 0 {
		t.Errorf("%d connections reached the canary", hits.Load())
	}
}

func leadingTo(address string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", address)
		w.Header().Set("Link", "<"+address+`>; rel="next"`)
		w.WriteHeader(http.StatusTemporaryRedirect)
	})
}
