package render

import (
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"

	cdx "github.com/CycloneDX/cyclonedx-go"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// externalLink is a field of a card that is an external reference of a type,
// and with a comment where the type says too little.
type externalLink struct {
	pointer string
	kind    cdx.ExternalReferenceType
	comment string
	field   func(c *card.Card) *string
}

// externalLinks serve the writer and the reader.
var externalLinks = []externalLink{
	{"/model/repository", cdx.ERTypeVCS, "", func(c *card.Card) *string { return &c.Model.Repository }},
	{"/model/path", cdx.ERTypeDistribution, "", func(c *card.Card) *string { return &c.Model.Path }},
	{"/model/documentation", cdx.ERTypeDocumentation, "", func(c *card.Card) *string { return &c.Model.Documentation }},
	{"/model/paper", cdx.ERTypeDocumentation, "paper", func(c *card.Card) *string { return &c.Model.Paper }},
	{"/model/demo", cdx.ERTypeWebsite, "demo", func(c *card.Card) *string { return &c.Model.Demo }},
	{"/model/license_link", cdx.ERTypeLicense, "", func(c *card.Card) *string { return &c.Model.LicenseLink }},
}

func (w *bomWriter) references() []cdx.ExternalReference {
	var list []cdx.ExternalReference
	for _, l := range externalLinks {
		if address := *l.field(w.card); address != "" && w.isAddress(address, l.pointer) {
			list = append(list, cdx.ExternalReference{URL: address, Comment: l.comment, Type: l.kind})
		}
	}
	for i, ref := range w.card.Model.References {
		address := ref.URL
		if !isIRIReference(address) {
			address = percentEncode(address)
			w.loseIf(address != ref.URL, "/model/references/"+itoa(i)+"/url", "it is no IRI reference (RFC 3987), and is written percent-encoded")
		}
		list = append(list, cdx.ExternalReference{URL: address, Comment: ref.Title, Type: cdx.ERTypeOther})
	}
	return list
}

// isAddress tells whether a field has a place where CycloneDX wants an address,
// and reports it as lost where it has none.
func (w *bomWriter) isAddress(s, pointer string) bool {
	ok := isIRIReference(s)
	w.loseIf(!ok, pointer, "it is no IRI reference (RFC 3987), as CycloneDX wants one here")
	return ok
}

var (
	iriText   = regexp.MustCompile(`^(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2}|[\x{A0}-\x{D7FF}\x{F900}-\x{FDCF}\x{FDF0}-\x{FFEF}])*(?:#(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2}|[\x{A0}-\x{D7FF}\x{F900}-\x{FDCF}\x{FDF0}-\x{FFEF}])*)?$`)
	iriScheme = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*$`)
)

// isIRIReference tells whether a text is an IRI reference (RFC 3987, section
// 2.2) that is not empty. It refuses the rare forms that validators disagree
// on: addresses in brackets, and characters beyond the Basic Multilingual Plane.
func isIRIReference(s string) bool {
	if s == "" || !iriText.MatchString(s) {
		return false
	}
	if i := strings.IndexAny(s, ":/?#"); i >= 0 && s[i] == ':' && !iriScheme.MatchString(s[:i]) {
		return false
	}
	u, err := url.Parse(s)
	return err == nil && !(u.User != nil && strings.Contains(u.User.String(), "%40"))
}

// percentEncode makes a relative reference of any text: all but letters,
// digits, slashes and unreserved marks are encoded.
func percentEncode(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= utf8.RuneSelf || strings.IndexByte(" \"#%<>?[\\]^`{|}:@!$&'()*+,;=", c) >= 0 || c < ' ':
			b.WriteString("%" + string(hex[c>>4]) + string(hex[c&15]))
		default:
			b.WriteByte(c)
		}
	}
	return strings.TrimLeft(b.String(), "/")
}

// readReferences reads external references: the first of a type that has a
// field of the card to that field, others to the references of the card.
func (r *bomReader) readReferences(c *bomObject) {
	for _, item := range c.objects("externalReferences") {
		address, comment, kind := item.text("url"), item.text("comment"), item.text("type")
		if r.takeLink(item, kind, comment, address) {
			continue
		}
		if kind != string(cdx.ERTypeOther) {
			item.lose("type", "references of a card have no type")
		}
		r.card.Model.References = append(r.card.Model.References, card.Reference{Title: comment, URL: address})
	}
}

func (r *bomReader) takeLink(item *bomObject, kind, comment, address string) bool {
	for _, l := range externalLinks {
		field := l.field(r.card)
		if string(l.kind) != kind || l.comment != comment || *field != "" && *field != address {
			continue
		}
		*field = address
		r.found(l.pointer, item.at+"/url")
		return address != ""
	}
	return false
}
