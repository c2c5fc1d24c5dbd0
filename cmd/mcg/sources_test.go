package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// writeAll writes files into one folder.
func writeAll(t *testing.T, files map[string]string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestGenerateFromSources(t *testing.T) {
	dir := writeAll(t, map[string]string{
		"card.yaml":    "model: {name: M}\nevaluation: {results: [{metrics: [{type: accuracy, value: 0.5}]}]}\nsources: [{type: training, path: params.yaml}]\n",
		"params.yaml":  "lr: 0.1\n",
		"eval.json":    `{"accuracy": 0.9, "f1": 0.8}`,
		"named.json":   `{"model_name": "N", "accuracy": 0.9}`,
		"prose.txt":    "nothing",
		"outside.yaml": "model: {name: M}\nsources: [{type: evaluation, path: ../secret.json}]\n",
		"gone.yaml":    "model: {name: M}\nsources: [{type: evaluation, path: nowhere.json}]\n",
		"ref.yaml":     "model: {name: M}\nsources: [{type: mlflow, ref: 'models:/m/1'}]\n",
	})
	at := func(name string) string { return filepath.Join(dir, name) }
	tests := []struct {
		name   string
		args   []string
		code   int
		stdout string
		stderr []string
	}{
		{
			"card and file", []string{at("card.yaml"), "--eval", at("eval.json"), "--format", "mcg"}, 0,
			`"training":{"hyperparameters":{"lr":0.1}},"evaluation":{"results":[{"metrics":[{"type":"accuracy","value":0.5},{"type":"f1","value":0.8}]}]},` +
				`"sources":[{"type":"training","path":"params.yaml","fields":["/training/hyperparameters"]},{"type":"evaluation","path":"eval.json","fields":["/evaluation/results/0/metrics/1"]}]}`,
			[]string{"from eval.json: /evaluation/results/0/metrics/1 [source]", "card.yaml:2:59: /evaluation/results/0/metrics/0/value: eval.json says 0.9; the card says 0.5", "[warning]"},
		},
		{"files alone", []string{"--eval", at("named.json"), "--training", at("params.yaml"), "--format", "mcg"}, 0, `"model":{"name":"N"},"training":{"hyperparameters":{"lr":0.1}}`, nil},
		{"an id for files", []string{"--eval", at("eval.json"), "--id", "a/b", "--format", "mcg"}, 0, `"model":{"id":"a/b"}`, nil},
		{"no name", []string{"--eval", at("eval.json")}, 1, "", []string{"a card needs model.id or model.name"}},
		{"unknown file", []string{at("card.yaml"), "--eval", at("prose.txt")}, 2, "", []string{"prose.txt: not a result file of a known kind"}},
		{"two cards", []string{at("card.yaml"), at("ref.yaml"), "--eval", at("eval.json")}, 2, "", []string{"are about one card"}},
		{"outside the folder", []string{at("outside.yaml")}, 2, "", []string{"/sources/0 (../secret.json)", "escapes"}},
		{"no such file", []string{at("gone.yaml")}, 2, "", []string{"/sources/0 (nowhere.json)", "no such file"}},
		{"a service is not asked unasked", []string{at("ref.yaml"), "--format", "mcg"}, 0, `"ref":"models:/m/1"`, nil},
		{"a service that is not configured", []string{at("ref.yaml"), "--fetch"}, 3, "", []string{"/sources/0 (mlflow models:/m/1): the integration is not configured"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			code, stdout, stderr := mcg(t, "", append([]string{"generate"}, tt.args...)...)
			if code != tt.code || !strings.Contains(stdout, tt.stdout) {
				t.Errorf("exit %d, stdout %q, stderr %q; want %d, %q", code, stdout, stderr, tt.code, tt.stdout)
			}
			for _, want := range tt.stderr {
				if !strings.Contains(stderr, want) {
					t.Errorf("%q is not in %q", want, stderr)
				}
			}
		})
	}
}

// TestGenerateAgain gives mcg its own output: it is the same card, also without
// the files at hand.
func TestGenerateAgain(t *testing.T) {
	dir := writeAll(t, map[string]string{"card.yaml": "model: {name: M}\nsources: [{type: evaluation, path: eval.json}]\n", "eval.json": `{"accuracy": 0.9}`})
	_, first, _ := mcg(t, "", "generate", filepath.Join(dir, "card.yaml"), "--format", "yaml")
	elsewhere := writeAll(t, map[string]string{"card.yaml": first})
	code, second, stderr := mcg(t, "", "generate", filepath.Join(elsewhere, "card.yaml"), "--format", "yaml")
	if code != 0 || second != first || !strings.Contains(first, "value: 0.9") {
		t.Errorf("exit %d %s\n%s\n%s", code, stderr, first, second)
	}
}

// TestPublishVerb publishes to a Hub that refuses, and to none.
func TestPublishVerb(t *testing.T) {
	var heard []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		heard = append(heard, r.Method+" "+r.URL.Path)
		http.Error(w, `{"error": "Invalid username or password."}`, http.StatusUnauthorized)
	}))
	defer server.Close()
	path := write(t, "card.yaml", "model: {id: acme/m}\n")
	var stdout, stderr bytes.Buffer
	environ := []string{"MCG_DATA_DIR=" + t.TempDir(), "MCG_INTEGRATIONS_HUGGINGFACE_MODEL_HUB_URL=" + server.URL}
	code := run([]string{"publish", path}, environ, nil, &stdout, &stderr)
	if code != exitDependency || !strings.Contains(stderr.String(), "401 Unauthorized: Invalid username or password.; check the credentials") || len(heard) != 1 {
		t.Errorf("exit %d, %s, asked %v", code, stderr.String(), heard)
	}
	code, _, errs := mcg(t, "", "publish", path, "--to", "mlflow", "--target", "models:/m/1")
	if code != exitUsage || !strings.Contains(errs, "integrations.mlflow") {
		t.Errorf("exit %d, %s", code, errs)
	}
}
