//go:build e2e

package pyyaml_test

import "strings"

// words make sentences, most of them plain.
var words = []string{
	"a", "the", "model", "was", "trained", "on", "English", "it's", "text,", "x:y", "#1", "naïve", "日本語", "😀",
	"apache-2.0", "a\u00a0b", "👩\u200d🔬", "say", "no", "1.0", "-", "internationalization", "(see", "below)", `"so"`,
}

// alphabets each concentrate on one rule.
var alphabets = []string{
	"0123456789-+._:eExbTZ ",                         // types of YAML 1.1
	"01289:._-",                                      // numbers in base 60, dates
	"yesnotruefalseoffNULLnull~",                     // words that are types
	"ab '\n\u0085\u2028\u2029",                       // line breaks
	"ab \t\r\n\"\\",                                  // double quotes
	" ?:-#,[]{}&*!|>'\"%@`ab",                        // indicators
	"a\x00\x07\x08\x0b\x0c\x1b\x7f\x80\u00a0\ufeff ", // escapes
	"é日😀\u200d\u00a0\ufffd\ufffe\uffff\U0010ffff\U0001f9d1\ue000 a",
	"=<~.-!",
	"word word  word",
}

// traps are texts that something went wrong with, or could.
var traps = append([]string{
	// Types of YAML 1.1, and what only looks like one.
	"", "~", "null", "Null", "NULL", "nUll", "true", "True", "TRUE", "tRUE", "false", "False", "yes", "Yes", "YES", "no", "No", "NO",
	"on", "On", "ON", "off", "Off", "OFF", "y", "Y", "n", "N", "t", "f", "=", "==", "<<", "<", "<<<",
	"0", "1", "-1", "+1", "--1", "007", "012", "018", "0o12", "0b11", "0b2", "0b", "0x1F", "0xg", "0x", "-0x1f", "1_000", "_1", "1__", "0_",
	"1.0", "1.", ".5", "-.5", "+.5", ".", "..", "5.5.5", "1.5e3", "1.5e+3", "1.5E-3", "1e5", "1e+5", ".5e+1", ".e+1", "1._", "1.0.0",
	".inf", "-.inf", "+.INF", ".Inf", ".iNF", ".nan", ".NaN", "-.nan", "inf", "nan",
	"1:30", "12:30:45", "190:20:30", "1:60", "1:5:9", "0:30", "1:30.5", "0:30.5", "1:300", "1:", ":30", "-1:30",
	"2020-01-01", "2020-1-1", "2020-01-01T00:00:00Z", "2020-01-01 00:00:00", "2020-1-1t1:02:03.5 +01:00", "2020-01-01 1:2:3",
	"2001-12-14t21:59:43.10-05:00", "2001-12-14 21:59:43.10 -5", "2020-01-01T00:00:00z", "2020-01", "20200101", "2020-01-01 x",
	// Indicators.
	"-", "--", "---", "--- a", "---a", "...", "....", "..", "- x", "-x", "?", "? x", "?x", ":", ": x", ":x", "x:", "x: y", "x:y", "a #b", "a#b", "#a", "a\u00a0#b", "a\u2028#b",
	"a:\tb", "a:\u0085b", "a, b", ",a", "[a", "]a", "{a", "}a", "&a", "*a", "!a", "|a", ">a", "%a", "@a", "`a", "it's", "'a'", `a"b`, `"a"`, `a\b`, "a'", "''",
	"[]", "{}", "[a]", "{a: b}", "!!str", "a ? b", "https://example.com/#x", "C:\\dir", "a:b:c:",
	// White space and line breaks.
	" ", "  ", " a", "a ", "  a  ", "a  b", "\n", "\n\n", "a\n", "\na", "a\nb", "a\n\nb", "a\n\n\nb", "a\n b", "a \nb", "a\n  b", " \n", "\n ",
	"a\tb", "\t", "\ta", "a\t", "a\rb", "a\r\nb", "a\u0085b", "a\u2028b", "a\u2029b", "\u0085", "a\n\u0085b", "a\u0085\nb", "a\u2028\n\nb", "a\u0085", "it's\nhere", "a\n'b", "'\n'", "true\n", "1\n",
	// Unicode.
	"\u00a0", "a\u00a0", "\u00a0a", "\ufeff", "a\ufeffb", "é", "日本語", "😀", "👩\u200d👩\u200d👧", "😀\t", "\U0010ffff", "\U0010fffe", "\ufffd", "\ufffe", "\ud7ff", "\ue000", "\u200b", "e\u0301",
	"\x00", "\x07\x08\x0b\x0c\x1b", "\x7f", "\u0080", "\u009f", "\x1f", "\\\x00\"", "\u3000", "a\u3000",
}, long()...)

// long are texts around the widths that rules depend on.
func long() []string {
	var texts []string
	for n := 74; n <= 84; n++ {
		x := strings.Repeat("x", n)
		texts = append(texts, x+" y z", x+"  y z", "'"+x+" y z", x+"\t y z", x+"\ty\t z", x+"日 y", strings.Repeat("日", n)+" y z", x+"\t", x+" \t")
	}
	for n := 120; n <= 130; n++ {
		texts = append(texts, strings.Repeat("k", n), strings.Repeat("日", n), "'"+strings.Repeat("k", n-1), strings.Repeat("k ", n/2)+"k")
	}
	return append(texts,
		strings.Repeat("word ", 40)+"end", strings.Repeat("it's ", 40), strings.Repeat("a\tb ", 60), strings.Repeat("a\t", 90), strings.Repeat("😀\t", 30),
		strings.Repeat("line of text\n", 12), "key: "+strings.Repeat("word ", 40)+"end", strings.Repeat("a  ", 50)+"b", strings.Repeat(" ", 100)+"a",
		strings.Repeat("\\", 100), strings.Repeat("\" ", 60)+"x", strings.Repeat("x", 100)+"\t"+strings.Repeat(" ", 5)+"y",
	)
}
