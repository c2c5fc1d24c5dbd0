package render

import (
	"regexp"
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// hyperparameters prints "- name: value" lines, as the Trainer of transformers
// does.
type hyperparameters struct{}

func (hyperparameters) appendTo(dst []byte, c *card.Card) []byte {
	m := c.Training.Hyperparameters
	if m.Len() == 0 {
		return dst
	}
	dst = append(dst, '\n')
	for _, e := range m.Entries {
		dst = append(append(append(dst, "- "...), e.Key...), ": "...)
		dst = append(card.AppendPlain(dst, e.Value), '\n')
	}
	return dst
}

var (
	hyperparameterName = regexp.MustCompile(`^[^\s:*\x60\[<][^\s:]*$`)
	hyperparameter     = regexp.MustCompile(`^[-*] ([^\s:*\x60\[<][^\s:]*): (\S.*)$`)
)

func (hyperparameters) takeFrom(c *card.Card, text string) string {
	return takeLines(text, func(line string) bool {
		match := hyperparameter.FindStringSubmatch(line)
		if match == nil {
			return false
		}
		if c.Training.Hyperparameters == nil {
			c.Training.Hyperparameters = &card.Map{}
		}
		if _, twice := c.Training.Hyperparameters.Get(match[1]); twice {
			return false
		}
		c.Training.Hyperparameters.Set(match[1], card.ParseValue(match[2]))
		return true
	})
}

func (hyperparameters) isPlain(c *card.Card, _ string) bool {
	for _, e := range entriesOf(c.Training.Hyperparameters) {
		if !hyperparameterName.MatchString(e.Key) || !isPlainValue(e.Value) {
			return false
		}
	}
	return true
}

func isPlainValue(v any) bool {
	switch v := v.(type) {
	case nil, bool, card.Number:
		return true
	case string:
		return !isBoilerplate(v)
	}
	return false
}

// sizes prints the figures of the architecture as labelled lines.
type sizes struct{}

var sizeLabels = []string{"Parameters", "Training compute (FLOPs)", "Context length (tokens)"}

func sizeFields(c *card.Card) []**card.Number {
	return []**card.Number{&c.Technical.Parameters, &c.Technical.TrainingFLOPs, &c.Technical.ContextLength}
}

func (sizes) appendTo(dst []byte, c *card.Card) []byte {
	t := c.Technical
	if t.Parameters == nil && t.TrainingFLOPs == nil && t.ContextLength == nil {
		return dst
	}
	dst = append(dst, '\n')
	for i, n := range [...]*card.Number{t.Parameters, t.TrainingFLOPs, t.ContextLength} {
		if n != nil {
			dst = append(append(append(dst, "- **"...), sizeLabels[i]...), ":** "...)
			dst = append(append(dst, *n...), '\n')
		}
	}
	return dst
}

func (sizes) takeFrom(c *card.Card, text string) string {
	fields := sizeFields(c)
	return takeLines(text, func(line string) bool {
		i, rest, found := labelled(line, sizeLabels)
		if !found || *fields[i] != nil {
			return false
		}
		n, isNumber := card.ParseValue(rest).(card.Number)
		if isNumber && n.Float64() >= 0 {
			*fields[i] = &n
			return true
		}
		return false
	})
}

func (sizes) isPlain(*card.Card, string) bool { return true }

// citation prints the labelled forms of a citation.
type citation struct{}

const (
	bibtexLine = "**BibTeX:**"
	apaLine    = "**APA:**"
)

func (citation) appendTo(dst []byte, c *card.Card) []byte {
	dst = append(dst, "\n"+bibtexLine+"\n\n"...)
	switch {
	case c.Citation.BibTeX != "":
		fence := fenceFor(c.Citation.BibTeX)
		dst = append(append(dst, fence...), "bibtex\n"...)
		dst = append(append(append(append(dst, c.Citation.BibTeX...), '\n'), fence...), '\n')
	default:
		dst = appendGap(dst, c, "/citation/bibtex")
	}
	dst = append(dst, "\n"+apaLine+"\n\n"...)
	if c.Citation.APA != "" {
		return appendText(dst, c.Citation.APA, 2)
	}
	return appendGap(dst, c, "/citation/apa")
}

func appendGap(dst []byte, c *card.Card, pointer string) []byte {
	if reason, ok := c.NotApplicable[pointer]; ok {
		return append(append(append(dst, notApplicableTag...), reason...), '\n')
	}
	return append(dst, gapText+"\n"...)
}

// fenceFor is a code fence that the text does not have in it.
func fenceFor(s string) string {
	fence := "```"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	return fence
}

func (citation) takeFrom(c *card.Card, text string) string {
	rest, bibtex, hasBibTeX := cutLine(text, bibtexLine)
	var apa string
	var hasAPA bool
	if hasBibTeX {
		bibtex, apa, hasAPA = cutLine(bibtex, apaLine)
	} else {
		rest, apa, hasAPA = cutLine(text, apaLine)
	}
	if hasBibTeX {
		takeField(c, &c.Citation.BibTeX, "/citation/bibtex", unfence(strings.TrimSpace(bibtex)))
	}
	if hasAPA {
		takeField(c, &c.Citation.APA, "/citation/apa", apa)
	}
	return unfencedBibTeX(c, rest)
}

func (citation) isPlain(c *card.Card, text string) bool {
	bibtex, apa := c.Citation.BibTeX, c.Citation.APA
	return !bibtexEntry.MatchString(text) && isPlainLine(bibtex) && isPlainBlock(apa) && !strings.Contains(bibtex, "**") && !strings.Contains(apa, "**") &&
		bibtex == strings.TrimSpace(bibtex)
}

// unfencedBibTeX takes a text that is nothing but a BibTeX entry, as most
// cards give it.
func unfencedBibTeX(c *card.Card, text string) string {
	entry := unfence(strings.TrimSpace(text))
	if c.Citation.BibTeX == "" && bibtexEntry.MatchString(entry) && entry != strings.TrimSpace(text) {
		c.Citation.BibTeX = entry
		return ""
	}
	return text
}

var bibtexEntry = regexp.MustCompile(`(?s)^@[A-Za-z]+\s*\{.*\}$`)

// cutLine splits a text around the first line that is just so.
func cutLine(text, line string) (before, after string, found bool) {
	padded := "\n" + text + "\n"
	before, after, found = strings.Cut(padded, "\n"+line+"\n")
	if !found {
		return text, "", false
	}
	return strings.TrimPrefix(before, "\n"), strings.TrimSuffix(after, "\n"), true
}

// unfence takes the code fence off a text that is one fenced block.
func unfence(s string) string {
	first, rest, found := strings.Cut(s, "\n")
	fence := first[:len(first)-len(strings.TrimLeft(first, "`"))]
	if !found || len(fence) < 3 {
		return s
	}
	body, ok := strings.CutSuffix(rest, "\n"+fence)
	if !ok || strings.Contains("\n"+body, "\n"+fence) {
		return s
	}
	return body
}

// takeLines gives each line of a text outside code to take, and returns the
// text without the lines that were taken.
func takeLines(text string, take func(line string) bool) string {
	if text == "" {
		return ""
	}
	var kept []string
	fence := ""
	for line := range strings.SplitSeq(text, "\n") {
		trimmed := strings.TrimSpace(line)
		switch {
		case fence != "" && strings.HasPrefix(trimmed, fence):
			fence = ""
		case fence == "" && (strings.HasPrefix(trimmed, "```") || strings.HasPrefix(trimmed, "~~~")):
			fence = trimmed[:3]
		case fence == "" && take(line):
			continue
		}
		kept = append(kept, line)
	}
	return strings.Join(kept, "\n")
}
