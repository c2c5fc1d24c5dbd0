package check_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/terragonlabs/modelcard-generator/internal/check"
)

const flawed = `model:
  name: "Ex: ample, 100%"
  license: Apache-2.0
  tags: [nlp, nlp]
  summary: "TODO: write"
evaluation:
  results:
    - metrics:
        - {type: accuracy, value: 1.3}
`

// report is one about a flawed card, a good one and one that cannot be read.
func report(t *testing.T) *check.Report {
	t.Helper()
	o := check.Options{Packs: packs(t, "schema", "huggingface", "quality", "completeness"), Policy: check.Policy{FailOn: check.Error}}
	r := &check.Report{Tool: "mcg", Version: "1.0.0", Packs: o.Packs, Policy: o.Policy}
	for _, file := range []struct{ name, text string }{{"cards/a: b,c%.yaml", flawed}, {"cards/full.yaml", full(t)}, {"bad.yaml", "model: ["}} {
		result := run(t, file.text, o)
		result.File = file.name
		for i := range result.Findings {
			result.Findings[i].File = file.name
		}
		r.Results = append(r.Results, result)
	}
	return r
}

func write(t *testing.T, r *check.Report, format string) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := r.Write(&b, format); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestReportGoldens(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"text", "json", "sarif", "junit", "github"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			got := write(t, report(t), format)
			path := filepath.Join("testdata", "golden", "report."+format)
			if *update {
				if err := os.WriteFile(path, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Error(diff)
			}
		})
	}
	if err := report(t).Write(&bytes.Buffer{}, "xml"); err == nil {
		t.Error("there is a format xml")
	}
}

// TestSARIFIsValid holds reports of every rule to the schema that OASIS
// publishes.
func TestSARIFIsValid(t *testing.T) {
	t.Parallel()
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	schema, err := compiler.Compile("testdata/sarif-schema-2.1.0.json")
	if err != nil {
		t.Fatal(err)
	}
	o := check.Options{Packs: packs(t, "all"), Custom: rules(t, teamRules)}
	all := &check.Report{Tool: "mcg", Version: "1.0.0", Packs: o.Packs, Custom: o.Custom, Results: report(t).Results}
	for _, pack := range o.Packs {
		for _, rule := range pack.Rules {
			result := run(t, rule.BadExample(), o)
			all.Results = append(all.Results, result)
		}
	}
	log := write(t, all, "sarif")
	instance, err := jsonschema.UnmarshalJSON(bytes.NewReader(log))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(instance); err != nil {
		t.Errorf("%#v", err)
	}
	checkRuleIndices(t, log)
	broken := bytes.Replace(log, []byte(`"level": "error"`), []byte(`"level": "fatal"`), 1)
	if instance, err = jsonschema.UnmarshalJSON(bytes.NewReader(broken)); err != nil || schema.Validate(instance) == nil {
		t.Errorf("a broken report is valid too (%v)", err)
	}
}

func checkRuleIndices(t *testing.T, log []byte) {
	t.Helper()
	var parsed struct {
		Runs []struct {
			Tool struct {
				Driver struct{ Rules []struct{ ID string } }
			}
			Results []struct {
				RuleID    string
				RuleIndex int
			}
		}
	}
	if err := json.Unmarshal(log, &parsed); err != nil {
		t.Fatal(err)
	}
	results := parsed.Runs[0].Results
	for _, r := range results {
		if got := parsed.Runs[0].Tool.Driver.Rules[r.RuleIndex].ID; got != r.RuleID {
			t.Errorf("rule %s has the index of %s", r.RuleID, got)
		}
	}
	if len(results) < 100 {
		t.Errorf("only %d results", len(results))
	}
}

// TestAnnotations takes workflow commands apart as the runner of GitHub
// Actions does, and wants the values back.
func TestAnnotations(t *testing.T) {
	t.Parallel()
	r := report(t)
	r.Results = r.Results[:1]
	r.Results[0].Findings[0].Message = "50% of\r\nit: a, b"
	lines := strings.Split(strings.TrimSuffix(string(write(t, r, "github")), "\n"), "\n")
	findings := r.Results[0].Findings
	if len(lines) != len(findings)+1 {
		t.Fatalf("%d lines for %d findings and a verdict", len(lines), len(findings))
	}
	for i, f := range findings {
		command, properties, message := parseCommand(t, lines[i])
		wantCommand := map[check.Severity]string{check.Error: "error", check.Warning: "warning", check.Info: "notice"}[f.Severity]
		if command != wantCommand || properties["file"] != f.File || properties["title"] != f.Rule || !strings.HasPrefix(message, f.Message) {
			t.Errorf("%s -> %q %v %q", lines[i], command, properties, message)
		}
		if f.Line > 0 && (properties["line"] == "" || properties["col"] == "") {
			t.Errorf("%s has no line", lines[i])
		}
	}
}

func parseCommand(t *testing.T, line string) (command string, properties map[string]string, message string) {
	t.Helper()
	head, message, ok := strings.Cut(strings.TrimPrefix(line, "::"), "::")
	command, list, hasProperties := strings.Cut(head, " ")
	if !ok || !hasProperties || !strings.HasPrefix(line, "::") {
		t.Fatalf("no workflow command: %q", line)
	}
	properties = map[string]string{}
	for property := range strings.SplitSeq(list, ",") {
		name, value, _ := strings.Cut(property, "=")
		properties[name] = strings.NewReplacer("%0D", "\r", "%0A", "\n", "%3A", ":", "%2C", ",", "%25", "%").Replace(value)
	}
	return command, properties, strings.NewReplacer("%0D", "\r", "%0A", "\n", "%25", "%").Replace(message)
}

func TestJUnitCounts(t *testing.T) {
	t.Parallel()
	r := report(t)
	r.Policy.MinScore = 0.9
	var suites struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Suites   []struct {
			Cases []struct {
				Failure *struct{} `xml:"failure"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal(write(t, r, "junit"), &suites); err != nil {
		t.Fatal(err)
	}
	cases, failures := 0, 0
	for _, s := range suites.Suites {
		for _, c := range s.Cases {
			cases++
			if c.Failure != nil {
				failures++
			}
		}
	}
	if len(suites.Suites) != 3 || cases != suites.Tests || failures != suites.Failures || failures == 0 {
		t.Errorf("%d suites, %d cases of %d, %d failures of %d", len(suites.Suites), cases, suites.Tests, failures, suites.Failures)
	}
}
