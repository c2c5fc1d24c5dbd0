package api

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/terragonlabs/modelcard-generator/internal/render"
)

func TestGuardHeadersAreOnEveryAnswer(t *testing.T) {
	t.Parallel()
	g := newGuarded(t, nil)
	restoreWorld(t, g.h)
	for _, c := range []call{
		{method: "GET", path: "/v1/cards/acme/m?format=html"}, {method: "GET", path: "/v1/formats"}, {method: "GET", path: "/nowhere"},
		{method: "PUT", path: "/v1/cards"}, {method: "GET", path: "/v1/audit"}, {method: "GET", path: "/health"},
	} {
		for _, key := range []string{adminKey, ""} {
			h := c.as(key).do(t, g.h).Header
			policy := h.Get("Content-Security-Policy")
			for _, part := range []string{"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'", "sandbox", render.PageStyleHash()} {
				if !strings.Contains(policy, part) {
					t.Errorf("%s: policy %q lacks %s", c.path, policy, part)
				}
			}
			if strings.Contains(policy, "unsafe") || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("X-Frame-Options") != "DENY" || h.Get("Referrer-Policy") != "no-referrer" {
				t.Errorf("%s: %v", c.path, h)
			}
			if h.Get("Server") != "" || h.Get("X-Powered-By") != "" {
				t.Errorf("%s tells of itself: %v", c.path, h)
			}
		}
	}
	if h := (call{method: "GET", path: "/v1/cards/acme/m"}).as(adminKey).do(t, g.h).Header; !strings.Contains(h.Get("Vary"), "Authorization") || !strings.HasPrefix(h.Get("Cache-Control"), "private") {
		t.Errorf("a card may be kept for others: %v", h)
	}
}

func TestTransportSecurityIsBelievedOfProxiesAlone(t *testing.T) {
	t.Parallel()
	g := newGuarded(t, func(o *Options) { o.TrustedProxies = []string{"10.0.0.0/8"} })
	for address, want := range map[string]string{"10.0.0.7:1": "max-age=31536000", "192.0.2.1:1": ""} {
		r := g.from(t, address, "/v1/formats", map[string]string{"X-Forwarded-Proto": "https"})
		if got := r.Header.Get("Strict-Transport-Security"); got != want {
			t.Errorf("%s: %q, want %q", address, got, want)
		}
	}
}

