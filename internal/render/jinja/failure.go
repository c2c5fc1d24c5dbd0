package jinja

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/nikolalohinski/gonja/v2/config"
	"github.com/nikolalohinski/gonja/v2/exec"
	"github.com/nikolalohinski/gonja/v2/parser"
	"github.com/nikolalohinski/gonja/v2/tokens"
)

// maxCause bounds what is repeated of the engine's words, in bytes.
const maxCause = 400

// failureOf is an error of the engine in a few words. The engine wraps an
// error once for each expression around it; the innermost says what is wrong.
func failureOf(err error) *failure {
	var syntax *parser.SyntaxError
	if errors.As(err, &syntax) {
		cause := syntax.Message
		if syntax.Raw != "" {
			cause += ", near " + strconv.Quote(syntax.Raw)
		}
		return &failure{Line: syntax.Line, Column: syntax.Column, Cause: clip(cause)}
	}
	return &failure{Line: lineOf(err.Error()), Cause: clip(innermost(err).Error())}
}

func innermost(err error) error {
	for {
		inner := errors.Unwrap(err)
		if v, ok := err.(*exec.Value); ok && inner == nil { //nolint:errorlint // a value is an error by itself, not by wrapping one
			inner, _ = v.Interface().(error)
		}
		if inner == nil || inner == err { //nolint:errorlint // the same value, which would not end
			return err
		}
		err = inner
	}
}

// linePattern finds lines in the engine's words, which are all that it tells
// of them at run time. They are shown, and nothing is decided by them.
var linePattern = regexp.MustCompile(`at line (\d+)`)

// lineOf is the innermost line of the engine's words, 0 without one.
func lineOf(words string) int {
	matches := linePattern.FindAllStringSubmatch(words, -1)
	if len(matches) == 0 {
		return 0
	}
	n, _ := strconv.Atoi(matches[len(matches)-1][1])
	return n
}

// clip keeps the first line of a text, and of that not too much.
func clip(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "\n")
	if len(s) <= maxCause {
		return s
	}
	s = s[:maxCause]
	for !utf8.ValidString(s) {
		s = s[:len(s)-1]
	}
	return s + "…"
}

// checkNames finds filters and tests that there are not, which the engine
// notices only when it comes to them, and Python's formatting by %, which it
// takes for the remainder of a division and answers with 0.
func checkNames(text string, env *exec.Environment) *failure {
	stream := tokens.LexAll(text, config.New())
	for before := (&tokens.Token{}); !stream.End(); {
		token := stream.Next()
		if token == nil || token.Type == tokens.EOF {
			return nil
		}
		if fault := checkToken(before, token, env); fault != nil {
			return fault
		}
		if token.Type != tokens.Not || before.Type != tokens.Is {
			before = token
		}
	}
	return nil
}

func checkToken(before, token *tokens.Token, env *exec.Environment) *failure {
	switch {
	case before.Type == tokens.String && token.Type == tokens.Modulo:
		return &failure{Line: token.Line, Column: token.Col, Cause: "a text cannot be formatted by %", Hint: "write '%.2f' | format(value)"}
	case token.Type != tokens.Name:
		return nil
	case before.Type == tokens.Pipe && !env.Filters.Exists(token.Val):
		return &failure{Line: token.Line, Column: token.Col, Cause: "there is no filter " + strconv.Quote(token.Val), Hint: "docs/formats.md lists the filters"}
	case before.Type == tokens.Is && !env.Tests.Exists(token.Val):
		return &failure{Line: token.Line, Column: token.Col, Cause: "there is no test " + strconv.Quote(token.Val), Hint: "docs/formats.md lists the tests"}
	}
	return nil
}
