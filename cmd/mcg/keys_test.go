package main

import (
	"bytes"
	"strings"
	"testing"
)

// TestKeys makes, lists and revokes a key on a database that no service runs on.
func TestKeys(t *testing.T) {
	environ := []string{"MCG_DATA_DIR=" + t.TempDir()}
	do := func(want int, args ...string) (stdout, stderr string) {
		t.Helper()
		var out, errs bytes.Buffer
		if code := run(args, environ, strings.NewReader(""), &out, &errs); code != want {
			t.Fatalf("%v: exit %d, %s", args, code, errs.String())
		}
		return out.String(), errs.String()
	}
	if _, stderr := do(exitDependency, "keys", "list"); !strings.Contains(stderr, "migrat") {
		t.Errorf("without a schema: %s", stderr)
	}
	do(exitGood, "migrate", "up")
	secret, told := do(exitGood, "keys", "create", "--name", "CI", "--role", "user", "--namespace", "acme", "--expires", "90d")
	id := secret[4:12]
	if !strings.HasPrefix(secret, "mcg_") || strings.Count(secret, "\n") != 1 || !strings.Contains(told, id) || strings.Contains(told, secret[:30]) {
		t.Errorf("printed %q and %q", secret, told)
	}
	listed, _ := do(exitGood, "keys", "list")
	if !strings.Contains(listed, id+"  active   user  acme/*  never used  \"CI\"") || strings.Contains(listed, secret[12:30]) {
		t.Errorf("listed: %s", listed)
	}
	if json, _ := do(exitGood, "keys", "list", "--report", "json"); !strings.Contains(json, `"created_by":"local command-line"`) || strings.Contains(json, "hash") {
		t.Errorf("as JSON: %s", json)
	}
	do(exitGood, "keys", "revoke", id)
	if listed, _ := do(exitGood, "keys", "list"); !strings.Contains(listed, id+"  revoked") {
		t.Errorf("after revoking: %s", listed)
	}
	do(exitUsage, "keys", "revoke", id)
	for _, bad := range [][]string{{"--name", "x", "--role", "nobody"}, {"--name", "x", "--namespace", "a/b"}, {"--name", ""}, {"--name", "x", "--expires", "soon"}, {}} {
		do(exitUsage, append([]string{"keys", "create"}, bad...)...)
	}
}
