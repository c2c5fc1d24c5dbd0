package portal_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

const (
	yaml    = "application/yaml"
	example = "../../examples/sentiment.yaml"
)

func withExample(t testing.TB) world {
	t.Helper()
	source, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, nil)
	w.post(t, yaml, string(source))
	w.post(t, yaml, strings.Replace(string(source), "version: 1.2.0", "version: 1.3.0", 1))
	return w
}

// everyPage are the pages of a card and those about all of them.
var everyPage = []string{
	"/", "/?q=sentiment", "/cards/acme/sentiment", "/cards/acme/sentiment?revision=1", "/cards/acme/sentiment/revisions",
	"/cards/acme/sentiment/diff", "/cards/acme/sentiment/report", "/cards/acme/sentiment?fragment=1", "/docs",
}

func TestEveryPageStandsAlone(t *testing.T) {
	t.Parallel()
	w := withExample(t)
	for _, path := range everyPage {
		p := w.open(t, path)
		if path != "/docs" && strings.Contains(p.header.Get("Content-Security-Policy"), "script") {
			t.Errorf("%s: policy %q", path, p.header.Get("Content-Security-Policy"))
		}
		for n := range p.Descendants() {
			if n.Type != html.ElementNode {
				continue
			}
			for _, a := range n.Attr {
				if (a.Key == "src" || n.Data == "link" && attributeOf(n, "rel") != "alternate") && strings.Contains(a.Val, "//") {
					t.Errorf("%s: asks elsewhere for %s", path, a.Val)
				}
				if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
					t.Errorf("%s: %s=%q", path, a.Key, a.Val)
				}
			}
		}
		if strings.Contains(path, "fragment") {
			if len(p.all("article", "mcg-card")) != 1 || strings.Contains(p.source, "<html") || strings.Contains(p.source, "<link") {
				t.Errorf("the fragment is not a card alone")
			}
			continue
		}
		checkFrame(t, path, p)
	}
}

// checkFrame holds a page to what every page has.
func checkFrame(t *testing.T, path string, p page) {
	t.Helper()
	if attributeOf(p.all("html", "")[0], "lang") != "en" || len(p.all("title", "")) == 0 || len(p.all("meta", "")) < 2 {
		t.Errorf("%s: no language, title or viewport", path)
	}
	if path != "/docs" && (len(p.all("h1", "")) != 1 || len(p.all("main", "")) != 1) {
		t.Errorf("%s: %d h1, %d main", path, len(p.all("h1", "")), len(p.all("main", "")))
	}
	ids := map[string]bool{}
	for n := range p.Descendants() {
		if id := attributeOf(n, "id"); id != "" {
			if ids[id] {
				t.Errorf("%s: the id %q twice", path, id)
			}
			ids[id] = true
		}
	}
	for _, link := range p.links() {
		if to, ok := strings.CutPrefix(link, "#"); ok && !ids[to] {
			t.Errorf("%s: a link to #%s, which there is not", path, to)
		}
	}
}

// TestLinksLeadSomewhere follows every link of every page to this service.
func TestLinksLeadSomewhere(t *testing.T) {
	t.Parallel()
	w := withExample(t)
	seen := map[string]bool{}
	for queue := slices.Clone(everyPage[:6]); len(queue) > 0; queue = queue[1:] {
		path, _, _ := strings.Cut(queue[0], "#")
		if path == "" || seen[path] || !strings.HasPrefix(path, "/") || len(seen) > 200 {
			continue
		}
		seen[path] = true
		r := w.send(t, "GET", path, "", nil)
		body := textOf(t, r)
		if r.StatusCode >= 400 {
			t.Errorf("%s: %d", path, r.StatusCode)
		}
		if strings.HasPrefix(r.Header.Get("Content-Type"), "text/html") && !strings.HasPrefix(path, "/v1") {
			queue = append(queue, parse(t, body, nil).links()...)
		}
	}
	if len(seen) < 30 {
		t.Errorf("%d addresses were followed", len(seen))
	}
	t.Logf("%d addresses", len(seen))
}

