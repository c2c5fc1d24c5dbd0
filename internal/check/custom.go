package check

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/interpreter"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// CustomPack is the name of the pack of a team's own rules.
const CustomPack = "custom"

// Bounds of a team's own rules. A rule that asks something of each of a
// thousand results costs about ten thousand.
const (
	maxRules      = 200
	maxRulesFile  = 256 << 10
	maxExpression = 4 << 10
	maxCost       = 200_000
	maxEvaluation = 2 * time.Second
)

// RuleSet is a team's own rules, compiled. It is safe for concurrent use.
type RuleSet struct{ rules []customRule }

// Rules lists the rules.
func (s *RuleSet) Rules() []Rule {
	rules := make([]Rule, len(s.rules))
	for i := range rules {
		rules[i] = s.rules[i].Rule
	}
	return rules
}

// customRule is a rule whose condition is an expression of CEL.
type customRule struct {
	Rule
	pointer string
	when    cel.Program // nil is always
	wants   cel.Program
}

// newEnvironment is what expressions are written in: the standard library of
// CEL, optional values (card.?model.?license), and the variable card.
func newEnvironment() (*cel.Env, error) {
	return cel.NewEnv(
		cel.Variable("card", cel.MapType(cel.StringType, cel.DynType)),
		cel.OptionalTypes(),
		cel.CrossTypeNumericComparisons(true),
		cel.ParserRecursionLimit(100),
		cel.ParserExpressionSizeLimit(maxExpression),
	)
}

func compileExpression(env *cel.Env, text string) (cel.Program, *cel.Issues) {
	ast, issues := env.Compile(text)
	if issues.Err() != nil {
		return nil, issues
	}
	if out := ast.OutputType(); !out.IsExactType(types.BoolType) && !out.IsExactType(types.DynType) {
		return nil, issues.Append(cel.NewIssues(typeIssue(out)))
	}
	program, err := env.Program(ast, cel.CostLimit(maxCost), cel.InterruptCheckFrequency(256))
	if err != nil {
		return nil, issues.Append(cel.NewIssues(programIssue(err)))
	}
	return program, nil
}

// runCustom runs a team's own rules over a document.
func (r *Result) runCustom(ctx context.Context, set *RuleSet, s *subject) error {
	score := Score{Pack: CustomPack}
	values := map[string]any{"card": plainValue(s.Tree(), "")}
	for i := range set.rules {
		rule := &set.rules[i]
		h, applies, err := rule.evaluate(ctx, values)
		if err != nil {
			return err
		}
		if !applies {
			continue
		}
		part := Part{Rule: rule.ID, Possible: rule.Weight()}
		if h == nil {
			part.Earned = part.Possible
		} else {
			r.add(&rule.Rule, "", *h, s.doc)
		}
		score.add(part, true)
	}
	score.close()
	r.Scores = append(r.Scores, score)
	return nil
}

// evaluate is nil where the card meets the rule. An expression that fails on
// the card, as one about a field that is not there does, is not met; the error
// is the context's alone.
func (rule *customRule) evaluate(ctx context.Context, values map[string]any) (h *hit, applies bool, err error) {
	if rule.when != nil {
		holds, err := evaluateBool(ctx, rule.when, values)
		if ctx.Err() != nil {
			return nil, false, ctx.Err()
		}
		if err == nil && !holds {
			return nil, false, nil
		}
		if err != nil {
			return rule.failed(err), true, nil
		}
	}
	holds, err := evaluateBool(ctx, rule.wants, values)
	switch {
	case ctx.Err() != nil:
		return nil, false, ctx.Err()
	case err != nil:
		return rule.failed(err), true, nil
	case holds:
		return nil, true, nil
	}
	return &hit{pointer: rule.pointer}, true, nil
}

func (rule *customRule) failed(err error) *hit {
	return &hit{pointer: rule.pointer, message: fmt.Sprintf("%s (%s)", rule.Title, explainEvaluation(err))}
}

// explainEvaluation is why an expression has no value.
func explainEvaluation(err error) string {
	var cancelled interpreter.EvalCancelledError
	if errors.As(err, &cancelled) && cancelled.Cause == interpreter.CostLimitExceeded {
		return fmt.Sprintf("the expression costs more than %d steps on this card", maxCost)
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.As(err, &cancelled) {
		return fmt.Sprintf("the expression takes longer than %s on this card", maxEvaluation)
	}
	return "the expression fails on this card: " + err.Error()
}

func evaluateBool(ctx context.Context, program cel.Program, values map[string]any) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, maxEvaluation)
	defer cancel()
	out, _, err := program.ContextEval(ctx, values)
	if err != nil {
		return false, err
	}
	holds, ok := out.Value().(bool)
	if !ok {
		return false, fmt.Errorf("its value is of type %s, not bool", out.Type().TypeName())
	}
	return holds, nil
}

// plainValue is a free value of a card as CEL takes values. Integers are int,
// other numbers double, and metadata is a mapping, whose order does not matter
// here.
func plainValue(v any, key string) any {
	switch v := v.(type) {
	case *card.Map:
		m := make(map[string]any, len(v.Entries))
		for _, e := range v.Entries {
			m[e.Key] = plainValue(e.Value, e.Key)
		}
		return m
	case []any:
		if key == "metadata" {
			return plainMetadata(v)
		}
		list := make([]any, len(v))
		for i := range v {
			list[i] = plainValue(v[i], "")
		}
		return list
	case card.Number:
		return plainNumber(v)
	}
	return v
}

// plainMetadata takes the list of {key, value} of the canonical form apart.
func plainMetadata(pairs []any) any {
	m := make(map[string]any, len(pairs))
	for _, pair := range pairs {
		if p, ok := pair.(*card.Map); ok {
			key, _ := p.Get("key")
			value, _ := p.Get("value")
			if name, ok := key.(string); ok {
				m[name] = plainValue(value, "")
			}
		}
	}
	return m
}
