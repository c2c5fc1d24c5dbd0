package integration

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// errSyntax says that a text is not JSON.
var errSyntax = errors.New("not JSON")

// ParseJSON reads one JSON text (RFC 8259) as a free value of a card. Beyond
// the RFC it takes NaN and Infinity, which Python's json module writes, as the
// texts "NaN", "Infinity" and "-Infinity", and a number beyond a float64 as
// text. Of a key that comes twice the last value counts, as in Python.
func ParseJSON(src []byte) (any, error) {
	p := jsonParser{src: src}
	v, err := p.document()
	if err != nil {
		return nil, err
	}
	if p.space(); p.at < len(p.src) {
		return nil, p.fail("something after the value")
	}
	return v, nil
}

// jsonParser is a recursive descent over a bounded text.
type jsonParser struct {
	src    []byte
	at     int
	values int
}

func (p *jsonParser) document() (any, error) {
	p.space()
	return p.value(0)
}

func (p *jsonParser) fail(what string) error {
	line := 1 + strings.Count(string(p.src[:min(p.at, len(p.src))]), "\n")
	return fmt.Errorf("%w: line %d: %s", errSyntax, line, what)
}

func (p *jsonParser) space() {
	for p.at < len(p.src) && strings.IndexByte(" \t\r\n", p.src[p.at]) >= 0 {
		p.at++
	}
}

// take consumes a text that comes next.
func (p *jsonParser) take(text string) bool {
	if strings.HasPrefix(string(p.src[p.at:min(p.at+len(text), len(p.src))]), text) {
		p.at += len(text)
		return true
	}
	return false
}

var jsonWords = []struct {
	text  string
	value any
}{
	{"null", nil}, {"true", true}, {"false", false},
	{"NaN", "NaN"}, {"Infinity", "Infinity"}, {"-Infinity", "-Infinity"},
}

func (p *jsonParser) value(depth int) (any, error) {
	if p.values++; p.values > maxValues {
		return nil, fmt.Errorf("%w: more than %d values", ErrTooLarge, maxValues)
	}
	if depth > maxDepth {
		return nil, fmt.Errorf("%w: deeper than %d levels", ErrTooLarge, maxDepth)
	}
	if p.at >= len(p.src) {
		return nil, p.fail("it ends too early")
	}
	switch c := p.src[p.at]; {
	case c == '{':
		return p.object(depth)
	case c == '[':
		return p.array(depth)
	case c == '"':
		return p.text()
	}
	for _, word := range jsonWords {
		if p.take(word.text) {
			return word.value, nil
		}
	}
	return p.number()
}

func (p *jsonParser) number() (any, error) {
	start := p.at
	for p.at < len(p.src) && strings.IndexByte("+-.0123456789eE", p.src[p.at]) >= 0 {
		p.at++
	}
	text := string(p.src[start:p.at])
	if !json.Valid([]byte(text)) {
		return nil, p.fail("a value was expected")
	}
	n, err := card.ParseNumber(text)
	if err != nil {
		return text, nil //nolint:nilerr // a number that has no place in a card stays as text
	}
	return n, nil
}

// text reads a string. Python writes lone surrogates, which become U+FFFD.
func (p *jsonParser) text() (string, error) {
	start := p.at
	for p.at++; p.at < len(p.src); p.at++ {
		switch p.src[p.at] {
		case '\\':
			p.at++
		case '"':
			p.at++
			var s string
			if err := json.Unmarshal(p.src[start:p.at], &s); err != nil {
				return "", p.fail("a malformed text")
			}
			if !utf8.ValidString(s) {
				s = strings.ToValidUTF8(s, "\uFFFD")
			}
			return s, nil
		}
	}
	return "", p.fail("a text that does not end")
}

func (p *jsonParser) object(depth int) (any, error) {
	m := &card.Map{}
	index := map[string]int{}
	p.at++
	for first := true; ; first = false {
		p.space()
		if p.take("}") {
			return m, nil
		}
		if !first && !p.take(",") {
			return nil, p.fail("a comma was expected")
		}
		key, value, err := p.entry(depth)
		if err != nil {
			return nil, err
		}
		if i, twice := index[key]; twice {
			m.Entries[i].Value = value
			continue
		}
		index[key] = len(m.Entries)
		m.Entries = append(m.Entries, card.Entry{Key: key, Value: value})
	}
}

