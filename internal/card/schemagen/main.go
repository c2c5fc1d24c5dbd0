// Command schemagen writes the JSON Schema (2020-12) of the card document from
// the types of package card: names and constraints from their tags,
// descriptions from their comments. So the schema cannot differ from what is
// decoded.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

func main() {
	published := flag.String("o", "card.schema.json", "file to write the published schema to")
	read := flag.String("read", "read.schema.json", "file to write the schema to that documents are read with")
	flag.Parse()
	if err := run(*published, *read); err != nil {
		fmt.Fprintln(os.Stderr, "schemagen:", err)
		os.Exit(1)
	}
}

func run(published, read string) error {
	comments, err := readComments(".")
	if err != nil {
		return err
	}
	if err := write(published, generator{comments: comments, defs: object{}, published: true}); err != nil {
		return err
	}
	return write(read, generator{defs: object{}})
}

func write(file string, g generator) error {
	root := g.structSchema(reflect.TypeFor[card.Card]())
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["$id"] = card.SchemaID
	root["title"] = "mcg model card"
	for name, def := range textDefs {
		g.defs[name] = def
	}
	if g.published {
		g.defs["not_applicable"] = notApplicable
	}
	root["$defs"] = g.defs
	text, err := json.MarshalIndent(root, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o644) //nolint:gosec // a source file, not a secret
}

type object = map[string]any

var textDefs = object{
	"line":  object{"type": "string", "pattern": `^[^\r\n]*$`},
	"text":  object{"type": "string"},
	"id":    object{"type": "string", "pattern": `^(?:[A-Za-z0-9][A-Za-z0-9._-]{0,95}/)?[A-Za-z0-9][A-Za-z0-9._-]{0,95}$`},
	"image": object{"type": "string", "pattern": `^[A-Za-z0-9+/\r\n]*={0,2}\s*$`},
}

// notApplicable stands in the place of a field that does not apply.
var notApplicable = object{
	"type": "object", "additionalProperties": false, "required": []string{"not_applicable"},
	"properties": object{"not_applicable": object{
		"type": "string", "pattern": `\S`, "description": "Why the field does not apply.",
	}},
}

// indispensable fields cannot be declared not applicable, nor can those that
// are required.
var indispensable = map[string][]string{
	"Card":  {"apiVersion", "kind", "model", "metadata", "sections", "sources"},
	"Model": {"id", "name"},
}

type generator struct {
	comments  map[string]string // "Type" and "Type.Field"
	defs      object
	published bool // the schema for editors, with not_applicable in every place where it may stand
}

func (g generator) structSchema(t reflect.Type) object {
	properties := object{}
	required := []string{}
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" || name == "-" {
			continue
		}
		rules := strings.Split(f.Tag.Get("schema"), ",")
		s := g.fieldSchema(f.Type, rules)
		if name == "metadata" {
			s = metadataSchema
		}
		if g.published && !has(rules, "required") && !has(indispensable[t.Name()], name) {
			s = object{"anyOf": []object{ref("not_applicable"), s}}
		}
		properties[name] = describe(s, g.comments[t.Name()+"."+f.Name])
		if has(rules, "required") {
			required = append(required, name)
		}
	}
	s := object{"type": "object", "additionalProperties": false, "properties": properties}
	if len(required) > 0 {
		s["required"] = required
	}
	if t == reflect.TypeFor[card.Model]() {
		s["anyOf"] = []object{{"required": []string{"id"}}, {"required": []string{"name"}}}
	}
	return describe(s, g.comments[t.Name()])
}

var metadataSchema = object{
	"type": []string{"object", "array"},
	"items": object{
		"type": "object", "additionalProperties": false, "required": []string{"key"},
		"properties": object{"key": object{"type": "string"}, "value": true},
	},
}

func describe(s object, text string) object {
	described := object{}
	for k, v := range s {
		described[k] = v
	}
	if text != "" {
		described["description"] = strings.Join(strings.Fields(text), " ")
	}
	return described
}

func (g generator) fieldSchema(t reflect.Type, rules []string) object {
	switch t {
	case reflect.TypeFor[*card.Map]():
		return object{"type": "object"}
	case reflect.TypeFor[card.Number](), reflect.TypeFor[*card.Number]():
		return constrain(object{"type": "number"}, rules)
	case reflect.TypeFor[card.OneOrMany]():
		return object{"type": []string{"string", "array"}, "pattern": `^[^\r\n]*$`, "items": ref("line")}
	case reflect.TypeFor[*card.Emissions]():
		s := g.structSchema(t.Elem())
		s["type"] = []string{"number", "object"}
		s["minimum"] = 0
		return s
	}
	switch t.Kind() {
	case reflect.Pointer:
		return g.fieldSchema(t.Elem(), rules)
	case reflect.Struct:
		if _, done := g.defs[t.Name()]; !done {
			g.defs[t.Name()] = nil // a type may refer to itself
			g.defs[t.Name()] = g.structSchema(t)
		}
		return ref(t.Name())
	case reflect.Slice:
		return object{"type": "array", "items": g.fieldSchema(t.Elem(), itemRules(rules))}
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Interface:
		if has(rules, "given") {
			return object{"type": []string{"number", "string", "boolean", "array", "object"}}
		}
		return object{}
	}
	return stringSchema(rules)
}

func itemRules(rules []string) []string {
	var items []string
	for _, r := range rules {
		if rule, ok := strings.CutPrefix(r, "items="); ok {
			items = append(items, rule)
		}
	}
	return items
}

func stringSchema(rules []string) object {
	for _, r := range rules {
		if _, ok := textDefs[r]; ok {
			return ref(r)
		}
	}
	return constrain(object{"type": "string"}, rules)
}

func constrain(s object, rules []string) object {
	for _, r := range rules {
		name, value, _ := strings.Cut(r, "=")
		switch name {
		case "const":
			s["const"] = value
		case "enum":
			s["enum"] = strings.Split(value, "|")
		case "min":
			f, err := strconv.ParseFloat(value, 64)
			if err != nil {
				panic(err)
			}
			s["minimum"] = f
		}
	}
	return s
}

func ref(name string) object { return object{"$ref": "#/$defs/" + name} }

func has(rules []string, rule string) bool {
	for _, r := range rules {
		if r == rule {
			return true
		}
	}
	return false
}

// readComments collects the comments of types and fields in a folder.
func readComments(dir string) (map[string]string, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	comments := map[string]string{}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			return nil, err
		}
		for _, decl := range file.Decls {
			if gen, ok := decl.(*ast.GenDecl); ok {
				typeComments(gen, comments)
			}
		}
	}
	return comments, nil
}

func typeComments(gen *ast.GenDecl, comments map[string]string) {
	for _, spec := range gen.Specs {
		t, ok := spec.(*ast.TypeSpec)
		if !ok {
			continue
		}
		comments[t.Name.Name] = gen.Doc.Text()
		if s, ok := t.Type.(*ast.StructType); ok {
			for _, f := range s.Fields.List {
				for _, name := range f.Names {
					comments[t.Name.Name+"."+name.Name] = f.Doc.Text()
				}
			}
		}
	}
}
