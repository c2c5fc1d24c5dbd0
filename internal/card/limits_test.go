package card

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func nested(open, inner, end string, n int) string {
	return strings.Repeat(open, n) + inner + strings.Repeat(end, n)
}

// keysJSON is an object of n keys, which is YAML too.
func keysJSON(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `, "k%d": 1`, i)
	}
	return "{" + strings.TrimPrefix(b.String(), ", ") + "}"
}

// TestLimits reads the largest that is allowed and refuses the next.
func TestLimits(t *testing.T) {
	t.Parallel()
	metadata := func(v string) string { return `{"model": {"name": "x"}, "metadata": {"a": ` + v + `}}` }
	reason := `{"not_applicable": "r"}`
	answers := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `, "k%d": `+reason, i)
		}
		return `{` + strings.TrimPrefix(b.String(), ", ") + `}`
	}
	tests := []struct {
		name    string
		src     func(n int) string
		most    int
		pointer string
		column  int // 0: not looked at
	}{
		// The document, its metadata and the value are levels 0, 1 and 2.
		{"depth of lists", func(n int) string { return metadata(nested("[", "", "]", n)) }, maxDepth - 1, "/metadata/a" + strings.Repeat("/0", maxDepth-1), 0},
		{"depth of mappings", func(n int) string { return metadata(nested(`{"b":`, "1", "}", n)) }, maxDepth - 2, "/metadata/a" + strings.Repeat("/b", maxDepth-1), 0},
		{"keys", func(n int) string { return metadata(keysJSON(n)) }, maxKeys, "/metadata/a", 44},
		{"key length", func(n int) string { return metadata(`{"` + strings.Repeat("k", n) + `": 1}`) }, maxKeyLength, "/metadata/a", 45},
		// Nine other nodes: three mappings, four keys, the name and the list.
		{"values", func(n int) string { return metadata("[" + strings.TrimSuffix(strings.Repeat("1,", n), ",") + "]") }, maxNodes - 9, "", 0},
		{"reasons", func(n int) string {
			return `{"model": {"name": "x"}, "compliance": {"eu_cra": {"answers": ` + answers(n/2) + `}, "gdpr": {"answers": ` + answers(n-n/2) + `}}}`
		}, maxKeys, fmt.Sprintf("/compliance/gdpr/answers/k%d", maxKeys/2), 0},
		{"lines of texts", func(n int) string { return metadata(`"` + strings.Repeat(`x\n`, n-1) + `x"`) }, (maxDocumentStructure-parserCost)/4 - 1, "/metadata/a", 44},
		{"lists in lists", func(n int) string { return metadata(`"` + strings.Repeat("- ", n) + ` a\n"`) }, maxMarkers, "/metadata/a", 44},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			readJSON(t, tt.src(tt.most))
			for name, read := range map[string]func([]byte) (*Document, error){"JSON": ReadJSON, "YAML": ReadYAML} {
				if name == "YAML" && tt.name == "key length" {
					continue // the library has its own limit for keys in quotes
				}
				_, err := read([]byte(tt.src(tt.most + 1)))
				var e *Error
				if !errors.As(err, &e) || e.Kind != Unreadable || codes(e.Problems) != "over_limit" {
					t.Errorf("%s: got %v, want one problem over_limit", name, err)
					continue
				}
				p := e.Problems[0]
				if p.Pointer != tt.pointer && name == "JSON" && tt.pointer != "" || p.Line != 1 && name == "JSON" || tt.column > 0 && p.Column != tt.column || p.Hint != hintOverLimit {
					t.Errorf("%s: got %+v, want pointer %s, column %d", name, p, tt.pointer, tt.column)
				}
			}
		})
	}
}

