package jinja

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/nikolalohinski/gonja/v2/config"
	"github.com/nikolalohinski/gonja/v2/exec"
	"github.com/nikolalohinski/gonja/v2/loaders"
	"github.com/nikolalohinski/gonja/v2/logging"
	"github.com/nikolalohinski/gonja/v2/nodes"
	"github.com/nikolalohinski/gonja/v2/parser"
	"github.com/nikolalohinski/gonja/v2/tokens"
)

// answer does what a request asks for. The engine panics on some templates,
// which is the template's fault here.
func answer(q request) (text []byte, fault *failure) {
	logging.SetEnabled(false)
	at := &position{}
	defer func() {
		if cause := recover(); cause != nil {
			text, fault = nil, &failure{Line: at.line, Cause: clip(fmt.Sprint("the template engine gave up: ", cause)), Hint: "see docs/formats.md for what templates can do"}
		}
	}()
	env := newEnvironment()
	cfg := config.New()
	cfg.AutoEscape = q.Escape
	loader := folderLoader(q.Files)
	if q.Check {
		return nil, check(q, cfg, loader, env)
	}
	template, err := exec.NewTemplate(q.File, cfg, loader, env)
	if err != nil {
		return nil, failureOf(err)
	}
	variables, err := decodeVariables(q.Variables)
	if err != nil {
		return nil, failureOf(err)
	}
	env.Context = env.Context.Inherit().Update(exec.NewContext(variables))
	var out limitedBuffer
	at.Renderer = exec.NewRenderer(env, &out, cfg, loader, template)
	if err := at.execute(template.Root()); err != nil {
		return nil, failureOf(err)
	}
	return out.Bytes(), nil
}

// check parses a template. Not every error of the engine's parser has a line;
// what it was at then is the next best.
func check(q request, cfg *config.Config, loader loaders.Loader, env *exec.Environment) *failure {
	if fault := checkNames(q.Files[q.File], env); fault != nil {
		return fault
	}
	p := parser.NewParser(q.File, tokens.LexAll(q.Files[q.File], cfg), cfg, loader, env.ControlStructures)
	_, err := p.Parse()
	if err == nil {
		return nil
	}
	fault := failureOf(err)
	if at := p.Current(); fault.Line == 0 && at != nil {
		fault.Line = at.Line
	}
	return fault
}

// position is a renderer that knows the line it is at, for panics, which say
// nothing of it. The lines inside a loop or block are those of its begin.
type position struct {
	*exec.Renderer
	line int
}

func (p *position) execute(root *nodes.Template) error {
	for root.Parent != nil {
		root = root.Parent
	}
	return nodes.Walk(p, root)
}

// Visit renders a node as the renderer does.
func (p *position) Visit(n nodes.Node) (nodes.Visitor, error) {
	if token := n.Position(); token != nil {
		p.line = token.Line
	}
	next, err := p.Renderer.Visit(n)
	if next == nodes.Visitor(p.Renderer) {
		return p, err
	}
	return next, err
}

var errOutput = errors.New("it writes too much")

// limitedBuffer is the output of a template.
type limitedBuffer struct{ bytes.Buffer }

func (b *limitedBuffer) Write(text []byte) (int, error) {
	if b.Len()+len(text) > MaxOutput {
		return 0, fmt.Errorf("%w: more than %d bytes", errOutput, MaxOutput)
	}
	return b.Buffer.Write(text)
}

// WriteString keeps io.WriteString from going past Write.
func (b *limitedBuffer) WriteString(text string) (int, error) { return b.Write([]byte(text)) }

// folderLoader gives a template the templates of its folder by their file
// names, and nothing else.
type folderLoader map[string]string

var errNoTemplate = errors.New("there is no such template in the folder")

// Read opens a template.
func (l folderLoader) Read(name string) (io.Reader, error) {
	text, ok := l[name]
	if !ok {
		return nil, fmt.Errorf("%w: %q", errNoTemplate, name)
	}
	return bytes.NewReader([]byte(text)), nil
}

// Resolve is the name itself, if there is such a template.
func (l folderLoader) Resolve(name string) (string, error) {
	if _, ok := l[name]; !ok {
		return "", fmt.Errorf("%w: %q", errNoTemplate, name)
	}
	return name, nil
}

// Inherit is the same folder: names do not depend on who includes.
func (l folderLoader) Inherit(string) (loaders.Loader, error) { return l, nil }
