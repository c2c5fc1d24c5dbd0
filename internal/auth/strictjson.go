package auth

import (
	"bytes"
	"encoding/json"
	"errors"
	"unicode/utf8"
)

// errJSON is every way a token's JSON can be refused. encoding/json alone keeps the last of two equal names, where another
// reader of the same token keeps the first: that difference is how claims are smuggled.
var errJSON = errors.New("not one plain JSON object")

const (
	maxMembers       = 64   // of a token's header or payload, whose sender is not known yet
	maxNestedMembers = 1024 // of an object inside a payload whose signature holds
	maxDepth         = 16
)

// decodeObject reads the one object in data and leaves its values raw. It refuses invalid UTF-8, trailing data, duplicate names,
// more than limit members and nesting deeper than maxDepth.
func decodeObject(data []byte, limit int) (map[string]json.RawMessage, error) {
	if !utf8.Valid(data) || tooDeep(data) || !json.Valid(data) {
		return nil, errJSON
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	if token, err := dec.Token(); err != nil || token != json.Delim('{') {
		return nil, errJSON
	}
	members := make(map[string]json.RawMessage)
	for dec.More() {
		name, err := memberName(dec)
		if err != nil {
			return nil, err
		}
		if _, twice := members[name]; twice || len(members) == limit {
			return nil, errJSON
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, errJSON
		}
		members[name] = value
	}
	return members, nil
}

// tooDeep counts brackets outside strings, since encoding/json keeps state for each level and these bytes come from anyone.
func tooDeep(data []byte) bool {
	depth, inString := 0, false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return true
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return false
}

func memberName(dec *json.Decoder) (string, error) {
	token, err := dec.Token()
	name, ok := token.(string)
	if err != nil || !ok {
		return "", errJSON
	}
	return name, nil
}

// checkNested refuses duplicate names inside a value that decodeObject left raw.
func checkNested(value json.RawMessage) error {
	if len(value) == 0 || value[0] != '{' && value[0] != '[' {
		return nil
	}
	return walk(json.NewDecoder(bytes.NewReader(value)))
}

// walk consumes one value.
func walk(dec *json.Decoder) error {
	token, err := dec.Token()
	if err != nil {
		return errJSON
	}
	switch token {
	case json.Delim('{'):
		err = walkObject(dec)
	case json.Delim('['):
		for err == nil && dec.More() {
			err = walk(dec)
		}
	default:
		return nil
	}
	if err != nil {
		return err
	}
	if _, err = dec.Token(); err != nil { // the closing bracket
		return errJSON
	}
	return nil
}

func walkObject(dec *json.Decoder) error {
	seen := make(map[string]struct{})
	for dec.More() {
		name, err := memberName(dec)
		if err != nil {
			return err
		}
		if _, twice := seen[name]; twice || len(seen) == maxNestedMembers {
			return errJSON
		}
		seen[name] = struct{}{}
		if err := walk(dec); err != nil {
			return err
		}
	}
	return nil
}

// stringOf reads a JSON string and nothing else (null is not one).
func stringOf(value json.RawMessage) (string, bool) {
	var s string
	if len(value) == 0 || value[0] != '"' || json.Unmarshal(value, &s) != nil {
		return "", false
	}
	return s, true
}

// stringsOf reads a JSON list of strings and nothing else.
func stringsOf(value json.RawMessage) ([]string, bool) {
	var raw []json.RawMessage
	if len(value) == 0 || value[0] != '[' || json.Unmarshal(value, &raw) != nil {
		return nil, false
	}
	list := make([]string, len(raw))
	for i, item := range raw {
		s, ok := stringOf(item)
		if !ok {
			return nil, false
		}
		list[i] = s
	}
	return list, true
}
