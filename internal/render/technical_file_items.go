package render

import (
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/card/regulation"
)

// itemLevel is the level of the heading of an item; those in texts of the card
// are below it.
const itemLevel = 3

// appendItemAnswer appends one item and what the card says about it. A value
// that an item of the same set has shown is referred to: shown has its item.
func appendItemAnswer(dst []byte, c *card.Card, a *regulation.Answer, shown map[string]string) []byte {
	dst = appendHeading(dst, itemLevel, a.Item.Ref+": "+a.Item.Title)
	dst = append(append(append(dst, "\n*Asked:* "...), a.Item.Asks...), '\n')
	if a.Item.Where != "" {
		dst = append(append(append(dst, "*Only* "...), a.Item.Where...), ".\n"...)
	}
	if a.Item.See != "" {
		dst = append(append(append(dst, "*See also* "...), a.Item.See...), ".\n"...)
	}
	dst = append(append(append(dst, "\n**"...), capitalised(a.Status.String())...), "**"...)
	if a.Status == regulation.NotApplicable {
		dst = append(append(dst, ": "...), a.Reason...)
	}
	dst = append(dst, '\n')
	for i := range a.Evidence {
		dst = appendEvidence(dst, c, &a.Evidence[i], a.Item.Ref, shown)
	}
	return appendGaps(dst, a)
}

func capitalised(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

func appendEvidence(dst []byte, c *card.Card, e *regulation.Evidence, ref string, shown map[string]string) []byte {
	dst = append(append(append(dst, "\nFrom `"...), e.Pointer...), '`')
	if first, ok := shown[e.Pointer]; ok {
		return append(append(append(dst, ": see "...), first...), ".\n"...)
	}
	shown[e.Pointer] = ref
	dst = append(dst, ":\n\n"...)
	return appendQuote(dst, evidenceText(c, e))
}

// appendGaps lists the parts that the card says do not apply, and what it does
// not say with the place for it.
func appendGaps(dst []byte, a *regulation.Answer) []byte {
	open := a.Status == regulation.Missing || a.Status == regulation.Partial
	if !open && (a.Status == regulation.NotApplicable || len(a.Waived) == 0) {
		return dst
	}
	dst = append(dst, '\n')
	for _, w := range a.Waived {
		dst = append(append(append(dst, "- Not applicable: "...), w.Part.Name...), " (`"...)
		dst = append(append(append(append(dst, w.Pointer...), "`): "...), w.Reason...), '\n')
	}
	for _, p := range a.Missing {
		dst = append(append(dst, "- Missing: "...), p.Name...)
		if len(p.Fields) > 0 {
			dst = append(dst, ". Put it in "+joinAlternatives(p.Fields)...)
		}
		dst = append(dst, ".\n"...)
	}
	switch {
	case !open:
		return dst
	case len(a.Missing) == 0:
		dst = append(dst, "- Missing: an answer. Put it in `"...)
	default:
		dst = append(dst, "- An answer to the whole item goes to `"...)
	}
	return append(append(dst, a.Pointer()...), "`.\n"...)
}

func joinAlternatives(fields []string) string { return "`" + strings.Join(fields, "` or `") + "`" }

// evidenceText is a value of a card as Markdown.
func evidenceText(c *card.Card, e *regulation.Evidence) string {
	if e.Pointer == "/evaluation/results" && countMetrics(c.Evaluation.Results) > 0 {
		return strings.Trim(string(resultsTable{}.appendTo(nil, c)), "\n")
	}
	return valueText(e.Value)
}

// valueText is a free value as Markdown: a text as it is, lists and mappings
// as lists.
func valueText(v any) string {
	switch v := v.(type) {
	case string:
		return card.NormalizeText(v)
	case []any:
		items := make([]string, len(v))
		for i := range v {
			items[i] = listItem(valueText(v[i]))
		}
		return strings.Join(items, "\n")
	case *card.Map:
		return mapText(v)
	}
	return string(card.AppendPlain(nil, v))
}

// mapText is a mapping on one line where all of its values are plain and on
// one, and a list otherwise.
func mapText(m *card.Map) string {
	entries := make([]string, m.Len())
	inline := true
	for i, e := range m.Entries {
		label, value := "**"+strings.Join(strings.Fields(e.Key), " ")+":**", valueText(e.Value)
		_, isList := e.Value.([]any)
		_, isMap := e.Value.(*card.Map)
		inline = inline && !isList && !isMap && !strings.Contains(value, "\n")
		entries[i] = label + " " + value
		if isList || strings.Contains(value, "\n") {
			entries[i] = label + "\n\n" + value
		}
	}
	if inline {
		return strings.Join(entries, "; ")
	}
	for i := range entries {
		entries[i] = listItem(entries[i])
	}
	return strings.Join(entries, "\n")
}

// listItem is a text as an item of a list, with its lines below each other.
func listItem(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		if i > 0 && lines[i] != "" {
			lines[i] = "  " + lines[i]
		}
	}
	return "- " + strings.Join(lines, "\n")
}

// appendQuote appends a text as a block quote: whatever is in it, a heading, a
// fence that is open or a comment, ends with the quote (CommonMark 0.31,
// section 5.1).
func appendQuote(dst []byte, s string) []byte {
	if hasHeading(s) {
		s = demote(s, itemLevel)
	}
	for line := range strings.SplitSeq(strings.TrimRight(s, "\n"), "\n") {
		dst = append(dst, '>')
		if line != "" {
			dst = append(append(dst, ' '), line...)
		}
		dst = append(dst, '\n')
	}
	return dst
}
