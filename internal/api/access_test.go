package api

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"

	"github.com/terragonlabs/modelcard-generator/internal/auth"
)

// access is who may do what, written down a second time: a route that is not
// here, or asks for something else, fails TestAccessMatrix.
var access = map[string]auth.Permission{
	"POST /v1/cards":                                        auth.Generate,
	"GET /v1/cards":                                         auth.View,
	"GET /v1/cards/{namespace}/{name}":                      auth.View,
	"DELETE /v1/cards/{namespace}/{name}":                   auth.Delete,
	"POST /v1/cards/{namespace}/{name}/restore":             auth.Delete,
	"GET /v1/cards/{namespace}/{name}/revisions":            auth.View,
	"GET /v1/cards/{namespace}/{name}/revisions/{revision}": auth.View,
	"GET /v1/cards/{namespace}/{name}/diff":                 auth.View,
	"POST /v1/cards/{namespace}/{name}/drift":               auth.View,
	"POST /v1/render":                                       auth.Generate,
	"POST /v1/validate":                                     auth.Validate,
	"POST /v1/batches":                                      auth.Generate,
	"GET /v1/batches/{batch}":                               auth.Generate,
	"DELETE /v1/batches/{batch}":                            auth.Generate,
	"GET /v1/batches/{batch}/items":                         auth.Generate,
	"GET /v1/batches/{batch}/events":                        auth.Generate,
	"GET /v1/batches/{batch}/result":                        auth.Generate,
	"POST /v1/batches/{batch}/retry":                        auth.Generate,
	"POST /v1/auth/token":                                   authenticated,
	"GET /v1/keys":                                          auth.Admin,
	"POST /v1/keys":                                         auth.Admin,
	"DELETE /v1/keys/{id}":                                  auth.Admin,
	"GET /v1/audit":                                         auth.Admin,
	"GET /v1/rules":                                         public,
	"GET /v1/formats":                                       public,
	"GET /v1/schemas/card.json":                             public,
	"GET /openapi.yaml":                                     public,
	"GET /health":                                           public,
	"GET /ready":                                            public,
	"GET /metrics":                                          public,
	"GET /":                                                 auth.View,
	"GET /cards/{namespace}/{name}":                         auth.View,
	"GET /cards/{namespace}/{name}/revisions":               auth.View,
	"GET /cards/{namespace}/{name}/diff":                    auth.View,
	"GET /cards/{namespace}/{name}/report":                  auth.View,
	"GET /badge/{namespace}/{name}":                         auth.View,
	"GET /oembed":                                           auth.View,
	"GET /edit":                                             auth.Generate,
	"POST /edit":                                            auth.Generate,
	"GET /cards/{namespace}/{name}/edit":                    auth.View,
	"POST /cards/{namespace}/{name}/edit":                   auth.View,
	"GET /keys":                                             auth.Admin,
	"POST /keys":                                            auth.Admin,
	"POST /keys/{id}/revoke":                                auth.Admin,
	"GET /audit":                                            auth.Admin,
	"GET /sign-in":                                          public,
	"POST /sign-in":                                         public,
	"POST /sign-out":                                        public,
	"GET /docs":                                             public,
	"GET /assets/{file}":                                    public,
}

// alsoNeeded are the second permissions of routes.
var alsoNeeded = map[string]auth.Permission{
	"POST /v1/cards/{namespace}/{name}/drift": auth.Validate,
	"GET /cards/{namespace}/{name}/edit":      auth.Generate,
	"POST /cards/{namespace}/{name}/edit":     auth.Generate,
}

// caller is a column of the matrix.
type caller struct {
	name, key string
	granted   []auth.Permission
	namespace string // the only one; empty is every one
}

var everyPermission = []auth.Permission{auth.Generate, auth.Validate, auth.View, auth.Delete, auth.Publish, auth.Admin}

var callers = []caller{
	{"nobody", "", nil, ""},
	{"a wrong key", "key-of-nobody-at-all", nil, ""},
	{"muted", mutedKey, nil, ""},
	{"user", userKey, []auth.Permission{auth.Generate, auth.Validate}, ""},
	{"reader", readerKey, []auth.Permission{auth.View}, ""},
	{"user and reader", bothKey, []auth.Permission{auth.Generate, auth.Validate, auth.View}, ""},
	{"admin", adminKey, everyPermission, ""},
	{"acme's admin", acmeKey, everyPermission, "acme"},
	{"other's admin", otherKey, everyPermission, "other"},
}

// target is a card that a request is about.
type target struct{ namespace, name string }

var targets = []target{{"acme", "m"}, {"other", "m"}, {"acme", "absent"}, {"other", "absent"}, {"nowhere", "m"}}

