package card

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// Limits on what is read, before anything is decoded. They are far above what
// a card needs and far below what costs a server.
const (
	// MaxYAML is the largest YAML document or front matter, in bytes.
	MaxYAML = 256 << 10
	// MaxText is the largest Markdown or JSON document, in bytes, without the
	// pictures embedded in it.
	MaxText = 1 << 20
	// MaxDocument is the largest document with embedded pictures, in bytes.
	MaxDocument = 8 << 20

	maxDepth     = 32
	maxNodes     = 20_000
	maxKeys      = 500
	maxKeyLength = 1024 // bytes; YAML 1.2 has the same for an implicit key (7.4.2)
	maxAliases   = 100
	maxProblems  = 100 // told of one document

	// The YAML library counts every indentation and bracket as a level, and
	// texts have commas and colons too, so these two are set with room; the
	// walk that follows has the exact limits.
	maxLoadDepth  = 2 * maxDepth
	maxIndicators = 2 * maxNodes
)

const hintOverLimit = "move data out of the card and link to it"

// walker checks a tree once, before decoding: limits, keys, control
// characters. It expands merge keys, lifts not_applicable out of the tree, and
// collects warnings.
type walker struct {
	yaml          bool // warn of what YAML readers take differently
	front         bool // the Hub's tools will read this, by YAML 1.1
	path          []string
	nodes         int
	structure     int // cost of the texts
	free          int // > 0 below a free mapping
	notApplicable map[string]string
	positions     map[string]*yaml.Node
	warnings      []Problem
	problems      []Problem
}

// limitError stops the walk: what is over a limit is not looked at further.
type limitError struct{ problem Problem }

func (e limitError) Error() string { return e.problem.Detail }

func (w *walker) visit(n *yaml.Node, depth int) error {
	if w.nodes++; w.nodes > maxNodes {
		return w.overLimit(n, fmt.Sprintf("more than %d values", maxNodes))
	}
	if depth > maxDepth {
		return w.overLimit(n, fmt.Sprintf("values nested deeper than %d levels", maxDepth))
	}
	w.checkTag(n)
	switch n.Kind {
	case yaml.MappingNode:
		return w.visitMapping(n, depth)
	case yaml.SequenceNode:
		return w.visitSequence(n, depth)
	}
	w.visitScalar(n)
	return w.countStructure(n)
}

// countStructure bounds what the texts of a card cost to be parsed as Markdown.
func (w *walker) countStructure(n *yaml.Node) error {
	if len(w.path) > 0 && isPictureKey(w.path[len(w.path)-1]) {
		return nil
	}
	if w.structure += structureCost(n.Value); w.structure > maxDocumentStructure {
		return w.overLimit(n, "texts with too many lines, lists and quotes")
	}
	return nil
}

func (w *walker) visitSequence(n *yaml.Node, depth int) error {
	for i, item := range n.Content {
		w.path = append(w.path, strconv.Itoa(i))
		if err := w.visit(item, depth+1); err != nil {
			return err
		}
		w.path = w.path[:len(w.path)-1]
	}
	return nil
}

func (w *walker) visitMapping(n *yaml.Node, depth int) error {
	if err := w.checkMapping(n); err != nil {
		return err
	}
	kept := n.Content[:0]
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		w.path = append(w.path, key.Value)
		lifted, err := w.lift(value)
		if err == nil && !lifted {
			kept = append(kept, key, value)
			err = w.visitValue(key, value, depth)
		}
		if err != nil {
			return err
		}
		w.path = w.path[:len(w.path)-1]
	}
	n.Content = kept
	return nil
}

// checkMapping checks the keys of a mapping and puts what it merges into it.
func (w *walker) checkMapping(n *yaml.Node) error {
	if len(n.Content) > 2*maxKeys {
		return w.overLimit(n, fmt.Sprintf("more than %d keys in one mapping", maxKeys))
	}
	merges, err := w.checkKeys(n)
	if err != nil || !merges {
		return err
	}
	if err := w.mergeKeys(n); err != nil {
		return err
	}
	if len(n.Content) > 2*maxKeys {
		return w.overLimit(n, fmt.Sprintf("more than %d keys in one mapping", maxKeys))
	}
	return nil
}

func (w *walker) visitValue(key, value *yaml.Node, depth int) error {
	w.nodes++
	w.checkTag(key)
	w.visitScalar(key)
	w.checkKeyType(key)
	if isFreeKey(w.path) {
		w.free++
		defer func() { w.free-- }()
	}
	return w.visit(value, depth+1)
}

// checkKeyType warns of a key that YAML has another type for: a card has texts
// for keys, so it is written in quotes.
func (w *walker) checkKeyType(key *yaml.Node) {
	if _, text := scalarValue(key).(string); w.front && !text && !isMerge(key) {
		w.warn(key, "key_type", fmt.Sprintf("key %s is read as text", shown(key.Value)), "quote it if it is text")
	}
}

// isFreeKey tells whether what is below belongs to the team and not to the
// schema.
func isFreeKey(path []string) bool {
	switch path[len(path)-1] {
	case "metadata":
		return len(path) == 1
	case "hyperparameters", "args", "value":
		return true
	}
	return false
}

