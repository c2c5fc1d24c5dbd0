package config

import (
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
)

// Setting is one value in force.
type Setting struct {
	Key    string `json:"key"`
	Value  string `json:"value"` // lists and maps are JSON; secrets are [redacted]
	Source string `json:"source"`
}

// Settings returns every value in force and where it came from, in the order of docs/configuration.md.
func (l *Loaded) Settings() []Setting {
	all := keys(&l.Config)
	list := make([]Setting, len(all))
	for i, k := range all {
		list[i] = Setting{Key: k.path, Value: show(k.value), Source: sourceOf(l.origins, k.path).String()}
	}
	return list
}

// Write prints the settings, one line each: key: value  # source.
func (l *Loaded) Write(w io.Writer) error {
	for _, s := range l.Settings() {
		value := s.Value
		if value == "" || strings.ContainsAny(value, "\r\n") {
			value = strconv.Quote(value)
		}
		if _, err := fmt.Fprintf(w, "%s: %s  # %s\n", s.Key, value, s.Source); err != nil {
			return fmt.Errorf("config: print: %w", err)
		}
	}
	return nil
}

// show prints a value. Secrets and addresses redact themselves, inside lists too.
func show(v reflect.Value) string {
	switch v.Kind() {
	case reflect.Slice, reflect.Map:
		if v.Len() == 0 {
			return "[]"
		}
		text, err := json.Marshal(v.Interface())
		if err != nil {
			return redacted // a value that can't be shown is not shown
		}
		return string(text)
	case reflect.Pointer:
		if v.IsNil() {
			return ""
		}
		return show(v.Elem())
	default:
		return fmt.Sprint(v.Interface())
	}
}
