package card

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// ErrEdit says that a field cannot be edited without touching more than that
// field. Errors of the editing functions that are not of the document itself
// ([*Error]) wrap it.
var ErrEdit = errors.New("card: the field cannot be edited in place")

func cannot(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrEdit, fmt.Sprintf(format, args...))
}

// SetField sets one field of a YAML document, by its JSON pointer, and keeps
// every byte around it: order, comments, quotes and line ends. What is missing
// of the pointer is added at the end of its mapping or list. The value is a
// free value, an int, a float64 or a []string. The result has been read again:
// it holds the old data with this change and no other, or there is an error.
func SetField(src []byte, pointer string, value any) ([]byte, error) {
	return setting(value)(src, pointer, lineBreakOf(src))
}

// DeleteField removes one field of a YAML document as [SetField] sets it. A
// mapping or list that becomes empty is written as {} or []. To delete what is
// not there changes nothing.
func DeleteField(src []byte, pointer string) ([]byte, error) {
	return deleting(src, pointer, lineBreakOf(src))
}

// SetMetadata is [SetField] for the front matter of a Markdown document, which
// gets front matter where it has none.
func SetMetadata(src []byte, pointer string, value any) ([]byte, error) {
	return inFrontMatter(src, pointer, setting(value))
}

// DeleteMetadata is [DeleteField] for the front matter of a Markdown document.
func DeleteMetadata(src []byte, pointer string) ([]byte, error) {
	if _, _, _, ok := SplitFrontMatter(bytes.TrimPrefix(src, bom)); !ok {
		return src, nil
	}
	return inFrontMatter(src, pointer, deleting)
}

// edit changes the field at a pointer.
type edit func(src []byte, pointer, lineBreak string) ([]byte, error)

func setting(value any) edit {
	return func(src []byte, pointer, lineBreak string) ([]byte, error) {
		v, err := toFree(value)
		if err != nil {
			return nil, err
		}
		return change(src, pointer, lineBreak, func(e *editor, tokens []string) error { return e.set(tokens, v) })
	}
}

func deleting(src []byte, pointer, lineBreak string) ([]byte, error) {
	return change(src, pointer, lineBreak, (*editor).delete)
}

var bom = []byte("\uFEFF")

// inFrontMatter edits the block of a Markdown document and leaves the rest.
func inFrontMatter(src []byte, pointer string, edit edit) ([]byte, error) {
	start := 0
	if bytes.HasPrefix(src, bom) {
		start = len(bom)
	}
	lineBreak := lineBreakOf(src)
	block, body, at, ok := SplitFrontMatter(src[start:])
	edited, err := edit(block, pointer, lineBreak)
	if err != nil {
		return nil, err
	}
	before, after := src[:start+at], src[start+at+len(block):]
	if !ok {
		fence := []byte("---" + lineBreak)
		before, after = slices.Concat(src[:start], fence), slices.Concat(fence, src[start:])
	}
	edited = bytes.TrimSuffix(edited, []byte(lineBreak))
	if breakLen(after, 0) == 0 {
		edited = append(bytes.Clone(edited), lineBreak...)
	}
	out := slices.Concat(before, edited, after)
	again, rest, _, found := SplitFrontMatter(out[start:])
	if !found || !bytes.Equal(rest, body) || !bytes.Equal(again, bytes.TrimSuffix(edited, []byte(lineBreak))) {
		return nil, cannot("the front matter would end elsewhere")
	}
	return out, nil
}

// editor holds a YAML document while one field of it is edited.
type editor struct {
	src       []byte
	starts    []int // byte offset of each line
	lineBreak string
	root      *yaml.Node // with aliases as they stand; nil for an empty document
	data      any        // what the document says, with the change once it is made
	out       []byte
}

// change edits a document and reads the result again.
func change(src []byte, pointer, lineBreak string, edit func(*editor, []string) error) ([]byte, error) {
	if pointer == "" || pointer[0] != '/' {
		return nil, cannot("%q is not a JSON pointer of a field", pointer)
	}
	e, err := newEditor(src, lineBreak)
	if err != nil {
		return nil, err
	}
	if err := edit(e, PointerTokens(pointer)); err != nil {
		return nil, err
	}
	after, err := plainData(e.out)
	if err != nil {
		return nil, cannot("the result could not be read: %v", err)
	}
	if !bytes.Equal(appendJSON(nil, after), appendJSON(nil, e.data)) {
		return nil, cannot("more than %s would change", pointer)
	}
	return e.out, nil
}

