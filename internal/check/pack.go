package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/card/regulation"
)

// Pack is a set of rules under one name and one score.
type Pack struct {
	// Name is what ?rules= and --rules take.
	Name string `json:"name"`
	// Title is its name for people.
	Title string `json:"title"`
	// About says what the pack holds a card to.
	About string `json:"about"`
	// Reference is where its rules come from, unless a rule says otherwise.
	Reference string `json:"reference"`
	// Default packs are run where none is named.
	Default bool `json:"default"`
	// Rules in the order in which people are shown them.
	Rules []Rule `json:"rules"`

	parts bool // the score shows what it is made of
}

// packs is the one table: a pack is a line here and a file of rules.
var packs = []Pack{
	schemaPack,
	huggingFacePack,
	qualityPack,
	completenessPack,
	googlePack,
	cycloneDXPack,
	secretsPack,
	regulationPack(regulation.AIAct, "EU AI Act"),
	regulationPack(regulation.CRA, "EU Cyber Resilience Act"),
	regulationPack(regulation.GDPR, "EU General Data Protection Regulation"),
}

// Packs lists the packs in the order in which people are shown them.
func Packs() []Pack { return slices.Clone(packs) }

// All is the name that stands for every pack.
const All = "all"

// UnknownPackError is the refusal of a pack that there is not.
type UnknownPackError struct{ Name string }

// Error names the packs that there are.
func (e *UnknownPackError) Error() string {
	names := make([]string, len(packs))
	for i := range packs {
		names[i] = packs[i].Name
	}
	return fmt.Sprintf("there is no rule pack %q; the packs are %s, and %s", e.Name, strings.Join(names, ", "), All)
}

// SelectPacks finds packs by their names: the default ones for none, every one
// for "all". Underscores and hyphens are the same. What can't be read fails in
// every pack, so schema is always among them. The error is an
// [*UnknownPackError].
func SelectPacks(names ...string) ([]Pack, error) {
	wanted := map[string]bool{schemaPack.Name: true}
	for _, name := range names {
		folded := strings.ReplaceAll(strings.ToLower(strings.TrimSpace(name)), "_", "-")
		known := folded == All
		for i := range packs {
			if packs[i].Name == folded || folded == All {
				wanted[packs[i].Name], known = true, true
			}
		}
		if !known {
			return nil, &UnknownPackError{name}
		}
	}
	var selected []Pack
	for i := range packs {
		if wanted[packs[i].Name] || len(names) == 0 && packs[i].Default {
			selected = append(selected, packs[i])
		}
	}
	return selected, nil
}
