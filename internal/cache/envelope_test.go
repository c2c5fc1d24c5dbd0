package cache

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestEnvelopeRoundTrip(t *testing.T) {
	t.Parallel()
	key := keyN(t, 1).In(Zstd)
	tests := map[string]Entry{
		"empty": {},
		"full":  {Body: []byte("body"), MediaType: "text/html", Encoding: Zstd, Extra: []byte("extra")},
		"note":  {MediaType: "text/html"},
	}
	for name, want := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			written := time.Unix(1_700_000_000, 42)
			got, at, err := decodeEnvelope(encodeEnvelope(key.text(), want, written), key.text())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("entry (-want +got):\n%s", diff)
			}
			if !at.Equal(written) {
				t.Errorf("written = %v, want %v", at, written)
			}
		})
	}
}

// Every single bit counts, and so does every length.
func TestEnvelopeRefusesEveryChange(t *testing.T) {
	t.Parallel()
	key := keyN(t, 1)
	good := encodeEnvelope(key.text(), entryN(key), time.Now())
	refuse := func(what string, raw []byte) {
		t.Helper()
		if _, _, err := decodeEnvelope(raw, key.text()); !errors.Is(err, errCorrupt) {
			t.Errorf("%s: err = %v, want errCorrupt", what, err)
		}
	}
	for bit := range 8 * len(good) {
		raw := append([]byte(nil), good...)
		raw[bit/8] ^= 1 << (bit % 8)
		refuse("flipped bit", raw)
	}
	for n := range good {
		refuse("cut", good[:n])
	}
	refuse("longer", append(append([]byte(nil), good...), 0))
	refuse("another key's", encodeEnvelope(keyN(t, 2).text(), entryN(key), time.Now()))
}

// A checksum that is right says nothing about the lengths.
func TestEnvelopeRefusesForgedLengths(t *testing.T) {
	t.Parallel()
	key := keyN(t, 1)
	for _, length := range []uint32{0, 1, 1 << 20, 1<<32 - 1} {
		for part := range envelopeParts {
			raw := encodeEnvelope(key.text(), entryN(key), time.Now())
			at := envelopeHeader - 4*(envelopeParts-part)
			if binary.BigEndian.Uint32(raw[at:]) == length {
				continue // the encoding of this entry is empty
			}
			binary.BigEndian.PutUint32(raw[at:], length)
			reseal(raw)
			if _, _, err := decodeEnvelope(raw, key.text()); !errors.Is(err, errCorrupt) {
				t.Errorf("part %d with length %d: err = %v, want errCorrupt", part, length, err)
			}
		}
	}
}

func reseal(raw []byte) {
	content := raw[:len(raw)-sha256.Size]
	sum := sha256.Sum256(content)
	copy(raw[len(content):], sum[:])
}

func FuzzDecodeEnvelope(f *testing.F) {
	key := Key{Digest: "sha256:d", Format: "html", Renderer: "1"}
	good := encodeEnvelope(key.text(), Entry{Body: []byte("body"), MediaType: "text/html"}, time.Unix(1, 2))
	f.Add(good, true)
	f.Add(good[:len(good)-1], false)
	f.Add([]byte(envelopeMagic), true)
	f.Fuzz(func(t *testing.T, raw []byte, seal bool) {
		if seal && len(raw) >= envelopeFrame {
			reseal(raw) // gets past the checksum, to what lies behind it
		}
		e, written, err := decodeEnvelope(raw, key.text())
		if err != nil {
			return
		}
		if again := encodeEnvelope(key.text(), e, written); !cmp.Equal(again, raw) {
			t.Errorf("accepted %q, which is not the encoding of what was read from it", raw)
		}
	})
}
