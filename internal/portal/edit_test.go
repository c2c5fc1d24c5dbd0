package portal_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

const edited = "model:\n  id: acme/m\n  name: M\n  license: mit\n"

// submit posts the form of the editor.
func (w world) submit(t testing.TB, path string, fields ...string) (*http.Response, page) {
	t.Helper()
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	r := w.send(t, "POST", path, form.Encode(), http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Origin": {"http://127.0.0.1"}})
	return r, parse(t, textOf(t, r), r.Header)
}

func (p page) text(t testing.TB) string {
	t.Helper()
	return strings.TrimSpace(p.all("textarea", "")[0].FirstChild.Data)
}

func (p page) field(name string) string {
	for _, input := range p.all("input", "") {
		if attributeOf(input, "name") == name {
			return attributeOf(input, "value")
		}
	}
	return ""
}

func TestEditorMakesACardAndARevision(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	example := w.open(t, "/edit").text(t)
	if !strings.Contains(example, "model:") {
		t.Fatalf("a new card begins with %q", example)
	}
	if r, p := w.submit(t, "/edit", "text", example, "do", "check"); r.StatusCode != 200 || p.one(t, "span", "verdict") != "Passes the checks" {
		t.Errorf("the example: %d %s", r.StatusCode, inner(p.Node))
	}
	r, _ := w.submit(t, "/edit", "text", edited, "do", "save", "reason", "the first")
	if r.StatusCode != http.StatusSeeOther || r.Header.Get("Location") != "/cards/acme/m" {
		t.Fatalf("a new card: %d %v", r.StatusCode, r.Header)
	}
	p := w.open(t, "/cards/acme/m/edit")
	if p.text(t)+"\n" != edited || p.field("expect") != "1" {
		t.Fatalf("the editor has revision %s and %q", p.field("expect"), p.text(t))
	}
	r, _ = w.submit(t, "/cards/acme/m/edit", "text", strings.ReplaceAll(edited+"  version: 2.0.0\n", "\n", "\r\n"), "expect", "1", "do", "save", "reason", "a version")
	if r.StatusCode != http.StatusSeeOther {
		t.Fatalf("a revision: %d", r.StatusCode)
	}
	if got := inner(w.open(t, "/cards/acme/m/revisions").Node); !strings.Contains(got, "a version") || !strings.Contains(got, "the first") {
		t.Errorf("the revisions do not say why: %s", got)
	}
	if source := textOf(t, w.send(t, "GET", "/v1/cards/acme/m?format=source", "", nil)); source != edited+"  version: 2.0.0\n" {
		t.Errorf("the source is %q", source)
	}
	audit := textOf(t, w.send(t, "GET", "/v1/audit?name=m", "", nil))
	if strings.Count(audit, `"card.create"`) != 1 || strings.Count(audit, `"card.revise"`) != 1 || !strings.Contains(audit, `"reason":"a version"`) || !strings.Contains(audit, `"address":"192.0.2.1"`) {
		t.Errorf("audit: %s", audit)
	}
}

func TestEditorKeepsTheText(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.post(t, yaml, edited)
	tests := map[string]struct {
		path, text string
		do         []string
		status     int
		says       string
	}{
		"no YAML":              {"/edit", "model:\n  name: [a", []string{"check", "preview", "save"}, 400, "line 2, column"},
		"no card":              {"/edit", "model:\n  id: acme/x\n  licence: mit", []string{"check", "preview", "save"}, 422, "line 3, column 3 /model/licence"},
		"a card that there is": {"/edit", edited + "  version: 9.0.0", []string{"save"}, 412, "there is a card with this identifier already"},
		"another card's text":  {"/cards/acme/m/edit", "model: {id: acme/other, name: O}", []string{"check", "preview", "save"}, 422, "this is the text of acme/other"},
		"no such card":         {"/cards/acme/none/edit", "model: {name: N}", []string{"check", "preview", "save"}, 404, "there is no such card"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, do := range tc.do {
				expect := "0"
				if tc.path != "/edit" {
					expect = "1"
				}
				r, p := w.submit(t, tc.path, "text", tc.text, "do", do, "expect", expect, "reason", "why")
				want := tc.status
				if do == "check" && tc.path == "/edit" { // findings are what was asked for
					want = 200
				}
				if len(p.all("span", "score")) > 0 {
					t.Errorf("%s: what is no card has a score", do)
				}
				if r.StatusCode != want || !strings.Contains(inner(p.Node), tc.says) {
					t.Errorf("%s: %d %s", do, r.StatusCode, inner(p.all("main", "")[0]))
				}
				if p.text(t) != tc.text || p.field("reason") != "why" {
					t.Errorf("%s: the text is %q", do, p.text(t))
				}
			}
		})
	}
	if got := textOf(t, w.send(t, "GET", "/v1/cards/acme/m/revisions", "", nil)); strings.Count(got, `"revision":`) != 1 {
		t.Errorf("a refusal made a revision: %s", got)
	}
}