func TestCardPage(t *testing.T) {
	t.Parallel()
	w := withExample(t)
	p := w.open(t, "/cards/acme/sentiment")
	if got := p.one(t, "h1", ""); got != "Acme Sentiment" {
		t.Errorf("h1 %q", got)
	}
	if got := p.one(t, "span", "verdict"); got != "Passes the checks" {
		t.Errorf("verdict %q", got)
	}
	if got := p.one(t, "span", "score"); !regexp.MustCompile(`^100 % complete$`).MatchString(got) {
		t.Errorf("score %q", got)
	}
	rows := p.all("table", "metrics")
	if len(rows) != 1 || !strings.Contains(inner(rows[0]), "Accuracy all 0.934 0.9 0.96 0.931 – 0.937 (95 %) 0.92 reached 40 000") {
		t.Errorf("metrics: %q", inner(rows[0]))
	}
	if got := attributeOf(p.all("svg", "")[1], "aria-label"); !strings.Contains(got, "Accuracy 0.934, confidence interval 0.931 – 0.937 (95 %), threshold 0.92, on a line from 0.9 to 0.96") {
		t.Errorf("chart: %q", got)
	}
	if n := len(p.all("span", "gap")); n < 5 {
		t.Errorf("%d gaps are shown as gaps", n)
	}
	w.post(t, yaml, "model: {id: acme/poor, name: Poor, license: mit}\n")
	if n := len(w.open(t, "/cards/acme/poor").all("li", "gap-item")); n < 10 {
		t.Errorf("of what is missing, %d lines are told", n)
	}
	for _, want := range []string{"/v1/cards/acme/sentiment/revisions/2?format=pdf", "/?namespace=acme", "/?tag=reviews", "#results-in-figures", "/cards/acme/sentiment/report"} {
		if !slices.Contains(p.links(), want) {
			t.Errorf("no link to %s", want)
		}
	}
	if old := w.open(t, "/cards/acme/sentiment?revision=1"); !strings.Contains(old.one(t, "p", "notice"), "This is revision 1.") || !strings.Contains(old.one(t, "dl", "facts"), "1.2.0") {
		t.Error("revision 1 does not say that it is an old one")
	}
}

func TestRevisionsAndDiff(t *testing.T) {
	t.Parallel()
	w := withExample(t)
	p := w.open(t, "/cards/acme/sentiment/revisions")
	if got := inner(p.all("tbody", "")[0]); !regexp.MustCompile(`^2 \S+ \S+ UTC loopback no reason given Compare with the one before 1 .* the first$`).MatchString(got) {
		t.Errorf("revisions %q", got)
	}
	p = w.open(t, "/cards/acme/sentiment/diff?from=1&to=2")
	if p.one(t, "td", "del") != "1.2.0" || p.one(t, "td", "ins") != "1.3.0" || p.one(t, "code", "") != "/model/version" {
		t.Errorf("diff: %s", p.source)
	}
	if same := w.open(t, "/cards/acme/sentiment/diff?from=2&to=2"); same.one(t, "p", "empty") != "There is no difference." {
		t.Error("no difference is not told")
	}
}

func TestHistoryOfMetrics(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	const card = "model: {id: acme/m, name: M}\nevaluation: {results: [{task: {type: qa}, dataset: {name: SQuAD, type: squad}, metrics: [{type: f1, value: %s%s}%s]}]}\n"
	for _, revision := range [][]any{{"0.9", ", threshold: 0.8", ""}, {"0.85", ", threshold: 0.8", ", {type: once, value: 1}"}, {"0.7", "", ""}, {"often", "", ""}} {
		w.post(t, yaml, fmt.Sprintf(card, revision...))
	}
	p := w.open(t, "/cards/acme/m/revisions")
	plots := p.all("ul", "plots")
	if len(plots) != 1 || len(p.all("circle", "dot")) != 3 {
		t.Fatalf("%d charts, %d dots", len(plots), len(p.all("circle", "dot")))
	}
	if got := inner(plots[0]); !strings.Contains(got, "f1 qa, SQuAD") || strings.Contains(got, "once") || !strings.HasSuffix(got, "1 0.9 0.8 2 0.85 0.8 3 0.7 not given") {
		t.Errorf("the history: %s", got)
	}
	if got := attributeOf(p.all("path", "course")[0], "d"); got != "M44.0 19.1L178.0 28.3L312.0 55.7" {
		t.Errorf("its line: %s", got)
	}
	if got := attributeOf(p.all("path", "limit")[0], "d"); got != "M44.0 37.4L178.0 37.4M178.0 37.4L312.0 37.4" {
		t.Errorf("its threshold: %s", got)
	}
	if len(w.open(t, "/cards/acme/m/revisions?cursor=").all("ul", "plots")) != 1 {
		t.Error("the history is not remembered")
	}
}

