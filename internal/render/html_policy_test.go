package render

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// TestPageStyleHash: the style sheet of a page is the one that the service's policy allows, and there is no other style.
func TestPageStyleHash(t *testing.T) {
	t.Parallel()
	doc, err := card.ReadYAML([]byte("model: {name: M, description: \"| a |\\n|:-:|\\n| b |\"}\n"))
	if err != nil {
		t.Fatal(err)
	}
	page, _, err := writeHTML(doc.Card)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "<style>")
	style, body, found := strings.Cut(rest, "</style>")
	sum := sha256.Sum256([]byte(style))
	if got := "sha256-" + base64.StdEncoding.EncodeToString(sum[:]); !found || got != PageStyleHash() {
		t.Errorf("the page's style is %s, the policy allows %s", got, PageStyleHash())
	}
	if strings.Contains(body, "<style") || strings.Contains(body, " style=") {
		t.Errorf("the page has more style: %s", body)
	}
}
