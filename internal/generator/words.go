package generator

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// Words returns the text that a card is found by beside its name and labels, of
// its canonical form: what a store was given as Draft.Text.
func Words(canonical []byte) (string, error) {
	var c struct {
		Model struct {
			Summary     string `json:"summary"`
			Description string `json:"description"`
		} `json:"model"`
	}
	if err := json.Unmarshal(canonical, &c); err != nil {
		return "", fmt.Errorf("generator: a canonical card can't be read: %w", err)
	}
	class, err := RiskClass(canonical)
	return words(class, c.Model.Summary, c.Model.Description), err
}

// RiskClass returns the AI Act's risk class of a card in its canonical form, ""
// for a card that has none.
func RiskClass(canonical []byte) (string, error) {
	var c struct {
		Compliance struct {
			EUAIAct struct {
				RiskClass string `json:"risk_class"`
			} `json:"eu_ai_act"`
		} `json:"compliance"`
	}
	if err := json.Unmarshal(canonical, &c); err != nil {
		return "", fmt.Errorf("generator: a canonical card can't be read: %w", err)
	}
	return c.Compliance.EUAIAct.RiskClass, nil
}

// RiskWord is the word that cards of a risk class are found by. It stands in for
// a column of the store, and is none that a text would have.
func RiskWord(class string) string { return "mcgairisk" + class }

func riskClassOf(c *card.Card) string {
	if c.Compliance == nil || c.Compliance.EUAIAct == nil {
		return ""
	}
	return c.Compliance.EUAIAct.RiskClass
}

// words has the risk class first, since a store keeps so many words of a card.
func words(class, summary, description string) string {
	parts := []string{summary, description}
	if class != "" {
		parts = append([]string{RiskWord(class)}, parts...)
	}
	return strings.Join(parts, "\n")
}
