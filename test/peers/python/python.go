// Package python runs a test's peer.py with the real libraries that setup.sh
// installs.
package python

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// timeout bounds one run of a peer, its installation included.
const timeout = 10 * time.Minute

// Interpreter is the Python that has a set of libraries, which are installed if
// they are not there; without a set, those of requirements.txt. The test runs in
// a folder of test/peers.
func Interpreter(ctx context.Context, t *testing.T, set ...string) string {
	t.Helper()
	cmd := exec.CommandContext(ctx, "sh", append([]string{filepath.Join("..", "setup.sh")}, set...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("setup of the peers: %v", err)
	}
	return strings.TrimSpace(string(out))
}

// Run gives peer.py its arguments and its input, and returns what it prints.
func Run(t *testing.T, input []byte, args ...string) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, Interpreter(ctx, t), append([]string{"peer.py"}, args...)...)
	cmd.Stdin, cmd.Stderr = bytes.NewReader(input), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("peer: %v", err)
	}
	return out
}

// Ask gives peer.py a line of JSON for each question and reads a line for each
// answer; extra are answers that it gives without being asked.
func Ask[A, Q any](t *testing.T, questions []Q, extra int) []A {
	t.Helper()
	var in bytes.Buffer
	encoder := json.NewEncoder(&in)
	for _, q := range questions {
		if err := encoder.Encode(q); err != nil {
			t.Fatal(err)
		}
	}
	lines := bytes.Split(bytes.TrimSuffix(Run(t, in.Bytes()), []byte("\n")), []byte("\n"))
	if len(lines) != len(questions)+extra {
		t.Fatalf("peer: %d answers to %d questions", len(lines), len(questions))
	}
	answers := make([]A, len(lines))
	for i, line := range lines {
		if err := json.Unmarshal(line, &answers[i]); err != nil {
			t.Fatalf("peer: answer %d: %v", i, err)
		}
	}
	return answers
}
