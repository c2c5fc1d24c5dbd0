package render

import (
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	cdx "github.com/CycloneDX/cyclonedx-go"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// bomOf is a BOM of version 1.6 with these members.
func bomOf(members string) string {
	return `{"bomFormat": "CycloneDX", "specVersion": "1.6", ` + members + `}`
}

// modelOf is a BOM about a model with these members.
func modelOf(members string) string {
	return bomOf(`"metadata": {"component": {"type": "machine-learning-model", "name": "m", ` + members + `}}`)
}

func TestReadCycloneDX(t *testing.T) {
	const component = "/metadata/component"
	tests := []struct {
		name, in string
		want     map[string]string // pointer -> value
		lost     []string          // pointers
	}{
		{"group and name", bomOf(`"components": [{"type": "machine-learning-model", "group": "acme", "name": "m"}]`), map[string]string{"/model/id": "acme/m", "/model/name": ""}, nil},
		{"group that is no namespace", modelOf(`"group": "Acme Inc"`), map[string]string{"/model/id": "", "/model/name": "m"}, []string{component + "/group"}},
		{"spdx identifier", modelOf(`"licenses": [{"license": {"id": "Apache-2.0"}}]`), map[string]string{"/model/license": "apache-2.0"}, nil},
		{"spdx identifier that the Hub lacks", modelOf(`"licenses": [{"license": {"id": "0BSD"}}]`), map[string]string{"/model/license": "0BSD"}, nil},
		{"named licence", modelOf(`"licenses": [{"license": {"name": "Acme", "url": "https://a", "text": {"content": "aGk=", "encoding": "base64"}}}]`), map[string]string{"/model/license": "other", "/model/license_name": "Acme", "/model/license_link": "https://a", "/model/license_text": "hi"}, nil},
		{"named licence of the Hub", modelOf(`"licenses": [{"license": {"name": "llama3.1"}}]`), map[string]string{"/model/license": "llama3.1", "/model/license_name": ""}, nil},
		{"expression", modelOf(`"licenses": [{"expression": "MIT OR Apache-2.0"}]`), map[string]string{"/model/license": "MIT OR Apache-2.0"}, nil},
		{"several licences", modelOf(`"licenses": [{"license": {"id": "MIT"}}, {"license": {"id": "0BSD"}}]`), map[string]string{"/model/license": "mit"}, []string{component + "/licenses/1"}},
		{"base models", modelOf(`"pedigree": {"ancestors": [{"type": "machine-learning-model", "group": "a", "name": "b"}, {"type": "machine-learning-model", "name": "c", "version": "1"}], "notes": "x"}`), map[string]string{"/model/base_model/0": "a/b", "/model/base_model/1": "c"}, []string{component + "/pedigree/ancestors/1/version", component + "/pedigree/notes"}},
		{"people", modelOf(`"authors": [{"name": "A", "email": "a@example.org"}, {"name": "B"}], "manufacturer": {"name": "M"}, "publisher": "P"`), map[string]string{"/model/developers": "A, B", "/model/shared_by": "P"}, []string{component + "/authors/0/email", component + "/manufacturer"}},
		{"author of 1.5", modelOf(`"author": "A"`), map[string]string{"/model/developers": "A"}, nil},
		{"references", modelOf(`"externalReferences": [{"type": "vcs", "url": "https://a"}, {"type": "vcs", "url": "https://b"}, {"type": "website", "url": "https://c", "comment": "Home"}]`), map[string]string{"/model/repository": "https://a", "/model/references/0/url": "https://b", "/model/references/1/title": "Home"}, []string{component + "/externalReferences/1/type", component + "/externalReferences/2/type"}},
		{"inline data", modelOf(`"modelCard": {"modelParameters": {"datasets": [{"type": "dataset", "name": "d", "contents": {"url": "https://d"}, "governance": {"owners": [{"contact": {"name": "A", "email": "a@example.org"}}, {"organization": {"name": "O", "url": ["https://o"]}}]}}]}}`), map[string]string{"/training/datasets/0/name": "d", "/training/datasets/0/link": "https://d", "/training/datasets/0/governance/owners/0/contact": "a@example.org", "/training/datasets/0/governance/owners/1/contact": "https://o"}, nil},
		{"metrics", modelOf(`"modelCard": {"quantitativeAnalysis": {"performanceMetrics": [{"type": "f1", "value": "0.90", "confidenceInterval": {"lowerBound": "0.8", "upperBound": "1"}}, {"type": "f1", "value": 0.5}, {"type": "x", "value": "good", "confidenceInterval": {"lowerBound": "low"}}]}}`), map[string]string{"/evaluation/results/0/metrics/0/value": "0.9", "/evaluation/results/0/metrics/0/confidence_interval/upper_bound": "1", "/evaluation/results/0/metrics/1/value": "0.5", "/evaluation/results/0/metrics/2/value": "good"}, []string{component + "/modelCard/quantitativeAnalysis/performanceMetrics/2/confidenceInterval"}},
		{"a picture in text", modelOf(`"modelCard": {"quantitativeAnalysis": {"graphics": {"collection": [{"image": {"content": "<svg/>", "contentType": "image/svg+xml"}}]}}}`), map[string]string{"/evaluation/graphics/collection/0/image": "PHN2Zy8+"}, nil},
		{"energy in tonnes", modelOf(`"modelCard": {"considerations": {"environmentalConsiderations": {"energyConsumptions": [{"activity": "training", "energyProviders": [], "activityEnergyCost": {"value": 12.5, "unit": "kWh"}, "co2CostEquivalent": {"value": 0.1492, "unit": "tCO2eq"}}]}}}`), map[string]string{"/environment/energy/0/kwh": "12.5", "/environment/energy/0/co2_eq_grams": "149200"}, nil},
		{"energy in another unit", modelOf(`"modelCard": {"considerations": {"environmentalConsiderations": {"energyConsumptions": [{"activity": "training", "activityEnergyCost": {"value": 1, "unit": "MWh"}}]}}}`), map[string]string{"/environment": ""}, []string{component + "/modelCard/considerations/environmentalConsiderations/energyConsumptions/0", component + "/modelCard/considerations/environmentalConsiderations/energyConsumptions/0/activityEnergyCost"}},
		{"unknown keys", modelOf(`"cpe": "x", "modelCard": {"x": 1, "considerations": {"users": ["a", 1]}}`), map[string]string{"/intended_use/users/0": "a"}, []string{component + "/cpe", component + "/modelCard/considerations/users/1", component + "/modelCard/x"}},
		{"values of other shapes", modelOf(`"version": ["1"], "tags": "t", "supplier": 1, "modelCard": {"modelParameters": {"approach": {"type": "magic"}, "inputs": ["text"]}}`), map[string]string{"/model/version": "", "/technical": ""}, []string{component + "/modelCard/modelParameters/approach/type", component + "/modelCard/modelParameters/inputs/0", component + "/supplier", component + "/tags", component + "/version"}},
		{"properties", modelOf(`"properties": [{"name": "mcg:model.library_name", "value": "keras"}, {"name": "mcg:model.library_name", "value": "jax"}, {"name": "cdx:x", "value": "y"}, {"name": "mcg:technical.parameters", "value": "many"}]`), map[string]string{"/model/library_name": "keras"}, []string{component + "/properties/1", component + "/properties/2", component + "/properties/3"}},
		{"a model beside others", bomOf(`"metadata": {"timestamp": "2026-01-01T00:00:00Z", "component": {"type": "application", "name": "app"}}, "components": [{"type": "library", "name": "l", "components": [{"type": "machine-learning-model", "name": "m"}]}, {"type": "data", "bom-ref": "d", "name": "d"}], "dependencies": []`), map[string]string{"/model/name": "m"}, []string{"/components/0", "/components/1", "/dependencies", "/metadata/component", "/metadata/timestamp"}},
		{"the main model of several", bomOf(`"metadata": {"component": {"type": "machine-learning-model", "name": "m"}}, "components": [{"type": "machine-learning-model", "name": "n"}]`), map[string]string{"/model/name": "m"}, []string{"/components/0"}},
		{"data that is referred to", bomOf(`"metadata": {"component": {"type": "machine-learning-model", "name": "m", "modelCard": {"modelParameters": {"datasets": [{"ref": "d"}, {"ref": "e"}]}}}}, "components": [{"type": "data", "bom-ref": "d", "group": "a", "name": "b", "description": "x", "data": [{"type": "dataset"}, {"type": "dataset"}]}]`), map[string]string{"/training/datasets/0/id": "a/b", "/training/datasets/0/description": "x"}, []string{"/components/0/data/1", component + "/modelCard/modelParameters/datasets/1/ref"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			doc, losses, err := Read([]byte(tt.in), TypeJSON, "")
			if err != nil {
				t.Fatal(err)
			}
			for pointer, want := range tt.want {
				if got := at(doc.Card.Tree(), pointer); got != want {
					t.Errorf("%s = %q, want %q", pointer, got, want)
				}
			}
			var lost []string
			for _, l := range losses {
				lost = append(lost, l.Pointer)
			}
			if diff := cmp.Diff(tt.lost, lost); diff != "" {
				t.Errorf("losses (-want +got):\n%s", diff)
			}
			checkReadBOM(t, doc.Card)
		})
	}
}

func TestReadCycloneDXRefuses(t *testing.T) {
	tests := []struct{ name, in, pointer, code string }{
		{"a list", `[]`, "", "not_cyclonedx"},
		{"another format", `{"bomFormat": "SPDX"}`, "/bomFormat", "not_cyclonedx"},
		{"an old version", `{"bomFormat": "CycloneDX", "specVersion": "1.4"}`, "/specVersion", "unsupported_version"},
		{"no model", bomOf(`"components": [{"type": "library", "name": "l"}]`), "", "no_model"},
		{"several models", bomOf("\n\"components\": [{\"type\": \"machine-learning-model\", \"name\": \"a\"},\n {\"type\": \"machine-learning-model\", \"name\": \"b\"}]"), "/components/1", "several_models"},
		{"a nameless model", bomOf(`"components": [{"type": "machine-learning-model"}]`), "/components/0", "required"},
		{"a card that is too deep", modelOf(`"modelCard": {"properties": [{"name": "mcg:hyperparameter:a", "value": "` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `"}]}`), "", "over_limit"},
		{"bad JSON", `{"bomFormat": "CycloneDX",}`, "", "json"},
		{"a key twice", bomOf(`"version": 1, "version": 2`), "/version", "duplicate_key"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := readCycloneDX([]byte(tt.in), "")
			var e *card.Error
			if !errors.As(err, &e) || len(e.Problems) != 1 {
				t.Fatalf("got %v", err)
			}
			p := e.Problems[0]
			if p.Pointer != tt.pointer || p.Code != tt.code || p.Line == 0 {
				t.Errorf("got %+v", p)
			}
			if tt.name == "several models" && (p.Line != 3 || p.Column != 2) {
				t.Errorf("the second model is at 3:2, not at %d:%d", p.Line, p.Column)
			}
		})
	}
}

