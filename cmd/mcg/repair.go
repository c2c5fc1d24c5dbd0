package main

import (
	"fmt"
	"os"

	"github.com/google/renameio/v2"

	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/check"
	"github.com/terragonlabs/modelcard-generator/internal/render"
)

// maxPasses is how often a file is checked again after a repair: one repair may
// uncover another, as a list does that loses its empty item.
const maxPasses = 5

// repair makes the mechanical changes in a file, and is the result of what is
// left.
func (v *validation) repair(d *document, result check.Result) (check.Result, error) {
	text, total := d.source, 0
	for range maxPasses {
		repaired, count, err := result.Repair(text, d.Document)
		if err != nil {
			return check.Result{}, err
		}
		if count == 0 {
			break
		}
		text, total = repaired, total+count
		if d.Document, err = v.again(d, text); err != nil {
			return check.Result{}, fmt.Errorf("%s after its repair: %w", d.name, err)
		}
		if result, err = v.checker.Document(v.ctx, d.name, d.Document); err != nil {
			return check.Result{}, err
		}
	}
	if total == 0 {
		return result, nil
	}
	_, _ = fmt.Fprintf(v.stderr, "%s: %d repaired\n", d.name, total)
	return result, rewrite(d.name, text)
}

// again reads a document from a text that was changed.
func (v *validation) again(d *document, text []byte) (*card.Document, error) {
	mediaType, err := render.FileType(d.name)
	if err != nil {
		return nil, err
	}
	doc, _, err := render.Read(text, mediaType, v.id)
	if err != nil && isNameless(err) {
		doc, _, err = render.Read(text, mediaType, repositoryOf(d.name))
	}
	return doc, err
}

// rewrite replaces a file as a whole, with the permissions that it has.
func rewrite(name string, text []byte) error {
	info, err := os.Stat(name)
	if err != nil {
		return &codeError{exitDependency, err}
	}
	if err := renameio.WriteFile(name, text, info.Mode().Perm()); err != nil {
		return &codeError{exitDependency, err}
	}
	return nil
}
