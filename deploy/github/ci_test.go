package github

import (
	"os"
	"regexp"
	"testing"
)

// Each make target that the workflow runs is there.
func TestWorkflowRunsTargetsThatExist(t *testing.T) {
	t.Parallel()
	workflow, err := os.ReadFile(root + "/.github/workflows/ci.yml")
	if err != nil {
		t.Fatal(err)
	}
	makefile, err := os.ReadFile(root + "/Makefile")
	if err != nil {
		t.Fatal(err)
	}
	targets := regexp.MustCompile(`run: make (\S+)`).FindAllSubmatch(workflow, -1)
	if len(targets) < 4 {
		t.Errorf("the workflow runs %d targets", len(targets))
	}
	for _, target := range targets {
		if !regexp.MustCompile(`(?m)^` + string(target[1]) + `:`).Match(makefile) {
			t.Errorf("there is no target %s", target[1])
		}
	}
}
