package render

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer/html"
	nethtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// htmlMarkdown converts GitHub Flavored Markdown with footnotes. It passes raw
// HTML on, which model cards are full of, since htmlPolicy has the last word.
var htmlMarkdown = sync.OnceValue(func() goldmark.Markdown {
	return goldmark.New(
		goldmark.WithExtensions(extension.GFM, extension.Footnote),
		goldmark.WithParserOptions(parser.WithAutoHeadingID()),
		goldmark.WithRendererOptions(html.WithUnsafe()),
	)
})

// htmlPolicy says what may stand in the page: what users may write, and the
// marks that the page's style sheet and syntax highlighters know.
var htmlPolicy = sync.OnceValue(func() *bluemonday.Policy {
	p := bluemonday.UGCPolicy()
	p.RequireNoReferrerOnLinks(true)
	p.AllowAttrs("class").Matching(regexp.MustCompile(`^language-[A-Za-z0-9_+#.-]+$`)).OnElements("code")
	p.AllowAttrs("class").Matching(regexp.MustCompile(`^(gap|not-applicable)$`)).OnElements("span")
	return p
})

// swallowing are the tags after which a browser reads text up to the end tag,
// or leaves HTML: unclosed, one would hide the rest of the page. They are shown
// as text, as GitHub Flavored Markdown does (section 6.11).
var swallowing = regexp.MustCompile(`(?i)<(/?(?:title|textarea|style|xmp|iframe|noembed|noframes|noscript|script|plaintext|select|template|svg|math)\b)`)

// htmlBody converts the Markdown of a card to safe HTML and lists its headings.
// It fails on a text that is nested too deeply.
func htmlBody(source []byte) (string, []Heading, error) {
	var converted bytes.Buffer
	if err := htmlMarkdown().Convert(source, &converted); err != nil {
		return "", nil, fmt.Errorf("convert Markdown: %w", err)
	}
	root := &nethtml.Node{Type: nethtml.ElementNode, Data: "div", DataAtom: atom.Div}
	nodes, err := nethtml.ParseFragment(bytes.NewReader(swallowing.ReplaceAll(converted.Bytes(), []byte("&lt;$1"))), root)
	if err != nil {
		return "", nil, fmt.Errorf("parse HTML: %w", err)
	}
	for _, n := range nodes {
		root.AppendChild(n)
	}
	fitHTML(root)
	contents := htmlContents(root)
	var balanced bytes.Buffer
	for n := range root.ChildNodes() {
		if err := nethtml.Render(&balanced, n); err != nil {
			return "", nil, fmt.Errorf("write HTML: %w", err)
		}
	}
	return htmlPolicy().Sanitize(balanced.String()), contents, nil
}

// fitHTML changes what does not fit into the page: a second h1, an id used
// twice, form elements, and the marks that stand for what is missing.
func fitHTML(root *nethtml.Node) {
	ids := map[string]bool{}
	for n := range root.Descendants() {
		switch {
		case n.Type == nethtml.TextNode:
			fitText(n)
		case n.DataAtom == atom.H1:
			n.DataAtom, n.Data = atom.H2, "h2"
		case n.DataAtom == atom.Input:
			fitCheckbox(n)
		}
		makeUnique(n, ids)
	}
}

// fitText turns the texts for a gap and for what does not apply into marked
// ones.
func fitText(n *nethtml.Node) {
	if n.Parent.DataAtom != atom.P && n.Parent.DataAtom != atom.Li {
		return
	}
	switch {
	case strings.TrimSpace(n.Data) == gapText:
		markText(n, gapText, "gap", "More information needed")
	case strings.HasPrefix(strings.TrimLeft(n.Data, " \n"), notApplicableTag):
		markText(n, notApplicableTag, "not-applicable", strings.TrimSpace(notApplicableTag))
	}
}

// markText puts a mark, with a class and a text of its own, in the place of what
// a text node begins with.
func markText(n *nethtml.Node, begins, class, shown string) {
	mark := &nethtml.Node{
		Type: nethtml.ElementNode, Data: "span", DataAtom: atom.Span,
		Attr: []nethtml.Attribute{{Key: "class", Val: class}},
	}
	mark.AppendChild(&nethtml.Node{Type: nethtml.TextNode, Data: shown})
	before, after, _ := strings.Cut(n.Data, begins)
	n.Parent.InsertBefore(&nethtml.Node{Type: nethtml.TextNode, Data: before}, n)
	n.Parent.InsertBefore(mark, n)
	n.Data = " " + after
}

// fitCheckbox shows the box of a task list as a character.
func fitCheckbox(n *nethtml.Node) {
	n.Type, n.DataAtom, n.Data = nethtml.TextNode, 0, "☐"
	for _, a := range n.Attr {
		if a.Key == "checked" {
			n.Data = "☑"
		}
	}
	n.Attr = nil
}

// makeUnique numbers an id that was there before.
func makeUnique(n *nethtml.Node, ids map[string]bool) {
	for i := range n.Attr {
		if n.Attr[i].Key != "id" {
			continue
		}
		id := n.Attr[i].Val
		for k := 1; ids[n.Attr[i].Val]; k++ {
			n.Attr[i].Val = id + "-" + strconv.Itoa(k)
		}
		ids[n.Attr[i].Val] = true
	}
}

// htmlContents lists the headings of the two upper levels that have an id.
func htmlContents(root *nethtml.Node) []Heading {
	var contents []Heading
	for n := range root.ChildNodes() {
		level := 0
		switch n.DataAtom {
		case atom.H2:
			level = 2
		case atom.H3:
			level = 3
		default:
			continue
		}
		title, id := strings.TrimSpace(textOf(n)), attribute(n, "id")
		if title != "" && id != "" {
			contents = append(contents, Heading{level, id, title})
		}
	}
	return contents
}

func attribute(n *nethtml.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func textOf(root *nethtml.Node) string {
	var text strings.Builder
	for n := range root.Descendants() {
		if n.Type == nethtml.TextNode {
			text.WriteString(n.Data)
		}
	}
	return text.String()
}
