//go:build e2e

package mlflow_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/test/peers/python"
)

// world is a real MLflow server on SQLite, and mcg as it is shipped.
type world struct {
	dir, python, mcg, address string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{dir: t.TempDir()}
	w.python = python.Interpreter(t.Context(), t, "mlflow")
	w.mcg = filepath.Join(w.dir, "mcg")
	w.output(t, exec.Command("go", "build", "-o", w.mcg, "../../../cmd/mcg"))
	w.serve(t)
	return w
}

func (w *world) output(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s%s", cmd.Args, err, out, stderr.String())
	}
	return string(out)
}

// serve starts the server on a free port and waits for it.
func (w *world) serve(t *testing.T) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	_ = listener.Close()
	w.address = fmt.Sprintf("http://127.0.0.1:%d", port)
	log, err := os.Create(filepath.Join(w.dir, "server.log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(w.python, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", fmt.Sprint(port), "--workers", "1",
		"--backend-store-uri", "sqlite:///"+filepath.Join(w.dir, "mlflow.db"), "--artifacts-destination", filepath.Join(w.dir, "artifacts"))
	cmd.Stdout, cmd.Stderr, cmd.Dir = log, log, w.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // its own group alone
		_ = cmd.Wait()
	})
	deadline := time.Now().Add(2 * time.Minute)
	for time.Now().Before(deadline) {
		response, err := http.Get(w.address + "/health")
		if err == nil {
			_ = response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return
			}
		}
		time.Sleep(200 * time.Millisecond)
	}
	text, _ := os.ReadFile(log.Name())
	t.Fatalf("MLflow does not start:\n%s", text)
}

// peer runs the real client.
func (w *world) peer(t *testing.T, act string, into any, args ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, w.python, append([]string{"peer.py", act, w.address}, args...)...)
	cmd.Env = append(os.Environ(), "OUT="+t.TempDir(), "MLFLOW_DISABLE_TELEMETRY=true", "GIT_PYTHON_REFRESH=quiet")
	lines := strings.Split(strings.TrimSpace(w.output(t, cmd)), "\n")
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), into); err != nil {
		t.Fatal(err)
	}
}

// run runs mcg and gives its output and exit code.
func (w *world) run(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	cmd := exec.Command(w.mcg, args...)
	cmd.Env = append(os.Environ(), "MCG_MLFLOW_TRACKING_URI="+w.address, "MCG_INTEGRATIONS_MLFLOW_EXPERIMENT_NAME=cards", "MCG_CONFIG_DIR="+w.dir)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	_ = cmd.Run() // the exit code says it
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// card has mcg make a card of a document.
func (w *world) card(t *testing.T, document string) (*card.Card, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "card.yaml")
	if err := os.WriteFile(path, []byte(document), 0o600); err != nil {
		t.Fatal(err)
	}
	out, errs, code := w.run(t, "generate", path, "--fetch", "--format", "mcg")
	if code != 0 {
		t.Fatalf("exit %d: %s", code, errs)
	}
	doc, err := card.ReadJSON([]byte(out))
	if err != nil {
		t.Fatal(err)
	}
	return doc.Card, errs
}

func TestMLflow(t *testing.T) {
	w := newWorld(t)
	var logged struct {
		Run      string  `json:"run"`
		Accuracy float64 `json:"accuracy"`
	}
	w.peer(t, "log", &logged)
	t.Run("model version", func(t *testing.T) { testVersion(t, w, logged.Run, logged.Accuracy) })
	t.Run("references", func(t *testing.T) { testReferences(t, w, logged.Run) })
	t.Run("conflict", func(t *testing.T) { testConflict(t, w) })
	t.Run("write back", func(t *testing.T) { testWriteBack(t, w) })
	t.Run("refresh", func(t *testing.T) { testRefresh(t, w, logged.Run) })
	t.Run("missing", func(t *testing.T) { testMissing(t, w) })
}

