package api

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/terragonlabs/modelcard-generator/internal/auth"
)

const evaluated = `model: {id: acme/m, name: M}
evaluation:
  results:
    - task: {type: text-classification}
      dataset: {type: sst2, name: SST-2}
      metrics:
        - {type: accuracy, value: 0.93, threshold: 0.85}
        - {type: loss, value: 0.2}
`

func TestDrift(t *testing.T) {
	h := newServer(t, nil).Handler()
	asJSON := map[string]string{"Content-Type": "application/json"}
	with := func(more map[string]string, name, value string) map[string]string {
		header := map[string]string{name: value}
		for k, v := range more {
			header[k] = v
		}
		return header
	}
	const path = "/v1/cards/acme/m/drift"
	worse := `{"accuracy": 0.80, "f1": 0.7}`
	steps := []struct {
		name string
		call
		status int
		body   []string
	}{
		{"no card yet", call{method: "POST", path: path, body: worse, header: asJSON}, 404, nil},
		{"create", call{method: "POST", path: "/v1/cards", body: evaluated}, 201, nil},
		{"worse", call{method: "POST", path: path, body: worse, header: asJSON}, 200, []string{
			`"id":"acme/m","revision":1,"drift":true,"severity":"critical","compared":1,"drifted":1,"improved":0,"missing":1,"new":1`,
			`"old":0.93,"new":0.8,"change":-0.13,"relative_change":-0.13978494623655913,"better":"higher"`,
			`{"source":"card","kind":"limit","value":0.85,"exceeded":true},{"source":"default","kind":"absolute","value":0.02,"exceeded":true}`}},
		{"allowed by the request", call{method: "POST", path: path + "?threshold=accuracy=0.05", body: `{"accuracy": 0.9}`, header: asJSON}, 200, []string{`"drift":false`, `"source":"request"`}},
		{"a card document", call{method: "POST", path: path, body: strings.Replace(evaluated, "0.93", "0.94", 1)}, 200, []string{`"drift":false`, `"status":"improved"`, `"status":"unchanged"`}},
		{"bad threshold", call{method: "POST", path: path + "?threshold=accuracy", body: worse, header: asJSON}, 400, []string{"metric=value"}},
		{"bad flag", call{method: "POST", path: path + "?update=perhaps", body: worse, header: asJSON}, 400, []string{"update"}},
		{"unreadable", call{method: "POST", path: path, body: "{", header: asJSON}, 400, []string{`"line":1`}},
		{"no results", call{method: "POST", path: path, body: `{"accuracy": 0.9, "colour": "red"}`, header: asJSON}, 422, []string{"/colour"}},
		{"update without If-Match", call{method: "POST", path: path + "?update=true", body: worse, header: asJSON}, 428, []string{"If-Match"}},
		{"update of another revision", call{method: "POST", path: path + "?update=true", body: worse, header: with(asJSON, "If-Match", `"7-card-1"`)}, 412, nil},
		{"nothing stored so far", call{method: "GET", path: "/v1/cards/acme/m/revisions"}, 200, []string{`"items":[{"revision":1,`}},
		{"update", call{method: "POST", path: path + "?update=true&reason=nightly+run", body: worse, header: with(asJSON, "If-Match", `"1-card-1"`)}, 200, []string{`"revision":1,"drift":true`, `"updated":{"id":"acme/m","revision":2`}},
		{"history", call{method: "GET", path: "/v1/cards/acme/m/revisions"}, 200, []string{`"revision":2`, `"reason":"nightly run"`}},
		{"the updated card", call{method: "GET", path: "/v1/cards/acme/m?format=mcg"}, 200, []string{
			`{"type":"accuracy","value":0.8,"threshold":0.85},{"type":"loss","value":0.2},{"type":"f1","value":0.7}`}},
		{"the same again", call{method: "POST", path: path + "?update=true", body: worse, header: with(asJSON, "If-Match", `"2-card-1"`)}, 200, []string{`"drift":false`, `"unchanged":true`}},
		{"audit", call{method: "GET", path: "/v1/audit"}, 200, []string{`"action":"card.revise"`, `"reason":"nightly run"`}},
	}
	for _, step := range steps {
		response := step.do(t, h)
		body := bodyOf(t, response)
		if response.StatusCode != step.status {
			t.Errorf("%s: %d %s, want %d", step.name, response.StatusCode, body, step.status)
		}
		for _, part := range step.body {
			if !strings.Contains(body, part) {
				t.Errorf("%s: %s, want %s in it", step.name, body, part)
			}
		}
	}
}

// A principal that may view and validate gets the report, and may not update.
func TestDriftPermissions(t *testing.T) {
	granted := map[string][]string{"admin": {"*"}, "checker": {"view", "validate"}, "viewer": {"view"}, "writer": {"view", "validate", "generate"}}
	roles, err := auth.NewRoles(granted)
	if err != nil {
		t.Fatal(err)
	}
	tokens, err := auth.NewTokens(auth.TokenOptions{Roles: roles, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	var static []auth.StaticKey
	for role := range granted {
		static = append(static, auth.StaticKey{Key: "key-of-" + role, Roles: []string{role}})
	}
	static = append(static, auth.StaticKey{Key: "key-of-other", Roles: []string{"admin"}, Namespaces: []string{"other"}})
	keys, err := auth.NewKeys(auth.KeyOptions{Static: static, Roles: roles, Issuer: "mcg", Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	h := newServer(t, func(o *Options) { o.Authenticator = auth.NewAuthenticator(tokens, keys, "") }).Handler()
	post := func(key, path string) int {
		header := map[string]string{"X-API-Key": "key-of-" + key, "If-Match": `"1-card-1"`}
		return call{method: "POST", path: path, body: evaluated, header: header}.do(t, h).StatusCode
	}
	call{method: "POST", path: "/v1/cards", body: evaluated, header: map[string]string{"X-API-Key": "key-of-admin"}}.do(t, h)
	for _, tt := range []struct {
		key           string
		check, update int
	}{{"viewer", 403, 403}, {"checker", 200, 403}, {"writer", 200, 200}, {"other", 404, 404}} {
		if got := post(tt.key, "/v1/cards/acme/m/drift"); got != tt.check {
			t.Errorf("%s checks: %d, want %d", tt.key, got, tt.check)
		}
		if got := post(tt.key, "/v1/cards/acme/m/drift?update=true"); got != tt.update {
			t.Errorf("%s updates: %d, want %d", tt.key, got, tt.update)
		}
	}
}

// Numbers of a report are numbers, not texts.
func TestDriftReportIsJSON(t *testing.T) {
	h := newServer(t, nil).Handler()
	call{method: "POST", path: "/v1/cards", body: evaluated}.do(t, h)
	response := call{method: "POST", path: "/v1/cards/acme/m/drift", body: `{"accuracy": 0.5}`, header: map[string]string{"Content-Type": "application/json"}}.do(t, h)
	var report struct {
		Metrics []struct {
			Old, New, Change *float64
			Thresholds       []struct{ Value float64 }
		}
	}
	if err := json.NewDecoder(response.Body).Decode(&report); err != nil || response.StatusCode != http.StatusOK {
		t.Fatal(response.StatusCode, err)
	}
	if m := report.Metrics[0]; *m.Old != 0.93 || *m.New != 0.5 || *m.Change != -0.43 || len(m.Thresholds) != 2 {
		t.Errorf("%+v", m)
	}
}
