package card

import (
	"testing"
)

// What YAML 1.1 and 1.2 readers take for different things stays text, and is
// told of.
func TestFrontMatterKeepsWhatReadersDispute(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		plain string
		want  string // as JSON
		warns bool
	}{
		{"no", `"no"`, true}, {"on", `"on"`, true}, {"Off", `"Off"`, true}, {"y", `"y"`, false},
		{"012", `"012"`, true}, {"08", `"08"`, true}, {"0o17", `"0o17"`, true}, {"0b11", `"0b11"`, true}, {"0x1F", `31`, false}, {"-0x1F", `"-0x1F"`, true},
		{"1e5", `"1e5"`, true}, {"1e-5", `"1e-5"`, true}, {"1.5e3", `"1.5e3"`, true}, {"1.5e+3", `1500.0`, false}, {"-.5", `"-.5"`, true}, {".5", `0.5`, false},
		{"!!float 1e5", `100000.0`, true},
		{"1:30", `"1:30"`, true}, {"190:20:30.15", `"190:20:30.15"`, true}, {"1_000", `"1_000"`, true},
		{"2026-09-14", `"2026-09-14"`, true}, {"2026-09-14T01:02:03Z", `"2026-09-14T01:02:03Z"`, true}, {"2026-9-14", `"2026-9-14"`, false},
		{".inf", `".inf"`, true}, {".nan", `".nan"`, true}, {"=", `"="`, true}, {"'no'", `"no"`, false}, {"'1e5'", `"1e5"`, false}, {"1", `1`, false}, {"true", `true`, false},
	} {
		fm, err := ReadFrontMatter([]byte("---\nk: " + tt.plain + "\n---\n"))
		if err != nil {
			t.Errorf("%s: %v", tt.plain, err)
			continue
		}
		v, _ := fm.Values.Get("k")
		if got := string(appendJSON(nil, v)); got != tt.want {
			t.Errorf("%s is %s, want %s", tt.plain, got, tt.want)
		}
		var want []Problem
		if tt.warns {
			want = []Problem{{Pointer: "/k", Line: 2, Column: 4, Code: "yaml11", Hint: hintPlainText}}
		}
		checkProblems(t, want, fm.Warnings)
	}
}

func TestFrontMatterWarnsOfKeysThatAreNoTexts(t *testing.T) {
	t.Parallel()
	fm, err := ReadFrontMatter([]byte("---\nid2label:\n  0: a\n  '1': b\n  true: c\n---\n"))
	if err != nil {
		t.Fatal(err)
	}
	checkProblems(t, []Problem{
		{Pointer: "/id2label/0", Line: 3, Column: 3, Code: "key_type", Hint: hintPlainText},
		{Pointer: "/id2label/true", Line: 5, Column: 3, Code: "key_type", Hint: hintPlainText},
	}, fm.Warnings)
}
