package cache

import (
	"errors"
	"strings"
	"testing"
)

// Every input of a rendering is in the key: a document of one key must never
// be served for another.
func TestKeyCountsEveryField(t *testing.T) {
	t.Parallel()
	c := open(t, Options{Memory: MemoryOptions{MaxBytes: 1 << 20}, Disk: DiskOptions{Dir: t.TempDir()}})
	base := Key{Digest: "sha256:d", Format: "f", Renderer: "1", Template: "t"}
	others := map[string]Key{
		"digest":   {Digest: "sha256:e", Format: "f", Renderer: "1", Template: "t"},
		"format":   {Digest: "sha256:d", Format: "g", Renderer: "1", Template: "t"},
		"renderer": {Digest: "sha256:d", Format: "f", Renderer: "2", Template: "t"},
		"template": {Digest: "sha256:d", Format: "f", Renderer: "1"},
		"encoding": base.In(Gzip),
		// The same letters, divided in another way.
		"boundary": {Digest: "sha256:d", Format: "f", Renderer: "1t"},
	}
	if err := c.Put(base, entryN(base)); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the write to disk", func() bool { return statsOf(c, TierDisk).Stored == 1 })
	seen := map[id]string{hash(base).id: "base"}
	for name, key := range others {
		if _, tier, ok := c.Get(t.Context(), key); ok {
			t.Errorf("a key with another %s is served from %s", name, tier)
		}
		if other, ok := seen[hash(key).id]; ok {
			t.Errorf("the keys %q and %q have one name on disk", name, other)
		}
		seen[hash(key).id] = name
	}
}

func TestKeyIsChecked(t *testing.T) {
	t.Parallel()
	c := open(t, Options{Memory: MemoryOptions{MaxBytes: 1 << 20}})
	bad := map[string]Key{
		"no digest":        {Format: "f", Renderer: "1"},
		"no format":        {Digest: "d", Renderer: "1"},
		"no renderer":      {Digest: "d", Format: "f"},
		"too long":         {Digest: strings.Repeat("d", maxKeyField+1), Format: "f", Renderer: "1"},
		"unknown encoding": {Digest: "d", Format: "f", Renderer: "1", Encoding: "br"},
	}
	for name, key := range bad {
		if err := c.Put(key, Entry{}); !errors.Is(err, ErrKey) {
			t.Errorf("%s: Put = %v, want ErrKey", name, err)
		}
		if _, _, err := c.GetOrFill(t.Context(), key, fillWith(Entry{})); !errors.Is(err, ErrKey) {
			t.Errorf("%s: GetOrFill = %v, want ErrKey", name, err)
		}
		if _, _, ok := c.Get(t.Context(), key); ok {
			t.Errorf("%s: Get finds an entry", name)
		}
	}
}

func TestParseID(t *testing.T) {
	t.Parallel()
	want := hash(keyN(t, 1)).id
	if got, ok := parseID(want.String()); !ok || got != want {
		t.Errorf("parseID(%q) = %v, %v", want, got, ok)
	}
	for _, s := range []string{"", "00", strings.ToUpper(want.String()), want.String() + "00", strings.Repeat("zz", 32)} {
		if _, ok := parseID(s); ok {
			t.Errorf("parseID(%q) accepts it", s)
		}
	}
}
