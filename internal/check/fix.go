package check

import (
	"errors"
	"fmt"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// Repair makes the mechanical changes of a result in the text that its document
// was read from, and keeps every other byte. Count is the number of changes
// made. A value that cannot be changed without touching more than itself stays
// as it is; any other error is the text's.
func (r *Result) Repair(src []byte, doc *card.Document) (repaired []byte, count int, err error) {
	repaired = src
	done := map[string]bool{}
	// From the end, since an item that goes moves those after it.
	for i := len(r.Findings) - 1; i >= 0; i-- {
		f := r.Findings[i].fix
		if f == nil {
			continue
		}
		pointer, ok := doc.SourcePointer(f.Pointer)
		if !ok || done[pointer] {
			continue
		}
		done[pointer] = true
		next, err := f.apply(repaired, pointer, doc.FrontMatter() != nil)
		if errors.Is(err, card.ErrEdit) {
			continue
		}
		if err != nil {
			return nil, 0, fmt.Errorf("check: %s: %w", r.Findings[i].Rule, err)
		}
		repaired, count = next, count+1
	}
	return repaired, count, nil
}

// apply changes the value at a pointer of a YAML text, or of the front matter
// of a Markdown text.
func (f *Fix) apply(src []byte, pointer string, markdown bool) ([]byte, error) {
	switch {
	case markdown && f.Delete:
		return card.DeleteMetadata(src, pointer)
	case markdown:
		return card.SetMetadata(src, pointer, f.Value)
	case f.Delete:
		return card.DeleteField(src, pointer)
	}
	return card.SetField(src, pointer, f.Value)
}
