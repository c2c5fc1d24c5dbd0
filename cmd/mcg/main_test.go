package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/terragonlabs/modelcard-generator/internal/render/jinja"
)

// TestMain lets the tests' own binary render templates, as main does.
func TestMain(m *testing.M) {
	jinja.Child()
	os.Exit(m.Run())
}

// mcg runs the program in this process and returns its exit code and output.
func mcg(t *testing.T, stdin string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(args, []string{"MCG_DATA_DIR=" + t.TempDir()}, strings.NewReader(stdin), &out, &errs)
	return code, out.String(), errs.String()
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestVerbs(t *testing.T) {
	good := write(t, "good.yaml", "model: {name: Good, license: mit}\n")
	evaluation := write(t, "eval.json", `{"model_name": "m", "accuracy": 0.95, "f1_score": 0.92}`)
	toolkit := write(t, "toolkit.json", `{"model_details": {"name": "Cats", "license": "MIT", "zebra": 1}}`)
	template := write(t, "short.md.j2", "# {{ model_id | default(card.model.name, true) }}\n")
	bad := write(t, "bad.md.j2", "\n{{ a | nosuch }}\n")
	tests := []struct {
		name   string
		stdin  string
		args   []string
		code   int
		stdout string
		stderr string
	}{
		{"generate", "", []string{"generate", good}, 0, "license: mit", ""},
		{"generate by flag", "", []string{"generate", "--config", good, "--format", "mcg"}, 0, `"name":"Good"`, ""},
		{"as in an image", "", []string{"mcg", "generate", good}, 0, "# Model Card for Good", ""},
		{"flat evaluation", "", []string{"generate", evaluation}, 0, "| accuracy | 0.95 |", "model-index needs"},
		{"standard input", "model: {nane: x, id: a/b}", []string{"validate", "-"}, 1, `did you mean "name"?`, ""},
		{"unreadable", "model: [", []string{"generate", "-"}, 2, "", "-:1:"},
		{"no such file", "", []string{"generate", "nowhere.yaml"}, 2, "", "nowhere.yaml"},
		{"no such format", "", []string{"generate", good, "--format", "docx"}, 2, "", "there is no format"},
		{"convert", "", []string{"convert", good, "--to", "yaml"}, 0, "license: mit", ""},
		{"convert from the Model Card Toolkit", "", []string{"convert", toolkit, "--to", "huggingface"}, 0, "license: mit", "toolkit.json: /model_details/zebra: the card has no field for it [loss]"},
		{"convert what comes in", `{"model_details": {"name": "Cats"}}`, []string{"convert", "-", "--to", "google"}, 0, `"schema_version": "0.0.2"`, ""},
		{"convert with losses", "", []string{"convert", good, "--to", "google", "--id", "a/b"}, 0, `"identifier": "MIT"`, "good.yaml: /model/id: the Model Card Toolkit has no place for it [loss]"},
		{"toolkit with a mistake", `{"model_details": {"name": 1}}`, []string{"convert", "-", "--to", "yaml"}, 1, "", "-:1:28: /model_details/name: a number where text is wanted"},
		{"own template", "", []string{"convert", good, "--to", "template:short", "--templates", filepath.Dir(template)}, 0, "# Good", ""},
		{"bad own template", "", []string{"generate", good, "--format", "template:bad", "--templates", filepath.Dir(bad)}, 2, "", `bad.md.j2:2:8: there is no filter "nosuch"`},
		{"no folder of templates", "", []string{"generate", good, "--format", "template:short"}, 2, "", "MCG_TEMPLATES_DIR"},
		{"template check", "", []string{"template", "check", filepath.Dir(template)}, 0, "template:short: valid", ""},
		{"template check of files", "", []string{"template", "check", template, bad}, 1, `bad.md.j2:2:8: there is no filter "nosuch"`, ""},
		{"template check of nothing", "", []string{"template", "check", filepath.Join(filepath.Dir(bad), "nowhere")}, 2, "", "nowhere"},
		{"diff", "", []string{"diff", good, evaluation}, 1, "@@ removed /model/license @@\n-mit\n", ""},
		{"usage", "", []string{"generat"}, 2, "", "unexpected argument"},
		{"version", "", []string{"version"}, 0, "mcg dev", ""},
		{"config", "", []string{"config"}, 0, "api.port", ""},
		{"migrate", "", []string{"migrate", "up"}, 0, "applied", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			code, stdout, stderr := mcg(t, tt.stdin, tt.args...)
			if code != tt.code || !strings.Contains(stdout, tt.stdout) || !strings.Contains(stderr, tt.stderr) {
				t.Errorf("exit %d, stdout %q, stderr %q; want %d, %q, %q", code, stdout, stderr, tt.code, tt.stdout, tt.stderr)
			}
		})
	}
}