// A problem that is found after reading is told with the place in the BOM.
func TestReadCycloneDXKnowsPlaces(t *testing.T) {
	doc, _, err := readCycloneDX([]byte("{\"bomFormat\": \"CycloneDX\", \"specVersion\": \"1.6\",\n\"metadata\": {\"component\": {\"type\": \"machine-learning-model\", \"name\": \"m\",\n  \"licenses\": [{\"license\": {\"id\": \"MIT\"}}]}}}"), "")
	if err != nil {
		t.Fatal(err)
	}
	if line, column := doc.Position("/model/license"); line != 3 || column != 16 {
		t.Errorf("the licence is at 3:16, not at %d:%d", line, column)
	}
}

func TestKnowsCycloneDX(t *testing.T) {
	tests := map[string]bool{
		`{"specVersion": "1.6", "x": {"bomFormat": "no"}, "bomFormat": "CycloneDX"}`: true,
		"\uFEFF" + `{"bomFormat":"CycloneDX"}`:                                       true,
		`{"bomFormat": "SPDX"}`:                                                      false,
		`{"metadata": {"bomFormat": "CycloneDX"}}`:                                   false,
		`["bomFormat", "CycloneDX"]`:                                                 false,
		`{"bomFormat"`:                                                               false,
		``:                                                                           false,
	}
	for src, want := range tests {
		if got := knowsCycloneDX(membersOf([]byte(src))); got != want {
			t.Errorf("%s: %v", src, got)
		}
	}
}

