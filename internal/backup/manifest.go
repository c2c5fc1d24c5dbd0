package backup

import "time"

// format names the archive's form. Another number is another reader.
const format = "mcg-backup/1"

// Names of members. Rows are under databaseDir, files of the output folder
// under outputDir; the manifest comes last.
const (
	databaseDir  = "database/"
	outputDir    = "output/"
	configName   = "config.txt"
	manifestName = "manifest.json"
)

// Bounds of what is read: an archive may come from anywhere.
const (
	maxRow      = 256 << 20 // bytes of one row; a card's document is far smaller
	maxConfig   = 1 << 20   // bytes
	maxManifest = 256 << 20 // bytes; about 100 a member
	maxMembers  = 5_000_000
	maxWindow   = 32 << 20 // bytes that the decompressor looks back
)

// Manifest is the last member of an archive and says what the others are.
type Manifest struct {
	Format    string    `json:"format"`
	CreatedAt time.Time `json:"created_at"`
	Version   string    `json:"version"` // of the program
	Schema    int64     `json:"schema"`  // version of the database's schema
	// Content is the SHA-256 of all rows. Two stores with the same content have
	// the same, whatever their engines.
	Content string   `json:"content"`
	Counts  Counts   `json:"counts"`
	Members []Member `json:"members"`
}

// Counts are rows, and files of the output folder.
type Counts struct {
	Cards     int64 `json:"cards"`
	Revisions int64 `json:"revisions"`
	Audit     int64 `json:"audit"`
	Keys      int64 `json:"keys"`
	Answers   int64 `json:"answers"`
	Files     int64 `json:"files"`
}

// Member is a file of the archive.
type Member struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"` // bytes
	SHA256 string `json:"sha256"`
}
