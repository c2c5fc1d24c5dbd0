package render

import (
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// item is an entry of a list with a main text and labelled values below it:
//
//   - main text
//   - **Label:** value
type item struct {
	main   string
	values []string // by label
}

// appendItem prints an entry; a value that is empty is left out.
func appendItem(dst []byte, labels []string, main string, values ...string) []byte {
	dst = appendIndented(append(dst, "- "...), main, "  ")
	for i, value := range values {
		if value == "" {
			continue
		}
		dst = append(append(append(dst, "  - **"...), labels[i]...), ":** "...)
		dst = appendIndented(dst, value, "    ")
	}
	return dst
}

// appendIndented appends a text whose lines after the first are indented, so
// that they stay in the list item.
func appendIndented(dst []byte, s, indent string) []byte {
	for {
		line, rest, more := strings.Cut(s, "\n")
		dst = append(append(dst, line...), '\n')
		if !more {
			return dst
		}
		if rest != "" && rest[0] != '\n' {
			dst = append(dst, indent...)
		}
		s = rest
	}
}

// appendList prints the entries of a list after a blank line.
func appendList[T any](dst []byte, list []T, appendEntry func(dst []byte, entry *T) []byte) []byte {
	if len(list) == 0 {
		return dst
	}
	dst = append(dst, '\n')
	for i := range list {
		dst = appendEntry(dst, &list[i])
	}
	return dst
}

// parseItems reads a list as appendList prints it; ok is false for any other
// text, which is then left as it is.
func parseItems(text string, labels []string) (items []item, ok bool) {
	for _, lines := range splitItems(text, "- ") {
		if lines == nil {
			return nil, false
		}
		items = append(items, parseItem(lines, labels))
	}
	return items, len(items) > 0
}

// splitItems cuts a text before each line that begins with the marker. The
// lines of an item lose their indentation; a line that is not indented makes
// the text no list of ours, which a nil item says.
func splitItems(text, marker string) [][]string {
	var items [][]string
	for line := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		switch {
		case strings.HasPrefix(line, marker) || line == strings.TrimSpace(marker):
			items = append(items, []string{strings.TrimPrefix(strings.TrimPrefix(line, "-"), " ")})
		case len(items) == 0:
			return [][]string{nil}
		case strings.TrimSpace(line) == "":
			items[len(items)-1] = append(items[len(items)-1], "")
		case strings.HasPrefix(line, "  "):
			items[len(items)-1] = append(items[len(items)-1], line[2:])
		default:
			return [][]string{nil}
		}
	}
	return items
}

func parseItem(lines, labels []string) item {
	it := item{values: make([]string, len(labels))}
	var main []string
	at := -1
	var value []string
	flush := func() {
		if at >= 0 {
			it.values[at] = strings.TrimSpace(strings.Join(value, "\n"))
		}
	}
	for _, line := range lines {
		if i, rest, found := labelled(line, labels); found {
			flush()
			at, value = i, []string{rest}
		} else if at >= 0 {
			value = append(value, strings.TrimPrefix(line, "  "))
		} else {
			main = append(main, line)
		}
	}
	flush()
	it.main = strings.TrimSpace(strings.Join(main, "\n"))
	return it
}

func labelled(line string, labels []string) (index int, rest string, found bool) {
	after, ok := strings.CutPrefix(line, "- **")
	if !ok {
		return 0, "", false
	}
	for i, label := range labels {
		if rest, ok := strings.CutPrefix(after, label+":** "); ok {
			return i, rest, true
		}
	}
	return 0, "", false
}

// takeItems reads a list into a field and returns what is left of the text:
// nothing, or all of it where it is no such list.
func takeItems[T any](text string, labels []string, field *[]T, entry func(item) T) string {
	items, ok := parseItems(text, labels)
	if !ok {
		return text
	}
	for _, it := range items {
		*field = append(*field, entry(it))
	}
	return ""
}

func allPlain[T any](list []T, isPlain func(entry *T) bool) bool {
	for i := range list {
		if !isPlain(&list[i]) {
			return false
		}
	}
	return true
}

// textList is a plain list of texts.
type textList struct {
	field func(c *card.Card) *[]string
}

func (l textList) appendTo(dst []byte, c *card.Card) []byte {
	return appendList(dst, *l.field(c), func(dst []byte, s *string) []byte { return appendItem(dst, nil, *s) })
}

func (l textList) takeFrom(c *card.Card, text string) string {
	return takeItems(text, nil, l.field(c), func(it item) string { return it.main })
}

