package card

import (
	"regexp"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// patterns are patterns of the schema as functions: a picture has megabytes,
// of which a regular expression takes its time.
var patterns = map[string]func(string) bool{
	`^[^\r\n]*$`:                    isLine,
	`^[A-Za-z0-9+/\r\n]*={0,2}\s*$`: IsBase64,
}

func compilePattern(pattern string) (jsonschema.Regexp, error) {
	if match, ok := patterns[pattern]; ok {
		return matcher{pattern, match}, nil
	}
	return regexp.Compile(pattern)
}

type matcher struct {
	pattern string
	match   func(string) bool
}

func (m matcher) MatchString(s string) bool { return m.match(s) }
func (m matcher) String() string            { return m.pattern }

func isLine(s string) bool { return strings.IndexByte(s, '\n') < 0 && strings.IndexByte(s, '\r') < 0 }

// IsBase64 tells whether a text is what a card takes for a picture: characters
// of Base64 (RFC 4648, section 4), on any number of lines.
func IsBase64(s string) bool {
	s = strings.TrimRight(s, " \t\r\n\f")
	s = strings.TrimSuffix(strings.TrimSuffix(s, "="), "=")
	for i := range len(s) {
		c := s[i]
		if (c|0x20 < 'a' || c|0x20 > 'z') && !isDigit(c) && c != '+' && c != '/' && c != '\r' && c != '\n' {
			return false
		}
	}
	return true
}
