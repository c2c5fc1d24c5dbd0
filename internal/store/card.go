package store

import "time"

// ID names a card: namespace/name, as on the Hugging Face Hub.
type ID struct {
	Namespace string
	Name      string
}

// String returns "namespace/name".
func (id ID) String() string {
	return id.Namespace + "/" + id.Name
}

// Labels are the columns of a card that lists show and filters compare. They
// are what the latest revision says, and empty where it says nothing.
type Labels struct {
	Title   string
	License string
	Task    string // the Hub's pipeline_tag
	Library string
	Tags    []string // in the card's order, each once
}

// Head is a card's row: who it is and what its latest revision says.
type Head struct {
	ID
	Labels
	Revision  int64  // number of the latest revision, from 1
	Digest    string // of the latest revision
	Owner     string // the principal that created the card
	CreatedAt time.Time
	UpdatedAt time.Time
	DeletedAt *time.Time // nil while the card is visible
}

// Draft is a revision before the store has numbered it.
type Draft struct {
	Labels
	Digest     string
	Canonical  []byte // canonical JSON
	Source     []byte // the document as submitted, byte for byte
	SourceType string // media type of Source
	Author     string // principal; the first author of a card is its owner
	Reason     string
	RequestID  string
	Text       string // further words to find the card by
}

// RevisionInfo is a line of a card's history.
type RevisionInfo struct {
	ID
	Number     int64
	Digest     string
	SourceType string
	Author     string
	Reason     string
	RequestID  string
	CreatedAt  time.Time
}

// Revision is an immutable revision with its bytes.
type Revision struct {
	RevisionInfo
	Canonical []byte
	Source    []byte
}

// Info returns what is known of the draft's revision once it has a number.
func (d Draft) Info(id ID, number int64, at time.Time) RevisionInfo {
	return RevisionInfo{
		ID: id, Number: number, Digest: d.Digest, SourceType: d.SourceType,
		Author: d.Author, Reason: d.Reason, RequestID: d.RequestID, CreatedAt: at,
	}
}

// Time cuts t to what every engine can keep: UTC, whole microseconds.
func Time(t time.Time) time.Time {
	return t.UTC().Truncate(time.Microsecond)
}

// Migration is one step of the schema.
type Migration struct {
	Version   int64
	Name      string
	AppliedAt *time.Time // nil while it is pending
}
