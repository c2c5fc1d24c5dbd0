// Package jinja renders a team's own Jinja2 templates. A template is a program:
// it may loop for ever, eat memory or crash its process, so every template is
// parsed and rendered in a child process with limits on time, memory, output
// and files, which has nothing but the template and the card. The child is this
// same program, started again; main must call [Child] first.
package jinja

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/render"
)

// Limits of templates and of what renders them.
const (
	// MaxFiles is the most templates that a folder may have.
	MaxFiles = 100
	// MaxFile is the largest template, in bytes.
	MaxFile = 256 << 10
	// MaxFolder bounds the templates of a folder together, in bytes.
	MaxFolder = 4 << 20
	// MaxVariables bounds what a template is told of a card, as JSON, in bytes.
	MaxVariables = 8 << 20
	// MaxOutput is the most that a template may write, in bytes.
	MaxOutput = 8 << 20
	// MaxMemory is how much memory a template may take beyond what the program
	// has at its start, in bytes.
	MaxMemory = 384 << 20
	// MaxStack is the deepest recursion, in bytes of stack.
	MaxStack = 32 << 20
	// MaxRange is the most numbers that range() gives.
	MaxRange = 100_000
	// Timeout is the processor time that a template may take.
	Timeout = 5 * time.Second
	// Patience is how long it may take on the clock, on a machine that has other
	// things to do.
	Patience = 4 * Timeout
)

// Options are what a [Folder] works with.
type Options struct {
	// Program is the program to start; the one that runs if it is empty.
	Program string
	// Workers is how many templates may be rendered at a time; 0 is one for each
	// processor.
	Workers int
}

// Folder is the templates of a folder, read and checked. It is safe for
// concurrent use.
type Folder struct {
	files   map[string]string // by file name
	digest  string
	sources []source
	runner  *runner
}

// Open reads the templates of a folder and checks them. The error lists what is
// wrong with each as a [*render.TemplateError]; see [Problems].
func Open(ctx context.Context, dir string, o Options) (*Folder, error) {
	f, err := read(dir)
	if err != nil {
		return nil, err
	}
	return f, f.start(ctx, o)
}

// OpenFiles is Open for single files. They may include each other.
func OpenFiles(ctx context.Context, names []string, o Options) (*Folder, error) {
	f, err := readFiles(names)
	if err != nil {
		return nil, err
	}
	return f, f.start(ctx, o)
}

func (f *Folder) start(ctx context.Context, o Options) error {
	runner, err := newRunner(o)
	if err != nil {
		return err
	}
	f.runner = runner
	errs := make([]error, len(f.sources))
	var wg sync.WaitGroup
	for i, s := range f.sources {
		wg.Go(func() { errs[i] = f.check(ctx, s.file) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

func (f *Folder) check(ctx context.Context, file string) error {
	_, err := f.runner.run(ctx, request{File: file, Files: f.files, Check: true})
	return err
}

// Formats are the templates as formats, in the order of their names.
func (f *Folder) Formats() []render.Format {
	formats := make([]render.Format, len(f.sources))
	for i, s := range f.sources {
		formats[i] = render.Template{
			Name: s.name, MediaType: s.kind.mediaType, Extension: s.kind.extension, Digest: f.digest,
			Render: func(ctx context.Context, variables *card.Map) ([]byte, error) { return f.render(ctx, s, variables) },
		}.Format()
	}
	return formats
}

// Render renders a template, by its file name, with any variables. A format
// does so with those of render.Variables.
func (f *Folder) Render(ctx context.Context, file string, variables *card.Map) ([]byte, error) {
	for _, s := range f.sources {
		if s.file == file {
			return f.render(ctx, s, variables)
		}
	}
	return nil, fmt.Errorf("jinja: %w: %q", errNoTemplate, file)
}

func (f *Folder) render(ctx context.Context, s source, variables *card.Map) ([]byte, error) {
	encoded, err := variables.MarshalJSON()
	if err != nil {
		return nil, fmt.Errorf("jinja: encode variables: %w", err)
	}
	if len(encoded) > MaxVariables {
		return nil, &render.TemplateError{
			File: s.file, Cause: fmt.Sprintf("the card has %d bytes for a template, the most is %d", len(encoded), MaxVariables),
			Hint: "move long texts and pictures out of the card and link to them",
		}
	}
	return f.runner.run(ctx, request{File: s.file, Files: f.files, Variables: encoded, Escape: s.kind.escape})
}

// Problems lists the templates' own faults in an error of [Open]; rest is what
// is left of it, if anything.
func Problems(err error) (problems []*render.TemplateError, rest error) {
	var joined interface{ Unwrap() []error }
	var problem *render.TemplateError
	switch {
	case errors.As(err, &joined):
		for _, e := range joined.Unwrap() {
			more, left := Problems(e)
			problems, rest = append(problems, more...), errors.Join(rest, left)
		}
		return problems, rest
	case errors.As(err, &problem):
		return []*render.TemplateError{problem}, nil
	}
	return nil, err
}

func (o Options) workers() int {
	if o.Workers > 0 {
		return o.Workers
	}
	return runtime.GOMAXPROCS(0)
}
