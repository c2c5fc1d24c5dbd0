//go:build e2e

// Package browser_test opens the pages of the built program in a real browser.
package browser_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const key = "key-of-the-browser-test-0123456789"

// visit is one line of what browse.mjs tells.
type visit struct {
	Name, Scheme, Text, Walk, Found string
	Width                           int
	Plain                           bool
	Console, Foreign, Axe           []string
	Overflow, Shift                 float64
}

// target is a page, or what a form on it answers.
type target struct {
	Name   string            `json:"name"`
	Path   string            `json:"path"`
	Status int               `json:"status,omitempty"`
	Wait   string            `json:"wait,omitempty"`
	Fill   map[string]string `json:"fill,omitempty"`  // values of fields, by selectors
	Click  string            `json:"click,omitempty"` // what sends the form
	Live   bool              `json:"live,omitempty"`  // made by a script alone
	says   string
}

var longName = strings.Repeat("very-long-name-", 6) + "m"

const (
	unreadable = "model:\n  id: acme/new\n  name: [broken"
	faulty     = "model:\n  id: acme/new\n  name: New\n  licence: mit\n  tags: one\n"
	changed    = "model:\n  id: acme/sentiment\n  name: Mine\n"
)

var targets = []target{
	{Path: "/", says: "Acme Sentiment"},
	{Path: "/?q=nothingatall", says: "No card matches."},
	{Path: "/cards/acme/sentiment", says: "Passes the checks"},
	{Path: "/cards/acme/sentiment?revision=1", says: "This is revision 1."},
	{Path: "/cards/acme/sentiment/revisions", says: "Metrics over the revisions"},
	{Path: "/cards/acme/sentiment/diff", says: "/model/version"},
	{Path: "/cards/acme/sentiment/report", says: "Completeness"},
	{Path: "/cards/acme/sentiment/edit", says: "Edit revision 2"},
	{Path: "/cards/acme/many-metrics", says: "slice 199"},
	{Path: "/cards/acme/many-metrics/revisions", says: "Metrics over the revisions"},
	{Path: "/cards/acme/" + longName, says: "Chart of results"},
	{Path: "/cards/riwaq/arabic", says: "يقرأ هذا النموذج"},
	{Path: "/cards/riwaq/arabic/edit", says: "Edit revision 1"},
	{Path: "/cards/acme/hostile", says: "Model Description"},
	{Path: "/cards/acme/hostile/diff?from=1&to=2", says: "/model/"},
	{Path: "/cards/acme/hostile/edit", says: "Edit revision 2"},
	{Path: "/cards/acme/none", Status: 404, says: "there is no such card"},
	{Path: "/edit", says: "New card"},
	{Name: "unreadable", Path: "/edit", Fill: map[string]string{"#edit-text": unreadable}, Click: "[value=save]", Status: 400, says: "line 3, column"},
	{Name: "checked", Path: "/edit", Fill: map[string]string{"#edit-text": faulty}, Click: "[value=check]", says: "/model/licence"},
	{Name: "live", Path: "/edit", Fill: map[string]string{"#edit-text": faulty}, Wait: ".gutter span.error", Live: true},
	{Name: "preview", Path: "/cards/acme/sentiment/edit", Click: "[value=preview]", says: "Confidence interval"},
	{Name: "conflict", Path: "/cards/acme/sentiment/edit", Fill: map[string]string{"[name=expect]": "1", "#edit-text": changed}, Click: "[value=save]", Status: 412, says: "Revision 2 is newer than your text"},
	{Path: "/keys", says: "New key"},
	{Name: "key", Path: "/keys", Fill: map[string]string{"#key-name": strings.Repeat("a-long-name-", 9)}, Click: ".stack button", Status: 201, says: "no page shows it again"},
	{Name: "no key", Path: "/keys", Fill: map[string]string{"#key-name": "x", "#key-namespaces": "a/b/c"}, Click: ".stack button", Status: 422, says: "No key is made"},
	{Path: "/audit", says: "card.create"},
	{Path: "/audit?name=none", says: "No event matches."},
	{Path: "/sign-in", says: "The key is not kept."},
	{Path: "/docs", Wait: ".opblock", says: "the OpenAPI document"},
}

