package api

import (
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// tenant is one of two who share a server and its caches.
type tenant struct{ namespace, key, mark string }

var tenants = []tenant{
	{"acme", acmeKey, "only-acme-may-read-this"},
	{"other", otherKey, "only-other-may-read-this"},
}

// twoTenants is a server with one card of each, of the same name and all but the same content.
func twoTenants(t *testing.T) *guarded {
	t.Helper()
	g := newGuarded(t, nil)
	for _, who := range tenants {
		for _, license := range []string{"mit", "apache-2.0"} {
			body := "model: {id: " + who.namespace + "/m, name: M, license: " + license + ", description: " + who.mark + "}\n"
			if r := (call{method: "POST", path: "/v1/cards", body: body}).as(who.key).do(t, g.h); r.StatusCode > 201 {
				t.Fatal(r.StatusCode)
			}
		}
	}
	return g
}

// randomRequest asks for anything about a card, in any spelling.
func randomRequest(rnd *rand.Rand) call {
	pick := func(options ...string) string { return options[rnd.IntN(len(options))] }
	path := pick("/v1/cards/acme/m", "/v1/cards/other/m", "/v1/cards/acme/m", "/v1/cards/other/m", "/v1/cards", "/v1/audit", "/v1/cards/ACME/m",
		"/v1/cards/acme%2Fm", "/v1/cards/acme/../other/m", "/v1/cards/other/m/", "/v1/cards//other/m", "/v1/cards/acme/m.html", "/v1/cards/other/m;x=1")
	path += pick("", "", "/revisions", "/revisions/1", "/revisions/2", "/diff", "/diff?from=1&to=2")
	query := pick("", "", "?format=html", "?format=mcg", "?format=huggingface", "?format=source", "?format=yaml", "?q=only", "?namespace=acme",
		"?namespace=other", "?format=html&format=mcg", "?FORMAT=mcg", "?namespace=acme&namespace=other", "?x=.css", "?scope=all", "?namespace=*")
	if strings.Contains(path, "?") {
		query = strings.Replace(query, "?", "&", 1)
	}
	header := map[string]string{
		"Accept":                 pick("", "text/html", "text/markdown", "application/json", "*/*", "text/html;q=0.1, application/yaml", "application/x-ndjson"),
		"Accept-Encoding":        pick("", "gzip", "zstd", "identity"),
		"Cache-Control":          pick("", "no-cache", "only-if-cached"),
		"X-HTTP-Method-Override": pick("", "DELETE"),
		"X-Original-URL":         pick("", "/v1/cards/other/m", "/v1/cards/acme/m"),
		"X-Forwarded-Prefix":     pick("", "/v1/cards/other"),
		"If-None-Match":          pick("", "", `"2-html-1"`, `"2-card-1"`),
		"X-Namespace":            pick("", "other", "acme"),
		"Cookie":                 pick("", "session="+acmeKey, "session="+otherKey),
	}
	for name, value := range header {
		if value == "" {
			delete(header, name)
		}
	}
	return call{method: pick("GET", "GET", "GET", "HEAD"), path: path + query, header: header}
}

// leaks asks as one tenant or the other and tells where the answer had a byte of the other's card.
func leaks(t *testing.T, h http.Handler, requests int) (found []string, answered int) {
	t.Helper()
	rnd := rand.New(rand.NewPCG(1, 2))
	for range requests {
		i := rnd.IntN(2)
		request := randomRequest(rnd).as(tenants[i].key)
		r := request.do(t, h)
		body := decoded(t, r)
		if strings.Contains(body, tenants[1-i].mark) || strings.Contains(fmt.Sprint(r.Header), tenants[1-i].mark) {
			found = append(found, fmt.Sprintf("%s %s reads %s's card: %d", request.method, request.path, tenants[1-i].namespace, r.StatusCode))
		}
		if strings.Contains(body, tenants[i].mark) {
			answered++
		}
	}
	return found, answered
}

// decoded is the body without its content coding, in which a mark would hide.
func decoded(t *testing.T, r *http.Response) string {
	t.Helper()
	body := bodyOf(t, r)
	var reader io.Reader = strings.NewReader(body)
	var err error
	switch r.Header.Get("Content-Encoding") {
	case "gzip":
		reader, err = gzip.NewReader(reader)
	case "zstd":
		reader, err = zstd.NewReader(reader)
	}
	if body == "" { // a HEAD, or a 304
		return ""
	}
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(reader)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestNoTenantReadsAnothersBytes(t *testing.T) {
	t.Parallel()
	const requests = 10_000
	g := twoTenants(t)
	found, answered := leaks(t, g.h, requests)
	for _, leak := range found {
		t.Error(leak)
	}
	if answered < requests/20 {
		t.Errorf("only %d of %d requests read anything", answered, requests)
	}
}

// TestALeakWouldBeSeen is the control: a cache in front that keys by the path alone does leak, and it is seen.
func TestALeakWouldBeSeen(t *testing.T) {
	t.Parallel()
	g := twoTenants(t)
	kept := map[string]*keeper{}
	careless := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		k := kept[r.URL.String()]
		if k == nil || k.status != http.StatusOK {
			k = &keeper{header: http.Header{}, status: http.StatusOK}
			g.h.ServeHTTP(k, r)
			kept[r.URL.String()] = k
		}
		maps.Copy(w.Header(), k.header)
		w.WriteHeader(k.status)
		_, _ = w.Write(k.body)
	})
	if found, _ := leaks(t, careless, 2000); len(found) == 0 {
		t.Error("a careless cache leaks nothing")
	}
}

// keeper keeps an answer.
type keeper struct {
	header http.Header
	status int
	body   []byte
}

func (k *keeper) Header() http.Header { return k.header }

func (k *keeper) WriteHeader(status int) { k.status = status }

func (k *keeper) Write(b []byte) (int, error) {
	k.body = append(k.body, b...)
	return len(b), nil
}
