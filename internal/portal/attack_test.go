package portal_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// vectors are texts that would run a script, or ask somebody else for something,
// where a page forgets to escape or to clean them.
func vectors() []string {
	fixed := []string{
		`<script>alert(1)</script>`, `"><script>alert(1)</script>`, `'><script>alert(1)</script>`, `</script><script>alert(1)</script>`,
		`<img src=x onerror=alert(1)>`, `"><img src=x onerror=alert(1)>`, `<svg onload=alert(1)>`, `<svg><script>alert(1)</script></svg>`,
		`<svg><animate onbegin=alert(1) attributeName=x dur=1s>`, `<math><mtext></mtext><mglyph><svg><mtext><style><img src=x onerror=alert(1)></style></mtext></svg>`,
		`<body onload=alert(1)>`, `<iframe src=javascript:alert(1)></iframe>`, `<iframe srcdoc="<script>alert(1)</script>">`, `<object data=javascript:alert(1)>`,
		`<embed src=javascript:alert(1)>`, `<a href=javascript:alert(1)>x</a>`, `<a href="jav&#x09;ascript:alert(1)">x</a>`, `<a href=" javascript:alert(1)">x</a>`,
		`[x](javascript:alert(1))`, `[x](JaVaScRiPt:alert(1))`, `[x](data:text/html,<script>alert(1)</script>)`, `[x](vbscript:msgbox(1))`, `![x](javascript:alert(1))`,
		`<javascript:alert(1)>`, `[x]: javascript:alert(1)`, `<form action=javascript:alert(1)><button>x</button></form>`, `<input autofocus onfocus=alert(1)>`,
		`<details open ontoggle=alert(1)>`, `<video><source onerror=alert(1)></video>`, `<audio src=x onerror=alert(1)>`, `<marquee onstart=alert(1)>`,
		`<style>@import 'https://evil.example/x.css'</style>`, `<link rel=stylesheet href=https://evil.example/x.css>`, `<meta http-equiv=refresh content="0;url=https://evil.example">`,
		`<base href=https://evil.example/>`, `<p style="background:url(https://evil.example/x)">x</p>`, `![x](https://evil.example/x.png)`, `<img src=https://evil.example/x.png>`,
		`<img srcset="https://evil.example/x.png 1x">`, `<noscript><p title="</noscript><img src=x onerror=alert(1)>">`, `<textarea><img title="</textarea><img src=x onerror=alert(1)>">`,
		`<title></title><img src=x onerror=alert(1)>`, `<xmp></xmp><img src=x onerror=alert(1)>`, `<!--><img src=x onerror=alert(1)>-->`, `<![CDATA[<img src=x onerror=alert(1)>]]>`,
		`<?xml version="1.0"?><img src=x onerror=alert(1)>`, `{{7*7}}{{constructor.constructor('alert(1)')()}}`, "` onmouseover=alert(1) x=`", `" onmouseover="alert(1)`, `' onmouseover='alert(1)`,
		"<img src=x\u00a0onerror=alert(1)>", "\u003cscript\u003ealert(1)\u003c/script\u003e", `<a href="https://x.example" onclick=alert(1)>x</a>`, `<isindex action=javascript:alert(1) type=image>`,
	}
	return fixed
}

