//go:build chaos && linux

package chaos

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// withPanic builds the server with a renderer that panics for one name. The
// change is in an overlay of the build: the program that is released has no
// such place.
func withPanic(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	source, err := filepath.Abs("../../internal/render/html.go")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	const place = "func writeHTML(c *card.Card) ([]byte, []Loss, error) {\n"
	changed := bytes.Replace(text, []byte(place), []byte(place+"\tif c.Model.Name == \"Panic\" {\n\t\tpanic(\"the renderer: \" + c.Model.Summary)\n\t}\n"), 1)
	if bytes.Equal(text, changed) {
		t.Fatalf("%s has no %q", source, place)
	}
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {source: filepath.Join(dir, "html.go")}})
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"html.go": changed, "overlay.json": overlay} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	program := filepath.Join(dir, "mcg")
	build := exec.Command("go", "build", "-overlay", filepath.Join(dir, "overlay.json"), "-o", program, "../../cmd/mcg")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return program
}

// Row 16: the renderer panics.
func TestPanics(t *testing.T) {
	together(t)
	const secret = "words-of-the-card"
	s := newServer(t, folder(t), "a")
	s.program = withPanic(t)
	s.start(t)
	pages := seed(t, s, "calm", 5)
	l := readers(100, pages, func() string { return s.url })
	n, errors, wrong := times(100), 0, 0
	document := "model: {id: chaos/panic, name: Panic, summary: " + secret + "}\n"
	if a := do(http.MethodPost, s.url+"/v1/cards?format=mcg", document, nil); a.status != http.StatusCreated {
		t.Fatalf("%d %s", a.status, a.body)
	}
	asks := []func() answer{
		func() answer { return do(http.MethodPost, s.url+"/v1/render?format=html", document, nil) },
		func() answer { return get(s.url + "/v1/cards/chaos/panic?format=html") }, // where others wait for the rendering
	}
	for i := range n {
		a := asks[i%2]()
		if a.status != http.StatusInternalServerError || !strings.HasPrefix(a.header.Get("Content-Type"), "application/problem+json") {
			errors++
		}
		if bytes.Contains(a.body, []byte(secret)) || bytes.Contains(a.body, []byte("goroutine")) {
			wrong++
		}
	}
	l.end()
	log := s.logs(t)
	stacks := strings.Count(log, "writeHTML")
	if !s.alive() || stacks < n || strings.Contains(log, secret) {
		t.Errorf("alive: %v, %d stacks of %d in the log, the card's words in it: %v", s.alive(), stacks, n, strings.Contains(log, secret))
	}
	calm := do(http.MethodPost, s.url+"/v1/render?format=html", strings.Replace(document, "Panic", "Calm", 1), nil)
	if calm.status != http.StatusOK {
		errors++
	}
	table.add(t, line{row: "16", fault: "a renderer that panics", n: n, wrong: wrong + l.wrong, errors: errors + l.errors, control: "another name renders", note: l.last})
}
