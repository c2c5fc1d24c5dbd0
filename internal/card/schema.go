package card

import (
	"bytes"
	"cmp"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"go.yaml.in/yaml/v4"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

//go:embed card.schema.json
var schemaJSON []byte

// readSchemaJSON is the schema of a document whose not_applicable values have
// been lifted out. It is smaller than the published one, and its failures name
// the field and not one of two alternatives.
//
//go:embed read.schema.json
var readSchemaJSON []byte

// SchemaID is the $id of the published JSON Schema.
const SchemaID = "https://github.com/terragonlabs/modelcard-generator/schemas/card/v1"

// SchemaJSON is the JSON Schema (2020-12) of the card document.
func SchemaJSON() []byte { return bytes.Clone(schemaJSON) }

var compileSchema = sync.OnceValue(func() *jsonschema.Schema {
	resource, err := jsonschema.UnmarshalJSON(bytes.NewReader(readSchemaJSON))
	if err != nil {
		panic("card: the embedded schema is not JSON: " + err.Error())
	}
	c := jsonschema.NewCompiler()
	c.UseRegexpEngine(compilePattern)
	if err := c.AddResource(SchemaID, resource); err != nil {
		panic("card: " + err.Error())
	}
	return c.MustCompile(SchemaID)
})

// failure is one thing that the schema does not allow, at its place.
type failure struct {
	*jsonschema.ValidationError
	key          string // that is unknown, where one is
	line, column int
}

// checkSchema validates the tree and tells every failure at its line, or the
// first ones where there are very many.
func (d *Document) checkSchema() []Problem {
	err := compileSchema().Validate(schemaValue(d.root))
	var failed *jsonschema.ValidationError
	if !errors.As(err, &failed) {
		return nil
	}
	failures := d.collect(failed, nil)
	slices.SortFunc(failures, func(a, b failure) int {
		return cmp.Or(a.line-b.line, a.column-b.column, strings.Compare(a.key, b.key), strings.Compare(a.SchemaURL, b.SchemaURL))
	})
	problems := make([]Problem, min(len(failures), maxProblems))
	for i := range problems {
		problems[i] = d.problem(failures[i])
	}
	return problems
}

// collect adds the leaves of the tree of failures.
func (d *Document) collect(e *jsonschema.ValidationError, failures []failure) []failure {
	k, unknown := e.ErrorKind.(*kind.AdditionalProperties)
	_, alternatives := e.ErrorKind.(*kind.AnyOf)
	switch {
	case unknown:
		for _, key := range k.Properties {
			n := keyNode(d.root, e.InstanceLocation, key)
			failures = append(failures, failure{e, key, n.Line + d.offset, n.Column})
		}
	case alternatives || len(e.Causes) == 0:
		n := nearest(d.root, e.InstanceLocation)
		return append(failures, failure{e, "", n.Line + d.offset, n.Column})
	}
	for _, cause := range e.Causes {
		failures = d.collect(cause, failures)
	}
	return failures
}

func (d *Document) problem(f failure) Problem {
	p := Problem{Pointer: Pointer(f.InstanceLocation...), Line: f.line, Column: f.column}
	switch f.ErrorKind.(type) {
	case *kind.AdditionalProperties:
		p.Pointer += Pointer(f.key)
		p.Code, p.Detail = "unknown_key", fmt.Sprintf("unknown key %q", f.key)
		p.Hint = "free keys have their place in metadata and sections"
		if meant := closestKey(f.SchemaURL, f.key); meant != "" {
			p.Hint = fmt.Sprintf("did you mean %q?", meant)
		}
	case *kind.AnyOf: // the only one is the model's
		p.Code, p.Detail, p.Hint = "required", "a card needs model.id or model.name", "add model.name"
	default:
		p.Code, p.Detail, p.Hint = d.describe(f.ValidationError)
	}
	return p
}

// describe puts a failure of one keyword in words.
func (d *Document) describe(e *jsonschema.ValidationError) (code, detail, hint string) {
	switch k := e.ErrorKind.(type) {
	case *kind.Required:
		return "required", "missing " + quoteAll(k.Missing), "add " + strings.Join(k.Missing, ", ")
	case *kind.Type:
		return d.describeType(e, k)
	case *kind.Enum:
		return "not_allowed", fmt.Sprintf("%s is not one of %s", shown(k.Got), quoteValues(k.Want)), ""
	case *kind.Const:
		return "not_allowed", fmt.Sprintf("%s is not %s", shown(k.Got), shown(k.Want)), ""
	case *kind.Minimum:
		got, _ := k.Got.Float64()
		want, _ := k.Want.Float64()
		return "out_of_range", fmt.Sprintf("%v is less than %v", got, want), ""
	case *kind.MaxLength:
		return "too_long", fmt.Sprintf("the text has %d characters, the most is %d", k.Got, k.Want), ""
	case *kind.Pattern:
		return describePattern(e.SchemaURL, k.Got)
	}
	return "schema", e.ErrorKind.LocalizedString(message.NewPrinter(language.English)), ""
}

func (d *Document) describeType(e *jsonschema.ValidationError, k *kind.Type) (code, detail, hint string) {
	n := nearest(d.root, e.InstanceLocation)
	detail = fmt.Sprintf("%s where %s is wanted", typeNames[k.Got], wantedTypes(k.Want))
	switch {
	case k.Got == "null":
		hint = "leave the key out, or give it a value"
	case n.Kind == yaml.ScalarNode && k.Want[0] == "string":
		hint = fmt.Sprintf("write it as text: %q", n.Value)
	case n.Kind == yaml.ScalarNode && k.Want[0] == "number":
		hint = "write a number, without quotes and unit"
	}
	return "wrong_type", detail, hint
}

func describePattern(schemaURL, got string) (code, detail, hint string) {
	switch {
	case strings.HasSuffix(schemaURL, "/$defs/id"):
		return "bad_id", fmt.Sprintf("%s is not an identifier", shown(got)), "write namespace/name; each begins with a letter or digit and has letters, digits, dots, hyphens and underscores, 96 at most"
	case strings.HasSuffix(schemaURL, "/$defs/image"):
		return "bad_image", "the picture is not Base64 (RFC 4648)", "embed it with base64 -w0"
	}
	return "not_one_line", "the text has more than one line", "write it on one line"
}

var typeNames = map[string]string{
	"object": "a mapping", "array": "a list", "string": "text", "number": "a number",
	"integer": "an integer", "boolean": "true or false", "null": "nothing",
}

func wantedTypes(want []string) string {
	names := make([]string, len(want))
	for i, w := range want {
		names[i] = typeNames[w]
	}
	return strings.Join(names, " or ")
}

func shown(v any) string {
	text, err := json.Marshal(v)
	if err != nil || len(text) > 80 {
		return "the value"
	}
	return string(text)
}

func quoteAll(keys []string) string {
	quoted := make([]string, len(keys))
	for i, k := range keys {
		quoted[i] = fmt.Sprintf("%q", k)
	}
	return strings.Join(quoted, ", ")
}

func quoteValues(values []any) string {
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = shown(v)
	}
	return strings.Join(quoted, ", ")
}

// schemaValue is a node as the validator wants values.
func schemaValue(n *yaml.Node) any {
	switch n.Kind {
	case yaml.MappingNode:
		m := make(map[string]any, len(n.Content)/2)
		for i := 0; i+1 < len(n.Content); i += 2 {
			m[n.Content[i].Value] = schemaValue(n.Content[i+1])
		}
		return m
	case yaml.SequenceNode:
		list := make([]any, len(n.Content))
		for i, item := range n.Content {
			list[i] = schemaValue(item)
		}
		return list
	}
	switch v := scalarValue(n).(type) {
	case Number:
		return json.Number(v)
	case string:
		return standIn(v)
	default:
		return v
	}
}

const maxSchemaText = 4 << 10

// standIn is a long text cut down to what the schema asks about it, whether it
// is one line and whether it is Base64: the validator copies each text for each
// keyword that refers to another, and a picture has megabytes.
func standIn(s string) string {
	if len(s) <= maxSchemaText {
		return s
	}
	short := s[:maxSchemaText]
	if !IsBase64(s) {
		short += "-"
	}
	if !isLine(s) {
		short += "\n"
	}
	return short
}
