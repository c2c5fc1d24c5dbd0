package github

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// Each make target that the workflows run is there.
func TestWorkflowsRunTargetsThatExist(t *testing.T) {
	t.Parallel()
	makefile, err := os.ReadFile(root + "/Makefile")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(root + "/.github/workflows/*.yml")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, file := range files {
		workflow, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, target := range regexp.MustCompile(`run: make (\S+)`).FindAllSubmatch(workflow, -1) {
			found++
			if !regexp.MustCompile(`(?m)^` + string(target[1]) + `:`).Match(makefile) {
				t.Errorf("%s: there is no target %s", file, target[1])
			}
		}
	}
	if found < 7 {
		t.Errorf("the workflows run %d targets", found)
	}
}
