package store

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Sizes that the store accepts, in bytes unless said otherwise. They keep index
// rows within what Postgres can hold (2,704 bytes).
const (
	MaxName      = 96     // of a namespace and of a name
	MaxLabel     = 256    // of a license, task, library, tag, digest, action, route or key
	MaxTitle     = 1024   // of a title
	MaxTags      = 1000   // tags of a card, counted
	MaxFilter    = 20     // tags of a filter, counted
	MaxPrincipal = 512    // of a principal
	MaxNote      = 4096   // of a reason
	MaxQuery     = 1024   // of a search query
	MaxPurge     = 10_000 // idempotency records removed at once, counted
)

// Valid reports whether both parts match [A-Za-z0-9][A-Za-z0-9._-]{0,95}.
func (id ID) Valid() bool {
	return validName(id.Namespace) && validName(id.Name)
}

func validName(name string) bool {
	if name == "" || len(name) > MaxName || strings.IndexByte("._-", name[0]) >= 0 {
		return false
	}
	for i := range len(name) {
		c := name[i]
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !letter && (c < '0' || c > '9') && strings.IndexByte("._-", c) < 0 {
			return false
		}
	}
	return true
}

// Readable returns ErrNotFound for a card that the scope can't see or that
// can't exist.
func (s Scope) Readable(id ID) error {
	if !s.Allows(id.Namespace) || !id.Valid() {
		return ErrNotFound
	}
	return nil
}

// Writable returns ErrForbidden for a card outside the scope and ErrInvalid for
// a malformed id.
func (s Scope) Writable(id ID) error {
	if !s.Allows(id.Namespace) {
		return ErrForbidden
	}
	if !id.Valid() {
		return fmt.Errorf("%w: id is not namespace/name", ErrInvalid)
	}
	return nil
}

// Check returns ErrInvalid if no engine may store the draft.
func (d Draft) Check() error {
	if d.Digest == "" || d.Author == "" {
		return fmt.Errorf("%w: a revision has a digest and an author", ErrInvalid)
	}
	if err := checkTexts(MaxLabel, text{"digest", d.Digest}, text{"license", d.License}, text{"task", d.Task},
		text{"library", d.Library}, text{"source type", d.SourceType}, text{"request id", d.RequestID}); err != nil {
		return err
	}
	if err := checkTexts(MaxTitle, text{"title", d.Title}); err != nil {
		return err
	}
	if err := checkTexts(MaxPrincipal, text{"author", d.Author}); err != nil {
		return err
	}
	if err := checkTexts(MaxNote, text{"reason", d.Reason}); err != nil {
		return err
	}
	if err := checkTexts(len(d.Text), text{"text", d.Text}); err != nil {
		return err
	}
	return checkTags(d.Tags, MaxTags)
}

// Distinct returns the tags in their order, each once, and never nil.
func Distinct(tags []string) []string {
	distinct := make([]string, 0, len(tags))
	seen := make(map[string]bool, len(tags))
	for _, tag := range tags {
		if !seen[tag] {
			seen[tag] = true
			distinct = append(distinct, tag)
		}
	}
	return slices.Clip(distinct)
}

// Check returns ErrInvalid if no engine may store the event.
func (e AuditEvent) Check() error {
	if e.Action == "" || e.Principal == "" {
		return fmt.Errorf("%w: an audit row has an action and a principal", ErrInvalid)
	}
	if err := checkTexts(MaxLabel, text{"action", e.Action}, text{"namespace", e.Namespace}, text{"name", e.Name},
		text{"object", e.Object}, text{"request id", e.RequestID}, text{"address", e.Address}); err != nil {
		return err
	}
	if err := checkTexts(MaxPrincipal, text{"principal", e.Principal}); err != nil {
		return err
	}
	return checkTexts(MaxNote, text{"reason", e.Reason})
}

// Check returns ErrInvalid if no engine may store the key.
func (k IdempotencyKey) Check() error {
	if k.Key == "" || k.Principal == "" || k.Route == "" {
		return fmt.Errorf("%w: an idempotency key has a principal, a route and a key", ErrInvalid)
	}
	if err := checkTexts(MaxLabel, text{"route", k.Route}, text{"idempotency key", k.Key}); err != nil {
		return err
	}
	return checkTexts(MaxPrincipal, text{"principal", k.Principal})
}

// Check returns ErrInvalid if no engine may store the record.
func (r IdempotencyRecord) Check() error {
	return checkTexts(MaxLabel, text{"request hash", r.RequestHash})
}

// text is a value with the name that errors call it by.
type text struct{ name, value string }

// checkTexts refuses text over the size, with a NUL byte (which Postgres can't
// store) or that is not UTF-8. The value is not in the error: it may be secret.
func checkTexts(size int, texts ...text) error {
	for _, t := range texts {
		switch {
		case len(t.value) > size:
			return fmt.Errorf("%w: %s is over %d bytes", ErrInvalid, t.name, size)
		case strings.IndexByte(t.value, 0) >= 0:
			return fmt.Errorf("%w: %s has a NUL byte", ErrInvalid, t.name)
		case !utf8.ValidString(t.value):
			return fmt.Errorf("%w: %s is not UTF-8", ErrInvalid, t.name)
		}
	}
	return nil
}

func checkTags(tags []string, limit int) error {
	if len(tags) > limit {
		return fmt.Errorf("%w: over %d tags", ErrInvalid, limit)
	}
	for _, tag := range tags {
		if err := checkTexts(MaxLabel, text{"tag", tag}); err != nil {
			return err
		}
	}
	return nil
}

// checkTimes refuses times that RFC 3339 can't write, some of which Postgres
// can't read. The zero time means that none is asked for.
func checkTimes(times ...time.Time) error {
	for _, t := range times {
		if !validMicro(t.UnixMicro()) {
			return fmt.Errorf("%w: time is not in the years 1 to 9999", ErrInvalid)
		}
	}
	return nil
}

// validMicro reports whether the microseconds since 1970 fall in the years 1 to
// 9999.
func validMicro(micro int64) bool {
	const first, last = -62_135_596_800_000_000, 253_402_300_799_999_999
	return first <= micro && micro <= last
}
