// Package prometheus holds the rules and the dashboards against the metrics
// that the program has.
package prometheus

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

const telemetry = "../../internal/telemetry"

// known are the metrics that the code defines, and the recording rules.
func known(t *testing.T) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(telemetry, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no source of metrics: %v", err)
	}
	names := map[string]bool{}
	defined := regexp.MustCompile(`Name:\s+"(mcg_\w+)"`)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range defined.FindAllStringSubmatch(string(text), -1) {
			for _, suffix := range []string{"", "_bucket", "_count", "_sum"} {
				names[match[1]+suffix] = true
			}
		}
	}
	for _, file := range ruleFiles(t) {
		for _, rule := range rules(t, file) {
			names[rule.Record] = true
		}
	}
	return names
}

// built leaves out what is about jobs in a program without them.
func built(files []string) []string {
	if _, err := os.Stat(filepath.Join(telemetry, "jobs.go")); err == nil {
		return files
	}
	var kept []string
	for _, file := range files {
		if !strings.HasPrefix(filepath.Base(file), "jobs.") {
			kept = append(kept, file)
		}
	}
	return kept
}

func ruleFiles(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("rules/*.yml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no rules: %v", err)
	}
	return built(files)
}

type rule struct {
	Record, Alert, Expr string
	Labels, Annotations map[string]string
}

func rules(t *testing.T, file string) []rule {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var content struct{ Groups []struct{ Rules []rule } }
	if err := yaml.Unmarshal(text, &content); err != nil {
		t.Fatal(err)
	}
	var all []rule
	for _, group := range content.Groups {
		all = append(all, group.Rules...)
	}
	return all
}

var named = regexp.MustCompile(`\bmcg[_:][\w:]+`)

// wantKnown checks the names in an expression. Names within quotes are values.
func wantKnown(t *testing.T, where, expr string, metrics map[string]bool) int {
	t.Helper()
	bare := regexp.MustCompile(`"[^"]*"`).ReplaceAllString(expr, `""`)
	found := named.FindAllString(bare, -1)
	for _, name := range found {
		if !metrics[name] {
			t.Errorf("%s names %s, which does not exist", where, name)
		}
	}
	return len(found)
}

func TestRulesNameMetricsThatExist(t *testing.T) {
	t.Parallel()
	metrics := known(t)
	seen := 0
	for _, file := range ruleFiles(t) {
		for _, r := range rules(t, file) {
			seen += wantKnown(t, r.Record+r.Alert, r.Expr, metrics)
		}
	}
	if seen < 20 {
		t.Errorf("only %d names were found", seen)
	}
}

func TestDashboardsNameMetricsThatExist(t *testing.T) {
	t.Parallel()
	metrics := known(t)
	files, err := filepath.Glob("../grafana/dashboards/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no dashboards: %v", err)
	}
	seen := 0
	for _, file := range built(files) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var dashboard struct {
			Panels []struct {
				Title   string
				Targets []struct{ Expr string }
			}
		}
		if err := json.Unmarshal(text, &dashboard); err != nil {
			t.Fatal(err)
		}
		for _, panel := range dashboard.Panels {
			if len(panel.Targets) == 0 {
				t.Errorf("panel %q shows nothing", panel.Title)
			}
			for _, target := range panel.Targets {
				seen += wantKnown(t, panel.Title, target.Expr, metrics)
			}
		}
	}
	if seen < 10 {
		t.Errorf("only %d names were found", seen)
	}
}

// An alert goes somewhere, and says what to do.
func TestAlertsHaveARouteAndARunbook(t *testing.T) {
	t.Parallel()
	operations, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	anchors := map[string]bool{}
	for _, match := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(string(operations), -1) {
		plain := regexp.MustCompile(`[^a-z0-9 -]`).ReplaceAllString(strings.ToLower(match[1]), "")
		anchors["docs/operations.md#"+strings.ReplaceAll(plain, " ", "-")] = true
	}
	for _, file := range ruleFiles(t) {
		for _, r := range rules(t, file) {
			if r.Alert == "" {
				continue
			}
			if severity := r.Labels["severity"]; severity != "page" && severity != "ticket" {
				t.Errorf("%s has the severity %q, for which there is no route", r.Alert, severity)
			}
			if r.Annotations["summary"] == "" || !anchors[r.Annotations["runbook"]] {
				t.Errorf("%s has no summary, or its runbook %q is not there", r.Alert, r.Annotations["runbook"])
			}
			if !strings.Contains(string(operations), "`"+r.Alert+"`") {
				t.Errorf("docs/operations.md does not speak of %s", r.Alert)
			}
		}
	}
}
