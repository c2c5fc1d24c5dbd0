// Package integration turns what evaluation tools and trackers write into
// values of a card.
package integration

import (
	"errors"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// ErrNotEvaluation says that a file is not a flat evaluation file.
var ErrNotEvaluation = errors.New("integration: not a flat evaluation file")

// texts are the keys of a flat evaluation file that are not metrics.
var texts = map[string]func(c *card.Card, value string){
	"model_name":    func(c *card.Card, v string) { c.Model.Name = v },
	"model":         func(c *card.Card, v string) { c.Model.Name = v },
	"model_version": func(c *card.Card, v string) { c.Model.Version = v },
	"license":       func(c *card.Card, v string) { c.Model.License = v },
	"description":   func(c *card.Card, v string) { c.Model.Description = v },
	"task":          func(c *card.Card, v string) { c.Evaluation.Results[0].Task.Type = v },
	"dataset":       func(c *card.Card, v string) { c.Evaluation.Results[0].Dataset.Name = v },
	"split":         func(c *card.Card, v string) { c.Evaluation.Results[0].Dataset.Split = v },
}

// ReadEvaluation makes a card of a flat evaluation file in JSON, such as
// {"model_name": "m", "accuracy": 0.95}: numbers are metrics, known texts are
// facts about the model. A key that is neither is an error, since dropping it
// would lose data. It returns ErrNotEvaluation for a document of another kind.
func ReadEvaluation(src []byte) (*card.Card, error) {
	value, err := card.ReadValueJSON(src)
	if err != nil {
		return nil, err
	}
	m, ok := value.(*card.Map)
	if !ok || !isFlat(m) {
		return nil, ErrNotEvaluation
	}
	c := &card.Card{Evaluation: &card.Evaluation{Results: make([]card.Result, 1)}}
	result := &c.Evaluation.Results[0]
	for _, e := range m.Entries {
		switch v := e.Value.(type) {
		case card.Number:
			result.Metrics = append(result.Metrics, card.Metric{Type: e.Key, Value: v})
		case string:
			set, known := texts[e.Key]
			if !known {
				return nil, card.Invalidate(card.Pointer(e.Key), "unknown_key", "this text is neither a metric nor a known fact of the model", "write a card document for it")
			}
			set(c, v)
		}
	}
	return c, c.Normalize()
}

// isFlat tells a flat evaluation file from a card document: a model's name and
// at least one number, and nothing nested.
func isFlat(m *card.Map) bool {
	numbers, named := 0, false
	for _, e := range m.Entries {
		switch e.Value.(type) {
		case card.Number:
			numbers++
		case string:
			named = named || e.Key == "model_name" || e.Key == "model"
		default:
			return false
		}
	}
	return named && numbers > 0
}
