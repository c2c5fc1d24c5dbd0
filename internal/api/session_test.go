package api

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
)

// signIn posts the form of the sign-in page.
func (g *guarded) signIn(t *testing.T, key, next string, header map[string]string) *http.Response {
	t.Helper()
	r := httptest.NewRequest("POST", "https://mcg.example/sign-in", strings.NewReader(url.Values{"key": {key}, "next": {next}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for name, value := range header {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	g.h.ServeHTTP(w, r)
	return w.Result()
}

func sessionOf(t *testing.T, r *http.Response) *http.Cookie {
	t.Helper()
	for _, c := range r.Cookies() {
		if c.Name == sessionCookie {
			return c
		}
	}
	t.Fatalf("no session: %d", r.StatusCode)
	return nil
}

// withSession is the status of a request that has a session and nothing else.
func (g *guarded) withSession(t *testing.T, method, path, value string) int {
	t.Helper()
	return call{method: method, path: path, header: map[string]string{"Cookie": sessionCookie + "=" + value}}.do(t, g.h).StatusCode
}

func TestSession(t *testing.T) {
	t.Parallel()
	g := newGuarded(t, nil)
	restoreWorld(t, g.h)
	r := g.signIn(t, readerKey, "/cards/acme/m", nil)
	c := sessionOf(t, r)
	if r.StatusCode != http.StatusSeeOther || r.Header.Get("Location") != "/cards/acme/m" || r.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("signing in: %d %v", r.StatusCode, r.Header)
	}
	if !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.MaxAge <= 0 || c.MaxAge > 3600 {
		t.Errorf("the cookie: %+v", c)
	}
	if strings.Contains(c.Value, readerKey) || strings.Contains(g.log.String(), readerKey) || strings.Contains(g.log.String(), c.Value) {
		t.Error("a secret is in the cookie or in the log")
	}
	for path, want := range map[string]int{"/": 200, "/cards/acme/m": 200, "/v1/cards/acme/m?format=yaml": 200, "/v1/audit": 403} {
		if got := g.withSession(t, "GET", path, c.Value); got != want {
			t.Errorf("GET %s: %d, want %d", path, got, want)
		}
	}
	if got := g.withSession(t, "GET", "/", c.Value+"x"); got != 401 {
		t.Errorf("a forged session: %d", got)
	}
	if out := (call{method: "POST", path: "/sign-out"}).do(t, g.h); sessionOf(t, out).MaxAge >= 0 {
		t.Error("signing out leaves the cookie")
	}
}

// TestSessionWritesNothing: a browser sends the cookie unasked, so it is no
// credential for a write.
func TestSessionWritesNothing(t *testing.T) {
	t.Parallel()
	g := newGuarded(t, nil)
	restoreWorld(t, g.h)
	c := sessionOf(t, g.signIn(t, adminKey, "/", nil))
	for _, route := range []string{"POST /v1/cards", "DELETE /v1/cards/acme/m", "POST /v1/keys", "POST /v1/auth/token", "POST /v1/render"} {
		method, path, _ := strings.Cut(route, " ")
		if got := g.withSession(t, method, path, c.Value); got != 401 {
			t.Errorf("%s: %d", route, got)
		}
	}
}

func TestSessionEndsWithItsKey(t *testing.T) {
	t.Parallel()
	g := newGuarded(t, nil)
	key, id := g.makeKey(t, `{"name":"browser","roles":["readonly"],"expires_at":"`+time.Now().Add(10*time.Minute).Format(time.RFC3339)+`"}`)
	c := sessionOf(t, g.signIn(t, key, "/", nil))
	if c.MaxAge > 600 {
		t.Errorf("a session of %d seconds outlives its key", c.MaxAge)
	}
	if got := g.withSession(t, "GET", "/", c.Value); got != 200 {
		t.Fatalf("before: %d", got)
	}
	if got := g.status(t, "DELETE", "/v1/keys/"+id, adminKey); got != 204 {
		t.Fatal(got)
	}
	if got := g.withSession(t, "GET", "/", c.Value); got != 401 {
		t.Errorf("after revoking: %d", got)
	}
}

func TestSignInIsOfOwnPagesAlone(t *testing.T) {
	t.Parallel()
	g := newGuarded(t, func(o *Options) { o.CORSOrigins = []string{"*"} })
	for _, header := range []map[string]string{{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "null"}} {
		if r := g.signIn(t, readerKey, "/", header); r.StatusCode != http.StatusForbidden || len(r.Cookies()) > 0 {
			t.Errorf("%v: %d %v", header, r.StatusCode, r.Cookies())
		}
	}
	for _, next := range []string{"//evil.example", "https://evil.example", `/\evil.example`, "javascript:alert(1)", "/\t/evil.example", "", "evil"} {
		if to := g.signIn(t, readerKey, next, nil).Header.Get("Location"); to != "/" {
			t.Errorf("next %q leads to %q", next, to)
		}
	}
	r := g.signIn(t, "no-key-of-ours", "/", nil)
	if body := bodyOf(t, r); r.StatusCode != 401 || len(r.Cookies()) > 0 || !strings.Contains(body, "This key is not accepted.") || strings.Contains(body, "no-key-of-ours") {
		t.Errorf("a wrong key: %d %s", r.StatusCode, body)
	}
}

// TestSignInIsThrottled: guesses by the form count as those by the API do.
func TestSignInIsThrottled(t *testing.T) {
	t.Parallel()
	g := newGuarded(t, func(o *Options) { o.Limits = Limits{FailedLogins: 5} })
	last := 0
	for range 10 {
		last = g.signIn(t, "a-guess", "/", nil).StatusCode
	}
	if last != http.StatusTooManyRequests {
		t.Errorf("the tenth guess: %d", last)
	}
}

// TestVisitorIsAskedToSignIn: who may not see a page gets the form, and comes
// back to the page.
func TestVisitorIsAskedToSignIn(t *testing.T) {
	t.Parallel()
	g := newGuarded(t, nil)
	r := call{method: "GET", path: "/cards/acme/m?revision=1"}.do(t, g.h)
	body := bodyOf(t, r)
	if r.StatusCode != 401 || !strings.Contains(body, `name="next" value="/cards/acme/m?revision=1"`) || !strings.Contains(body, `action="/sign-in"`) {
		t.Errorf("%d %s", r.StatusCode, body)
	}
	off := newGuarded(t, func(o *Options) { o.Issuer = nil })
	if body := bodyOf(t, off.signIn(t, readerKey, "/", nil)); !strings.Contains(body, "security.secret_key") {
		t.Errorf("without a secret: %s", body)
	}
}

// TestPagesAreInTheirDocument holds docs/portal.md to the table of pages.
func TestPagesAreInTheirDocument(t *testing.T) {
	t.Parallel()
	document, err := os.ReadFile("../../docs/portal.md")
	if err != nil {
		t.Fatal(err)
	}
	written := map[string]string{}
	for _, row := range regexp.MustCompile("(?m)^\\| `(\\w+) ([^` ]+)` \\| (\\w+) \\|").FindAllStringSubmatch(string(document), -1) {
		written[row[1]+" "+row[2]] = row[3]
	}
	for _, p := range newServer(t, nil).pages() {
		route := p.method + " " + p.path
		if written[route] != string(p.permission) {
			t.Errorf("%s needs %q, the document says %q", route, p.permission, written[route])
		}
		delete(written, route)
	}
	if rest, _ := json.Marshal(written); len(written) > 0 {
		t.Errorf("not served: %s", rest)
	}
}

// TestTextOutlivesItsSession: a form that comes without one is given back.
func TestTextOutlivesItsSession(t *testing.T) {
	t.Parallel()
	g := newGuarded(t, func(o *Options) { o.CORSOrigins = []string{"*"} })
	send := func(header map[string]string) string {
		r := call{method: "POST", path: "/cards/acme/m/edit", body: url.Values{"text": {"model: </textarea>mine"}, "expect": {"1"}, "do": {"save"}}.Encode(), header: header}.do(t, g.h)
		body := bodyOf(t, r)
		if r.StatusCode != http.StatusUnauthorized || !strings.Contains(body, `name="next" value="/cards/acme/m/edit"`) {
			t.Fatalf("%d %s", r.StatusCode, body)
		}
		return body
	}
	if body := send(formHeader); !strings.Contains(body, "model: &lt;/textarea&gt;mine") {
		t.Errorf("the text is lost: %s", body)
	}
	if body := send(map[string]string{"Content-Type": formHeader["Content-Type"], "Origin": "https://evil.example"}); strings.Contains(body, "mine") {
		t.Error("a foreign page's text is shown")
	}
}

// TestSessionEdits: what a session may not do on the API it does by the pages,
// with the permissions of its key.
func TestSessionEdits(t *testing.T) {
	t.Parallel()
	g := newGuarded(t, nil)
	restoreWorld(t, g.h)
	post := func(key, path, text, expect string) int {
		c := sessionOf(t, g.signIn(t, key, "/", nil))
		form := url.Values{"text": {text}, "expect": {expect}, "do": {"save"}}.Encode()
		header := map[string]string{"Cookie": sessionCookie + "=" + c.Value, "Content-Type": formHeader["Content-Type"]}
		return call{method: "POST", path: path, body: form, header: header}.do(t, g.h).StatusCode
	}
	for _, tc := range []struct {
		who, key, path, text, expect string
		want                         int
	}{
		{"a reader", readerKey, "/edit", "model: {id: acme/r, name: R}", "0", 403},
		{"a user who may not view", userKey, "/cards/acme/m/edit", "model: {id: acme/m, name: U}", "1", 403},
		{"a reader", readerKey, "/cards/acme/m/edit", "model: {id: acme/m, name: R}", "1", 403},
		{"acme's admin elsewhere", acmeKey, "/edit", "model: {id: other/new, name: O}", "0", 403},
		{"acme's admin on a foreign card", acmeKey, "/cards/other/m/edit", "model: {id: other/m, name: O}", "1", 404},
		{"acme's admin", acmeKey, "/cards/acme/m/edit", "model: {id: acme/m, name: Edited}", "1", 303},
		{"a user and reader", bothKey, "/edit", "model: {id: acme/new, name: New}", "0", 303},
	} {
		if got := post(tc.key, tc.path, tc.text, tc.expect); got != tc.want {
			t.Errorf("%s at %s: %d, want %d", tc.who, tc.path, got, tc.want)
		}
	}
}