func TestLicensesOfCycloneDX(t *testing.T) {
	spdx := map[string]string{
		"apache-2.0": "Apache-2.0", "mit": "MIT", "bsl-1.0": "BSL-1.0", "wtfpl": "WTFPL", "ofl-1.1": "OFL-1.1", "postgresql": "PostgreSQL", "ms-pl": "MS-PL",
		"lppl-1.3c": "LPPL-1.3c", "odbl": "ODbL-1.0", "odc-by": "ODC-By-1.0", "pddl": "PDDL-1.0", "c-uda": "C-UDA-1.0", "lgpl-lr": "LGPLLR", "etalab-2.0": "etalab-2.0",
		"gpl": "", "bsd": "", "cc": "", "lgpl": "", "gfdl": "", "other": "", "unknown": "", "llama3": "", "openrail++": "", "Classpath-exception-2.0": "", "Linux-syscall-note": "",
		"GPL-2.0-with-classpath-exception": "GPL-2.0-with-classpath-exception",
	}
	for license, want := range spdx {
		if got, ok := spdxID(license); ok != (want != "") || ok && got != want {
			t.Errorf("%s: %q, want %q", license, got, want)
		}
	}
	expressions := map[string]bool{
		"MIT OR Apache-2.0": true, "(MIT)": true, "MIT AND (0BSD OR GPL-2.0-or-later WITH Classpath-exception-2.0)": true, "GPL-2.0+ AND LicenseRef-a.b": true, "DocumentRef-x:LicenseRef-y OR MIT": true,
		"MIT": false, "MIT OR": false, "OR MIT": false, "MIT Apache-2.0": false, "(MIT OR 0BSD": false, "MIT) OR (0BSD": false, "mit or 0bsd": false, "MIT OR Acme": false, "MIT WITH MIT": false,
		"MIT WITH Classpath-exception-2.0 WITH Classpath-exception-2.0": false, "(MIT) WITH Classpath-exception-2.0": false, "MIT OR LicenseRef-": false, "()": false, "": false,
	}
	for s, want := range expressions {
		if got := isExpression(s); got != want {
			t.Errorf("%q is an expression: %v", s, got)
		}
	}
}

