//go:build e2e

package huggingface_hub_test

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/render/pyyaml"
)

// generator writes model cards in YAML as people and programs do: every style
// of scalar and collection, and every trap in every place. One seed gives one
// sequence.
type generator struct {
	*rand.Rand
	anchors int
	// calm leaves out what YAML 1.1 alone takes for something else, so that all
	// of a card can be compared.
	calm    bool
	indices int
}

func newGenerator(seed uint64) *generator {
	return &generator{Rand: rand.New(rand.NewPCG(seed, seed))}
}

func (g *generator) oneIn(n int) bool { return g.IntN(n) == 0 }

func pick[T any](g *generator, from []T) T { return from[g.IntN(len(from))] }

var knownKeys = []string{
	"base_model", "datasets", "language", "library_name", "license", "license_name", "license_link", "metrics", "model_name",
	"pipeline_tag", "tags", "base_model_relation", "new_version", "co2_eq_emissions", "thumbnail", "inference", "extra_gated_fields",
}

// card is a README with front matter.
func (g *generator) card() string {
	g.anchors, g.calm = 0, g.oneIn(2)
	lines := []string{}
	for _, i := range g.Perm(len(knownKeys)) {
		if g.oneIn(2) {
			lines = append(lines, g.entry(knownKeys[i], g.knownValue(knownKeys[i])))
		}
	}
	for i := range g.IntN(5) {
		lines = append(lines, g.entry(g.freeKey(i), g.value(3, 2)))
	}
	if g.oneIn(2) {
		lines = append(lines, "model-index:"+g.modelIndex())
	}
	g.Shuffle(len(lines), func(i, j int) {
		if g.anchors == 0 { // an alias comes after its anchor
			lines[i], lines[j] = lines[j], lines[i]
		}
	})
	block := strings.Join(lines, "\n")
	if len(lines) == 0 {
		block = pick(g, []string{"", "{}", "# nothing", "null"})
	}
	text := "---\n" + block + "\n---\n" + pick(g, []string{"", "\n# Model Card for x\n\ntext\n", "# x\n", "text\n"})
	if g.oneIn(8) {
		text = strings.ReplaceAll(text, "\n", "\r\n")
	}
	return text
}

func (g *generator) entry(key, value string) string { return key + ":" + value }

func (g *generator) freeKey(i int) string {
	if g.oneIn(3) {
		return g.scalarIn("x"+strconv.Itoa(i)+" "+pick(g, texts), true)
	}
	return "x_" + strconv.Itoa(i)
}

// knownValue is what a key of the specification has, or anything at all.
func (g *generator) knownValue(key string) string {
	switch {
	case g.oneIn(5):
		return g.value(2, 2)
	case key == "co2_eq_emissions" && g.oneIn(2):
		return "\n  emissions: " + g.trap() + "\n  source: " + g.scalarIn(g.text(), false) + "\n  hardware_used: 8 V100"
	case key == "tags" || g.oneIn(2):
		return g.block(g.IntN(5), 0, func() string { return " " + g.scalar(2) })
	}
	return " " + g.scalar(2)
}

// value is a value after a key or a dash, whose own lines are indented so far.
func (g *generator) value(depth, indent int) string {
	if g.anchors > 0 && g.oneIn(6) {
		return fmt.Sprintf(" *a%d", g.IntN(g.anchors))
	}
	if depth == 0 || g.oneIn(3) {
		return " " + g.scalar(indent)
	}
	anchor := ""
	if g.oneIn(12) {
		defer func(n int) { g.anchors = max(g.anchors, n+1) }(g.anchors) // not before it is complete
		anchor = fmt.Sprintf(" &a%d", g.anchors)
		depth = min(depth, 1)
	}
	switch {
	case g.oneIn(4):
		return anchor + " " + g.flow(depth)
	case g.oneIn(2):
		return anchor + g.block(1+g.IntN(4), indent, func() string { return g.value(depth-1, indent+2) })
	}
	return anchor + g.mapping(depth, indent)
}

// block is a block list at an indent.
func (g *generator) block(n, indent int, item func() string) string {
	if n == 0 {
		return " []"
	}
	var b strings.Builder
	for range n {
		b.WriteString("\n" + strings.Repeat(" ", indent) + "-" + item())
		if g.oneIn(20) {
			b.WriteString("\n# a comment")
		}
	}
	return b.String()
}