func newEditor(src []byte, lineBreak string) (*editor, error) {
	data, err := plainData(src)
	if err != nil {
		return nil, err
	}
	e := &editor{src: src, out: src, data: data, starts: lineStarts(src), lineBreak: lineBreak}
	root, err := loadYAML(withoutVersion(bytes.TrimPrefix(src, bom)))
	switch {
	case isEmpty(err):
	case err != nil:
		return nil, err
	case root.Kind == yaml.MappingNode:
		e.root = root
	case scalarOrNil(root) == nil && root.Value == "":
	default:
		return nil, cannot("the document is not a mapping")
	}
	return e, nil
}

// plainData is what a document says, all of it as free values.
func plainData(src []byte) (any, error) {
	root, err := parseYAML(bytes.TrimPrefix(src, bom))
	if isEmpty(err) {
		return &Map{}, nil
	}
	if err != nil {
		return nil, err
	}
	if _, err := walk(root); err != nil {
		return nil, err
	}
	keepDisputed(root)
	data := freeValue(root)
	if data == nil {
		return &Map{}, nil
	}
	return data, nil
}

// place is a value of the document with what it is in.
type place struct {
	parent *yaml.Node // mapping or list
	index  int        // of the value in the parent's content
	indent int        // of the parent: spaces before its keys or dashes
}

func (p place) node() *yaml.Node { return p.parent.Content[p.index] }

func (e *editor) set(tokens []string, v any) error {
	if e.root == nil {
		e.data = &Map{}
		e.appendDocument(tokens, v)
		return setFree(&e.data, tokens, v)
	}
	if err := setFree(&e.data, tokens, v); err != nil {
		return err
	}
	at, rest, err := e.find(tokens)
	if err != nil {
		return err
	}
	if len(rest) == 0 {
		return e.replace(at, v)
	}
	n := e.root
	if at.parent != nil {
		n = at.node()
	}
	nested := nest(rest[1:], v)
	switch {
	case n == e.root && len(n.Content) == 0:
		e.splice(e.start(n), e.end(place{}, n), e.entry(rest[0], nested, 0))
	case n.Kind == yaml.MappingNode && len(n.Content) > 0:
		return e.addEntry(n, rest[0], nested)
	case n.Kind == yaml.SequenceNode && len(n.Content) > 0:
		return e.addItem(n, nested)
	case n.Kind == yaml.SequenceNode:
		return e.replace(at, []any{nested})
	default: // an empty mapping, or null in its place
		return e.replace(at, nest(rest, v))
	}
	return nil
}

// find follows tokens down from the root: to the last value there is, with
// what is left of the tokens.
func (e *editor) find(tokens []string) (at place, rest []string, err error) {
	n := e.root
	for i, token := range tokens {
		index, ok := contentIndex(n, token)
		if !ok {
			return at, tokens[i:], nil
		}
		at = place{parent: n, index: index, indent: n.Column - 1}
		n = n.Content[index]
		if n.Kind == yaml.AliasNode && i+1 < len(tokens) {
			return at, nil, cannot("%s is an alias: a change below it would change what it repeats", Pointer(tokens[:i+1]...))
		}
	}
	return at, nil, nil
}

// contentIndex is where a mapping or list has the value of a token.
func contentIndex(n *yaml.Node, token string) (int, bool) {
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Content[i]
			if key.Kind == yaml.ScalarNode && key.Value == token && !isMerge(key) {
				return i + 1, true
			}
		}
	case yaml.SequenceNode:
		i, err := strconv.Atoi(token)
		return i, err == nil && i >= 0 && i < len(n.Content) && strconv.Itoa(i) == token
	}
	return 0, false
}

// checkShared refuses to remove a node that an alias elsewhere repeats.
func (e *editor) checkShared(removed *yaml.Node) error {
	inside := map[*yaml.Node]bool{}
	visitNodes(removed, func(n *yaml.Node) { inside[n] = true })
	var err error
	visitNodes(e.root, func(n *yaml.Node) {
		if n.Kind == yaml.AliasNode && inside[n.Alias] && !inside[n] {
			err = cannot("the anchor &%s in it is repeated by an alias on line %d", n.Value, n.Line)
		}
	})
	return err
}

