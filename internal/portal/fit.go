package portal

import (
	"html/template"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// fit changes what a card's texts have that a page of the portal has not:
// pictures become links, since a picture is a request to somebody else's server;
// tables and code that may be wider than the page can be scrolled by the
// keyboard; lists and tables follow the direction of their texts. The texts have passed the sanitiser.
func fit(body string) (template.HTML, error) {
	root := &html.Node{Type: html.ElementNode, Data: "div", DataAtom: atom.Div}
	nodes, err := html.ParseFragment(strings.NewReader(body), root)
	if err != nil {
		return "", err
	}
	for _, n := range nodes {
		root.AppendChild(n)
	}
	fitBelow(root)
	var b strings.Builder
	for n := range root.ChildNodes() {
		if err := html.Render(&b, n); err != nil {
			return "", err
		}
	}
	return template.HTML(b.String()), nil //nolint:gosec // G203: sanitised by package render; fit adds fixed attributes and links to addresses that were let through
}

func fitBelow(n *html.Node) {
	for child := n.FirstChild; child != nil; {
		next := child.NextSibling
		fitBelow(child)
		switch child.DataAtom {
		case atom.Img:
			linkPicture(child)
		case atom.Table:
			setAttribute(child, "dir", "auto")
			wrapTable(child)
		case atom.Ul, atom.Ol: // whose marks stand where its texts begin
			setAttribute(child, "dir", "auto")
		case atom.Pre:
			setAttribute(child, "tabindex", "0")
		}
		child = next
	}
}

// linkPicture turns a picture into a link to it, or into its description where
// it stands in a link already.
func linkPicture(n *html.Node) {
	address, description := attribute(n, "src"), strings.TrimSpace(attribute(n, "alt"))
	if description == "" {
		description = "picture"
	}
	n.Attr = nil
	text := &html.Node{Type: html.TextNode, Data: description}
	if address == "" || inLink(n) {
		n.Data, n.DataAtom = "span", atom.Span
	} else {
		n.Data, n.DataAtom = "a", atom.A
		setAttribute(n, "href", address)
		setAttribute(n, "rel", "nofollow noreferrer")
	}
	setAttribute(n, "class", "picture")
	n.AppendChild(text)
}

func inLink(n *html.Node) bool {
	for at := range n.Ancestors() {
		if at.DataAtom == atom.A {
			return true
		}
	}
	return false
}

func wrapTable(n *html.Node) {
	around := &html.Node{Type: html.ElementNode, Data: "div", DataAtom: atom.Div}
	setAttribute(around, "class", "scroll")
	setAttribute(around, "tabindex", "0")
	n.Parent.InsertBefore(around, n)
	n.Parent.RemoveChild(n)
	around.AppendChild(n)
}

func setAttribute(n *html.Node, key, value string) {
	n.Attr = slices.DeleteFunc(n.Attr, func(a html.Attribute) bool { return a.Key == key })
	n.Attr = append(n.Attr, html.Attribute{Key: key, Val: value})
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}
