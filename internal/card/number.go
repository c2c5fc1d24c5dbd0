package card

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Number is a number in its canonical JSON form: an integer of any size in
// decimal digits, or the shortest text that reads back as the same float64,
// written as Python's repr does (0.9, 1.0, 1e-05).
type Number string

// errNumber is for numbers that have no place in a card.
var errNumber = errors.New("not a finite number of ordinary size")

const maxDigits = 64

// ParseNumber reads a decimal number as JSON and YAML write it, with or without
// a sign: an integer of at most 64 digits, or a finite float64.
func ParseNumber(s string) (Number, error) {
	if len(s) > maxDigits {
		return "", fmt.Errorf("%w: %d characters", errNumber, len(s))
	}
	if isInteger(s) {
		return canonicalInteger(s), nil
	}
	if !isNumber(s) {
		return "", fmt.Errorf("%w: %q", errNumber, s)
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return "", fmt.Errorf("%w: %q", errNumber, s)
	}
	return Float(f), nil
}

// Float is the number of a finite float64; it always shows that it is one
// (1.0, not 1).
func Float(f float64) Number {
	if size := math.Abs(f); size >= 1e16 || size < 1e-4 && size > 0 {
		return Number(strconv.FormatFloat(f, 'e', -1, 64))
	}
	s := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return Number(s)
}

// Int is the number of an integer.
func Int(i int64) Number { return Number(strconv.FormatInt(i, 10)) }

// Float64 is the nearest float64.
func (n Number) Float64() float64 {
	f, err := strconv.ParseFloat(string(n), 64)
	if err != nil {
		return math.NaN() // cannot happen for a number that was parsed
	}
	return f
}

// MarshalJSON writes the number as it is.
func (n Number) MarshalJSON() ([]byte, error) { return []byte(n), nil }

func (n *Number) decodeNode(node *yaml.Node) {
	if v, ok := freeValue(node).(Number); ok {
		*n = v
	}
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// isInteger tells whether s is a sign, or none, and decimal digits.
func isInteger(s string) bool {
	s = s[signLen(s):]
	return s != "" && digitsLen(s) == len(s)
}

// isNumber tells whether s is a decimal number: 1, 1.5, .5, 1. or 1e-5, with a
// sign or without.
func isNumber(s string) bool {
	s = s[signLen(s):]
	whole := digitsLen(s)
	s = s[whole:]
	fraction := 0
	if s != "" && s[0] == '.' {
		fraction = digitsLen(s[1:])
		s = s[1+fraction:]
	}
	if whole+fraction == 0 {
		return false
	}
	if s != "" && (s[0] == 'e' || s[0] == 'E') {
		return isInteger(s[1:])
	}
	return s == ""
}

func signLen(s string) int {
	if s != "" && (s[0] == '-' || s[0] == '+') {
		return 1
	}
	return 0
}

func digitsLen(s string) int {
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	return n
}

func canonicalInteger(s string) Number {
	sign := ""
	if s[0] == '-' {
		sign = "-"
	}
	s = strings.TrimLeft(s[signLen(s):], "0")
	if s == "" {
		return "0"
	}
	return Number(sign + s)
}