// TestPages: MCG_SHOTS names a folder for a picture of each page, and MCG_PICTURES the one of the pictures in the documentation.
func TestPages(t *testing.T) {
	chromium := findChromium(t)
	install(t)
	base := startService(t)
	for _, body := range append(cards(t), ordinary()...) {
		post(t, base, body)
	}
	for i := range targets {
		targets[i].Name = targets[i].Path + targets[i].Name
	}
	task := map[string]any{"chromium": chromium, "base": base, "key": key, "pages": targets, "shots": os.Getenv("MCG_SHOTS")}
	if dir := os.Getenv("MCG_PICTURES"); dir != "" {
		task["pictures"] = []picture{
			{target{Path: "/?namespace=shop"}, filepath.Join(dir, "list.png")}, {target{Path: "/cards/acme/sentiment"}, filepath.Join(dir, "card.png")},
			{target{Path: "/edit", Fill: map[string]string{"#edit-text": draft}, Wait: ".gutter span.error"}, filepath.Join(dir, "editor.png")},
		}
	}
	says, scripted := map[string]string{}, 0
	for _, target := range targets {
		says[target.Name] = target.says
		if target.Live {
			scripted++
		}
	}
	visits, plain := 0, 0
	for _, v := range browse[visit](t, "browse.mjs", task) {
		switch {
		case v.Walk != "":
			if !strings.HasSuffix(v.Walk, "/cards/acme/sentiment/diff?from=1&to=2") || !strings.Contains(v.Found, "Acme Sentiment") {
				t.Errorf("a walk without JavaScript ended at %s", v.Walk)
			}
			continue
		case v.Plain:
			plain++
			if !strings.Contains(v.Text, says[v.Name]) {
				t.Errorf("%s without JavaScript does not say %q", v.Name, says[v.Name])
			}
		default:
			visits++
		}
		check(t, v)
	}
	if visits != 4*len(targets) || plain != len(targets)-scripted {
		t.Errorf("%d visits and %d without JavaScript", visits, plain)
	}
	t.Logf("%d visits, %d without JavaScript", visits, plain)
}

// picture is a picture of a page for the documentation.
type picture struct {
	target
	File string `json:"file"`
}

// draft is what the picture of the editor has in it.
const draft = `model:
  id: shop/label-reader
  name: Label reader
  version: 2.2.0
  licence: apache-2.0
  pipeline_tag: image-to-text
  language: en
  summary: Reads the printed label of a parcel.

intended_use:
  direct_use: Reading labels at the counter.

evaluation:
  results:
    - task: {type: image-to-text}
      dataset: {name: Parcels 2026, type: parcels}
      metrics:
        - {type: cer, value: low}
`

func check(t *testing.T, v visit) {
	t.Helper()
	where := fmt.Sprintf("%s at %d px, %s", v.Name, v.Width, v.Scheme)
	for _, text := range v.Console {
		t.Errorf("%s: %s", where, text)
	}
	for _, url := range v.Foreign {
		t.Errorf("%s: asks for %s", where, url)
	}
	for _, finding := range v.Axe {
		t.Errorf("%s: axe: %s", where, finding)
	}
	if v.Overflow > 0 || v.Shift > 0.01 {
		t.Errorf("%s: %v px too wide, shifts by %v", where, v.Overflow, v.Shift)
	}
}

