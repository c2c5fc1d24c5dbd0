package app

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terragonlabs/modelcard-generator/internal/config"
)

// On SQLite the service works its own queue, unless it is told not to.
func TestServiceWorksItsQueue(t *testing.T) {
	t.Parallel()
	off := false
	for name, embedded := range map[string]*bool{"by itself": nil, "told not to": &off} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := serve(t, func(c *config.Config) { c.Worker.Embedded = embedded })
			answer, err := http.Post(r.url+"/v1/batches", "application/yaml", strings.NewReader(card))
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			body, err := io.ReadAll(answer.Body)
			if err != nil || answer.StatusCode != http.StatusAccepted {
				t.Fatalf("%d: %s, %v", answer.StatusCode, body, err)
			}
			batch := answer.Header.Get("Location")
			if embedded == nil {
				eventually(t, "the batch is worked", func() bool { return strings.Contains(r.get(t, batch), `"status":"completed"`) })
				eventually(t, "the item is counted", func() bool { // which is after its commit
					return strings.Contains(r.get(t, "/metrics"), `mcg_batch_items_total{outcome="created"} 1`)
				})
			} else if got := r.get(t, batch); !strings.Contains(got, `"status":"queued"`) {
				t.Errorf("it is worked all the same: %s", got)
			}
			if err := r.stop(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestWorkerWithoutASharedDatabase(t *testing.T) {
	t.Parallel()
	c := config.Default()
	c.Worker.Mode, c.Storage.DataDir = true, filepath.Join(t.TempDir(), "data")
	err := Work(context.Background(), Options{Config: &c, Version: "test", Err: &bytes.Buffer{}})
	if !errors.Is(err, errNotShared) || !strings.Contains(err.Error(), "MCG_DATABASE_URL") {
		t.Errorf("error %v", err)
	}
}
