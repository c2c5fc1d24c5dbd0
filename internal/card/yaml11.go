package card

import (
	"regexp"
	"strings"
)

// Type11 is a type that YAML 1.1 gives a plain scalar.
type Type11 string

// The types of YAML 1.1 that PyYAML's safe reader resolves a plain scalar to.
const (
	String11    Type11 = "str"
	Bool11      Type11 = "bool"
	Float11     Type11 = "float"
	Int11       Type11 = "int"
	Merge11     Type11 = "merge"
	Null11      Type11 = "null"
	Timestamp11 Type11 = "timestamp"
	Value11     Type11 = "value"
)

const (
	decimal = "0123456789"
	grouped = decimal + "_"
)

// Resolve11 is the type that a reader of YAML 1.1 gives a plain text, by the
// implicit resolvers of PyYAML. They aren't all that the YAML 1.1 types
// describe: y and n are texts, and so is 1e5.
func Resolve11(s string) Type11 {
	switch s {
	case "", "~", "null", "Null", "NULL":
		return Null11
	case "yes", "Yes", "YES", "no", "No", "NO", "true", "True", "TRUE",
		"false", "False", "FALSE", "on", "On", "ON", "off", "Off", "OFF":
		return Bool11
	case "<<":
		return Merge11
	case "=":
		return Value11
	}
	if c := s[0]; isDigit(c) || c == '.' || c == '+' || c == '-' {
		return resolveNumber(s)
	}
	return String11
}

func resolveNumber(s string) Type11 {
	switch {
	case isFloat11(s):
		return Float11
	case isInt11(s):
		return Int11
	case isTimestamp(s):
		return Timestamp11
	}
	return String11
}

// isFloat11 accepts 1.5, 1_0.5e+3, .5 (without a sign), 1:30.5, -.inf and .nan.
func isFloat11(s string) bool {
	unsigned := trimSign(s)
	switch unsigned {
	case "":
		return false
	case ".inf", ".Inf", ".INF":
		return true
	case ".nan", ".NaN", ".NAN":
		return unsigned == s
	}
	whole := strings.TrimLeft(unsigned, grouped)
	switch {
	case s[0] == '.':
		return len(s) > 1 && isDigit(s[1]) && isFraction(s[1:])
	case !isDigit(unsigned[0]):
		return false
	case strings.HasPrefix(whole, "."):
		return isFraction(whole[1:])
	}
	rest, ok := trimSexagesimal(whole)
	return ok && strings.HasPrefix(rest, ".") && only(rest[1:], grouped)
}

// isFraction accepts digits and then, optionally, an exponent with its sign.
func isFraction(s string) bool {
	s = strings.TrimLeft(s, grouped)
	if s == "" {
		return true
	}
	if len(s) < 3 || s[0]|0x20 != 'e' || s[1] != '+' && s[1] != '-' {
		return false
	}
	return only(s[2:], decimal)
}

// isInt11 accepts 10, 1_000, 0b1, 017, 0x1F and 1:30:00.
func isInt11(s string) bool {
	s = trimSign(s)
	if s == "" || !isDigit(s[0]) {
		return false
	}
	if s[0] != '0' {
		rest := strings.TrimLeft(s, grouped)
		end, ok := trimSexagesimal(rest)
		return rest == "" || ok && end == ""
	}
	digits := s[1:]
	switch {
	case digits == "":
		return true
	case len(digits) > 1 && digits[0] == 'b':
		return only(digits[1:], "01_")
	case len(digits) > 1 && digits[0] == 'x':
		return only(digits[1:], grouped+"abcdefABCDEF")
	}
	return only(digits, "01234567_")
}

// trimSexagesimal cuts groups of base 60 (":5", ":59") and tells whether there
// was one.
func trimSexagesimal(s string) (rest string, ok bool) {
	for len(s) > 1 && s[0] == ':' && isDigit(s[1]) {
		n := 2
		if len(s) > 2 && s[1] <= '5' && isDigit(s[2]) {
			n = 3
		}
		s, ok = s[n:], true
	}
	return s, ok
}

var (
	dateOnly = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}$`)
	dateTime = regexp.MustCompile(`^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}` +
		`(?:\.[0-9]*)?(?:[ \t]*(?:Z|[-+][0-9]{1,2}(?::[0-9]{2})?))?$`)
)

func isTimestamp(s string) bool {
	if len(s) < len("2020-01-01") || s[4] != '-' { // most versions and the like
		return false
	}
	return dateOnly.MatchString(s) || dateTime.MatchString(s)
}

func trimSign(s string) string {
	if s != "" && (s[0] == '+' || s[0] == '-') {
		return s[1:]
	}
	return s
}

// only tells whether a text has no characters but those of a set.
func only(s, set string) bool { return strings.Trim(s, set) == "" }
