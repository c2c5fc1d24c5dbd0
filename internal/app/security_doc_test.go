package app

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var namedTest = regexp.MustCompile("`([a-z0-9/]+)\\.(Test[A-Za-z0-9]+)`")

// missing lists the tests that a text names and that do not exist.
func missing(text string) (list []string, named int) {
	for _, match := range namedTest.FindAllStringSubmatch(text, -1) {
		named++
		files, _ := filepath.Glob(filepath.Join("..", "..", match[1], "*_test.go"))
		found := false
		for _, file := range files {
			source, err := os.ReadFile(file)
			found = found || err == nil && strings.Contains(string(source), "\nfunc "+match[2]+"(t *testing.T)")
		}
		if !found {
			list = append(list, match[0])
		}
	}
	return list, named
}

// TestSecurityDocumentNamesTests: what docs/security.md promises has a test, and each line of the Top 10 has one.
func TestSecurityDocumentNamesTests(t *testing.T) {
	t.Parallel()
	document, err := os.ReadFile("../../docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	list, named := missing(string(document))
	for _, name := range list {
		t.Errorf("%s does not exist", name)
	}
	if named < 40 {
		t.Errorf("%d tests are named", named)
	}
	for i := range 10 {
		row := regexp.MustCompile(fmt.Sprintf(`(?m)^\| API%d .*$`, i+1)).FindString(string(document))
		if _, named := missing(row); named == 0 {
			t.Errorf("API%d names no test: %q", i+1, row)
		}
	}
	if list, _ := missing("`internal/api.TestThatIsNot` and `internal/nowhere.TestContract`"); len(list) != 2 {
		t.Errorf("of two made-up names, %v are missed", list)
	}
}
