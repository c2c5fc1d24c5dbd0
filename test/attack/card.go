package attack

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// maxDepth bounds a card whose schema refers to itself.
const maxDepth = 12

// Card is a card in JSON with the text in every field that takes any text: the
// schema knows which those are. The identifier alone is given, since it takes no
// hostile text. Fields says how many there are.
func Card(id, text string) (document []byte, fields int, err error) {
	var schema map[string]any
	if err := json.Unmarshal(card.SchemaJSON(), &schema); err != nil {
		return nil, 0, err
	}
	f := filler{root: schema, text: text}
	c, ok := f.fill(schema, 0).(map[string]any)
	if !ok {
		return nil, 0, fmt.Errorf("attack: the schema is of no object")
	}
	delete(c, "apiVersion")
	delete(c, "kind")
	delete(c, "metadata_aliases")
	c["model"].(map[string]any)["id"] = id
	c["metadata"] = map[string]any{"x_free": text, "x_list": []any{text}}
	document, err = json.Marshal(c)
	return document, f.fields, err
}

// oneLine makes a text fit for a field of one line.
var oneLine = strings.NewReplacer("\n", " ")

type filler struct {
	root   map[string]any
	text   string
	fields int
}

// fill makes a value that a schema takes, with the text wherever it may be.
func (f *filler) fill(schema map[string]any, depth int) any {
	if ref, ok := schema["$ref"].(string); ok {
		return f.fill(f.at(ref), depth)
	}
	// The first alternative of a field is that it does not apply.
	if options, ok := schema["anyOf"].([]any); ok && schema["properties"] == nil {
		return f.fill(options[len(options)-1].(map[string]any), depth)
	}
	if values, ok := schema["enum"].([]any); ok {
		return values[0]
	}
	kind := schema["type"]
	if kinds, ok := kind.([]any); ok {
		kind = kinds[0]
	}
	switch kind {
	case "object":
		return f.object(schema, depth)
	case "array":
		items, _ := schema["items"].(map[string]any)
		return []any{f.fill(items, depth+1)}
	case "number", "integer":
		return 1
	case "boolean":
		return true
	}
	f.fields++
	if schema["pattern"] != nil { // that there is one line
		return oneLine.Replace(f.text)
	}
	return f.text
}

// at follows a reference within the schema.
func (f *filler) at(ref string) map[string]any {
	var at any = f.root
	for _, token := range card.PointerTokens(strings.TrimPrefix(ref, "#")) {
		at = at.(map[string]any)[token]
	}
	return at.(map[string]any)
}

// notText are fields whose texts have a form of their own.
var notText = map[string]bool{"not_applicable": true, "image": true, "emissions": true}

func (f *filler) object(schema map[string]any, depth int) any {
	object := map[string]any{}
	properties, _ := schema["properties"].(map[string]any)
	for name, property := range properties {
		if depth < maxDepth && !notText[name] {
			object[name] = f.fill(property.(map[string]any), depth+1)
		}
	}
	if len(properties) == 0 {
		object["key"] = f.text
		f.fields++
	}
	return object
}
