package integration

import (
	"errors"
	"testing"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

func TestReadResults(t *testing.T) {
	t.Parallel()
	c, err := ReadResults([]byte(`{"accuracy": 0.9, "dataset": "sst2", "split": "test"}`))
	if err != nil {
		t.Fatal(err)
	}
	result := c.Evaluation.Results[0]
	if result.Dataset.Name != "sst2" || len(result.Metrics) != 1 || result.Metrics[0].Value != card.Number("0.9") {
		t.Errorf("%+v", result)
	}
	if _, err := ReadEvaluation([]byte(`{"accuracy": 0.9}`)); !errors.Is(err, ErrNotEvaluation) {
		t.Errorf("a card of nothing but numbers: %v", err)
	}
	var refused *card.Error
	if _, err := ReadResults([]byte(`{"accuracy": 0.9, "colour": "red"}`)); !errors.As(err, &refused) {
		t.Errorf("an unknown text: %v", err)
	}
	for _, other := range []string{`{"model": {"name": "m"}}`, `[1]`, `{"accuracy": true}`, `{"model_name": "m"}`} {
		if _, err := ReadResults([]byte(other)); !errors.Is(err, ErrNotEvaluation) {
			t.Errorf("%s: %v", other, err)
		}
	}
}
