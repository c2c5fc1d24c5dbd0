package render

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

const noField = "a card has no field for it"

// bomObject is an object of a BOM that remembers which of its keys were read.
type bomObject struct {
	r    *bomReader
	m    *card.Map
	at   string // its JSON pointer
	read map[string]bool
}

// newObject is an object whose keys are losses unless they are read. The
// bom-ref is a name within the BOM alone.
func (r *bomReader) newObject(m *card.Map, at string) *bomObject {
	o := &bomObject{r, m, at, map[string]bool{"bom-ref": true}}
	r.objects = append(r.objects, o)
	return o
}

// drop takes an object that was reported as a whole as read.
func (o *bomObject) drop() { o.m = &card.Map{} }

func (o *bomObject) pointer(key string) string { return o.at + card.Pointer(key) }

// lose reports the value of a key.
func (o *bomObject) lose(key, detail string) { o.r.lose(o.pointer(key), detail) }

// take reads the value of a key; a null is no value.
func (o *bomObject) take(key string) (any, bool) {
	o.read[key] = true
	value, _ := o.m.Get(key)
	return value, value != nil
}

// text is the text of a key, "" without one. A number is taken for its text,
// since many a BOM has numbers where the schema has texts.
func (o *bomObject) text(key string) string {
	value, _ := o.take(key)
	switch value := value.(type) {
	case nil:
		return ""
	case string:
		return value
	case card.Number:
		return string(value)
	}
	o.lose(key, "it is not a text")
	return ""
}

// object is the object of a key, an empty one without one.
func (o *bomObject) object(key string) *bomObject {
	value, ok := o.take(key)
	m, isMap := value.(*card.Map)
	if ok && !isMap {
		o.lose(key, "it is not an object")
	}
	if !isMap {
		m = &card.Map{}
	}
	return o.r.newObject(m, o.pointer(key))
}

// list is the list of a key, nil without one.
func (o *bomObject) list(key string) []any {
	value, ok := o.take(key)
	list, isList := value.([]any)
	if ok && !isList {
		o.lose(key, "it is not a list")
	}
	return list
}

// objects are the objects in the list of a key.
func (o *bomObject) objects(key string) []*bomObject {
	var objects []*bomObject
	for i, item := range o.list(key) {
		at := o.pointer(key) + "/" + itoa(i)
		if m, ok := item.(*card.Map); ok {
			objects = append(objects, o.r.newObject(m, at))
		} else {
			o.r.lose(at, "it is not an object")
		}
	}
	return objects
}

// texts are the texts in the list of a key.
func (o *bomObject) texts(key string) []string {
	var texts []string
	for i, item := range o.list(key) {
		if text, ok := item.(string); ok {
			texts = append(texts, text)
		} else {
			o.r.lose(o.pointer(key)+"/"+itoa(i), "it is not a text")
		}
	}
	return texts
}

// allLosses adds what was not read, and has one loss for a pointer.
func (r *bomReader) allLosses() []Loss {
	for _, o := range r.objects {
		for _, e := range o.m.Entries {
			if !o.read[e.Key] && e.Value != nil {
				o.lose(e.Key, noField)
			}
		}
	}
	slices.SortStableFunc(r.losses, func(a, b Loss) int { return strings.Compare(a.Pointer, b.Pointer) })
	return slices.CompactFunc(r.losses, func(a, b Loss) bool { return a.Pointer == b.Pointer })
}

// maxAttachment bounds what a BOM brings in attachments besides its pictures in
// Base64, in bytes: they are not counted when its size is checked.
const maxAttachment = 256 << 10

// isPlainText tells whether bytes are a text that a card can have.
func isPlainText(b []byte) bool {
	control := func(c rune) bool { return c < ' ' && c != '\n' && c != '\t' && c != '\r' || c == 0x7f }
	return len(b) <= maxAttachment && utf8.Valid(b) && !bytes.ContainsFunc(b, control)
}

// attachment is the content of a picture in Base64.
func (o *bomObject) attachment() string {
	content := o.text("content")
	if o.text("encoding") == base64Encoding {
		if !base64Text.MatchString(content) {
			o.lose("content", "it is not Base64")
			return ""
		}
		return content
	}
	if o.r.encoded += len(content); o.r.encoded > maxAttachment {
		o.lose("content", "it is too large for a picture that is not in Base64")
		return ""
	}
	return encodeBase64(content)
}
