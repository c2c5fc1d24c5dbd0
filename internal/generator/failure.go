package generator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/render"
	"github.com/terragonlabs/modelcard-generator/internal/store"
)

// Codes of a [Failure]. They are those of the API's problem documents.
const (
	FailureInvalid     = "invalid_card"
	FailureUnreadable  = "unreadable"
	FailureTooLarge    = "too_large"
	FailureUnsupported = "unsupported_type"
	FailureIDTaken     = "id_taken"
	FailureForbidden   = "forbidden"
	FailureRefused     = "invalid_request"
	FailureCheck       = "check_failed"
	FailureInternal    = "internal"
)

// Failure says why an item of a batch was not stored.
type Failure struct {
	Code   string         `json:"code"`
	Detail string         `json:"detail"`
	Errors []card.Problem `json:"errors,omitempty"`
}

// encode is the failure as the store keeps it.
func (f Failure) encode() []byte {
	raw, err := json.Marshal(f)
	if err != nil {
		panic(err) // it is plain text
	}
	return raw
}

// ParseFailure reads what the store keeps of an item that failed.
func ParseFailure(raw []byte) (Failure, error) {
	var f Failure
	if err := json.Unmarshal(raw, &f); err != nil {
		return f, fmt.Errorf("generator: failure of an item: %w", err)
	}
	return f, nil
}

// failureOf is why a document is refused; false if err is not about the
// document, so that trying again may help.
func failureOf(err error) (Failure, bool) {
	var document *card.Error
	var refused *RefusedError
	var unsupported *render.UnsupportedTypeError
	switch {
	case errors.As(err, &document):
		return Failure{documentCode(document), document.Error(), document.Problems}, true
	case errors.As(err, &refused):
		return Failure{FailureCheck, refused.Error(), refused.Errors()}, true
	case errors.As(err, &unsupported):
		return Failure{FailureUnsupported, unsupported.Error(), nil}, true
	case errors.Is(err, ErrIDTaken):
		return Failure{FailureIDTaken, "the identifier made from the name is another owner's card; set model.id", nil}, true
	case errors.Is(err, store.ErrForbidden):
		return Failure{FailureForbidden, "you may not write into this namespace", nil}, true
	case errors.Is(err, store.ErrInvalid):
		return Failure{FailureRefused, "a value of the document is out of bounds", nil}, true
	}
	return Failure{}, false
}

func documentCode(err *card.Error) string {
	switch err.Kind {
	case card.Unreadable:
		return FailureUnreadable
	case card.TooLarge:
		return FailureTooLarge
	case card.Invalid:
	}
	return FailureInvalid
}

// transient tells whether an error is about the world and not about a document.
func transient(err error) bool {
	for _, target := range []error{
		store.ErrUnavailable, store.ErrSchema, ErrOverloaded, context.Canceled, context.DeadlineExceeded,
	} {
		if errors.Is(err, target) {
			return true
		}
	}
	return false
}
