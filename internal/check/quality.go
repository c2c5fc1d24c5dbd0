package check

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// qualityPack finds what no specification forbids and no reader believes.
var qualityPack = Pack{
	Name: "quality", Title: "Quality", Default: true,
	About:     "What contradicts itself or cannot be: placeholders, impossible metrics, intervals without their value, results that stand twice.",
	Reference: "docs/rules.md, quality",
	Rules:     slices.Concat(qualityTextRules, qualityMetricRules, qualityResultRules),
}

var qualityTextRules = []Rule{
	{ID: "quality/placeholder", Severity: Warning,
		Title: "no text holds the place of another", Hint: "write what belongs there, leave the field out, or say not_applicable with a reason",
		Bad: smallest + "considerations: {overview: \"TODO: ask the team about bias.\"}\n", Good: smallest + "considerations: {overview: Sarcasm is taken at its word.}\n",
		find: findPlaceholders},
	{ID: "quality/repeated-text", Severity: Info,
		Title: "sections say different things", Hint: "keep the text where it belongs",
		Bad:  smallest + "considerations: {overview: The same long text stands in two sections of this card.}\ntraining: {overview: The same long text stands in two sections of this card.}\n",
		Good: smallest + "considerations: {overview: The model takes sarcasm at its word in most reviews.}\ntraining: {overview: The same long text stands in one section of this card.}\n",
		find: findRepeatedTexts},
	{ID: "quality/short-description", Severity: Info,
		Title: "the summary or description says what the model does", Hint: "write at least a sentence of fifty characters",
		Bad: "model: {name: Example, summary: A model.}\n", Good: "model: {name: Example, summary: A compact English sentiment classifier for product reviews.}\n",
		applies: func(s *subject) bool { return s.Model.Summary != "" || s.Model.Description != "" },
		find: func(s *subject) []hit {
			if utf8.RuneCountInString(s.Model.Summary) >= 50 || utf8.RuneCountInString(s.Model.Description) >= 50 {
				return nil
			}
			if s.Model.Summary == "" {
				return []hit{{pointer: "/model/description"}}
			}
			return []hit{{pointer: "/model/summary"}}
		}},
	{ID: "quality/date", Severity: Info, Reference: "ISO 8601",
		Title: "the date of the version is written as year-month-day",
		Bad:   "model: {name: Example, date: 14/09/2026}\n", Good: "model: {name: Example, date: 2026-09-14}\n",
		find: func(s *subject) []hit {
			if s.Model.Date == "" || isoDate.MatchString(s.Model.Date) {
				return nil
			}
			return []hit{{pointer: "/model/date", message: fmt.Sprintf("the date %q reads differently in different countries", s.Model.Date)}}
		}},
}

var isoDate = regexp.MustCompile(`^\d{4}(?:-\d{2}(?:-\d{2}(?:T\S+)?)?)?$`)

// placeholders are words that stand for a text that is still to be written.
// Capitals count: a to-do list is no placeholder. A template's {{ variable }}
// stands alone and is in lower case; BibTeX and LaTeX have double braces too.
var placeholders = regexp.MustCompile(`\b(?:TODO|FIXME|TBD|TBA)\b|\[(?i:more information needed|insert[^\]]*|your[^\]]*here|needs more information)\]|(?i:lorem ipsum)|(?:^|[\s(>*])\{\{\s*[a-z_][a-z0-9_.]*\s*(?:\|[^{}\n]*)?\}\}|<(?i:insert|your)[ _-][^<>\n]*>`)

func findPlaceholders(s *subject) []hit {
	var hits []hit
	s.texts(func(text string, pointer func() string) {
		if !mayHoldPlace(text) {
			return
		}
		if found := placeholders.FindString(withoutCode(text)); found != "" {
			hits = append(hits, hit{pointer: pointer(), message: fmt.Sprintf("%q holds the place of a text", shorten(strings.TrimSpace(found)))})
		}
	})
	return hits
}

// mayHoldPlace is a quick look before the pattern is tried.
func mayHoldPlace(text string) bool {
	for _, mark := range []string{"TODO", "FIXME", "TBD", "TBA", "[", "{{", "<"} {
		if strings.Contains(text, mark) {
			return true
		}
	}
	return strings.Contains(text, "psum") || strings.Contains(text, "PSUM")
}

var codeBlock = regexp.MustCompile("(?s)```.*?```|~~~.*?~~~|`[^`\n]*`")

// withoutCode is a text without its code, where a mark is part of a language.
func withoutCode(text string) string {
	if !strings.ContainsAny(text, "`~") {
		return text
	}
	return codeBlock.ReplaceAllString(text, "")
}

func shorten(s string) string {
	if utf8.RuneCountInString(s) <= 60 {
		return s
	}
	return string([]rune(s)[:59]) + "…"
}

// findRepeatedTexts looks for long texts that stand in two places.
func findRepeatedTexts(s *subject) []hit {
	var hits []hit
	seen := map[string]string{}
	s.texts(func(text string, pointer func() string) {
		if len(text) < 50 || strings.Contains(text, "://") && !strings.Contains(text, " ") {
			return
		}
		at := pointer()
		if at == "/model/title" || strings.HasPrefix(at, "/metadata/") {
			return // a heading is the name, and front matter is what a format wants
		}
		if first, again := seen[text]; again {
			hits = append(hits, hit{pointer: at, message: "the same text stands at " + first})
			return
		}
		seen[text] = at
	})
	return hits
}
