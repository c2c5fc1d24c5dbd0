package app

import (
	"context"
	"io"
	"net/http"
	"path/filepath"
	"time"

	"github.com/terragonlabs/modelcard-generator/internal/config"
)

// ServePrivate runs a service of a configuration for this process alone, until
// ctx ends: on loopback, with its database, cache and files in dir, without
// Redis, access control, rate limits, traces and logs. It gives its address when
// it is ready, and how it ended.
func ServePrivate(ctx context.Context, c config.Config, dir, version string) (url <-chan string, ended <-chan error) {
	alone(&c, dir)
	addresses, ready, done := make(chan string, 1), make(chan string, 1), make(chan error, 1)
	o := Options{Config: &c, Version: version, Err: io.Discard, Listening: func(url string) { addresses <- url }}
	go func() { done <- Serve(ctx, o) }()
	go func() {
		select {
		case address := <-addresses:
			if awaitReady(ctx, address+c.Monitoring.ReadyCheckPath) {
				ready <- address
			}
		case <-ctx.Done():
		}
	}()
	return ready, done
}

// alone takes everything out of a configuration that others see.
func alone(c *config.Config, dir string) {
	off := false
	c.API.Host, c.API.Port = "127.0.0.1", 0
	c.Database.URL = ""
	c.Redis = config.Redis{}
	c.Storage.DataDir, c.Storage.CacheDir, c.Storage.OutputDir = filepath.Join(dir, "data"), "", ""
	c.Security = config.Security{EnableAuth: &off, RBAC: c.Security.RBAC}
	c.Logging.Handlers, c.Logging.File = nil, ""
	c.Monitoring.MetricsHost, c.Monitoring.MetricsPort, c.Monitoring.EnableTracing = "", 0, false
}

func awaitReady(ctx context.Context, url string) bool {
	for ctx.Err() == nil {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
		if err != nil {
			return false
		}
		if answer, err := http.DefaultClient.Do(request); err == nil {
			_ = answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return true
			}
		}
		select {
		case <-ctx.Done():
		case <-time.After(10 * time.Millisecond):
		}
	}
	return false
}
