package check

import (
	"slices"
	"strings"
)

// schemaPack is what reading says: there is nothing to run, since a document
// that breaks one of these rules is no card, or warned when it was read.
var schemaPack = Pack{
	Name: "schema", Title: "Card document", Default: true,
	About:     "What makes a document a card: readable YAML, JSON or Markdown, known keys, values of the right kind, within the limits.",
	Reference: "docs/card-document.md; JSON Schema at /v1/schemas/card.json",
	Rules:     readingRules(),
}

const smallest = "model: {name: Example}\n"

// reading is the rules of the schema pack with the codes of the problems that
// trip them.
var reading = []struct {
	codes []string
	Rule
}{
	{[]string{"unreadable", "yaml", "empty", "several_documents"}, Rule{
		ID: "schema/readable", Severity: Error, Title: "the document is there, and is one YAML 1.2 document",
		Bad: "model: {name: Example\n", Good: smallest}},
	{[]string{"json", "trailing_data"}, Rule{
		ID: "schema/json", Severity: Error, Title: "the document is one JSON text",
		Reference: "RFC 8259", Bad: `{"model": {"name": "Example",}}`, Good: `{"model": {"name": "Example"}}`}},
	{[]string{"bad_front_matter"}, Rule{
		ID: "schema/front-matter", Severity: Error, Title: "the front matter is a mapping of keys to values",
		Bad: "---\n- license\n---\n# Example\n", Good: "---\nlicense: mit\n---\n# Example\n"}},
	{[]string{"not_utf8", "bad_text"}, Rule{
		ID: "schema/text", Severity: Error, Title: "texts are UTF-8 without control characters",
		Bad: "model: {name: \"Exam\\x07ple\"}\n", Good: "model: {name: \"Exämple\"}\n"}},
	{[]string{"over_limit", "too_large"}, Rule{
		ID: "schema/limits", Severity: Error, Title: "the document is within the limits on size, depth and number of values",
		Hint: "move long texts out of the card and link to them",
		Bad:  smallest + "metadata: {deep: " + strings.Repeat("[", 70) + strings.Repeat("]", 70) + "}\n", Good: smallest + "metadata: {deep: [[1, 2], [3]]}\n"}},
	{[]string{"duplicate_key"}, Rule{
		ID: "schema/duplicate-key", Severity: Error, Title: "a key stands once in its mapping",
		Bad: "model: {name: Example, license: mit, license: apache-2.0}\n", Good: "model: {name: Example, license: mit}\n"}},
	{[]string{"bad_key", "bad_tag", "bad_alias"}, Rule{
		ID: "schema/construct", Severity: Error, Title: "keys are texts, and tags and aliases mean something here",
		Bad: "model: {name: {{ model_name }}}\n", Good: "model: {name: \"{{ model_name }}\"}\n"}},
	{[]string{"unknown_key"}, Rule{
		ID: "schema/unknown-key", Severity: Error, Title: "every key is one that a card has",
		Hint: "free keys have their place in metadata and sections",
		Bad:  "model: {name: Example, licence: mit}\n", Good: "model: {name: Example, license: mit}\n"}},
	{[]string{"required", "no_id"}, Rule{
		ID: "schema/required", Severity: Error, Title: "what a card cannot do without is there",
		Bad: "model: {license: mit}\n", Good: smallest}},
	{[]string{"wrong_type", "bad_number"}, Rule{
		ID: "schema/type", Severity: Error, Title: "a value is of the kind that its key takes",
		Bad: "model: {name: Example, tags: nlp}\n", Good: "model: {name: Example, tags: [nlp]}\n"}},
	{[]string{"not_allowed", "out_of_range"}, Rule{
		ID: "schema/value", Severity: Error, Title: "a value is one that its key allows",
		Bad: smallest + "technical: {approach: guessing}\n", Good: smallest + "technical: {approach: supervised}\n"}},
	{[]string{"too_long", "not_one_line"}, Rule{
		ID: "schema/line", Severity: Error, Title: "a short text is one line within its length",
		Bad: "model: {name: \"Exam\\nple\"}\n", Good: smallest}},
	{[]string{"bad_id"}, Rule{
		ID: "schema/id", Severity: Error, Title: "an identifier is namespace/name",
		Hint: "each part begins with a letter or digit and has letters, digits, dots, hyphens and underscores",
		Bad:  "model: {id: \"acme/my model\"}\n", Good: "model: {id: acme/my-model}\n"}},
	{[]string{"bad_image"}, Rule{
		ID: "schema/image", Severity: Error, Title: "a picture is Base64", Reference: "RFC 4648, section 4",
		Bad:  smallest + "evaluation: {graphics: {collection: [{name: ROC, image: \"not a picture\"}]}}\n",
		Good: smallest + "evaluation: {graphics: {collection: [{name: ROC, image: aGVsbG8=}]}}\n"}},
	{[]string{"no_reason"}, Rule{
		ID: "schema/not-applicable", Severity: Error, Title: "not_applicable has a reason",
		Hint: "say in a sentence why the field does not apply",
		Bad:  smallest + "intended_use: {downstream_use: {not_applicable: \"\"}}\n", Good: smallest + "intended_use: {downstream_use: {not_applicable: The licence forbids it.}}\n"}},
	{[]string{"yaml11"}, Rule{
		ID: "schema/yaml11", Severity: Warning, Title: "readers of YAML 1.1 take a value as YAML 1.2 does",
		Hint: "quote it if it is text", Reference: "YAML 1.2.2, section 10.3",
		Bad: "model: {name: Example, language: no}\n", Good: "model: {name: Example, language: \"no\"}\n"}},
}

func readingRules() []Rule {
	rules := make([]Rule, len(reading))
	for i := range reading {
		rules[i] = reading[i].Rule
		rules[i].find = func(*subject) []hit { return nil }
	}
	return rules
}

// readingRule is the rule that a problem of reading is about. What has no rule
// of its own is a value that is not allowed.
func readingRule(code string) *Rule {
	if code == modelIndexCode {
		return &modelIndexRule
	}
	for i := range reading {
		if slices.Contains(reading[i].codes, code) {
			return &reading[i].Rule
		}
	}
	return readingRule("not_allowed")
}
