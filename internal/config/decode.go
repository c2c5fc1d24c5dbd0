package config

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// decoder moves the values of one layer into a Config and notes where each came from. It goes on after a mistake, so
// that all of them can be told at once.
type decoder struct {
	origins  map[string]Source // by path, elements of lists included
	at       func(line, col int) Source
	vars     *environment    // what ${VAR} is looked up in; nil leaves it alone
	beaten   map[string]bool // paths a later layer sets, whose unset variables don't matter
	paths    []string        // of all keys, for hints
	problems []Problem
}

func (d *decoder) fail(path string, src Source, detail, hint string) {
	d.problems = append(d.problems, Problem{Key: path, Source: src, Detail: detail, Hint: hint})
}

// node decodes n into v. A null says nothing, so v keeps what it has.
func (d *decoder) node(path string, n *yaml.Node, v reflect.Value) {
	src := d.at(n.Line, n.Column)
	switch {
	case n.Kind == yaml.AliasNode || n.Anchor != "":
		d.fail(path, src, "anchors and aliases are not read here", "write the value out")
	case n.Style&yaml.TaggedStyle != 0:
		d.fail(path, src, "tags are not read here", "leave "+quote(n.Tag)+" out")
	case n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null":
	case n.Kind == yaml.ScalarNode:
		d.scalar(path, n, v)
	case n.Kind == yaml.MappingNode && v.Kind() == reflect.Struct:
		d.section(path, n, v)
	case n.Kind == yaml.MappingNode && v.Kind() == reflect.Map:
		d.mapping(path, n, v)
	case n.Kind == yaml.SequenceNode && v.Kind() == reflect.Slice:
		d.list(path, n, v)
	default:
		d.fail(path, src, "has the wrong shape", "it is a "+kindOf(v.Type()))
	}
}

func (d *decoder) scalar(path string, n *yaml.Node, v reflect.Value) {
	src, text := d.at(n.Line, n.Column), n.Value
	if d.vars != nil {
		var err error
		if text, err = d.vars.expand(n.Value); err != nil {
			if !d.beaten[path] {
				d.fail(path, src, err.Error(), "set the variable, or write $${ for a plain ${")
			}
			return
		}
		src.expanded = text != n.Value
	}
	d.set(path, text, src, v)
}

// set gives v the value that text stands for.
func (d *decoder) set(path, text string, src Source, v reflect.Value) {
	d.origins[path] = src
	err := setScalar(v, text)
	if err == nil {
		return
	}
	p := Problem{Key: path, Source: src, Value: text, Detail: err.Error()}
	if src.expanded || isSecret(v.Type()) {
		p.Value = ""
	}
	if strings.HasPrefix(text, "tcp://") {
		p.Hint = "Kubernetes sets such variables for a service of this name: rename it, or set enableServiceLinks: false"
	}
	d.problems = append(d.problems, p)
}

func setScalar(v reflect.Value, text string) error {
	if u, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return u.UnmarshalText([]byte(text))
	}
	switch v.Kind() {
	case reflect.Pointer:
		target := reflect.New(v.Type().Elem())
		if err := setScalar(target.Elem(), text); err != nil {
			return err
		}
		v.Set(target)
	case reflect.String:
		v.SetString(text)
	case reflect.Bool:
		return setBool(v, text)
	case reflect.Int:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return errors.New("is not a whole number")
		}
		v.SetInt(n)
	case reflect.Float64:
		f, err := strconv.ParseFloat(text, 64)
		if err != nil || f != f {
			return errors.New("is not a number")
		}
		v.SetFloat(f)
	default:
		return errors.New("has the wrong shape: it is a " + kindOf(v.Type()))
	}
	return nil
}

func setBool(v reflect.Value, text string) error {
	switch strings.ToLower(text) {
	case "true", "yes", "on", "1":
		v.SetBool(true)
	case "false", "no", "off", "0":
		v.SetBool(false)
	default:
		return errors.New("is neither true nor false")
	}
	return nil
}

func (d *decoder) list(path string, n *yaml.Node, v reflect.Value) {
	d.origins[path] = d.at(n.Line, n.Column)
	list := reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content))
	for i, element := range n.Content {
		d.node(path+"["+strconv.Itoa(i)+"]", element, list.Index(i))
	}
	v.Set(list)
}

func (d *decoder) mapping(path string, n *yaml.Node, v reflect.Value) {
	d.origins[path] = d.at(n.Line, n.Column)
	m := reflect.MakeMap(v.Type())
	d.pairs(path, n, func(name string, _, value *yaml.Node) {
		element := reflect.New(v.Type().Elem()).Elem()
		d.node(join(path, name), value, element)
		m.SetMapIndex(reflect.ValueOf(name), element)
	})
	v.Set(m)
}

