//go:build e2e && linux

// Package image runs the files of the Dockerfile's final stage where there is
// no container engine: as the image's user, in a chroot that is mounted
// read-only but for its volume. What it cannot show is that the build itself
// works.
package image

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// image is what the Dockerfile says of its final stage.
type image struct {
	root, data, user, workdir string
	entrypoint                []string
	env                       []string
}

// instruction finds the last instruction of a name in the Dockerfile.
func instruction(t *testing.T, dockerfile, name string) string {
	t.Helper()
	all := regexp.MustCompile(`(?m)^`+name+` (.*)$`).FindAllStringSubmatch(strings.ReplaceAll(dockerfile, "\\\n", ""), -1)
	if all == nil {
		t.Fatalf("the Dockerfile has no %s", name)
	}
	return all[len(all)-1][1]
}

func assemble(t *testing.T) *image {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Fatal("mounting and changing the root need root; run make e2e as root or leave this package out")
	}
	source, err := os.ReadFile("../../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	dockerfile := string(source)
	dir := t.TempDir()
	i := &image{
		root: filepath.Join(dir, "root"), data: filepath.Join(dir, "data"),
		user: instruction(t, dockerfile, "USER"), workdir: instruction(t, dockerfile, "WORKDIR"),
		env: strings.Fields(instruction(t, dockerfile, "ENV")),
	}
	for quoted := range strings.SplitSeq(strings.Trim(instruction(t, dockerfile, "ENTRYPOINT"), "[]"), ",") {
		i.entrypoint = append(i.entrypoint, strings.Trim(strings.TrimSpace(quoted), `"`))
	}
	for _, folder := range []string{"usr/local/bin", "etc/ssl/certs", "data", "tmp"} {
		if err := os.MkdirAll(filepath.Join(i.root, folder), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(i.data, 0o755); err != nil {
		t.Fatal(err)
	}
	must(t, exec.Command("chown", i.user, i.data))
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", filepath.Join(i.root, "usr/local/bin/mcg"), "../../cmd/mcg")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	must(t, build)
	// The test's own folders are closed to others; the image's user has to get in.
	for up := dir; up != os.TempDir() && up != "/"; up = filepath.Dir(up) {
		if err := os.Chmod(up, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return i
}

func must(t *testing.T, c *exec.Cmd) {
	t.Helper()
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", c.Path, err, out)
	}
}

// command is the image's entry point with arguments, as docker run has it.
func (i *image) command(ctx context.Context, env []string, args ...string) *exec.Cmd {
	const script = `set -e
		PATH=/usr/sbin:/usr/bin:/sbin:/bin
		mount --bind "$1" "$1" && mount -o remount,bind,ro "$1"
		mount --bind "$2" "$1/data"
		root=$1 user=$3 dir=$4; shift 4
		exec chroot --userspec="$user" "$root" "$@"`
	full := append([]string{"--mount", "/bin/sh", "-c", script, "sh", i.root, i.data, i.user, i.workdir}, i.entrypoint...)
	c := exec.CommandContext(ctx, "/usr/bin/unshare", append(full, args...)...)
	c.Env = append(append([]string{}, i.env...), env...)
	return c
}

func TestGenerateAsTheGuideHasIt(t *testing.T) {
	i := assemble(t)
	card := filepath.Join(i.data, "config.yaml")
	if err := os.WriteFile(card, []byte("model: {name: In an image, license: mit}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"generate", "/data/config.yaml"}, {"mcg", "generate", "/data/config.yaml"}} {
		out, err := i.command(t.Context(), nil, args...).CombinedOutput()
		if err != nil || !bytes.Contains(out, []byte("# Model Card for In an image")) {
			t.Errorf("%v: %v\n%s", args, err, out)
		}
	}
	out, err := i.command(t.Context(), nil, "generate", "/data/config.yaml", "--output", "/etc/card.md").CombinedOutput()
	if err == nil || !bytes.Contains(out, []byte("read-only")) {
		t.Errorf("the root can be written: %v\n%s", err, out)
	}
}

func TestServeAndItsHealthCheck(t *testing.T) {
	i := assemble(t)
	const port = "18437"
	env := []string{"MCG_PORT=" + port, "MCG_METRICS_PORT=0"}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var log bytes.Buffer
	service := i.command(ctx, env, "serve")
	service.Stdout, service.Stderr = &log, &log
	if err := service.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { cancel(); _ = service.Wait() }()
	healthy := false
	for deadline := time.Now().Add(20 * time.Second); !healthy && time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		healthy = i.command(ctx, env, "health").Run() == nil
	}
	if !healthy {
		t.Fatalf("the health check fails\n%s", log.String())
	}
	if status := post(t, port); status != http.StatusCreated {
		t.Errorf("a card: %d\n%s", status, log.String())
	}
	if owner := ownerOf(t, filepath.Join(i.data, "mcg.db")); !strings.HasPrefix(i.user, owner) {
		t.Errorf("the database belongs to %s, want %s", owner, i.user)
	}
}

func post(t *testing.T, port string) int {
	t.Helper()
	answer, err := http.Post("http://127.0.0.1:"+port+"/v1/cards", "application/yaml", strings.NewReader("model: {id: a/b, name: B}\n"))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, answer.Body)
	return answer.StatusCode
}

func ownerOf(t *testing.T, path string) string {
	t.Helper()
	out, err := exec.Command("stat", "-c", "%u", path).Output()
	if err != nil {
		t.Fatal(fmt.Errorf("%s: %w", path, err))
	}
	return strings.TrimSpace(string(out))
}
