package api_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/terragonlabs/modelcard-generator/api"
)

var permissions = []string{"generate", "validate", "view", "delete", "admin", "public", "authenticated"}

// operation is one operation with the method and path that lead to it.
type operation struct {
	route string
	*openapi3.Operation
}

func load(t *testing.T) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(api.Spec())
	if err != nil {
		t.Fatalf("load: %v", err)
	}
	return doc
}

func operations(t *testing.T, doc *openapi3.T) []operation {
	t.Helper()
	var all []operation
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			all = append(all, operation{method + " " + path, op})
		}
	}
	if len(all) == 0 {
		t.Fatal("no operations")
	}
	return all
}

func TestSpecIsValid(t *testing.T) {
	t.Parallel()
	doc := load(t)
	if doc.OpenAPI != "3.1.0" {
		t.Errorf("openapi: %q, want 3.1.0", doc.OpenAPI)
	}
	if len(doc.Servers) != 1 || doc.Servers[0].URL != "/" {
		t.Errorf("servers: %v, want only the relative /", doc.Servers)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestSpecBytesAreTheCallers(t *testing.T) {
	t.Parallel()
	first := api.Spec()
	clear(first)
	if bytes.Equal(first, api.Spec()) {
		t.Error("a caller can change the description for the others")
	}
}

func TestOperationsAreComplete(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, op := range operations(t, load(t)) {
		if op.OperationID == "" || op.Summary == "" || len(op.Tags) == 0 {
			t.Errorf("%s: operationId %q, summary %q, tags %v; all are needed", op.route, op.OperationID, op.Summary, op.Tags)
		}
		if other, ok := seen[op.OperationID]; ok {
			t.Errorf("%s has the operationId of %s", op.route, other)
		}
		seen[op.OperationID] = op.route
		if !hasProblem(op.Responses.Default()) {
			t.Errorf("%s: the default response is not application/problem+json", op.route)
		}
	}
}

func TestOperationsStateTheirAccess(t *testing.T) {
	t.Parallel()
	doc := load(t)
	for _, op := range operations(t, doc) {
		permission, _ := op.Extensions["x-permission"].(string)
		if !slices.Contains(permissions, permission) {
			t.Errorf("%s: x-permission %q is not one of %v", op.route, permission, permissions)
		}
		if op.Security == nil {
			t.Errorf("%s: no security", op.route)
			continue
		}
		if got := schemes(*op.Security); permission == "public" && len(got) != 0 {
			t.Errorf("%s is public but asks for %v", op.route, got)
		} else if permission != "public" && !slices.Equal(got, []string{"apiKey", "bearer"}) {
			t.Errorf("%s: security %v, want bearer or apiKey", op.route, got)
		}
		for _, status := range []int{401, 403} {
			if permission != "public" && !hasProblem(op.Responses.Status(status)) {
				t.Errorf("%s: no problem for status %d", op.route, status)
			}
		}
	}
}

// TestNumbersHaveADoubleFormat keeps the generated client from float32.
func TestNumbersHaveADoubleFormat(t *testing.T) {
	t.Parallel()
	for name, schema := range load(t).Components.Schemas {
		for property, p := range schema.Value.Properties {
			if p.Value.Type.Is("number") && p.Value.Format != "double" {
				t.Errorf("%s.%s: number with format %q, want double", name, property, p.Value.Format)
			}
		}
	}
}

func hasProblem(response *openapi3.ResponseRef) bool {
	if response == nil {
		return false
	}
	media := response.Value.Content["application/problem+json"]
	return media != nil && media.Schema.Ref == "#/components/schemas/Problem"
}

// schemes lists the alternatives, sorted; each must be one scheme by itself.
func schemes(security openapi3.SecurityRequirements) []string {
	var names []string
	for _, alternative := range security {
		if len(alternative) != 1 {
			names = append(names, "(combined)")
			continue
		}
		for name := range alternative {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
