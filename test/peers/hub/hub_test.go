//go:build e2e

package hub_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/integration/hub/hubtest"
	"github.com/terragonlabs/modelcard-generator/test/peers/python"
)

// world is a stand-in Hub, the real huggingface_hub, and mcg as it is shipped.
type world struct {
	dir, python, mcg string
	hub              *hubtest.Hub
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{dir: t.TempDir(), hub: hubtest.Start()}
	t.Cleanup(w.hub.Close)
	w.python = python.Interpreter(t.Context(), t)
	w.mcg = filepath.Join(w.dir, "mcg")
	output(t, exec.Command("go", "build", "-o", w.mcg, "../../../cmd/mcg"))
	return w
}

func output(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s%s", cmd.Args, err, out, stderr.String())
	}
	return string(out)
}

// peer runs the real client and gives its answer.
func (w *world) peer(t *testing.T, args ...string) (answer struct {
	SHA, Content, OID, URL string
	Data                   map[string]any
	Files                  []string
	Status, Parameters     int
}) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, w.python, append([]string{"peer.py"}, args...)...)
	cmd.Env = append(os.Environ(), "HF_ENDPOINT="+w.hub.URL, "HF_TOKEN="+hubtest.Token, "HF_HOME="+t.TempDir(), "HF_HUB_DISABLE_TELEMETRY=1", "HF_HUB_DISABLE_XET=1")
	lines := strings.Split(strings.TrimSpace(output(t, cmd)), "\n")
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &answer); err != nil {
		t.Fatal(err)
	}
	return answer
}

func (w *world) run(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	cmd := exec.Command(w.mcg, args...)
	cmd.Env = append(os.Environ(), "MCG_INTEGRATIONS_HUGGINGFACE_MODEL_HUB_URL="+w.hub.URL, "MCG_HF_TOKEN="+hubtest.Token, "MCG_CONFIG_DIR="+w.dir)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	_ = cmd.Run() // the exit code says it
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

func (w *world) document(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "card.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const document = `
model: {id: acme/reviews, license: mit, language: en, tags: [reviews], summary: Ranks reviews.}
evaluation:
  results:
    - task: {type: text-classification}
      dataset: {type: acme/reviews, name: Reviews, split: test}
      metrics: [{type: accuracy, value: 0.93}]
`

// TestBothClients has each client read what the other has written to one Hub.
func TestBothClients(t *testing.T) {
	w := newWorld(t)
	w.hub.Add("acme/reviews", map[string][]byte{"README.md": []byte("---\nlicense: mit\n---\n\n# Old\n"), "model.safetensors": weights()})
	path := w.document(t, document)
	out, errs, code := w.run(t, "publish", path)
	if code != 0 || !strings.HasPrefix(out, "published: "+w.hub.URL) {
		t.Fatalf("exit %d: %s%s", code, out, errs)
	}
	readme, _, _ := w.run(t, "generate", path)
	theirs := w.peer(t, "read", "acme/reviews")
	if theirs.Content != readme || theirs.Data["license"] != "mit" || !strings.Contains(out, theirs.SHA) {
		t.Errorf("the real client reads %+v", theirs)
	}
	if theirs := w.peer(t, "weights", "acme/reviews"); theirs.Parameters != 200 {
		t.Errorf("the real client counts %d parameters", theirs.Parameters)
	}

	written := w.peer(t, "write", "acme/reviews", "---\nlicense: apache-2.0\n---\n\n# Model Card for Reviews\n\nBy hand.\n", theirs.SHA)
	fetched, errs, code := w.run(t, "generate", w.document(t, "model: {id: acme/reviews}\nsources: [{type: huggingface, ref: acme/reviews}]\n"), "--fetch", "--format", "mcg")
	doc, err := card.ReadJSON([]byte(fetched))
	if code != 0 || err != nil {
		t.Fatal(err, errs)
	}
	c := doc.Card
	got := []string{c.Model.License, c.Model.Summary, string(*c.Technical.Parameters), c.Sources[0].Resolved}
	if diff := cmp.Diff([]string{"apache-2.0", "By hand.", "200", "acme/reviews@" + written.OID}, got); diff != "" {
		t.Errorf("mcg reads (-want +got):\n%s", diff)
	}
}

func TestGuards(t *testing.T) {
	w := newWorld(t)
	w.hub.Add("acme/reviews", map[string][]byte{"README.md": []byte("old")})
	path := w.document(t, document)
	if theirs := w.peer(t, "stale", "acme/reviews"); theirs.Status != 412 {
		t.Errorf("the stand-in answers the real client with %d", theirs.Status)
	}
	_, errs, code := w.run(t, "publish", path, "--parent", strings.Repeat("0", 40))
	if code != 3 || !strings.Contains(errs, "is at commit") || string(w.hub.File("acme/reviews", "main", "README.md")) != "old" {
		t.Errorf("exit %d: %s", code, errs)
	}
	out, errs, code := w.run(t, "publish", path, "--pull-request")
	if code != 0 || !strings.Contains(out, "/discussions/1") {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
	if theirs := w.peer(t, "pull", "acme/reviews", "---\nlicense: mit\n---\n# Hello\n"); !strings.HasSuffix(theirs.URL, "/discussions/2") {
		t.Errorf("the real client's pull request is %q", theirs.URL)
	}
	if string(w.hub.File("acme/reviews", "main", "README.md")) != "old" {
		t.Error("a pull request has changed the main branch")
	}
}

// TestSameRoutes checks that our client asks nothing of a Hub, in publishing,
// that the real one does not ask.
func TestSameRoutes(t *testing.T) {
	routes := func(publish func(w *world)) []string {
		w := newWorld(t)
		w.hub.Add("acme/reviews", map[string][]byte{"README.md": []byte("old")})
		publish(w)
		var writes []string
		for _, call := range w.hub.Calls() {
			if strings.HasPrefix(call, "POST ") {
				writes = append(writes, call)
			}
		}
		return writes
	}
	ours := routes(func(w *world) {
		if _, errs, code := w.run(t, "publish", w.document(t, document), "--pull-request"); code != 0 {
			t.Fatal(errs)
		}
	})
	theirs := routes(func(w *world) { w.peer(t, "pull", "acme/reviews", "---\nlicense: mit\n---\n# Hello\n") })
	theirs = slices.DeleteFunc(theirs, func(call string) bool { return strings.Contains(call, "validate-yaml") })
	ours = slices.DeleteFunc(ours, func(call string) bool { return strings.Contains(call, "validate-yaml") })
	if diff := cmp.Diff(theirs, ours); diff != "" || len(ours) != 2 {
		t.Errorf("(-theirs +ours):\n%s", diff)
	}
}

// weights is a safetensors file of 200 parameters.
func weights() []byte {
	header := `{"a":{"dtype":"F32","shape":[10,20],"data_offsets":[0,800]}}`
	file := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(file, header...), make([]byte, 800)...)
}
