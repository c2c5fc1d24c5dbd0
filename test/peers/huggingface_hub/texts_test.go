//go:build e2e

package huggingface_hub_test

import "strings"

// plainTraps are scalars without quotes.
var plainTraps = []string{
	"no", "No", "NO", "yes", "on", "Off", "true", "True", "FALSE", "tRUE", "y", "N", "null", "Null", "~", "", "none", "NaN", "inf",
	"0", "-0", "1", "+1", "-1", "012", "-012", "08", "00", "007", "0o17", "0x1F", "0XFF", "-0x1f", "0b11", "0b2", "1_000", "_1", "1__", "0_",
	"123456789012345678901234567890", "1234567890123456789012345678901234567890123456789012345678901234567890", "0x10000000000000000", "-0x0",
	"1.0", "1.", ".5", "-.5", "+.5", "0.10", "20.90", "-0.0", "0.0", "00.5", "1.5e3", "1.5e+3", "1.5E-3", "1e5", "1e-5", "1E5", "1e+5", "-1e5", "1.0e-05", "1.0e+400", "1e400", "1.e+3", ".5e+1",
	"0.1", "0.30000000000000004", "1e16", "1.0e+16", "1.0e+15", "123456789.123456789", "1_0.5", "5e-324", "4.9e-324", "1.7976931348623157e+308",
	".inf", "-.inf", "+.INF", ".Inf", ".nan", ".NaN", "-.nan", "1:30", "12:30:45", "190:20:30", "190:20:30.15", "1:60", "0:30", "-1:30", "1:30.5",
	"2020-01-01", "2020-1-1", "2020-01", "20200101", "2020-01-01T00:00:00Z", "2020-01-01 01:02:03", "2001-12-14t21:59:43.10-05:00", "2020-01-01 x", "2022-01-20 01:02:03+00:00",
	"<", "<<<", "==", "x=y", "--", "-x", "?x", "?", ":x", "x:y", "a#b", "a,b", "it's", `a"b`, "a'b", "50%", "$5", "C:\\dir", "https://example.com/#x",
	"!!str no", "!!str 1", "!!str", "'no'", `"no"`, "'1e5'", `"012"`, "''", `""`, "'it''s'", `"\u00e9\x41\t"`, "[]", "{}", "[no, 1e5, 012]", "{a: no}", "[a: 1]", "[[], {}, [[]]]",
	"a b  c", "é", "日本語", "😀 and more", "👩\u200d🔬", "a\u00a0b", "apache-2.0", "1.2.3", "1 2", "x y # a comment", "x\n  y", "x\n\n  y\n  z", "'x\n  y'", "\"x\n  y\\\n  z\"", "|\n  a\n  b", ">-\n  a\n  b",
}

// blockTraps are front matter with aliases, merge keys and other structure.
var blockTraps = []string{
	"a: &x [1, 2]\nb: *x", "a: &x {k: 1}\nb: *x\nc: [*x, *x]", "language: &l [en, fr]\nlangs: *l", "datasets: &d\n- squad\n- glue\ntrain: *d\ntags: *d",
	"tags: &t [a, b]\nother: *t", "a: &x\n  b: &y [1]\nc: *y\nd: *x", "a: &x text\nb: *x", "a: &x 1\nb: [*x]", "a: &x []\nb: *x\nc: []", "a: &x {}\nb: *x",
	"base: &b\n  k: [1]\n  l: 2\nx:\n  <<: *b\n  l: 3", "base: &b {k: {z: 1}}\nx: {<<: *b}\ny: {<<: [*b, {q: 1}]}", "a: [&x [1], *x]",
	"model-index: []\nlicense: mit", "model-index:\nmodel_name: x", "model_name: x\ntags: [a]", "tags: [a]\nmodel_name: x", "zzz: 1\nmodel_name: x\nlicense: mit", "model_name: A", "model_name: ''",
	"tags: nlp", "tags: [a, b, a, c, b]", "tags: [1, true, 1.0, '1', [a], [a], {x: 1}, null, null]", "tags: []", "tags: ~", "tags: ''", "tags:\n- \n- a",
	"license: ~", "license: ''", "license: ' mit '", "license: [mit, gpl]", "license: {id: mit}", "language: []", "language: ''", "language: [no, 'no', nb]", "language:\n- no", "base_model: [a/b]", "base_model: a/b", "datasets: squad", "metrics: [a, 1]",
	"co2_eq_emissions: 0.5", "co2_eq_emissions: 1e5", "co2_eq_emissions: -1", "co2_eq_emissions: {emissions: 1, source: x}", "co2_eq_emissions: {source: x, emissions: 1}", "co2_eq_emissions: {emissions: '1'}",
	"k: [null, ~, {a: null}]", "k:\n  a:\n  b: 1", "k:\n- - 1\n  - 2\n- - - 3", "? k\n: v", "? [a]\n: v", "1: x\ntrue: y", "k: {1: a, 1.5: b, null: c, true: d, 2020-01-01: e}", "'1': x", "k: &anchor\n  a: 1", "\"k\\n2\": v", "? " + strings.Repeat("k", 130) + "\n: v",
	strings.Repeat("k", 122) + ": v", strings.Repeat("k", 123) + ": v", "k: 1 # comment\n# another\nl: 2", "# only a comment", "", "{}", "{a: 1, b: [2]}", "%YAML 1.1", "k: v\n...", "a: 1\na: 2", "k: \"\\r\\n\"", "k: \"a\\rb\"", "k: \"\\x07\"", "k: \"\\N\\L\\P\\_\\uFEFF\"",
	"model-index:\n- name: m\n  results: []", "model-index:\n- name: m", "model-index: x", "model-index:\n- name: m\n  results:\n  - task: {type: t}\n    dataset: {type: d, name: D}\n    metrics: [{type: a, value: 1}]\nlicense: mit\nmodel_name: n",
	"model-index:\n- name: m\n  results:\n  - task: {type: t, name: T}\n    dataset: {type: d, name: D, args: {x: null, y: [null, 1]}}\n    metrics: [{type: a, value: 1e-5, args: &x [1]}, {type: b, value: 2, args: *x}]\n  - task: {type: t, name: other}\n    dataset: {type: d, name: E}\n    metrics: [{type: c, value: '3'}]\n    source: {url: u, name: n}",
	"model-index:\n- name: m\n  results:\n  - task: {type: t}\n    dataset: {type: d, name: D, revision: 012, config: 1, split: no}\n    metrics: [{type: a, value: no, verified: true, verifyToken: x}]\n- name: 2\n  results:\n  - task: {type: t}\n    dataset: {type: d, name: D, config: 1.0}\n    metrics: [{type: a, value: 1, verified: null}]",
}