// cards are what the pages show: an ordinary card in two revisions, and cards
// that pages find hard.
func cards(t *testing.T) []any {
	t.Helper()
	example, err := os.ReadFile("../../../examples/sentiment.yaml")
	if err != nil {
		t.Fatal(err)
	}
	second := strings.NewReplacer("1.2.0", "1.3.0", "runs on one CPU core", "runs on half a CPU core").Replace(string(example))
	type object = map[string]any
	const attack = `<script>alert(1)</script><img src=https://evil.example/x.png onerror=alert(1)>"><svg onload=alert(1)>`
	return []any{
		hostile("before"), hostile(attack),
		object{"model": object{"id": "riwaq/arabic", "name": "نموذج تحليل المشاعر", "summary": "مصنف صغير للمشاعر في مراجعات المنتجات.", "license": "apache-2.0",
			"tags": []string{"عربي", "מודל"}, "description": "يقرأ هذا النموذج مراجعة ويقول ما إذا كانت إيجابية.\n\n- أول\n- ثان\n\nAn English paragraph.\n\nזהו מודל."}},
		object{"model": object{"id": "acme/" + longName, "name": strings.Repeat("Averyverylongnamewithoutaspace", 6), "tags": []string{strings.Repeat("long", 40), "b"},
			"summary":     strings.Repeat("word ", 80),
			"description": "|a|b|c|d|e|f|\n|-|-|-|-|-|-|\n|" + strings.Repeat("some longer cell|", 6) + "\n\n```\n" + strings.Repeat("x", 300) + "\n```\n\n![Chart of results](https://example.com/x.png)"}},
		object{"model": object{"id": "acme/many-metrics", "name": "Two hundred metrics", "license": "mit"}, "evaluation": object{"results": []any{
			object{"task": object{"type": "translation"}, "dataset": object{"name": "FLORES", "type": "flores"}, "metrics": manyMetrics(1)}}}},
		object{"model": object{"id": "acme/many-metrics", "name": "Two hundred metrics", "license": "mit"}, "evaluation": object{"results": []any{
			object{"task": object{"type": "translation"}, "dataset": object{"name": "FLORES", "type": "flores"}, "metrics": manyMetrics(2)}}}},
		string(example), second,
	}
}

// ordinary are the cards of the list in the documentation.
func ordinary() []any {
	var cards []any
	for _, c := range []struct{ name, title, task, library, license, summary string }{
		{"product-search", "Product search embeddings", "sentence-similarity", "sentence-transformers", "apache-2.0", "Sentence embeddings of product titles in five languages."},
		{"label-reader", "Label reader", "image-to-text", "transformers", "apache-2.0", "Reads the printed label of a parcel."},
		{"demand", "Demand forecast", "time-series-forecasting", "scikit-learn", "mit", ""},
		{"returns", "Returns classifier", "tabular-classification", "scikit-learn", "", ""},
	} {
		model := map[string]any{"id": "shop/" + c.name, "name": c.title, "pipeline_tag": c.task, "library_name": c.library, "tags": []string{"shop", c.library}, "version": "2.1.0", "language": "en"}
		card := map[string]any{"model": model}
		if c.license != "" {
			model["license"] = c.license
		}
		if c.summary != "" {
			model["summary"], model["developers"] = c.summary, "Shop machine learning"
			card["intended_use"] = map[string]any{"direct_use": c.summary, "out_of_scope_use": "Anything about a person."}
			card["training"] = map[string]any{"data": "The catalogue of 2025.", "regime": "bf16 mixed precision"}
			card["considerations"] = map[string]any{"overview": "Rare products are taken for common ones."}
		}
		cards = append(cards, card)
	}
	return cards
}

func hostile(text string) map[string]any {
	return map[string]any{
		"model":          map[string]any{"id": "acme/hostile", "name": text, "summary": text, "description": text, "license": text, "tags": []string{text}},
		"considerations": map[string]any{"overview": text}, "sections": []any{map[string]any{"title": text, "text": text}},
		"evaluation": map[string]any{"results": []any{map[string]any{"task": map[string]any{"type": text}, "metrics": []any{map[string]any{"type": text, "value": 0.5, "slice": text}}}}},
	}
}

func manyMetrics(seed uint64) []any {
	random := rand.New(rand.NewPCG(seed, 2))
	var metrics []any
	for i := range 200 {
		value := random.Float64()
		m := map[string]any{"type": []string{"accuracy", "f1", "latency_ms", "bleu"}[i%4], "value": value, "slice": fmt.Sprintf("slice %d", i)}
		if i%3 > 0 {
			m["confidence_interval"] = map[string]any{"lower_bound": value * 0.97, "upper_bound": value * 1.03, "level": 0.95}
		}
		if i%5 == 0 {
			m["threshold"] = 0.5
		}
		metrics = append(metrics, m)
	}
	return metrics
}
