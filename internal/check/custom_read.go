package check

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common"
	"go.yaml.in/yaml/v4"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// ReadRules reads a team's own rules from a YAML file:
//
//	rules:
//	  - id: owner
//	    severity: error
//	    message: every card names an owner
//	    hint: add model.owners
//	    reference: https://example.com/handbook
//	    pointer: /model/owners
//	    when: card.model.?license.orValue("") != "other"
//	    expression: has(card.model.owners) && size(card.model.owners) > 0
//
// The expression is CEL, true for a good card; card is the card as a mapping.
// The error is a [*card.Error] that lists everything wrong with the file, at
// its line and column.
func ReadRules(src []byte) (*RuleSet, error) {
	r := &rulesReader{src: src, ids: map[string]int{}}
	root, err := r.parse()
	if err != nil {
		return nil, err
	}
	env, err := newEnvironment()
	if err != nil {
		return nil, fmt.Errorf("check: %w", err) // cannot happen: the options are fixed
	}
	r.env = env
	set := &RuleSet{}
	for _, n := range r.ruleNodes(root) {
		set.rules = append(set.rules, r.rule(n))
	}
	if len(r.problems) > 0 {
		return nil, &card.Error{Kind: card.Invalid, Problems: r.problems}
	}
	return set, nil
}

type rulesReader struct {
	src      []byte
	env      *cel.Env
	problems []card.Problem
	ids      map[string]int // id -> line
}

func (r *rulesReader) refuse(n *yaml.Node, code, detail, hint string) {
	r.problems = append(r.problems, card.Problem{Line: n.Line, Column: n.Column, Code: code, Detail: detail, Hint: hint})
}

func (r *rulesReader) parse() (*yaml.Node, error) {
	if len(r.src) > maxRulesFile {
		return nil, &card.Error{Kind: card.TooLarge, Problems: []card.Problem{{Code: "too_large", Detail: fmt.Sprintf("a rules file of %d bytes is over the limit of %d bytes", len(r.src), maxRulesFile)}}}
	}
	loader, err := yaml.NewLoader(bytes.NewReader(r.src))
	if err != nil {
		return nil, fmt.Errorf("check: %w", err) // cannot happen: there are no options
	}
	var doc yaml.Node
	switch err := loader.Load(&doc); {
	case errors.Is(err, io.EOF):
		return nil, unreadableRules(1, 1, "the rules file is empty")
	case err != nil:
		var load *yaml.LoadError
		if errors.As(err, &load) {
			last := bytes.Count(bytes.TrimSpace(r.src), []byte("\n")) + 1 // the library counts one more at the end
			return nil, unreadableRules(min(max(load.Mark.Line, 1), last), max(load.Mark.Column, 1), "YAML: "+load.Message)
		}
		return nil, unreadableRules(1, 1, "YAML: "+err.Error())
	}
	if len(doc.Content) == 0 {
		return nil, unreadableRules(1, 1, "the rules file is empty")
	}
	return doc.Content[0], nil
}

func unreadableRules(line, column int, detail string) error {
	return &card.Error{Kind: card.Unreadable, Problems: []card.Problem{{Line: line, Column: column, Code: "yaml", Detail: detail}}}
}

// ruleNodes is the list below the key rules.
func (r *rulesReader) ruleNodes(root *yaml.Node) []*yaml.Node {
	fields := r.fields(root, "rules")
	n, ok := fields["rules"]
	switch {
	case !ok && len(r.problems) == 0:
		r.refuse(root, "required", `missing "rules"`, "write a list of rules below the key rules")
	case ok && n.Kind != yaml.SequenceNode:
		r.refuse(n, "wrong_type", "rules is not a list", "begin each rule with a hyphen")
	case ok && len(n.Content) > maxRules:
		r.refuse(n, "over_limit", fmt.Sprintf("there are more than %d rules", maxRules), "")
	case ok:
		return n.Content
	}
	return nil
}

// fields are the values of a mapping by their keys, which must be known.
func (r *rulesReader) fields(n *yaml.Node, known ...string) map[string]*yaml.Node {
	fields := map[string]*yaml.Node{}
	if n.Kind != yaml.MappingNode {
		r.refuse(n, "wrong_type", "this is not a mapping of keys to values", "")
		return fields
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		switch _, again := fields[key.Value]; {
		case !slices.Contains(known, key.Value):
			hint := "the keys are " + strings.Join(known, ", ")
			if meant := card.Closest(key.Value, known); meant != "" {
				hint = fmt.Sprintf("did you mean %q?", meant)
			}
			r.refuse(key, "unknown_key", fmt.Sprintf("unknown key %q", key.Value), hint)
		case again:
			r.refuse(key, "duplicate_key", fmt.Sprintf("key %q stands here a second time", key.Value), "keep one of them")
		default:
			fields[key.Value] = value
		}
	}
	return fields
}

