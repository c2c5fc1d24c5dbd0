//go:build e2e

package tools_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/integration"
	"github.com/terragonlabs/modelcard-generator/test/peers/python"
)

// told is a file that a tool has written, and the values in it.
type told struct {
	File   string           `json:"file"`
	Role   integration.Role `json:"role"`
	Values [][3]any         `json:"values"`
}

// TestToolsFiles has evaluation tools write their files, and finds every value
// in them.
func TestToolsFiles(t *testing.T) {
	dir := t.TempDir()
	files := produce(t, "tools", dir)
	for _, f := range files {
		t.Run(f.File, func(t *testing.T) { find(t, dir, f) })
	}
	t.Logf("%d files", len(files))
}

// TestTrainerFiles does the same with transformers and PyTorch. Their packages
// are large, so it is asked for by itself.
func TestTrainerFiles(t *testing.T) {
	if os.Getenv("MCG_TEST_TRAINER") == "" {
		t.Skip("MCG_TEST_TRAINER is not set; make e2e-trainer sets it (6 GB of packages)")
	}
	dir := t.TempDir()
	files := produce(t, "trainer", dir)
	for _, f := range files {
		t.Run(f.File, func(t *testing.T) { find(t, dir, f) })
	}
	t.Logf("%d files", len(files))
}

// find reads a file and looks for each value.
func find(t *testing.T, dir string, f told) {
	in, err := os.Open(filepath.Join(dir, f.File))
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	r, err := integration.ReadFile(in, f.Role)
	if err != nil {
		t.Fatal(err)
	}
	r.Source = card.Source{Type: string(f.Role), Path: f.File}
	if r.Values.Model.Name == "" {
		r.Values.Model.Name = "m"
	}
	if _, _, err := integration.Merge(&card.Card{Model: card.Model{Name: "m"}}, r); err != nil {
		t.Fatalf("it does not fit into a card: %v", err)
	}
	if len(f.Values) == 0 {
		t.Error("no values to look for")
	}
	for _, want := range f.Values {
		if !has(r.Values, want) {
			t.Errorf("%s: %v is not found in\n%s", r.Kind, want, r.Values.Canonical())
		}
	}
}

// has looks for [type, slice, value] among the metrics, or for what the type
// names elsewhere.
func has(c *card.Card, want [3]any) bool {
	switch want[0] {
	case "parameter":
		value, ok := c.Training.Hyperparameters.Get(want[1].(string))
		return ok && same(value, want[2])
	case "parameters":
		return c.Technical != nil && c.Technical.Parameters != nil && same(*c.Technical.Parameters, want[2])
	case "text":
		return bytes.Contains(c.Canonical(), []byte(want[2].(string)))
	}
	if c.Evaluation == nil {
		return false
	}
	slice, _ := want[1].(string)
	for _, result := range c.Evaluation.Results {
		for _, m := range result.Metrics {
			if m.Type == want[0] && m.Slice == slice && same(m.Value, want[2]) {
				return true
			}
		}
	}
	return false
}

// same compares a value of a card with one of JSON; some tools round.
func same(got, want any) bool {
	switch want := want.(type) {
	case float64:
		n, ok := got.(card.Number)
		return ok && math.Abs(n.Float64()-want) <= 1e-12*math.Max(1, math.Abs(want))
	case nil:
		return got == nil
	}
	return card.Text(got) == fmt.Sprint(want)
}

// produce runs the script of a set of tools in its environment.
func produce(t *testing.T, set, dir string) []told {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 25*time.Minute)
	defer cancel()
	interpreter := python.Interpreter(ctx, t, set)
	script, err := filepath.Abs(map[string]string{"tools": "produce.py", "trainer": "trainer.py"}[set])
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, interpreter, script, dir)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "HF_HUB_OFFLINE=1", "HF_HOME="+filepath.Join(dir, "hf"), "DVC_NO_ANALYTICS=1")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("the tools: %v\n%s", err, stderr.String())
	}
	return readTold(t, out)
}

func readTold(t *testing.T, out []byte) []told {
	t.Helper()
	var files []told
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if !bytes.HasPrefix(lines.Bytes(), []byte(`{"file"`)) {
			continue // what a tool prints besides
		}
		var f told
		if err := json.Unmarshal(lines.Bytes(), &f); err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	if len(files) == 0 {
		t.Fatal("the tools wrote nothing")
	}
	return files
}
