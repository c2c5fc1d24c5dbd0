package config

import (
	"reflect"
	"strings"
)

// field is one field of a section or of an element of a list.
type field struct {
	name    string
	enum    []string
	envOnly bool
	value   reflect.Value
}

type fields []field

func fieldsOf(v reflect.Value) fields {
	list := make(fields, v.NumField())
	for i := range list {
		f := v.Type().Field(i)
		list[i] = field{
			name:    f.Tag.Get("yaml"),
			enum:    enumOf(f),
			envOnly: f.Tag.Get("from") == "environment",
			value:   v.Field(i),
		}
	}
	return list
}

// find returns the field of a name; fromFile says that the name is the field's _file form.
func (fs fields) find(name string) (f field, fromFile, known bool) {
	base, hasSuffix := strings.CutSuffix(name, "_file")
	for _, f := range fs {
		if f.name == name {
			return f, false, true
		}
		if hasSuffix && f.name == base && isSecret(f.value.Type()) {
			return f, true, true
		}
	}
	return field{}, false, false
}

func (fs fields) names() []string {
	var names []string
	for _, f := range fs {
		if f.envOnly {
			continue
		}
		names = append(names, f.name)
		if isSecret(f.value.Type()) {
			names = append(names, f.name+"_file")
		}
	}
	return names
}

// unknown explains a key that does not exist: by its nearest neighbour, by the section it belongs to, or by what exists.
func (d *decoder) unknown(name string, siblings fields) (hint string) {
	if near := nearest(name, siblings.names()); near != "" {
		return "did you mean " + near + "?"
	}
	for _, path := range d.paths {
		if strings.HasSuffix(path, "."+name) {
			return "did you mean " + path + "?"
		}
	}
	return "known here: " + strings.Join(siblings.names(), ", ")
}
