package api

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"

	spec "github.com/terragonlabs/modelcard-generator/api"
)

// contract is api/openapi.yaml as a router.
var contract = sync.OnceValues(func() (routers.Router, error) {
	doc, err := openapi3.NewLoader().LoadFromData(spec.Spec())
	if err != nil {
		return nil, err
	}
	doc.Servers = nil // any host will do
	return legacy.NewRouter(doc)
})

// checkContract fails a test whose answer the contract does not have: a status
// or a media type that the operation does not list, or a body that is not of
// its schema. Every call of this package's tests goes through it.
func checkContract(t testing.TB, r *http.Request, answer *http.Response, body []byte) {
	t.Helper()
	router, err := contract()
	if err != nil {
		t.Fatal(err)
	}
	if r.Method == http.MethodHead {
		return // GET's answer without its body
	}
	route, params, err := router.FindRoute(r)
	if err != nil {
		return // not in the contract: TestRoutesAreTheContract looks after that
	}
	if !listed(route.Operation, answer, body) {
		t.Errorf("%s %s: the contract has no %s in answer %d", r.Method, r.URL.Path, answer.Header.Get("Content-Type"), answer.StatusCode)
	}
	err = openapi3filter.ValidateResponse(t.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route},
		Status:                 answer.StatusCode, Header: answer.Header,
		Body:    io.NopCloser(bytes.NewReader(body)),
		Options: &openapi3filter.Options{MultiError: true, ExcludeResponseBody: !hasSchema(answer)},
	})
	if err != nil {
		t.Errorf("%s %s: the answer is not what api/openapi.yaml says: %v", r.Method, r.URL.Path, err)
	}
}

// listed tells whether the contract has the media type of an answer.
func listed(operation *openapi3.Operation, answer *http.Response, body []byte) bool {
	if len(body) == 0 {
		return true
	}
	response := operation.Responses.Status(answer.StatusCode)
	if response == nil {
		response = operation.Responses.Default()
	}
	return response != nil && response.Value.Content.Get(answer.Header.Get("Content-Type")) != nil
}

// hasSchema tells whether an answer is JSON; of rendered documents the contract
// says only that they are bytes.
func hasSchema(answer *http.Response) bool {
	mediaType := answer.Header.Get("Content-Type")
	return answer.Header.Get("Content-Encoding") == "" && strings.HasPrefix(mediaType, "application/json") ||
		strings.HasPrefix(mediaType, "application/problem+json")
}

// The check must be able to see a breach.
func TestContractCheckSeesBreaches(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		status    int
		mediaType string
		body      string
	}{
		"a field too few":     {http.StatusOK, "application/json", `{"status":"healthy"}`},
		"a field of no type":  {http.StatusOK, "application/json", `{"status":7,"checks":{},"timestamp":"2026-01-02T03:04:05Z","version":"x"}`},
		"another media type":  {http.StatusOK, "text/plain", `hello`},
		"a problem of no use": {http.StatusTeapot, "application/problem+json", `{}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			probe := &recorder{TB: t}
			r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1/health", nil)
			checkContract(probe, r, &http.Response{StatusCode: tc.status, Header: http.Header{"Content-Type": {tc.mediaType}}}, []byte(tc.body))
			if !probe.failed {
				t.Error("it was not seen")
			}
		})
	}
}

// recorder notes that a test would have failed.
type recorder struct {
	testing.TB
	failed bool
}

func (r *recorder) Errorf(string, ...any) { r.failed = true }
