package config

import (
	"errors"
	"io/fs"
	"path/filepath"
	"reflect"

	"go.yaml.in/yaml/v4"
)

// LoadOptions says where Load reads from. The zero value reads nothing but the defaults and /etc/mcg/config.yaml.
type LoadOptions struct {
	File     string   // the file named by --config; empty asks MCG_CONFIG, then MCG_CONFIG_DIR
	Environ  []string // NAME=value, as os.Environ gives them
	Flags    []Flag   // flags that were given; they beat everything
	ForFiles bool     // the command works on files only: what matters to a listening process is not checked
}

// Flag is one flag of the command line that sets a key.
type Flag struct {
	Name  string // as typed, such as --port
	Key   string // the path of the key, such as api.port
	Value string
}

// Loaded is a configuration and where each value of it came from.
type Loaded struct {
	Config   Config
	Warnings []string // what is odd but no mistake, one line each

	origins map[string]Source
}

// Load reads the defaults, the file, the environment and the flags, each beating those before, and checks the result.
// Every mistake is in the *InvalidError it returns; then Loaded is nil.
func Load(o LoadOptions) (*Loaded, error) {
	l := &loader{options: o, env: newEnvironment(o.Environ)}
	l.config, l.origins = Default(), map[string]Source{}
	l.keys = keys(&l.config)
	l.readFile()
	l.readEnvironment()
	l.readFlags()
	l.applyDebug()
	l.validate()
	if err := invalid(l.problems); err != nil {
		return nil, err
	}
	warnings := append(l.env.unknown(l.keys), l.config.warnings()...)
	return &Loaded{Config: l.config, Warnings: warnings, origins: l.origins}, nil
}

// loader is the state of one Load.
type loader struct {
	options  LoadOptions
	env      *environment
	config   Config
	keys     []key
	origins  map[string]Source
	problems []Problem
}

// layer runs read with a decoder whose values come from at.
func (l *loader) layer(at func(line, col int) Source, read func(d *decoder)) {
	d := &decoder{origins: l.origins, at: at}
	read(d)
	l.problems = append(l.problems, d.problems...)
}

// file returns the path of the file, where it was named, and whether it must exist.
func (l *loader) file() (path string, src Source, must bool) {
	if l.options.File != "" {
		return l.options.File, Source{Layer: LayerFlag, Name: "--config"}, true
	}
	if path, ok := l.env.get("MCG_CONFIG"); ok {
		return path, Source{Layer: LayerEnvironment, Name: "MCG_CONFIG"}, true
	}
	if dir, ok := l.env.get("MCG_CONFIG_DIR"); ok {
		return filepath.Join(dir, defaultFile), Source{Layer: LayerEnvironment, Name: "MCG_CONFIG_DIR"}, false
	}
	return filepath.Join(l.config.Dir, defaultFile), Source{Layer: LayerDefault}, false
}

func (l *loader) readFile() {
	path, src, must := l.file()
	data, err := readBounded(path, maxFile)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !must:
		return
	case err != nil:
		l.problems = append(l.problems, Problem{Key: "config", Source: src, Detail: err.Error(), Hint: "name a file that can be read"})
		return
	}
	l.config.File = path
	l.origins["config"] = src
	l.decodeFile(path, data)
}

func (l *loader) decodeFile(path string, data []byte) {
	at := func(line, col int) Source { return Source{Layer: LayerFile, Name: path, Line: line, Col: col} }
	l.layer(at, func(d *decoder) {
		root, syntax := parseYAML(data)
		switch {
		case syntax != nil:
			d.fail("", at(syntax.line, syntax.col), syntax.detail, "")
		case root == nil:
		case root.Kind != yaml.MappingNode:
			d.fail("", at(root.Line, root.Column), "is no map of keys to values", "begin with a section such as api:")
		default:
			d.vars, d.beaten, d.paths = l.env, l.beaten(), l.paths()
			d.node("", root, reflect.ValueOf(&l.config).Elem())
		}
	})
}

// beaten is the set of paths that the environment or a flag sets.
func (l *loader) beaten() map[string]bool {
	set := map[string]bool{}
	for _, k := range l.keys {
		_, value := l.env.get(k.variable)
		_, file := l.env.get(k.variable + "_FILE")
		set[k.path] = value || file && k.secret
	}
	for _, f := range l.options.Flags {
		set[f.Key] = true
	}
	return set
}

func (l *loader) paths() []string {
	list := make([]string, len(l.keys))
	for i, k := range l.keys {
		list[i] = k.path
	}
	return list
}

func (l *loader) readEnvironment() {
	for _, k := range l.keys {
		if k.path == "config" {
			continue // read already, and --config may have beaten it
		}
		value, isSet := l.env.get(k.variable)
		file, isFile := l.env.get(k.variable + "_FILE")
		isFile = isFile && k.secret
		name := k.variable
		if isFile && !isSet {
			name += "_FILE"
		}
		at := func(int, int) Source { return Source{Layer: LayerEnvironment, Name: name} }
		l.layer(at, func(d *decoder) {
			switch {
			case isSet && isFile:
				d.fail(k.path, at(0, 0), "is set both by value and by file", "keep one of "+k.variable+" and "+k.variable+"_FILE")
			case isSet:
				d.text(k, value)
			case isFile:
				d.secretFile(k, file, at(0, 0))
			}
		})
	}
}

func (l *loader) readFlags() {
	for _, f := range l.options.Flags {
		at := func(int, int) Source { return Source{Layer: LayerFlag, Name: f.Name} }
		l.layer(at, func(d *decoder) {
			for _, k := range l.keys {
				if k.path == f.Key {
					d.text(k, f.Value)
					return
				}
			}
			d.fail(f.Key, at(0, 0), "there is no such key", "")
		})
	}
}

// applyDebug lets debug lower the level, unless the level was set on purpose.
func (l *loader) applyDebug() {
	if _, isSet := l.origins["logging.level"]; l.config.Debug && !isSet {
		l.config.Logging.Level = "debug"
		l.origins["logging.level"] = l.origins["debug"]
	}
}

// validate checks the values and says where the wrong ones came from.
func (l *loader) validate() {
	problems := l.config.valueProblems()
	if !l.options.ForFiles {
		problems = append(problems, l.config.serviceProblems()...)
	}
	for _, p := range problems {
		p.Source = l.source(p.Key)
		if p.Source.expanded {
			p.Value = ""
		}
		l.problems = append(l.problems, p)
	}
}

func (l *loader) source(path string) Source { return sourceOf(l.origins, path) }

// sourceOf returns where a value came from; an element that has no place of its own has that of its list.
func sourceOf(origins map[string]Source, path string) Source {
	for {
		if src, ok := origins[path]; ok {
			return src
		}
		i := lastCut(path)
		if i < 0 {
			return Source{Layer: LayerDefault}
		}
		path = path[:i]
	}
}

func lastCut(path string) int {
	for i := len(path) - 1; i >= 0; i-- {
		if path[i] == '.' || path[i] == '[' {
			return i
		}
	}
	return -1
}
