package api

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/terragonlabs/modelcard-generator/internal/check"
	"github.com/terragonlabs/modelcard-generator/internal/generator"
)

const wrong = "model: {id: acme/wrong, name: W, license: Apache-2.0}\n"

func TestValidate(t *testing.T) {
	t.Parallel()
	h := newServer(t, nil).Handler()
	markdown := map[string]string{"Content-Type": "text/markdown"}
	tests := []struct {
		name   string
		call   call
		status int
		want   string
	}{
		{"default packs", call{path: "/v1/validate", body: wrong}, 200, `"rule":"huggingface/license"`},
		{"not the others", call{path: "/v1/validate?rules=quality", body: wrong}, 200, `"valid":true`},
		{"two packs", call{path: "/v1/validate?rules=quality,completeness", body: wrong}, 200, `"rule":"completeness/summary"`},
		{"repeated", call{path: "/v1/validate?rules=quality&rules=google", body: wrong}, 200, `"rule":"google/owners"`},
		{"never", call{path: "/v1/validate?fail_on=never", body: wrong}, 200, `"valid":true`},
		{"score", call{path: "/v1/validate?rules=completeness&min_score=0.5", body: small}, 200, `completeness scores 0.08`},
		{"no card", call{path: "/v1/validate", body: "model: {nane: x, id: a/b}"}, 200, `"rule":"schema/unknown-key"`},
		{"README", call{path: "/v1/validate?id=a/b", body: "---\nlicense: MIT\n---\n", header: markdown}, 200, `"line":2,"column":10`},
		{"unreadable", call{path: "/v1/validate", body: "model: ["}, 400, `#unreadable"`},
		{"no such pack", call{path: "/v1/validate?rules=hub", body: small}, 400, `unknown_pack`},
		{"bad severity", call{path: "/v1/validate?fail_on=fatal", body: small}, 400, `fail-on is`},
		{"bad score", call{path: "/v1/validate?min_score=NaN", body: small}, 400, `min-score is NaN`},
		{"no number", call{path: "/v1/validate?min_score=half", body: small}, 400, `not a number`},
		{"SARIF", call{path: "/v1/validate", body: wrong, header: map[string]string{"Accept": "application/sarif+json"}}, 200, `"ruleId": "huggingface/license"`},
		{"anything", call{path: "/v1/validate", body: wrong, header: map[string]string{"Accept": "*/*"}}, 200, `"valid":false`},
		{"neither", call{path: "/v1/validate", body: wrong, header: map[string]string{"Accept": "text/html"}}, 406, `not_acceptable`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.call.method = "POST"
			r := tt.call.do(t, h)
			body := bodyOf(t, r)
			if r.StatusCode != tt.status || !strings.Contains(body, tt.want) {
				t.Errorf("%d %s", r.StatusCode, body)
			}
			if tt.name == "SARIF" && r.Header.Get("Content-Type") != typeSARIF {
				t.Errorf("Content-Type %q", r.Header.Get("Content-Type"))
			}
		})
	}
}

// TestStrict wants a strict request to be refused with the report that a
// validation gives.
func TestStrict(t *testing.T) {
	t.Parallel()
	plain := newServer(t, nil).Handler()
	always := newServer(t, func(o *Options) {
		o.Generator = generator.New(generator.Options{Store: o.Store, Strict: true})
	}).Handler()
	tests := []struct {
		name, path, body string
		handler          http.Handler
		status           int
	}{
		{"by parameter", "/v1/cards?strict=true", wrong, plain, 422},
		{"by configuration", "/v1/cards", wrong, always, 422},
		{"no card", "/v1/cards?strict=true", "model: {nane: x, id: a/b}\n", plain, 422},
		{"not strict", "/v1/cards?strict=false", wrong, plain, 201},
		{"good", "/v1/cards?strict=true", small, plain, 201},
		{"good by configuration", "/v1/cards", small, always, 201},
		{"neither true nor false", "/v1/cards?strict=perhaps", small, plain, 400},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := call{method: "POST", path: tt.path, body: tt.body}.do(t, tt.handler)
			body := bodyOf(t, r)
			if r.StatusCode != tt.status {
				t.Fatalf("%d, want %d: %s", r.StatusCode, tt.status, body)
			}
			if tt.status == 422 {
				sameReport(t, plain, tt.body, body)
			}
		})
	}
	if r := (call{method: "GET", path: "/v1/cards/a/b"}).do(t, plain); r.StatusCode != 404 {
		t.Errorf("a refused card is stored: %d", r.StatusCode)
	}
}

func sameReport(t *testing.T, h http.Handler, document, refusal string) {
	t.Helper()
	var p Problem
	var want generator.Validation
	validation := bodyOf(t, call{method: "POST", path: "/v1/validate", body: document}.do(t, h))
	if err := json.Unmarshal([]byte(refusal), &p); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(validation), &want); err != nil {
		t.Fatal(err)
	}
	if p.Report == nil || len(p.Errors) == 0 || !strings.HasSuffix(p.Type, "#check_failed") {
		t.Fatalf("no report: %s", refusal)
	}
	if !slices.Equal(p.Report.Findings, want.Findings) || p.Report.Valid || !slices.Equal(p.Report.Reasons, want.Reasons) {
		t.Errorf("the report of the refusal is another:\n%s\n%s", refusal, validation)
	}
}

func TestListRules(t *testing.T) {
	t.Parallel()
	r := call{method: "GET", path: "/v1/rules"}.do(t, newServer(t, nil).Handler())
	var list struct{ Items []check.Pack }
	if err := json.Unmarshal([]byte(bodyOf(t, r)), &list); err != nil {
		t.Fatal(err)
	}
	if r.StatusCode != 200 || len(list.Items) != len(check.Packs()) || list.Items[0].Name != "schema" || len(list.Items[0].Rules) == 0 || list.Items[0].Rules[0].ID == "" {
		t.Errorf("%d %+v", r.StatusCode, list)
	}
}
