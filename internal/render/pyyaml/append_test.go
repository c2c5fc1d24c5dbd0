package pyyaml_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/render/pyyaml"
)

// The expected bytes in this file are PyYAML 6.0.3's.

func TestAppendCollections(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		value any
		want  string
	}{
		{"list under a map", object("tags", list("a", "b")), "tags:\n- a\n- b\n"},
		{"lists in a list", list(list(card.Int(1), card.Int(2)), list(list(card.Int(3)))), "- - 1\n  - 2\n- - - 3\n"},
		{"map in a list", list(object("x", card.Int(1), "y", object("z", card.Int(2)))), "- x: 1\n  y:\n    z: 2\n"},
		{"list in a map in a list", list(object("x", list("a"))), "- x:\n  - a\n"},
		{"nothing in it", object("a", list(), "b", object(), "c", list(list(), object()), "d", ""), "a: []\nb: {}\nc:\n- []\n- {}\nd: ''\n"},
		{"nil list and map", object("a", []any(nil), "b", (*card.Map)(nil)), "a: []\nb: null\n"},
		{"quoted keys", object("yes", card.Int(1), "1", card.Int(2), "a: b", card.Int(3), "\t", card.Int(4)), "'yes': 1\n'1': 2\n'a: b': 3\n\"\\t\": 4\n"},
		{"empty key", object("", card.Int(1)), "? ''\n: 1\n"},
		{"key of two lines", object("a\nb", card.Int(1)), "? 'a\n\n  b'\n: 1\n"},
		{"key of 122 characters", object(repeat("é", 122), card.Int(1)), repeat("é", 122) + ": 1\n"},
		{"key of 123 characters", object(repeat("é", 123), card.Int(1)), "? " + repeat("é", 123) + "\n: 1\n"},
		{"list after a long key", object(repeat("k", 123), list("a", "b")), "? " + repeat("k", 123) + "\n: - a\n  - b\n"},
		{"map after a long key", object(repeat("k", 123), object("a", card.Int(1))), "? " + repeat("k", 123) + "\n: a: 1\n"},
		{"key that doesn't fold", object(repeat("k ", 50)+"k", card.Int(1)), repeat("k ", 50) + "k: 1\n"},
		{"document of a plain text", "text", "text\n...\n"},
		{"document of a quoted text", "true", "'true'\n"},
		{"document of null", nil, "null\n...\n"},
		{"document of no keys", object(), "{}\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			same(t, tc.want, pyyaml.Append(nil, tc.value, "\n"))
		})
	}
}

func TestAppendScalars(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		value any
		want  string
	}{
		{"null", nil, "null"},
		{"true", true, "true"},
		{"false", false, "false"},
		{"zero", card.Int(0), "0"},
		{"large integer", card.Number("1" + repeat("0", 40)), "1" + repeat("0", 40)},
		{"small float", card.Float(1e-5), "1.0e-05"},
		{"negative small float", card.Float(-1e-10), "-1.0e-10"},
		{"small float with a point", card.Float(1.5e-7), "1.5e-07"},
		{"large float", card.Float(1e16), "1.0e+16"},
		{"larger float", card.Float(1e100), "1.0e+100"},
		{"float of 16 digits", card.Float(1e15), "1000000000000000.0"},
		{"negative zero", card.Float(math.Copysign(0, -1)), "-0.0"},
		{"shortest float", card.Float(0.2662102282047272), "0.2662102282047272"},
		{"float", card.Float(20.90), "20.9"},
		{"plain folds after column 80", words(20), words(16) + "\n  " + words(4)},
		{"plain folds late", repeat("x", 77) + " y z", repeat("x", 77) + " y\n  z"},
		{"plain stays at two spaces", repeat("x", 80) + "  y z", repeat("x", 80) + "  y\n  z"},
		{"code points count", repeat("日", 77) + " y z", repeat("日", 77) + " y\n  z"},
		{"long token", "https://example.com/" + repeat("x", 100), "https://example.com/" + repeat("x", 100)},
		{"single quotes fold", "'" + words(20), "'''" + words(16) + "\n  " + words(4) + "'"},
		{"double quotes fold", "\t" + words(20), `"\t` + words(16) + "\\\n  \\ " + words(4) + `"`},
		{"quotes in single quotes", "'it''s", "'''it''''s'"},
		{"two lines", "l1\nl2", "'l1\n\n  l2'"},
		{"last line break", "l1\nl2\n\nl3\n", "'l1\n\n  l2\n\n\n  l3\n\n  '"},
		{"space before a line break", "a \nb", `"a \nb"`},
		{"space after a line break", "a\n b", `"a\n b"`},
		{"escapes", "\t\r\a\ufeff\x00\x1b\x7f\u0085\u2028\"\\", `"\t\r\a\uFEFF\0\e\x7F\N\L\"\\"`},
		{"emoji", "😀", "😀"},
		{"emoji in double quotes", "😀\t", `"\U0001F600\t"`},
		{"letters in double quotes", "é日\t", `"é日\t"`},
		{"joiner", "👩\u200d🔬", "👩\u200d🔬"},
		{"no-break space", "a\u00a0b", "a\u00a0b"},
		{"next line", "x\u0085y", "'x\u0085  y'"},
		{"line separator", "x\u2028y", "'x\u2028  y'"},
		{"paragraph separator", "x\u2029y", "'x\u2029  y'"},
		{"last code point", "\U0010ffff", `"\U0010FFFF"`},
		{"invalid UTF-8", "a\xffb", "a\ufffdb"}, // PyYAML can't have it
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			same(t, "k: "+tc.want+"\n", pyyaml.Append(nil, object("k", tc.value), "\n"))
		})
	}
}