func visitNodes(n *yaml.Node, visit func(*yaml.Node)) {
	visit(n)
	for _, item := range n.Content {
		visitNodes(item, visit)
	}
}

func (e *editor) delete(tokens []string) error {
	if e.root == nil {
		return nil
	}
	if !deleteFree(&e.data, tokens) {
		return nil
	}
	at, rest, err := e.find(tokens)
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return cannot("%s comes from a merge key (<<)", Pointer(tokens...))
	}
	if err := e.checkShared(at.node()); err != nil {
		return err
	}
	first := at.index
	if at.parent.Kind == yaml.MappingNode {
		first--
	}
	switch {
	case len(at.parent.Content) == at.index-first+1:
		return e.empty(at.parent, tokens[:len(tokens)-1])
	case at.parent.Style&yaml.FlowStyle != 0:
		return e.deleteFlow(at, first)
	}
	return e.deleteBlock(at, first)
}

// empty replaces a mapping or list that loses its last entry.
func (e *editor) empty(n *yaml.Node, tokens []string) error {
	var value any = &Map{}
	if n.Kind == yaml.SequenceNode {
		value = []any{}
	}
	if n == e.root {
		e.splice(e.start(n), e.end(place{}, n), "{}")
		return nil
	}
	at, _, err := e.find(tokens)
	if err != nil {
		return err
	}
	return e.replace(at, value)
}

// nest puts a value below keys that do not exist yet.
func nest(tokens []string, v any) any {
	for _, token := range slices.Backward(tokens) {
		v = &Map{Entries: []Entry{{token, v}}}
	}
	return v
}

// setFree makes the change in the data, as the text will be read.
func setFree(data *any, tokens []string, v any) error {
	if len(tokens) == 0 {
		*data = v
		return nil
	}
	switch d := (*data).(type) {
	case nil:
		*data = nest(tokens, v)
		return nil
	case *Map:
		old, ok := d.Get(tokens[0])
		if !ok {
			d.Set(tokens[0], nest(tokens[1:], v))
			return nil
		}
		err := setFree(&old, tokens[1:], v)
		d.Set(tokens[0], old)
		return err
	case []any:
		if i, err := strconv.Atoi(tokens[0]); err == nil && i >= 0 && i < len(d) {
			return setFree(&d[i], tokens[1:], v)
		}
		if tokens[0] == "-" || tokens[0] == strconv.Itoa(len(d)) {
			d = append(d, nest(tokens[1:], v))
			*data = d
			return nil
		}
		return cannot("the list has no place %q", tokens[0])
	}
	return cannot("what is above %q is neither a mapping nor a list", tokens[0])
}

// deleteFree takes a value out of the data; false means that it is not there.
func deleteFree(data *any, tokens []string) bool {
	switch d := (*data).(type) {
	case *Map:
		i := slices.IndexFunc(d.Entries, func(e Entry) bool { return e.Key == tokens[0] })
		if i < 0 {
			return false
		}
		if len(tokens) == 1 {
			d.Entries = slices.Delete(d.Entries, i, i+1)
			return true
		}
		return deleteFree(&d.Entries[i].Value, tokens[1:])
	case []any:
		i, err := strconv.Atoi(tokens[0])
		if err != nil || i < 0 || i >= len(d) {
			return false
		}
		if len(tokens) == 1 {
			*data = slices.Delete(d, i, i+1)
			return true
		}
		return deleteFree(&d[i], tokens[1:])
	}
	return false
}

// toFree is a value of a caller as a free value of its own.
func toFree(v any) (any, error) {
	switch v := v.(type) {
	case nil, bool, Number:
		return v, nil
	case string:
		return strings.ToValidUTF8(v, "\uFFFD"), nil
	case int:
		return Int(int64(v)), nil
	case float64:
		if math.IsInf(v, 0) || math.IsNaN(v) {
			return nil, cannot("%v is not a finite number", v)
		}
		return Float(v), nil
	case []string:
		return stringsTree(v), nil
	case []any:
		list := make([]any, len(v))
		for i, item := range v {
			var err error
			if list[i], err = toFree(item); err != nil {
				return nil, err
			}
		}
		return list, nil
	case *Map:
		m := &Map{}
		for _, entry := range entriesOf(v) {
			value, err := toFree(entry.Value)
			if err != nil {
				return nil, err
			}
			m.Set(entry.Key, value)
		}
		return m, nil
	}
	return nil, cannot("a value of type %T", v)
}
