package integration

import "context"

// Publication is a card that goes to a service.
type Publication struct {
	// Target names where it goes in the words of the service: a repository of
	// the Hub, or a model version of MLflow.
	Target string
	// Readme is the card as Markdown for the Hugging Face Hub.
	Readme []byte
	// Digest is the card's.
	Digest string
	// Message is what the change is called where changes have names.
	Message string
	// Parent is the commit that must be the newest one, or "" for the one that
	// is found when the publication begins.
	Parent string
	// PullRequest asks for a proposal instead of a change.
	PullRequest bool
}

// Published is what became of a publication.
type Published struct {
	// Where is the target as it was resolved, or an address that people can open.
	Where string `json:"where"`
	// Version is the commit, or the model version.
	Version string `json:"version,omitempty"`
	// Unchanged is true where the card was there already.
	Unchanged bool `json:"unchanged,omitempty"`
}

// Publisher writes cards to a service. Publishing the same card twice changes
// nothing the second time.
type Publisher interface {
	Publish(ctx context.Context, p Publication) (Published, error)
}
