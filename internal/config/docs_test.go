package config

import (
	"bytes"
	"flag"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write docs/configuration.md anew")

func TestDocs(t *testing.T) {
	t.Parallel()
	const path = "../../docs/configuration.md"
	var b bytes.Buffer
	if err := WriteDocs(&b); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil { //nolint:gosec // a page of the repository
			t.Fatal(err)
		}
	}
	onDisk, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(onDisk), b.String()); diff != "" {
		t.Errorf("docs/configuration.md is old; run go test ./internal/config -run TestDocs -update\n%s", diff)
	}
}

// TestKeysAreComplete holds the table to the rules that reading and documents rest on.
func TestKeysAreComplete(t *testing.T) {
	t.Parallel()
	var c Config
	variables := map[string]string{}
	for _, k := range keys(&c) {
		if strings.HasSuffix(k.path, ".") || k.doc == "" {
			t.Errorf("%s has no yaml name or no doc", k.path)
		}
		for _, v := range []string{k.variable, k.variable + "_FILE"} {
			if other, twice := variables[v]; twice && (k.secret || v == k.variable) {
				t.Errorf("%s and %s share the variable %s", k.path, other, v)
			}
		}
		variables[k.variable] = k.path
		if k.secret {
			variables[k.variable+"_FILE"] = k.path
		}
	}
}

// TestDefaultsAreDocumented ties the default that is printed in the documents to the one in force.
func TestDefaultsAreDocumented(t *testing.T) {
	t.Parallel()
	c := Default()
	d := Default()
	empty := keys(&d)
	for i, k := range keys(&c) {
		fresh := empty[i]
		fresh.value.SetZero()
		dec := decoder{origins: map[string]Source{}, at: func(int, int) Source { return Source{} }}
		if k.defaultText != "" {
			dec.text(fresh, k.defaultText)
		}
		if !reflect.DeepEqual(k.value.Interface(), fresh.value.Interface()) {
			t.Errorf("%s: default is %v, documented as %q", k.path, k.value.Interface(), k.defaultText)
		}
	}
}

// TestPromisedNames is the list of the production guide: every variable and every key of it is there and does reach a field.
func TestPromisedNames(t *testing.T) {
	t.Parallel()
	promised := map[string]string{
		"MCG_LOG_LEVEL": "logging.level", "MCG_ENVIRONMENT": "environment", "MCG_DEBUG": "debug", "MCG_CONFIG": "config",
		"MCG_CONFIG_DIR": "config_dir", "MCG_OUTPUT_DIR": "storage.output_dir", "MCG_CACHE_DIR": "storage.cache_dir",
		"MCG_TEMPLATES_DIR": "templates.custom_templates_dir", "MCG_REDIS_URL": "redis.url", "MCG_DATABASE_URL": "database.url",
		"MCG_MLFLOW_TRACKING_URI": "integrations.mlflow.tracking_uri", "MCG_WANDB_API_KEY": "integrations.wandb.api_key",
		"MCG_HF_TOKEN": "integrations.huggingface.token", "MCG_SECRET_KEY": "security.secret_key",
		"MCG_JWT_ALGORITHM": "security.jwt.algorithm", "MCG_JWT_EXPIRE_MINUTES": "security.jwt.expire_minutes",
		"MCG_MAX_WORKERS": "api.workers", "MCG_QUEUE_SIZE": "api.queue_size", "MCG_TIMEOUT_SECONDS": "api.timeout",
		"MCG_WORKER_MODE": "worker.mode", "MCG_HOST": "api.host", "MCG_PORT": "api.port",
		"MCG_METRICS_PORT": "monitoring.metrics_port", "MCG_DATA_DIR": "storage.data_dir",
		"MCG_SECURITY_ENABLE_AUTH": "security.enable_auth", "MCG_CACHE_LEVELS": "cache.levels",
	}
	var c Config
	got := map[string]string{}
	for _, k := range keys(&c) {
		if _, ok := promised[k.variable]; ok {
			got[k.variable] = k.path
		}
	}
	if diff := cmp.Diff(promised, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestWrite(t *testing.T) {
	t.Parallel()
	l := load(t, "security: {providers: {api_key: {valid_keys: [{key: s3ntinel-s3ntinel, roles: [admin]}]}}}",
		"MCG_DATABASE_URL=postgresql://u:s3ntinel@h/d", "MCG_HF_TOKEN=s3ntinel")
	var b bytes.Buffer
	if err := l.Write(&b); err != nil {
		t.Fatal(err)
	}
	got := strings.ReplaceAll(b.String(), l.Config.File, "F")
	for _, want := range []string{
		"\nconfig_dir: /etc/mcg  # default\n",
		"\ndatabase.url: postgresql://u:[redacted]@h/d  # MCG_DATABASE_URL\n",
		"\nintegrations.huggingface.token: [redacted]  # MCG_HF_TOKEN\n",
		"\nintegrations.wandb.api_key: \"\"  # default\n",
		"\nsecurity.providers.api_key.valid_keys: [{\"key\":\"[redacted]\",\"roles\":[\"admin\"]}]  # F:1:46\n",
		"\napi.timeout: 5m  # default\n",
		"config: F  # --config\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the print has no line %q:\n%s", want, got)
		}
	}
	if strings.Contains(got, "s3ntinel") {
		t.Errorf("a secret is told:\n%s", got)
	}
}