func (g *generator) mapping(depth, indent int) string {
	n := g.IntN(4)
	if n == 0 {
		return " {}"
	}
	var b strings.Builder
	for i := range n {
		key := "k" + strconv.Itoa(i)
		switch g.IntN(8) {
		case 0:
			key = g.scalarIn(strconv.Itoa(i)+g.text(), true)
		case 1:
			if !g.calm {
				key = strconv.Itoa(i) // as in id2label
			}
		}
		b.WriteString("\n" + strings.Repeat(" ", indent) + key + ":" + g.value(depth-1, indent+2))
	}
	return b.String()
}

// flow is a flow collection on one line.
func (g *generator) flow(depth int) string {
	parts := make([]string, g.IntN(4))
	open, end := "[", "]"
	isMap := g.oneIn(2)
	if isMap {
		open, end = "{", "}"
	}
	for i := range parts {
		if isMap {
			parts[i] = "f" + strconv.Itoa(i) + ": "
		}
		if depth > 0 && g.oneIn(3) {
			parts[i] += g.flow(depth - 1)
		} else {
			parts[i] += g.scalarIn(g.text(), true)
		}
	}
	return open + strings.Join(parts, ", ") + end
}

// scalar is a scalar in block context: a trap as it stands, or a text in one
// of the styles that can hold it.
func (g *generator) scalar(indent int) string {
	switch g.IntN(5) {
	case 0:
		return g.trap()
	case 1:
		return g.literal(indent)
	}
	return g.scalarIn(g.text(), false)
}

// trap is a scalar without quotes.
func (g *generator) trap() string { return g.undisputed(plainTraps) }

// undisputed picks a scalar, in a calm card one that is the same to all.
func (g *generator) undisputed(from []string) string {
	for {
		s := pick(g, from)
		t := card.Resolve11(s)
		word := strings.EqualFold(s, "true") || strings.EqualFold(s, "false")
		number := decimalInt.MatchString(s) || decimalFloat.MatchString(s)
		if !g.calm || t == card.String11 && !strings.ContainsAny(s[:1], "[{") || t == card.Null11 || t == card.Bool11 && word || number {
			return s
		}
	}
}

var (
	decimalInt   = regexp.MustCompile(`^[-+]?(0|[1-9][0-9]{0,30})$`)
	decimalFloat = regexp.MustCompile(`^[-+]?[0-9]+\.[0-9]*([eE][-+][0-9]{1,2})?$`)
)

func (g *generator) literal(indent int) string {
	header := pick(g, []string{"|", "|-", "|+", ">", ">-"})
	var b strings.Builder
	b.WriteString(header)
	for i := range 1 + g.IntN(4) {
		line := pick(g, []string{"a line", "it's one", "", "key: value", "# no comment", "  deeper", "日本語 😀", "tab\there", "trailing "})
		if i == 0 {
			line = "first"
		}
		if line != "" {
			line = strings.Repeat(" ", indent+1) + line
		}
		b.WriteString("\n" + line)
	}
	return b.String()
}

// scalarIn writes a text on one line.
func (g *generator) scalarIn(s string, flow bool) string {
	oneLine := !strings.ContainsAny(s, "\n\r\t\x07\u0085\u2028\u2029\ufeff")
	if pyyaml.Plain(s) && oneLine && !g.oneIn(3) && (!flow || !strings.ContainsAny(s, ",[]{}?")) && !strings.Contains(s, ": ") && !strings.Contains(s, " #") {
		return s
	}
	if oneLine && g.oneIn(2) {
		return "'" + strings.ReplaceAll(s, "'", "''") + "'"
	}
	return doubleQuoted(g, s)
}

var escapes = strings.NewReplacer("\n", `\n`, "\r", `\r`, "\t", `\t`, "\\", `\\`, `"`, `\"`, "\u0085", `\N`, "\u2028", `\L`, "\u2029", `\P`, "\ufeff", `\uFEFF`)

func doubleQuoted(g *generator, s string) string {
	s = escapes.Replace(s)
	if g.oneIn(3) {
		s = strings.NewReplacer("😀", `\U0001F600`, "é", `\xe9`, "\u00a0", `\_`).Replace(s)
	}
	return `"` + s + `"`
}

