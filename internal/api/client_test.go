package api

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/terragonlabs/modelcard-generator/api/client"
)

// The generated client and the server understand each other.
func TestGeneratedClient(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(newServer(t, nil).Handler())
	defer server.Close()
	c, err := client.NewClientWithResponses(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	created, err := c.CreateCardWithBodyWithResponse(ctx, &client.CreateCardParams{}, "application/yaml", strings.NewReader(small))
	if err != nil || created.JSON201 == nil {
		t.Fatalf("post: %v, %s", err, created.Body)
	}
	if created.JSON201.ID != "acme/m" || created.JSON201.Revision != 1 {
		t.Errorf("post: %+v", created.JSON201)
	}
	list, err := c.ListCardsWithResponse(ctx, &client.ListCardsParams{})
	if err != nil || list.JSON200 == nil || len(list.JSON200.Items) != 1 {
		t.Fatalf("list: %v, %s", err, list.Body)
	}
	missing, err := c.GetCardWithResponse(ctx, "acme", "nothing", &client.GetCardParams{})
	if err != nil || missing.StatusCode() != http.StatusNotFound || missing.ApplicationProblemJSON404 == nil {
		t.Errorf("missing: %v, %d %s", err, missing.StatusCode(), missing.Body)
	}
}