var ruleID = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`)

func (r *rulesReader) rule(n *yaml.Node) customRule {
	fields := r.fields(n, "id", "severity", "message", "hint", "reference", "pointer", "points", "when", "expression")
	text := func(key string) string { return r.text(fields[key], key) }
	rule := customRule{Rule: Rule{
		ID: CustomPack + "/" + r.id(n, fields["id"]), Severity: r.severity(fields["severity"]), Title: text("message"),
		Hint: text("hint"), Reference: text("reference"), Points: r.points(fields["points"]),
	}, pointer: text("pointer")}
	if rule.pointer != "" && !strings.HasPrefix(rule.pointer, "/") {
		r.refuse(fields["pointer"], "not_allowed", fmt.Sprintf("%q is not a JSON pointer (RFC 6901)", rule.pointer), "begin it with a slash")
	}
	for _, key := range []string{"message", "expression"} {
		if fields[key] == nil && n.Kind == yaml.MappingNode {
			r.refuse(n, "required", fmt.Sprintf("missing %q", key), "add "+key)
		}
	}
	rule.when, rule.wants = r.expression(fields["when"], "when"), r.expression(fields["expression"], "expression")
	return rule
}

func (r *rulesReader) text(n *yaml.Node, key string) string {
	if n == nil {
		return ""
	}
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		r.refuse(n, "wrong_type", key+" is not text", "")
		return ""
	}
	return strings.TrimSpace(n.Value)
}

func (r *rulesReader) id(rule, n *yaml.Node) string {
	if n == nil {
		if rule.Kind == yaml.MappingNode {
			r.refuse(rule, "required", `missing "id"`, "add id")
		}
		return ""
	}
	id := r.text(n, "id")
	first, again := r.ids[id]
	switch {
	case !ruleID.MatchString(id):
		r.refuse(n, "bad_id", fmt.Sprintf("%q is no id of a rule", id), "write small letters, digits and hyphens, 64 at most")
	case again:
		r.refuse(n, "duplicate_key", fmt.Sprintf("rule %q stands here a second time; the first is on line %d", id, first), "")
	}
	r.ids[id] = n.Line
	return id
}

func (r *rulesReader) severity(n *yaml.Node) Severity {
	if n == nil {
		return Error
	}
	s := Severity(r.text(n, "severity"))
	if s.rank() == 0 {
		r.refuse(n, "not_allowed", fmt.Sprintf("severity %q is none of error, warning, info", string(s)), "")
	}
	return s
}

func (r *rulesReader) points(n *yaml.Node) int {
	if n == nil {
		return 0
	}
	points, err := strconv.Atoi(r.text(n, "points"))
	if err != nil || points < 1 || points > 1000 {
		r.refuse(n, "out_of_range", "points is not a whole number from 1 to 1000", "")
	}
	return points
}

// expression compiles an expression. What is wrong with it is told at its own
// place in the file.
func (r *rulesReader) expression(n *yaml.Node, key string) cel.Program {
	if n == nil || r.text(n, key) == "" {
		return nil
	}
	program, issues := compileExpression(r.env, n.Value)
	if issues == nil || issues.Err() == nil {
		return program
	}
	for _, e := range issues.Errors() {
		line, column := r.place(n, e.Location)
		r.problems = append(r.problems, card.Problem{Line: line, Column: column, Code: "cel", Detail: "CEL: " + e.Message})
	}
	return nil
}

// place is where in the file a place in an expression is. Lines of a block are
// those of the file; an expression on one line begins after its quote.
func (r *rulesReader) place(n *yaml.Node, at common.Location) (line, column int) {
	if n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) == 0 {
		column = n.Column + at.Column()
		if n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
			column++
		}
		return n.Line, column
	}
	line = n.Line + at.Line()
	lines := bytes.Split(r.src, []byte("\n"))
	if line > len(lines) {
		return n.Line, n.Column
	}
	text := lines[line-1]
	return line, len(text) - len(bytes.TrimLeft(text, " ")) + at.Column() + 1
}

// typeIssue is the complaint about an expression that is not a condition.
func typeIssue(t *cel.Type) *common.Errors {
	errs := common.NewErrors(common.NewTextSource(""))
	errs.ReportErrorString(common.NewLocation(1, 0), fmt.Sprintf("the expression is of type %s, not bool", t))
	return errs
}

func programIssue(err error) *common.Errors {
	errs := common.NewErrors(common.NewTextSource(""))
	errs.ReportErrorString(common.NewLocation(1, 0), err.Error())
	return errs
}

// plainNumber is a number as CEL takes it.
func plainNumber(n card.Number) any {
	if i, err := strconv.ParseInt(string(n), 10, 64); err == nil {
		return i
	}
	return n.Float64()
}
