// Package compose holds the Compose file against its schema and against what it
// refers to, and runs the script that makes its secrets.
package compose

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"

	"github.com/terragonlabs/modelcard-generator/internal/config"
)

type service struct {
	Environment map[string]string `yaml:"environment"`
	Command     []string          `yaml:"command"`
	Secrets     []string          `yaml:"secrets"`
	Volumes     []string          `yaml:"volumes"`
	Profiles    []string          `yaml:"profiles"`
	Image       string            `yaml:"image"`
	DependsOn   map[string]any    `yaml:"depends_on"`
	Deploy      struct{ Replicas int }
}

type file struct {
	Services map[string]service
	Volumes  map[string]any
	Secrets  map[string]struct{ File string }
}

func read(t *testing.T) (text []byte, f file) {
	t.Helper()
	text, err := os.ReadFile("compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, &f); err != nil {
		t.Fatal(err)
	}
	return text, f
}

func TestSchema(t *testing.T) {
	t.Parallel()
	schema, err := jsonschema.NewCompiler().Compile("testdata/compose-spec.json")
	if err != nil {
		t.Fatal(err)
	}
	text, _ := read(t)
	validate := func(text []byte) error {
		var value map[string]any
		if err := yaml.Unmarshal(text, &value); err != nil {
			t.Fatal(err)
		}
		return schema.Validate(value)
	}
	if err := validate(text); err != nil {
		t.Error(err)
	}
	if validate(bytes.Replace(text, []byte("mem_limit:"), []byte("memory_limit:"), 1)) == nil {
		t.Error("a misspelt key is taken")
	}
}

// What is named is there.
func TestReferences(t *testing.T) {
	t.Parallel()
	_, f := read(t)
	for name, s := range f.Services {
		for _, secret := range s.Secrets {
			if f.Secrets[secret].File == "" {
				t.Errorf("%s: there is no secret %s", name, secret)
			}
		}
		for _, volume := range s.Volumes {
			from, _, _ := strings.Cut(volume, ":")
			if strings.HasPrefix(from, ".") {
				if _, err := os.Stat(from); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			} else if _, ok := f.Volumes[from]; !ok {
				t.Errorf("%s: there is no volume %s", name, from)
			}
		}
		for other := range s.DependsOn {
			if _, ok := f.Services[other]; !ok {
				t.Errorf("%s depends on %s, which is not there", name, other)
			}
		}
		if strings.HasSuffix(s.Image, ":latest") || !strings.Contains(s.Image, ":") {
			t.Errorf("%s: the image %q has no version", name, s.Image)
		}
	}
	if got := f.Services["worker"].Deploy.Replicas; got != 3 {
		t.Errorf("%d workers, want 3", got)
	}
	if !slices.Contains(f.Services["redis"].Command, "allkeys-lru") {
		t.Error("Redis has another eviction policy than documented")
	}
}

// The script makes each secret once, and the service accepts what it made.
func TestSecretsOfTheFirstRun(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	script, err := os.ReadFile("up.sh")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "up.sh"), script, 0o755); err != nil {
		t.Fatal(err)
	}
	secrets := func() map[string]string {
		if out, err := exec.Command("sh", filepath.Join(dir, "up.sh"), "--secrets-only").CombinedOutput(); err != nil {
			t.Fatalf("up.sh: %v\n%s", err, out)
		}
		_, f := read(t)
		made := map[string]string{}
		for name, secret := range f.Secrets {
			raw, err := os.ReadFile(filepath.Join(dir, secret.File))
			if err != nil {
				t.Fatal(err)
			}
			made[name] = string(raw)
		}
		return made
	}
	first, second := secrets(), secrets()
	for name, value := range first {
		if len(value) < 32 || value != second[name] {
			t.Errorf("%s has %d bytes, and after another run %t the same", name, len(value), value == second[name])
		}
	}
	if first["secret_key"] == first["postgres_password"] || !strings.Contains(first["database_url"], ":"+first["postgres_password"]+"@postgres:") {
		t.Error("the secrets do not fit together")
	}
	info, err := os.Stat(filepath.Join(dir, "secrets"))
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder of secrets: %v (%v)", info.Mode(), err)
	}
	serviceAccepts(t, dir)
}

// serviceAccepts loads the environment of the API as the service does.
func serviceAccepts(t *testing.T, dir string) {
	t.Helper()
	_, f := read(t)
	fallback := regexp.MustCompile(`\$\{\w+:-([^}]*)\}`)
	var environ []string
	for name, value := range f.Services["api"].Environment {
		value = fallback.ReplaceAllString(value, "$1")
		environ = append(environ, name+"="+strings.Replace(value, "/run/secrets/", filepath.Join(dir, "secrets")+"/", 1))
	}
	loaded, err := config.Load(config.LoadOptions{Environ: environ})
	if err != nil {
		t.Fatal(err)
	}
	if len(loaded.Warnings) > 0 || !loaded.Config.AuthEnabled() {
		t.Errorf("warnings %v, authentication %t", loaded.Warnings, loaded.Config.AuthEnabled())
	}
}
