package card

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
	"go.yaml.in/yaml/v4/plugin/loaderlimits"
)

// parseYAML reads one YAML document into a tree of nodes without aliases.
func parseYAML(src []byte) (*yaml.Node, error) {
	root, _, err := parseAliased(src)
	return root, err
}

// parseAliased is [parseYAML] that also tells of which node each copy for an
// alias is.
func parseAliased(src []byte) (root *yaml.Node, origin map[*yaml.Node]*yaml.Node, err error) {
	if err := checkYAML(src); err != nil {
		return nil, nil, err
	}
	root, err = loadYAML(withoutVersion(src))
	if err != nil || bytes.IndexByte(src, '*') < 0 {
		return root, nil, err
	}
	e := &expander{origin: map[*yaml.Node]*yaml.Node{}}
	return root, e.origin, e.expand(root)
}

// checkYAML refuses what is not worth to be parsed.
func checkYAML(src []byte) error {
	if len(src) > MaxYAML {
		return tooLarge(len(src), MaxYAML, "a YAML document")
	}
	if err := checkUTF8(src); err != nil {
		return err
	}
	if err := checkCharacters(src); err != nil {
		return err
	}
	if n := indicators(src); n > maxIndicators {
		return unreadable(0, 0, "over_limit", fmt.Sprintf("the document has more than %d values", maxNodes), hintOverLimit)
	}
	return nil
}

// loadYAML has the library build the tree. The library guards against aliases
// only where it expands them itself, so that guard is off and [expander] has
// its own.
func loadYAML(src []byte) (*yaml.Node, error) {
	tooDeep := false // the library does not wrap the error of a check
	limits := loaderlimits.New(loaderlimits.AliasNone(), loaderlimits.DepthFunc(
		func(depth int, _ *yaml.DepthContext) error {
			if tooDeep = depth > maxLoadDepth; tooDeep {
				return errors.New("nested too deep")
			}
			return nil
		}))
	loader, err := yaml.NewLoader(bytes.NewReader(src), yaml.WithPlugin(limits))
	if err != nil {
		return nil, fmt.Errorf("card: %w", err) // cannot happen: the options are fixed
	}
	var doc, next yaml.Node
	if err := loader.Load(&doc); err != nil {
		return nil, yamlError(src, err, tooDeep)
	}
	if err := loader.Load(&next); err == nil {
		return nil, unreadable(next.Line, next.Column, "several_documents", "there is more than one YAML document", "send one card at a time")
	} else if !errors.Is(err, io.EOF) {
		return nil, yamlError(src, err, tooDeep)
	}
	if len(doc.Content) == 0 {
		return nil, emptyDocument()
	}
	line, column := position(src, len(src))
	placeEnd(doc.Content[0], line, column)
	return doc.Content[0], nil
}

// placeEnd brings empty values at the end of a document back into it: the
// library puts them on the line after a last one that has no end.
func placeEnd(n *yaml.Node, line, column int) {
	if n.Line > line {
		n.Line, n.Column = line, column
	}
	for _, last := range n.Content[max(len(n.Content)-2, 0):] { // a key and its value
		placeEnd(last, line, column)
	}
}

var versionDirective = regexp.MustCompile(`^(?:[ \t]*(?:#[^\r\n]*)?\r?\n)*%YAML 1\.[0-9]+[ \t\r\n]`)

// withoutVersion makes a comment of %YAML 1.2 (spec 6.8.1), which the library
// refuses, so that all positions stay.
func withoutVersion(src []byte) []byte {
	at := versionDirective.FindIndex(src)
	if at == nil {
		return src
	}
	src = bytes.Clone(src)
	src[bytes.LastIndexByte(src[:at[1]], '%')] = '#'
	return src
}

const emptyCode = "empty"

func emptyDocument() *Error {
	return unreadable(1, 1, emptyCode, "the document is empty", "the smallest card is `model: {name: …}`")
}

