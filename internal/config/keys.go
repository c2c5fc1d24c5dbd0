package config

import (
	"reflect"
	"strings"
)

// key is one thing that can be set, read off the tags of Config.
type key struct {
	path        string // such as api.port
	variable    string // such as MCG_PORT
	defaultText string
	doc         string
	enum        []string
	envOnly     bool // names where the file is, so it can't be in the file
	secret      bool // also has a _file and a _FILE form
	value       reflect.Value
}

// keys returns everything that can be set in c, in the order of the struct.
func keys(c *Config) []key {
	return appendKeys(nil, "", reflect.ValueOf(c).Elem())
}

func appendKeys(list []key, prefix string, v reflect.Value) []key {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		path := join(prefix, field.Tag.Get("yaml"))
		if field.Type.Kind() == reflect.Struct {
			list = appendKeys(list, path, v.Field(i))
			continue
		}
		list = append(list, newKey(path, field, v.Field(i)))
	}
	return list
}

func newKey(path string, field reflect.StructField, v reflect.Value) key {
	variable := field.Tag.Get("env")
	if variable == "" {
		variable = variableOf(path)
	}
	return key{
		path:        path,
		variable:    variable,
		defaultText: field.Tag.Get("default"),
		doc:         field.Tag.Get("doc"),
		enum:        enumOf(field),
		envOnly:     field.Tag.Get("from") == "environment",
		secret:      isSecret(field.Type),
		value:       v,
	}
}

// variableOf is the rule for variables that have no name of their own.
func variableOf(path string) string {
	return "MCG_" + strings.ToUpper(strings.ReplaceAll(path, ".", "_"))
}

func join(prefix, name string) string {
	if prefix == "" {
		return name
	}
	return prefix + "." + name
}

func enumOf(field reflect.StructField) []string {
	tag, ok := field.Tag.Lookup("enum")
	if !ok {
		return nil
	}
	return strings.Split(tag, ",")
}

var (
	secretType   = reflect.TypeFor[Secret]()
	urlType      = reflect.TypeFor[URL]()
	apiKeysType  = reflect.TypeFor[[]APIKey]()
	sizeType     = reflect.TypeFor[Size]()
	durationType = reflect.TypeFor[Duration]()
)

// isSecret says whether a value of the type must never be echoed, and may be given as the name of a file.
func isSecret(t reflect.Type) bool {
	return t == secretType || t == urlType || t == apiKeysType
}

// kindOf names a type for people.
func kindOf(t reflect.Type) string {
	switch t {
	case secretType:
		return "secret"
	case urlType:
		return "address"
	case sizeType:
		return "size"
	case durationType:
		return "duration"
	}
	switch t.Kind() {
	case reflect.Pointer:
		return kindOf(t.Elem())
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Float64:
		return "number"
	case reflect.Slice:
		return "list"
	case reflect.Map, reflect.Struct:
		return "map"
	default:
		return "text"
	}
}
