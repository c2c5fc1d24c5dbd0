package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func words(t *testing.T, line ...string) []string {
	t.Helper()
	var out, errs strings.Builder
	if code := run(append([]string{"completion", "words", "--"}, line...), nil, strings.NewReader(""), &out, &errs); code != exitGood {
		t.Fatalf("exit %d: %s", code, errs.String())
	}
	return strings.Fields(out.String())
}

func TestCompletionWords(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		line string // the last word is being completed
		want string
	}{
		{"ba", "backup"},
		{"res", "restore"},
		{"keys ", "create list revoke"},
		{"keys cr", "create"},
		{"backup --k", "--keep"},
		{"backup --to /b --report ", "text json"},
		{"backup --report j", "json"},
		{"migrate ", "up down status"},
		{"migrate d", "down"},
		{"generate ", ""}, // files
		{"serve --host ", ""},
		{"nonsense --x", ""},
		{"completion ", "bash zsh fish words"},
	} {
		if got := strings.Join(words(t, strings.Split(c.line, " ")...), " "); got != c.want {
			t.Errorf("%q becomes %q, want %q", c.line, got, c.want)
		}
	}
	all := words(t, "")
	for _, verb := range []string{"serve", "generate", "backup", "completion"} {
		if !slices.Contains(all, verb) {
			t.Errorf("%s is not offered", verb)
		}
	}
}

// A real shell reads the script and asks the program.
func TestCompletionInBash(t *testing.T) {
	t.Parallel()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Fatal("this test needs bash, as the Makefile does")
	}
	dir := t.TempDir()
	if out, err := exec.Command("go", "build", "-o", filepath.Join(dir, "mcg"), ".").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	script := `source <(mcg completion bash); COMP_WORDS=(mcg backup --report ""); COMP_CWORD=3; _mcg; echo "${COMPREPLY[@]}"`
	command := exec.Command(bash, "-c", script)
	command.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"))
	out, err := command.CombinedOutput()
	if err != nil || strings.TrimSpace(string(out)) != "text json" {
		t.Errorf("bash completes %q (%v)", out, err)
	}
}

func TestCompletionScripts(t *testing.T) {
	t.Parallel()
	for _, shell := range []string{"bash", "zsh", "fish"} {
		var out, errs strings.Builder
		if code := run([]string{"completion", shell}, nil, strings.NewReader(""), &out, &errs); code != exitGood || !strings.Contains(out.String(), "mcg completion words --") {
			t.Errorf("%s: exit %d, %q", shell, code, out.String()+errs.String())
		}
	}
}
