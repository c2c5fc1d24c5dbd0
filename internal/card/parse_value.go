package card

import (
	"bytes"
	"strings"

	"go.yaml.in/yaml/v4"
)

// ParseValue is the free value that a short text stands for: JSON where it
// begins like a list, a mapping or a quoted text, else a plain YAML scalar.
// It is the inverse of [AppendPlain].
func ParseValue(s string) any {
	if strings.HasPrefix(s, "[") || strings.HasPrefix(s, "{") || strings.HasPrefix(s, `"`) {
		if n, err := parseJSON([]byte(s)); err == nil {
			return freeValue(n)
		}
		return s
	}
	return scalarValue(&yaml.Node{Kind: yaml.ScalarNode, Value: s})
}

// AppendPlain appends a free value as one line from which [ParseValue] reads
// the same value.
func AppendPlain(dst []byte, v any) []byte {
	s, isText := v.(string)
	if !isText || strings.ContainsAny(s, "\n\t") || s != strings.TrimSpace(s) || ParseValue(s) != any(s) {
		return appendJSON(dst, v)
	}
	return append(dst, s...)
}

// ReadValueJSON reads a JSON text (RFC 8259) as a free value, within the
// limits of a card document. The error is an [*Error].
func ReadValueJSON(src []byte) (any, error) {
	root, err := parseJSON(src)
	if err != nil {
		return nil, err
	}
	if _, err := walk(root); err != nil {
		return nil, err
	}
	return freeValue(root), nil
}

// ReadValueYAML reads a document in YAML 1.2 as a free value, within the
// limits of a card document. The error is an [*Error].
func ReadValueYAML(src []byte) (any, error) {
	root, err := parseYAML(bytes.TrimPrefix(src, []byte("\uFEFF")))
	if err != nil {
		return nil, err
	}
	if _, err := walk(root); err != nil {
		return nil, err
	}
	return freeValue(root), nil
}
