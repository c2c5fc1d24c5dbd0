package check

import (
	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// Fixes lists the mechanical repairs of a result, as changes of the text that
// the document was read from.
func (r *Result) Fixes(doc *card.Document) []Fix {
	var fixes []Fix
	for i := range r.Findings {
		f := r.Findings[i].fix
		if f == nil {
			continue
		}
		if pointer, ok := doc.SourcePointer(f.Pointer); ok {
			fixes = append(fixes, Fix{Pointer: pointer, Value: f.Value, Delete: f.Delete})
		}
	}
	return fixes
}