// checkKeys refuses keys that are not text, and keys that stand twice. It
// tells whether there are merge keys.
func (w *walker) checkKeys(n *yaml.Node) (merges bool, err error) {
	seen := make(map[string]int, len(n.Content)/2) // key -> line
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		switch first, again := seen[key.Value]; {
		case key.Kind != yaml.ScalarNode:
			w.refuse(key, "bad_key", "a key is a list or a mapping, not text", "an unrendered template placeholder such as {{ … }} reads like this; fill it in or quote it")
			*key = yaml.Node{Kind: yaml.ScalarNode, Style: yaml.DoubleQuotedStyle, Line: key.Line, Column: key.Column} // nothing below looks at it again
		case len(key.Value) > maxKeyLength:
			return false, w.overLimit(key, fmt.Sprintf("a key of more than %d bytes", maxKeyLength))
		case isMerge(key):
			merges = true
		case again:
			w.path = append(w.path, key.Value)
			w.refuse(key, "duplicate_key", fmt.Sprintf("key %q stands here a second time; the first is on line %d", key.Value, first), "keep one of them")
			w.path = w.path[:len(w.path)-1]
		default:
			seen[key.Value] = key.Line
		}
	}
	return merges, nil
}

// lookup finds a key in the content of a mapping.
func lookup(content []*yaml.Node, key string) (index int, found bool) {
	for i := 0; i+1 < len(content); i += 2 {
		if content[i].Value == key {
			return i, true
		}
	}
	return 0, false
}

// lift takes {not_applicable: reason} out of the tree and keeps the reason by
// the pointer of the field that it stands for.
func (w *walker) lift(value *yaml.Node) (lifted bool, err error) {
	if w.free > 0 || value.Kind != yaml.MappingNode || len(value.Content) != 2 || value.Content[0].Value != "not_applicable" {
		return false, nil
	}
	reason := value.Content[1]
	text, isText := scalarValue(reason).(string)
	text = normalizeLine(text)
	if reason.Kind != yaml.ScalarNode || !isText || text == "" {
		w.refuse(value.Content[0], "no_reason", "not_applicable needs a reason", "say in a sentence why the field does not apply")
		return true, nil
	}
	if len(w.notApplicable) == maxKeys {
		return false, w.overLimit(value, fmt.Sprintf("more than %d fields that are not applicable", maxKeys))
	}
	w.checkTag(reason)
	w.visitScalar(reason)
	pointer := Pointer(w.path...)
	w.notApplicable[pointer] = text
	w.positions[pointer] = value
	return true, nil
}

func (w *walker) visitScalar(n *yaml.Node) {
	w.checkText(n)
	if !w.yaml {
		return
	}
	if detail := warnYAML11(n, w.front); detail != "" {
		w.warn(n, "yaml11", detail, "quote it if it is text")
	}
}

// checkTag refuses tags that a card has no use for: what they ask for would be
// passed over in silence.
func (w *walker) checkTag(n *yaml.Node) {
	if n.Style&yaml.TaggedStyle != 0 && !tagFits(n) {
		w.refuse(n, "bad_tag", fmt.Sprintf("tag %s has no meaning here", shown(n.Tag)), "leave it out, or quote a text that begins with !")
	}
}

// tagFits tells whether a tag says what the value is anyway, or makes text of it.
func tagFits(n *yaml.Node) bool {
	switch n.Tag {
	case "!!map":
		return n.Kind == yaml.MappingNode
	case "!!seq":
		return n.Kind == yaml.SequenceNode
	case "!!str", "!!merge":
		return n.Kind == yaml.ScalarNode
	}
	if n.Kind != yaml.ScalarNode || !isPlain(n) {
		return false
	}
	switch v := scalarValue(n).(type) {
	case nil:
		return n.Tag == "!!null"
	case bool:
		return n.Tag == "!!bool"
	case Number:
		return n.Tag == "!!int" && isInteger(string(v)) || n.Tag == "!!float" && !isInteger(string(v))
	}
	return false
}

// checkText refuses characters that no text of a card can have: they cannot be
// stored or shown, and hide what a reader sees.
func (w *walker) checkText(n *yaml.Node) {
	for i, r := range n.Value {
		if r >= ' ' && r < 0x7f {
			continue
		}
		if r == utf8.RuneError && !strings.HasPrefix(n.Value[i:], "\uFFFD") {
			w.refuse(n, "bad_text", "the text is not UTF-8", "")
			return
		}
		if r < ' ' && r != '\n' && r != '\t' && r != '\r' || r == 0x7f || r == 0xFFFE || r == 0xFFFF {
			w.refuse(n, "bad_text", fmt.Sprintf("the text has the control character U+%04X", r), "remove it")
			return
		}
	}
}

func (w *walker) refuse(n *yaml.Node, code, detail, hint string) {
	w.problems = w.tell(w.problems, n, code, detail, hint)
}

func (w *walker) warn(n *yaml.Node, code, detail, hint string) {
	w.warnings = w.tell(w.warnings, n, code, detail, hint)
}

// tell adds a problem, unless there are so many that more are of no help.
func (w *walker) tell(problems []Problem, n *yaml.Node, code, detail, hint string) []Problem {
	if len(problems) == maxProblems {
		return problems
	}
	return append(problems, Problem{Pointer(w.path...), n.Line, n.Column, code, detail, hint})
}

func (w *walker) overLimit(n *yaml.Node, what string) error {
	return limitError{Problem{Pointer(w.path...), n.Line, n.Column, "over_limit", "the document has " + what, hintOverLimit}}
}
