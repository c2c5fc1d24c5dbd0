// Package k8s holds the settings of the manifests against the program that
// reads them. What Kubernetes says of them is tested in test, a module of its
// own.
package k8s

import (
	"os"
	"path/filepath"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/terragonlabs/modelcard-generator/internal/config"
)

func TestConfigMapIsAConfiguration(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("base/config.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var object struct {
		Data map[string]string `yaml:"data"`
	}
	if err := yaml.Unmarshal(text, &object); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(file, []byte(object.Data["config.yaml"]), 0o600); err != nil {
		t.Fatal(err)
	}
	loaded, err := config.Load(config.LoadOptions{File: file, Environ: []string{
		"MCG_SECRET_KEY=0123456789abcdef0123456789abcdef", "MCG_REDIS_URL=redis://redis:6379/0",
		"MCG_DATABASE_URL=postgresql://mcg:secret@postgres/mcg", "MCG_OUTPUT_DIR=/output", "GOMEMLIMIT=920MiB",
	}})
	if err != nil {
		t.Fatal(err)
	}
	if len(loaded.Warnings) > 0 {
		t.Errorf("warnings: %v", loaded.Warnings)
	}
	c := loaded.Config
	if c.API.Host != "0.0.0.0" || !c.AuthEnabled() || c.MetricsHost() != "0.0.0.0" || c.Monitoring.MetricsPort != 9090 {
		t.Errorf("the API on %s, metrics on %s:%d, authentication %t", c.API.Host, c.MetricsHost(), c.Monitoring.MetricsPort, c.AuthEnabled())
	}
	if levels := c.CacheLevels(); len(levels) != 3 || levels[0].Size.Bytes() != 64<<20 {
		t.Errorf("cache levels: %+v", levels)
	}
}
