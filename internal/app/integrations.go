package app

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	modelcard "github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/config"
	"github.com/terragonlabs/modelcard-generator/internal/integration"
	"github.com/terragonlabs/modelcard-generator/internal/integration/hub"
	"github.com/terragonlabs/modelcard-generator/internal/integration/mlflow"
	"github.com/terragonlabs/modelcard-generator/internal/integration/remote"
	"github.com/terragonlabs/modelcard-generator/internal/integration/wandb"
	"github.com/terragonlabs/modelcard-generator/internal/outbound"
	"github.com/terragonlabs/modelcard-generator/internal/render"
)

const (
	serviceTimeout  = 10 * time.Second // one exchange with a service
	serviceMaxBytes = 20 << 20         // one answer: a header of weights is the largest
	fetchesAtOnce   = 8
	fetchesWaiting  = 16
)

// Integrations are the services that values come from and cards go to, as far
// as they are configured.
type Integrations struct {
	Fetchers   integration.Fetchers
	Publishers map[string]integration.Publisher

	clients []*remote.Client
}

// failing says which services have been failing, or nil.
func (i *Integrations) failing() error {
	var hosts []string
	for _, c := range i.clients {
		if c.Open() {
			hosts = append(hosts, c.Host())
		}
	}
	if len(hosts) == 0 {
		return nil
	}
	return fmt.Errorf("no good answer from %s; sources there cannot be read, everything else goes on", strings.Join(hosts, ", "))
}

// NewIntegrations builds the clients of the services that are configured. up
// is told when one begins to fail and when it is back; nil is not told.
func NewIntegrations(c *config.Config, up func(dependency string, up bool)) (*Integrations, error) {
	if up == nil {
		up = func(string, bool) {}
	}
	i := &Integrations{
		Fetchers:   integration.Fetchers{mlflow.Type: nil, wandb.Type: nil, hub.Type: nil},
		Publishers: map[string]integration.Publisher{},
	}
	for _, add := range []func(*config.Config, func(string, bool)) error{i.addMLflow, i.addWandB, i.addHub} {
		if err := add(c, up); err != nil {
			return nil, err
		}
	}
	return i, nil
}

// place is where a service is and what it is asked with.
type place struct {
	name, kind string
	address    config.URL
	authorize  func(*http.Request)
	secret     string
	setting    string
	hosts      []outbound.Host // beside its own
	redirects  int
}

// connect builds a client whose guard lets it reach the configured host, which
// may be an internal one, and nothing else.
func (i *Integrations) connect(p place, up func(string, bool)) (*remote.Client, error) {
	address := withoutUser(p.address.Reveal())
	host, err := outbound.HostOf(address, true)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.setting, err)
	}
	client, err := outbound.New(outbound.Options{
		Hosts: append(p.hosts, host), Redirects: p.redirects, Timeout: serviceTimeout, MaxResponseBytes: serviceMaxBytes,
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.setting, err)
	}
	up("integration_"+p.kind, true)
	asked, err := remote.New(remote.Options{
		Name: p.name, BaseURL: address, Authorize: p.authorize, HTTP: client, Credentials: p.setting, Secret: p.secret,
		Breaker: outbound.NewBreaker(outbound.BreakerOptions{
			OnChange: func(open bool) { up("integration_"+p.kind, !open) },
		}),
	})
	if err != nil {
		return nil, err
	}
	i.clients = append(i.clients, asked)
	return asked, nil
}

func withoutUser(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	u.User = nil
	return u.String()
}

func bearer(token string) func(*http.Request) {
	if token == "" {
		return nil
	}
	return func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) }
}

func basic(user, password string) func(*http.Request) {
	return func(r *http.Request) { r.SetBasicAuth(user, password) }
}

func (i *Integrations) addMLflow(c *config.Config, up func(string, bool)) error {
	m := c.Integrations.MLflow
	if m.TrackingURI == "" {
		return nil
	}
	p := place{name: "MLflow", kind: mlflow.Type, address: m.TrackingURI, setting: "integrations.mlflow", secret: m.Token.Reveal()}
	user, password := m.Username, m.Password.Reveal()
	if u, err := url.Parse(m.TrackingURI.Reveal()); err == nil && u.User != nil && user == "" {
		user = u.User.Username()
		password, _ = u.User.Password()
	}
	p.authorize = bearer(p.secret)
	if p.secret == "" && user != "" {
		p.authorize, p.secret = basic(user, password), password
	}
	client, err := i.connect(p, up)
	if err != nil {
		return err
	}
	tracker := mlflow.New(mlflow.Options{Remote: client, Experiment: m.ExperimentName})
	i.Fetchers[mlflow.Type], i.Publishers[mlflow.Type] = tracker, tracker
	return nil
}

func (i *Integrations) addWandB(c *config.Config, up func(string, bool)) error {
	w := c.Integrations.WandB
	if w.APIKey == "" {
		return nil
	}
	key := w.APIKey.Reveal()
	client, err := i.connect(place{
		name: "Weights & Biases", kind: wandb.Type, address: w.BaseURL, setting: "integrations.wandb", secret: key, authorize: basic("api", key),
	}, up)
	if err != nil {
		return err
	}
	i.Fetchers[wandb.Type] = wandb.New(wandb.Options{Remote: client, Entity: w.Entity, Project: w.Project})
	return nil
}

// publicHub is the Hub whose large files are on hosts of their own.
const publicHub = "huggingface.co"

func (i *Integrations) addHub(c *config.Config, up func(string, bool)) error {
	h := c.Integrations.HuggingFace
	if h.ModelHubURL == "" {
		return nil
	}
	p := place{
		name: "the Hugging Face Hub", kind: hub.Type, address: h.ModelHubURL, setting: "integrations.huggingface", secret: h.Token.Reveal(),
		authorize: bearer(h.Token.Reveal()), redirects: 3,
	}
	if u, err := url.Parse(h.ModelHubURL.Reveal()); err == nil && u.Hostname() == publicHub {
		p.hosts = []outbound.Host{{Name: "*.hf.co"}, {Name: "*.huggingface.co"}}
	}
	client, err := i.connect(p, up)
	if err != nil {
		return err
	}
	models := hub.New(hub.Options{Remote: client, ReadReadme: func(src []byte, id string) (*modelcard.Document, error) {
		doc, _, err := render.ReadHuggingFace(src, id)
		return doc, err
	}})
	i.Fetchers[hub.Type], i.Publishers[hub.Type] = models, models
	return nil
}
