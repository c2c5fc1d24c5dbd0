package store

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
)

// maxCursor bounds what is decoded, in bytes: a mark with two names fits well.
const maxCursor = 1024

// encodeCursor makes an opaque cursor of a mark. Cursors hold nothing secret
// and grant nothing: the scope is applied to every page anew.
func encodeCursor(mark any) string {
	raw, err := json.Marshal(mark)
	if err != nil {
		panic(err) // marks are plain structs of strings and numbers
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

// decodeCursor reads a cursor into mark, or returns ErrBadCursor.
func decodeCursor(cursor string, mark any) error {
	if len(cursor) > maxCursor {
		return ErrBadCursor
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil {
		return ErrBadCursor
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if decoder.Decode(mark) != nil {
		return ErrBadCursor
	}
	if _, err := decoder.Token(); err != io.EOF { //nolint:errorlint // io.EOF is returned bare
		return ErrBadCursor
	}
	// What was decoded must be what encodeCursor writes, so that a cursor of
	// another list (absent fields) or a hand-made one is refused.
	if encodeCursor(mark) != cursor {
		return ErrBadCursor
	}
	return nil
}