func TestIRIReferences(t *testing.T) {
	for s, want := range map[string]bool{
		"https://example.com/a?b=c#d": true, "dir/file.txt": true, "mailto:a@b.c": true, "urn:uuid:1": true, "/a": true, "#x": true, "https://é.example/ü": true, "a%20b": true, "http://h:80": true,
		"": false, "a b": false, "1:2": false, "http://h:x/": false, "a#b#c": false, "%zz": false, "%2": false, "<a>": false, "http://[::1]/": false, `a\b`: false, "http://a@b@c/": false,
	} {
		if got := isIRIReference(s); got != want {
			t.Errorf("%q: %v", s, got)
		}
	}
	for _, s := range []string{"a b", "1:2", "//x y", "é ", "%zz", ":", "#a#b"} {
		if got := percentEncode(s); !isIRIReference(got) {
			t.Errorf("%q is encoded as %q", s, got)
		}
	}
}

// Grams and tonnes are converted in decimal digits.
func TestTonnes(t *testing.T) {
	for grams, tonnes := range map[card.Number]string{
		"149200": "0.1492", "1": "1e-06", "0": "0.0", "123456789": "123.456789", "0.5": "5e-07", "31220000": "31.22", "1e+20": "100000000000000.0",
	} {
		w := &bomWriter{}
		got := w.tonnes(&grams, "/x")
		if got == nil || string(got.Value) != tonnes || len(w.losses) > 0 {
			t.Errorf("%s g = %v, want %s t; losses %v", grams, got, tonnes, w.losses)
		}
	}
	w := &bomWriter{}
	if whole := card.Number("149200.0"); w.tonnes(&whole, "/x") == nil || len(w.losses) != 1 {
		t.Errorf("what does not read back is a loss: %v", w.losses)
	}
}

func TestCycloneDXVersions(t *testing.T) {
	src := `{"model": {"name": "m", "developers": "Ada", "tags": ["t"]}, "environment": {"energy": [{"activity": "training", "kwh": 1}]}}`
	doc, err := card.ReadJSON([]byte(src))
	if err != nil {
		t.Fatal(err)
	}
	for format, want := range map[string][]string{
		"cyclonedx": nil, "cyclonedx-1.7": nil, "cyclonedx-1.5": {"/environment/energy", "/model/tags"},
	} {
		out, losses := render(t, format, doc.Card)
		var lost []string
		for _, l := range losses {
			lost = append(lost, l.Pointer)
		}
		if diff := cmp.Diff(want, lost); diff != "" {
			t.Errorf("%s: losses (-want +got):\n%s", format, diff)
		}
		var bom struct {
			SpecVersion, SerialNumber string
			Metadata                  struct{ Component map[string]any }
		}
		if err := json.Unmarshal(out, &bom); err != nil {
			t.Fatal(err)
		}
		_, old := bom.Metadata.Component["author"]
		if old != (bom.SpecVersion == "1.5") {
			t.Errorf("%s: author in version %s", format, bom.SpecVersion)
		}
		if again, _ := render(t, format, doc.Card); string(again) != string(out) {
			t.Errorf("%s: not the same bytes twice", format)
		}
	}
}

