package main

import (
	"context"
	"fmt"
	"io/fs"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/terragonlabs/modelcard-generator/internal/render"
)

type generateBatchCommand struct {
	Config string `required:"" help:"Folder of card documents." placeholder:"DIR"`
	Output string `short:"o" required:"" help:"Folder to write to."`
	Format string `default:"huggingface" help:"Output format; template:NAME is a template of your own."`
	templateFolder
	Workers int    `default:"0" help:"Files at a time; 0 is one for each processor."`
	Server  string `help:"Have a service store and render the cards instead." placeholder:"URL"`
	KeyFile string `help:"With --server: file with the API key; MCG_API_KEY or MCG_TOKEN if not given." type:"path" placeholder:"FILE"`
}

// rendering is one file of a batch and where it goes.
type rendering struct{ input, output string }

// Run renders every document below the folder. A file that fails fails alone,
// and the exit code says so.
func (c *generateBatchCommand) Run(p *process) error {
	if c.Server != "" {
		return c.remoteBatch(p)
	}
	format, err := c.format(p, c.Format)
	if err != nil {
		return err
	}
	names, err := documentsBelow(c.Config)
	if err != nil {
		return err
	}
	if len(names) == 0 {
		return fmt.Errorf("there are no documents below %s", c.Config)
	}
	rendered := c.renderAll(p, names, format)
	_, _ = fmt.Fprintf(p.stderr, "%d rendered, %d failed\n", rendered, len(names)-rendered)
	if err := p.ctx.Err(); err != nil {
		return &codeError{exitDependency, fmt.Errorf("interrupted: %w", context.Cause(p.ctx))}
	}
	if rendered < len(names) {
		return errRefused
	}
	return nil
}

// renderAll renders the files side by side and says how many it could.
func (c *generateBatchCommand) renderAll(p *process, names []string, format render.Format) (rendered int) {
	workers := c.Workers
	if workers < 1 {
		workers = runtime.GOMAXPROCS(0)
	}
	progress := newProgress(p.stderr, len(names), "rendered")
	defer progress.finish()
	shown := &process{p.ctx, p.environ, p.in, p.stdout, progress}
	var good atomic.Int64
	var wg sync.WaitGroup
	todo := make(chan rendering)
	for range workers {
		wg.Go(func() {
			for r := range todo {
				if renderOne(shown, r, format) == nil {
					good.Add(1)
				}
				progress.step()
			}
		})
	}
	c.plan(shown, names, format, todo)
	wg.Wait()
	return int(good.Load())
}

// plan hands out the files. Two documents that would be written to one file are
// a mistake: the second would take the place of the first.
func (c *generateBatchCommand) plan(p *process, names []string, format render.Format, todo chan<- rendering) {
	defer close(todo)
	taken := map[string]string{}
	for _, name := range names {
		relative, err := filepath.Rel(c.Config, name)
		if err != nil {
			relative = filepath.Base(name)
		}
		output := filepath.Join(c.Output, filepath.Dir(relative), outputName(name, format))
		if other, twice := taken[output]; twice {
			_, _ = fmt.Fprintf(p.stderr, "%s: would be written to %s, as %s is; rename one of them\n", name, output, other)
			continue
		}
		taken[output] = name
		select {
		case todo <- rendering{name, output}:
		case <-p.ctx.Done():
			return
		}
	}
}

func renderOne(p *process, r rendering, format render.Format) error {
	d, err := readFile(p, r.input, "")
	if err != nil {
		return explain(p.stderr, r.input, err)
	}
	if err := (&sourceFlags{}).complete(p, d); err != nil {
		return explain(p.stderr, r.input, err)
	}
	warn(p.stderr, d)
	if err := renderTo(p, d, format, r.output); err != nil {
		_, _ = fmt.Fprintf(p.stderr, "%s: %v\n", r.input, err)
		return err
	}
	return nil
}

// documentsBelow lists the documents of a folder, in the order of their names.
func documentsBelow(dir string) ([]string, error) {
	var names []string
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if _, typeErr := render.FileType(path); typeErr == nil && entry.Type().IsRegular() {
			names = append(names, path)
		}
		return nil
	})
	return names, err
}