func TestReportHasLines(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.post(t, yaml, "model:\n  id: acme/bad\n  license: nosuch\n  description: |\n    token hf_"+"abcdefghijKLMNOPQRSTuvwxyzABCDEFGH\n")
	p := w.open(t, "/cards/acme/bad/report")
	if got := p.one(t, "span", "verdict"); got != "Fails the checks" {
		t.Errorf("verdict %q", got)
	}
	if text := inner(p.Node); !strings.Contains(text, "line 3, column 12 /model/license") || !strings.Contains(text, "license: nosuch") {
		t.Errorf("report: %s", text)
	}
	if strings.Contains(p.source, "abcdefghijKLMNOPQRSTuvwxyzABCDEFGH") {
		t.Error("the report shows the secret")
	}
}

func TestListNarrowsAndPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	if p := w.open(t, "/"); !strings.Contains(p.one(t, "div", "empty"), "There is no card here yet.") {
		t.Error("the empty state")
	}
	for i := range 30 {
		w.post(t, yaml, fmt.Sprintf("model: {id: %s/m%02d, name: Model %d, license: %s, tags: [all, t%d]}\n", []string{"a", "b"}[i%2], i, i, []string{"mit", "apache-2.0"}[i%2], i%3))
	}
	p := w.open(t, "/?sort=name")
	var names []string
	for range 3 {
		for _, id := range p.all("p", "id") {
			names = append(names, inner(id))
		}
		next := ""
		for _, a := range p.all("a", "") {
			if attributeOf(a, "rel") == "next" {
				next = attributeOf(a, "href")
			}
		}
		if next == "" {
			break
		}
		p = w.open(t, next)
	}
	if len(names) != 30 || !slices.IsSorted(names) || len(slices.Compact(names)) != 30 {
		t.Errorf("by pages: %v", names)
	}
	narrowed := w.open(t, "/?namespace=b&license=apache-2.0&tag=all&tag=t1")
	if got := len(narrowed.all("p", "id")); got != 5 {
		t.Errorf("narrowed: %d cards", got)
	}
	if !slices.Contains(narrowed.links(), "/?license=apache-2.0&namespace=b&tag=all") {
		t.Errorf("a facet can't be taken away: %v", narrowed.links())
	}
	if p := w.open(t, "/?q=nothing"); !strings.Contains(p.one(t, "div", "empty"), "No card matches.") {
		t.Error("nothing found")
	}
	if r := w.send(t, "GET", "/?cursor=forged", "", nil); r.StatusCode != http.StatusBadRequest || !strings.Contains(r.Header.Get("Content-Type"), "text/html") {
		t.Errorf("a forged cursor: %d", r.StatusCode)
	}
}

func TestListHasRiskClasses(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for i, class := range []string{"high", "high", "minimal", ""} {
		act := ""
		if class != "" {
			act = "compliance: {eu_ai_act: {risk_class: " + class + "}}\n"
		}
		w.post(t, yaml, fmt.Sprintf("model: {id: a/m%d, name: Model %d, summary: of high risk}\n%s", i, i, act))
	}
	links := w.open(t, "/").links()
	if !slices.Contains(links, "/?risk=high") || !slices.Contains(links, "/?risk=minimal") || slices.Contains(links, "/?risk=limited") {
		t.Errorf("the classes: %v", links)
	}
	for query, want := range map[string]int{"risk=high": 2, "risk=minimal": 1, "risk=limited": 0, "risk=high&q=1": 1, "q=!!!&risk=high": 0, "q=high": 4} {
		if got := len(w.open(t, "/?"+query).all("p", "id")); got != want {
			t.Errorf("%s: %d cards, want %d", query, got, want)
		}
	}
	p := w.open(t, "/?risk=high")
	if !strings.Contains(inner(p.Node), "AI Act risk class: high") || strings.Contains(p.source, "mcgairisk") {
		t.Error("the list does not say what it is narrowed by")
	}
}