// danger lists what in a page would run, or would ask somebody else.
func danger(p page) []string {
	var found []string
	for n := range p.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		switch n.Data {
		case "script", "iframe", "object", "embed", "base", "style", "img", "video", "audio", "source", "textarea", "math", "marquee", "frame", "frameset", "template", "noscript":
			found = append(found, "<"+n.Data+">")
		case "meta":
			if attributeOf(n, "http-equiv") != "" {
				found = append(found, "<meta http-equiv>")
			}
		case "link":
			if href := attributeOf(n, "href"); !strings.HasPrefix(href, "/assets/") {
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

// hostileCard is a card with the text in every field that takes any text: the
// schema knows which those are.
func hostileCard(t *testing.T, text string) []byte {
	t.Helper()
	var schema map[string]any
	if err := json.Unmarshal(card.SchemaJSON(), &schema); err != nil {
		t.Fatal(err)
	}
	filler := filler{root: schema, text: text}
	document, _ := filler.fill(schema, 0).(map[string]any)
	delete(document, "apiVersion")
	delete(document, "kind")
	delete(document, "metadata_aliases")
	document["model"].(map[string]any)["id"] = "acme/hostile"
	document["metadata"] = map[string]any{"x_free": text, "x_list": []any{text}}
	body, err := json.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

type filler struct {
	root   map[string]any
	text   string
	fields int
}

// fill makes a value that a schema takes, with the text wherever it may be.
func (f *filler) fill(schema map[string]any, depth int) any {
	if ref, ok := schema["$ref"].(string); ok {
		var at any = f.root
		for _, token := range card.PointerTokens(strings.TrimPrefix(ref, "#")) {
			at = at.(map[string]any)[token]
		}
		return f.fill(at.(map[string]any), depth)
	}
	// The first alternative of a field is that it does not apply.
	if options, ok := schema["anyOf"].([]any); ok && schema["properties"] == nil {
		return f.fill(options[len(options)-1].(map[string]any), depth)
	}
	if values, ok := schema["enum"].([]any); ok {
		return values[0]
	}
	kind := schema["type"]
	if kinds, ok := kind.([]any); ok {
		kind = kinds[0]
	}
	switch kind {
	case "object":
		object := map[string]any{}
		properties, _ := schema["properties"].(map[string]any)
		for name, property := range properties {
			if depth < 12 && name != "not_applicable" && name != "image" && name != "emissions" {
				object[name] = f.fill(property.(map[string]any), depth+1)
			}
		}
		if len(properties) == 0 {
			object["key"] = f.text
		}
		return object
	case "array":
		items, _ := schema["items"].(map[string]any)
		return []any{f.fill(items, depth+1)}
	case "string":
		f.fields++
		return f.text
	case "number", "integer":
		return 1
	case "boolean":
		return true
	}
	f.fields++
	return f.text
}

// attackedPages are where a card's texts are shown.
var attackedPages = []string{
	"/cards/acme/hostile", "/cards/acme/hostile?fragment=1", "/cards/acme/hostile/report", "/cards/acme/hostile/revisions",
	"/cards/acme/hostile/diff?from=1&to=2", "/", "/?q=hostile",
}

func TestNoScriptOfACardRuns(t *testing.T) {
	t.Parallel()
	list := vectors()
	if len(list) < 50 {
		t.Fatalf("%d vectors", len(list))
	}
	seen := 0
	for i, vector := range list {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			w := newWorld(t, nil)
			w.post(t, yaml, "model: {id: acme/hostile, name: before}\nconsiderations: {overview: before}\n")
			w.post(t, "application/json", string(hostileCard(t, vector)))
			hits := 0
			for _, path := range append(attackedPages, "/?q="+url.QueryEscape(vector), "/?tag="+url.QueryEscape(vector)) {
				p := w.open(t, path)
				for _, found := range danger(p) {
					t.Errorf("%s: %q: %s", path, vector, found)
				}
				hits += strings.Count(p.source, html.EscapeString(vector)[:min(4, len(vector))])
			}
			if hits < 10 {
				t.Errorf("%q is shown %d times: the card does not reach the pages", vector, hits)
			}
			seen += hits
		})
	}
}

// TestDangerIsSeen is the control: a page that takes the texts as they are is
// full of danger.
func TestDangerIsSeen(t *testing.T) {
	t.Parallel()
	missed := 0
	for _, vector := range vectors() {
		if strings.HasPrefix(vector, "<") && len(danger(parse(t, "<!DOCTYPE html><body><p title=\""+vector+"\">"+vector, nil))) == 0 {
			missed++
			t.Logf("not seen, as it would do nothing: %s", vector)
		}
	}
	if missed > 6 {
		t.Errorf("%d vectors are not seen", missed)
	}
	for _, harmless := range []string{`<a href="https://example.com/">x</a>`, `<p class="x">y</p>`, `<form action="/sign-in">`} {
		if found := danger(parse(t, harmless, nil)); len(found) > 0 {
			t.Errorf("%s: %v", harmless, found)
		}
	}
}
