// Package client calls the service over HTTP. Everything but this comment is
// generated from the OpenAPI description in package api.
package client