func testVersion(t *testing.T, w *world, run string, accuracy float64) {
	c, errs := w.card(t, "model: {id: acme/iris}\nsources: [{type: mlflow, ref: 'models:/iris@champion'}]\n")
	want := map[string]string{
		"name": "iris", "version": "1", "description": "The first one.", "license": "mit", "library": "sklearn", "procedure": "Trained on *Iris*.",
		"accuracy": string(card.Float(accuracy)), "f1 validation": "0.75", "nothing": "nan", "endless": "infinity", "C": "0.5", "max_iter": "50", "solver": "lbfgs",
		"dataset": "iris", "link": "https://example.org/iris.csv", "test set": "iris-test", "inputs": "4", "input": "double sepal length (cm)",
		"resolved": "models:/iris/1", "language": "en",
		"loss train": `0.5361328125 {"step":1499,"values":1500,"min":0.5361328125,"max":2.0}`,
	}
	got := map[string]string{
		"name": c.Model.Name, "version": c.Model.Version, "description": c.Model.Description, "license": c.Model.License, "library": c.Model.LibraryName,
		"procedure": c.Training.Procedure, "accuracy": metric(c, "", "accuracy"), "f1 validation": metric(c, "validation", "f1"),
		"nothing": strings.ToLower(metric(c, "", "nothing")), "endless": strings.ToLower(metric(c, "", "endless")),
		"C": parameter(c, "C"), "max_iter": parameter(c, "max_iter"), "solver": parameter(c, "solver"),
		"dataset": c.Training.Datasets[0].Name, "link": c.Training.Datasets[0].Link, "test set": c.Evaluation.Datasets[0].Name,
		"inputs": fmt.Sprint(len(c.Technical.Inputs)), "input": c.Technical.Inputs[0].Format + " " + c.Technical.Inputs[0].Name,
		"resolved": c.Sources[0].Resolved, "language": c.Model.Language.Values[0], "loss train": metric(c, "train", "loss"),
	}
	for key, value := range want {
		if key == "loss train" || key == "f1 validation" {
			got[key] = strings.TrimSuffix(got[key], ` {"step":7,"values":1}`)
		}
		if got[key] != value {
			t.Errorf("%s: %q, want %q", key, got[key], value)
		}
	}
	if !strings.Contains(c.Training.Overview, run) {
		t.Errorf("the run is not named: %q", c.Training.Overview)
	}
	if !strings.Contains(errs, "/model/version") || !strings.Contains(errs, "/tags/team") {
		t.Errorf("mcg does not say what came from where, and what was left out: %s", errs)
	}
}

// metric is the value of a metric, and its arguments where it has some.
func metric(c *card.Card, split, name string) string {
	for _, r := range c.Evaluation.Results {
		for _, m := range r.Metrics {
			if r.Dataset.Split == split && m.Type == name {
				text := card.Text(m.Value)
				if m.Args != nil {
					text += " " + card.Text(m.Args)
				}
				return text
			}
		}
	}
	return ""
}

func parameter(c *card.Card, name string) string {
	v, _ := c.Training.Hyperparameters.Get(name)
	return card.Text(v)
}

func testReferences(t *testing.T, w *world, run string) {
	for ref, resolved := range map[string]string{
		"models:/iris/2": "models:/iris/2", "models:/iris": "models:/iris/2", "models:/iris/latest": "models:/iris/2",
		"runs:/" + run: "runs:/" + run, run: "runs:/" + run, "run:iris run": "runs:/" + run, "latest": "runs:/" + run,
	} {
		c, _ := w.card(t, "model: {id: acme/iris}\nsources: [{type: mlflow, ref: '"+ref+"'}]\n")
		if got := c.Sources[0].Resolved; got != resolved {
			t.Errorf("%s is %s, want %s", ref, got, resolved)
		}
		if parameter(c, "C") != "0.5" {
			t.Errorf("%s: the parameters are missing", ref)
		}
	}
	c, _ := w.card(t, "model: {id: acme/iris}\nsources: [{type: mlflow, ref: '"+run+"'}]\n")
	if c.Technical == nil || c.Model.LibraryName != "sklearn" {
		t.Error("the model that the run logged is not read")
	}
}

func testConflict(t *testing.T, w *world) {
	c, errs := w.card(t, "model: {id: acme/iris, license: apache-2.0}\nsources: [{type: mlflow, ref: 'models:/iris/1'}]\n")
	if c.Model.License != "apache-2.0" || !strings.Contains(errs, "/model/license") || !strings.Contains(errs, "says mit") {
		t.Errorf("licence %q, %s", c.Model.License, errs)
	}
}