func (g *generator) text() string {
	switch g.IntN(4) {
	case 0:
		return pick(g, texts)
	case 1:
		parts := make([]string, 1+g.IntN(40))
		for i := range parts {
			parts[i] = pick(g, words)
		}
		return strings.Join(parts, pick(g, []string{" ", " ", " ", "  ", "\n"}))
	case 2:
		return strings.Repeat(pick(g, words), 1+g.IntN(20)) + pick(g, []string{"", " ", "\n"})
	}
	var b strings.Builder
	letters := []rune(pick(g, alphabets))
	for range g.IntN(100) {
		b.WriteRune(pick(g, letters))
	}
	return b.String()
}

// modelIndex has everything that the library regroups, drops and reorders.
func (g *generator) modelIndex() string {
	var b strings.Builder
	for range 1 + g.IntN(2)*g.IntN(2) {
		b.WriteString("\n- name: " + g.line() + "\n  results:")
		n := g.IntN(4)
		if n == 0 {
			b.WriteString(" []")
		}
		for range n {
			b.WriteString(g.result())
		}
	}
	return b.String()
}

func (g *generator) result() string {
	var b strings.Builder
	b.WriteString("\n  - task:\n      name: " + g.line() + "\n      type: " + g.undisputed([]string{"text-classification", "translation", "no"}))
	b.WriteString("\n    dataset:\n      type: " + pick(g, []string{"glue", "squad", "1"}) + "\n      name: " + g.line())
	for _, key := range []string{"config", "split", "revision", "args", "extra"} {
		if g.oneIn(4) {
			b.WriteString("\n      " + key + ":" + g.detail(key, 8))
		}
	}
	b.WriteString("\n    metrics:")
	for range 1 + g.IntN(3) {
		b.WriteString("\n    - value: " + g.undisputed(metricValues) + "\n      type: " + pick(g, words[:6]))
		for _, key := range []string{"name", "config", "args", "verified", "verifyToken", "extra"} {
			if g.oneIn(5) {
				b.WriteString("\n      " + key + ":" + g.detail(key, 8))
			}
		}
	}
	if g.oneIn(3) {
		b.WriteString("\n    source:\n      url: https://example.com/" + pick(g, words[:4]))
		if g.oneIn(2) {
			b.WriteString("\n      name: " + g.line())
		}
	}
	return b.String()
}

func (g *generator) detail(key string, indent int) string {
	switch {
	case key == "args":
		return g.value(2, indent)
	case key == "verified":
		return " " + g.undisputed([]string{"true", "false", "null", "yes"})
	case g.oneIn(3):
		return " " + g.undisputed([]string{"2019", "1.0", "null", "no", "012", "1e5", "true"})
	}
	return " " + pick(g, words[:8])
}

func (g *generator) line() string {
	if g.oneIn(4) {
		return g.scalarIn(g.text(), false)
	}
	return g.undisputed([]string{"GLUE", "a model", "'a  b'", "2024", "no", "日本語 😀", `"x\ty"`})
}

// evalResults is a file of .eval_results. All is about one data set, so that it
// becomes one file again.
func (g *generator) evalResults() string {
	g.anchors, g.calm = 0, true
	var b strings.Builder
	for range 1 + g.IntN(3) {
		b.WriteString("- dataset:\n    task_id: " + pick(g, words[:4]) + "\n    id: acme/hard\n")
		if g.oneIn(3) {
			b.WriteString("    revision: 5503434ddd753f426f4b38109466949a1217c2bb\n")
		}
		for _, line := range []string{"notes: " + g.quotedText(), "verifyToken: token", "date: '2026-01-15T10:30:00Z'", "source:\n    name: Logs\n    url: https://example.com/x", "source:\n    url: u\n    org: acme\n    user: ada"} {
			if g.oneIn(3) && !strings.Contains(b.String()[strings.LastIndex(b.String(), "- dataset"):], line[:6]) {
				b.WriteString("  " + line + "\n")
			}
		}
		b.WriteString("  value: " + g.undisputed(metricValues) + "\n")
	}
	return b.String()
}

// quotedText is a text in quotes that is not empty.
func (g *generator) quotedText() string {
	for {
		if s := g.text(); s != "" {
			return doubleQuoted(g, s)
		}
	}
}
