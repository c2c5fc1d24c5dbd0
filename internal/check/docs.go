package check

import (
	"fmt"
	"io"
	"strings"
)

// WriteDocs writes docs/rules.md: every rule, with an example that trips it and
// one that does not.
func WriteDocs(w io.Writer) error {
	var b strings.Builder
	b.WriteString(docsHead)
	for i := range packs {
		p := &packs[i]
		standing := "on request"
		if p.Default {
			standing = "default"
		}
		fmt.Fprintf(&b, "| [`%s`](#%s) | %s | %s | %d |\n", p.Name, p.Name, p.Title, standing, len(p.Rules))
	}
	for i := range packs {
		writePackDocs(&b, &packs[i])
	}
	_, err := io.WriteString(w, b.String())
	return err
}

const docsHead = `# Rules

This page is generated from the rules (` + "`make generate`" + `); a test runs both examples of every rule.

` + "`mcg validate FILE… --rules PACK,…` and `POST /v1/validate?rules=PACK,…`" + ` run the packs that are named; the default ones if none is, and
` + "`all`" + ` for every one. An *error* is refused by somebody, a *warning* costs somebody, an *info* could be better. A document fails by
findings of ` + "`--fail-on`" + ` (error) or worse, and by a pack whose score is below ` + "`--min-score`" + `. A pack's score is the share of its points
that the document earns: a rule counts 10 for an error, 4 for a warning and 1 for an info, unless it says otherwise. A field that is
` + "`{not_applicable: reason}`" + ` counts as answered. [Rules of your own](checks.md) are CEL expressions in a YAML file.

| pack | about | run | rules |
|---|---|---|---|
`

func writePackDocs(b *strings.Builder, p *Pack) {
	fmt.Fprintf(b, "\n## %s\n\n%s: %s\n\nReference: %s.\n", p.Name, p.Title, p.About, p.Reference)
	for i := range p.Rules {
		writeRuleDocs(b, &p.Rules[i])
	}
}

func writeRuleDocs(b *strings.Builder, r *Rule) {
	fmt.Fprintf(b, "\n<a id=\"%s\"></a>\n### %s\n\n%s: %s.", anchor(r.ID), r.ID, capital(string(r.Severity)), r.Title)
	if r.Points > 0 {
		fmt.Fprintf(b, " %d points.", r.Points)
	}
	if r.Hint != "" {
		fmt.Fprintf(b, " Hint: %s.", r.Hint)
	}
	if r.Reference != "" {
		fmt.Fprintf(b, " Reference: %s.", r.Reference)
	}
	if len(r.Fields) > 1 {
		fmt.Fprintf(b, " One of `%s` is enough.", strings.Join(r.Fields, "`, `"))
	}
	if r.Fixable {
		b.WriteString(" `--fix` repairs what is mechanical.")
	}
	b.WriteString("\n\nTrips it:\n\n")
	writeExample(b, r.BadExample())
	b.WriteString("\nDoes not:\n\n")
	writeExample(b, r.Good)
}

// BadExample is a document that trips the rule.
func (r *Rule) BadExample() string {
	if r.Bad == "" {
		return smallest
	}
	return r.Bad
}

func writeExample(b *strings.Builder, text string) {
	language := "yaml"
	switch {
	case strings.HasPrefix(text, "---"):
		language = "markdown"
	case strings.HasPrefix(text, "{"):
		language = "json"
	}
	fmt.Fprintf(b, "```%s\n%s\n```\n", language, strings.TrimSuffix(text, "\n"))
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
