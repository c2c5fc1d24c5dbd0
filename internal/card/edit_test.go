package card

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestSetField(t *testing.T) {
	t.Parallel()
	list := func(items ...any) any { return items }
	for name, tt := range map[string]struct {
		src, pointer string
		value        any
		want         string
	}{
		"scalar":                      {"a: 1 # one\nb: 2\n", "/a", 3, "a: 3 # one\nb: 2\n"},
		"text keeps its quotes":       {"a: 'x'\nb: \"y\"\n", "/b", "it's", "a: 'x'\nb: \"it's\"\n"},
		"single quotes":               {"a: 'x'   # c\n", "/a", "it's", "a: 'it''s'   # c\n"},
		"text that needs quotes":      {"a: x\n", "/a", "no", "a: 'no'\n"},
		"text of lines":               {"a: x\n", "/a", "b\nc", "a: \"b\\nc\"\n"},
		"url":                         {"a: x\n", "/a", "https://example.com/a#b", "a: 'https://example.com/a#b'\n"},
		"float":                       {"a: x\n", "/a", 1e-5, "a: 1.0e-05\n"},
		"null, true":                  {"a: {b: c}\n", "/a", list(nil, true), "a: [null, true]\n"},
		"plain of several lines":      {"a: x\n  y\n\n  z # c\nb: 1\n", "/a", "w", "a: w # c\nb: 1\n"},
		"quoted of several lines":     {"a: \"x\n  y\" # c\nb: 1\n", "/a", "w", "a: \"w\" # c\nb: 1\n"},
		"literal":                     {"a: | # c\n  x\n  y\n\n# d\nb: 1\n", "/a", "w", "a: w\n\n# d\nb: 1\n"},
		"kept literal":                {"a: |+\n  x\n\nb: 1\n", "/a", "w", "a: w\nb: 1\n"},
		"flow list":                   {"a: [x, 'y']  # c\n", "/a/1", "z", "a: [x, 'z']  # c\n"},
		"flow mapping":                {"a: {b: x, c: y}\n", "/a/b", 1, "a: {b: 1, c: y}\n"},
		"flow without a value":        {"a: {b, c}\n", "/a/b", 1, "a: {b: 1, c}\n"},
		"item":                        {"a:\n- x # c\n-   y\n", "/a/1", "z", "a:\n- x # c\n-   z\n"},
		"block list":                  {"a: # c\n- x\n- y # d\n# e\nb: 1\n", "/a", list("z", "no"), "a: # c\n- z\n- 'no' # d\n# e\nb: 1\n"},
		"block list becomes a text":   {"a: # c\n- x\n- y\nb: 1\n", "/a", "z", "a: z # c\nb: 1\n"},
		"mapping becomes a list":      {"a:\n    b: 1\n    c: 2\nd: 3\n", "/a", list(1), "a:\n    - 1\nd: 3\n"},
		"list becomes a mapping":      {"a:\n- 1\nd: 3\n", "/a", &Map{[]Entry{{"k", Int(1)}}}, "a:\n  k: 1\nd: 3\n"},
		"nested":                      {"a:\n  b:\n    - c: 1\n      d: 2\n", "/a/b/0/d", 3, "a:\n  b:\n    - c: 1\n      d: 3\n"},
		"empty value":                 {"a: # c\nb: 1\n", "/a", "x", "a: x # c\nb: 1\n"},
		"empty last value":            {"b: 1\na:", "/a", "x", "b: 1\na: x"},
		"new key":                     {"a: 1\nb:\n  - x # c\n\n# end\n", "/c", "z", "a: 1\nb:\n  - x # c\nc: z\n\n# end\n"},
		"new nested key":              {"a:\n    b: 1\nc: 2\n", "/a/d", list("x"), "a:\n    b: 1\n    d:\n    - x\nc: 2\n"},
		"new path":                    {"a: 1\n", "/b/c/d", "x", "a: 1\nb:\n  c: {d: x}\n"},
		"new key below null":          {"a:\nc: 2\n", "/a/d", "x", "a: {d: x}\nc: 2\n"},
		"new key in an item":          {"a:\n- b: 1\n- b: 2\n", "/a/0/c", 3, "a:\n- b: 1\n  c: 3\n- b: 2\n"},
		"new flow key":                {"a: {b: 1, }\n", "/a/c", 2, "a: {b: 1, c: 2, }\n"},
		"new item":                    {"a:\n- x\nb: 1\n", "/a/-", "z", "a:\n- x\n- z\nb: 1\n"},
		"new flow item":               {"a: [x, y]\n", "/a/2", "z", "a: [x, y, z]\n"},
		"new item of an empty list":   {"a: []\n", "/a/0", "z", "a: [z]\n"},
		"no line end":                 {"a: 1", "/b", 2, "a: 1\nb: 2"},
		"crlf":                        {"a: 1 # c\r\nb:\r\n- x\r\n", "/b/-", "z", "a: 1 # c\r\nb:\r\n- x\r\n- z\r\n"},
		"cr":                          {"a: 1\rb: 2\r", "/c", 3, "a: 1\rb: 2\rc: 3\r"},
		"empty document":              {"", "/a", 1, "a: 1\n"},
		"comments alone":              {"# c", "/a", 1, "# c\na: 1\n"},
		"empty mapping":               {"{} # c\n", "/a", 1, "a: 1 # c\n"},
		"bom":                         {"\uFEFFa: 1\n", "/a", 2, "\uFEFFa: 2\n"},
		"document marks":              {"---\na: 1\n...\n", "/b", 2, "---\na: 1\nb: 2\n...\n"},
		"anchor that nothing repeats": {"a: &x 1\n", "/a", 2, "a: 2\n"},
		"alias":                       {"a: &x [1]\nb: *x\n", "/b", 2, "a: &x [1]\nb: 2\n"},
		"own key over a merged one":   {"a: &x {k: 1}\nb:\n  <<: *x\n", "/b/k", 2, "a: &x {k: 1}\nb:\n  <<: *x\n  k: 2\n"},
		"pointer with escapes":        {"a/b: {~: 1}\n", "/a~1b/~0", 2, "a/b: {~: 2}\n"},
		"explicit key":                {"? a\n: b\n? c\n: d\n", "/a", "x", "? a\n: x\n? c\n: d\n"},
		"unicode before it":           {"é😀: {日本: x, k: y}\n", "/é😀/k", "z", "é😀: {日本: x, k: z}\n"},
		"quotes in plain flow text":   {"a: [it's, b]\n", "/a/1", "c", "a: [it's, c]\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := SetField([]byte(tt.src), tt.pointer, tt.value)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, string(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestDeleteField(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ src, pointer, want string }{
		"scalar":             {"a: 1 # one\n# two\nb: 2\n", "/a", "# two\nb: 2\n"},
		"block":              {"a: 1\nb:\n- x\n- y # c\n\nc: 3\n", "/b", "a: 1\n\nc: 3\n"},
		"literal":            {"a: |\n  x\n   y\nb: 2\n", "/a", "b: 2\n"},
		"last line":          {"a: 1\nb: 2", "/b", "a: 1"},
		"item":               {"a:\n  - x\n  - y\n", "/a/0", "a:\n  - y\n"},
		"flow item":          {"a: [x, y, z]\n", "/a/1", "a: [x, z]\n"},
		"last flow item":     {"a: [x, y ]\n", "/a/1", "a: [x ]\n"},
		"flow key":           {"{a: 1, b: 2}\n", "/a", "{b: 2}\n"},
		"only key":           {"a:\n  b: 1\nc: 2\n", "/a/b", "a: {}\nc: 2\n"},
		"only item":          {"a:\n- b # c\nc: 2\n", "/a/0", "a: [] # c\nc: 2\n"},
		"only field":         {"# c\na: 1\n", "/a", "# c\n{}\n"},
		"first key after -":  {"a:\n- b: 1\n  c: 2\n", "/a/0/b", "a:\n- c: 2\n"},
		"crlf":               {"a: 1\r\nb: 2\r\n", "/a", "b: 2\r\n"},
		"what is not there":  {"a: 1\n", "/b/c", "a: 1\n"},
		"alias":              {"a: &x [1]\nb: *x\n", "/b", "a: &x [1]\n"},
		"empty value":        {"a:\nb: 2\n", "/a", "b: 2\n"},
		"explicit key":       {"? a\n: b\n? c\n: d\n", "/a", "? c\n: d\n"},
		"anchor with aliase": {"b: 1\na: &x [&y z, *y]\n", "/a", "b: 1\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := DeleteField([]byte(tt.src), tt.pointer)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, string(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestMetadata(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		src, pointer string
		value        any // nil deletes
		want         string
	}{
		"set":                 {"---\nlicense: mit # c\ntags:\n- a\n---\n\n# A\n---\n", "/license", "apache-2.0", "---\nlicense: apache-2.0 # c\ntags:\n- a\n---\n\n# A\n---\n"},
		"add":                 {"---\nlicense: mit\n---\n# A\n", "/language", "no", "---\nlicense: mit\nlanguage: 'no'\n---\n# A\n"},
		"delete":              {"---\nlicense: mit\ntags: [a]\n---\n# A\n", "/tags", nil, "---\nlicense: mit\n---\n# A\n"},
		"delete all":          {"---\nlicense: mit\n---\n# A\n", "/license", nil, "---\n{}\n---\n# A\n"},
		"empty":               {"---\n---\n# A\n", "/license", "mit", "---\nlicense: mit\n---\n# A\n"},
		"empty, crlf":         {"---\r\n---\r\n# A\r\n", "/license", "mit", "---\r\nlicense: mit\r\n---\r\n# A\r\n"},
		"blank":               {"---\n\n---\n# A\n", "/license", "mit", "---\nlicense: mit\n---\n# A\n"},
		"none":                {"# A\r\ntext\r\n", "/license", "mit", "---\r\nlicense: mit\r\n---\r\n# A\r\ntext\r\n"},
		"none to delete from": {"# A\n", "/license", nil, "# A\n"},
		"nothing at all":      {"", "/license", "mit", "---\nlicense: mit\n---\n"},
		"bom and space":       {"\uFEFF\n---\nlicense: mit\n---\n# A", "/license", "x", "\uFEFF\n---\nlicense: x\n---\n# A"},
		"crlf":                {"---\r\nlicense: mit\r\ntags:\r\n- a\r\n---\r\n# A\r\n", "/tags/-", "b", "---\r\nlicense: mit\r\ntags:\r\n- a\r\n- b\r\n---\r\n# A\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := DeleteMetadata([]byte(tt.src), tt.pointer)
			if tt.value != nil {
				got, err = SetMetadata([]byte(tt.src), tt.pointer, tt.value)
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, string(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestEditRefuses(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]func() ([]byte, error){
		"anchor that an alias repeats": func() ([]byte, error) { return SetField([]byte("a: &x [1]\nb: *x\n"), "/a", 2) },
		"below an anchor":              func() ([]byte, error) { return SetField([]byte("a: &x {k: 1}\nb: *x\n"), "/a/k", 2) },
		"below an alias":               func() ([]byte, error) { return SetField([]byte("a: &x {k: 1}\nb: *x\n"), "/b/k", 2) },
		"deleted anchor":               func() ([]byte, error) { return DeleteField([]byte("a: &x [1]\nb: *x\n"), "/a") },
		"merged key":                   func() ([]byte, error) { return DeleteField([]byte("a: &x {k: 1}\nb: {<<: *x}\n"), "/b/k") },
		"no list":                      func() ([]byte, error) { return SetField([]byte("a: [1]\n"), "/a/5", 2) },
		"below a text":                 func() ([]byte, error) { return SetField([]byte("a: x\n"), "/a/b", 2) },
		"root":                         func() ([]byte, error) { return SetField([]byte("a: x\n"), "", 2) },
		"no pointer":                   func() ([]byte, error) { return SetField([]byte("a: x\n"), "a", 2) },
		"no mapping":                   func() ([]byte, error) { return SetField([]byte("[a]\n"), "/a", 2) },
		"not a value":                  func() ([]byte, error) { return SetField([]byte("a: x\n"), "/a", struct{}{}) },
		"not a number":                 func() ([]byte, error) { return SetField([]byte("a: x\n"), "/a", math.Inf(1)) },
	} {
		if got, err := edit(); !errors.Is(err, ErrEdit) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	for _, src := range []string{"a: &x [1]\nb: *x\n", "a: [&x {}]\nb: *x\n"} {
		if _, err := SetField([]byte(src), "/a", 2); err == nil || !strings.Contains(err.Error(), "&x in it is repeated by an alias on line 2") {
			t.Errorf("%q: %v does not say what is wrong", src, err)
		}
	}
	var refused *Error
	if _, err := SetField([]byte("a: [\n"), "/a", 1); !errors.As(err, &refused) {
		t.Errorf("a document that cannot be read: %v", err)
	}
}

// Any field of any document can be set, or it is refused; what is around it
// stays, and the data is the old data with the change.
func TestEditChangesNothingElse(t *testing.T) {
	t.Parallel()
	done := 0
	rapid.Check(t, func(rt *rapid.T) {
		g := documentGenerator{rt}
		src := g.document()
		data, err := plainData(src)
		if err != nil {
			return // not every mixture is a document
		}
		pointer := g.pointer(data)
		var got []byte
		if rapid.Bool().Draw(rt, "delete") {
			got, err = DeleteField(src, pointer)
			deleteFree(&data, PointerTokens(pointer))
		} else {
			v := cardGenerator{t: rt}.free(2)
			got, err = SetField(src, pointer, v)
			_ = setFree(&data, PointerTokens(pointer), v)
		}
		if err != nil {
			if !errors.Is(err, ErrEdit) {
				rt.Fatalf("%v", err)
			}
			return
		}
		done++
		after, err := plainData(got)
		if err != nil || !bytes.Equal(appendJSON(nil, data), appendJSON(nil, after)) {
			rt.Fatalf("%q becomes %q: %v", src, got, err)
		}
		checkAround(rt, string(src), string(got))
	})
	if done < 30 {
		t.Errorf("only %d edits were made", done)
	}
}

// checkAround finds every comment of other lines again: an edit removes one
// span of lines and adds another.
func checkAround(t *rapid.T, before, after string) {
	a, b := strings.SplitAfter(before, "\n"), strings.SplitAfter(after, "\n")
	start := 0
	for start < len(a) && start < len(b) && a[start] == b[start] {
		start++
	}
	end := 0
	for end < len(a)-start && end < len(b)-start && a[len(a)-1-end] == b[len(b)-1-end] {
		end++
	}
	removed := strings.Join(a[start:len(a)-end], "")
	if n := strings.Count(removed, "x_other"); n > 1 {
		t.Fatalf("the edit went over %d fields:\n%s\n-- becomes\n%s", n, before, after)
	}
}

// documentGenerator writes mappings in every style, with comments.
type documentGenerator struct{ *rapid.T }

func (g documentGenerator) pick(label string, from ...string) string {
	return rapid.SampledFrom(from).Draw(g.T, label)
}

func (g documentGenerator) document() []byte {
	var b strings.Builder
	for i := range rapid.IntRange(0, 4).Draw(g.T, "keys") {
		b.WriteString(g.pick("before", "", "", "# comment\n", "\n"))
		b.WriteString("k" + string(rune('0'+i)) + ":" + g.value(2, 2))
		b.WriteString("\nx_other" + string(rune('0'+i)) + ": 1 # stays\n")
	}
	text := b.String()
	if rapid.IntRange(0, 4).Draw(g.T, "crlf") == 0 {
		text = strings.ReplaceAll(text, "\n", "\r\n")
	}
	return []byte(text)
}

func (g documentGenerator) value(depth, indent int) string {
	pad := strings.Repeat(" ", indent)
	kind := rapid.IntRange(0, 8).Draw(g.T, "kind")
	if depth == 0 {
		kind = min(kind, 4)
	}
	switch kind {
	case 0:
		return ""
	case 1:
		return " |" + g.pick("chomp", "", "-", "+") + "\n" + pad + " a\n\n" + pad + "  # text\n" + pad + " b"
	case 2:
		return " " + g.pick("quoted", "'it''s'", `"a\"b # c"`, "\"a\n"+pad+" b\"", "'a: b'") + g.pick("after", "", " # c")
	case 3, 4:
		return " " + g.pick("plain", "a", "a b", "no", "1", "1.5", "null", "a\n"+pad+" b", "é😀", "&x a", "it's", "[a, 'b', {c: d}]", "{a: 1, b}", "[]", "{}", "[a, # c\n"+pad+" b]") + g.pick("after", "", " # c", "  ")
	case 5, 6:
		var b strings.Builder
		if indent > 0 && rapid.Bool().Draw(g.T, "unindented") {
			pad = pad[:indent-2]
		}
		for range rapid.IntRange(1, 3).Draw(g.T, "items") {
			b.WriteString("\n" + pad + "-" + g.value(depth-1, len(pad)+2))
		}
		return g.pick("after", "", " # c") + b.String()
	}
	var b strings.Builder
	for i := range rapid.IntRange(1, 3).Draw(g.T, "entries") {
		b.WriteString("\n" + pad + "m" + string(rune('0'+i)) + ":" + g.value(depth-1, indent+2))
	}
	return g.pick("after", "", " # c") + b.String()
}

// pointer is of a value that is there, or of one beside it.
func (g documentGenerator) pointer(data any) string {
	var tokens []string
	for {
		switch d := data.(type) {
		case *Map:
			if d.Len() > 0 && rapid.IntRange(0, 5).Draw(g.T, "stop") > 0 {
				e := rapid.SampledFrom(d.Entries).Draw(g.T, "entry")
				tokens, data = append(tokens, e.Key), e.Value
				if rapid.Bool().Draw(g.T, "deeper") {
					continue
				}
				return Pointer(tokens...)
			}
			return Pointer(append(tokens, g.pick("new", "new", "a/b", "no", "new key"))...)
		case []any:
			i := rapid.IntRange(0, len(d)).Draw(g.T, "item")
			tokens = append(tokens, string(rune('0'+i)))
			if i == len(d) {
				return Pointer(tokens...)
			}
			data = d[i]
		default:
			return Pointer(tokens...)
		}
	}
}

func FuzzEdit(f *testing.F) {
	for _, s := range yamlSeeds {
		f.Add([]byte(s), "/model/name", "x")
	}
	f.Add([]byte("a: [b, {c: 'd'}] # e\nf:\n- |+\n  g\n\n- h\n"), "/f/0", "no")
	f.Add([]byte("a: &x {b: 1}\nc: {<<: *x}\r\n"), "/c/d", "")
	f.Fuzz(func(t *testing.T, src []byte, pointer, value string) {
		before, err := plainData(src)
		if err != nil {
			return
		}
		tokens := PointerTokens(pointer)
		if out, err := SetField(src, pointer, value); err == nil {
			want := before
			after, err := plainData(out)
			if setErr := setFree(&want, tokens, strings.ToValidUTF8(value, "\uFFFD")); err != nil || setErr != nil || !bytes.Equal(appendJSON(nil, want), appendJSON(nil, after)) {
				t.Fatalf("%q becomes %q", src, out)
			}
		}
		if before, err = plainData(src); err != nil {
			t.Fatal(err)
		}
		if out, err := DeleteField(src, pointer); err == nil {
			deleteFree(&before, tokens)
			if after, err := plainData(out); err != nil || !bytes.Equal(appendJSON(nil, before), appendJSON(nil, after)) {
				t.Fatalf("%q becomes %q", src, out)
			}
		}
		if out, err := SetMetadata(src, pointer, value); err == nil {
			_, body, _, _ := SplitFrontMatter(bytes.TrimPrefix(src, bom))
			if _, after, _, ok := SplitFrontMatter(bytes.TrimPrefix(out, bom)); !ok || !bytes.Equal(body, after) {
				t.Fatalf("%q becomes %q", src, out)
			}
		}
	})
}
