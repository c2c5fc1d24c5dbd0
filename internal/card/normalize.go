package card

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Normalize brings a card to the form that its digest is taken of: line ends
// are LF, texts have no blank lines around them and close what they open, empty
// values are absent, the identifier has its namespace. It refuses a card
// without a name and an identifier, a malformed identifier, and a
// not_applicable for a field that does not exist.
func (c *Card) Normalize() error {
	normalizeValue(reflect.ValueOf(c).Elem(), notText)
	if err := c.normalizeID(); err != nil {
		return err
	}
	c.APIVersion, c.Kind = APIVersion, Kind
	c.dropEmptySections()
	return c.checkNotApplicable()
}

// dropEmptySections also moves the reasons that stand in sections after a
// dropped one.
func (c *Card) dropEmptySections() {
	var kept []Section
	reasons := map[string]string{}
	for i, s := range c.Sections {
		old, moved := "/sections/"+strconv.Itoa(i)+"/", "/sections/"+strconv.Itoa(len(kept))+"/"
		count := len(reasons)
		for pointer, reason := range c.NotApplicable {
			if rest, ok := strings.CutPrefix(pointer, old); ok {
				reasons[moved+rest] = reason
			}
		}
		if s != (Section{}) || len(reasons) > count {
			kept = append(kept, s)
		}
	}
	if len(kept) == len(c.Sections) {
		return
	}
	maps.DeleteFunc(c.NotApplicable, func(pointer, _ string) bool { return strings.HasPrefix(pointer, "/sections/") })
	maps.Copy(c.NotApplicable, reasons)
	c.Sections = kept
}

func (c *Card) normalizeID() error {
	if c.Model.ID == "" && c.Model.Name == "" {
		return Invalidate("/model", "required", "a card needs model.id or model.name", "add model.name, or name the card from outside")
	}
	if c.Model.ID == "" {
		return nil
	}
	id, err := ParseID(c.Model.ID)
	if err != nil {
		return err
	}
	c.Model.ID = id.String()
	if c.Model.Name == c.Model.ID {
		c.Model.Name = ""
	}
	return nil
}

// indispensable fields have no reason not to apply: they make the card, or are
// the team's own to leave out.
var indispensable = []string{"/model", "/model/id", "/model/name", "/apiVersion", "/kind", "/metadata", "/sections", "/sources"}

// checkNotApplicable refuses a reason for a field that is not there to have
// one, or that a card cannot do without.
func (c *Card) checkNotApplicable() error {
	var problems []Problem
	for pointer, reason := range c.NotApplicable {
		c.NotApplicable[pointer] = normalizeLine(reason)
		tokens := PointerTokens(pointer)
		switch {
		case slices.Contains(indispensable, pointer):
			problems = append(problems, Problem{Pointer: pointer, Code: "required", Detail: "this cannot be declared not applicable", Hint: "leave it out instead"})
		case !hasField(reflect.TypeFor[Card](), tokens):
			problems = append(problems, Problem{Pointer: pointer, Code: "unknown_key", Detail: fmt.Sprintf("unknown key %q", tokens[len(tokens)-1]), Hint: "not_applicable stands in the place of a known field"})
		case c.NotApplicable[pointer] == "":
			problems = append(problems, Problem{Pointer: pointer, Code: "no_reason", Detail: "not_applicable needs a reason", Hint: "say in a sentence why the field does not apply"})
		}
	}
	if len(problems) == 0 {
		return nil
	}
	slices.SortFunc(problems, func(a, b Problem) int { return strings.Compare(a.Pointer, b.Pointer) })
	return &Error{Kind: Invalid, Problems: problems[:min(len(problems), maxProblems)]}
}

