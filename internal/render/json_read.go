package render

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// maxProblems is the most that is told of one document.
const maxProblems = 100

// foreignReader reads a JSON document of another format to a card.
type foreignReader struct {
	card     *card.Card
	place    func(pointer string) card.Place // in the document
	places   map[string]card.Place           // of the card's fields
	losses   []Loss
	problems []card.Problem
}

func newForeignReader(place func(string) card.Place) *foreignReader {
	return &foreignReader{card: allSections(), place: place, places: map[string]card.Place{}}
}

// found notes where the document has a field of the card.
func (r *foreignReader) found(field, at string) { r.places[field] = r.place(at) }

func (r *foreignReader) lose(at, detail string) {
	r.losses = append(r.losses, Loss{at, detail})
}

func (r *foreignReader) refuse(at, code, detail, hint string) {
	if len(r.problems) == maxProblems {
		return
	}
	place := r.place(at)
	r.problems = append(r.problems, card.Problem{Pointer: at, Line: place.Line, Column: place.Column, Code: code, Detail: detail, Hint: hint})
}

// refuseType refuses a value of another type than the format has.
func (r *foreignReader) refuseType(at string, v any, want string) {
	r.refuse(at, "wrong_type", fmt.Sprintf("%s where %s is wanted", typeName(v), want), "")
}

func typeName(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "true or false"
	case string:
		return "text"
	case card.Number:
		return "a number"
	case []any:
		return "a list"
	}
	return "an object"
}

// result is the card that was read, named from outside where it has no name of
// its own.
func (r *foreignReader) result(name string) (*card.Document, []Loss, error) {
	if len(r.problems) > 0 {
		return nil, nil, &card.Error{Kind: card.Invalid, Problems: r.problems}
	}
	if r.card.Model.Name == "" && r.card.Model.ID == "" {
		r.card.Model.ID = name
	}
	doc := card.NewDocument(r.card, nil, r.places)
	if err := r.card.Normalize(); err != nil {
		return nil, nil, doc.Locate(explainNameless(err))
	}
	if err := checkLimits(r.card); err != nil {
		return nil, nil, doc.Locate(err)
	}
	slices.SortStableFunc(r.losses, func(a, b Loss) int { return strings.Compare(a.Pointer, b.Pointer) })
	return doc, r.losses, nil
}

// checkLimits holds a card to the limits of a card document: it may be larger
// than what it was read from. The lines of its problems are left out, since
// they are not those of a document that anybody has.
func checkLimits(c *card.Card) error {
	_, err := card.ReadJSON(c.Canonical())
	var refused *card.Error
	if errors.As(err, &refused) {
		for i := range refused.Problems {
			refused.Problems[i].Line, refused.Problems[i].Column = 0, 0
		}
	}
	return err
}

// object is a JSON object that is being read. What is read is taken from it;
// what nobody takes is a loss.
type object struct {
	r     *foreignReader
	at    string // its pointer
	m     *card.Map
	taken []string
}

// object is the value at a pointer as an object; an empty one where it is none.
func (r *foreignReader) object(at string, v any) *object {
	m, ok := v.(*card.Map)
	if !ok && v != nil {
		r.refuseType(at, v, "an object")
	}
	return &object{r: r, at: at, m: m}
}

// has tells whether there is a value under a key.
func (o *object) has(key string) bool {
	v, _ := o.m.Get(key)
	return v != nil
}

// take is the value under a key, nil where there is none, and its pointer.
func (o *object) take(key string) (v any, at string) {
	o.taken = append(o.taken, key)
	v, _ = o.m.Get(key)
	return v, o.at + card.Pointer(key)
}

func (o *object) object(key string) *object {
	v, at := o.take(key)
	return o.r.object(at, v)
}

// text takes a text for a field of the card, "" where there is none.
func (o *object) text(key, field string) string {
	v, at := o.take(key)
	return o.r.text(at, v, field)
}

func (r *foreignReader) text(at string, v any, field string) string {
	s, ok := v.(string)
	switch {
	case ok && s != "":
		r.found(field, at)
	case !ok && v != nil:
		r.refuseType(at, v, "text")
	}
	return s
}

// each takes a list for a field of the card, and reads its items.
func (o *object) each(key, field string, read func(i int, at string, v any)) {
	v, at := o.take(key)
	list, ok := v.([]any)
	if !ok && v != nil {
		o.r.refuseType(at, v, "a list")
	}
	if len(list) > 0 {
		o.r.found(field, at)
	}
	for i, item := range list {
		read(i, at+"/"+itoa(i), item)
	}
}

// rest reports the keys that were not taken.
func (o *object) rest() {
	for _, e := range entriesOf(o.m) {
		if !slices.Contains(o.taken, e.Key) {
			o.r.lose(o.at+card.Pointer(e.Key), "the card has no field for it")
		}
	}
}