func (l textList) isPlain(c *card.Card, _ string) bool { return arePlainItems(*l.field(c)...) }

// partyList is a list of persons or teams.
type partyList struct {
	field func(c *card.Card) *[]card.Party
}

var partyLabels = []string{"Contact", "Role"}

func (l partyList) appendTo(dst []byte, c *card.Card) []byte {
	return appendList(dst, *l.field(c), func(dst []byte, p *card.Party) []byte {
		return appendItem(dst, partyLabels, p.Name, p.Contact, p.Role)
	})
}

func (l partyList) takeFrom(c *card.Card, text string) string {
	return takeItems(text, partyLabels, l.field(c), func(it item) card.Party {
		return card.Party{Name: it.main, Contact: it.values[0], Role: it.values[1]}
	})
}

func (l partyList) isPlain(c *card.Card, _ string) bool {
	return allPlain(*l.field(c), func(entry *card.Party) bool { return arePlainItems(entry.Name, entry.Contact, entry.Role) })
}

type referenceList struct{}

var referenceLabels = []string{"Link"}

func (referenceList) appendTo(dst []byte, c *card.Card) []byte {
	return appendList(dst, c.Model.References, func(dst []byte, r *card.Reference) []byte {
		return appendItem(dst, referenceLabels, r.Title, r.URL)
	})
}

func (referenceList) takeFrom(c *card.Card, text string) string {
	return takeItems(text, referenceLabels, &c.Model.References, func(it item) card.Reference {
		return card.Reference{Title: it.main, URL: it.values[0]}
	})
}

func (referenceList) isPlain(c *card.Card, _ string) bool {
	return allPlain(c.Model.References, func(entry *card.Reference) bool { return arePlainItems(entry.Title, entry.URL) })
}

type riskList struct{}

var riskLabels = []string{"Mitigation"}

func (riskList) appendTo(dst []byte, c *card.Card) []byte {
	return appendList(dst, c.Considerations.Ethical, func(dst []byte, r *card.Risk) []byte {
		return appendItem(dst, riskLabels, r.Name, r.Mitigation)
	})
}

func (riskList) takeFrom(c *card.Card, text string) string {
	return takeItems(text, riskLabels, &c.Considerations.Ethical, func(it item) card.Risk {
		return card.Risk{Name: it.main, Mitigation: it.values[0]}
	})
}

func (riskList) isPlain(c *card.Card, _ string) bool {
	return allPlain(c.Considerations.Ethical, func(entry *card.Risk) bool { return arePlainItems(entry.Name, entry.Mitigation) })
}

type fairnessList struct{}

var fairnessLabels = []string{"Benefits", "Harms", "Mitigation"}

func (fairnessList) appendTo(dst []byte, c *card.Card) []byte {
	return appendList(dst, c.Considerations.Fairness, func(dst []byte, f *card.Fairness) []byte {
		return appendItem(dst, fairnessLabels, f.GroupAtRisk, f.Benefits, f.Harms, f.Mitigation)
	})
}

func (fairnessList) takeFrom(c *card.Card, text string) string {
	return takeItems(text, fairnessLabels, &c.Considerations.Fairness, func(it item) card.Fairness {
		return card.Fairness{GroupAtRisk: it.main, Benefits: it.values[0], Harms: it.values[1], Mitigation: it.values[2]}
	})
}

func (fairnessList) isPlain(c *card.Card, _ string) bool {
	return allPlain(c.Considerations.Fairness, func(entry *card.Fairness) bool {
		return arePlainItems(entry.GroupAtRisk, entry.Benefits, entry.Harms, entry.Mitigation)
	})
}

// portList is a list of inputs or outputs.
type portList struct {
	field func(c *card.Card) *[]card.Port
}

var portLabels = []string{"Name", "Description"}

func (l portList) appendTo(dst []byte, c *card.Card) []byte {
	return appendList(dst, *l.field(c), func(dst []byte, p *card.Port) []byte {
		return appendItem(dst, portLabels, p.Format, p.Name, p.Description)
	})
}

func (l portList) takeFrom(c *card.Card, text string) string {
	return takeItems(text, portLabels, l.field(c), func(it item) card.Port {
		return card.Port{Format: it.main, Name: it.values[0], Description: it.values[1]}
	})
}

func (l portList) isPlain(c *card.Card, _ string) bool {
	return allPlain(*l.field(c), func(entry *card.Port) bool { return arePlainItems(entry.Format, entry.Name, entry.Description) })
}
