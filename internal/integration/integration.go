// Package integration turns what evaluation tools, trainers and trackers write
// into values of a card, and fills a card with them. It reads files itself; its
// subpackages talk to MLflow, Weights & Biases and the Hugging Face Hub.
package integration

import (
	"errors"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// Role says what a file is given as. It decides where the content alone does
// not: what a plain number means.
type Role string

// The roles of files, which are the types of their sources too.
const (
	Evaluation Role = "evaluation" // numbers are metrics
	Training   Role = "training"   // numbers are hyperparameters, unless their names say otherwise
	Dataset    Role = "dataset"    // numbers describe a data set
)

// Limits on what is read of one source.
const (
	// MaxFile is the largest result file, in bytes.
	MaxFile = 16 << 20
	// MaxHeader is the largest header of a safetensors file, in bytes. The
	// format allows 100 MB; the largest models have a few.
	MaxHeader = 16 << 20
	// MaxMetrics is the most metrics of one source.
	MaxMetrics = 2000

	maxDepth   = 32
	maxValues  = 1_000_000
	maxRows    = 1_000_000
	maxLine    = 1 << 20 // bytes
	maxColumns = 2000
	maxText    = 64 << 10 // bytes of one text that goes into the card

	maxParameters = 500 // keys that a mapping of a card has room for
)

// Errors of files.
var (
	// ErrUnknown says that a file is of no kind that is read.
	ErrUnknown = errors.New("not a result file of a known kind")
	// ErrTooLarge says that a file is over a limit.
	ErrTooLarge = errors.New("over the limit")
)

// Reading is what one source says of a model.
type Reading struct {
	// Source is where it is from; Merge fills in its Fields.
	Source card.Source
	// Kind is what the source was recognised as, for people.
	Kind string
	// Values are the fields of a card that the source knows. It is no whole
	// card: it may have no name.
	Values *card.Card
	// Notes are about what was not understood; their pointers are into the source.
	Notes []card.Problem
}

// note adds a remark about a value of the source that is left out.
func (r *Reading) note(pointer, detail string) {
	const most = 20
	if len(r.Notes) < most {
		r.Notes = append(r.Notes, card.Problem{Pointer: pointer, Code: "not_read", Detail: detail})
	}
}
