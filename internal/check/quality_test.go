package check

import "testing"

func TestPlaceholders(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"TODO: ask the team":                     true,
		"[More Information Needed]":              true,
		"Trained on {{ dataset }}.":              true,
		"{{ summary | default(\"\", true) }}":    true,
		"<insert a summary>":                     true,
		"Lorem ipsum dolor":                      true,
		"author = {{Acme Machine Learning}},":    false, // BibTeX keeps a name's capitals so
		"title={{deberta}: decoding}":            false,
		"the loss is $\\frac{{x}}{y_{{i}}}$":     false, // LaTeX
		"a to-do list app and its todo items":    false,
		"set `{{ messages }}` in the template":   false, // code
		"[link](https://example.com) and <br/>":  false,
		"it says <your name> in the greeting":    true,
		"the token <|im_start|> begins a turn":   false,
		"{{ANONYMIZED}} stands for a name in it": false,
	} {
		if got := placeholders.MatchString(withoutCode(text)) && mayHoldPlace(text); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}