// allowedOrigin is what a browser would let a page of the origin read.
func allowedOrigin(t *testing.T, h http.Handler, method, origin string, header map[string]string) string {
	t.Helper()
	r := httptest.NewRequest(method, "http://mcg.example/v1/cards", http.NoBody)
	r.Header.Set("Origin", origin)
	for name, value := range header {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if got := w.Header().Get("Access-Control-Allow-Credentials"); got != "" {
		t.Errorf("%s: the browser's own credentials are asked for: %q", origin, got)
	}
	return w.Header().Get("Access-Control-Allow-Origin")
}

func TestOrigins(t *testing.T) {
	t.Parallel()
	const portal = "https://portal.example.com"
	preflight := map[string]string{"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}
	some := newGuarded(t, func(o *Options) { o.CORSOrigins = []string{portal} })
	none := newGuarded(t, nil)
	for _, origin := range []string{
		"https://evil.example", "http://portal.example.com", "https://portal.example.com.evil.example", "https://portal.example.com:8443",
		"https://evilportal.example.com", "https://portal.example.com@evil.example", "null", "https://portal.example.com/", "https://PORTAL.example.com.evil",
		portal,
	} {
		want := ""
		if origin == portal {
			want = portal
		}
		if got := allowedOrigin(t, some.h, "OPTIONS", origin, preflight); got != want {
			t.Errorf("preflight of %s: %q, want %q", origin, got, want)
		}
		if got := allowedOrigin(t, some.h, "GET", origin, map[string]string{"X-API-Key": readerKey}); got != want {
			t.Errorf("GET of %s: %q, want %q", origin, got, want)
		}
		if got := allowedOrigin(t, none.h, "OPTIONS", origin, preflight) + allowedOrigin(t, none.h, "GET", origin, nil); got != "" {
			t.Errorf("with no origins configured, %s: %q", origin, got)
		}
	}
}

// TestForeignPagesWriteNothing: without authentication, a page of any site could make a browser on this machine send a request.
func TestForeignPagesWriteNothing(t *testing.T) {
	t.Parallel()
	open := newServer(t, func(o *Options) { o.CORSOrigins = []string{"*"} }).Handler()
	if r := (call{method: "POST", path: "/v1/cards", body: small}).do(t, open); r.StatusCode != 201 {
		t.Fatalf("no browser: %d", r.StatusCode)
	}
	(call{method: "DELETE", path: "/v1/cards/acme/m"}).do(t, open)
	for _, header := range []map[string]string{{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "null"}} {
		r := call{method: "POST", path: "/v1/cards/acme/m/restore", header: header}.do(t, open)
		if r.StatusCode != http.StatusForbidden || !strings.Contains(bodyOf(t, r), "#cross_origin") {
			t.Errorf("%v: %d", header, r.StatusCode)
		}
	}
	if r := (call{method: "POST", path: "/v1/cards/acme/m/restore", header: map[string]string{"Sec-Fetch-Site": "same-origin"}}).do(t, open); r.StatusCode != 200 {
		t.Errorf("the service's own page: %d", r.StatusCode)
	}
}

func TestHostPatterns(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		allowed, host string
		want          bool
	}{
		{"mcg.example", "mcg.example", true}, {"MCG.example", "mcg.Example:80", true}, {"*", "anything", true},
		{"*.example", "mcg.example", true}, {"*.example", "a.b.example:8080", true}, {"*.example", "example", false}, {"*.example", ".example", false},
		{"*.example", "mcgexample", false}, {"*.example", "mcg.example.evil", false}, {"mcg.example:8080", "mcg.example:8080", true},
		{"mcg.example:8080", "mcg.example", false}, {"mcg.example:8080", "mcg.example:18080", false}, {"mcg.example", "xmcg.example", false},
		{"10.0.0.7", "10.0.0.7:8080", true}, {"mcg.example", "", false},
	} {
		if got := hostMatches(tt.allowed, tt.host); got != tt.want {
			t.Errorf("%q allows %q: %t", tt.allowed, tt.host, got)
		}
	}
}

func TestHostsOfTheConfiguration(t *testing.T) {
	t.Parallel()
	g := newGuarded(t, func(o *Options) { o.AllowedHosts = []string{"mcg.example"} })
	for host, want := range map[string]int{
		"mcg.example": 200, "mcg.example:8080": 200, "MCG.example": 200,
		"evil.example": 421, "mcg.example.evil": 421, "localhost": 421, "127.0.0.1": 421, "mcg.example@evil": 421, "": 421,
	} {
		r := httptest.NewRequest("GET", "/v1/formats", http.NoBody)
		r.Host = host
		w := httptest.NewRecorder()
		g.h.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("%q: %d, want %d", host, w.Code, want)
		}
		r = httptest.NewRequest("GET", "/health", http.NoBody)
		r.Host = host
		w = httptest.NewRecorder()
		if g.h.ServeHTTP(w, r); w.Code != 200 {
			t.Errorf("a probe by %q: %d", host, w.Code)
		}
	}
}

// hostile are values that would forge a line, a header or a page somewhere.
var hostile = []string{
	"a\r\nX-Evil: 1", "a\nSet-Cookie: x=1", "a\rb", "\x00", "a\x1b[31mred", "\u2028", "\u0085", "\"}\n{\"level\":\"error\"", "<script>alert(1)</script>",
	"%0d%0aX-Evil:1", "%00", "../../etc/passwd", "..%2f..%2fetc", "a;b", "a, b", "\xff\xfe", strings.Repeat("x", 5000), "'; DROP TABLE cards;--", "${jndi:ldap://x}",
	"{{.}}", "%s%n%d", "\t", " ", "",
}

