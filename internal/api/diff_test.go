package api

import (
	"strings"
	"testing"
)

func TestDiffNegotiation(t *testing.T) {
	h := newServer(t, nil).Handler()
	call{method: "POST", path: "/v1/cards", body: small}.do(t, h)
	call{method: "POST", path: "/v1/cards", body: strings.Replace(small, "mit", "apache-2.0", 1)}.do(t, h)
	const path = "/v1/cards/acme/m/diff"
	for _, tt := range []struct {
		path, accept string
		status       int
		mediaType    string
		body         string
	}{
		{path, "", 200, "application/json", `"from":1,"to":2,"changes":[{"pointer":"/model/license"`},
		{path, "*/*", 200, "application/json", `"changes":[`},
		{path, "application/json, text/plain;q=0.5", 200, "application/json", `"changes":[`},
		{path, "text/plain", 200, "text/plain; charset=utf-8", "--- acme/m revision 1\n+++ acme/m revision 2\n@@ changed /model/license @@\n-mit\n+apache-2.0\n"},
		{path, "text/html,application/xhtml+xml,*/*;q=0.8", 200, "text/html; charset=utf-8", "<h2>/model/license <small>changed</small></h2>"},
		{path, "image/png", 406, "application/problem+json", "text/plain"},
		{path + "?from=2&to=2", "text/html", 200, "text/html; charset=utf-8", "There is no difference."},
		{path + "?from=2&to=2", "", 200, "application/json", `"changes":[]`},
	} {
		c := call{method: "GET", path: tt.path}
		if tt.accept != "" {
			c.header = map[string]string{"Accept": tt.accept}
		}
		response := c.do(t, h)
		body := bodyOf(t, response)
		if response.StatusCode != tt.status || response.Header.Get("Content-Type") != tt.mediaType || !strings.Contains(body, tt.body) {
			t.Errorf("%s as %q: %d %s %s", tt.path, tt.accept, response.StatusCode, response.Header.Get("Content-Type"), body)
		}
	}
}
