package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// service runs verbs against one data folder.
func service(t *testing.T, data string) func(want int, args ...string) string {
	t.Helper()
	return func(want int, args ...string) string {
		t.Helper()
		environ := []string{
			"MCG_DATA_DIR=" + data, "MCG_OUTPUT_DIR=" + filepath.Join(data, "out"),
			"MCG_SECRET_KEY=sentinel-0123456789-0123456789-0123456789", "MCG_HF_TOKEN=hf_sentinel",
		}
		var out, errs strings.Builder
		if code := run(args, environ, strings.NewReader(""), &out, &errs); code != want {
			t.Fatalf("mcg %v: exit %d, want %d: %s", args, code, want, errs.String())
		}
		return out.String() + errs.String()
	}
}

func TestBackupAndRestore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := service(t, filepath.Join(dir, "first"))
	first(exitGood, "migrate", "up")
	first(exitGood, "keys", "create", "--name", "CI")
	if err := os.MkdirAll(filepath.Join(dir, "first", "out"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "first", "out", "a.md"), []byte("# a"), 0o600); err != nil {
		t.Fatal(err)
	}
	backups := filepath.Join(dir, "backups")
	var made archiveReport
	if err := json.Unmarshal([]byte(first(exitGood, "backup", "--to", backups, "--keep", "30d", "--report", "json")), &made); err != nil {
		t.Fatal(err)
	}
	if made.Counts.Keys != 1 || made.Counts.Files != 1 || made.Counts.Audit != 1 {
		t.Errorf("counts: %+v", made.Counts)
	}

	second := service(t, filepath.Join(dir, "second"))
	if out := second(exitGood, "restore", "--verify", backups); !strings.Contains(out, made.Content) || !strings.Contains(out, "1 keys") {
		t.Errorf("verify says %q", out)
	}
	if _, err := os.Stat(filepath.Join(dir, "second")); err == nil {
		t.Error("verify touched the data folder")
	}
	second(exitGood, "restore", filepath.Join(backups, made.Archive))
	if keys := second(exitGood, "keys", "list"); !strings.Contains(keys, `"CI"`) {
		t.Errorf("keys after the restore: %q", keys)
	}
	if body, err := os.ReadFile(filepath.Join(dir, "second", "out", "a.md")); err != nil || string(body) != "# a" {
		t.Errorf("output file: %q (%v)", body, err)
	}
	if out := second(exitUsage, "restore", backups); !strings.Contains(out, "not empty") {
		t.Errorf("restore over content says %q", out)
	}
	if out := second(exitUsage, "restore", filepath.Join(dir, "absent")); !strings.Contains(out, "no archive there") {
		t.Errorf("restore of nothing says %q", out)
	}
	if err := os.Truncate(filepath.Join(backups, made.Archive), made.Size/2); err != nil {
		t.Fatal(err)
	}
	if out := service(t, filepath.Join(dir, "third"))(exitUsage, "restore", backups); !strings.Contains(out, "cut off") {
		t.Errorf("restore of a cut archive says %q", out)
	}
}

func TestBackupRefusesWhatIsNoAge(t *testing.T) {
	t.Parallel()
	mcg := service(t, t.TempDir())
	for _, age := range []string{"soon", "0d", "-3d"} {
		mcg(exitUsage, "backup", "--to", t.TempDir(), "--keep="+age)
	}
	mcg(exitUsage, "backup", "--to", "s3://bucket/prefix") // no keys
	mcg(exitUsage, "backup", "--to", "s3://")
}

// The configuration in an archive is without its secrets.
func TestBackupHoldsNoSecrets(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	mcg := service(t, dir)
	mcg(exitGood, "migrate", "up")
	mcg(exitGood, "backup", "--to", filepath.Join(dir, "b"))
	found, err := filepath.Glob(filepath.Join(dir, "b", "*"))
	if err != nil || len(found) != 1 {
		t.Fatalf("archives %v (%v)", found, err)
	}
	text := inflateFile(t, found[0])
	if !strings.Contains(text, "security.secret_key: [redacted]") {
		t.Error("the configuration is not in the archive")
	}
	if strings.Contains(text, "sentinel") {
		t.Error("a secret is in the archive")
	}
}

func inflateFile(t *testing.T, path string) string {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := zstd.NewReader(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	text, err := plain.DecodeAll(raw, nil)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
