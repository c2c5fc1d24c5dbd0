//go:build e2e

// Package precommit runs the hooks of .pre-commit-hooks.yaml with pre-commit
// itself, which builds them from this repository as it would for a user.
package precommit

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const root = "../../.."

// python is the interpreter of the peers' environment.
func python(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("sh", root+"/test/peers/setup.sh").Output()
	if err != nil {
		t.Fatalf("the peers' environment: %v", err)
	}
	return strings.TrimSpace(string(out))
}

func goEnv(t *testing.T, name string) string {
	t.Helper()
	out, err := exec.Command("go", "env", name).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

func git(t *testing.T, dir string, args ...string) {
	t.Helper()
	command := exec.Command("git", append([]string{"-c", "user.name=t", "-c", "user.email=t@example.com"}, args...)...)
	command.Dir = dir
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
}

func TestHooks(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds the programs from nothing")
	}
	interpreter := python(t)
	source, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	cards := t.TempDir()
	git(t, cards, "init", "--quiet")
	for name, text := range map[string]string{
		"model_card.yaml":     "model: {id: acme/m, name: M, license: mit}\n",
		"bad/model_card.yaml": "model: {nane: M, id: a/b}\n",
		"notes.yaml":          "this: is no card\n",
	} {
		path := filepath.Join(cards, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	git(t, cards, "add", ".")
	home := t.TempDir()
	hook := func(id string, files ...string) (string, error) {
		args := append([]string{"-m", "pre_commit", "try-repo", source, id, "--verbose", "--files"}, files...)
		command := exec.Command(interpreter, args...)
		command.Dir = cards
		// The modules that are there already need not be fetched again.
		command.Env = append(os.Environ(), "PRE_COMMIT_HOME="+home, "GOMODCACHE="+goEnv(t, "GOMODCACHE"), "CGO_ENABLED=0",
			"GIT_AUTHOR_NAME=t", "GIT_AUTHOR_EMAIL=t@example.com", "GIT_COMMITTER_NAME=t", "GIT_COMMITTER_EMAIL=t@example.com")
		out, err := command.CombinedOutput()
		return string(out), err
	}
	if out, err := hook("mcg-validate", "model_card.yaml", "notes.yaml"); err != nil || !strings.Contains(out, "Passed") || strings.Contains(out, "notes.yaml") {
		t.Errorf("a good card: %v\n%s", err, out)
	}
	if out, err := hook("mcg-validate", "bad/model_card.yaml"); err == nil || !strings.Contains(out, `bad/model_card.yaml:1:9`) || !strings.Contains(out, "Failed") {
		t.Errorf("a bad card: %v\n%s", err, out)
	}
}
