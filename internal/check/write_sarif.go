package check

import (
	"encoding/json"
	"io"
	"net/url"
	"path/filepath"
	"strings"
)

// The parts of SARIF 2.1.0 (OASIS, errata 01) that a report has.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool       sarifTool     `json:"tool"`
		ColumnKind string        `json:"columnKind"`
		Results    []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name           string      `json:"name"`
		Version        string      `json:"version,omitempty"`
		InformationURI string      `json:"informationUri"`
		Rules          []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID               string         `json:"id"`
		ShortDescription sarifText      `json:"shortDescription"`
		FullDescription  sarifText      `json:"fullDescription"`
		Help             *sarifText     `json:"help,omitempty"`
		HelpURI          string         `json:"helpUri,omitempty"`
		Configuration    sarifConfig    `json:"defaultConfiguration"`
		Properties       map[string]any `json:"properties,omitempty"`
	}
	sarifConfig struct {
		Level string `json:"level"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID       string            `json:"ruleId"`
		RuleIndex    int               `json:"ruleIndex"`
		Level        string            `json:"level"`
		Message      sarifText         `json:"message"`
		Locations    []sarifLocation   `json:"locations"`
		Fingerprints map[string]string `json:"partialFingerprints"`
		Properties   map[string]any    `json:"properties,omitempty"`
	}
	sarifLocation struct {
		Physical sarifPhysical  `json:"physicalLocation"`
		Logical  []sarifLogical `json:"logicalLocations,omitempty"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   *sarifRegion  `json:"region,omitempty"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn"`
	}
	sarifLogical struct {
		FullyQualifiedName string `json:"fullyQualifiedName"`
		Kind               string `json:"kind"`
	}
)

const (
	sarifSchema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
	rulesPage   = "https://github.com/terragonlabs/modelcard-generator/blob/main/docs/rules.md"
)

// WriteSARIF writes the report as a SARIF 2.1.0 log. Columns count Unicode code
// points, as they do everywhere else here.
func (r *Report) WriteSARIF(w io.Writer) error {
	run := sarifRun{ColumnKind: "unicodeCodePoints", Results: []sarifResult{}}
	run.Tool.Driver = sarifDriver{Name: r.Tool, Version: r.Version, InformationURI: rulesPage, Rules: []sarifRule{}}
	index := map[string]int{}
	for _, rule := range r.sarifRules() {
		index[rule.ID] = len(run.Tool.Driver.Rules)
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, rule.sarif())
	}
	for i := range r.Results {
		for j := range r.Results[i].Findings {
			f := &r.Results[i].Findings[j]
			run.Results = append(run.Results, f.sarif(index[f.Rule]))
		}
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(sarifLog{Schema: sarifSchema, Version: "2.1.0", Runs: []sarifRun{run}})
}

// sarifRules are the rules that were run. Reading a README may name the rule of
// the model-index where its pack was not run.
func (r *Report) sarifRules() []ruleOf {
	rules := r.rules()
	for i := range rules {
		if rules[i].ID == modelIndexRule.ID {
			return rules
		}
	}
	return append(rules, ruleOf{&modelIndexRule, ""})
}

func (r ruleOf) sarif() sarifRule {
	reference := r.Reference
	if reference == "" {
		reference = r.packReference
	}
	s := sarifRule{
		ID: r.ID, ShortDescription: sarifText{r.Title}, FullDescription: sarifText{strings.TrimSuffix(r.Title+". "+reference, " ")},
		Configuration: sarifConfig{sarifLevel(r.Severity)}, Properties: map[string]any{"tags": []string{r.Pack()}},
	}
	if r.Hint != "" {
		s.Help = &sarifText{r.Hint}
	}
	if r.Pack() != CustomPack {
		s.HelpURI = rulesPage + "#" + anchor(r.ID)
	}
	return s
}

// anchor is the name of a rule's heading in the page of rules.
func anchor(id string) string { return strings.ReplaceAll(id, "/", "-") }

func sarifLevel(s Severity) string {
	if s == Info {
		return "note"
	}
	return string(s)
}

func (f *Finding) sarif(ruleIndex int) sarifResult {
	message := f.Message
	if f.Hint != "" {
		message += "; " + f.Hint
	}
	location := sarifLocation{Physical: sarifPhysical{Artifact: sarifArtifact{fileURI(f.File)}}}
	if f.Line > 0 {
		location.Physical.Region = &sarifRegion{f.Line, max(f.Column, 1)}
	}
	if f.Pointer != "" {
		location.Logical = []sarifLogical{{f.Pointer, "member"}}
	}
	r := sarifResult{
		RuleID: f.Rule, RuleIndex: ruleIndex, Level: sarifLevel(f.Severity), Message: sarifText{message}, Locations: []sarifLocation{location},
		// A finding is the same one when lines move.
		Fingerprints: map[string]string{"rulePointer/v1": f.Rule + " " + f.Pointer},
		Properties:   map[string]any{"pack": f.Pack},
	}
	if f.Reference != "" {
		r.Properties["reference"] = f.Reference
	}
	return r
}

// fileURI is a path as a relative URI reference; a document without a file has
// a name of its own.
func fileURI(name string) string {
	if name == "" || name == "-" {
		return "document"
	}
	u := url.URL{Path: filepath.ToSlash(name)}
	return strings.TrimPrefix(u.String(), "./")
}