// forgedHeaders are headers that an attacker chooses.
var forgedHeaders = []string{"X-Request-Id", "X-Forwarded-For", "X-Forwarded-Host", "Forwarded", "User-Agent", "Accept", "Idempotency-Key", "If-Match", "Traceparent", "X-API-Key", "Authorization", "Origin"}

// intact fails unless the log is one JSON object a line, with our levels, and the answer has no header of the attacker's.
func intact(t *testing.T, what, log string, header http.Header) (wrong []string) {
	t.Helper()
	for line := range strings.Lines(log) {
		var event map[string]any
		if err := json.Unmarshal([]byte(line), &event); err != nil {
			wrong = append(wrong, what+": not one object a line: "+line)
			continue
		}
		if strings.ContainsAny(strings.TrimSuffix(line, "\n"), "\x00\x1b\r\u2028") {
			wrong = append(wrong, what+": a control character in the log")
		}
		if event["message"] != "request" {
			wrong = append(wrong, what+": a line of another's making: "+line)
		}
	}
	if header.Get("X-Evil") != "" || header.Get("Set-Cookie") != "" {
		wrong = append(wrong, what+": a forged header")
	}
	for name, values := range header {
		for _, value := range values {
			if strings.ContainsAny(value, "\r\n\x00") {
				wrong = append(wrong, what+": header "+name+" is split")
			}
		}
	}
	return wrong
}

func TestHeadersAndLogCantBeForged(t *testing.T) {
	t.Parallel()
	cases := 0
	g := newGuarded(t, nil)
	ask := func(what string, r *http.Request) {
		g.log.mu.Lock()
		g.log.buffer.Reset()
		g.log.mu.Unlock()
		w := httptest.NewRecorder()
		g.h.ServeHTTP(w, r)
		for _, problem := range intact(t, what, g.log.String(), w.Result().Header) {
			t.Error(problem)
		}
		if w.Code >= 500 {
			t.Errorf("%s: %d", what, w.Code)
		}
		cases++
	}
	for _, value := range hostile {
		for _, name := range forgedHeaders {
			r := httptest.NewRequest("GET", "http://mcg.example/v1/cards", http.NoBody)
			if name != "X-API-Key" && name != "Authorization" {
				r.Header.Set("X-API-Key", adminKey)
			}
			r.Header[http.CanonicalHeaderKey(name)] = []string{value} // as no client could send it, too
			ask(name+" "+value, r)
		}
		for _, key := range []string{"q", "cursor", "format", "namespace", "sort", "limit"} {
			r := httptest.NewRequest("GET", "http://mcg.example/v1/cards", http.NoBody)
			r.Header.Set("X-API-Key", adminKey)
			q := r.URL.Query()
			q.Set(key, value)
			r.URL.RawQuery = q.Encode()
			ask("?"+key+"="+value, r)
		}
		r := httptest.NewRequest("GET", "http://mcg.example/", http.NoBody)
		r.URL.Path, r.Host = "/v1/cards/"+value+"/"+value, value
		r.Header.Set("X-API-Key", adminKey)
		ask("path "+value, r)
	}
	if cases < 120 {
		t.Errorf("%d cases, want 120", cases)
	}
}

// TestForgeryWouldBeSeen is the control: a log written by hand and a header copied whole do show the forgery.
func TestForgeryWouldBeSeen(t *testing.T) {
	t.Parallel()
	value := "a\"}\n{\"message\":\"forged\"}"
	var log bytes.Buffer
	log.WriteString(`{"message":"request","path":"` + value + "\n")
	if len(intact(t, "log", log.String(), http.Header{})) == 0 {
		t.Error("a forged line is not seen")
	}
	if len(intact(t, "header", "", http.Header{"X-Evil": {"1"}})) == 0 || len(intact(t, "header", "", http.Header{"Location": {"a\r\nb"}})) == 0 {
		t.Error("a forged header is not seen")
	}
}
