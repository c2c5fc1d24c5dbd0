// Package card holds the card document: its types, how it is read and refused,
// its canonical form and digest, and how two of them differ.
//
// A document is read in one direction: bytes, a tree of nodes that know their
// line and column, limits, the JSON Schema, and only then the typed [Card].
// The package does no I/O and keeps no state beyond the compiled schema.
package card

//go:generate go run ./schemagen -o card.schema.json -read read.schema.json