func testWriteBack(t *testing.T, w *world) {
	path := filepath.Join(t.TempDir(), "card.yaml")
	text := "model: {id: acme/iris, summary: Tells three species apart.}\nconsiderations: {limitations: [" + strings.Repeat("'A limitation of many words, again and again.', ", 200) + "]}\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	publish := []string{"publish", path, "--to", "mlflow", "--target", "models:/iris@champion"}
	out, errs, code := w.run(t, publish...)
	if code != 0 || !strings.HasPrefix(out, "published: models:/iris/1") {
		t.Fatalf("exit %d: %s%s", code, out, errs)
	}
	readme, _, _ := w.run(t, "generate", path)
	digestSource, _, _ := w.run(t, "generate", path, "--format", "mcg")
	var there struct {
		Description string            `json:"description"`
		Tags        map[string]string `json:"tags"`
		Artifact    string            `json:"artifact"`
	}
	w.peer(t, "read", &there)
	if there.Artifact != readme {
		t.Errorf("the artifact is not the card:\n%s", there.Artifact)
	}
	if got := []rune(there.Description); len(got) > 5000 || !strings.Contains(there.Description, "Tells three species apart.") || !strings.Contains(there.Description, "model_card/README.md") {
		t.Errorf("the description has %d characters:\n%s", len(got), there.Description)
	}
	if want := card.Digest([]byte(strings.TrimSuffix(digestSource, "\n"))); there.Tags["mcg.digest"] != want {
		t.Errorf("digest %q, want %q", there.Tags["mcg.digest"], want)
	}
	if out, _, _ := w.run(t, publish...); !strings.HasPrefix(out, "unchanged: ") {
		t.Errorf("a second time: %s", out)
	}
	c, _ := w.card(t, "model: {id: acme/iris}\nsources: [{type: mlflow, ref: 'models:/iris/1'}]\n")
	if c.Model.Description != "" {
		t.Errorf("the card that was written back is read as a description: %.80s", c.Model.Description)
	}
}

// testRefresh reads a card anew whose run has another value meanwhile.
func testRefresh(t *testing.T, w *world, run string) {
	dir := t.TempDir()
	first, second := filepath.Join(dir, "first.yaml"), filepath.Join(dir, "second.yaml")
	document := "model: {id: acme/iris}\nsources: [{type: mlflow, ref: 'runs:/" + run + "'}]\n"
	if err := os.WriteFile(first, []byte(document), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, errs, code := w.run(t, "generate", first, "--fetch", "--format", "yaml", "-o", second); code != 0 {
		t.Fatal(errs)
	}
	w.peer(t, "rerun", &struct{}{}, run)
	out, errs, code := w.run(t, "generate", second, "--fetch", "--format", "mcg")
	doc, err := card.ReadJSON([]byte(out))
	if code != 0 || err != nil {
		t.Fatal(err, errs)
	}
	if got := metric(doc.Card, "", "accuracy"); !strings.HasPrefix(got, "0.25 ") || strings.Contains(errs, "source_conflict") || strings.Contains(errs, "[warning]") {
		t.Errorf("accuracy %s after it has changed; %s", got, errs)
	}
	kept, _, _ := w.run(t, "generate", second, "--format", "mcg")
	if strings.Contains(kept, "0.25") {
		t.Error("the service was asked without --fetch")
	}
}

func testMissing(t *testing.T, w *world) {
	path := filepath.Join(t.TempDir(), "card.yaml")
	for ref, want := range map[string]string{
		"models:/nobody/1":                       "it answered 404 Not Found: Model Version (name=nobody, version=1) not found",
		"models:/iris@nix":                       "alias nix not found",
		"runs:/00000000000000000000000000000000": "404",
	} {
		text := "model: {name: x}\nsources: [{type: mlflow, ref: '" + ref + "'}]\n"
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, errs, code := w.run(t, "generate", path, "--fetch")
		host := strings.TrimPrefix(w.address, "http://")
		if code != 3 || !strings.Contains(errs, want) || !strings.Contains(errs, "MLflow at "+host) || !strings.Contains(errs, "check ") {
			t.Errorf("%s: exit %d, %s", ref, code, errs)
		}
	}
}
