package card

import (
	"fmt"
	"strings"
)

// Problem is one thing that is wrong with a document, or odd about it: what,
// where, and what to do.
type Problem struct {
	// Pointer is the JSON pointer (RFC 6901) of the value, "" for the document.
	Pointer string `json:"pointer"`
	// Line and Column count from 1, in characters; 0 is unknown.
	Line   int `json:"line,omitempty"`
	Column int `json:"column,omitempty"`
	// Code is stable and made for machines, such as unknown_key.
	Code string `json:"code"`
	// Detail says what is wrong.
	Detail string `json:"detail"`
	// Hint says what to do about it.
	Hint string `json:"hint,omitempty"`
}

// String is the problem on one line, as a compiler would print it.
func (p Problem) String() string {
	var b strings.Builder
	if p.Line > 0 {
		fmt.Fprintf(&b, "%d:%d: ", p.Line, p.Column)
	}
	if p.Pointer != "" {
		b.WriteString(p.Pointer + ": ")
	}
	b.WriteString(p.Detail)
	if p.Hint != "" {
		b.WriteString("; " + p.Hint)
	}
	return b.String()
}

// Refusal says why a document is refused.
type Refusal int

const (
	// Unreadable documents are not YAML, JSON or Markdown as their standards have it.
	Unreadable Refusal = iota + 1
	// TooLarge documents are over a limit on size.
	TooLarge
	// Invalid documents can be read, but are not model cards.
	Invalid
)

// Error refuses a document and lists everything that is wrong with it.
type Error struct {
	Kind     Refusal
	Problems []Problem
}

// Error is the first problem, and how many more there are.
func (e *Error) Error() string {
	switch len(e.Problems) {
	case 0:
		return "the document is refused"
	case 1:
		return e.Problems[0].String()
	}
	return fmt.Sprintf("%s (and %d more)", e.Problems[0], len(e.Problems)-1)
}

func unreadable(line, column int, code, detail, hint string) *Error {
	return &Error{Kind: Unreadable, Problems: []Problem{{Line: line, Column: column, Code: code, Detail: detail, Hint: hint}}}
}

func tooLarge(size, limit int, what string) *Error {
	return &Error{Kind: TooLarge, Problems: []Problem{{
		Code:   "too_large",
		Detail: fmt.Sprintf("%s of %d bytes is over the limit of %d bytes", what, size, limit),
		Hint:   "move long texts out of the card and link to them",
	}}}
}

// Invalidate is a refusal of a readable document for one reason.
func Invalidate(pointer, code, detail, hint string) *Error {
	return &Error{Kind: Invalid, Problems: []Problem{{Pointer: pointer, Code: code, Detail: detail, Hint: hint}}}
}

var pointerEscaper = strings.NewReplacer("~", "~0", "/", "~1")

// Pointer joins reference tokens to a JSON pointer (RFC 6901).
func Pointer(tokens ...string) string {
	size := 0
	for _, t := range tokens {
		size += 1 + len(t)
	}
	var b strings.Builder
	b.Grow(size)
	for _, t := range tokens {
		b.WriteByte('/')
		_, _ = pointerEscaper.WriteString(&b, t)
	}
	return b.String()
}

var pointerUnescaper = strings.NewReplacer("~1", "/", "~0", "~")

// PointerTokens splits a JSON pointer (RFC 6901) into its reference tokens.
func PointerTokens(pointer string) []string {
	if pointer == "" {
		return nil
	}
	tokens := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	for i, t := range tokens {
		tokens[i] = pointerUnescaper.Replace(t)
	}
	return tokens
}
