package cache

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"sync/atomic"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

func unpack(t *testing.T, e Entry) []byte {
	t.Helper()
	var r io.Reader = bytes.NewReader(e.Body)
	switch e.Encoding {
	case Gzip:
		gz, err := gzip.NewReader(r)
		if err != nil {
			t.Fatal(err)
		}
		r = gz
	case Zstd:
		// A browser's limit: RFC 9659 lets it refuse larger windows.
		zs, err := zstd.NewReader(r, zstd.WithDecoderMaxWindow(8<<20))
		if err != nil {
			t.Fatal(err)
		}
		defer zs.Close()
		r = zs
	}
	body, err := io.ReadAll(r)
	if err != nil {
		t.Fatalf("%q does not decode: %v", e.Encoding, err)
	}
	return body
}

func TestVariants(t *testing.T) {
	t.Parallel()
	noise := make([]byte, 64<<10)
	random := rand.NewChaCha8([32]byte{})
	_, _ = random.Read(noise)
	bodies := map[string]struct {
		body   []byte
		packed bool
	}{
		"text":               {bytes.Repeat([]byte("a model card "), 400), true},
		"long text":          {bytes.Repeat([]byte("a model card "), 1<<20), true},
		"just over the size": {bytes.Repeat([]byte("x"), minPackBytes), true},
		"too small":          {bytes.Repeat([]byte("x"), minPackBytes-1), false},
		"not compressible":   {noise, false},
		"empty":              {nil, false},
	}
	for name, tt := range bodies {
		for _, encoding := range []Encoding{Identity, Gzip, Zstd} {
			t.Run(name+" "+string(encoding), func(t *testing.T) {
				t.Parallel()
				c := open(t, Options{Memory: MemoryOptions{MaxBytes: 256 << 20}})
				want := encoding
				if !tt.packed {
					want = Identity
				}
				var fills atomic.Int32
				for range 3 {
					e, _, err := c.Variant(t.Context(), keyN(t, 1).In(encoding), func(context.Context) (Entry, error) {
						fills.Add(1)
						return Entry{Body: tt.body, MediaType: "text/plain", Extra: []byte("x")}, nil
					})
					if err != nil || e.Encoding != want || e.MediaType != "text/plain" || string(e.Extra) != "x" {
						t.Fatalf("Variant = %q %q %q, %v; want %q", e.Encoding, e.MediaType, e.Extra, err, want)
					}
					if !bytes.Equal(unpack(t, e), tt.body) {
						t.Fatal("the variant decodes to other bytes")
					}
					if tt.packed && want != Identity && len(e.Body) >= len(tt.body) {
						t.Errorf("%d bytes became %d", len(tt.body), len(e.Body))
					}
				}
				if got := fills.Load(); got != 1 {
					t.Errorf("rendered %d times, want once", got)
				}
			})
		}
	}
}

func TestVariantIsMadeOnce(t *testing.T) {
	t.Parallel()
	c := open(t, Options{Memory: MemoryOptions{MaxBytes: 1 << 20}})
	key := keyN(t, 1)
	fill := fillWith(entryN(key))
	first, _, err := c.Variant(t.Context(), key.In(Zstd), fill)
	if err != nil {
		t.Fatal(err)
	}
	second, tier, err := c.Variant(t.Context(), key.In(Zstd), fill)
	if err != nil || tier != TierMemory || &first.Body[0] != &second.Body[0] {
		t.Errorf("the second variant is from %q, %v: want the first one's bytes from memory", tier, err)
	}
	if _, tier, _ := c.GetOrFill(t.Context(), key, fill); tier != TierMemory {
		t.Errorf("the identity form is from %q, want memory", tier)
	}
}

// Two processes that compress one document must agree, as their answers carry
// one strong ETag.
func TestVariantsAreDeterministic(t *testing.T) {
	t.Parallel()
	key := keyN(t, 1)
	for _, encoding := range []Encoding{Gzip, Zstd} {
		var bodies [2][]byte
		for n := range bodies {
			c := open(t, Options{})
			e, _, err := c.Variant(t.Context(), key.In(encoding), fillWith(entryN(key)))
			if err != nil {
				t.Fatal(err)
			}
			bodies[n] = e.Body
		}
		if !bytes.Equal(bodies[0], bodies[1]) {
			t.Errorf("%s differs from process to process", encoding)
		}
	}
}
