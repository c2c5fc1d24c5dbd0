package app

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/terragonlabs/modelcard-generator/internal/config"
)

func configWith(t *testing.T, environ ...string) *config.Config {
	t.Helper()
	loaded, err := config.Load(config.LoadOptions{Environ: append(environ, "MCG_CONFIG_DIR="+t.TempDir()), ForFiles: true})
	if err != nil {
		t.Fatal(err)
	}
	return &loaded.Config
}

// TestIntegrationsAreOfTheConfiguration checks what is there for which keys.
func TestIntegrationsAreOfTheConfiguration(t *testing.T) {
	i, err := NewIntegrations(configWith(t), nil)
	if err != nil || i.Fetchers["huggingface"] == nil || i.Publishers["huggingface"] == nil || i.Fetchers["mlflow"] != nil || i.Fetchers["wandb"] != nil {
		t.Errorf("by default: %v %v", err, i.Fetchers)
	}
	i, err = NewIntegrations(configWith(t, "MCG_MLFLOW_TRACKING_URI=http://u:p@mlflow:5000", "MCG_WANDB_API_KEY=k", "MCG_INTEGRATIONS_HUGGINGFACE_MODEL_HUB_URL=https://hub.example.com"), nil)
	if err != nil || i.Fetchers["mlflow"] == nil || i.Publishers["mlflow"] == nil || i.Fetchers["wandb"] == nil {
		t.Errorf("with keys: %v %v", err, i)
	}
}

// TestCredentials checks which credentials reach the tracking server, and that
// a server that repeats them does not show them to us.
func TestCredentials(t *testing.T) {
	var got string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r.Header.Get("Authorization")
		user, password, _ := r.BasicAuth()
		http.Error(w, `{"message": "you said `+user+" "+password+" "+got+`"}`, http.StatusForbidden)
	}))
	defer server.Close()
	withUser := strings.Replace(server.URL, "http://", "http://ann:s3ntinel@", 1)
	for name, tt := range map[string]struct {
		environ []string
		want    string
	}{
		"token":              {[]string{"MCG_MLFLOW_TRACKING_URI=" + server.URL, "MCG_INTEGRATIONS_MLFLOW_TOKEN=s3ntinel"}, "Bearer s3ntinel"},
		"user and password":  {[]string{"MCG_MLFLOW_TRACKING_URI=" + server.URL, "MCG_INTEGRATIONS_MLFLOW_USERNAME=ann", "MCG_INTEGRATIONS_MLFLOW_PASSWORD=s3ntinel"}, "Basic YW5uOnMzbnRpbmVs"},
		"in the address":     {[]string{"MCG_MLFLOW_TRACKING_URI=" + withUser}, "Basic YW5uOnMzbnRpbmVs"},
		"token over address": {[]string{"MCG_MLFLOW_TRACKING_URI=" + withUser, "MCG_INTEGRATIONS_MLFLOW_TOKEN=s3ntinel"}, "Bearer s3ntinel"},
		"none":               {[]string{"MCG_MLFLOW_TRACKING_URI=" + server.URL}, ""},
	} {
		i, err := NewIntegrations(configWith(t, tt.environ...), nil)
		if err != nil {
			t.Fatal(err)
		}
		_, err = i.Fetchers["mlflow"].Fetch(t.Context(), "models:/m/1")
		if got != tt.want || err == nil || strings.Contains(err.Error(), "s3ntinel") || !strings.Contains(err.Error(), "integrations.mlflow") {
			t.Errorf("%s: the server heard %q; %v", name, got, err)
		}
	}
}

// TestIntegrationsHealth opens a breaker and finds it in the health and the metric.
func TestIntegrationsHealth(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }))
	defer server.Close()
	states := map[string]bool{}
	i, err := NewIntegrations(configWith(t, "MCG_MLFLOW_TRACKING_URI="+server.URL), func(name string, up bool) { states[name] = up })
	if err != nil || i.failing() != nil || !states["integration_mlflow"] {
		t.Fatal(err, i.failing(), states)
	}
	for range 3 {
		_, _ = i.Fetchers["mlflow"].Fetch(t.Context(), "models:/m/1")
	}
	host := strings.TrimPrefix(server.URL, "http://")
	if err := i.failing(); err == nil || !strings.Contains(err.Error(), host) || states["integration_mlflow"] || !states["integration_huggingface"] {
		t.Errorf("%v %v", err, states)
	}
}

// TestMetadataAddressIsRefused checks that no configured address leads to a
// cloud's metadata.
func TestMetadataAddressIsRefused(t *testing.T) {
	i, err := NewIntegrations(configWith(t, "MCG_MLFLOW_TRACKING_URI=http://169.254.169.254"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := i.Fetchers["mlflow"].Fetch(t.Context(), "models:/m/1"); err == nil || !strings.Contains(err.Error(), "may not be asked") && !strings.Contains(err.Error(), "refused by policy") {
		t.Error(err)
	}
}
