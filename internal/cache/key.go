package cache

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
)

// ErrKey says that a [Key] can't be used: Digest, Format or Renderer is empty,
// so that two documents could share the key, or a field is absurdly long, or
// the encoding is unknown.
var ErrKey = errors.New("cache: key is incomplete, too long or of an unknown encoding")

// maxKeyField bounds each field of a key, in bytes. The longest that mcg makes
// are digests of 71.
const maxKeyField = 1024

// Encoding is a content coding as HTTP names it (RFC 9110, 8.4.1).
type Encoding string

// The encodings that documents are kept in. Identity is the zero value.
const (
	Identity Encoding = ""
	Gzip     Encoding = "gzip"
	Zstd     Encoding = "zstd"
)

// Key names one rendered document by everything its bytes depend on. Nothing
// about who asks is in it, so a document whose bytes depend on that, such as
// format "source", must not be cached.
type Key struct {
	// Digest is the digest of the card's canonical form.
	Digest string
	// Format is the name of the output format.
	Format string
	// Renderer is the version of the code that renders.
	Renderer string
	// Template is the digest of a team's own template, empty for built-in formats.
	Template string
	// Encoding is the content coding of the bytes.
	Encoding Encoding
}

// In returns the key of the same document in another encoding.
func (k Key) In(e Encoding) Key {
	k.Encoding = e
	return k
}

func (k Key) check() error {
	if k.Digest == "" || k.Format == "" || k.Renderer == "" {
		return ErrKey
	}
	if k.Encoding != Identity && k.Encoding != Gzip && k.Encoding != Zstd {
		return ErrKey
	}
	for _, field := range k.fields() {
		if len(field) > maxKeyField {
			return ErrKey
		}
	}
	return nil
}

func (k Key) fields() [5]string {
	return [5]string{k.Digest, k.Format, k.Renderer, k.Template, string(k.Encoding)}
}

// size is the number of bytes that the key's own text takes.
func (k Key) size() int {
	n := 0
	for _, field := range k.fields() {
		n += len(field)
	}
	return n
}

// text is the key as it is embedded in envelopes. Each field has its length in
// front, so that no two keys share a text.
func (k Key) text() []byte {
	out := make([]byte, 0, k.size()+5*2)
	for _, field := range k.fields() {
		out = binary.BigEndian.AppendUint16(out, uint16(len(field))) //nolint:gosec // check bounds it to maxKeyField
		out = append(out, field...)
	}
	return out
}

// id is a key's name in the shared tiers: a hash of the key and of the
// envelope's version, so that releases with another envelope never meet.
type id [sha256.Size]byte

func idOf(keyText []byte) id {
	h := sha256.New()
	h.Write([]byte(envelopeMagic))
	h.Write([]byte{envelopeVersion})
	h.Write(keyText)
	return id(h.Sum(nil))
}

func (i id) String() string {
	return hex.EncodeToString(i[:])
}

// parseID reads what String wrote; ok is false for anything else.
func parseID(s string) (i id, ok bool) {
	if len(s) != hex.EncodedLen(len(i)) {
		return id{}, false
	}
	n, err := hex.Decode(i[:], []byte(s))
	return i, err == nil && n == len(i) && i.String() == s
}
