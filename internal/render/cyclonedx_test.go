package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	cdx "github.com/CycloneDX/cyclonedx-go"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

var cycloneDXFormats = []string{"cyclonedx", "cyclonedx-1.5", "cyclonedx-1.7"}

// cycloneDXSchemas are the official schemas by the name of the format.
var cycloneDXSchemas = sync.OnceValues(func() (map[string]*jsonschema.Schema, error) {
	const base = "http://cyclonedx.org/schema/"
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	files, err := filepath.Glob("testdata/cyclonedx/*.schema.json")
	if err != nil {
		return nil, err
	}
	for _, name := range files {
		src, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(src))
		if err != nil {
			return nil, err
		}
		if err := compiler.AddResource(base+filepath.Base(name), doc); err != nil {
			return nil, err
		}
	}
	schemas := map[string]*jsonschema.Schema{}
	for format, version := range map[string]string{"cyclonedx": "1.6", "cyclonedx-1.5": "1.5", "cyclonedx-1.7": "1.7"} {
		if schemas[format], err = compiler.Compile(base + "bom-" + version + ".schema.json"); err != nil {
			return nil, err
		}
	}
	return schemas, nil
})

// checkBOM holds a BOM to the official schema and to the rules that the
// specification has in words alone.
func checkBOM(format string, src []byte) error {
	schemas, err := cycloneDXSchemas()
	if err != nil {
		return err
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(src))
	if err != nil {
		return err
	}
	if err := schemas[format].Validate(doc); err != nil {
		return err
	}
	if broken := brokenRules(doc); len(broken) > 0 {
		return fmt.Errorf("rules of the specification are broken: %s", strings.Join(broken, "; "))
	}
	return nil
}

func render(t testingT, format string, c *card.Card) ([]byte, []Loss) {
	t.Helper()
	f, err := Lookup(format)
	if err != nil {
		t.Fatal(err)
	}
	out, losses, err := f.Render(c)
	if err != nil {
		t.Fatal(err)
	}
	return out, losses
}

func TestCycloneDXGoldensAreValid(t *testing.T) {
	for _, format := range cycloneDXFormats {
		out, _ := render(t, format, example(t))
		if err := checkBOM(format, out); err != nil {
			t.Errorf("%s: %v", format, err)
		}
		var bom cdx.BOM
		if err := cdx.NewBOMDecoder(bytes.NewReader(out), cdx.BOMFileFormatJSON).Decode(&bom); err != nil {
			t.Errorf("%s: CycloneDX's own library: %v", format, err)
		}
	}
}

// brokenRules lists what of a BOM breaks the rules that CycloneDX has in words,
// and not in its schemas.
func brokenRules(bom any) []string {
	c := ruleChecker{refs: map[string]int{}, data: map[string]bool{}}
	c.visit(bom, "", "")
	for ref, n := range c.refs {
		if n > 1 {
			c.add("bom-ref %q is there %d times", ref, n)
		}
		if strings.HasPrefix(ref, "urn:cdx:") {
			c.add("bom-ref %q looks like a BOM-Link", ref)
		}
	}
	for _, ref := range c.used {
		if !c.data[ref] {
			c.add("ref %q is no component of type data", ref)
		}
	}
	slices.Sort(c.broken)
	return c.broken
}

type ruleChecker struct {
	refs   map[string]int
	data   map[string]bool // bom-refs of components of type data
	used   []string
	broken []string
}

func (c *ruleChecker) add(format string, args ...any) {
	c.broken = append(c.broken, fmt.Sprintf(format, args...))
}

// visit walks a value that stands below a key.
func (c *ruleChecker) visit(v any, key, at string) {
	switch v := v.(type) {
	case []any:
		for i, item := range v {
			c.visit(item, key, at+"/"+itoa(i))
		}
	case map[string]any:
		if ref, ok := v["bom-ref"].(string); ok {
			c.refs[ref]++
		}
		switch key {
		case "component", "components", "ancestors":
			c.component(v, at)
		case "datasets":
			if ref, ok := v["ref"].(string); ok {
				c.used = append(c.used, ref)
			}
		case "image":
			if v["encoding"] != "base64" {
				c.add("%s: a picture is not in Base64", at)
			}
		}
		for k, item := range v {
			c.visit(item, k, at+"/"+k)
		}
	}
}