func (p *jsonParser) entry(depth int) (key string, value any, err error) {
	p.space()
	if p.at >= len(p.src) || p.src[p.at] != '"' {
		return "", nil, p.fail("a key was expected")
	}
	if key, err = p.text(); err != nil {
		return "", nil, err
	}
	if p.space(); !p.take(":") {
		return "", nil, p.fail("a colon was expected")
	}
	p.space()
	value, err = p.value(depth + 1)
	return key, value, err
}

func (p *jsonParser) array(depth int) (any, error) {
	list := []any{}
	p.at++
	for first := true; ; first = false {
		p.space()
		if p.take("]") {
			return list, nil
		}
		if !first && !p.take(",") {
			return nil, p.fail("a comma was expected")
		}
		p.space()
		v, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
}

// numberOf reads a number as tools write it: as a number, or as text.
func numberOf(v any) (card.Number, bool) {
	switch v := v.(type) {
	case card.Number:
		return v, v != ""
	case string:
		n, err := card.ParseNumber(strings.TrimSpace(v))
		return n, err == nil
	}
	return "", false
}

// metricValue is what a metric may have as its value: a number, or the words
// for what is none.
func metricValue(v any) (any, bool) {
	switch v := v.(type) {
	case card.Number:
		return v, true
	case string:
		switch strings.ToLower(strings.TrimLeft(v, "+-")) {
		case "nan", "inf", "infinity", ".nan", ".inf":
			return v, true
		}
		if _, err := strconv.ParseFloat(v, 64); err == nil {
			n, err := card.ParseNumber(v)
			return n, err == nil
		}
	}
	return nil, false
}

// ParseMetric reads the value of a metric in JSON: a number, or a text that
// stands for a number, NaN or an infinity.
func ParseMetric(text []byte) (any, bool) {
	v, err := ParseJSON(text)
	if err != nil {
		return nil, false
	}
	return metricValue(v)
}

// ParseParameter is a parameter that a tracker keeps as text: a number where it
// is one.
func ParseParameter(text string) any {
	if n, err := card.ParseNumber(text); err == nil {
		return n
	}
	return clipText(text)
}

// SplitOfMetric is the split that the prefix of a metric's name stands for, and
// the name without it: val_loss is the loss of validation.
func SplitOfMetric(key string) (split, name string) { return splitOfKey(key, "") }

// AddMetric adds a metric to the result of a split.
func (r *Reading) AddMetric(split string, m card.Metric) {
	// One more than the limit is kept, by which check finds it exceeded.
	if result := r.result(split); len(result.Metrics) <= MaxMetrics {
		result.Metrics = append(result.Metrics, m)
	}
}

// AddParameter sets a hyperparameter.
func (r *Reading) AddParameter(name string, value any) { r.parameter(name, value) }

// AddNote says that something was left out.
func (r *Reading) AddNote(pointer, detail string) { r.note(pointer, detail) }

// AddHistory puts metrics where their names say, and counters aside.
func (r *Reading) AddHistory(last *card.Map) { r.history(lastValues([]record{last}), Evaluation) }

func asMap(v any) (*card.Map, bool) {
	m, ok := v.(*card.Map)
	return m, ok && m != nil
}

// mapAt is the mapping at a key, or an empty one.
func mapAt(m *card.Map, key string) *card.Map {
	v, _ := m.Get(key)
	if inner, ok := asMap(v); ok {
		return inner
	}
	return &card.Map{}
}

// textOf is the text at a key, or "".
func textOf(m *card.Map, key string) string {
	v, _ := m.Get(key)
	s, _ := v.(string)
	return clipText(s)
}

// clipText bounds one text that goes into a card.
func clipText(s string) string {
	if len(s) <= maxText {
		return s
	}
	return strings.ToValidUTF8(s[:maxText], "") + "…"
}

func has(m *card.Map, keys ...string) bool {
	for _, key := range keys {
		if _, ok := m.Get(key); !ok {
			return false
		}
	}
	return true
}
