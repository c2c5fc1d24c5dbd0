package render

import (
	"encoding/base64"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// otherLicense is what the Hub calls a licence that it does not know; its name
// is in license_name.
const otherLicense = "other"

// cardLicense is the licence of a card for an SPDX identifier: the Hub's where
// it has one.
func cardLicense(id string) string { return firstOf(hubBySPDX[id], id) }

// namedLicense is the licence of a card for the name of a licence.
func namedLicense(name string) (license, licenseName string) {
	switch {
	case name == "":
		return "", ""
	case knownToHub[name]:
		return name, ""
	}
	return otherLicense, name
}

// licenses is the licence of the card as an SPDX expression, an SPDX
// identifier, or a name.
func (w *bomWriter) licenses() *cdx.Licenses {
	m := &w.card.Model
	if isExpression(m.License) {
		w.loseIf(m.LicenseName != "", "/model/license_name", "CycloneDX has an expression or a name")
		w.loseIf(m.LicenseText != "", "/model/license_text", "CycloneDX has no place for the text of an expression")
		return &cdx.Licenses{{Expression: m.License}}
	}
	l := &cdx.License{}
	if id, ok := spdxID(m.License); ok {
		l.ID = id
		w.loseIf(m.LicenseName != "", "/model/license_name", "CycloneDX has an SPDX identifier or a name")
		w.loseIf(cardLicense(id) != m.License, "/model/license", "it reads back as "+cardLicense(id))
	} else {
		l.Name = licenseLabel(m.License, m.LicenseName)
		license, name := namedLicense(l.Name)
		w.loseIf(license != m.License, "/model/license", "CycloneDX has one name for it, which reads back as license: "+license)
		w.loseIf(name != m.LicenseName, "/model/license_name", "CycloneDX has one name for the licence")
	}
	if l.ID == "" && l.Name == "" {
		w.loseIf(m.LicenseText != "", "/model/license_text", "CycloneDX needs an identifier or a name of the licence")
		return nil
	}
	if isIRIReference(m.LicenseLink) { // an external reference too
		l.URL = m.LicenseLink
	}
	if m.LicenseText != "" {
		l.Text = &cdx.AttachedText{Content: m.LicenseText, ContentType: "text/plain"}
	}
	return &cdx.Licenses{{License: l}}
}

// licenseLabel is the one name of a licence without an SPDX identifier.
func licenseLabel(license, name string) string {
	if license == otherLicense {
		return firstOf(name, license)
	}
	return firstOf(license, name)
}

// isExpression tells whether a text is an SPDX license expression (SPDX 2.3,
// annex D) of more than one word, in the spelling of the SPDX License List.
func isExpression(s string) bool {
	words := strings.Fields(strings.NewReplacer("(", " ( ", ")", " ) ").Replace(s))
	depth, operand := 0, true // whether an operand comes next
	for i, word := range words {
		switch {
		case operand && word == "(":
			depth++
		case operand:
			if !isSimple(word, i > 0 && words[i-1] == "WITH") {
				return false
			}
			operand = false
		case word == ")":
			depth--
		case word == "WITH" && i > 0 && words[i-1] != ")" && (i < 2 || words[i-2] != "WITH"), word == "AND", word == "OR":
			operand = true
		default:
			return false
		}
		if depth < 0 {
			return false
		}
	}
	return len(words) > 1 && depth == 0 && !operand
}

// isSimple tells whether a word is a licence, or after WITH an exception.
func isSimple(word string, exception bool) bool {
	if exception {
		return spdxIDs[word] && isException(word)
	}
	if _, ref, ok := strings.Cut(word, "LicenseRef-"); ok && ref != "" {
		return isLicenseRef(word)
	}
	id := strings.TrimSuffix(word, "+")
	return spdxIDs[id] && !isException(id)
}

// isLicenseRef tells whether a word refers to a licence outside SPDX.
func isLicenseRef(word string) bool {
	document, ref, ok := strings.Cut(word, ":")
	if !ok {
		return isIDString(strings.TrimPrefix(word, "LicenseRef-")) && strings.HasPrefix(word, "LicenseRef-")
	}
	return strings.HasPrefix(document, "DocumentRef-") && isIDString(strings.TrimPrefix(document, "DocumentRef-")) && isLicenseRef(ref) && !strings.Contains(ref, ":")
}

func isIDString(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") == ""
}

func encodeBase64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// readLicenses reads the first licence: a card has one, and which of several it
// would be is not for a reader to say.
func (r *bomReader) readLicenses(c *bomObject) {
	for i, item := range c.objects("licenses") {
		if i > 0 {
			r.lose(item.at, "a card has one licence, or an expression; the first is read")
			item.drop()
			continue
		}
		m := &r.card.Model
		r.found("/model/license", item.at)
		if expression := item.text("expression"); expression != "" {
			m.License = cardLicense(expression)
			continue
		}
		l := item.object("license")
		id, name := l.text("id"), l.text("name")
		m.License, m.LicenseName = namedLicense(name)
		if id != "" {
			m.License, m.LicenseName = cardLicense(id), name
		}
		m.LicenseLink = l.text("url")
		r.readLicenseText(l.object("text"))
	}
}

func (r *bomReader) readLicenseText(text *bomObject) {
	content := text.text("content")
	if text.text("encoding") == base64Encoding {
		decoded, err := base64.StdEncoding.DecodeString(content)
		if err != nil || !isPlainText(decoded) {
			text.lose("content", "it is no text in Base64")
			return
		}
		content = string(decoded)
	}
	if kind := text.text("contentType"); kind != "" && !strings.HasPrefix(kind, "text/") {
		text.lose("contentType", "it is read as text")
	}
	r.card.Model.LicenseText = content
}