func TestValidateVerdicts(t *testing.T) {
	good := write(t, "good.yaml", "model: {name: Good, license: mit}\n")
	bad := write(t, "bad.yaml", "model: {name: Bad, license: Apache-2.0}\n")
	readme := write(t, "README.md", "---\nlicense: mit\n---\nA model without a heading.\n")
	rules := write(t, "rules.yaml", "rules:\n  - {id: owner, message: names an owner, expression: has(card.model.owners)}\n")
	broken := write(t, "broken.yaml", "rules:\n  - {id: owner, message: m, expression: has(card}\n")
	tests := []struct {
		name   string
		args   []string
		code   int
		stdout string
	}{
		{"good", []string{good}, 0, ": valid"},
		{"bad", []string{bad}, 1, "bad.yaml:1:29: error: /model/license:"},
		{"both", []string{good, bad}, 1, "good.yaml: valid"},
		{"warnings pass", []string{write(t, "w.yaml", smallestCard)}, 0, "huggingface/license-missing"},
		{"warnings fail", []string{write(t, "w.yaml", smallestCard), "--fail-on", "warning"}, 1, "severity warning: 1"},
		{"never", []string{bad, "--fail-on", "never"}, 0, ": valid"},
		{"score", []string{good, "--rules", "completeness", "--min-score", "0.8"}, 1, "completeness scores 0.08"},
		{"README named by its folder", []string{readme}, 0, ": valid"},
		{"own rules", []string{good, "--rules-file", rules}, 1, "[custom/owner]"},
		{"broken rules", []string{good, "--rules-file", broken}, 2, ""},
		{"no rules file", []string{good, "--rules-file", "nowhere.yaml"}, 2, ""},
		{"no such pack", []string{good, "--rules", "hub"}, 2, ""},
		{"bad score", []string{good, "--min-score", "80"}, 2, ""},
		{"missing file", []string{good, "nowhere.yaml"}, 2, "nowhere.yaml: error"},
		{"no card and unreadable", []string{bad, write(t, "u.yaml", "model: [")}, 2, "u.yaml:1:"},
		{"json", []string{bad, "--report", "json"}, 1, `"rule": "huggingface/license"`},
		{"sarif", []string{bad, "--format", "sarif"}, 1, `"version": "2.1.0"`},
		{"junit", []string{bad, "--format", "junit"}, 1, "<testsuites"},
		{"github", []string{bad, "--format", "github"}, 1, "::error file="},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			code, stdout, stderr := mcg(t, "", append([]string{"validate"}, tt.args...)...)
			if code != tt.code || !strings.Contains(stdout, tt.stdout) {
				t.Errorf("exit %d, want %d\n%s%s", code, tt.code, stdout, stderr)
			}
		})
	}
}

const smallestCard = "model: {name: Example}\n"

func TestValidateUnderGitHubActions(t *testing.T) {
	bad := write(t, "bad.yaml", "model: {name: Bad, license: Apache-2.0}\n")
	output := filepath.Join(t.TempDir(), "report.sarif")
	for name, args := range map[string][]string{"text": {bad}, "to a file": {bad, "--format", "sarif", "--output", output}} {
		var out bytes.Buffer
		code := run(append([]string{"validate"}, args...), []string{"GITHUB_ACTIONS=true"}, nil, &out, io.Discard)
		if code != exitRefused || !strings.HasPrefix(out.String(), "::") || !strings.Contains(out.String(), "::error file="+bad+",line=1,col=29,title=huggingface/license::") {
			t.Errorf("%s: exit %d, %s", name, code, out.String())
		}
	}
	if report, err := os.ReadFile(output); err != nil || !bytes.Contains(report, []byte(`"$schema"`)) {
		t.Errorf("the report: %v %.100s", err, report)
	}
}

