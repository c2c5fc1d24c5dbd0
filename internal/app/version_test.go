package app

import (
	"runtime/debug"
	"testing"
)

func TestVersion(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		linked, module string
		known          bool
		want           string
	}{
		{"v1.2.3", "v9.9.9", true, "v1.2.3"},
		{"dev", "v1.2.3", true, "v1.2.3"},
		{"dev", "(devel)", true, "dev"},
		{"dev", "", true, "dev"},
		{"dev", "v1.2.3", false, "dev"},
	} {
		info := &debug.BuildInfo{Main: debug.Module{Version: c.module}}
		if got := versionOf(c.linked, info, c.known); got != c.want {
			t.Errorf("linked %q, module %q: %q, want %q", c.linked, c.module, got, c.want)
		}
	}
}
