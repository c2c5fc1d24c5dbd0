package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/config"
	"github.com/terragonlabs/modelcard-generator/internal/render"
	"github.com/terragonlabs/modelcard-generator/internal/render/jinja"
)

// templateFolder is the folder of own templates that a verb may use.
type templateFolder struct {
	Templates string `help:"Folder of your own templates; templates.custom_templates_dir if not given." type:"path" placeholder:"DIR"`
}

// format finds a format; the folder is read only for a template.
func (f templateFolder) format(p *process, name string) (render.Format, error) {
	if !strings.HasPrefix(name, render.TemplatePrefix) {
		return render.Lookup(name)
	}
	dir, err := f.dir(p)
	if err != nil {
		return render.Format{}, err
	}
	folder, err := jinja.Open(p.ctx, dir, jinja.Options{})
	if err != nil {
		return render.Format{}, err
	}
	return render.NewSet(folder.Formats()...).Lookup(name)
}

var errNoTemplates = errors.New("there is no folder of templates; name it with --templates or MCG_TEMPLATES_DIR")

func (f templateFolder) dir(p *process) (string, error) {
	if f.Templates != "" {
		return f.Templates, nil
	}
	loaded, err := config.Load(config.LoadOptions{Environ: p.environ, ForFiles: true})
	if err != nil {
		return "", err
	}
	if loaded.Config.Templates.CustomTemplatesDir == "" {
		return "", errNoTemplates
	}
	return loaded.Config.Templates.CustomTemplatesDir, nil
}

type templateCommand struct {
	Check templateCheckCommand `cmd:"" help:"Check templates: exit code 1 if one is bad."`
}

type templateCheckCommand struct {
	Paths []string `arg:"" optional:"" help:"Folder, or files; templates.custom_templates_dir if not given." type:"path"`
}

// Run prints what is wrong as a compiler would, and the good templates with
// the names of their formats.
func (c *templateCheckCommand) Run(p *process) error {
	folder, err := c.open(p)
	problems, rest := jinja.Problems(err)
	for _, problem := range problems {
		_, _ = fmt.Fprintln(p.stdout, problem)
	}
	switch {
	case rest != nil:
		return rest
	case len(problems) > 0:
		return errRefused
	}
	for _, format := range folder.Formats() {
		_, _ = fmt.Fprintf(p.stdout, "%s: valid\n", format.Name)
	}
	return nil
}

func (c *templateCheckCommand) open(p *process) (*jinja.Folder, error) {
	paths := c.Paths
	if len(paths) == 0 {
		dir, err := templateFolder{}.dir(p)
		if err != nil {
			return nil, err
		}
		paths = []string{dir}
	}
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		if info.IsDir() && len(paths) == 1 {
			return jinja.Open(p.ctx, path, jinja.Options{})
		}
	}
	return jinja.OpenFiles(p.ctx, paths, jinja.Options{})
}
