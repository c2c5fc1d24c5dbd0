package generator

import (
	"encoding/json"
	"fmt"
	"strings"
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
	return words(c.Model.Summary, c.Model.Description), nil
}

func words(summary, description string) string {
	return strings.Join([]string{summary, description}, "\n")
}
