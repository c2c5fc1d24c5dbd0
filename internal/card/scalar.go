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

// warnYAML11 says how a plain scalar may be read otherwise than it was meant,
// or "". Dates are text to YAML 1.2 and look so to people, so they are told of
// only where a reader of YAML 1.1 is sure to come by.
func warnYAML11(n *yaml.Node, dates bool) (detail string) {
	if n.Value == "" || !isPlain(n) || !looksTyped(n.Value) {
		return ""
	}
	if isNotFinite(n.Value) || isNumber(n.Value) && isText(n) && !octal11(n.Value) {
		return shown(n.Value) + " is read as text, since it is no finite number of ordinary size"
	}
	t := Resolve11(n.Value)
	if agree11(scalarValue(n), t) && !octal11(n.Value) || t == Timestamp11 && !dates {
		return ""
	}
	return fmt.Sprintf("plain %s is read otherwise by YAML 1.1 tools such as PyYAML", shown(n.Value))
}

// looksTyped tells, of most texts, that no reader takes them for anything else.
func looksTyped(s string) bool {
	switch c := s[0]; {
	case isDigit(c), c == '-', c == '+', c == '.':
		return true
	case c == '<', c == '=':
		return len(s) <= 2
	}
	return len(s) <= 3 && strings.IndexByte("yYnNoO", s[0]) >= 0
}

// agree11 tells whether YAML 1.1 gives a plain scalar the type that its value
// in YAML 1.2 has.
func agree11(v any, t Type11) bool {
	switch v.(type) {
	case nil:
		return t == Null11
	case bool:
		return t == Bool11
	case Number:
		return t == Int11 || t == Float11
	}
	return t == String11
}

// keepDisputed makes text of the plain scalars of front matter that YAML 1.2
// reads as numbers and YAML 1.1 as text (1e5, 0o17, -.5): the Hub's own library
// writes them as they stand. What only YAML 1.1 takes for something else (no,
// 012, 1:30, dates) is text already.
func keepDisputed(n *yaml.Node) {
	if n.Kind == yaml.ScalarNode {
		if _, number := scalarValue(n).(Number); number && n.Style&yaml.TaggedStyle == 0 && Resolve11(n.Value) == String11 {
			n.Style |= yaml.DoubleQuotedStyle
		}
	}
	for _, item := range n.Content {
		keepDisputed(item)
	}
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
// types go: every reader, of YAML 1.1 or 1.2, takes it for text. That includes
// readers of YAML 1.1 to which y and n are booleans, unlike PyYAML.
func PlainSafe(s string) bool {
	n := &yaml.Node{Kind: yaml.ScalarNode, Value: s}
	text, ok := scalarValue(n).(string)
	return ok && text == s && warnYAML11(n, true) == "" && !otherReaders.MatchString(s)
}

// otherReaders matches what readers other than PyYAML may turn into booleans
// and dates.
var otherReaders = regexp.MustCompile(`^(?:[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}.*|[-+]?\.(?i:inf|nan)|[yYnN])$`)
