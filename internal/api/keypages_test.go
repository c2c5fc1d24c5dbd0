package api

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// form posts a form by a session.
func (g *guarded) form(t *testing.T, session, path string, fields url.Values) (status int, body string) {
	t.Helper()
	header := map[string]string{"Cookie": sessionCookie + "=" + session, "Content-Type": formHeader["Content-Type"]}
	r := call{method: "POST", path: path, body: fields.Encode(), header: header}.do(t, g.h)
	if got := r.Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("%s: Cache-Control %q", path, got)
	}
	return r.StatusCode, bodyOf(t, r)
}

func (g *guarded) read(t *testing.T, session, path string) string {
	t.Helper()
	return bodyOf(t, call{method: "GET", path: path, header: map[string]string{"Cookie": sessionCookie + "=" + session}}.do(t, g.h))
}

func TestKeyPages(t *testing.T) {
	t.Parallel()
	g := newGuarded(t, nil)
	session := sessionOf(t, g.signIn(t, adminKey, "/", nil)).Value
	status, body := g.form(t, session, "/keys", url.Values{"name": {"CI <b>"}, "role": {"readonly"}, "namespaces": {"acme, other"}, "expires": {"2999-12-31"}})
	secret := regexp.MustCompile(`mcg_[A-Za-z0-9_-]{20,}`).FindString(body)
	if status != http.StatusCreated || secret == "" || strings.Contains(body, "CI <b>") {
		t.Fatalf("making a key: %d %s", status, body)
	}
	if got := g.status(t, "GET", "/v1/cards", secret); got != 200 {
		t.Errorf("its use: %d", got)
	}
	list := g.read(t, session, "/keys")
	if strings.Contains(list, secret) || !strings.Contains(list, "CI &lt;b&gt;") || !strings.Contains(list, "acme/*, other/*") || !strings.Contains(list, "3000-01-01 00:00 UTC") {
		t.Errorf("the list: %s", list)
	}
	id := regexp.MustCompile(`/keys/(\w+)/revoke`).FindStringSubmatch(list)[1]
	if status, _ := g.form(t, session, "/keys/"+id+"/revoke", nil); status != http.StatusSeeOther {
		t.Errorf("revoking: %d", status)
	}
	if got := g.status(t, "GET", "/v1/cards", secret); got != 401 {
		t.Errorf("after revoking: %d", got)
	}
	if strings.Contains(g.read(t, session, "/keys"), "/revoke") {
		t.Error("a revoked key can be revoked")
	}
	if strings.Contains(g.log.String(), secret) {
		t.Error("the secret is in the log")
	}
}

func TestKeyPageTellsWhatIsWrong(t *testing.T) {
	t.Parallel()
	g := newGuarded(t, nil)
	session := sessionOf(t, g.signIn(t, adminKey, "/", nil)).Value
	for name, fields := range map[string]url.Values{
		"no name":             {"role": {"readonly"}},
		"no role":             {"name": {"k"}},
		"a role of nobody":    {"name": {"k"}, "role": {"nobody"}},
		"no such day":         {"name": {"k"}, "role": {"readonly"}, "expires": {"2026-02-31"}},
		"a day that is over":  {"name": {"k"}, "role": {"readonly"}, "expires": {"2001-02-03"}},
		"no namespace's name": {"name": {"k"}, "role": {"readonly"}, "namespaces": {"a/b/c"}},
	} {
		status, body := g.form(t, session, "/keys", fields)
		if status != http.StatusUnprocessableEntity || !strings.Contains(body, "No key is made") || !strings.Contains(body, `value="`+fields.Get("name")+`"`) {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
}

func TestAuditPage(t *testing.T) {
	t.Parallel()
	g := newGuarded(t, nil)
	restoreWorld(t, g.h)
	g.makeKey(t, `{"name":"k","roles":["readonly"]}`)
	events := func(key, query string) int {
		session := sessionOf(t, g.signIn(t, key, "/", nil)).Value
		return strings.Count(g.read(t, session, "/audit"+query), "<tr><td>")
	}
	for query, want := range map[string]int{
		"": 3, "?action=key.create": 1, "?action=card.create": 2, "?namespace=acme": 1, "?namespace=acme&name=none": 0,
		"?from=2001-01-01&until=2001-01-02": 0, "?from=2001-01-01": 3, "?principal=nobody": 0,
	} {
		if got := events(adminKey, query); got != want {
			t.Errorf("%q: %d events, want %d", query, got, want)
		}
	}
	if got := events(acmeKey, ""); got != 1 {
		t.Errorf("acme's admin sees %d events, want that of its own card", got)
	}
	if r := (call{method: "GET", path: "/audit?from=yesterday"}).as(adminKey).do(t, g.h); r.StatusCode != http.StatusBadRequest {
		t.Errorf("no day: %d", r.StatusCode)
	}
}

func TestAuditPagesFollowEachOther(t *testing.T) {
	t.Parallel()
	g := newGuarded(t, nil)
	for range 60 {
		g.makeKey(t, `{"name":"k","roles":["readonly"]}`)
	}
	session := sessionOf(t, g.signIn(t, adminKey, "/", nil)).Value
	first := g.read(t, session, "/audit?action=key.create")
	next := regexp.MustCompile(`href="(/audit\?[^"]*cursor=[^"]+)" rel="next"`).FindStringSubmatch(first)
	if strings.Count(first, "<tr><td>") != 50 || next == nil {
		t.Fatalf("the first page has %d events, next %v", strings.Count(first, "<tr><td>"), next)
	}
	if rest := g.read(t, session, strings.ReplaceAll(next[1], "&amp;", "&")); strings.Count(rest, "<tr><td>") != 10 || strings.Contains(rest, `rel="next"`) {
		t.Errorf("the second has %d", strings.Count(rest, "<tr><td>"))
	}
}
