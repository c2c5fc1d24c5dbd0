package render

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	nethtml "golang.org/x/net/html"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

var updateHTML = flag.Bool("update", false, "write the golden files anew")

func exampleCard(t *testing.T) *card.Card {
	t.Helper()
	src, err := os.ReadFile("../../examples/sentiment.yaml")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := card.ReadYAML(src)
	if err != nil {
		t.Fatal(err)
	}
	return doc.Card
}

func renderHTML(t *testing.T, c *card.Card) []byte {
	t.Helper()
	page, _, err := writeHTML(c)
	if err != nil {
		t.Fatal(err)
	}
	return page
}

func parseHTML(t *testing.T, page []byte) *nethtml.Node {
	t.Helper()
	root, err := nethtml.Parse(bytes.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// elements lists the elements with a name, in order.
func elements(root *nethtml.Node, name string) []*nethtml.Node {
	var found []*nethtml.Node
	for n := range root.Descendants() {
		if n.Type == nethtml.ElementNode && n.Data == name {
			found = append(found, n)
		}
	}
	return found
}

// classTexts lists the texts of the spans of a class.
func classTexts(root *nethtml.Node, class string) []string {
	var texts []string
	for _, n := range elements(root, "span") {
		if attribute(n, "class") == class {
			texts = append(texts, strings.TrimSpace(textOf(n.Parent)))
		}
	}
	return texts
}

func TestHTMLGolden(t *testing.T) {
	t.Parallel()
	golden := filepath.Join("testdata", "golden", "sentiment.html")
	got := renderHTML(t, exampleCard(t))
	if *updateHTML {
		if err := os.WriteFile(golden, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("the page differs from %s (-want +got):\n%s", golden, diff)
	}
	if again := renderHTML(t, exampleCard(t)); !bytes.Equal(got, again) {
		t.Error("the same card gave two pages")
	}
}

func TestHTMLStructure(t *testing.T) {
	t.Parallel()
	c := exampleCard(t)
	c.Sections = append(c.Sections, card.Section{Title: "Own", Text: "<h1 id=\"uses\">raw</h1>\n\n- [x] done\n\n</main></body><div><table><b>open"})
	page := renderHTML(t, c)
	root := parseHTML(t, page)
	for _, name := range []string{"h1", "title", "main", "header", "nav", "dl", "style", "html", "table"} {
		want := 1
		if name == "table" {
			want = 2 // the metrics, and the one left open
		}
		if got := len(elements(root, name)); got != want {
			t.Errorf("%d elements %s, want %d", got, name, want)
		}
	}
	if lang := attribute(elements(root, "html")[0], "lang"); lang != "en" {
		t.Errorf("lang is %q", lang)
	}
	if got := textOf(elements(root, "h1")[0]); got != "Acme Sentiment" {
		t.Errorf("the title is %q", got)
	}
	if !strings.Contains(string(page), "☑ done") {
		t.Error("the task list lost its box")
	}
	checkContents(t, root)
}

// What a text leaves open ends with the text: the sections after it are there.
func TestHTMLTextsEndWithThemselves(t *testing.T) {
	t.Parallel()
	for _, open := range []string{"```\ncode", "~~~~ python\ncode", "<!-- comment", "<details><summary>x", "<div>", "| a | b |\n| --- |", "[link](", "> quote", "1. one\n   - two", "<pre>", "<![CDATA["} {
		doc, err := card.ReadJSON([]byte(`{"model":{"name":"M"},"intended_use":{"direct_use":` + strconv.Quote(open) + `,"out_of_scope_use":"nothing else"}}`))
		if err != nil {
			t.Fatalf("%q: %v", open, err)
		}
		root := parseHTML(t, renderHTML(t, doc.Card))
		var found bool
		for _, h := range elements(root, "h3") {
			found = found || textOf(h) == "Out-of-Scope Use"
		}
		if !found {
			t.Errorf("%q swallowed the section after it", open)
		}
	}
}

// checkContents requires that ids are unique, that all second and third level
// headings are listed, and that each entry leads to one.
func checkContents(t *testing.T, root *nethtml.Node) {
	t.Helper()
	ids := map[string]bool{}
	for n := range root.Descendants() {
		if id := attribute(n, "id"); id != "" {
			if ids[id] {
				t.Errorf("the id %q stands twice", id)
			}
			ids[id] = true
		}
	}
	links := elements(elements(root, "nav")[0], "a")
	if headings := len(elements(root, "h2")) + len(elements(root, "h3")); len(links) != headings {
		t.Errorf("%d entries in the contents for %d headings", len(links), headings)
	}
	for _, a := range links {
		if id := strings.TrimPrefix(attribute(a, "href"), "#"); !ids[id] {
			t.Errorf("the contents lead to %q, which is not there", id)
		}
	}
}

func TestHTMLGaps(t *testing.T) {
	t.Parallel()
	c := &card.Card{
		Model:         card.Model{ID: "a/b", Description: "See `[More Information Needed]`."},
		NotApplicable: map[string]string{"/intended_use/direct_use": "It is a *part*.", "/model/paper": "None."},
	}
	root := parseHTML(t, renderHTML(t, c))
	want := []string{"Paper: Not applicable: None.", "Not applicable: It is a part."}
	if diff := cmp.Diff(want, classTexts(root, "not-applicable")); diff != "" {
		t.Errorf("not applicable (-want +got):\n%s", diff)
	}
	gaps := classTexts(root, "gap")
	source := string(htmlMarkdownOf(c))
	if want := strings.Count(source, gapText) - 1; len(gaps) != want { // one is a quotation
		t.Errorf("%d gaps, want %d", len(gaps), want)
	}
	if gaps[0] != "Developed by: More information needed" {
		t.Errorf("the first gap reads %q", gaps[0])
	}
}

func TestHTMLTooDeep(t *testing.T) {
	t.Parallel()
	c := &card.Card{Model: card.Model{ID: "a/b", Summary: strings.Repeat("<div>", 2000) + "end<script>"}}
	page, losses, err := writeHTML(c)
	if err != nil {
		t.Fatal(err)
	}
	root := parseHTML(t, page)
	if len(elements(root, "script")) > 0 || !strings.Contains(textOf(root), "end<script>") {
		t.Error("the text is not shown as it is")
	}
	if len(losses) != 1 {
		t.Errorf("losses: %v", losses)
	}
}

func TestHTMLLosses(t *testing.T) {
	t.Parallel()
	c := exampleCard(t)
	c.Model.LicenseText = "All of it."
	_, losses, err := writeHTML(c)
	if err != nil {
		t.Fatal(err)
	}
	hidden := "the page does not show it"
	want := []Loss{
		{"/environment/co2_eq_emissions/source", hidden},
		{"/environment/co2_eq_emissions/training_type", hidden},
		{"/evaluation/metrics", hidden},
		{"/evaluation/results/0/dataset/type", hidden},
		{"/evaluation/results/0/task/type", hidden},
		{"/model/base_model_relation", hidden},
		{"/model/license_text", hidden},
		{"/training/datasets", "of data sets, the page has the name alone"},
	}
	if diff := cmp.Diff(want, losses); diff != "" {
		t.Errorf("losses (-want +got):\n%s", diff)
	}
}

var hostileTexts = []string{
	`<script>alert(1)</script>`,
	`<SCRIPT SRC=//evil.example/x.js></SCRIPT>`,
	`<scr<script>ipt>alert(1)</scr</script>ipt>`,
	`</title><script>alert(1)</script>`,
	`</style><script>alert(1)</script>`,
	`--><script>alert(1)</script>`,
	`]]><script>alert(1)</script>`,
	`"><img src=x onerror=alert(1)>`,
	`'><svg/onload=alert(1)>`,
	`<svg><script>alert(1)</script></svg>`,
	`<svg><a xlink:href="javascript:alert(1)"><text>x</text></a></svg>`,
	`<math><mi//xlink:href="data:x,<script>alert(1)</script>">`,
	`<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>`,
	`<noscript><p title="</noscript><img src=x onerror=alert(1)>">`,
	`<template><script>alert(1)</script></template>`,
	`<iframe src="javascript:alert(1)"></iframe>`,
	`<iframe srcdoc="<script>alert(1)</script>"></iframe>`,
	`<object data="javascript:alert(1)"></object>`,
	`<embed src="data:text/html,<script>alert(1)</script>">`,
	`<form action="javascript:alert(1)"><button formaction="javascript:alert(1)">x</button></form>`,
	`<base href="javascript:alert(1)//">`,
	`<meta http-equiv="refresh" content="0;url=javascript:alert(1)">`,
	`<link rel="stylesheet" href="javascript:alert(1)">`,
	`<style>@import 'javascript:alert(1)';</style>`,
	`<div style="background:url(javascript:alert(1))">x</div>`,
	`<body onload=alert(1)>`,
	`<details open ontoggle=alert(1)><summary>x</summary></details>`,
	`<video src=x onerror=alert(1)></video>`,
	`<input autofocus onfocus=alert(1)>`,
	`<select><style></select><img src=x onerror=alert(1)></style>`,
	`<a href="javascript:alert(1)">x</a>`,
	`<a href="jAvAsCrIpT&colon;alert(1)">x</a>`,
	"<a href=\"java\tscript:alert(1)\">x</a>",
	`<a href="&#106;avascript:alert(1)">x</a>`,
	`<a href="data:text/html;base64,PHNjcmlwdD4=">x</a>`,
	`<a href="vbscript:msgbox(1)">x</a>`,
	`[x](javascript:alert(1))`,
	`[x](<java script:alert(1)>)`,
	`[x](data:text/html;base64,PHNjcmlwdD4=)`,
	`![x](javascript:alert(1))`,
	`![x" onerror="alert(1)](https://example.com/x.png)`,
	`<javascript:alert(1)>`,
	`[x](https://example.com "t\" onmouseover=\"alert(1)")`,
	"`<script>alert(1)</script>`",
	`<img src="https://example.com/x.png" onload="alert(1)">`,
	`<p class="x" id="x" onclick="alert(1)">x</p>`,
	`{{.Title}}<script>{{end}}`,
}

func TestHTMLHostile(t *testing.T) {
	t.Parallel()
	for i, s := range hostileTexts {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			root := parseHTML(t, renderHTML(t, hostileCard(s)))
			checkHarmless(t, root)
			for _, name := range []string{"h1", "title", "style", "main"} {
				if n := len(elements(root, name)); n != 1 {
					t.Errorf("%d elements %s", n, name)
				}
			}
			if !strings.Contains(textOf(elements(root, "main")[0]), "the end of the card") {
				t.Error("the text hid what comes after it")
			}
		})
	}
}

// hostileCard has a text in every kind of place that a card has for one.
func hostileCard(s string) *card.Card {
	c := &card.Card{
		Model: card.Model{
			ID: "a/b", Name: s, Title: s, Version: s, Date: s, Summary: s, Description: s, Developers: s,
			License: s, LicenseName: s, LicenseLink: s, Repository: s, Paper: s, Tags: []string{s},
			Language: card.OneOrMany{Values: []string{s}}, Owners: []card.Party{{Name: s, Contact: s}},
		},
		IntendedUse:   &card.IntendedUse{DirectUse: s, Users: []string{s}},
		Evaluation:    &card.Evaluation{Results: []card.Result{{Metrics: []card.Metric{{Type: s, Name: s, Value: s, Slice: s}}}}},
		Citation:      &card.Citation{BibTeX: s, APA: s},
		NotApplicable: map[string]string{"/intended_use/downstream_use": s},
		Sections:      []card.Section{{Title: s, Text: s}, {Title: "End", Text: "the end of the card"}},
	}
	return c
}

// checkHarmless refuses what can run, load or leave the page by itself.
func checkHarmless(t *testing.T, root *nethtml.Node) {
	t.Helper()
	for n := range root.Descendants() {
		if n.Type != nethtml.ElementNode {
			continue
		}
		switch n.Data {
		case "script", "iframe", "object", "embed", "form", "input", "button", "base", "link", "svg", "math", "template", "noscript", "video":
			t.Errorf("the page has an element %s", n.Data)
		}
		for _, a := range n.Attr {
			checkAttribute(t, n.Data, a)
		}
	}
}

func checkAttribute(t *testing.T, element string, a nethtml.Attribute) {
	t.Helper()
	if strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "srcdoc" {
		t.Errorf("the page has an attribute %s on %s", a.Key, element)
	}
	if a.Key != "href" && a.Key != "src" && a.Key != "cite" {
		return
	}
	url := strings.ToLower(strings.NewReplacer("\t", "", "\n", "", "\r", "", " ", "").Replace(a.Val))
	for _, scheme := range []string{"javascript:", "data:", "vbscript:"} {
		if strings.HasPrefix(url, scheme) {
			t.Errorf("the page has %s=%q on %s", a.Key, a.Val, element)
		}
	}
}

// TestHTMLSources checks that the page says what each value is from, and that
// no text of a source is markup.
func TestHTMLSources(t *testing.T) {
	c := &card.Card{Model: card.Model{Name: "m"}, Sources: []card.Source{
		{Type: "mlflow", Ref: "models:/<b>m</b>/1", Resolved: "models:/m/1", Fields: []string{"/evaluation/results/0", "/technical/parameters"}},
		{Type: "evaluation", Path: "eval.json"},
	}}
	root := parseHTML(t, renderHTML(t, c))
	var got []string
	for _, footer := range elements(root, "footer") {
		for _, div := range elements(footer, "div") {
			got = append(got, strings.Join(strings.Fields(textOf(div)), " "))
		}
	}
	want := []string{
		"mlflow models:/<b>m</b>/1 (models:/m/1)/evaluation/results/0/technical/parameters",
		"evaluation eval.jsonnothing in this card",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	_, losses, err := writeHTML(c)
	if err != nil || len(losses) > 0 {
		t.Errorf("losses %v, %v", losses, err)
	}
}