// words make sentences, most of them plain.
var words = []string{
	"accuracy", "model", "f1", "wer", "English", "trained", "the", "was", "a", "on", "it's", "text,", "x:y", "#1", "naïve", "日本語", "😀",
	"apache-2.0", "a\u00a0b", "👩\u200d🔬", "say", "no", "1.0", "-", "internationalization", "(see", "below)", `"so"`,
}

// alphabets each concentrate on one rule.
var alphabets = []string{
	"0123456789-+._:eExbTZ ", "yesnotruefalseoffNULLnull~", "ab '\n", "ab \t\r\n\"\\", " ?:-#,[]{}&*!|>'\"%@`ab", "a\u00a0 é日😀\u200d", "é日😀\u200d\u00a0\ufffd\ue000\U0001f9d1 a", "=<~.-!",
}

// texts are texts that something went wrong with, or could.
var texts = append([]string{
	"", "~", "null", "true", "no", "NO", "off", "1", "1.0", "012", "1e5", "1:30", "2020-01-01", ".inf", "=", "<<", "y", "0x1F", "1_000", "0o17",
	"-", "--", "---", "...", "- x", "? x", ": x", "x:", "x: y", "a #b", "#a", "a, b", "[a", "{a", "&a", "*a", "!a", "|a", ">a", "%a", "@a", "`a", "'a'", `"a"`, "it's",
	" ", " a", "a ", "a  b", "\n", "a\n", "a\nb", "a\n\nb", "a\n b", "a \nb", "a\tb", "\t", "a\rb", "a\r\nb", "true\n",
	"\u00a0", "a\u00a0", "é", "日本語", "😀", "👩\u200d👩\u200d👧", "😀\t", "\ufffd", "\u200b", "e\u0301", "\u3000", "a\u3000b", "\U0010fffe",
}, long()...)

// long are texts around the widths that rules depend on.
func long() []string {
	var texts []string
	for n := 76; n <= 82; n++ {
		x := strings.Repeat("x", n)
		texts = append(texts, x+" y z", "'"+x+" y z", x+"\t y z", strings.Repeat("日", n)+" y z")
	}
	for n := 121; n <= 124; n++ {
		texts = append(texts, strings.Repeat("k", n), strings.Repeat("日", n))
	}
	return append(texts, strings.Repeat("word ", 40)+"end", strings.Repeat("it's ", 40), strings.Repeat("a\tb ", 60), "https://example.com/"+strings.Repeat("path/", 30), strings.Repeat("line of text\n", 5))
}

// metricValues are values of metrics, and what people write for them.
var metricValues = []string{"0.9", "93.25", "1", "-0.5", "1e-5", "20.90", "'0.9'", "no", "20.0 ± 1.2", ".inf", "[1, null, 2]", "{mean: 0.5, std: 1e-3}", "true", "''"}
