package cache

import "context"

// maxEntryBytes is the size over which no tier keeps an entry.
const maxEntryBytes = 16 << 20

// entryOverhead is roughly what an entry costs beside its own bytes.
const entryOverhead = 256

// Entry is one rendered document. What the slices hold must not be changed
// once an entry was handed to the cache or taken from it: readers share them.
type Entry struct {
	// Body holds the document, coded as Encoding says.
	Body []byte
	// MediaType is the value for a Content-Type header.
	MediaType string
	// Encoding is the coding of Body. Under a key of another encoding it means
	// that this variant isn't worth having; see [Cache.Variant].
	Encoding Encoding
	// Extra is what the caller wants to have beside the body, such as the
	// report of what a conversion lost.
	Extra []byte
}

// size is the number of bytes that count against a tier's bounds.
func (e Entry) size() int64 {
	return int64(len(e.Body)+len(e.Extra)+len(e.MediaType)+len(e.Encoding)) + entryOverhead
}

// FillFunc makes the entry that no tier has. Its context is not its caller's:
// it outlives a caller who goes away and ends at [Options.FillTimeout].
type FillFunc func(context.Context) (Entry, error)

// entryLimit is the largest entry that a tier of maxBytes keeps. One entry may
// not push out most of a small tier.
func entryLimit(maxBytes int64) int64 {
	if maxBytes <= 0 {
		return maxEntryBytes
	}
	return min(maxBytes/8, maxEntryBytes)
}
