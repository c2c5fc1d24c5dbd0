package card

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

// checkReading holds what a reader says of any bytes to what it promises.
func checkReading(t *testing.T, read func([]byte) (*Document, error), src []byte) {
	t.Helper()
	doc, err := read(src)
	if err != nil {
		var e *Error
		if !errors.As(err, &e) || e.Kind < Unreadable || e.Kind > Invalid || len(e.Problems) == 0 {
			t.Fatalf("refused with %#v", err)
		}
		checkPlaces(t, src, e.Problems)
		return
	}
	checkPlaces(t, src, doc.Warnings)
	canonical := doc.Card.Canonical()
	again, err := ReadJSON(canonical)
	if err != nil {
		t.Fatalf("its canonical form is refused: %v\n%s", err, canonical)
	}
	if got := again.Card.Canonical(); !bytes.Equal(got, canonical) {
		t.Fatalf("canonical form\n%s\nreads back as\n%s", canonical, got)
	}
	if err := validate(canonical); err != nil {
		t.Fatalf("the published schema refuses %s: %v", canonical, err)
	}
}

// checkPlaces refuses problems outside the document.
func checkPlaces(t *testing.T, src []byte, problems []Problem) {
	t.Helper()
	// The YAML library breaks lines at a single CR too.
	text := strings.ReplaceAll(strings.ReplaceAll(string(src), "\r\n", "\n"), "\r", "\n")
	lines := strings.Split(strings.TrimPrefix(text, "\uFEFF"), "\n")
	for _, p := range problems {
		if p.Code == "" || p.Detail == "" {
			t.Errorf("%+v says nothing", p)
		}
		if p.Line == 0 && p.Column == 0 {
			continue
		}
		if p.Line < 1 || p.Line > len(lines) || p.Column < 1 || p.Column > len([]rune(lines[p.Line-1]))+1 {
			t.Errorf("%v is not in the document of %d lines", p, len(lines))
		}
	}
}

var yamlSeeds = []string{
	"model: {name: x}", "model:\n  id: a/b\n  license: {not_applicable: r}\nmetadata: {a: [1, ~, yes, 012]}\n", "a: &a [*a]", "{{ x }}", "model: {<<: {name: x}}",
	"model: {name: x}\nsections: [{title: '', text: {not_applicable: r}}, {title: a, text: \"<!--\"}]", "model: {name: x}\nmetadata: [{key: a, value: {b: c}}]", "---\n...\n---", "%YAML 1.2\n---\nmodel: {name: x}",
	"model: {name: x}\nevaluation: {results: [{metrics: [{type: a, value: {}}]}]}\nenvironment: {co2_eq_emissions: 1e5}", "model: {name: \"\\uD800\"}", "? |\n  a\n: >\n  b\n", "model: !!map {name: !x y}", "# \r a\r\nmodel: {name: \u2028}",
}

func FuzzReadYAML(f *testing.F) {
	f.Add(readExample(f))
	for _, s := range yamlSeeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) { checkReading(t, ReadYAML, src) })
}

func FuzzReadJSON(f *testing.F) {
	for _, s := range yamlSeeds {
		if doc, err := ReadYAML([]byte(s)); err == nil {
			f.Add(doc.Card.Canonical())
		}
	}
	for _, s := range []string{`{"a":1,"a":2}`, `"\ud83d\ude00\ud83d"`, "[1e5,-0,01]", `{"model": {"name": "\u0000"}}`, "{}{}", `{"model":{"name":"x"},"metadata":{"<<":{"a":null}}}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		checkReading(t, ReadJSON, src)
		checkAgainstEncodingJSON(t, src)
	})
}

func FuzzNormalizeText(f *testing.F) {
	for _, s := range []string{
		"a\n===\n", "```\na", "<!-- a", "- ```\n  a", "> ~~~\n", "<pre>\n", "<![CDATA[", "#a\n-\n", "[a]: b\n===\n", "   ````x\n```\n", "1. <?\n\n   a\n", "\t```\n", "<!A\n\n>", "a\\\n---", "````\n````", "* a\n\n  - ```\n", "<div>\n```\n", "C# #\n=",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := NormalizeText(s)
		checkNormalText(t, got)
		if strings.Contains(got, "\r") || strings.TrimRight(got, " \t\n") != got {
			t.Errorf("%q becomes %q", s, got)
		}
		end := 0
		for _, h := range Headings([]byte(s)) {
			if h.Start < end || h.End <= h.Start || h.End > len(s) || h.Level < 1 || h.Level > 6 {
				t.Fatalf("%q has the heading %+v after %d", s, h, end)
			}
			end = h.End
		}
	})
}

func FuzzParseNumber(f *testing.F) {
	for _, s := range []string{"0", "-0", "1e5", "1e16", ".5", "1.", "+-1", "0x1p-2", "1_0", "1e400", "99999999999999999999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := ParseNumber(s)
		if err != nil {
			if !errors.Is(err, errNumber) {
				t.Errorf("%q is refused with %v", s, err)
			}
			return
		}
		if again, err := ParseNumber(string(n)); err != nil || again != n {
			t.Errorf("%q is %q, which is %q, %v", s, n, again, err)
		}
		if root, err := parseJSON([]byte(n)); err != nil || freeValue(root) != any(n) {
			t.Errorf("%q is %q, which is no JSON: %v", s, n, err)
		}
	})
}