func (c *ruleChecker) component(v map[string]any, at string) {
	_, hasCard := v["modelCard"]
	_, hasData := v["data"]
	ref, _ := v["bom-ref"].(string)
	switch kind := v["type"]; {
	case hasCard && kind != "machine-learning-model":
		c.add("%s: a %s has a model card", at, kind)
	case hasData && kind != "data":
		c.add("%s: a %s has data", at, kind)
	case kind == "data":
		c.data[ref] = true
		if !hasData {
			c.add("%s: a data component has no data", at)
		}
	case kind == "machine-learning-model" && !hasCard && ref != "":
		c.add("%s: the model has no model card", at)
	}
	c.licenseLinks(v, at)
}

// licenseLinks: a URL of a licence should be an external reference too.
func (c *ruleChecker) licenseLinks(v map[string]any, at string) {
	src, _ := json.Marshal(v)
	var component cdx.Component
	if err := json.Unmarshal(src, &component); err != nil || component.Licenses == nil {
		return
	}
	for _, choice := range *component.Licenses {
		if choice.License == nil || choice.License.URL == "" {
			continue
		}
		found := component.ExternalReferences != nil && slices.ContainsFunc(*component.ExternalReferences, func(e cdx.ExternalReference) bool {
			return e.Type == cdx.ERTypeLicense && e.URL == choice.License.URL
		})
		if !found {
			c.add("%s: the URL of the licence is no external reference", at)
		}
	}
}

// The rules can be broken, so that they are no decoration.
func TestBrokenRules(t *testing.T) {
	tests := map[string]string{
		"2 times":        `{"components": [{"type": "data", "bom-ref": "a", "data": []}, {"type": "data", "bom-ref": "a", "data": []}]}`,
		"BOM-Link":       `{"components": [{"type": "file", "bom-ref": "urn:cdx:a"}]}`,
		"ref \"x\"":      `{"metadata": {"component": {"type": "machine-learning-model", "modelCard": {"modelParameters": {"datasets": [{"ref": "x"}]}}}}}`,
		"has a model":    `{"components": [{"type": "library", "modelCard": {}}]}`,
		"has data":       `{"components": [{"type": "library", "data": []}]}`,
		"no data":        `{"components": [{"type": "data"}]}`,
		"no model card":  `{"metadata": {"component": {"type": "machine-learning-model", "bom-ref": "m"}}}`,
		"Base64":         `{"graphics": {"collection": [{"image": {"content": "x"}}]}}`,
		"URL of the lic": `{"components": [{"type": "file", "name": "x", "licenses": [{"license": {"id": "MIT", "url": "http://a"}}]}]}`,
	}
	for want, src := range tests {
		var bom any
		if err := json.Unmarshal([]byte(src), &bom); err != nil {
			t.Fatal(err)
		}
		if broken := brokenRules(bom); len(broken) != 1 || !strings.Contains(broken[0], want) {
			t.Errorf("%s: %q", want, broken)
		}
	}
}

// The mapping in docs/formats.md has every property, reference and field
// without a place that the code has.
func TestDocsNameWhatCycloneDXCarries(t *testing.T) {
	doc, err := os.ReadFile("../../docs/formats.md")
	if err != nil {
		t.Fatal(err)
	}
	var words []string
	for i := range bomProperties {
		words = append(words, bomProperties[i].name())
	}
	for _, l := range externalLinks {
		words = append(words, l.pointer, string(l.kind))
	}
	for license, id := range renamed {
		words = append(words, license, id)
	}
	words = append(append(words, unplaced...), propertySplit, propertyUsedFor, propertyList, propertyName(languagePointer), propertyName(metricsPointer), propertyName(emissionsPointer))
	for _, word := range words {
		if !bytes.Contains(doc, []byte("`"+word+"`")) {
			t.Errorf("docs/formats.md does not name %s", word)
		}
	}
}