// cell is one request of the matrix.
type cell struct {
	route  string
	who    caller
	target target
}

func (c cell) String() string {
	return fmt.Sprintf("%s by %s on %s/%s", c.route, c.who.name, c.target.namespace, c.target.name)
}

// needsAll are routes about the service itself, which a caller bound to
// namespaces has no part in.
var needsAll = []string{"GET /v1/keys", "POST /v1/keys", "DELETE /v1/keys/{id}", "GET /keys", "POST /keys", "POST /keys/{id}/revoke"}

func (c cell) exists() bool { return c.target.exists() }

func (t target) exists() bool { return t.name == "m" && t.namespace != "nowhere" }

// want is the status of a cell: 0 for any success, which a page's form tells by
// leading on to another page.
func (c cell) want() int {
	permission := access[c.route]
	known := c.who.granted != nil || c.who.key == mutedKey
	mine := c.who.namespace == "" || c.who.namespace == c.target.namespace
	aboutACard := strings.Contains(c.route, "{name}")
	switch {
	case c.route == "GET /assets/{file}":
		return http.StatusNotFound // the file of the path is none
	case permission == public:
		return 0
	case !known:
		return http.StatusUnauthorized
	case permission != authenticated && !slices.Contains(c.who.granted, permission):
		return http.StatusForbidden
	case alsoNeeded[c.route] != "" && !slices.Contains(c.who.granted, alsoNeeded[c.route]):
		return http.StatusForbidden
	case slices.Contains(needsAll, c.route) && c.who.namespace != "":
		return http.StatusForbidden
	case strings.Contains(c.route, "/keys/{id}"), strings.Contains(c.route, "{batch}"):
		return http.StatusNotFound // the key or the batch of the path is none
	case c.route == "GET /oembed" && (!mine || !c.exists()):
		return http.StatusNotFound // as the card of its address
	case c.route == "POST /v1/cards" && !mine:
		return http.StatusForbidden
	case aboutACard && !mine && permission != auth.View:
		return http.StatusForbidden // whether or not the card exists
	case aboutACard && (!mine || !c.exists()):
		return http.StatusNotFound // a foreign card is an absent one
	}
	return 0
}

var formHeader = map[string]string{"Content-Type": "application/x-www-form-urlencoded"}

// call writes the request of a cell.
func (c cell) call() call {
	method, path, _ := strings.Cut(c.route, " ")
	path = strings.NewReplacer("{namespace}", c.target.namespace, "{name}", c.target.name, "{revision}", "1", "{id}", "AAAAAAAA", "{batch}", noBatch).Replace(path)
	if c.route == "GET /badge/{namespace}/{name}" {
		path += ".svg"
	}
	if c.route == "GET /oembed" {
		path += "?url=http://127.0.0.1/cards/" + c.target.namespace + "/" + c.target.name
	}
	request := call{method: method, path: path}
	switch c.route {
	case "POST /v1/cards", "POST /v1/render", "POST /v1/validate":
		name := c.target.name
		if !c.exists() {
			name = "posted" // what is absent has to stay so, deleted cards too
		}
		request.body = "model: {id: " + c.target.namespace + "/" + name + ", name: M}\n"
	case "POST /v1/batches":
		request.body = "model: {id: " + c.target.namespace + "/posted}\n"
	case "POST /keys":
		request.body, request.header = "name=k&role=readonly", formHeader
	case "POST /keys/{id}/revoke":
		request.header = formHeader
	case "POST /edit", "POST /cards/{namespace}/{name}/edit":
		request.body, request.header = "expect="+map[bool]string{true: "0", false: "1"}[c.route == "POST /edit"], formHeader
	case "POST /v1/cards/{namespace}/{name}/drift":
		request.body, request.header = `{"accuracy": 0.9}`, map[string]string{"Content-Type": "application/json"}
	case "POST /sign-in":
		request.body, request.header = "key="+readerKey, formHeader
	case "POST /v1/keys":
		request.body, request.header = `{"name":"k","roles":["readonly"]}`, map[string]string{"Content-Type": "application/json"}
	}
	return request.as(c.who.key)
}

// noBatch is the identifier of no batch.
const noBatch = "0190b3c2-0000-7000-8000-000000000009"

