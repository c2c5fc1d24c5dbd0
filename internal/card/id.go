package card

import (
	"fmt"
	"regexp"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// DefaultNamespace is where a card is whose identifier names no namespace.
const DefaultNamespace = "default"

// ID is the identifier of a card, namespace/name as on the Hugging Face Hub.
type ID struct{ Namespace, Name string }

// String is namespace/name.
func (id ID) String() string { return id.Namespace + "/" + id.Name }

const maxIDPart = 96

var idPart = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,95}$`)

// ParseID reads namespace/name, or a name alone, which is in the default
// namespace. The error is an [*Error] of kind Invalid.
func ParseID(s string) (ID, error) {
	namespace, name, found := strings.Cut(s, "/")
	if !found {
		namespace, name = DefaultNamespace, s
	}
	if !idPart.MatchString(namespace) || !idPart.MatchString(name) {
		return ID{}, Invalidate("/model/id", "bad_id", fmt.Sprintf("%s is not an identifier", shown(s)),
			"write namespace/name; each begins with a letter or digit and has letters, digits, dots, hyphens and underscores, 96 at most")
	}
	return ID{namespace, name}, nil
}

// DeriveID is the identifier of the card: its own, or one made from its name
// in the given namespace. A name without Latin letters or digits cannot make
// one; the error is an [*Error] of kind Invalid.
func (c *Card) DeriveID(namespace string) (ID, error) {
	if c.Model.ID != "" {
		return ParseID(c.Model.ID)
	}
	slug := Slug(c.Model.Name)
	if slug == "" {
		return ID{}, Invalidate("/model/id", "no_id", "the name has no Latin letters or digits to make an identifier of", "set model.id")
	}
	return ID{namespace, slug}, nil
}

// latin spells the Latin letters that no accent can be taken off.
var latin = strings.NewReplacer("ß", "ss", "æ", "ae", "œ", "oe", "ø", "o", "ł", "l", "đ", "d", "ð", "d", "þ", "th", "ı", "i")

// Slug is a name as the second part of an identifier: lower case Latin letters
// without their accents, digits, dots, underscores, and hyphens between them.
func Slug(name string) string {
	var b strings.Builder
	gap := false
	for _, r := range norm.NFKD.String(latin.Replace(strings.ToLower(name))) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			if gap && b.Len() > 0 {
				b.WriteByte('-')
			}
			b.WriteRune(r)
			gap = false
		case (r == '.' || r == '_') && !gap && b.Len() > 0:
			b.WriteRune(r)
		case r >= 0x300 && r <= 0x36F: // an accent of the letter before
		default:
			gap = true
		}
	}
	slug := b.String()
	return strings.TrimRight(slug[:min(len(slug), maxIDPart)], "._-")
}
