package jinja

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/terragonlabs/modelcard-generator/internal/render"
)

// source is one template.
type source struct {
	name string // of its format
	file string
	kind kind
}

// kind is what a template writes, which its file name says: card.md.j2 is
// Markdown.
type kind struct {
	ending    string
	mediaType string
	extension string
	escape    bool // what the card says is escaped for HTML
}

var kinds = []kind{
	{ending: ".md", mediaType: "text/markdown; charset=utf-8", extension: ".md"},
	{ending: ".txt", mediaType: "text/plain; charset=utf-8", extension: ".txt"},
	{ending: ".html", mediaType: "text/html; charset=utf-8", extension: ".html", escape: true},
	{ending: ".json", mediaType: "application/json", extension: ".json"},
	{ending: ".yaml", mediaType: "application/yaml", extension: ".yaml"},
	{ending: ".csv", mediaType: "text/csv; charset=utf-8", extension: ".csv"},
	{ending: ".tex", mediaType: "text/plain; charset=utf-8", extension: ".tex"},
}

// namePattern is the name of a template without its endings, as
// templates.default_format takes it.
var namePattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

var templateEndings = []string{".j2", ".jinja"}

// sourceOf is the template of a file name; ok is false for a file that is none.
func sourceOf(file string) (s source, ok bool) {
	base := file
	for _, ending := range templateEndings {
		base = strings.TrimSuffix(base, ending)
	}
	if base == file {
		return source{}, false
	}
	s = source{name: base, file: file, kind: kinds[0]}
	for _, k := range kinds {
		if name, found := strings.CutSuffix(base, k.ending); found {
			s.name, s.kind = name, k
		}
	}
	return s, true
}

// read reads the templates of a folder; other files and folders are left out.
func read(dir string) (*Folder, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("templates: %w", err)
	}
	var names []string
	for _, entry := range entries {
		if _, ok := sourceOf(entry.Name()); ok && !entry.IsDir() {
			names = append(names, filepath.Join(dir, entry.Name()))
		}
	}
	return readFiles(names)
}

// readFiles reads templates. The error lists everything that is wrong.
func readFiles(names []string) (*Folder, error) {
	f := &Folder{files: map[string]string{}}
	if len(names) > MaxFiles {
		return nil, fmt.Errorf("templates: there are %d templates, the most is %d", len(names), MaxFiles)
	}
	var errs []error
	size := 0
	for _, name := range names {
		text, err := f.add(name)
		errs = append(errs, err)
		size += len(text)
	}
	if size > MaxFolder {
		errs = append(errs, fmt.Errorf("templates: together they have %d bytes, the most is %d", size, MaxFolder))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	slices.SortFunc(f.sources, func(a, b source) int { return strings.Compare(a.name, b.name) })
	f.digest = digestOf(f.files)
	return f, nil
}

func (f *Folder) add(path string) (string, error) {
	file := filepath.Base(path)
	s, ok := sourceOf(file)
	if !ok {
		return "", &render.TemplateError{File: file, Cause: "this is no template by its name", Hint: "call it NAME.md.j2 or NAME.md.jinja"}
	}
	if !namePattern.MatchString(s.name) {
		return "", &render.TemplateError{
			File: file, Cause: fmt.Sprintf("%q cannot be the name of a format", s.name),
			Hint: "use Latin letters, digits, dots, hyphens and underscores, at most 64",
		}
	}
	for _, other := range f.sources {
		if other.name == s.name {
			return "", &render.TemplateError{File: file, Cause: fmt.Sprintf("%s is %s%s already", other.file, render.TemplatePrefix, s.name), Hint: "rename one of them"}
		}
	}
	text, err := readText(path, file)
	if err != nil {
		return "", err
	}
	f.sources, f.files[file] = append(f.sources, s), text
	return text, nil
}

func readText(path, file string) (string, error) {
	opened, err := os.Open(path) //nolint:gosec // the folder that the operator names
	if err != nil {
		return "", fmt.Errorf("templates: %w", err)
	}
	defer func() { _ = opened.Close() }()
	info, err := opened.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return "", &render.TemplateError{File: file, Cause: "this is not a regular file"}
	}
	text, err := io.ReadAll(io.LimitReader(opened, MaxFile+1))
	if err != nil {
		return "", fmt.Errorf("templates: %w", err)
	}
	if len(text) > MaxFile {
		return "", &render.TemplateError{File: file, Cause: fmt.Sprintf("the template is over %d bytes", MaxFile), Hint: "split it, and include the parts"}
	}
	if !utf8.Valid(text) {
		return "", &render.TemplateError{File: file, Cause: "the template is not UTF-8"}
	}
	return string(text), nil
}

// digestOf is one digest for all templates, since they may include each other.
func digestOf(files map[string]string) string {
	h := sha256.New()
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		_, _ = fmt.Fprintf(h, "%d %s %d ", len(name), name, len(files[name]))
		_, _ = io.WriteString(h, files[name])
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}