// pairs calls each for every key of a mapping, and refuses keys that are no text or come twice.
func (d *decoder) pairs(path string, n *yaml.Node, each func(name string, key, value *yaml.Node)) {
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, value := n.Content[i], n.Content[i+1]
		src := d.at(k.Line, k.Column)
		if k.Kind != yaml.ScalarNode {
			d.fail(path, src, "a key is not plain text", "")
			continue
		}
		if line, twice := seen[k.Value]; twice {
			d.fail(join(path, k.Value), src, fmt.Sprintf("is already set in line %d", line), "keep one of them")
			continue
		}
		seen[k.Value] = k.Line
		each(k.Value, k, value)
	}
}

// section decodes a mapping into a struct, field by field.
func (d *decoder) section(path string, n *yaml.Node, v reflect.Value) {
	fields := fieldsOf(v)
	given := map[string]bool{}
	d.pairs(path, n, func(name string, k, value *yaml.Node) {
		src := d.at(k.Line, k.Column)
		f, fromFile, known := fields.find(name)
		full := join(path, f.name)
		switch {
		case !known:
			hint := d.unknown(name, fields)
			d.fail(join(path, name), src, "there is no such key", hint)
		case f.envOnly:
			d.fail(full, src, "can't be set in the file, which is found by it", "use "+variableOf(full))
		case given[f.name]:
			d.fail(full, src, "is set both by value and by file", "keep one of "+f.name+" and "+f.name+"_file")
		case fromFile:
			d.fileForm(full, value, f)
		default:
			d.node(full, value, f.value)
			canonical(f.value, f.enum)
		}
		given[f.name] = known
	})
}

// fileForm decodes key_file: the name of a file that holds the value of key.
func (d *decoder) fileForm(path string, n *yaml.Node, f field) {
	var name string
	before := len(d.problems)
	d.node(path, n, reflect.ValueOf(&name).Elem())
	if len(d.problems) == before && name != "" {
		d.secretFile(key{path: path, value: f.value}, name, d.at(n.Line, n.Column))
	}
}

// secretFile gives a key the content of a file, without the newline editors leave at its end.
func (d *decoder) secretFile(k key, name string, src Source) {
	data, err := readBounded(name, maxSecretFile)
	if err != nil {
		d.fail(k.path, src, "its file can't be read: "+err.Error(), "")
		return
	}
	text := strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r")
	plain := decoder{origins: d.origins, at: func(int, int) Source { return src }}
	plain.text(k, text)
	d.problems = append(d.problems, plain.problems...)
}

// text decodes a value written in one string: that of a variable, a flag, a default or a secret's file.
func (d *decoder) text(k key, text string) {
	n, err := textNode(k.value.Type(), text)
	if err != nil {
		d.fail(k.path, d.at(0, 0), "is not well-formed YAML or JSON", "write a "+kindOf(k.value.Type())+" such as "+exampleOf(k.value.Type()))
		return
	}
	d.node(k.path, n, k.value)
	canonical(k.value, k.enum)
}

// textNode makes a node of text: YAML (and so JSON) for structures, values with commas between them for a list.
func textNode(t reflect.Type, text string) (*yaml.Node, error) {
	trimmed := strings.TrimSpace(text)
	structured := t.Kind() == reflect.Map ||
		t.Kind() == reflect.Slice && (strings.HasPrefix(trimmed, "[") || strings.HasPrefix(trimmed, "- "))
	switch {
	case structured:
		root, problem := parseYAML([]byte(text))
		if problem != nil || root == nil {
			return nil, errors.New("not YAML")
		}
		return root, nil
	case t.Kind() == reflect.Slice:
		list := &yaml.Node{Kind: yaml.SequenceNode}
		for item := range strings.SplitSeq(trimmed, ",") {
			if item = strings.TrimSpace(item); item != "" {
				list.Content = append(list.Content, stringNode(item))
			}
		}
		return list, nil
	default:
		return stringNode(text), nil
	}
}

func stringNode(text string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text}
}

func exampleOf(t reflect.Type) string {
	if t.Kind() == reflect.Map {
		return "{name: [a, b]}"
	}
	return "a,b or [a, b]"
}

// canonical gives a text the spelling that its enum has, so that nobody else has to compare without case.
func canonical(v reflect.Value, enum []string) {
	if v.Kind() != reflect.String {
		return
	}
	i := slices.IndexFunc(enum, func(e string) bool { return strings.EqualFold(e, v.String()) })
	if i >= 0 {
		v.SetString(enum[i])
	}
}