// indicators counts the characters that can begin a YAML node (spec 5.3), or
// a tag, an anchor or an alias: the library has at most about twice as many
// nodes and tokens, so a document that would fill memory with them is refused
// before it gets there.
func indicators(src []byte) int {
	n := 0
	before, mark := byte(' '), byte(' ') // the last byte, and the last that is no space
	for i, c := range src {
		switch c {
		case ',', '[', '{':
			n++
		case '!', '&', '*':
			if before <= ' ' || before == ',' || before == '[' || before == '{' {
				n++
			}
		case '-', '?', ':':
			if i+1 == len(src) || src[i+1] <= ' ' || before == '"' || before == '\'' {
				n++
			}
		case '"', '\'':
			if mark == c { // between two scalars, where something else should be
				n++
			}
		}
		before = c
		if c > ' ' {
			mark = c
		}
	}
	return n
}

func checkUTF8(src []byte) error {
	if utf8.Valid(src) {
		return nil
	}
	at := 0
	for at < len(src) {
		r, size := utf8.DecodeRune(src[at:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		at += size
	}
	line, column := position(src, at)
	return unreadable(line, column, "not_utf8", "the document is not UTF-8", "save it as UTF-8")
}

// checkCharacters refuses what may not stand in YAML 1.2 (spec 5.1), and the
// line breaks of YAML 1.1 that YAML 1.2 reads as text (spec 5.4): the library
// would break lines at them.
func checkCharacters(src []byte) error {
	for i, r := range string(src) {
		if r >= ' ' && r < 0x7f || r == '\n' || r == '\r' || r == '\t' {
			continue
		}
		if r < 0xa0 || r == '\u2028' || r == '\u2029' || r == '\uFEFF' || r == 0xFFFE || r == 0xFFFF {
			line, column := position(src, i)
			return unreadable(line, column, "bad_text", fmt.Sprintf("the document has the control character U+%04X", r), "remove it")
		}
	}
	return nil
}

// position is the line and column, in characters from 1, of a byte offset.
func position(src []byte, offset int) (line, column int) {
	return advance(1, 1, src[:min(offset, len(src))])
}

// advance is the place after a text that begins at a place. Lines end as they
// do in YAML (spec 5.4): with LF, CR LF, or CR alone.
func advance(line, column int, text []byte) (int, int) {
	if bytes.IndexByte(text, '\r') < 0 { // the usual case, and a faster way
		if n := bytes.Count(text, []byte{'\n'}); n > 0 {
			line, column, text = line+n, 1, text[bytes.LastIndexByte(text, '\n')+1:]
		}
		return line, column + utf8.RuneCount(text)
	}
	for {
		end := bytes.IndexAny(text, "\r\n")
		if end < 0 {
			return line, column + utf8.RuneCount(text)
		}
		if bytes.HasPrefix(text[end:], []byte("\r\n")) {
			end++
		}
		line, column, text = line+1, 1, text[end+1:]
	}
}

// yamlError is the library's error in our words, with its line and column.
func yamlError(src []byte, err error, tooDeep bool) error {
	if errors.Is(err, io.EOF) {
		return emptyDocument()
	}
	var load *yaml.LoadError
	if !errors.As(err, &load) {
		var several *yaml.LoadErrors
		if !errors.As(err, &several) || len(several.Errors) == 0 {
			return unreadable(0, 0, "yaml", "YAML: "+err.Error(), "")
		}
		load = several.Errors[0]
	}
	line, column := within(src, load.Mark)
	if tooDeep {
		return unreadable(line, column, "over_limit", "the document is nested too deep", hintOverLimit)
	}
	detail := "YAML: " + load.Message
	if load.ContextMsg != "" {
		detail += fmt.Sprintf(" (%s from line %d)", load.ContextMsg, load.ContextMark.Line)
	}
	return unreadable(line, column, "yaml", detail, yamlHint(load.Message))
}

// within is a position that is in the document: the library counts one line
// more when it is at the end.
func within(src []byte, mark yaml.Mark) (line, column int) {
	line, column = position(src, len(src))
	if mark.Line < line || mark.Line == line && mark.Column < column {
		return max(mark.Line, 1), max(mark.Column, 1)
	}
	return line, column
}

// yamlHint knows what is mostly behind some of the library's complaints. They
// are recognised by their words, so a hint may get lost, but nothing else.
func yamlHint(message string) string {
	switch {
	case strings.Contains(message, "mapping values are not allowed"):
		return "quote a text that has a colon in it"
	case strings.Contains(message, "cannot start any token"):
		return "indent with spaces, and quote a text that begins with @, ` or %"
	case strings.Contains(message, "unknown anchor"):
		return "quote a text that begins with *"
	}
	return ""
}