func TestEditorShowsAConflict(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.post(t, yaml, edited)
	w.post(t, yaml, edited+"  summary: theirs\n")
	mine := edited + "  summary: mine"
	r, p := w.submit(t, "/cards/acme/m/edit", "text", mine, "expect", "1", "do", "save")
	if r.StatusCode != http.StatusPreconditionFailed || p.text(t) != mine || p.field("expect") != "1" {
		t.Fatalf("%d, revision %s, %q", r.StatusCode, p.field("expect"), p.text(t))
	}
	if before, after := inner(p.all("td", "del")[0]), inner(p.all("td", "ins")[0]); before != "summary: theirs" || after != "summary: mine" {
		t.Errorf("the two sides: %q and %q", before, after)
	}
	_, p = w.submit(t, "/cards/acme/m/edit", "text", mine, "expect", "1", "over", "2")
	if p.field("expect") != "2" || p.text(t) != mine {
		t.Fatalf("going on from revision %s with %q", p.field("expect"), p.text(t))
	}
	if r, _ := w.submit(t, "/cards/acme/m/edit", "text", mine, "expect", "2", "do", "save"); r.StatusCode != http.StatusSeeOther {
		t.Errorf("saving over it: %d", r.StatusCode)
	}
	if r, p := w.submit(t, "/cards/acme/m/edit", "text", "# a comment\n"+mine, "expect", "3", "do", "save"); r.StatusCode != 200 || !strings.Contains(p.one(t, "p", "notice"), "says already") {
		t.Errorf("nothing new: %d", r.StatusCode)
	}
}

func TestEditorPreviews(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	_, p := w.submit(t, "/edit", "do", "preview", "text", "model: {id: acme/p, name: Seen before, description: '<script>alert(1)</script>*kept*'}")
	preview := inner(p.all("section", "preview")[0])
	if !strings.Contains(preview, "Seen before") || !strings.Contains(preview, "kept") {
		t.Errorf("preview: %s", preview)
	}
	if r := w.send(t, "GET", "/v1/cards/acme/p", "", nil); r.StatusCode != http.StatusNotFound {
		t.Errorf("a preview is stored: %d", r.StatusCode)
	}
}

func TestEditorIsOfOwnPagesAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	form := url.Values{"text": {edited}, "do": {"save"}}.Encode()
	for _, header := range []http.Header{{"Origin": {"https://evil.example"}}, {"Sec-Fetch-Site": {"cross-site"}}, {"Origin": {"null"}}} {
		header.Set("Content-Type", "application/x-www-form-urlencoded")
		if r := w.send(t, "POST", "/edit", form, header); r.StatusCode != http.StatusForbidden {
			t.Errorf("%v: %d", header, r.StatusCode)
		}
	}
	for _, bad := range [][]string{{"expect", "-1"}, {"expect", "x"}, {"expect", "4"}, {"type", "text/html"}} {
		if r, _ := w.submit(t, "/edit", append(bad, "text", edited, "do", "save")...); r.StatusCode < 400 || r.StatusCode >= 500 {
			t.Errorf("%v: %d", bad, r.StatusCode)
		}
	}
	if r, _ := w.submit(t, "/edit", "text", strings.Repeat("#", 4<<20), "do", "save"); r.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("4 MB: %d", r.StatusCode)
	}
}
