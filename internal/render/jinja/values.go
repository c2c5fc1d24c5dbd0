package jinja

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"github.com/nikolalohinski/gonja/v2/exec"
)

// list is a list of a card. It prints as Python prints a list, which is how
// huggingface_hub's own template shows several languages.
type list []any

// String is Python's repr of the list.
func (l list) String() string { return string(appendRepr(nil, l)) }

// decodeVariables reads a JSON object into what the engine works with: texts,
// numbers, truth values, nil, lists, and mappings that keep their order. It
// hands out nothing that has methods of more than reading.
func decodeVariables(encoded []byte) (map[string]any, error) {
	decoder := json.NewDecoder(bytes.NewReader(encoded))
	decoder.UseNumber()
	v, err := decodeValue(decoder)
	if err != nil {
		return nil, fmt.Errorf("the variables cannot be read: %w", err)
	}
	variables := map[string]any{}
	if top, ok := v.(*exec.Dict); ok {
		for _, pair := range top.Pairs {
			variables[pair.Key.String()] = pair.Value.Interface()
		}
	}
	return variables, nil
}

func decodeValue(d *json.Decoder) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch token := token.(type) {
	case json.Delim:
		if token == '[' {
			return decodeList(d)
		}
		return decodeDict(d)
	case json.Number:
		return number(token), nil
	}
	return token, nil
}

func decodeList(d *json.Decoder) (any, error) {
	items := list{}
	for d.More() {
		item, err := decodeValue(d)
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	_, err := d.Token()
	return items, err
}

func decodeDict(d *json.Decoder) (any, error) {
	dict := exec.NewDict()
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, err
		}
		value, err := decodeValue(d)
		if err != nil {
			return nil, err
		}
		dict.Pairs = append(dict.Pairs, &exec.Pair{Key: exec.AsValue(key), Value: exec.AsValue(value)})
	}
	_, err := d.Token()
	return dict, err
}

// number is an integer or a float; an integer that is too large for either
// stays the text that it is.
func number(n json.Number) any {
	if i, err := strconv.Atoi(n.String()); err == nil {
		return i
	}
	if strings.ContainsAny(n.String(), ".eE") {
		if f, err := n.Float64(); err == nil {
			return f
		}
	}
	return n.String()
}

// appendRepr appends a value as Python's repr prints it.
func appendRepr(dst []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(dst, "None"...)
	case string:
		return appendQuoted(dst, v)
	case list:
		dst = append(dst, '[')
		for i, item := range v {
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = appendRepr(dst, item)
		}
		return append(dst, ']')
	case *exec.Dict:
		dst = append(dst, '{')
		for i, pair := range v.Pairs {
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = append(appendRepr(dst, pair.Key.Interface()), ": "...)
			dst = appendRepr(dst, valueOf(pair.Value))
		}
		return append(dst, '}')
	}
	return append(dst, exec.AsValue(v).String()...)
}

func valueOf(v *exec.Value) any {
	if v.IsNil() {
		return nil
	}
	return v.Interface()
}

// appendQuoted appends a text as Python's repr quotes it: in single quotes, or
// in double ones if it has single quotes and no double ones.
func appendQuoted(dst []byte, s string) []byte {
	quote := byte('\'')
	if strings.Contains(s, "'") && !strings.Contains(s, `"`) {
		quote = '"'
	}
	dst = append(dst, quote)
	for _, r := range s {
		switch {
		case r == rune(quote) || r == '\\':
			dst = append(dst, '\\', byte(r)) //nolint:gosec // both are ASCII
		case r == '\n':
			dst = append(dst, `\n`...)
		case r == '\r':
			dst = append(dst, `\r`...)
		case r == '\t':
			dst = append(dst, `\t`...)
		case r == ' ' || unicode.IsPrint(r):
			dst = append(dst, string(r)...)
		case r <= 0xff:
			dst = fmt.Appendf(dst, `\x%02x`, r)
		case r <= 0xffff:
			dst = fmt.Appendf(dst, `\u%04x`, r)
		default:
			dst = fmt.Appendf(dst, `\U%08x`, r)
		}
	}
	return append(dst, quote)
}