// hasField tells whether the type of the document has a field at tokens.
func hasField(t reflect.Type, tokens []string) bool {
	if len(tokens) == 0 {
		return true
	}
	if t == metadataType {
		return len(tokens) == 1
	}
	switch t.Kind() {
	case reflect.Pointer:
		return hasField(t.Elem(), tokens)
	case reflect.Slice:
		return isInteger(tokens[0]) && hasField(t.Elem(), tokens[1:])
	case reflect.Struct:
		for _, f := range fieldsOf(t) {
			if f.name == tokens[0] {
				return hasField(t.Field(f.index).Type, tokens[1:])
			}
		}
	}
	return false
}

func normalizeValue(v reflect.Value, kind textKind) {
	if v.Kind() == reflect.String { // most are; it needs no interface
		normalizeString(v, kind)
		return
	}
	switch special := v.Interface().(type) {
	case *Map:
		if normalizeMap(special); special.Len() == 0 && v.Kind() == reflect.Pointer {
			v.SetZero()
		}
		return
	case OneOrMany:
		for i, s := range special.Values {
			special.Values[i] = normalizeLine(s)
		}
		if special.Single && len(special.Values) == 1 && special.Values[0] == "" {
			v.SetZero()
		}
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		normalizePointer(v)
	case reflect.Struct:
		for _, f := range fieldsOf(v.Type()) {
			if f.name == "metadata" && v.Type() == cardType {
				dropEmptyMetadata(v.Addr().Interface().(*Card))
				continue
			}
			normalizeValue(v.Field(f.index), f.text)
			if !f.must && isEmptyMap(v.Field(f.index)) {
				v.Field(f.index).SetZero()
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			normalizeValue(v.Index(i), kind)
		}
		if v.Len() == 0 && !v.IsNil() {
			v.SetZero()
		}
	case reflect.Interface:
		if !v.IsNil() {
			v.Set(reflect.ValueOf(normalizeFree(v.Interface())))
		}
	}
}

var cardType = reflect.TypeFor[Card]()

// dropEmptyMetadata leaves what is in metadata as it is: a format's front
// matter shows every character of it.
func dropEmptyMetadata(c *Card) {
	if c.Metadata.Len() == 0 {
		c.Metadata = nil
	}
}

// isEmptyMap tells whether a free value is a mapping that says nothing.
func isEmptyMap(v reflect.Value) bool {
	if v.Kind() != reflect.Interface {
		return false
	}
	m, ok := v.Interface().(*Map)
	return ok && m.Len() == 0
}

// normalizePointer makes a struct that says nothing absent.
func normalizePointer(v reflect.Value) {
	if v.IsNil() || v.Elem().Kind() != reflect.Struct {
		return
	}
	normalizeValue(v.Elem(), notText)
	if v.Elem().IsZero() {
		v.SetZero()
	}
}

func normalizeString(v reflect.Value, kind textKind) {
	if v.Len() == 0 {
		return
	}
	switch kind {
	case lineText:
		v.SetString(normalizeLine(v.String()))
	case blockText:
		v.SetString(NormalizeText(v.String()))
	}
}

func normalizeMap(m *Map) {
	if m == nil {
		return
	}
	for i := range m.Entries {
		m.Entries[i].Value = normalizeFree(m.Entries[i].Value)
	}
}

func normalizeFree(v any) any {
	switch v := v.(type) {
	case string:
		return normalizeLineEnds(v)
	case []any:
		for i := range v {
			v[i] = normalizeFree(v[i])
		}
	case *Map:
		normalizeMap(v)
	}
	return v
}

// normalizeLine is a text on one line with single spaces.
func normalizeLine(s string) string {
	if isNormalLine(s) {
		return s
	}
	return strings.Join(strings.Fields(s), " ")
}

// isNormalLine tells, of most texts, that they need no change.
func isNormalLine(s string) bool {
	space := true
	for i := range len(s) {
		c := s[i]
		if c < ' ' || c >= utf8.RuneSelf || c == ' ' && space {
			return false
		}
		space = c == ' '
	}
	return !space
}

func normalizeLineEnds(s string) string {
	if !strings.Contains(s, "\r") {
		return s
	}
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
}
