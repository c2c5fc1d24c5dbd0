package card

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// isPlain tells whether a scalar was written without quotes, so that its text
// decides its type.
func isPlain(n *yaml.Node) bool {
	const quoted = yaml.DoubleQuotedStyle | yaml.SingleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle
	return n.Style&quoted == 0 && (n.Style&yaml.TaggedStyle == 0 || n.Tag != "!!str")
}

// scalarValue resolves a scalar by the YAML 1.2 core schema (spec 10.3.2),
// with two differences: a number with a leading zero stays text, since YAML 1.1
// readers take it for octal, and so do .inf and .nan, which JSON does not have.
func scalarValue(n *yaml.Node) any {
	if !isPlain(n) {
		return n.Value
	}
	switch n.Value {
	case "", "~", "null", "Null", "NULL":
		return nil
	case "true", "True", "TRUE":
		return true
	case "false", "False", "FALSE":
		return false
	}
	if number, ok := numberValue(n.Value); ok {
		return number
	}
	return n.Value
}

// numberValue reads a plain scalar that the core schema takes for a number:
// decimal, 0o octal or 0x hexadecimal. What is no finite number of ordinary
// size stays text.
func numberValue(s string) (Number, bool) {
	if c := s[0]; !isDigit(c) && c != '-' && c != '+' && c != '.' {
		return "", false
	}
	if strings.HasPrefix(s, "0o") || strings.HasPrefix(s, "0x") {
		i, err := strconv.ParseUint(s, 0, 64)
		return Number(strconv.FormatUint(i, 10)), err == nil && !strings.Contains(s, "_")
	}
	if octal11(s) {
		return "", false
	}
	n, err := ParseNumber(s)
	return n, err == nil
}

// octal11 tells whether YAML 1.1 takes the text for an octal number, or would
// if its digits allowed.
func octal11(s string) bool {
	s = strings.TrimLeft(s, "+-")
	return len(s) > 1 && s[0] == '0' && strings.Trim(s, "0123456789_") == ""
}

// yaml11 matches plain scalars that a YAML 1.1 reader such as PyYAML turns into
// a boolean, a number, or (1e5) a text, where YAML 1.2 does otherwise.
var yaml11 = regexp.MustCompile(`^(?:(?i:yes|no|on|off)|[-+]?0[0-9_]+|[-+]?0b[01_]+|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?|[-+]?[0-9.]*_[0-9_.]*|[-+]?[0-9]+[eE][-+]?[0-9]+|[-+]?(?:[0-9]+\.?|\.)[0-9]*[eE][0-9]+|0o[0-7]+)$`)

// warnYAML11 says how a plain scalar may be read otherwise than it was
// meant, or "".
func warnYAML11(n *yaml.Node) (detail string) {
	if n.Value == "" || !isPlain(n) {
		return ""
	}
	switch c := n.Value[0]; {
	case isDigit(c), c == '-', c == '+', c == '.':
	case strings.IndexByte("yYnNoO", c) >= 0 && len(n.Value) <= 3:
	default:
		return ""
	}
	if isNotFinite(n.Value) || isNumber(n.Value) && isText(n) && !octal11(n.Value) {
		return shown(n.Value) + " is read as text, since it is no finite number of ordinary size"
	}
	if len(n.Value) > maxDigits || !yaml11.MatchString(n.Value) {
		return ""
	}
	return fmt.Sprintf("plain %s is read otherwise by YAML 1.1 tools such as PyYAML", n.Value)
}

// isNotFinite tells whether the core schema takes a text for an infinity or no
// number at all.
func isNotFinite(s string) bool {
	switch s[signLen(s):] {
	case ".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN":
		return true
	}
	return false
}

func isText(n *yaml.Node) bool {
	_, text := scalarValue(n).(string)
	return text
}

// freeValue is a node as a free value.
func freeValue(n *yaml.Node) any {
	switch n.Kind {
	case yaml.MappingNode:
		m := &Map{Entries: make([]Entry, 0, len(n.Content)/2)}
		for i := 0; i+1 < len(n.Content); i += 2 {
			m.Entries = append(m.Entries, Entry{n.Content[i].Value, freeValue(n.Content[i+1])})
		}
		return m
	case yaml.SequenceNode:
		list := make([]any, len(n.Content))
		for i, item := range n.Content {
			list[i] = freeValue(item)
		}
		return list
	}
	return scalarValue(n)
}

// PlainSafe tells whether a text may stand in YAML without quotes as far as
// types go: every reader, of YAML 1.1 or 1.2, takes it for text.
func PlainSafe(s string) bool {
	n := &yaml.Node{Kind: yaml.ScalarNode, Value: s}
	text, ok := scalarValue(n).(string)
	return ok && text == s && warnYAML11(n) == "" && !yaml11Other.MatchString(s)
}

// yaml11Other matches what else YAML 1.1 readers turn into other types: dates,
// special floats, and the value key.
var yaml11Other = regexp.MustCompile(`^(?:[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}.*|[-+]?\.(?i:inf|nan)|=|[yYnN])$`)