// walked lists the routes that a router serves.
func walked(t *testing.T, h http.Handler) []string {
	t.Helper()
	var routes []string
	err := chi.Walk(h.(chi.Routes), func(method, path string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		if method != http.MethodHead { // a GET without its body, by the same handler
			routes = append(routes, method+" "+path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return routes
}

// unknown compares the routes that are served with the table above.
func unknown(routes []string) []string {
	var wrong []string
	for _, route := range routes {
		if _, ok := access[route]; !ok {
			wrong = append(wrong, route+" is served and has no permission")
		}
	}
	for route := range access {
		if !slices.Contains(routes, route) {
			wrong = append(wrong, route+" is not served")
		}
	}
	return wrong
}

// breaches asks every cell and tells where the answer is another one.
func breaches(t *testing.T, routes []string, reset, h http.Handler) (asked int, wrong []string) {
	t.Helper()
	for _, route := range routes {
		for _, who := range callers {
			for _, target := range targets {
				c := cell{route, who, target}
				restoreWorld(t, reset)
				answer := c.call().do(t, h)
				got, want := answer.StatusCode, c.want()
				asked++
				if want == 0 && got < 400 || got == want {
					continue
				}
				wrong = append(wrong, fmt.Sprintf("%s: %d, want %d", c, got, want))
			}
		}
	}
	return asked, wrong
}

// restoreWorld brings the cards of the two tenants back to what they were.
func restoreWorld(t *testing.T, h http.Handler) {
	t.Helper()
	for _, target := range targets {
		if target.exists() {
			body := "model: {id: " + target.namespace + "/m, name: M, license: mit}\n"
			if r := (call{method: "POST", path: "/v1/cards", body: body}).as(adminKey).do(t, h); r.StatusCode > 201 {
				t.Fatalf("the card of %s: %d", target.namespace, r.StatusCode)
			}
		}
	}
}

func TestAccessMatrix(t *testing.T) {
	t.Parallel()
	g := newGuarded(t, func(o *Options) {
		o.Metrics = http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	})
	routes := walked(t, g.h)
	for _, problem := range unknown(routes) {
		t.Error(problem)
	}
	asked, wrong := breaches(t, routes, g.h, g.h)
	for _, breach := range wrong {
		t.Error(breach)
	}
	if want := len(access) * len(callers) * len(targets); asked != want {
		t.Errorf("%d cells were asked, want %d", asked, want)
	}
	t.Logf("%d cells", asked)
}

// TestAccessMatrixSeesABreach is the control: a route without a permission, and
// a guard that mistakes one caller for another, are seen.
func TestAccessMatrixSeesABreach(t *testing.T) {
	t.Parallel()
	g := newGuarded(t, nil)
	open := g.Handler().(*chi.Mux)
	open.Get("/v1/debug", func(http.ResponseWriter, *http.Request) {})
	if wrong := unknown(walked(t, open)); len(wrong) != 1 || !strings.Contains(wrong[0], "/v1/debug") {
		t.Errorf("a new route: %v", wrong)
	}
	confused := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if key := r.Header.Get("X-API-Key"); key == otherKey || key == readerKey {
			r.Header.Set("X-API-Key", adminKey)
		}
		g.h.ServeHTTP(w, r)
	})
	for _, route := range []string{"GET /v1/cards/{namespace}/{name}", "DELETE /v1/cards/{namespace}/{name}", "GET /v1/audit"} {
		if _, wrong := breaches(t, []string{route}, g.h, confused); len(wrong) == 0 {
			t.Errorf("%s: the mix-up is not seen", route)
		}
	}
}

// TestRouteWithoutPermissionLetsNobodyIn: forgetting to write one is not
// opening the door.
func TestRouteWithoutPermissionLetsNobodyIn(t *testing.T) {
	t.Parallel()
	g := newGuarded(t, nil)
	h := g.identify(g.allow("", http.NotFoundHandler()))
	if r := (call{method: "GET", path: "/"}).as(adminKey).do(t, h); r.StatusCode != http.StatusForbidden {
		t.Errorf("the admin: %d", r.StatusCode)
	}
	if r := (call{method: "GET", path: "/"}).do(t, h); r.StatusCode != http.StatusUnauthorized {
		t.Errorf("nobody: %d", r.StatusCode)
	}
}

// TestForeignIsAbsent: nothing in an answer tells a foreign card from none.
func TestForeignIsAbsent(t *testing.T) {
	t.Parallel()
	g := newGuarded(t, nil)
	restoreWorld(t, g.h)
	id := map[string]string{"X-Request-Id": "one"}
	for _, path := range []string{"", "/revisions", "/revisions/1", "/diff", "?format=source"} {
		var answers []string
		for _, name := range []string{"m", "absent"} {
			r := call{method: "GET", path: "/v1/cards/other/" + name + path, header: id}.as(acmeKey).do(t, g.h)
			r.Header.Del("Date")
			answers = append(answers, fmt.Sprint(r.StatusCode, r.Header, bodyOf(t, r)))
		}
		if answers[0] != answers[1] || !strings.HasPrefix(answers[0], "404") {
			t.Errorf("%s: %s and %s", path, answers[0], answers[1])
		}
	}
}