func TestOEmbed(t *testing.T) {
	t.Parallel()
	w := withExample(t)
	var found string
	for _, l := range w.open(t, "/cards/acme/sentiment?revision=1").all("link", "") {
		if attributeOf(l, "type") == "application/json+oembed" {
			found = attributeOf(l, "href")
		}
	}
	ask := func(query string) (int, map[string]any) {
		r := w.send(t, "GET", query, "", nil)
		var answer map[string]any
		_ = json.Unmarshal([]byte(textOf(t, r)), &answer)
		return r.StatusCode, answer
	}
	status, answer := ask(strings.TrimPrefix(found, "http://127.0.0.1"))
	if status != 200 || answer["version"] != "1.0" || answer["type"] != "rich" || answer["title"] != "Acme Sentiment" || answer["width"] != 600.0 || answer["height"] != 200.0 {
		t.Fatalf("%s: %d %v", found, status, answer)
	}
	if body, _ := answer["html"].(string); !strings.Contains(body, `href="http://127.0.0.1/cards/acme/sentiment"`) || !strings.Contains(body, "revision 1, passes, 100 % complete") {
		t.Errorf("html: %s", body)
	}
	const card = "/oembed?url=http://127.0.0.1/cards/acme/sentiment"
	if _, answer = ask(card + "&maxwidth=300&maxheight=9999"); answer["width"] != 300.0 || answer["height"] != 200.0 {
		t.Errorf("bounded: %v", answer)
	}
	for query, want := range map[string]int{
		card + "&format=xml": 501, card + "&maxwidth=0": 400, "/oembed": 404, "/oembed?url=http://127.0.0.1/cards/acme/none": 404,
		"/oembed?url=http://other.example/cards/acme/sentiment": 404, "/oembed?url=javascript://127.0.0.1/cards/acme/sentiment": 404, "/oembed?url=http://127.0.0.1/": 404,
		"/oembed?url=%3A%3A": 404, card + "?revision=9": 404,
	} {
		if got, _ := ask(query); got != want {
			t.Errorf("%s: %d, want %d", query, got, want)
		}
	}
}

func TestBadge(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.post(t, yaml, "model: {id: acme/m-2.5.svg, name: M}\n")
	for query, want := range map[string]string{"": `model card: \d %`, "?show=status": "model card checks: passes"} {
		r := w.send(t, "GET", "/badge/acme/m-2.5.svg.svg"+query, "", nil)
		body := textOf(t, r)
		if r.StatusCode != 200 || r.Header.Get("Content-Type") != "image/svg+xml" || r.Header.Get("Cross-Origin-Resource-Policy") != "cross-origin" {
			t.Fatalf("%d %v", r.StatusCode, r.Header)
		}
		if !regexp.MustCompile(`<title>` + want + `</title>`).MatchString(body) {
			t.Errorf("%s: %s", query, body)
		}
		for decoder := xml.NewDecoder(strings.NewReader(body)); ; {
			if _, err := decoder.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s is no XML: %v", query, err)
			}
		}
	}
	if r := w.send(t, "GET", "/badge/acme/none.svg", "", nil); r.StatusCode != http.StatusNotFound {
		t.Errorf("no card: %d", r.StatusCode)
	}
}

// TestCardPageIsSmall: the page and all that it asks for, as they are sent.
func TestCardPageIsSmall(t *testing.T) {
	t.Parallel()
	w := withExample(t)
	p := w.open(t, "/cards/acme/sentiment")
	addresses := []string{"/cards/acme/sentiment"}
	for _, l := range p.all("link", "") {
		if attributeOf(l, "rel") == "alternate" {
			continue // is for other services
		}
		addresses = append(addresses, attributeOf(l, "href"))
	}
	total := 0
	for _, address := range addresses {
		r := w.send(t, "GET", address, "", http.Header{"Accept-Encoding": {"gzip"}})
		body := textOf(t, r)
		if total += len(body); r.Header.Get("Content-Encoding") != "gzip" {
			t.Errorf("%s is not compressed", address)
		}
		reader, err := gzip.NewReader(bytes.NewReader([]byte(body)))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, reader); err != nil {
			t.Errorf("%s: %v", address, err)
		}
		if strings.HasPrefix(address, "/assets/") && !strings.Contains(r.Header.Get("Cache-Control"), "immutable") {
			t.Errorf("%s may not be kept", address)
		}
	}
	if total > 60<<10 {
		t.Errorf("%d bytes", total)
	}
	t.Logf("%d bytes in %d answers", total, len(addresses))
}

func TestTroubleIsAPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for _, path := range []string{"/cards/acme/none", "/cards/acme/none/report", "/cards/acme/none/diff", "/cards/acme/none/revisions", "/cards/a%00b/c", "/assets/portal.css"} {
		r := w.send(t, "GET", path, "", nil)
		if p := parse(t, textOf(t, r), r.Header); r.StatusCode != http.StatusNotFound || p.one(t, "h1", "") != "Not Found" {
			t.Errorf("%s: %d", path, r.StatusCode)
		}
	}
}
