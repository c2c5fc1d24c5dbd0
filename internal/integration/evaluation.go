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
	c, err := flatCard(m)
	if err != nil {
		return nil, err
	}
	return c, c.Normalize()
}

// ReadResults is ReadEvaluation for results that are held against a card: since
// the card says which model they are of, they need not name it.
func ReadResults(src []byte) (*card.Card, error) {
	value, err := card.ReadValueJSON(src)
	if err != nil {
		return nil, err
	}
	m, ok := value.(*card.Map)
	if !ok || !hasNumbers(m) {
		return nil, ErrNotEvaluation
	}
	c, err := flatCard(m)
	if err != nil {
		return nil, err
	}
	if c.Model.Name == "" {
		c.Model.Name = "results" // a card has a name; nobody sees this one
	}
	return c, c.Normalize()
}

// flatCard makes a card of numbers and texts.
func flatCard(m *card.Map) (*card.Card, error) {
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
	return c, nil
}

// isFlat tells a flat evaluation file from a card document: a model's name and
// at least one number, and nothing nested.
func isFlat(m *card.Map) bool {
	return (isText(m, "model_name") || isText(m, "model")) && hasNumbers(m)
}

func isText(m *card.Map, key string) bool {
	value, _ := m.Get(key)
	_, ok := value.(string)
	return ok
}

// hasNumbers tells texts and at least one number from anything else.
func hasNumbers(m *card.Map) bool {
	numbers := 0
	for _, e := range m.Entries {
		switch e.Value.(type) {
		case card.Number:
			numbers++
		case string:
		default:
			return false
		}
	}
	return numbers > 0
}