func TestLimitsOfYAML(t *testing.T) {
	t.Parallel()
	over := func(pointer string, line, column int, hint string) []Problem {
		return []Problem{{Pointer: pointer, Line: line, Column: column, Code: "over_limit", Hint: hint}}
	}
	aliases := func(n int) string {
		return "model: {name: &x x}\nmetadata:\n  a: [" + strings.Repeat("*x,", n) + "]\n"
	}
	readYAML(t, aliases(maxAliases))
	merges := "a: &a " + keysJSON(300) + "\nb: &b " + strings.ReplaceAll(keysJSON(300), "k", "l") + "\n"
	bomb := "a: &a [1,1,1,1,1,1,1,1,1]\n"
	for c := 'b'; c < 'j'; c++ {
		bomb += fmt.Sprintf("%c: &%c [%s]\n", c, c, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*%c,", c-1), 9), ","))
	}
	checkRefused(t, ReadYAML, []refused{
		{"aliases", aliases(maxAliases + 1), Unreadable, over("", 3, 7+3*maxAliases, "write the values out")},
		{"alias bomb", bomb, Unreadable, over("", 5, 11, "write the values out")},
		{"merged keys", merges + "c: {<<: [*a, *b]}\n", Unreadable, over("/c", 3, 4, hintOverLimit)},
		{"brackets", nested("[", "", "]", 1000), Unreadable, over("", 1, maxLoadDepth+1, hintOverLimit)},
		{"indentation", strings.Repeat("- ", 1000), Unreadable, over("", 1, 2*maxLoadDepth+1, hintOverLimit)},
		{"many small values", "a: [" + strings.Repeat("a,", 100_000) + "]", Unreadable, over("", 0, 0, hintOverLimit)},
	})
}

func TestLimitsOfSize(t *testing.T) {
	t.Parallel()
	yaml := func(size int) string {
		const head = "model: {name: x}\n#"
		return head + strings.Repeat("x", size-len(head))
	}
	json := func(key string, size int) string {
		head := `{"model": {"name": "x"}, "training": {"datasets": [{"graphics": {"collection": [{"` + key + `": "`
		const tail = `"}]}}]}}`
		return head + strings.Repeat("A", size-len(head)-len(tail)) + tail
	}
	readYAML(t, yaml(MaxYAML))
	readJSON(t, json("image", MaxDocument))
	readJSON(t, `{"model": {"description": "`+strings.Repeat("x", MaxText-len(`{"model": {"description": "", "name": "x"}}`))+`", "name": "x"}}`)
	want := []Problem{{Code: "too_large", Hint: "move long texts out of the card and link to them"}}
	checkRefused(t, ReadYAML, []refused{{"YAML", yaml(MaxYAML + 1), TooLarge, want}})
	checkRefused(t, ReadJSON, []refused{
		{"JSON", json("name", MaxText+1), TooLarge, want},
		{"JSON with pictures", json("image", MaxDocument+1), TooLarge, want},
		{"text under the name of a picture", strings.Replace(json("image", 200), "AA", "A A", 1), Invalid, []Problem{{Pointer: "/training/datasets/0/graphics/collection/0/image", Line: 1, Column: 91, Code: "bad_image", Hint: "embed it with base64 -w0"}}},
	})
}

// Problems and warnings of a hostile document would fill the answer.
func TestProblemsAreBounded(t *testing.T) {
	t.Parallel()
	var e *Error
	_, err := ReadYAML([]byte("model: {name: x}\nmetadata: [" + strings.Repeat("!x a,", 1000) + "]"))
	if !errors.As(err, &e) || len(e.Problems) != maxProblems {
		t.Errorf("bad tags: got %v", err)
	}
	if _, err = ReadYAML([]byte(keysJSON(maxKeys))); !errors.As(err, &e) || len(e.Problems) != maxProblems {
		t.Errorf("unknown keys: got %v", err)
	}
	if _, err = ReadYAML([]byte("model: {name: x}\ntraining:\n" + strings.ReplaceAll(strings.Trim(strings.ReplaceAll(keysJSON(200), ": 1, ", ": {not_applicable: r}\n  "), "{}"), `"k`, `  "k`))); !errors.As(err, &e) || len(e.Problems) > maxProblems {
		t.Errorf("unknown fields that do not apply: got %v", err)
	}
	doc := readYAML(t, "model: {name: x}\nmetadata: {a: ["+strings.Repeat("on,", 1000)+"]}")
	if len(doc.Warnings) != maxProblems {
		t.Errorf("got %d warnings", len(doc.Warnings))
	}
}
