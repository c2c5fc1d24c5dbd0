//go:build kube

package manifests_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// What the manifests are tried against.
const (
	kubernetesVersion = "1.37.2"
	etcdVersion       = "3.7.3"
	operatorModule    = "github.com/prometheus-operator/prometheus-operator@v0.85.0"
)

// controlPlane returns the folder with kube-apiserver and etcd. They are built
// from source where they are not in the user's cache, which takes about a quarter
// of an hour on two cores.
func controlPlane(t *testing.T) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(cache, "mcg-test", "kubernetes-"+kubernetesVersion+"-etcd-"+etcdVersion)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	buildProgram(t, filepath.Join(dir, "etcd"), "go.etcd.io/etcd/server/v3", "require go.etcd.io/etcd/server/v3 v"+etcdVersion)
	buildProgram(t, filepath.Join(dir, "kube-apiserver"), "k8s.io/kubernetes/cmd/kube-apiserver", kubernetesRequirements(t))
	return dir
}

// buildProgram builds a program in a module that only requires it: both have
// replacements in their go.mod, so `go install` refuses them.
func buildProgram(t *testing.T, path, program, requirements string) {
	t.Helper()
	if _, err := os.Stat(path); err == nil {
		return
	}
	t.Logf("building %s", path)
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("go.mod", "module controlplane\n\ngo 1.26.0\n\n"+requirements+"\n")
	write("tools.go", "//go:build tools\n\npackage tools\n\nimport _ \""+program+"\"\n")
	goTool(t, dir, "mod", "tidy")
	goTool(t, dir, "build", "-trimpath", "-ldflags", "-s -w", "-o", path+".new", program)
	if err := os.Rename(path+".new", path); err != nil { // whole, or not there
		t.Fatal(err)
	}
}

// kubernetesRequirements names the published version of every module that
// k8s.io/kubernetes has in its own tree.
func kubernetesRequirements(t *testing.T) string {
	t.Helper()
	var module struct{ GoMod string }
	decodeJSON(t, goTool(t, t.TempDir(), "mod", "download", "-json", "k8s.io/kubernetes@v"+kubernetesVersion), &module)
	var edit struct {
		Replace []struct{ Old, New struct{ Path string } }
	}
	decodeJSON(t, goTool(t, t.TempDir(), "mod", "edit", "-json", module.GoMod), &edit)
	var b strings.Builder
	fmt.Fprintf(&b, "require k8s.io/kubernetes v%s\n", kubernetesVersion)
	for _, r := range edit.Replace {
		if strings.HasPrefix(r.New.Path, "./staging/") {
			fmt.Fprintf(&b, "replace %[1]s => %[1]s v0%[2]s\n", r.Old.Path, strings.TrimPrefix(kubernetesVersion, "1"))
		}
	}
	return b.String()
}

// operatorKinds are the files that define the kinds of the Prometheus operator,
// as it publishes them.
func operatorKinds(t *testing.T) []string {
	t.Helper()
	var module struct{ Dir string }
	decodeJSON(t, goTool(t, t.TempDir(), "mod", "download", "-json", operatorModule), &module)
	dir := filepath.Join(module.Dir, "example", "prometheus-operator-crd")
	return []string{
		filepath.Join(dir, "monitoring.coreos.com_servicemonitors.yaml"),
		filepath.Join(dir, "monitoring.coreos.com_podmonitors.yaml"),
	}
}

func goTool(t *testing.T, dir string, args ...string) []byte {
	t.Helper()
	command := exec.Command("go", args...)
	command.Dir = dir
	command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-mod=mod", "GOWORK=off")
	out, err := command.Output()
	if err != nil {
		var stderr []byte
		if exit, ok := err.(*exec.ExitError); ok {
			stderr = exit.Stderr
		}
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, stderr)
	}
	return out
}

func decodeJSON(t *testing.T, text []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatal(err)
	}
}
