package app

import (
	"context"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"github.com/terragonlabs/modelcard-generator/internal/auth"
	"github.com/terragonlabs/modelcard-generator/internal/config"
	"github.com/terragonlabs/modelcard-generator/internal/outbound/outboundtest"
	"github.com/terragonlabs/modelcard-generator/internal/telemetry"
)

// canary is a listener that nothing should reach.
func canary(t *testing.T) (port string, hits *atomic.Int64) {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	hits = &atomic.Int64{}
	var group sync.WaitGroup
	group.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			hits.Add(1)
			_ = c.Close()
		}
	})
	t.Cleanup(func() { _ = l.Close(); group.Wait() })
	_, port, err = net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port, hits
}

// fetchKeys builds the verifier of a configuration with this public_key_url, as the service does, and lets it fetch.
func fetchKeys(t *testing.T, url string, private bool) {
	t.Helper()
	c := config.Default()
	c.Security.Providers.JWT.PublicKeyURL = config.URL(url)
	c.Security.Providers.JWT.Issuer, c.Security.Providers.JWT.Audience = "https://issuer.example", "mcg"
	c.Security.Providers.JWT.PrivateNetwork = private
	metrics, err := telemetry.NewMetrics(prometheus.NewRegistry(), telemetry.Build{})
	if err != nil {
		t.Fatal(err)
	}
	verifiers, err := newVerifiers(&c, watch{zerolog.Nop(), metrics})
	if err != nil {
		return // refused before anything is sent
	}
	tokens, err := auth.NewTokens(auth.TokenOptions{Verifiers: verifiers})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer stop()
	tokens.Run(ctx)
}

// withoutNames leaves out the forms that would ask a name server outside the test.
func withoutNames(forms []string) []string {
	var kept []string
	for _, form := range forms {
		if !strings.Contains(form, ".test") && !strings.Contains(form, ".evil") && !strings.Contains(form, "example.org") {
			kept = append(kept, form)
		}
	}
	return kept
}

// TestPublicKeyURLReachesNothingPrivate: the URL field of the token issuer, by every form.
func TestPublicKeyURLReachesNothingPrivate(t *testing.T) {
	port, hits := canary(t)
	forms := withoutNames(outboundtest.Forms(port))
	if len(forms) < 120 {
		t.Fatalf("%d forms, want 120", len(forms))
	}
	var group sync.WaitGroup
	for _, form := range forms {
		group.Go(func() { fetchKeys(t, form, false) })
	}
	group.Wait()
	if hits.Load() != 0 {
		t.Errorf("%d connections reached the canary", hits.Load())
	}
	t.Logf("%d forms", len(forms))
}

// TestPrivateIssuerIsReachedWhenAllowed is the control: the same eyes see what is let through.
func TestPrivateIssuerIsReachedWhenAllowed(t *testing.T) {
	port, hits := canary(t)
	for _, form := range []string{"http://127.0.0.1:" + port + "/", "https://localhost:" + port + "/jwks"} {
		before := hits.Load()
		fetchKeys(t, form, true)
		if hits.Load() == before {
			t.Errorf("%s is allowed and was not reached", form)
		}
	}
}
