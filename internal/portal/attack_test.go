package portal_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/terragonlabs/modelcard-generator/test/attack"
)

// danger lists what in a page would run, or would ask somebody else.
func danger(p page) []string {
	var found []string
	for n := range p.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		switch n.Data {
		case "iframe", "object", "embed", "base", "style", "img", "video", "audio", "source", "track", "image", "math", "marquee", "frame", "frameset", "template", "noscript":
			found = append(found, "<"+n.Data+">")
		case "script":
			if n.FirstChild != nil || !strings.HasPrefix(attributeOf(n, "src"), "/assets/edit.") {
				found = append(found, "<script>")
			}
		case "textarea":
			if attributeOf(n, "id") != "edit-text" {
				found = append(found, "<textarea>")
			}
		case "input":
			if attributeOf(n, "type") == "image" {
				found = append(found, "<input type=image>")
			}
		case "meta":
			if attributeOf(n, "http-equiv") != "" {
				found = append(found, "<meta http-equiv>")
			}
		case "link":
			if href := attributeOf(n, "href"); !strings.HasPrefix(href, "/assets/") && !strings.HasPrefix(href, "http://127.0.0.1/oembed?") {
				found = append(found, "<link> to "+href)
			}
		case "form":
			if action := attributeOf(n, "action"); !strings.HasPrefix(action, "/") || strings.HasPrefix(action, "//") {
				found = append(found, "<form> to "+action)
			}
		}
		for _, a := range n.Attr {
			found = append(found, dangerOf(n, a)...)
		}
	}
	return found
}

func dangerOf(n *html.Node, a html.Attribute) []string {
	name := strings.ToLower(a.Key)
	switch {
	case strings.HasPrefix(name, "on"), name == "style", name == "srcdoc", name == "srcset", name == "background":
		return []string{n.Data + " " + a.Key + "=" + a.Val}
	case name == "href" || name == "src" || name == "action" || name == "formaction" || name == "xlink:href" || name == "data":
		squeezed := strings.ToLower(strings.Map(func(r rune) rune {
			if r <= ' ' {
				return -1
			}
			return r
		}, a.Val))
		for _, scheme := range []string{"javascript:", "vbscript:", "data:"} {
			if strings.HasPrefix(squeezed, scheme) {
				return []string{n.Data + " " + a.Key + "=" + a.Val}
			}
		}
	}
	return nil
}

// attackedPages are where a card's texts are shown.
var attackedPages = []string{
	"/cards/acme/hostile", "/cards/acme/hostile?fragment=1", "/cards/acme/hostile/report", "/cards/acme/hostile/revisions",
	"/cards/acme/hostile/edit", "/", "/?q=hostile",
}

// TestNoScriptOfACardRuns is the full product: every vector in every field, on
// every page that shows them.
func TestNoScriptOfACardRuns(t *testing.T) {
	t.Parallel()
	list := attack.Few(vectors)
	w := newWorld(t, nil)
	w.post(t, yaml, "model: {id: acme/hostile, name: before}\nconsiderations: {overview: before}\n")
	pages, fields := 0, 0
	for i, vector := range list {
		body, n, err := attack.Card("acme/hostile", vector)
		if err != nil {
			t.Fatal(err)
		}
		w.post(t, "application/json", string(body))
		fields += n
		hits := 0
		diff := fmt.Sprintf("/cards/acme/hostile/diff?from=%d&to=%d", i+1, i+2)
		for _, path := range append(attackedPages, diff, "/?q="+url.QueryEscape(vector), "/?tag="+url.QueryEscape(vector)) {
			hits += innocent(t, w.open(t, path), path, vector)
			pages++
		}
		_, p := w.submit(t, "/cards/acme/hostile/edit", "text", string(body), "type", "application/json", "expect", fmt.Sprint(i+1), "do", "preview", "reason", vector)
		if hits += innocent(t, p, "a preview", vector); hits < 10 {
			t.Errorf("%q is shown %d times: the card does not reach the pages", vector, hits)
		}
		pages++
	}
	t.Logf("%d vectors, %d fields, %d pages", len(list), fields, pages)
}

// innocent looks for danger in a page, and counts how often it has the vector.
func innocent(t *testing.T, p page, path, vector string) int {
	t.Helper()
	for _, found := range danger(p) {
		t.Errorf("%s: %q: %s", path, vector, found)
	}
	return strings.Count(p.source, html.EscapeString(vector)[:min(4, len(vector))])
}

// TestDangerIsSeen is the control: a page that takes the texts as they are is
// full of danger.
func TestDangerIsSeen(t *testing.T) {
	t.Parallel()
	missed := 0
	for _, vector := range attack.Vectors() {
		if strings.HasPrefix(vector, "<") && len(danger(parse(t, "<!DOCTYPE html><body><p title=\""+vector+"\">"+vector, nil))) == 0 {
			missed++
			t.Logf("not seen, as it would do nothing: %s", vector)
		}
	}
	if missed > 20 {
		t.Errorf("%d vectors are not seen", missed)
	}
	for _, harmless := range []string{`<a href="https://example.com/">x</a>`, `<p class="x">y</p>`, `<form action="/sign-in">`} {
		if found := danger(parse(t, harmless, nil)); len(found) > 0 {
			t.Errorf("%s: %v", harmless, found)
		}
	}
}
