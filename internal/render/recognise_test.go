package render

import (
	"strings"
	"testing"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

func TestReadRecognises(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, in string
		google   bool
	}{
		{"details", `{"model_details": {"name": "A"}}`, true},
		{"byte order mark", "\uFEFF" + `{"model_details": {"name": "A"}}`, true},
		{"parameters alone", `{"model_parameters": {}}`, true},
		{"analysis alone", `{"quantitative_analysis": {}}`, true},
		{"version", `{"schema_version": "0.0.1", "considerations": {}}`, true},
		{"version of something else", `{"schema_version": "0.1.0"}`, false},
		{"card that speaks of it", `{"model": {"name": "A", "summary": "see \"model_details\""}}`, false},
		{"deeper down", `{"model": {"name": "A"}, "metadata": {"model_details": {}}}`, false},
		{"card", `{"model": {"name": "A"}, "considerations": {}}`, false},
		{"no JSON", `{"model_details": `, false},
		{"a list", `[{"model_details": 1}]`, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := recognise([]byte(tt.in)) != nil; got != tt.google {
				t.Errorf("recognised: %v, want %v", got, tt.google)
			}
		})
	}
}

// A document is recognised whatever type it was sent as, if it is JSON.
func TestReadRecognisesAsYAML(t *testing.T) {
	t.Parallel()
	for _, mediaType := range []string{TypeJSON, TypeYAML} {
		doc, _, err := Read([]byte(`{"model_details": {"name": "A"}}`), mediaType, "acme/a")
		if err != nil || doc.Card.Model.Name != "A" || doc.Card.Model.ID != "acme/a" {
			t.Errorf("%s: %v", mediaType, err)
		}
	}
}

// What is too large for any document is not looked into.
func TestRecogniseIsBounded(t *testing.T) {
	t.Parallel()
	src := []byte(`{"model_details": "` + strings.Repeat("a", card.MaxDocument) + `"}`)
	if recognise(src) != nil {
		t.Error("it was read")
	}
}