func TestValidateFix(t *testing.T) {
	const before = "---\n# our card\nlicense:  MIT\nlanguage: [ english ]\nthumbnail:\n---\n# Title\n"
	readme := write(t, "README.md", before)
	if err := os.Chmod(readme, 0o640); err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr := mcg(t, "", "validate", readme, "--fix")
	after, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	if want := "---\n# our card\nlicense:  mit\nlanguage: [ en ]\n---\n# Title\n"; string(after) != want {
		t.Errorf("after the repair:\n%s", after)
	}
	if code != 0 || !strings.Contains(stderr, "3 repaired") || strings.Contains(stdout, "error") {
		t.Errorf("exit %d\n%s%s", code, stdout, stderr)
	}
	if info, err := os.Stat(readme); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("permissions %v, %v", info.Mode(), err)
	}
	if code, _, _ := mcg(t, before, "validate", "-", "--fix"); code != exitUsage {
		t.Errorf("standard input: exit %d", code)
	}
}

func TestConvertToEvalResults(t *testing.T) {
	out := t.TempDir()
	code, stdout, stderr := mcg(t, "", "convert", "../../examples/sentiment.yaml", "--to", "eval-results", "--output", out)
	if code != 0 || !strings.Contains(stderr, "slice of the data [loss]") {
		t.Fatalf("exit %d, %s", code, stderr)
	}
	written := strings.TrimSpace(stdout)
	if filepath.Dir(written) != filepath.Join(out, ".eval_results") {
		t.Errorf("written: %q", written)
	}
	code, stdout, _ = mcg(t, "", "convert", written, "--to", "yaml", "--id", "acme/sentiment")
	if code != 0 || !strings.Contains(stdout, "value: 0.934") {
		t.Errorf("read back: exit %d, %s", code, stdout)
	}
	if code, _, stderr := mcg(t, "", "convert", "../../examples/sentiment.yaml", "--to", "eval-results"); code != 2 || !strings.Contains(stderr, "--output") {
		t.Errorf("without a folder: exit %d, %s", code, stderr)
	}
}

func TestHealthWithoutAService(t *testing.T) {
	var stderr bytes.Buffer
	code := run([]string{"health"}, []string{"MCG_PORT=1"}, nil, io.Discard, &stderr)
	if code != exitDependency || !strings.Contains(stderr.String(), "mcg:") {
		t.Errorf("exit %d, stderr %q", code, stderr.String())
	}
}

