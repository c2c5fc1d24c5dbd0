package render

import (
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// writeYAML writes the card as a document for people: YAML 1.2, long texts as
// blocks, and quotes where a YAML 1.1 reader would see something else.
func writeYAML(c *card.Card) ([]byte, []Loss, error) {
	tree := c.Tree()
	if c.Metadata.Len() > 0 {
		tree.Set("metadata", c.Metadata) // a mapping: its order shows
	}
	out, err := yaml.Dump(yamlNode(tree), yaml.WithIndent(2), yaml.WithLineWidth(-1))
	return out, nil, err
}

func yamlNode(v any) *yaml.Node {
	switch v := v.(type) {
	case *card.Map:
		n := &yaml.Node{Kind: yaml.MappingNode}
		for _, e := range v.Entries {
			n.Content = append(n.Content, yamlText(e.Key), yamlNode(e.Value))
		}
		if v.Len() == 0 {
			n.Style = yaml.FlowStyle
		}
		return n
	case []any:
		n := &yaml.Node{Kind: yaml.SequenceNode}
		for _, item := range v {
			n.Content = append(n.Content, yamlNode(item))
		}
		if len(v) == 0 {
			n.Style = yaml.FlowStyle
		}
		return n
	case string:
		return yamlText(v)
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Value: string(card.AppendPlain(nil, v))}
}

// lineBreaks11 end a line in YAML 1.1 and not in 1.2, so they are written as
// escapes.
const lineBreaks11 = "\u0085\u2028\u2029"

// yamlText is a text: a block where it has lines, plain where every reader
// sees the same text, quoted otherwise.
func yamlText(s string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s}
	switch {
	case strings.Contains(s, "\n") && blockSafe(s):
		n.Style = yaml.LiteralStyle
	case strings.ContainsAny(s, "\n\t\r"+lineBreaks11) || !card.PlainSafe(s):
		n.Style = yaml.DoubleQuotedStyle
	}
	return n
}

// blockSafe tells whether a literal block keeps every character of a text.
func blockSafe(s string) bool {
	return !strings.HasPrefix(s, " ") && !strings.HasPrefix(s, "\n") && !strings.ContainsAny(s, "\t\r\uFEFF"+lineBreaks11) && !strings.Contains(s, " \n") && !strings.HasSuffix(s, " ")
}
