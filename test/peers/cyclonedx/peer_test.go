//go:build e2e

// Package cyclonedx_test has cyclonedx-python-lib, a validator that is not
// ours, judge the BOMs that we write.
package cyclonedx_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/render"
	"github.com/terragonlabs/modelcard-generator/test/peers/python"
)

var versions = []string{"1.5", "1.6", "1.7"}

// formats are ours by the version of CycloneDX.
var formats = map[string]string{"1.5": "cyclonedx-1.5", "1.6": "cyclonedx", "1.7": "cyclonedx-1.7"}

type question struct {
	Version string `json:"version"`
	BOM     string `json:"bom"`
}

func TestEveryBOMIsValid(t *testing.T) {
	all := cards(t)
	var questions []question
	for i, version := range versions { // the peer takes about a second each, so not every card in every version
		for j, c := range all {
			if j == 0 || j%len(versions) == i {
				questions = append(questions, question{version, string(written(t, formats[version], c))})
			}
		}
	}
	for i, answer := range python.Ask[*string](t, questions, 0) {
		if answer != nil {
			t.Errorf("%s is refused: %s\n%s", questions[i].Version, *answer, questions[i].BOM)
		}
	}
	t.Logf("%d BOMs", len(questions))
}

// The peer can say no, so that its yes counts.
func TestPeerRefuses(t *testing.T) {
	bom := string(written(t, "cyclonedx", cards(t)[0]))
	bad := []question{
		{"1.6", strings.Replace(bom, `"type": "machine-learning-model"`, `"type": "model"`, 1)},
		{"1.6", strings.Replace(bom, `"id": "Apache-2.0"`, `"id": "apache-2.0"`, 1)},
		{"1.6", strings.Replace(bom, `"unit": "kWh"`, `"unit": "MWh"`, 1)},
		{"1.5", strings.Replace(bom, `"1.6"`, `"1.5"`, 1)},
	}
	for i, answer := range python.Ask[*string](t, bad, 0) {
		if bad[i].BOM == bom || answer == nil {
			t.Errorf("case %d is taken for valid", i)
		}
	}
}

func written(t *testing.T, format string, c *card.Card) []byte {
	t.Helper()
	f, err := render.Lookup(format)
	if err != nil {
		t.Fatal(err)
	}
	out, _, err := f.Render(c)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// traps are texts that have to be written with care in one place or another.
var traps = []string{
	"plain", "with space", "https://example.com/a?b=c#d", "https://example.com:x/", "http://[::1]/", "mailto:ada@example.org", "ada@example.org", "a@b", "1:2", "%zz", "a#b#c", `back\slash`,
	"é\u00a0\u200b", "\U0001F600", "<a> & b", "urn:cdx:x", "a/b", "//a@b@c/", "?", "#", ".", strings.Repeat("v", 1100),
}

var licenses = []string{"mit", "odbl", "gpl", "llama3", "Apache-2.0 OR MIT", "Classpath-exception-2.0"}

// cards are one that has everything that CycloneDX can carry, that one with
// each trap in the place of its texts, and with each of the licences.
func cards(t *testing.T) []*card.Card {
	t.Helper()
	src, err := os.ReadFile("full.json")
	if err != nil {
		t.Fatal(err)
	}
	var list []*card.Card
	for _, trap := range append([]string{""}, traps...) {
		text := string(src)
		if trap != "" {
			encoded, _ := json.Marshal(trap)
			text = strings.ReplaceAll(text, "TRAP", strings.Trim(string(encoded), `"`))
		}
		doc, err := card.ReadJSON([]byte(text))
		if err != nil {
			t.Fatalf("%q: %v", trap, err)
		}
		list = append(list, doc.Card)
	}
	for _, license := range licenses {
		licensed := *list[0]
		licensed.Model.License = license
		list = append(list, &licensed)
	}
	return list
}
