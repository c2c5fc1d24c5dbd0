// Package api is the HTTP contract: the OpenAPI 3.1 description that the
// service serves, and the source of the client package beside it.
package api

import (
	"bytes"
	_ "embed"
)

//go:generate go run github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2 -config client.yaml openapi.yaml

//go:embed openapi.yaml
var spec []byte

// Spec returns the OpenAPI 3.1 description, in YAML. The caller owns the bytes.
func Spec() []byte { return bytes.Clone(spec) }