func TestGenerateBatchFailsAlone(t *testing.T) {
	in, out := t.TempDir(), t.TempDir()
	for name, text := range map[string]string{"a.yaml": "model: {name: A}", "b.yaml": "model: {nam: B}", "c.json": `{"model": {"name": "C"}}`} {
		if err := os.WriteFile(filepath.Join(in, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	code, _, stderr := mcg(t, "", "generate-batch", "--config", in, "--output", out)
	if code != 1 || !strings.Contains(stderr, "2 rendered, 1 failed") || !strings.Contains(stderr, "b.yaml:1:9: /model/nam: unknown key") {
		t.Errorf("exit %d, %s", code, stderr)
	}
	for _, name := range []string{"a.md", "c.md"} {
		if _, err := os.Stat(filepath.Join(out, name)); err != nil {
			t.Error(err)
		}
	}
}

func TestGenerateBatchKeepsBothOfOneName(t *testing.T) {
	in, out := t.TempDir(), t.TempDir()
	for name, text := range map[string]string{"a.yaml": "model: {name: A}", "a.json": `{"model": {"name": "B"}}`} {
		if err := os.WriteFile(filepath.Join(in, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	code, _, stderr := mcg(t, "", "generate-batch", "--config", in, "--output", out)
	if code != 1 || !strings.Contains(stderr, "1 rendered, 1 failed") || !strings.Contains(stderr, "a.yaml: would be written to") {
		t.Errorf("exit %d, %s", code, stderr)
	}
}

func TestProgressInPlainLines(t *testing.T) {
	var out bytes.Buffer
	p := newProgress(&out, 3, "rendered")
	clock := time.Now()
	p.now = func() time.Time { return clock }
	p.step()
	clock = clock.Add(2 * plainEvery)
	p.step()
	p.step()
	_, _ = p.Write([]byte("a message\n"))
	p.finish()
	if got := out.String(); got != "2 of 3 rendered\na message\n" {
		t.Errorf("printed %q", got)
	}
}

// TestServe builds the program, starts it with no configuration, posts the
// example, restarts it and finds the card again. Postgres is tried too.
func TestServe(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "mcg")
	build := exec.Command("go", "build", "-o", binary, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	example, err := os.ReadFile("../../examples/sentiment.yaml")
	if err != nil {
		t.Fatal(err)
	}
	postgres := os.Getenv("MCG_TEST_POSTGRES_URL")
	if postgres == "" {
		t.Fatal("MCG_TEST_POSTGRES_URL is not set; run make test")
	}
	for name, database := range map[string]string{"sqlite": "", "postgres": postgres} {
		t.Run(name, func(t *testing.T) {
			env := append(os.Environ(), "MCG_PORT=0", "MCG_METRICS_PORT=0", "MCG_DATA_DIR="+t.TempDir(), "MCG_DATABASE_URL="+database)
			first := start(t, binary, env)
			created := post(t, first.url, example)
			if created != http.StatusCreated {
				t.Fatalf("the example: %d", created)
			}
			if again := post(t, first.url, example); again != http.StatusOK {
				t.Errorf("the same again: %d", again)
			}
			if database != "" { // a second process on the same database
				second := start(t, binary, env)
				if got := get(t, second.url+"/v1/cards/acme/sentiment"); !strings.Contains(got, "# Model Card for Acme Sentiment") {
					t.Errorf("the other process: %.200s", got)
				}
				second.stop(t)
			}
			first.stop(t)
			restarted := start(t, binary, env)
			if got := get(t, restarted.url+"/v1/cards/acme/sentiment"); !strings.Contains(got, "# Model Card for Acme Sentiment") {
				t.Errorf("after a restart: %.200s", got)
			}
			restarted.stop(t)
		})
	}
}

// TestServeStrict wants templates.strict_validation to reach the service.
func TestServeStrict(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "mcg")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	s := start(t, binary, append(os.Environ(), "MCG_PORT=0", "MCG_METRICS_PORT=0", "MCG_DATA_DIR="+t.TempDir(), "MCG_DATABASE_URL=", "MCG_TEMPLATES_STRICT_VALIDATION=true"))
	defer s.stop(t)
	if got := post(t, s.url, []byte("model: {id: a/b, license: Apache-2.0}\n")); got != http.StatusUnprocessableEntity {
		t.Errorf("a card that fails the checks: %d", got)
	}
	if got := post(t, s.url, []byte("model: {id: a/b, license: apache-2.0}\n")); got != http.StatusCreated {
		t.Errorf("a card that passes them: %d", got)
	}
}

type server struct {
	command *exec.Cmd
	url     string
	done    chan error
}

var listens = regexp.MustCompile(`listens on (http://\S+)`)

func start(t *testing.T, binary string, env []string) *server {
	t.Helper()
	log := filepath.Join(t.TempDir(), "out.log")
	file, err := os.Create(log)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	s := &server{command: exec.Command(binary, "serve"), done: make(chan error, 1)}
	s.command.Env, s.command.Stdout, s.command.Stderr = env, file, file
	if err := s.command.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { s.done <- s.command.Wait() }()
	t.Cleanup(func() { _ = s.command.Process.Kill() })
	for range 200 {
		text, _ := os.ReadFile(log)
		if match := listens.FindSubmatch(text); match != nil {
			s.url = string(match[1])
			if ready(s.url) {
				return s
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	text, _ := os.ReadFile(log)
	t.Fatalf("the service is not ready:\n%s", text)
	return nil
}

func ready(url string) bool {
	r, err := http.Get(url + "/ready") //nolint:noctx,gosec // a test's own server
	if err != nil {
		return false
	}
	_ = r.Body.Close()
	return r.StatusCode == http.StatusOK
}

// stop asks the process to end and waits until it did so well.
func (s *server) stop(t *testing.T) {
	t.Helper()
	if err := s.command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-s.done:
		if err != nil {
			t.Errorf("the service ended badly: %v", err)
		}
	case <-time.After(15 * time.Second):
		t.Error("the service does not end")
	}
}

func post(t *testing.T, url string, body []byte) int {
	t.Helper()
	r, err := http.Post(url+"/v1/cards", "application/yaml", bytes.NewReader(body)) //nolint:noctx,gosec // a test's own server
	if err != nil {
		t.Fatal(err)
	}
	_ = r.Body.Close()
	return r.StatusCode
}

func get(t *testing.T, url string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(context.Background(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Body.Close() }()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}
