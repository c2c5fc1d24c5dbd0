package generator

import (
	"testing"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// A backup is restored from canonical cards alone, so they have to give the
// words that the card was stored with.
func TestWordsOfCanonicalAreThoseOfTheDraft(t *testing.T) {
	t.Parallel()
	for name, source := range map[string]string{
		"both":    "model: {name: x, summary: A short one, description: \"Línea\\nzwei <b> & \\u2028 🤖\"}\n",
		"summary": "model: {name: x, summary: only this}\n",
		"neither": "model: {name: x}\n",
		"a class": "model: {name: x, summary: s}\ncompliance: {eu_ai_act: {risk_class: high}}\n",
	} {
		doc, err := card.ReadYAML([]byte(source))
		if err != nil {
			t.Fatal(err)
		}
		draft := draftOf(doc.Card, Request{})
		got, err := Words(draft.Canonical)
		if err != nil || got != draft.Text {
			t.Errorf("%s: words %q (%v), want %q", name, got, err, draft.Text)
		}
	}
	if _, err := Words([]byte("{")); err == nil {
		t.Error("what is not JSON has words")
	}
}