// TestAppendPastTheWidth has lines that are too long before the text starts.
func TestAppendPastTheWidth(t *testing.T) {
	t.Parallel()
	key := repeat("k", 100)
	for value, want := range map[string]string{
		"a b":   "a\n  b",
		" a b":  "' a\n  b'",
		"a ":    "'a '",
		" \t":   `" \t"`,
		"\ta b": "\"\\t\\\n  a b\"",
		"\t a":  "\"\\t\\\n  \\ a\"",
		"😀\tb":  "\"\\U0001F600\\t\\\n  b\"",
		"a\t ":  "\"a\\t\\\n  \\ \"",
	} {
		same(t, key+": "+want+"\n", pyyaml.Append(nil, object(key, value), "\n"))
	}
}

func TestAppendQuotes(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		// Other types of YAML 1.1.
		"true", "False", "YES", "no", "On", "off", "null", "~", "", "1", "1.0", "1_000", "0x1F", "012", "12:30:45",
		"2020-01-01", "2020-01-01 01:02:03", ".5", ".inf", ".NaN", "=", "<<",
		// Indicators and spaces.
		"- x", "? x", "-", "---", "...", "--- a", " a", "a ", "x:", "a: b", "a #b", "@a", "`a", "%a", "&a", "*a", "!a", "|a", ">a",
		"{a", "[a", "#a", "'a", "\"a", "#",
	} {
		if pyyaml.Plain(s) {
			t.Errorf("%q is plain", s)
		}
		quoted := "'" + strings.ReplaceAll(s, "'", "''") + "'"
		same(t, "- "+quoted+"\n", pyyaml.Append(nil, list(s), "\n"))
	}
}

func TestAppendDoesNotQuote(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		"y", "Y", "n", "1e5", "1e+5", "--", "?x", "a, b", `a"b`, "it's", "a:b", "a#b", "0o12", "1:60", "-.5", "018", "2020-01", "http://x/#y",
	} {
		if !pyyaml.Plain(s) {
			t.Errorf("%q is not plain", s)
		}
		same(t, "- "+s+"\n", pyyaml.Append(nil, list(s), "\n"))
	}
}

func TestAppendLineBreaks(t *testing.T) {
	t.Parallel()
	value := object("k", words(20), "l", "a\nb\u2028c", "m", list("a"))
	want := "k: " + words(16) + "\n  " + words(4) + "\nl: 'a\n\n  b\u2028  c'\nm:\n- a\n"
	for lineBreak, written := range map[string]string{"\n": "\n", "\r": "\r", "\r\n": "\r\n", "": "\n", "\n\n": "\n"} {
		same(t, strings.ReplaceAll(want, "\n", written), pyyaml.Append(nil, value, lineBreak))
	}
}

func TestAppendKeepsDst(t *testing.T) {
	t.Parallel()
	same(t, "---\na: 1\n", pyyaml.Append([]byte("---\n"), object("a", card.Int(1)), "\n"))
	same(t, "---\na: 1", pyyaml.AppendFrontMatter([]byte("---\n"), object("a", card.Int(1)), "\n"))
}

func TestAppendShared(t *testing.T) {
	t.Parallel()
	inner := object("date", card.Int(1))
	outer := list(inner, card.Int(2))
	value := object("a", outer, "b", inner, "c", list(outer, inner), "d", object("e", outer), "f", outer[:1], "g", list(), "h", list())
	same(t, "a: &id002\n- &id001\n  date: 1\n- 2\nb: *id001\nc:\n- *id002\n- *id001\nd:\n  e: *id002\nf:\n- *id001\ng: []\nh: []\n",
		pyyaml.AppendShared(nil, value, "\n"))
	same(t, "- date: 1\n- date: 1\n", pyyaml.Append(nil, list(inner, inner), "\n"))
}

func TestAppendSharedInItself(t *testing.T) {
	t.Parallel()
	loop := object("a", card.Int(1))
	loop.Set("self", loop)
	same(t, "&id001\na: 1\nself: *id001\n", pyyaml.AppendShared(nil, loop, "\n"))
}

func TestAppendFrontMatter(t *testing.T) {
	t.Parallel()
	empty := object()
	for _, tc := range []struct {
		name  string
		value *card.Map
		want  string
	}{
		{"nil", nil, "{}"},
		{"no keys", empty, "{}"},
		{"no last line break", object("a", "b"), "a: b"},
		{"no-break spaces at the ends", object("\u00a0a", "b\u00a0"), "a: b"},
		{"white space in quotes", object("a", "b "), "a: 'b '"},
		{"aliases", object("a", empty, "b", empty), "a: &id001 {}\nb: *id001"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			same(t, tc.want, pyyaml.AppendFrontMatter(nil, tc.value, "\n"))
		})
	}
}

func TestAppendPanicsOnAnotherType(t *testing.T) {
	t.Parallel()
	defer func() {
		if fmt.Sprint(recover()) != "pyyaml: not a free value" {
			t.Error("an int is not a free value")
		}
	}()
	pyyaml.Append(nil, 1, "\n")
}

func same(t *testing.T, want string, got []byte) {
	t.Helper()
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("-PyYAML +ours:\n%s", diff)
	}
}

func list(items ...any) []any { return items }

// object is a map of keys and values in turn.
func object(pairs ...any) *card.Map {
	m := &card.Map{}
	for i := 0; i < len(pairs); i += 2 {
		m.Set(fmt.Sprint(pairs[i]), pairs[i+1])
	}
	return m
}

func repeat(s string, n int) string { return strings.Repeat(s, n) }

func words(n int) string { return strings.TrimSuffix(repeat("word ", n), " ") }
