// Package github holds the action, the workflow and the hooks for pipelines on
// GitHub against their schemas, and runs the scripts of the action.
package github

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"
)

const root = "../.."

func TestSchemas(t *testing.T) {
	t.Parallel()
	for file, schema := range map[string]string{
		root + "/action.yml":                        "testdata/github-action.schema.json",
		root + "/.github/workflows/ci.yml":          "testdata/github-workflow.schema.json",
		root + "/.github/workflows/maintenance.yml": "testdata/github-workflow.schema.json",
		root + "/.github/workflows/release.yml":     "testdata/github-workflow.schema.json",
		"model-cards.yml":                           "testdata/github-workflow.schema.json",
	} {
		compiled, err := jsonschema.NewCompiler().Compile(schema)
		if err != nil {
			t.Fatal(err)
		}
		var value any
		readYAML(t, file, &value)
		if err := compiled.Validate(value); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

func readYAML(t *testing.T, file string, into any) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

// action is what the tests need of action.yml.
type action struct {
	Inputs map[string]struct {
		Description string
		Default     *string
	}
	Outputs map[string]struct{ Value string }
	Runs    struct{ Steps []step }
}

type step struct {
	Name, ID, If, Uses, Run, Shell string
	Env                            map[string]string
}

func readAction(t *testing.T) action {
	t.Helper()
	var a action
	readYAML(t, root+"/action.yml", &a)
	return a
}

// The workflow gives the action no input that it has not, and reads no output.
func TestWorkflowFitsTheAction(t *testing.T) {
	t.Parallel()
	a := readAction(t)
	var w struct {
		Jobs map[string]struct {
			Steps []struct {
				ID, Uses string
				With     map[string]string
			}
		}
	}
	readYAML(t, "model-cards.yml", &w)
	uses := 0
	for name, job := range w.Jobs {
		for _, s := range job.Steps {
			if !strings.HasPrefix(s.Uses, "terragonlabs/modelcard-generator@") {
				continue
			}
			uses++
			for input := range s.With {
				if _, ok := a.Inputs[input]; !ok {
					t.Errorf("job %s gives the input %s, which the action has not", name, input)
				}
			}
		}
	}
	text, err := os.ReadFile("model-cards.yml")
	if err != nil || uses != 2 {
		t.Fatalf("%d uses of the action, %v", uses, err)
	}
	for _, match := range regexp.MustCompile(`steps\.cards\.outputs\.([\w-]+)`).FindAllStringSubmatch(string(text), -1) {
		if _, ok := a.Outputs[match[1]]; !ok {
			t.Errorf("the workflow reads the output %s, which the action has not", match[1])
		}
	}
}

// An expression inside a script would run what an input says.
func TestScriptsHaveNoExpressions(t *testing.T) {
	t.Parallel()
	for _, s := range readAction(t).Runs.Steps {
		if strings.Contains(s.Run, "${{") {
			t.Errorf("step %q has an expression in its script", s.Name)
		}
	}
}

// job runs the steps of the action as a runner does, in a folder of its own.
type job struct {
	action
	t        *testing.T
	dir, tmp string
	inputs   map[string]string
	outputs  map[string]map[string]string // by step
	log      bytes.Buffer
}

func newJob(t *testing.T, inputs map[string]string, files map[string]string) *job {
	t.Helper()
	j := &job{action: readAction(t), t: t, dir: t.TempDir(), tmp: t.TempDir(), inputs: map[string]string{}, outputs: map[string]map[string]string{}}
	for name, input := range j.Inputs {
		j.inputs[name] = *input.Default
	}
	for name, value := range inputs {
		if _, ok := j.inputs[name]; !ok {
			t.Fatalf("there is no input %s", name)
		}
		j.inputs[name] = value
	}
	for name, text := range files {
		path := filepath.Join(j.dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return j
}

var expression = regexp.MustCompile(`^\$\{\{ (inputs|github|steps)\.([\w-]+)(?:\.outputs\.([\w-]+))? \}\}$`)

// value evaluates the expressions that the action uses; others fail the test.
func (j *job) value(text string) string {
	match := expression.FindStringSubmatch(text)
	if match == nil {
		j.t.Fatalf("the test does not know the expression %s", text)
	}
	switch match[1] {
	case "inputs":
		value, ok := j.inputs[match[2]]
		if !ok {
			j.t.Fatalf("%s: there is no such input", text)
		}
		return value
	case "github":
		path, err := filepath.Abs(root)
		if err != nil || match[2] != "action_path" {
			j.t.Fatal(text, err)
		}
		return path
	}
	if !slices.ContainsFunc(j.Runs.Steps, func(s step) bool { return s.ID == match[2] }) {
		j.t.Fatalf("%s: there is no such step", text)
	}
	return j.outputs[match[2]][match[3]]
}

var condition = regexp.MustCompile(`^inputs\.([\w-]+) (==|!=) ''$`)

// run runs every script whose condition holds, until one fails, and gives the
// exit code of the last and the job's summary.
func (j *job) run() (code int, summary string) {
	j.t.Helper()
	summaryFile := filepath.Join(j.tmp, "summary.md")
	for _, s := range j.Runs.Steps {
		if match := condition.FindStringSubmatch(s.If); match != nil {
			if (j.inputs[match[1]] == "") != (match[2] == "==") {
				continue
			}
		} else if s.If != "" {
			j.t.Fatalf("the test does not know the condition %s", s.If)
		}
		if s.Run == "" {
			continue // another action, which is not here
		}
		if code = j.script(s, summaryFile); code != 0 {
			break
		}
	}
	text, err := os.ReadFile(summaryFile)
	if err != nil && !os.IsNotExist(err) {
		j.t.Fatal(err)
	}
	return code, string(text)
}

func (j *job) script(s step, summaryFile string) int {
	j.t.Helper()
	script, output := filepath.Join(j.tmp, "script.sh"), filepath.Join(j.tmp, "output")
	if err := os.WriteFile(script, []byte(s.Run), 0o600); err != nil {
		j.t.Fatal(err)
	}
	_ = os.Remove(output)
	// As the runner starts a step of shell: bash.
	command := exec.Command("bash", "--noprofile", "--norc", "-e", "-o", "pipefail", script)
	command.Dir, command.Stdout, command.Stderr = j.dir, &j.log, &j.log
	command.Env = append(os.Environ(), "GITHUB_ACTIONS=true", "GITHUB_OUTPUT="+output, "GITHUB_STEP_SUMMARY="+summaryFile, "RUNNER_TEMP="+j.tmp)
	for name, text := range s.Env {
		command.Env = append(command.Env, name+"="+j.value(text))
	}
	err := command.Run()
	if command.ProcessState == nil {
		j.t.Fatal(err)
	}
	j.outputs[s.ID] = map[string]string{}
	text, _ := os.ReadFile(output)
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		j.outputs[s.ID][name] = value
	}
	return command.ProcessState.ExitCode()
}

// build is mcg, made once.
func build(t *testing.T) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the runner's bash is not this one")
	}
	binary := filepath.Join(t.TempDir(), "mcg")
	command := exec.Command("go", "build", "-o", binary, "./cmd/mcg")
	command.Dir, command.Env = root, append(os.Environ(), "CGO_ENABLED=0")
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return binary
}

const goodCard = `model: {id: acme/m, name: M, license: mit, language: en}
evaluation: {results: [{task: {type: text-classification}, dataset: {type: acme/d, name: D}, metrics: [{type: accuracy, value: 0.93}]}]}
`

func TestAction(t *testing.T) {
	t.Parallel()
	binary := build(t)
	files := map[string]string{
		"cards/a.yaml": goodCard, "cards/deep er/b.yaml": goodCard, "bad.yaml": "model: {nane: M, id: a/b}\n",
		"same.json": `{"accuracy": 0.93}`, "worse.json": `{"accuracy": 0.5}`, "half/a.yaml": goodCard, "half/b.yaml": "model: {}\n",
	}
	tests := []struct {
		name    string
		inputs  map[string]string
		code    int
		outputs map[string]string // by step.name
		summary []string
		log     []string
		written []string
	}{
		{"all is well", map[string]string{"cards": "cards/**/*.yaml", "card": "cards/a.yaml", "against": "same.json", "config": "cards", "output": "out"}, 0,
			map[string]string{"validate.valid": "true", "drift.drift": "false"},
			[]string{"## Model cards", "    cards/a.yaml", "    cards/deep er/b.yaml", "## Drift", "no drift: 1 compared", "## Rendered cards", "2 rendered, 0 failed"},
			nil, []string{"out/a.md", "out/deep er/b.md"}},
		{"a bad card", map[string]string{"cards": "cards/a.yaml\nbad.yaml\n"}, 1,
			map[string]string{"validate.valid": "false", "validate.status": "1"}, []string{"unknown key"}, []string{"::error", "file=bad.yaml,line=1,col=9"}, nil},
		{"drift", map[string]string{"card": "cards/a.yaml", "against": "worse.json"}, 1,
			map[string]string{"drift.drift": "true"}, []string{"drift (critical)"}, []string{"::error::a metric drifted"}, nil},
		{"drift that is told only", map[string]string{"card": "cards/a.yaml", "against": "worse.json", "fail-on-drift": "false"}, 0,
			map[string]string{"drift.drift": "true"}, nil, []string{"::warning::a metric drifted"}, nil},
		{"drift that is allowed", map[string]string{"card": "cards/a.yaml", "against": "worse.json", "threshold": "f1=0.1\naccuracy=0.9\n"}, 0,
			map[string]string{"drift.drift": "false"}, []string{"0.9 (request)"}, nil, nil},
		{"a card that cannot be rendered", map[string]string{"config": "half", "output": "out"}, 1, nil, []string{"1 rendered, 1 failed"}, nil, []string{"out/a.md"}},
		{"rules", map[string]string{"cards": "cards/a.yaml", "rules": "completeness", "min-score": "0.99", "report": "json"}, 1, map[string]string{"validate.valid": "false"}, []string{"completeness"}, nil, nil},
		{"no such card", map[string]string{"cards": "nowhere/*.yaml"}, 2, nil, nil, []string{"::error::there is no card nowhere/*.yaml"}, nil},
		{"no card for the results", map[string]string{"against": "same.json"}, 2, nil, nil, []string{"::error::against needs card"}, nil},
		{"unreadable results", map[string]string{"card": "cards/a.yaml", "against": "nowhere.json"}, 2, nil, nil, []string{"nowhere.json"}, nil},
		{"an input that is a script", map[string]string{"cards": "$(touch hacked)\n`touch hacked`\n;touch hacked\n"}, 2, map[string]string{"validate.valid": "false"}, []string{"$(touch hacked)"}, nil, nil},
		{"nothing to do", nil, 0, nil, nil, nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			j := newJob(t, tt.inputs, files)
			j.inputs["mcg"] = binary
			code, summary := j.run()
			if code != tt.code {
				t.Errorf("exit %d, want %d\n%s", code, tt.code, j.log.String())
			}
			for name, want := range tt.outputs {
				id, output, _ := strings.Cut(name, ".")
				if got := j.outputs[id][output]; got != want {
					t.Errorf("output %s is %q, want %q", name, got, want)
				}
			}
			for text, parts := range map[string][]string{summary: tt.summary, j.log.String(): tt.log} {
				for _, part := range parts {
					if !strings.Contains(text, part) {
						t.Errorf("want %q in\n%s", part, text)
					}
				}
			}
			for _, name := range tt.written {
				if _, err := os.Stat(filepath.Join(j.dir, name)); err != nil {
					t.Error(err)
				}
			}
			if _, err := os.Stat(filepath.Join(j.dir, "hacked")); err == nil {
				t.Error("an input was run")
			}
			if report := j.outputs["validate"]["report"]; report != "" {
				if info, err := os.Stat(report); err != nil || info.Size() == 0 {
					t.Errorf("the report: %v", err)
				}
			}
		})
	}
}

// The hooks' files fit the names that cards have, and no others.
func TestHooks(t *testing.T) {
	t.Parallel()
	var hooks []struct{ ID, Name, Entry, Language, Files string }
	readYAML(t, root+"/.pre-commit-hooks.yaml", &hooks)
	if len(hooks) != 3 {
		t.Fatalf("%d hooks", len(hooks))
	}
	for _, h := range hooks {
		files, err := regexp.Compile(h.Files)
		if err != nil || h.ID == "" || h.Name == "" || h.Language != "golang" || !strings.HasPrefix(h.Entry, "mcg validate") {
			t.Errorf("%+v, %v", h, err)
			continue
		}
		for name, want := range map[string]bool{"model_card.yaml": true, "models/a/modelcard.md": true, "a.card.yml": true, "model-card-v2.json": true, "README.md": false, "go.mod": false, "card.yaml.tmpl": false} {
			if files.MatchString(name) != want {
				t.Errorf("%s fits %s: %v", name, h.ID, !want)
			}
		}
	}
}
