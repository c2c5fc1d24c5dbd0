package cache

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"time"
)

// An envelope is what the shared tiers store. Its layout, numbers big-endian:
//
//	magic "MCGC"
//	version           1 byte
//	written           8 bytes, Unix time in nanoseconds
//	length of key     4 bytes
//	length of media   4 bytes
//	length of coding  4 bytes
//	length of extra   4 bytes
//	length of body    4 bytes
//	key, media type, content coding, extra, body
//	SHA-256 of all of the above
//
// The checksum finds every change of the bytes; the embedded key finds intact
// bytes that lie under a name that isn't theirs.
const (
	envelopeMagic   = "MCGC"
	envelopeVersion = 1

	envelopeParts  = 5
	envelopeHeader = len(envelopeMagic) + 1 + 8 + 4*envelopeParts
	envelopeFrame  = envelopeHeader + sha256.Size
)

// errCorrupt says that stored bytes aren't the envelope that was asked for.
// It tells neither which bytes nor why: nobody decides on that.
var errCorrupt = errors.New("cache: stored entry is corrupt")

// encodeEnvelope wraps an entry whose size the caller has bounded.
func encodeEnvelope(keyText []byte, e Entry, written time.Time) []byte {
	parts := [envelopeParts][]byte{keyText, []byte(e.MediaType), []byte(e.Encoding), e.Extra, e.Body}
	size := envelopeFrame
	for _, p := range parts {
		size += len(p)
	}
	out := make([]byte, 0, size)
	out = append(out, envelopeMagic...)
	out = append(out, envelopeVersion)
	out = binary.BigEndian.AppendUint64(out, uint64(written.UnixNano())) //nolint:gosec // read back as int64
	for _, p := range parts {
		out = binary.BigEndian.AppendUint32(out, uint32(len(p))) //nolint:gosec // entries are at most maxEntryBytes
	}
	for _, p := range parts {
		out = append(out, p...)
	}
	sum := sha256.Sum256(out)
	return append(out, sum[:]...)
}

// decodeEnvelope checks raw against the key it was found under. The entry
// shares raw's memory. The only error is errCorrupt.
func decodeEnvelope(raw, keyText []byte) (e Entry, written time.Time, err error) {
	if len(raw) < envelopeFrame || string(raw[:len(envelopeMagic)]) != envelopeMagic ||
		raw[len(envelopeMagic)] != envelopeVersion {
		return Entry{}, time.Time{}, errCorrupt
	}
	content, sum := raw[:len(raw)-sha256.Size], raw[len(raw)-sha256.Size:]
	if want := sha256.Sum256(content); !bytes.Equal(sum, want[:]) {
		return Entry{}, time.Time{}, errCorrupt
	}
	parts, ok := envelopeContents(content)
	if !ok || !bytes.Equal(parts[0], keyText) {
		return Entry{}, time.Time{}, errCorrupt
	}
	nanos := binary.BigEndian.Uint64(raw[len(envelopeMagic)+1:])
	return Entry{
		MediaType: string(parts[1]),
		Encoding:  Encoding(parts[2]),
		Extra:     parts[3],
		Body:      parts[4],
	}, time.Unix(0, int64(nanos)), nil //nolint:gosec // written as int64
}

// envelopeContents cuts the parts out. Their lengths must add up exactly; the
// checksum is no proof of that, since anybody can make one.
func envelopeContents(content []byte) (parts [envelopeParts][]byte, ok bool) {
	lengths, rest := content[envelopeHeader-4*envelopeParts:envelopeHeader], content[envelopeHeader:]
	for i := range parts {
		n := uint64(binary.BigEndian.Uint32(lengths[4*i:]))
		if n > uint64(len(rest)) {
			return parts, false
		}
		if n > 0 {
			parts[i] = rest[:n:n]
		}
		rest = rest[n:]
	}
	return parts, len(rest) == 0
}
