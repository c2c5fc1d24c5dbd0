package cache

import (
	"bytes"
	"context"
	"fmt"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

const (
	// minPackBytes is the size below which compressing gains less than a
	// network packet.
	minPackBytes = 512
	// zstdWindow is the largest window that RFC 9659 lets HTTP use.
	zstdWindow = 8 << 20
)

// Variant is [Cache.GetOrFill] for a key in any encoding: fill makes the
// identity form, and the compressed form is made from that once and then kept
// under its own key. When compressing does not pay, the entry that comes back
// is the identity one; its Encoding says which it is.
func (c *Cache) Variant(ctx context.Context, key Key, fill FillFunc) (Entry, Tier, error) {
	if key.Encoding == Identity {
		return c.GetOrFill(ctx, key, fill)
	}
	e, tier, err := c.GetOrFill(ctx, key, func(ctx context.Context) (Entry, error) {
		plain, _, err := c.GetOrFill(ctx, key.In(Identity), fill)
		if err != nil {
			return Entry{}, err
		}
		return c.packer.pack(plain, key.Encoding)
	})
	if err != nil || e.Encoding == key.Encoding {
		return e, tier, err
	}
	return c.GetOrFill(ctx, key.In(Identity), fill)
}

// packer compresses. It is safe for concurrent use.
type packer struct {
	zstd *zstd.Encoder
}

func newPacker() (*packer, error) {
	// Concurrency 1 keeps one encoder's memory: each document is packed once.
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(zstdWindow))
	if err != nil {
		return nil, fmt.Errorf("cache: zstd: %w", err)
	}
	return &packer{zstd: enc}, nil
}

// pack returns the compressed form of an identity entry, or one without a body
// and in the identity encoding: the note, kept like any variant, that there is
// nothing to gain.
func (p *packer) pack(plain Entry, encoding Encoding) (Entry, error) {
	out := Entry{MediaType: plain.MediaType}
	if len(plain.Body) < minPackBytes {
		return out, nil
	}
	packed, err := p.compress(plain.Body, encoding)
	if err != nil {
		return Entry{}, err
	}
	if len(packed) < len(plain.Body) {
		out.Body, out.Encoding, out.Extra = packed, encoding, plain.Extra
	}
	return out, nil
}

func (p *packer) compress(body []byte, encoding Encoding) ([]byte, error) {
	if encoding == Zstd {
		return p.zstd.EncodeAll(body, nil), nil
	}
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(body); err != nil {
		return nil, fmt.Errorf("cache: gzip: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("cache: gzip: %w", err)
	}
	return out.Bytes(), nil
}
