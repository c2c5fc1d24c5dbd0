package check

import (
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// fieldPaths is the way to each field of a card that is not in a list, by its
// JSON pointer.
var fieldPaths = sync.OnceValue(func() map[string][]int {
	paths := map[string][]int{}
	collectPaths(reflect.TypeFor[card.Card](), "", nil, paths)
	return paths
})

func collectPaths(t reflect.Type, pointer string, way []int, paths map[string][]int) {
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		if name == "" || name == "-" {
			continue
		}
		at := pointer + "/" + name
		here := append(slices.Clone(way), i)
		paths[at] = here
		inner := t.Field(i).Type
		if inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		if inner.Kind() == reflect.Struct && inner != reflect.TypeFor[card.OneOrMany]() && inner != reflect.TypeFor[card.Map]() {
			collectPaths(inner, at, here, paths)
		}
	}
}

// has tells whether the card says something at a pointer: a value, or a reason
// why there is none. A text that only holds the place of one says nothing. A
// pointer into answers or metadata is of a key in it.
func (s *subject) has(pointer string) bool {
	if s.notApplicable(pointer) {
		return true
	}
	if m, key, ok := s.keyed(pointer); ok {
		v, _ := m.Get(key)
		text, isText := v.(string)
		return v != nil && (!isText || !isBlank(text))
	}
	v, ok := s.value(pointer)
	if !ok {
		return false
	}
	if v.Kind() == reflect.String {
		return !isBlank(v.String())
	}
	if v.Kind() == reflect.Slice {
		return v.Len() > 0
	}
	return !v.IsZero()
}

// notApplicable tells whether the card gives a reason why a field, or what it
// is in, does not apply.
func (s *subject) notApplicable(pointer string) bool {
	if len(s.NotApplicable) == 0 {
		return false
	}
	for at := pointer; at != ""; at = at[:strings.LastIndexByte(at, '/')] {
		if _, ok := s.NotApplicable[at]; ok {
			return true
		}
	}
	return false
}

// keyed finds the mapping of free keys that a pointer leads into.
func (s *subject) keyed(pointer string) (m *card.Map, key string, ok bool) {
	if key, ok = strings.CutPrefix(pointer, "/metadata/"); ok {
		return s.Metadata, key, true
	}
	at := strings.Index(pointer, "/answers/")
	if at < 0 {
		return nil, "", false
	}
	end := at + len("/answers")
	if v, found := s.value(pointer[:end]); found {
		m, _ = v.Interface().(*card.Map)
	}
	return m, pointer[end+1:], true
}

// value is the field at a pointer; false where something above it is absent.
func (s *subject) value(pointer string) (reflect.Value, bool) {
	v := reflect.ValueOf(s.Card).Elem()
	way, known := fieldPaths()[pointer]
	if !known {
		panic("check: no field " + pointer) // a rule of ours is wrong; a test runs them all
	}
	for _, i := range way {
		if v.Kind() == reflect.Pointer {
			if v.IsNil() {
				return v, false
			}
			v = v.Elem()
		}
		v = v.Field(i)
	}
	return v, true
}

// isBlank tells whether a text only holds the place of one.
func isBlank(text string) bool {
	if len(text) > 64 {
		return false
	}
	folded := strings.ToLower(strings.Trim(text, " \t\n.[]()<>*_-…?"))
	switch folded {
	case "", "more information needed", "todo", "tbd", "to be determined", "fixme", "n/a", "none yet", "unknown yet", "placeholder", "xxx":
		return true
	}
	return false
}

// texts calls visit for every text of the card, with its pointer on demand.
func (s *subject) texts(visit func(text string, pointer func() string)) {
	w := textWalker{visit: visit}
	w.walk(reflect.ValueOf(s.Card).Elem())
}

type textWalker struct {
	way   []string
	visit func(text string, pointer func() string)
}

func (w *textWalker) pointer() string { return card.Pointer(w.way...) }

func (w *textWalker) walk(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		if v.Len() > 0 && v.Type() != reflect.TypeFor[card.Number]() {
			w.visit(v.String(), w.pointer)
		}
	case reflect.Pointer:
		if m, ok := v.Interface().(*card.Map); ok {
			w.walkMap(m)
		} else if !v.IsNil() {
			w.walk(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			w.below(itoa(i), func() { w.walk(v.Index(i)) })
		}
	case reflect.Struct:
		w.walkStruct(v)
	}
}

func (w *textWalker) walkStruct(v reflect.Value) {
	if list, ok := v.Interface().(card.OneOrMany); ok {
		for i, text := range list.Values {
			w.below(itoa(i), func() { w.visit(text, w.pointer) })
		}
		return
	}
	for _, f := range structFields(v.Type()) {
		w.below(f.name, func() { w.walk(v.Field(f.index)) })
	}
}

func (w *textWalker) walkMap(m *card.Map) {
	if m == nil {
		return
	}
	for _, e := range m.Entries {
		if text, ok := e.Value.(string); ok {
			w.below(e.Key, func() { w.visit(text, w.pointer) })
		}
	}
}

func (w *textWalker) below(token string, walk func()) {
	w.way = append(w.way, token)
	walk()
	w.way = w.way[:len(w.way)-1]
}

type structField struct {
	index int
	name  string
}

var structFieldCache sync.Map // reflect.Type -> []structField

// structFields lists the fields of a struct that texts can be in. Pictures
// and tokens are not read by anybody.
func structFields(t reflect.Type) []structField {
	if cached, ok := structFieldCache.Load(t); ok {
		return cached.([]structField)
	}
	var fields []structField
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		switch {
		case name == "", name == "-", name == "image", name == "verify_token", name == "apiVersion", name == "kind":
		default:
			fields = append(fields, structField{i, name})
		}
	}
	structFieldCache.Store(t, fields)
	return fields
}
