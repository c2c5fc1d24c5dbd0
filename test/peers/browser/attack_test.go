//go:build e2e

package browser_test

import (
	"testing"

	"github.com/terragonlabs/modelcard-generator/test/attack"
)

// sight is one line of what attack.mjs tells.
type sight struct {
	Vector, Name     string
	Scripts          int
	Asked, Addresses []string
}

func (s sight) harmless() bool { return s.Scripts == 0 && len(s.Asked) == 0 && len(s.Addresses) == 0 }

// attackedPages are those that attack.mjs opens for each vector.
const attackedPages = 8

// TestNoScriptRuns puts every vector in every field of a card; with -short, 50 of
// them.
func TestNoScriptRuns(t *testing.T) {
	chromium := findChromium(t)
	install(t)
	base := startService(t)
	vectors := attack.Vectors()
	if testing.Short() {
		vectors = attack.Few(50)
	}
	bodies, fields := make([]string, len(vectors)), 0
	for i, vector := range vectors {
		body, n, err := attack.Card("acme/attacked", vector)
		if err != nil {
			t.Fatal(err)
		}
		bodies[i], fields = string(body), fields+n
	}
	task := map[string]any{"chromium": chromium, "base": base, "key": key, "vectors": vectors, "bodies": bodies}
	seen := browse[sight](t, "attack.mjs", task)
	for _, s := range seen {
		if !s.harmless() {
			t.Errorf("%s: %q: %d scripts ran, asked for %q, addresses %q", s.Name, s.Vector, s.Scripts, s.Asked, s.Addresses)
		}
	}
	if len(seen) != attackedPages*len(vectors) {
		t.Errorf("%d pages were looked at", len(seen))
	}
	t.Logf("%d vectors in %d fields, %d pages", len(vectors), fields, len(seen))
	task["control"] = true
	control(t, browse[sight](t, "attack.mjs", task), len(vectors))
}

// control: a page that takes the texts as they are runs scripts and asks for
// much, so that not seeing it on ours means something.
func control(t *testing.T, seen []sight, vectors int) {
	t.Helper()
	ran, asked, addressed, harmful := 0, 0, 0, 0
	for _, s := range seen {
		ran += min(s.Scripts, 1)
		asked += min(len(s.Asked), 1)
		addressed += min(len(s.Addresses), 1)
		if !s.harmless() {
			harmful++
		}
	}
	if len(seen) != vectors || harmful < vectors/2 || ran < vectors/4 || asked < vectors/4 || addressed < vectors/20 {
		t.Errorf("control: of %d, %d are harmful: %d ran a script, %d asked for something, %d have an address that would", len(seen), harmful, ran, asked, addressed)
	}
	t.Logf("control: of %d, %d are harmful: %d ran a script, %d asked for something, %d have an address that would", len(seen), harmful, ran, asked, addressed)
}