// What the library's types would lose is kept: numbers in full, and a text with
// HTML in it as it is.
func TestCycloneDXKeepsNumbers(t *testing.T) {
	src := `{"model": {"name": "<m> & co"}, "environment": {"energy": [{"activity": "training", "kwh": 123456789.125}]}}`
	doc, err := card.ReadJSON([]byte(src))
	if err != nil {
		t.Fatal(err)
	}
	out, _ := render(t, "cyclonedx", doc.Card)
	for _, want := range []string{`"value": 123456789.125`, `"name": "<m> & co"`} {
		if !strings.Contains(string(out), want) {
			t.Errorf("no %s in\n%s", want, out)
		}
	}
}

func TestCorpusOfCycloneDX(t *testing.T) {
	_ = corpusFiles(t) // skips without a corpus
	files, err := filepath.Glob(filepath.Join(os.Getenv(corpusVariable), "cyclonedx", "valid-*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no BOMs: %v", err)
	}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		doc, _, err := Read(src, TypeJSON, "")
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		checkReadBOM(t, doc.Card)
	}
}

func FuzzReadCycloneDX(f *testing.F) {
	for _, format := range cycloneDXFormats {
		out, _ := render(f, format, example(f))
		f.Add(out)
	}
	f.Add([]byte(modelOf(`"licenses": [{"license": {"name": "A", "text": {"content": "aGk=", "encoding": "base64"}}}]`)))
	f.Add([]byte(modelOf(`"modelCard": {"considerations": {"environmentalConsiderations": {"energyConsumptions": [{"activity": "training", "activityEnergyCost": {"value": 1, "unit": "kWh"}}]}}}`)))
	f.Fuzz(func(t *testing.T, src []byte) {
		knowsCycloneDX(membersOf(src))
		doc, _, err := readCycloneDX(src, "")
		if err != nil {
			var e *card.Error
			if !errors.As(err, &e) || len(e.Problems) == 0 {
				t.Fatalf("refused with %#v", err)
			}
			return
		}
		checkReadBOM(t, doc.Card)
	})
}

// checkReadBOM holds a card that was read from any BOM to all that holds for
// cards.
func checkReadBOM(t testingT, c *card.Card) {
	t.Helper()
	again, err := card.ReadJSON(c.Canonical())
	if err != nil {
		t.Fatalf("the canonical form is refused: %v\n%s", err, c.Canonical())
	}
	if again.Card.Digest() != c.Digest() {
		t.Errorf("the canonical form reads back as another card:\n%s\n%s", c.Canonical(), again.Card.Canonical())
	}
	out, losses, err := cycloneDXWriter(cdx.SpecVersion1_6)(c)
	if err != nil {
		t.Fatalf("%v", err)
	}
	if err := checkBOM("cyclonedx", out); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	doc, _, err := readCycloneDX(out, "")
	if err != nil {
		t.Fatalf("%v", err)
	}
	compareLosses(t, c, doc.Card, losses)
}

// BOMs that are valid but for a few values in them are read without a panic,
// to cards that are whole.
func TestReadChangedCycloneDX(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		out, _, err := cycloneDXWriter(cdx.SpecVersion1_6)(drawCard(t))
		if err != nil {
			t.Fatal(err)
		}
		var bom any
		if err := json.Unmarshal(out, &bom); err != nil {
			t.Fatal(err)
		}
		for range rapid.IntRange(1, 4).Draw(t, "changes") {
			bom = changed(t, bom)
		}
		src, err := json.Marshal(bom)
		if err != nil {
			t.Fatal(err)
		}
		doc, _, err := readCycloneDX(src, "")
		var e *card.Error
		switch {
		case err == nil:
			checkReadBOM(t, doc.Card)
		case !errors.As(err, &e) || len(e.Problems) == 0:
			t.Fatalf("refused with %#v", err)
		}
	})
}

// changed replaces one value somewhere in a tree.
func changed(t *rapid.T, v any) any {
	if rapid.IntRange(0, 6).Draw(t, "here") == 0 {
		return rapid.SampledFrom([]any{
			nil, true, -1.0, 1.5, 1e300, "", "x", " a\nb ", "1e999", "dataset", "MIT", "a/b", "base64", "kWh", []any{}, []any{"x", 1.0, nil}, map[string]any{}, map[string]any{"name": "n", "x": 1.0},
		}).Draw(t, "value")
	}
	switch v := v.(type) {
	case map[string]any:
		if keys := slices.Sorted(maps.Keys(v)); len(keys) > 0 {
			key := rapid.SampledFrom(keys).Draw(t, "key")
			v[key] = changed(t, v[key])
		}
	case []any:
		if len(v) > 0 {
			i := rapid.IntRange(0, len(v)-1).Draw(t, "index")
			v[i] = changed(t, v[i])
		}
	}
	return v
}
